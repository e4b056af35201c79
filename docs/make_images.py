"""Make the README's charts anew with the installed version (about five minutes).

python docs/make_images.py
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

IMAGES = Path(__file__).parent / "images"
COMMAND = "run norfolk --fail principal:KINGS_LYNN --on 2026-07-01 --replications 20 --out made"
NAMES = ("service_level", "staff_move", "fates", "fallback", "hours_by_tier")


def main() -> None:
    with tempfile.TemporaryDirectory() as place:
        words = [sys.executable, "-m", "experiments", *COMMAND.split()]
        subprocess.run(words, cwd=place, check=True)
        IMAGES.mkdir(exist_ok=True)
        for name in NAMES:
            shutil.copy(Path(place) / "made" / "charts" / f"{name}.png", IMAGES)
        print((Path(place) / "made" / "summary.txt").read_text(encoding="utf-8"))


if __name__ == "__main__":
    main()
