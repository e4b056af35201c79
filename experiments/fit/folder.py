"""What a fit leaves on disk, and its first screen."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from experiments.charts.chart import Provenance, save
from experiments.fit.picture import fit_chart
from experiments.fit.verdicts import WIDTH, FitLine, headline, reasons, terminal_table
from experiments.results.csv_files import write_frame
from experiments.results.outputs import write_json, write_scenario, written_whole
from experiments.results.provenance import Inputs, manifest
from experiments.run.work import Failed
from sim import __version__
from sim.outcomes.catalogue import measured_in_parts


def lines(inputs: Inputs, table: Sequence[FitLine]) -> list[str]:
    """The first screen: the verdict, the table, why figures fail, and what made it."""
    from textwrap import wrap

    many = inputs.replications
    return [
        *wrap(headline(inputs.scenario.name, table), WIDTH),
        *terminal_table(table),
        *reasons(table),
        "",
        *wrap(
            "(given): the model is given it, so it shows that the model does what it is told; "
            "(fitted): parameters were set to meet it; no mark: independent. A figure fails where "
            f"the 99 % interval of the mean over {many} replication{'s' * (many > 1)} lies wholly "
            "outside its tolerance.",
            WIDTH,
        ),
        *wrap(provenance_line(inputs), WIDTH),
    ]


def provenance_line(inputs: Inputs) -> str:
    """Which model, inputs and seed."""
    scenario = inputs.scenario
    applied = f", with {', '.join(scenario.overrides)}" if scenario.overrides else ""
    return (
        f"A model, not an observation. Made by caremarket {__version__} from scenario "
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


def write_fit(
    folder: Path,
    inputs: Inputs,
    table: Sequence[FitLine],
    failed: Sequence[Failed],
    command: Sequence[str],
) -> None:
    """Write everything, or nothing."""
    scenario = inputs.scenario
    made_by = Provenance(
        "caremarket",
        scenario.code,
        scenario.identity[:8],
        inputs.seed,
        inputs.replications,
        __version__,
    )
    with written_whole(folder) as part:
        write_frame(part / "fit.csv", as_table(table))
        write_scenario(part, scenario)
        write_json(part / "manifest.json", manifest(inputs, command, failed))
        text = "\n".join(lines(inputs, table)) + "\n"
        (part / "summary.txt").write_text(text, encoding="utf-8", newline="\n")
        save(fit_chart(table, made_by), part / "charts")
