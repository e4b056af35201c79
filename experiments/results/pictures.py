"""How a chart is saved: as pictures, with its numbers and its alternative text."""

from __future__ import annotations

from pathlib import Path

from experiments.charts.chart import Chart, image
from experiments.results.csv_files import write_frame


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
