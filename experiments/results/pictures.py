"""How a chart is saved: as pictures, with its numbers and its alternative text."""

from __future__ import annotations

from pathlib import Path

from experiments.charts.chart import Chart, pictures
from experiments.results.csv_files import write_frame

BARE = "bare"
"""The folder beside the charts for those without title, subtitle and footer."""


def save(chart: Chart, folder: Path) -> list[Path]:
    """Write the chart as PNG and SVG, its numbers as CSV and its alternative text.

    In the folder ``bare`` the same pictures without the words around them, for documents that have
    captions of their own, and those words as text: title, subtitle and footer, a line each.
    """
    bare = folder / BARE
    bare.mkdir(parents=True, exist_ok=True)
    drawn = pictures(chart)
    files = {
        folder / f"{chart.name}.png": drawn.png,
        folder / f"{chart.name}.svg": drawn.svg,
        folder / f"{chart.name}.txt": f"{chart.alt}\n".encode(),
        bare / f"{chart.name}.png": drawn.bare_png,
        bare / f"{chart.name}.svg": drawn.bare_svg,
        bare / f"{chart.name}.txt": f"{chart.caption}\n".encode(),
    }
    for path, content in files.items():
        path.write_bytes(content)
    numbers = folder / f"{chart.name}.csv"
    write_frame(numbers, chart.data, None)
    return [*files, numbers]
