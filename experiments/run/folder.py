"""What a run leaves on disk: tables, charts, data dictionary, manifest, scenario, summary, log."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from experiments.engine.question import Answers
from experiments.results.outputs import ENDS
from experiments.results.provenance import Failed, Inputs, manifest
from experiments.results.writing import Output
from experiments.run.pictures import drawn, fates_of
from experiments.run.staff_moves import Arm, arms
from experiments.run.tables import BY_REPLICATION, BY_STAFF_MOVE, FIGURES, RESPONSE, YEARLY
from experiments.run.words import lines
from experiments.run.work import Replication, results_of
from experiments.statistics import means as reduction
from sim.ledger import FACTS
from sim.outcomes import accounts, events, roles, weekly
from sim.outcomes.catalogue import declared
from sim.outcomes.fates import FATES
from sim.outcomes.headline import Result

EVENTS = (*events.ALL, accounts.PAYMENTS, accounts.ACCOUNTS, accounts.VISITS)


def output_of(
    inputs: Inputs,
    replications: Sequence[Replication | None],
    others: Sequence[Replication | None],
    answers: Answers,
) -> Output | None:
    """Tables, charts and words; None if every replication failed.

    Tables of events are replication 0's. ``others``: other shares of carers, arm by arm.
    """
    results = [result for result in results_of(replications) if result is not None]
    if not results:
        return None
    shares = arms(inputs.scenario, results, results_of(others))
    figures, first, failed = reduction.figures(results), replications[0], answers.failed
    tables = [
        (FIGURES, described(figures, inputs)),
        (BY_REPLICATION, by_replication(results)),
        (weekly.BY_TIER, reduction.weekly([result.by_tier for result in results])),
        (weekly.BY_AREA, reduction.weekly([result.by_area for result in results])),
        (roles.BY_ROLE, reduction.weekly([result.by_role for result in results])),
        (YEARLY, reduction.weekly([weekly.yearly(result.by_area) for result in results])),
        (RESPONSE, responses(results)),
        (BY_STAFF_MOVE, by_staff_move(shares)),
        (FATES, fates_of(results)),
    ]
    happened = {} if first is None else first.events
    tables += [(one, pd.DataFrame(dict(happened[one.name]))) for one in EVENTS if happened]
    tiers = [tier.code for tier in inputs.scenario.commissioning.tiers]
    return Output(
        tables,
        manifest(inputs, answers.command, failed),
        lines(inputs, figures, results, shares),
        drawn(inputs, results, shares),
        inputs.scenario,
        (("weekly_*, yearly_*", "*_low, *_high", ENDS, "as the column"),),
        declared(tiers),
        {"log.txt": log(inputs, first, failed)},
        answers.seconds,
    )


def by_replication(results: Sequence[Result]) -> pd.DataFrame:
    """The table BY_REPLICATION."""
    rows = [
        (result.replication, name, value)
        for result in results
        for name, value in result.figures.items()
    ]
    return pd.DataFrame(rows, columns=[column.name for column in BY_REPLICATION.columns])


def described(figures: pd.DataFrame, inputs: Inputs) -> pd.DataFrame:
    """Figures with unit, better direction and meaning."""
    told = {
        outcome.name: outcome
        for outcome in declared([tier.code for tier in inputs.scenario.commissioning.tiers])
    }
    return figures.assign(
        unit=[told[name].unit for name in figures["outcome"]],
        better=[told[name].better for name in figures["outcome"]],
        meaning=[told[name].meaning for name in figures["outcome"]],
    )


def responses(results: Sequence[Result]) -> pd.DataFrame:
    """The service level around each failure, replication by replication."""
    frames = [
        pd.DataFrame(
            {
                "replication": result.replication,
                "failure": number,
                "day_from_failure": response.days,
                "service_level": response.service_level,
                "without_failure": response.service_level
                if response.usual is None
                else response.usual.level,
            }
        )
        for result in results
        for number, response in enumerate(result.responses, start=1)
    ]
    names = [column.name for column in RESPONSE.columns]
    return pd.concat(frames) if frames else pd.DataFrame({name: np.array([]) for name in names})


def by_staff_move(shares: Sequence[Arm]) -> pd.DataFrame:
    """Every figure at each share of carers who move."""
    frames = [
        reduction.figures(arm.results).assign(staff_move_share=arm.share)
        for arm in shares
        if arm.results
    ]
    names = [column.name for column in BY_STAFF_MOVE.columns]
    return pd.concat(frames)[names] if frames else pd.DataFrame(columns=names)


def log(inputs: Inputs, first: Replication | None, failed: Sequence[Failed]) -> str:
    """What was recorded and checked."""
    facts = {} if first is None else first.facts
    lines = [
        f"run {inputs.identity}",
        f"scenario {inputs.scenario.identity}",
        f"laws held to day {inputs.scenario.days:g} in every replication that finished",
        "facts of replication 0:",
        *(f"  {name:12} {many:>9,}  {FACTS[name].meaning}" for name, many in facts.items()),
        *(f"FAILED {one.label}: {one.error}" for one in failed),
    ]
    return "\n".join(lines) + "\n"
