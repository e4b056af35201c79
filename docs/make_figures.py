"""Make the figures, pictures and alternative texts of the pages anew with the installed version.

    python docs/make_figures.py                     every command, then the pages (about 45 minutes
                                                    on two cores; stopped work is gone on with)
    python docs/make_figures.py --only run bands    these commands alone, then the pages
    python docs/make_figures.py --write             the pages alone, from the tables that are kept

Each command is a row of ``MADE``; its tables and manifest are kept in ``docs/figures``, its charts
and their alternative texts in ``docs/images``. What stands on README.md and the pages of docs/
between ``<!-- made: NAME -->`` and ``<!-- end -->`` is worked out from those tables
(``experiments/pages/blocks.py``); a test compares the two.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from experiments.pages import impact, register
from experiments.pages.blocks import pages_with_blocks, written
from experiments.pages.evidence import FITTED
from experiments.pages.kept import Kept, pictures_in, plausible_place
from experiments.pages.readings import ENDS_WITH
from experiments.results.provenance import code_version, questions_version
from sim.scenario import load_scenario

ROOT = Path(__file__).parents[1]
KEPT = Kept(ROOT / "docs")
# Another version begins anew: its work is not the same work.
WORK = Path("caremarket-results") / f"figures-{code_version()[:8]}-{questions_version()[:8]}"
FAILURE = "--fail principal:KINGS_LYNN --on 2026-07-01"
IMPACT = "impact"
"""The measured impacts of the assumptions register: no command of caremarket, but a row too."""
CITED = ("vacancies_12", "vacancies_10")
"""Readings that a published figure speaks for: each has plausible sets of its own."""
LEARNED = ("learning.csv", "left_out.csv")
BY_NAME_ALONE = ("benchmark", "calibrate", "untaught", *(f"calibrate_{name}" for name in CITED))
"""Made only if it is named: costs want a quiet machine, and the sets that a calibration finds ship
with the model and move its answers."""


@dataclass(frozen=True, slots=True)
class Made:
    """A command, the charts and the files that are kept of it, and how else than 0 it may end.

    ``ships``: the reading whose plausible sets it finds, which ship with the model. ``anew``: it
    begins anew every time, with as many processes as it needs.
    """

    command: str
    charts: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    may_end: tuple[int, ...] = (0,)
    ships: str | None = None
    anew: bool = False


MADE = {
    "run": Made(
        f"run norfolk {FAILURE} --replications 20",
        ("service_level", "staff_move", "fates", "fallback", "hours_by_tier"),
        ("account.csv", "account_by_area.csv", "fates.csv", "figures.csv", "figures_by_arm.csv"),
    ),
    "responses": Made(
        f"run norfolk {FAILURE} --replications 10 --until 2028-01-31 "
        "--notices 0,14,28,56,84 --responses all",
        (),
        ("notice_and_response.csv", "summary.txt"),
    ),
    "adequacy": Made(
        "adequacy norfolk", ("adequacy",), ("n_minus_1_by_year.csv", "estimator_error.csv")
    ),
    **{
        f"ends_{name}": Made(
            f"adequacy norfolk --sample 0 --replications 6 {' '.join(words)}".rstrip(),
            (),
            ("n_minus_1_by_year.csv",),
        )
        for name, words in ENDS_WITH.items()
    },
    "stress": Made("stress norfolk", ("stress",), ("ranking.csv", "places.csv")),
    "bands": Made(
        f"bands norfolk {FAILURE} --untaught --sets 100",
        ("erosion", "left_over", "left_over_exceeded"),
        ("bands.csv", "flips.csv", "charts/erosion.csv"),
    ),
    "bands_readings": Made(
        f"bands norfolk {FAILURE} --readings {','.join(('as_it_is', *CITED))} --sets 60",
        (),
        ("readings.csv", "statements.csv"),
    ),
    "readings": Made("sweep readings", (), ("runs.csv", "study.json")),
    "models": Made("compare-models norfolk --replications 10", ("models",), ("models.csv",)),
    **{
        # 1: a figure that must hold fails, which the page says.
        f"fit_{county}": Made(
            f"fit {county} --replications 20", (), ("fit.csv", "fit.md"), may_end=(0, 1)
        )
        for county in FITTED
    },
    "history": Made(
        "history norfolk --replications 30",
        ("principals",),
        ("principals_by_replication.csv", "absences.csv", "suspensions.csv"),
    ),
    "hindcasts": Made("history --cases --replications 24", (), ("hindcasts.csv",)),
    "benchmark": Made("benchmark norfolk", (), ("costs.csv", "waits.csv"), anew=True),
    "untaught": Made("calibrate norfolk --untaught", (), LEARNED, ships="untaught"),
    "calibrate": Made("calibrate norfolk", (), LEARNED, ships="as_it_is"),
    **{
        f"calibrate_{name}": Made(f"calibrate norfolk --override {name}", (), LEARNED, ships=name)
        for name in CITED
    },
}


def main(words: Sequence[str]) -> int:
    """Carry out what was asked for, then write the pages; 1 if a command failed."""
    asked = arguments(words)
    usual = [name for name in (*MADE, IMPACT) if name not in BY_NAME_ALONE]
    names = [] if asked.write else asked.only or usual
    failed = [name for number, name in enumerate(names, 1) if not done(number, names, asked.jobs)]
    write_pages()
    if failed:
        print(f"failed, and left as they were: {', '.join(failed)}", file=sys.stderr)
    return 1 if failed else 0


def arguments(words: Sequence[str]) -> argparse.Namespace:
    """What the command line asks for."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--only", nargs="+", metavar="NAME", choices=[*MADE, IMPACT])
    parser.add_argument("--write", action="store_true", help="write the pages alone")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="processes")
    return parser.parse_args(words)


def done(number: int, names: list[str], jobs: int) -> bool:
    """Carry one row out and tell how long it took; whether it came to its end."""
    name, begun = names[number - 1], time.monotonic()
    print(f"{number} of {len(names)}: {name}", flush=True)
    try:
        if name == IMPACT:
            make_impact(jobs)
        else:
            make(name, jobs)
    except (subprocess.CalledProcessError, OSError, ValueError) as error:
        print(f"  failed: {error}", file=sys.stderr, flush=True)
        return False
    finally:
        print(f"  {time.monotonic() - begun:,.0f} s", flush=True)
    return True


def make(name: str, jobs: int) -> None:
    """Carry one command out and keep what it made. Raises CalledProcessError, OSError."""
    made, out = MADE[name], WORK / name
    if made.anew:
        shutil.rmtree(out, ignore_errors=True)
    begun = ["--resume"] if out.exists() else []
    shared = [] if made.anew else ["--jobs", str(jobs)]
    words = [*made.command.split(), *shared, "--out", str(out), *begun]
    # Its first screen is kept in the folder; its progress goes to the terminal.
    ended = subprocess.run(
        [sys.executable, "-m", "experiments", *words], stdout=subprocess.DEVNULL, check=False
    )
    if ended.returncode not in made.may_end:
        ended.check_returncode()
    keep(name, out)


def ship(out: Path, place: Path) -> None:
    """Put the plausible sets of a search where the model reads them."""
    place.parent.mkdir(exist_ok=True)
    for end in (".csv", ".toml"):
        shutil.copy((out / "plausible").with_suffix(end), place.with_suffix(end))


def keep(name: str, out: Path, kept: Kept = KEPT) -> None:
    """Copy the charts that are shown, their alternative texts, and the tables behind sentences."""
    made, place = MADE[name], kept.place(name)
    place.mkdir(parents=True, exist_ok=True)
    for file in (*made.files, "manifest.json"):
        shutil.copy(out / file, place)
    if made.ships is not None and (out / "plausible.csv").is_file():
        ship(out, plausible_place(made.ships))
    kept.images.mkdir(exist_ok=True)
    for chart in made.charts:
        for picture in kept.pictures(chart):  # there may be fewer parts than before
            for end in ("png", "txt"):
                (kept.images / f"{picture}.{end}").unlink(missing_ok=True)
        for picture in pictures_in(out / "charts", chart):
            for end in ("png", "txt"):
                shutil.copy(out / "charts" / f"{picture}.{end}", kept.images)


def make_impact(jobs: int) -> None:
    """Measure the impacts of uncertain parameters and keep them. Raises OSError."""
    WORK.mkdir(parents=True, exist_ok=True)
    measured = WORK / "impact.csv"
    impact.measure(measured, jobs, lambda told: print(f"  {told}", end="\r", flush=True))
    shutil.copy(measured, KEPT.docs / "tables")


def write_pages() -> None:
    """Every page with a block, and the register of assumptions with its measured impacts."""
    for page in pages_with_blocks(ROOT):
        text = written(page.read_text(encoding="utf-8"), KEPT, page.parent.relative_to(ROOT))
        page.write_text(text, encoding="utf-8", newline="\n")
    text = register.page(load_scenario("norfolk"), KEPT.docs)
    (KEPT.docs / "reference" / "assumptions.md").write_text(text, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
