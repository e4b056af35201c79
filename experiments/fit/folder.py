"""What a fit leaves on disk, and its first screen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from experiments.engine.question import Answers
from experiments.fit.picture import fit_chart
from experiments.fit.verdicts import (
    FitLine,
    headline,
    markdown_table,
    reasons,
    terminal_table,
)
from experiments.results.provenance import Inputs, made_by, manifest
from experiments.results.writing import Output
from experiments.statistics.claims import LEAST_PAIRS
from experiments.statistics.failed import too_many_failed
from experiments.words.failed import no_headline
from experiments.words.first_screen import FirstScreen
from experiments.words.sentences import count
from sim import __version__
from sim.outcomes.catalogue import measured_in_parts
from sim.outcomes.declaration import Column, Table

FIT = Table(
    "fit",
    "One row for each published figure: the figure, what the model gives, and the verdict.",
    (
        Column("code", "its code", "code"),
        Column("meaning", "what it is", "text"),
        Column("unit", "its unit", "word"),
        Column("published", "the figure on record", "see unit"),
        Column("published_when", "day or period of the figure", "text"),
        Column("tolerance_low", "low end of the tolerance", "see unit"),
        Column("tolerance_high", "high end of it", "see unit"),
        Column("mean", "mean over replications", "see unit"),
        Column("low_95", "low end of the 95% interval of the mean", "see unit"),
        Column("high_95", "high end of it", "see unit"),
        Column("low_99", "low end of the 99% interval of the mean", "see unit"),
        Column("high_99", "high end of it", "see unit"),
        Column("replications", "replications in which it is known", "count"),
        Column("verdict", "holds, fails, or cannot tell (the runs do not decide)", "word"),
        Column("role", "must hold, or only watched", "word"),
        Column("use", "input, fitted or independent", "word"),
        Column("note", "why it fails, or how it is measured", "text"),
        Column("measure", "name of what is measured", "word"),
        Column("measure_meaning", "what that is", "text"),
        Column("scope", "area or county", "code"),
        Column("period", "when it is measured", "text"),
        Column("source", "source document", "code"),
        Column("sure", "how certain the published figure is", "word"),
    ),
)

MARKDOWN = "fit.md"


def screen(inputs: Inputs, table: Sequence[FitLine], failed: int = 0) -> FirstScreen:
    """The first screen: the verdict, the table, why figures fail, and what made it."""
    sections = [*terminal_table(table), reasons(table), [rules()]]
    many = inputs.replications
    unsure = too_many_failed(failed, many)
    return FirstScreen(
        [f"{inputs.scenario.name}: the model compared with "
         f"{count(len(table), 'published figure')}"],
        [no_headline(failed, many, "replications", "fit.csv")] if unsure else headline(table),
        [section for section in sections if section],
        foot=["In brackets: 95% intervals of means. A model, not an observation.",
              provenance_line(inputs)],
    )  # fmt: skip


def rules() -> str:
    """What the marks and the verdicts mean."""
    return (
        "(given): the figure is an input of the model, so meeting it only shows that the model "
        "uses it; (fitted): parameters were set to meet it; no mark: independent. In square "
        "brackets: how certain the published figure is. A figure fails if the 99% interval of "
        "the mean lies wholly outside its tolerance, unless the figure is known from memory "
        f"alone. It holds if the 95% interval from at least {LEAST_PAIRS} replications lies "
        "wholly within the tolerance, and half of that interval is at most a quarter of the "
        "tolerance."
    )


def provenance_line(inputs: Inputs) -> str:
    """Which model, inputs and seed."""
    scenario = inputs.scenario
    applied = f", with {', '.join(scenario.overrides)}" if scenario.overrides else ""
    return (
        f"Made by caremarket {__version__} from scenario "
        f"{scenario.code} ({scenario.identity[:8]}){applied}, seed {inputs.seed}, "
        f"{inputs.replications} replications, run {inputs.identity[:8]}."
    )


def as_table(table: Sequence[FitLine]) -> pd.DataFrame:
    """The fit, a row a figure."""
    return pd.DataFrame([as_row(line) for line in table])


def as_row(line: FitLine) -> dict[str, Any]:
    """One figure."""
    row, model = line.row, line.model
    return {
        "code": row.code,
        "meaning": row.meaning,
        "unit": row.unit,
        "published": row.published,
        "published_when": row.published_when,
        "tolerance_low": row.low,
        "tolerance_high": row.high,
        "mean": model.mean,
        "low_95": model.low_95,
        "high_95": model.high_95,
        "low_99": model.low_99,
        "high_99": model.high_99,
        "replications": model.replications,
        "verdict": line.verdict,
        "role": row.role,
        "use": row.use,
        "note": row.note,
        "measure": row.measure,
        "measure_meaning": measured_in_parts()[row.measure].meaning,
        "scope": row.scope,
        "period": row.period,
        "source": row.source,
        "sure": row.sure,
    }


def output_of(inputs: Inputs, table: Sequence[FitLine], answers: Answers) -> Output:
    """The table, its chart and words; once more as Markdown."""
    markdown = [*markdown_table(table), "", provenance_line(inputs)]
    return Output(
        [(FIT, as_table(table))],
        manifest(inputs, answers.command, answers.failed),
        screen(inputs, table, len(answers.failed)),
        fit_chart(table, made_by(inputs)),
        inputs.scenario,
        texts={MARKDOWN: "\n".join(markdown) + "\n"},
        seconds=answers.seconds,
    )
