"""What a run leaves on disk: tables, charts, data dictionary, manifest, scenario, summary, log."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from experiments.engine.question import Answers
from experiments.results.outputs import ENDS
from experiments.results.provenance import Failed, Inputs, manifest
from experiments.results.writing import Output
from experiments.run import account, compared
from experiments.run import compared_said as said
from experiments.run.account import Arms
from experiments.run.account_words import told_failures
from experiments.run.arms import Way
from experiments.run.pictures import drawn
from experiments.run.tables import (
    ACCOUNT,
    ACCOUNT_BY_AREA,
    BY_ARM,
    BY_REPLICATION,
    COMPARED,
    EACH_FAILURE,
    FIGURES,
    RESPONSE,
    YEARLY,
)
from experiments.run.words import first_screen
from experiments.run.work import Replication, results_of
from experiments.statistics import means as reduction
from experiments.statistics.failed import too_many_failed
from sim.ledger import FACTS
from sim.outcomes import accounts, events, roles, weekly
from sim.outcomes.account import HARM, PROVIDERS_LOST
from sim.outcomes.catalogue import declared
from sim.outcomes.declaration import Table
from sim.outcomes.fates import FATES, FATES_BY_PAYER, SERVED_BY
from sim.outcomes.headline import FailureResult, Result

EVENTS = (*events.ALL, accounts.PAYMENTS, accounts.ACCOUNTS, accounts.VISITS)


def output_of(
    inputs: Inputs,
    replications: Sequence[Replication | None],
    told: Arms | None,
    answers: Answers,
) -> Output | None:
    """Tables, charts and words; None if every replication failed.

    Tables of events are replication 0's. ``told``: the arms of the failures, if there are any.
    """
    results = [
        beside_placebo(result, told) for result in results_of(replications) if result is not None
    ]
    if not results:
        return None
    figures, first, failed = reduction.figures(results), replications[0], answers.failed
    tables = [
        (FIGURES, described(figures, inputs)),
        (BY_REPLICATION, by_replication(results)),
        (weekly.BY_TIER, reduction.weekly([result.by_tier for result in results])),
        (weekly.BY_AREA, reduction.weekly([result.by_area for result in results])),
        (roles.BY_ROLE, reduction.weekly([result.by_role for result in results])),
        (YEARLY, reduction.weekly([weekly.yearly(result.by_area) for result in results])),
    ]
    tables += tables_of_failures(inputs, told)
    happened = {} if first is None else first.events
    tables += [
        (one, pd.DataFrame(dict(happened[one.name]))) for one in EVENTS if one.name in happened
    ]
    tiers = [tier.code for tier in inputs.scenario.commissioning.tiers]
    unsure = too_many_failed(inputs.replications - len(results), inputs.replications)
    return Output(
        tables,
        {
            **manifest(inputs, answers.command, failed),
            "futures_counted": len(results if told is None else told.main),
        },
        first_screen(inputs, figures, results, told),
        [] if unsure else drawn(inputs, results, told),
        inputs.scenario,
        (("weekly_*, yearly_*", "*_low, *_high", ENDS, "as the column"),),
        declared(tiers),
        {"log.txt": log(inputs, first, failed), **compared_said(inputs, told)},
        answers.seconds,
    )


def compared_said(inputs: Inputs, told: Arms | None) -> dict[str, str]:
    """Notices and responses compared in sentences, as a text; nothing where none were."""
    lines = [] if told is None else said.sentences(inputs, told)
    return {said.FILE: "\n".join(lines) + "\n"} if lines else {}


def beside_placebo(result: Result, told: Arms | None) -> Result:
    """A replication's result with the figures of its placebo, if it has one."""
    placebo = {} if told is None else account.placebo_figures(told, result.replication)
    return replace(result, figures={**result.figures, **placebo}) if placebo else result


def tables_of_failures(inputs: Inputs, told: Arms | None) -> list[tuple[Table, pd.DataFrame]]:
    """The account of the failures; no tables without any."""
    if told is None:
        return []
    rows, main = account.harm(told), list(told.main.values())
    # The placebo has the notice that was asked for: arms with another have a table of their own.
    others = [arm.name for arm in told.of(Way.COMPARED)]
    found = [
        (ACCOUNT, account.account(rows[~rows["arm"].isin(others)] if others else rows)),
        (ACCOUNT_BY_AREA, account.account_by_area(rows, told.areas_held)),
        (EACH_FAILURE, account.each_failure(told, told_failures(inputs))),
        (COMPARED, compared.table(told)),
        (BY_ARM, account.by_arm(told)),
        (HARM, rows),
        (PROVIDERS_LOST, account.providers_lost(told)),
        (RESPONSE, responses(told.main)),
        (FATES, account.fates_of(main)),
        (FATES_BY_PAYER, account.fates_by_payer_of(main)),
        (SERVED_BY, account.served_by_of(main)),
    ]
    return [(table, frame if len(frame) else empty(table)) for table, frame in found]


def empty(table: Table) -> pd.DataFrame:
    """A table of which nothing is known."""
    return pd.DataFrame({column.name: np.array([]) for column in table.columns})


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


def responses(told: Mapping[int, FailureResult]) -> pd.DataFrame:
    """The service level around the failures, replication by replication."""
    frames = [
        pd.DataFrame(
            {
                "replication": number,
                "day_from_failure": one.response.days,
                "service_level": one.response.service_level,
                "without_failure": one.response.without_failure,
            }
        )
        for number, one in told.items()
    ]
    return pd.concat(frames) if frames else empty(RESPONSE)


def left_out(first: Replication | None) -> list[str]:
    """Which tables of events are not there, and why."""
    missing = [
        one.name for one in EVENTS if first and first.events and one.name not in first.events
    ]
    if not missing:
        return []
    why = (
        "left out, because a caseload is given and they hold rows about single people "
        "(--people writes them)"
    )
    return [f"{why}: {', '.join(missing)}"]


def log(inputs: Inputs, first: Replication | None, failed: Sequence[Failed]) -> str:
    """What was recorded and checked."""
    facts = {} if first is None else first.facts
    lines = [
        f"run {inputs.identity}",
        f"scenario {inputs.scenario.identity}",
        f"laws held to day {inputs.scenario.days:g} in every replication that finished",
        "facts of replication 0:",
        *(f"  {name:12} {many:>9,}  {FACTS[name].meaning}" for name, many in facts.items()),
        *left_out(first),
        *(f"FAILED {one.label}: {one.error}" for one in failed),
    ]
    return "\n".join(lines) + "\n"
