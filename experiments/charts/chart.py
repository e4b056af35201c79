"""A chart with its numbers, its alternative text and its provenance."""

from __future__ import annotations

import io
from dataclasses import dataclass

import pandas as pd
from matplotlib.figure import Figure

from experiments.charts.style import DPI, house_style

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


def image(chart: Chart, ending: str) -> bytes:
    """The figure as a file, the same bytes every time."""
    metadata: dict[str, str | None] = {"Title": chart.name, "Description": chart.alt}
    metadata |= {"Software": None} if ending == "png" else {"Date": None, "Creator": None}
    buffer = io.BytesIO()
    with house_style():
        chart.figure.savefig(buffer, format=ending, dpi=DPI, metadata=metadata)
    return buffer.getvalue()
