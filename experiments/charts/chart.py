"""A chart with its numbers, its alternative text and its provenance; and how it is saved."""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
from matplotlib.figure import Figure

from experiments.charts.style import DPI, house_style
from experiments.results.csv_files import write_frame

BANDS = "bands: 95% intervals of the mean"
WIDE_BANDS = "bands: 95% intervals of the mean, summed over areas, so at their widest"


@dataclass(frozen=True)
class Chart:
    """A figure and exactly the numbers plotted in it."""

    name: str
    figure: Figure
    data: pd.DataFrame
    alt: str


@dataclass(frozen=True)
class Provenance:
    """Which runs of which model a chart shows."""

    model: str
    scenario: str
    identity: str
    seed: int
    replications: int
    version: str

    def footer(self, note: str = "") -> str:
        """The line under every chart; ``note`` says what its bands are."""
        plural = "" if self.replications == 1 else "s"
        runs = f"seed {self.seed}, {self.replications} replication{plural}"
        source = f"{self.model} {self.version}, scenario {self.scenario} ({self.identity})"
        text = f"Model, not observation: {source}, {runs}"
        return f"{text}; {note}." if note else f"{text}."


def save(chart: Chart, folder: Path) -> list[Path]:
    """Write the chart as PNG and SVG, its numbers as CSV and its alternative text."""
    folder.mkdir(parents=True, exist_ok=True)
    files = {
        "png": image(chart, "png"),
        "svg": image(chart, "svg"),
        "txt": f"{chart.alt}\n".encode(),
    }
    paths = []
    for ending, content in files.items():
        path = folder / f"{chart.name}.{ending}"
        path.write_bytes(content)
        paths.append(path)
    paths.append(folder / f"{chart.name}.csv")
    write_frame(paths[-1], chart.data, None)
    return paths


def image(chart: Chart, ending: str) -> bytes:
    """The figure as a file, the same bytes every time."""
    metadata: dict[str, str | None] = {"Title": chart.name, "Description": chart.alt}
    metadata |= {"Software": None} if ending == "png" else {"Date": None, "Creator": None}
    buffer = io.BytesIO()
    with house_style():
        chart.figure.savefig(buffer, format=ending, dpi=DPI, metadata=metadata)
    return buffer.getvalue()
