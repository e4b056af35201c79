"""What a benchmark leaves: its figures, its waits, who measured them and on which machine."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from experiments.costs.figures import Figure, Measured, Wait
from experiments.costs.pieces import County
from experiments.costs.words import told
from experiments.results.provenance import code_version, how_made, questions_version
from experiments.results.writing import Output
from sim import __version__
from sim.outcomes.declaration import Column, Table

COSTS = Table(
    "costs",
    "What was measured: one row for each figure",
    (
        Column("measure", "what was measured; the names of --only and their parts", ""),
        Column("figure", "the figure", ""),
        Column("value", "median of the rounds", "as unit says"),
        Column("low", "lowest of the rounds", "as unit says"),
        Column("high", "highest of the rounds", "as unit says"),
        Column(
            "unit",
            "unit; a yardstick is the time of an ordinary SimPy model that runs "
            "beside each measurement",
            "",
        ),
        Column("rounds", "how often it was measured", "rounds"),
        Column("target", "the target in words; blank: there is none", ""),
        Column("met", "whether the target is met: yes, no, or blank", ""),
    ),
)
WAITS = Table(
    "waits",
    "Estimated time to wait for a question on a machine like this one that does nothing else",
    (
        Column("question", "the question", ""),
        Column("processes", "number of processes that share the work", "processes"),
        Column("seconds", "time to wait, including start, tables and charts", "s"),
    ),
)


def output_of(
    county: County,
    measured: Measured,
    figures: Sequence[Figure],
    waits: Sequence[Wait],
    machine: Mapping[str, Any],
    command: Sequence[str],
) -> Output:
    """Tables, manifest and words."""
    rounds = measured.pieces.get("replication", ())
    kinds = dict(rounds[0].found.events) if rounds else {}
    ordered = dict(sorted(kinds.items(), key=lambda kind: -kind[1]))
    return Output(
        [(COSTS, costs_frame(figures)), (WAITS, waits_frame(waits))],
        {
            "what": "what caremarket costs on one machine",
            "program": f"caremarket {__version__}",
            "code_version": code_version(),
            "questions_version": questions_version(),
            "county": county.scenario.code,
            "scenario": county.scenario.identity,
            "machine": dict(machine),
            **how_made(command, []),
        },
        told(county.scenario.name, figures, waits, machine, ordered),
    )


def costs_frame(figures: Sequence[Figure]) -> pd.DataFrame:
    """The table COSTS."""
    rows = [
        (
            one.measure,
            one.name,
            one.value,
            one.low,
            one.high,
            one.unit,
            one.rounds,
            "" if one.target is None else one.target.words,
            "" if one.target is None else "no" if one.missed else "yes",
        )
        for one in figures
    ]
    return pd.DataFrame(rows, columns=[column.name for column in COSTS.columns])


def waits_frame(waits: Sequence[Wait]) -> pd.DataFrame:
    """The table WAITS."""
    rows = [(one.words, one.processes, one.seconds) for one in waits]
    return pd.DataFrame(rows, columns=[column.name for column in WAITS.columns])
