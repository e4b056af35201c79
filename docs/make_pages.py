"""Make pages of this folder anew: python docs/make_pages.py PAGE …

assumptions    the register of assumptions (seconds)
verification   the log of laws and theory (seconds)
stress_des     the generated parts of the STRESS-DES page (seconds)
impact         measure each unsure parameter, row by row (an hour; goes on where it was)
theory         run the quick theory tests and keep their numbers (a minute or two)
history        run Norfolk with no failure scripted, 30 replications of two worlds (minutes)
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from experiments.history import words as history_page
from experiments.pages import impact, register, stress_des, verification
from sim.scenario import load_scenario

DOCS = Path(__file__).parent
ROOT = DOCS.parent


def write(name: str, text: str) -> None:
    """A page, with the same line ends everywhere."""
    (DOCS / name).write_text(text, encoding="utf-8", newline="\n")


def assumptions() -> None:
    write("assumptions.md", register.page(load_scenario("norfolk"), DOCS))


def verified() -> None:
    write("verification.md", verification.page(DOCS))


def stress() -> None:
    text = (DOCS / "stress_des.md").read_text(encoding="utf-8")
    write("stress_des.md", stress_des.filled(text, load_scenario("norfolk"), ROOT))


def history() -> None:
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "made"
        words = [sys.executable, "-m", "experiments", *history_page.COMMAND.split()[1:]]
        subprocess.run([*words, "--out", str(folder)], cwd=ROOT, check=True)
        from_folder(folder)


def from_folder(folder: Path) -> None:
    """The history page from a folder that ``caremarket history`` has written."""
    shutil.copy(folder / "charts" / "principals.png", DOCS / "images")
    write("history.md", history_page.page(folder))


PAGES: dict[str, Callable[[], None]] = {
    "assumptions": assumptions,
    "verification": verified,
    "stress_des": stress,
    "impact": lambda: impact.measure(DOCS / "impact.csv"),
    "theory": lambda: verification.measure(ROOT, DOCS / "theory_results.csv"),
    "history": history,
}


def main() -> None:
    names = sys.argv[1:]
    if not names or set(names) - set(PAGES):
        raise SystemExit(f"{__doc__}\nNames: {', '.join(PAGES)}")
    for name in names:
        PAGES[name]()


if __name__ == "__main__":
    main()
