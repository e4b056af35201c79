"""Make the README's charts anew with the installed version (half an hour on two cores).

python docs/make_images.py
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

IMAGES = Path(__file__).parent / "images"
FAILURE = "--fail principal:KINGS_LYNN --on 2026-07-01"
MADE = {
    f"run norfolk {FAILURE} --replications 20": (
        "service_level",
        "staff_move",
        "fates",
        "fallback",
        "hours_by_tier",
    ),
    "stress norfolk": ("stress",),
    "adequacy norfolk": ("adequacy", "uncovered"),
    "compare-models norfolk -r 6": ("models",),
    f"bands norfolk {FAILURE} --sets 100": ("erosion", "left_over", "left_over_exceeded"),
}
"""Commands, and the charts that are kept of each."""


def main() -> None:
    """Run every command and copy its charts; its first screen is printed."""
    IMAGES.mkdir(exist_ok=True)
    for command, names in MADE.items():
        with tempfile.TemporaryDirectory() as place:
            words = [sys.executable, "-m", "experiments", *command.split(), "--out", "made"]
            subprocess.run(words, cwd=place, check=True)
            for name in names:
                for picture in pictures(Path(place) / "made" / "charts", name):
                    shutil.copy(picture, IMAGES)


def pictures(charts: Path, name: str) -> list[Path]:
    """The pages of a chart, of which there is one unless it is too high for a page."""
    pages = re.compile(rf"{name}(_[0-9]+)?\.png")
    return sorted(path for path in charts.iterdir() if pages.fullmatch(path.name))


if __name__ == "__main__":
    main()
