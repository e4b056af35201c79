"""What stands between marks on the pages: worked out from tables that are kept, never typed."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from experiments.pages import answers, costs, evidence, hindcasts, readings
from experiments.pages.kept import Kept
from sim import __version__

BLOCK = re.compile(r"(<!-- made: (\w+) -->\n)(.*?)(<!-- end -->)", re.DOTALL)
SCRIPT = "python docs/make_figures.py"
MADE_BY = "made_by"
"""The block that says which commands and versions made the figures of its page."""


@dataclass(frozen=True, slots=True)
class Block:
    """Words, and the commands whose tables they are worked out from."""

    text: Callable[[Kept], str]
    rows: tuple[str, ...]


BLOCKS = {
    "failure": Block(answers.failure, ("run",)),
    "shares": Block(answers.shares, ("run",)),
    "responses": Block(answers.responses, ("responses",)),
    "market": Block(answers.market, ("run",)),
    "stress": Block(answers.stress, ("stress",)),
    "adequacy": Block(answers.adequacy, ("adequacy",)),
    "framework_ends": Block(
        readings.framework_ends, tuple(f"ends_{name}" for name in readings.ENDS)
    ),
    "readings": Block(readings.readings, ("readings",)),
    "estimator": Block(answers.estimator, ("adequacy",)),
    "bands": Block(answers.bands, ("bands", "bands_readings")),
    "statements": Block(answers.statements, ("bands_readings",)),
    "flips": Block(answers.flips, ("bands",)),
    "left_over": Block(answers.left_over, ("bands",)),
    "erosion": Block(answers.erosion, ("bands",)),
    "models": Block(evidence.models, ("models",)),
    "safer": Block(evidence.safer, ("models",)),
    "fit": Block(evidence.fit, ("fit_norfolk",)),
    "fit_shows": Block(evidence.fit_shows, ("fit_norfolk",)),
    "wrong": Block(evidence.wrong, ("fit_norfolk",)),
    "fits": Block(evidence.fits, tuple(f"fit_{county}" for county in evidence.FITTED)),
    "plausible": Block(
        evidence.plausible,
        ("calibrate", "calibrate_vacancies_12", "calibrate_vacancies_10", "untaught"),
    ),
    "learning": Block(evidence.learning, ("calibrate", "untaught")),
    "untaught": Block(evidence.untaught, ()),
    "history": Block(evidence.history, ("history",)),
    "own_exits": Block(evidence.own_exits, ("history",)),
    "hindcasts": Block(hindcasts.hindcasts, ("hindcasts",)),
    "record": Block(hindcasts.record, ("hindcasts",)),
    "costs": Block(costs.costs, ("benchmark",)),
}
"""What stands on the pages under each name."""


def names_on(text: str) -> list[str]:
    """The blocks of a page, in order."""
    return [found[2] for found in BLOCK.finditer(text)]


def rows_behind(text: str) -> list[str]:
    """The commands whose tables a page is worked out from, in order."""
    blocks = (BLOCKS[name] for name in names_on(text) if name != MADE_BY)
    return list(dict.fromkeys(row for block in blocks for row in block.rows))


def made_by(text: str, kept: Kept) -> str:
    """Which version made the figures of a page, and how they are made anew."""
    behind = rows_behind(text)
    programs: dict[str, list[str]] = {}
    for row in behind:
        programs.setdefault(kept.program(row), []).append(row)
    told = []
    for program, names in sorted(programs.items(), reverse=True):
        older = "" if program == f"caremarket {__version__}" else ", an older version"
        told.append(f"{program}{older} ({', '.join(names)})")
    return (
        f"*The figures between the marks on this page were made with {'; '.join(told)}. "
        f"`{SCRIPT} --only NAME …` makes them anew.*"
    )


def block(name: str, text: str, kept: Kept) -> str:
    """What stands under a name on a page with this text."""
    return made_by(text, kept) if name == MADE_BY else BLOCKS[name].text(kept)


def seen_from(made: str, folder: Path) -> str:
    """Words whose links are named from the root, as a page in a folder of the root has them."""
    if folder == Path():
        return made
    named = re.sub(r"\[docs/(?:[\w-]+/)*([\w.-]+)\]", r"[\1]", made)
    return re.sub(
        r"\]\((docs/[^)#]+)",
        lambda link: f"]({posixpath.relpath(link[1], folder.as_posix())}",
        named,
    )


def written(text: str, kept: Kept, folder: Path) -> str:
    """A page with every block made anew; links are named from the folder that the page is in."""

    def anew(found: re.Match[str]) -> str:
        made = seen_from(block(found[2], text, kept), folder)
        return f"{found[1]}{made}\n{found[4]}"

    return BLOCK.sub(anew, text)


def pages_with_blocks(root: Path) -> list[Path]:
    """README and the pages of docs/ that hold a block."""
    pages = [root / "README.md", *sorted((root / "docs").rglob("*.md"))]
    return [page for page in pages if BLOCK.search(page.read_text(encoding="utf-8"))]
