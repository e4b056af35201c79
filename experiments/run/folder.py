"""What a run leaves on disk: tables, charts, data dictionary, manifest, scenario, summary, log."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from experiments.results.outputs import (
    BY_STAFF_MOVE,
    FIGURES,
    RESPONSE,
    YEARLY,
    write_dictionary,
    write_json,
    write_scenario,
    write_table,
    written_whole,
)
from experiments.results.provenance import Inputs, manifest
from experiments.run.pictures import fates_of, pictures
from experiments.run.staff_moves import Arm
from experiments.run.work import Failed
from experiments.statistics import means as reduction
from sim.ledger import FACTS, Ledger
from sim.outcomes import accounts, events, roles, weekly
from sim.outcomes.catalogue import declared
from sim.outcomes.fates import FATES
from sim.outcomes.headline import Result


def write_run(
    folder: Path,
    inputs: Inputs,
    figures: pd.DataFrame,
    results: Sequence[Result],
    shares: Sequence[Arm],
    failed: Sequence[Failed],
    ledger: Ledger,
    summary: Sequence[str],
    command: Sequence[str],
    seconds: float,
) -> None:
    """Write everything, or nothing. Tables of events are replication 0's."""
    outcomes = declared([tier.code for tier in inputs.scenario.commissioning.tiers])
    with written_whole(folder) as part:
        write_table(part, FIGURES, described(figures, inputs))
        by_tier = reduction.weekly([result.by_tier for result in results])
        by_area = reduction.weekly([result.by_area for result in results])
        write_table(part, weekly.BY_TIER, by_tier)
        write_table(part, weekly.BY_AREA, by_area)
        by_role = reduction.weekly([result.by_role for result in results])
        write_table(part, roles.BY_ROLE, by_role)
        write_table(part, YEARLY, reduction.weekly([weekly.yearly(r.by_area) for r in results]))
        write_table(part, RESPONSE, responses(results))
        write_table(part, BY_STAFF_MOVE, by_staff_move(shares))
        write_table(part, FATES, fates_of(results))
        for table, columns in zip(
            events.ALL, events.all_tables(ledger, inputs.scenario).values(), strict=True
        ):
            write_table(part, table, pd.DataFrame(columns))
        for table, columns in (
            (accounts.PAYMENTS, accounts.payments(ledger)),
            (accounts.ACCOUNTS, accounts.accounts(ledger)),
            (accounts.VISITS, accounts.visits(ledger)),
        ):
            write_table(part, table, pd.DataFrame(columns))
        write_dictionary(part, outcomes)
        write_scenario(part, inputs.scenario)
        write_json(part / "manifest.json", manifest(inputs, command, failed))
        (part / "summary.txt").write_text("\n".join(summary) + "\n", encoding="utf-8", newline="\n")
        (part / "log.txt").write_text(log(inputs, ledger, failed), encoding="utf-8", newline="\n")
        pictures(part / "charts", inputs, figures, results, shares)
        write_json(part / "timings.json", {"seconds": round(seconds, 1)})


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


def log(inputs: Inputs, ledger: Ledger, failed: Sequence[Failed]) -> str:
    """What was recorded and checked."""
    lines = [
        f"run {inputs.identity}",
        f"scenario {inputs.scenario.identity}",
        f"laws held to day {ledger.day:g} in every replication that finished",
        "facts of replication 0:",
        *(f"  {name:12} {ledger.count(name):>9,}  {fact.meaning}" for name, fact in FACTS.items()),
        *(f"FAILED replication {f.replication}: {f.error}" for f in failed),
    ]
    return "\n".join(lines) + "\n"
