"""Which charts a study is given, and the words that go with them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from experiments.charts.chart import Chart
from experiments.charts.differences import differences
from experiments.charts.scenario_weeks import scenario_weeks
from experiments.charts.tornado import tornado
from experiments.statistics.failed import too_many_failed
from experiments.study.estimates import YES
from experiments.study.study import Study
from experiments.words.amounts import ALL
from experiments.words.sentences import ONE_STORY, capital, count
from sim import __version__
from sim.outcomes.placebo import PLACEBOS
from sim.scenario.scenario import declaration_at

WEEKLY = {
    "uncovered_hours": "hours of care a week that nobody covers",
    "list_people": "people on the interim care list",
}


def footer(study: Study, replications: int) -> str:
    """What made a chart."""
    draws = f", {count(len(study.draws), 'draw')}" if study.draws.varied else ""
    single = f"; {ONE_STORY}" if replications == 1 and not study.draws.varied else ""
    return (
        f"Model, not observation: caremarket {__version__}, county "
        f"{study.scenarios[0].scenario.code}, study {study.title} ({study.whole_identity[:8]}), "
        f"seed {study.seed}{draws}, {count(replications, 'replication')}{single}."
    )


def plain_names(paths: Sequence[str]) -> dict[str, str]:
    """What parameters mean, by their paths, where their declarations say it."""
    told = {path: declaration_at(path.split(".")).get("description", "") for path in paths}
    return {path: capital(meaning) for path, meaning in told.items() if meaning}


def are_bounds(frame: pd.DataFrame) -> Any:
    """Which rows are placebos that stand as bounds, though they are not known everywhere."""
    failed, of, known = (frame[name].to_numpy() for name in ("failed", "carried_out", "known"))
    return frame["outcome"].isin(PLACEBOS) & (known > 0) & ~too_many_failed(failed, of)


def drawn(
    study: Study, tables: Mapping[str, pd.DataFrame], replications: int, scenarios: Sequence[str]
) -> list[Chart]:
    """The charts of a study."""
    charts: list[Chart] = []
    below = footer(study, replications)
    if not tables["figures"]["mean"].notna().any():  # every run failed
        return charts
    if "differences" in tables:
        frame = tables["differences"]
        frame = frame[frame["draw"].astype(str) == ALL]
        known = set(frame.loc[frame["headline"] == YES, "outcome"])
        frame = frame[(frame["headline"] == YES) | are_bounds(frame)]
        outcomes = [study.declared[name] for name in study.outcomes if name in known]
        if outcomes:
            charts += differences(frame, outcomes, scenarios, below)
    if "sensitivity" in tables:
        meanings = {name: study.declared[name].meaning for name in study.outcomes}
        told = tables["sensitivity"]
        used, of = (told[name].to_numpy() for name in ("used", "carried_out"))
        told = told[~too_many_failed(of - used, of)]
        called = plain_names([one.path for one in study.draws.varied])
        charts += tornado(told, study.outcomes, meanings, below, names=called)
    if "weekly" in tables:
        weeks = tables["weekly"]
        weeks = weeks[weeks["days"] >= 7] if "days" in weeks else weeks
        known = set(weeks["scenario"])
        there = [name for name in scenarios if name in known]  # not those whose every run failed
        for measure, meaning in WEEKLY.items():
            # Others are drawn beside the first: without it there is nothing to hold them against.
            if measure in weeks and scenarios[0] in there:
                charts += scenario_weeks(weeks, measure, meaning, there, below)
    return charts
