"""Which charts a study is given, and the words that go with them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from experiments.charts.chart import Chart
from experiments.charts.differences import differences
from experiments.charts.scenario_weeks import scenario_weeks
from experiments.charts.tornado import tornado
from experiments.study.study import Study
from sim import __version__

WEEKLY = {
    "uncovered_hours": "hours of care a week that nobody covers",
    "list_people": "people on the interim care list",
}


def footer(study: Study, replications: int) -> str:
    """What made a chart."""
    draws = f", {len(study.draws):,} draws" if study.draws.varied else ""
    return (
        f"Model, not observation: caremarket {__version__}, county "
        f"{study.scenarios[0].scenario.code}, study {study.title} ({study.whole_identity[:8]}), "
        f"seed {study.seed}{draws}, {replications} replications."
    )


def drawn(
    study: Study, tables: Mapping[str, pd.DataFrame], replications: int, scenarios: Sequence[str]
) -> list[Chart]:
    """The charts of a study."""
    charts = []
    below = footer(study, replications)
    if "differences" in tables and len(scenarios) > 1:
        outcomes = [study.declared[name] for name in study.outcomes]
        charts.append(differences(tables["differences"], outcomes, scenarios, below))
    if "sensitivity" in tables:
        meanings = {name: study.declared[name].meaning for name in study.outcomes}
        bars = tornado(tables["sensitivity"], study.outcomes, meanings, below)
        charts += [bars] if bars is not None else []
    if "weekly" in tables:
        weeks = tables["weekly"]
        weeks = weeks[weeks["days"] >= 7] if "days" in weeks else weeks
        for measure, meaning in WEEKLY.items():
            if measure not in weeks:
                continue
            charts.append(scenario_weeks(weeks, measure, meaning, scenarios, below))
    return charts
