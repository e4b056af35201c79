"""What ``caremarket compare-models`` tells and leaves on disk."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from experiments.charts.chart import Chart
from experiments.charts.differences import differences
from experiments.engine.question import Answers
from experiments.models.figures import BESIDE, COMPARED, IN_CHARTS, LARGEST_CLOSES
from experiments.results.provenance import Failed, Inputs, made_by, manifest
from experiments.results.writing import Output
from experiments.statistics.claims import Finding, Paired, judged
from experiments.statistics.failed import too_many_failed
from experiments.statistics.intervals import t_interval
from experiments.statistics.placebos import beside_placebo, held_against
from experiments.words import claims
from experiments.words.amounts import Row, between, unit_of
from experiments.words.failed import no_headline
from experiments.words.first_screen import IN_BRACKETS, FirstScreen
from experiments.words.placebos import placebo_words
from experiments.words.sentences import capital, day_text, spoken
from sim import __version__
from sim.outcomes.declaration import Column, Outcome, Table
from sim.outcomes.placebo import PLACEBO_OF
from sim.scenario import Scenario

MODELS = Table(
    "models",
    "One row a way of commissioning and outcome: mean over replications, and its difference from "
    "the county's own model, run by run with the same people, carers and shocks.",
    (
        Column("model", "code of the commissioning model", "word"),
        Column("outcome", "name of the outcome", "word"),
        Column("mean", "mean over replications", "see unit"),
        Column("low", "low end of the 95% interval of the mean", "see unit"),
        Column("high", "high end of it", "see unit"),
        Column("replications", "replications in which it is known", "count"),
        Column("difference", "mean difference from the county's own model", "see unit"),
        Column("difference_low", "low end of its 95% interval", "see unit"),
        Column("difference_high", "high end of it", "see unit"),
        Column("unit", "unit", "word"),
        Column("better", "better direction", "word"),
        Column("meaning", "what it is", "text"),
    ),
)
HOLDERS = Table(
    "holders",
    "Who holds which contract under each model, by the stated rules.",
    (
        Column("model", "code of the commissioning model", "word"),
        Column("tier", "code of the tier", "word"),
        Column("area", "code of the area", "code"),
        Column("provider", "code of the provider", "code"),
        Column("rank", "order in which the tier asks", "rank"),
    ),
)


@dataclass(frozen=True)
class Compared:
    """Everything told: figures by model and replication; the county's own model comes first."""

    inputs: Inputs
    on: date
    scenarios: Mapping[str, Scenario]
    figures: Mapping[str, Mapping[int, Mapping[str, float]]]
    failed: tuple[Failed, ...]

    @property
    def base(self) -> str:
        """The county's own model."""
        return self.inputs.scenario.commissioning.code

    def values(self, model: str, outcome: str) -> np.ndarray:
        """An outcome of a model, replication by replication; nan where it is not known."""
        found = self.figures[model]
        numbers = range(self.inputs.replications)
        return np.array([found.get(r, {}).get(outcome, np.nan) for r in numbers], dtype=float)

    def lacking(self, model: str) -> int:
        """Replications that failed under it, or under the county's own model: pairs left out."""
        both = set(self.figures[model]) & set(self.figures[self.base])
        return self.inputs.replications - len(both)

    def told(self, model: str) -> bool:
        """Whether enough of its pairs are there for a headline."""
        return not too_many_failed(self.lacking(model), self.inputs.replications)

    def apart(self, model: str, outcome: str) -> np.ndarray:
        """Its differences from the county's own model, pair by pair."""
        found: np.ndarray = self.values(model, outcome) - self.values(self.base, outcome)
        return found


def table_of(told: Compared) -> pd.DataFrame:
    """The table MODELS."""
    rows = []
    for model in told.scenarios:
        for outcome in (*COMPARED, *BESIDE):
            own = t_interval(told.values(model, outcome.name))
            apart = t_interval(told.apart(model, outcome.name))
            unknown = model == told.base
            rows.append(
                {
                    "model": model,
                    "outcome": outcome.name,
                    "mean": own.mean,
                    "low": own.low,
                    "high": own.high,
                    "replications": own.count,
                    "difference": np.nan if unknown else apart.mean,
                    "difference_low": np.nan if unknown else apart.low,
                    "difference_high": np.nan if unknown else apart.high,
                    "unit": outcome.unit,
                    "better": outcome.better,
                    "meaning": outcome.meaning,
                }
            )
    return pd.DataFrame(rows)


def findings_of(told: Compared) -> dict[tuple[str, str], Finding]:
    """What may be claimed of every difference from the county's own model: one family.

    Of the harm to others only what lies beyond the placebo.
    """
    found = judged(
        {
            (model, outcome.name): Paired(told.apart(model, outcome.name))
            for model in told.scenarios
            if model != told.base and told.told(model)
            for outcome in COMPARED
        }
    )
    for model, outcome in [key for key in found if key[1] in PLACEBO_OF]:
        placebo = t_interval(told.apart(model, PLACEBO_OF[outcome]))
        found[model, outcome] = held_against(found[model, outcome], placebo)
    return found


def placebo_lines(told: Compared, outcome: Outcome) -> list[str]:
    """The placebo beside an outcome about others, model by model; none of another outcome."""
    if outcome.name not in PLACEBO_OF:
        return []
    text = []
    for model in filter(told.told, told.scenarios):
        values = told.values(model, PLACEBO_OF[outcome.name])
        finding = beside_placebo(told.values(model, outcome.name), values)
        placebo = t_interval(values)
        words = placebo_words(claims.told_range(values), placebo, finding)
        text.append(f"  {model}: {words}")
    return text


def apart_of(row: Mapping[str, Any]) -> Row:
    """A difference with its interval."""
    ends = row["difference_low"], row["difference_high"]
    return Row(row["difference"], *ends, int(row["replications"]), np.nan, np.nan)


def first_screen(told: Compared) -> FirstScreen:
    """How the models differ; then outcome by outcome, every model beside the county's own."""
    scenario, many = told.inputs.scenario, told.inputs.replications
    table, findings = table_of(told), findings_of(told)
    which = claims.which_differ(findings, {one.name: one.better for one in COMPARED})
    said = claims.how_many_differ(findings, "the county's own model")
    first = next(iter(findings.values()), None)
    how = [] if first is None else [claims.family_words(first.comparisons, first.needed)]
    wide = max(len(name) for name in told.scenarios)
    ways = [f"{code:{wide}}  {one.commissioning.name}" for code, one in told.scenarios.items()]
    none = without_headline(told)
    answer = [*none, f"{said}{f': {which}' if which else ''}.", *how]
    sections = [ways, *(_of_outcome(told, outcome, table, findings) for outcome in COMPARED)]
    if not told.told(told.base):
        answer, sections = none, [ways]
    return FirstScreen(
        [
            f"{scenario.name} under {len(told.scenarios)} ways of commissioning, "
            f"{many} {'replication' if many == 1 else 'replications'}",
            "The same people, carers, providers and shocks; differences from the county's own "
            "model.",
        ],
        answer,
        sections,
        foot=_reading(told),
    )


def _of_outcome(
    told: Compared,
    outcome: Outcome,
    table: pd.DataFrame,
    findings: Mapping[tuple[str, str], Finding],
) -> list[str]:
    """An outcome under every model, and its differences from the county's own."""
    wide = max(len(name) for name in told.scenarios)
    better = "" if outcome.better == "neither" else f"; {outcome.better} is better"
    text = [f"{outcome.name}: {outcome.meaning} ({unit_of(outcome)}{better})"]
    for row in table[table["outcome"] == outcome.name].to_dict("records"):
        own = Row(row["mean"], row["low"], row["high"], int(row["replications"]), 0, 0)
        said = f"  {row['model']:{wide}}  {between(own, outcome.unit)}"
        if not told.told(row["model"]):
            said = f"  {row['model']:{wide}}  no headline"
        elif row["model"] != told.base:
            apart = apart_of({str(key): value for key, value in row.items()})
            sign = between(apart, outcome.unit, signed=True)
            judgement = claims.verdict(findings[row["model"], outcome.name], outcome.better)
            said += f"; {sign}: {judgement}"
        text.append(said)
    return [*text, *placebo_lines(told, outcome)]


def without_headline(told: Compared) -> list[str]:
    """Which models have no headline, and why; all of them if the county's own has none."""
    text = []
    for model in told.scenarios:
        if not told.told(model):
            what = f"replications under {model} or the county's own model"
            none = no_headline(told.lacking(model), told.inputs.replications, what, "models.csv")
            text.append(none)
    return text


def _reading(told: Compared) -> list[str]:
    inputs, scenario = told.inputs, told.inputs.scenario
    return [
        IN_BRACKETS,
        "What is held equal and what is not: docs/explanation/comparison.md. Councils are not "
        f"ranked: each model stands here on {scenario.name}'s people and places, with contracts "
        "given out by rules, from each area's go-live on.",
        f"{LARGEST_CLOSES} It closes on {day_text(told.on)}.",
        f"Made by caremarket {__version__} from scenario {scenario.code} "
        f"({scenario.identity[:8]}), seed {inputs.seed}, {inputs.replications} replications.",
    ]


def output_of(told: Compared, answers: Answers) -> Output:
    """Tables, charts and words."""
    table = table_of(told)
    held = pd.DataFrame(
        [
            (code, row.tier, row.area, row.provider, row.rank)
            for code, scenario in told.scenarios.items()
            for row in scenario.commissioning.contracts
        ],
        columns=[column.name for column in HOLDERS.columns],
    )
    described = {
        **manifest(told.inputs, answers.command, told.failed),
        "models": {code: one.identity for code, one in told.scenarios.items()},
        "largest_closes_on": told.on.isoformat(),
    }
    tables = [(MODELS, table), (HOLDERS, held)]
    charts = pictures(told, table)
    scenario = told.inputs.scenario
    return Output(tables, described, first_screen(told), charts, scenario, seconds=answers.seconds)


def pictures(told: Compared, table: pd.DataFrame) -> list[Chart]:
    """How the models differ, a panel an outcome."""
    footer = made_by(told.inputs).footer()
    shown = [replace(one, meaning=IN_CHARTS.get(one.name, one.meaning)) for one in COMPARED]
    codes = [code for code in told.scenarios if told.told(code)]
    if told.base not in codes or len(codes) < 2:
        return []
    frame = chart_frame(table[table["model"].isin(codes)])
    found = findings_of(told)
    charts = differences(frame, shown, codes, footer, found, name="models", most=len(shown))
    return [replace(chart, alt=f"{shown_here(told)} {chart.alt}") for chart in charts]


def shown_here(told: Compared) -> str:
    """For alternative text: which ways of commissioning the names in a chart stand for."""
    models = "; ".join(
        f"{capital(spoken(code))} is {one.commissioning.name}"
        for code, one in told.scenarios.items()
    )
    return f"Ways of commissioning on {told.inputs.scenario.name}'s people and places: {models}."


def chart_frame(table: pd.DataFrame) -> pd.DataFrame:
    """Differences as a study has them."""
    return pd.DataFrame(
        {
            "scenario": table["model"],
            "draw": "all",
            "outcome": table["outcome"],
            "mean": table["difference"],
            "low": table["difference_low"],
            "high": table["difference_high"],
            "replications": table["replications"],
            "draws_p05": np.nan,
            "draws_p95": np.nan,
            "interval": "t",
        }
    )
