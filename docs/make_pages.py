"""Make pages of this folder anew: python docs/make_pages.py PAGE …

assumptions    the register of assumptions (seconds)
verification   the log of laws and theory (seconds)
stress_des     the generated parts of the STRESS-DES page (seconds)
theory         run the quick theory tests and keep their numbers (a minute or two)

Figures that runs make are made by docs/make_figures.py.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

from experiments.pages import register, stress_des, verification
from sim.scenario import load_scenario

DOCS = Path(__file__).parent
REFERENCE = DOCS / "reference"
ROOT = DOCS.parent


def write(name: str, text: str) -> None:
    """A page, with the same line ends everywhere."""
    (REFERENCE / name).write_text(text, encoding="utf-8", newline="\n")


def assumptions() -> None:
    write("assumptions.md", register.page(load_scenario("norfolk"), DOCS))


def verified() -> None:
    write("verification.md", verification.page(DOCS))


def stress() -> None:
    text = (REFERENCE / "stress_des.md").read_text(encoding="utf-8")
    write("stress_des.md", stress_des.filled(text, load_scenario("norfolk"), ROOT))


PAGES: dict[str, Callable[[], None]] = {
    "assumptions": assumptions,
    "verification": verified,
    "stress_des": stress,
    "theory": lambda: verification.measure(ROOT, DOCS / "tables" / "theory_results.csv"),
}


def main() -> None:
    names = sys.argv[1:]
    if not names or set(names) - set(PAGES):
        raise SystemExit(f"{__doc__}\nNames: {', '.join(PAGES)}")
    for name in names:
        PAGES[name]()


if __name__ == "__main__":
    main()
