"""What a search found: the plausible sets as tables, and what the figures can and cannot tell."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from experiments.calibration.history_matching import History, as_row, columns_of
from experiments.calibration.learning import Learning
from experiments.calibration.search import Calibration
from experiments.calibration.taught import (
    LEARNING,
    LEFT_OUT,
    how_many_learn,
    learning_lines,
    learning_markdown,
    learning_table,
    left_out_table,
    row_lines,
    teacher_lines,
    warnings_of,
)
from experiments.engine.work import made_with
from experiments.results.csv_files import write_frame
from experiments.results.outputs import write_json, write_scenario
from experiments.results.provenance import versions
from experiments.results.writing import (
    MANIFEST,
    write_dictionary,
    write_screen,
    write_text,
    written_into,
)
from experiments.words.first_screen import FirstScreen, percentage
from experiments.words.sentences import count
from sim import __version__
from sim.outcomes.declaration import Column, Table

SURE = 0.01
TIED = 0.3


def table_of(calibration: Calibration, history: History) -> pd.DataFrame:
    """The plausible sets: number, a column a parameter, a column a figure, implausibility."""
    rows = []
    wanted = history.passing[: calibration.search.wanted_sets]
    for found, implausibility in wanted:
        rows.append(
            {
                "set": found.number,
                **calibration.values(found.point),
                **(found.values or {}),
                "implausibility": implausibility,
            }
        )
    columns = ["set", *calibration.paths, *calibration.codes, "implausibility"]
    return pd.DataFrame(rows, columns=columns)


def ties_of(calibration: Calibration, history: History) -> list[tuple[str, str, float]]:
    """Pairs of parameters that the figures tie together: rank correlations, strongest first."""
    points = np.array([found.point for found, _ in history.passing])
    return strongest_ties(calibration.paths, points)


def strongest_ties(
    paths: Sequence[str], points: NDArray[np.float64]
) -> list[tuple[str, str, float]]:
    """The same of values, a row a set and a column a parameter."""
    from scipy.stats import spearmanr

    if len(points) < 20:
        return []
    ties = []
    for one, other in combinations(range(points.shape[1]), 2):
        found = spearmanr(points[:, one], points[:, other])
        strength, chance = float(found[0]), float(found[1])
        if abs(strength) >= TIED and chance < SURE:
            ties.append((paths[one], paths[other], strength))
    return sorted(ties, key=lambda tie: -abs(tie[2]))


def verdict(calibration: Calibration, history: History) -> list[str]:
    """How many sets pass, out of how many, and why it ended."""
    tried = sum(wave.sets for wave in history.waves)
    wanted = calibration.search.wanted_sets
    kept = min(len(history.passing), wanted)
    share = len(history.passing) / tried if tried else 0.0
    return [
        f"{kept} of {wanted} wanted sets meet "
        f"{count(len(calibration.targets), 'published figure')}; {len(history.passing)} of "
        f"{tried} simulated sets pass ({share:.0%}).",
        f"The search ended because {history.ended}.",
    ]


def screen_of(calibration: Calibration, history: History, told: Sequence[Learning]) -> FirstScreen:
    """The first screen: how many sets pass, and which parameters the figures teach something."""
    many = count(len(calibration.parameters), "parameter")
    answer = [*verdict(calibration, history), how_many_learn(told)]
    answer += [f"Warning: {one}." for one in warnings_of(calibration)]
    return FirstScreen(
        [f"{calibration.scenario.name}: plausible sets of {many}"],
        answer,
        [
            row_lines(calibration),
            teacher_lines(told),
            wave_lines(history),
            tie_lines(ties_of(calibration, history)),
        ],
        [learning_lines(calibration, told)],
        foot=["A model, not an observation.", provenance(calibration)],
    )


def wave_lines(history: History) -> list[str]:
    """A line a wave, and the emulators' errors in the last."""
    text = ["Wave    sets  failed  passed   space left before it (share of the ranges)"]
    for wave in history.waves:
        text.append(
            f"{wave.number:4} {wave.sets:7} {wave.failed:7} {wave.passed:7}   {wave.left:.2%}"
        )
    if history.waves:
        last = history.waves[-1]
        told = ", ".join(
            f"{code} {last.errors[code]:.3g} ({percentage(last.explained[code])})"
            for code in last.errors
        )
        text.append(
            "Leave-one-out error of the emulators after the last wave, on the scale of the "
            f"search; in brackets the share of variance explained: {told}"
        )
    return text


def tie_lines(ties: Sequence[tuple[str, str, float]]) -> list[str]:
    """Which parameters only go together."""
    if not ties:
        return ["The figures tie no two parameters together."]
    text = ["Tied together (rank correlation), so that the figures cannot separate them:"]
    for one, other, strength in ties[:8]:
        how = (
            "one is high when the other is high"
            if strength > 0
            else "one is high when the other is low"
        )
        text.append(f"  {one} and {other}: {how} ({strength:+.2f})")
    return text


def provenance(calibration: Calibration) -> str:
    """What made it."""
    scenario = calibration.scenario
    identity = calibration.identity
    return (
        f"Made by caremarket {__version__} (made with {made_with()[:8]}) from scenario "
        f"{scenario.code} ({scenario.identity[:8]}), search {identity['calibration'][:8]}, seed "
        f"{calibration.search.seed}, to {calibration.search.until}, "
        f"{count(calibration.search.replications, 'replication')} for each set."
    )


def as_toml(calibration: Calibration, history: History) -> str:
    """How the plausible sets were found, beside plausible.csv."""
    identity, search = calibration.identity, calibration.search

    def written(value: object) -> str:
        return json.dumps(value)

    text = [
        "# How plausible.csv was found: caremarket calibrate",
        f"program = {written(f'caremarket {__version__}')}",
        *(f"{key} = {written(value)}" for key, value in identity.items()),
        f"made_with = {written(made_with())}",
        f"scenario_code = {written(calibration.scenario.code)}",
        f"until = {search.until.isoformat()}",
        f"seed = {search.seed}",
        f"cutoff = {search.cutoff}",
        f"replications = {search.replications}",
        f"overrides = {written(list(calibration.base.overrides))}",
        f"untaught = {written(calibration.untaught)}",
        f"sets_wanted = {search.wanted_sets}",
        f"sets_passing = {len(history.passing)}",
        f"ended = {written(history.ended)}",
    ]
    for wave in history.waves:
        text += [
            "",
            "[[waves]]",
            f"number = {wave.number}",
            f"sets = {wave.sets}",
            f"failed = {wave.failed}",
            f"passed = {wave.passed}",
            f"space_left_before = {wave.left:.6g}",
            "emulator_error = { "
            + ", ".join(f"{code} = {value:.4g}" for code, value in wave.errors.items())
            + " }",
        ]
    return "\n".join(text) + "\n"


def as_markdown(calibration: Calibration, history: History, told: Sequence[Learning]) -> str:
    """The same to be read, and what every unknown learns as a table."""
    screen = screen_of(calibration, history, told)
    body = "\n".join(replace(screen, more=()).lines())
    return (
        f"# Plausible sets of parameters\n\n```\n{body}\n```\n\n"
        f"## What each parameter learns\n\n"
        f"{learning_markdown(learning_table(calibration, told))}\n"
    )


def write_found(
    folder: Path,
    calibration: Calibration,
    history: History,
    told: Sequence[Learning],
    command: Sequence[str],
) -> None:
    """Write the plausible sets, what every unknown learns, and every set, or nothing.

    ``command``: what was typed.
    """
    every = [as_row(calibration, found) for found in history.sets]
    with written_into(folder) as work:
        # read back: numbers exactly as they are
        write_frame(work / "plausible.csv", table_of(calibration, history), None)
        write_frame(work / "sets.csv", pd.DataFrame(every, columns=columns_of(calibration)), None)
        write_frame(work / "learning.csv", learning_table(calibration, told))
        write_frame(work / "left_out.csv", left_out_table(told))
        write_dictionary(work, (LEARNING, LEFT_OUT, *tables_of_sets(calibration)))
        write_scenario(work, calibration.scenario)
        write_text(work / "plausible.toml", as_toml(calibration, history))
        write_text(work / "plausible.md", as_markdown(calibration, history, told))
        write_screen(work, screen_of(calibration, history, told))
        write_json(work / MANIFEST, described(calibration, history, command))


def tables_of_sets(calibration: Calibration) -> tuple[Table, Table]:
    """What the columns of the two tables of sets mean."""
    values = [
        *(Column(one.path, "value of the parameter", "as it") for one in calibration.parameters),
        *(
            Column(one.row.code, f"{one.row.meaning}, as simulated", one.row.unit)
            for one in calibration.targets
        ),
    ]
    number = Column("set", "number of the set", "id")
    size = Column("implausibility", "the largest value over the figures", "standard deviations")
    return (
        Table(
            "plausible", "One row for each set that meets every figure.", (number, *values, size)
        ),
        Table(
            "sets",
            "One row for each set that was simulated.",
            (
                number,
                Column("wave", "0: the county as it is; 1: spread evenly", "id"),
                Column("status", "finished or failed", "text"),
                Column("error", "why it failed", "text"),
                *values,
            ),
        ),
    )


def described(
    calibration: Calibration, history: History, command: Sequence[str]
) -> dict[str, object]:
    """The manifest: what made the sets."""
    search = calibration.search
    return {
        "what": "sets of parameters that a model fits, not observations",
        **versions(),
        "command": list(command),
        "made_with": made_with(),
        **calibration.identity,
        "county": calibration.scenario.code,
        "seed": search.seed,
        "until": search.until.isoformat(),
        "sets_simulated": len(history.sets),
        "sets_passing": len(history.passing),
        "ended": history.ended,
        "sets_failed": [
            {"set": one.number, "error": one.error} for one in history.sets if one.values is None
        ],
    }
