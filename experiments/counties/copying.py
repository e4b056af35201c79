"""What a copy of a county takes along, and what it leaves behind.

What is evidence about one county, or a change of it by name, would block a check of another or pass
for evidence about it.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from experiments.counties.settings_text import as_of, named

LEFT_BEHIND = {
    "targets.csv": "published figures",
    "calibration.toml": "unknowns",
    "plausible.csv": "plausible sets",
    "plausible.toml": "plausible sets",
    "plausible": "plausible sets",
    "overrides.toml": "what-ifs",
    "failures.csv": "failures",
    "referrals.csv": "referrals",
    "shocks.csv": "shocks",
    "caseload.csv": "people in care",
    "private": "names behind codes",
    "data_quality.md": "the page on data quality",
    "data_quality.csv": "the page on data quality",
}
"""Files of a county that hold for it alone, and what they are."""
OF_PEOPLE = ("referrals.csv", "caseload.csv")
"""Tables of single people: they never go with a copy."""
CODE = shutil.ignore_patterns("__pycache__", "*.py", "*.pyc")
FIRST_WHAT_IFS = """\
# What-ifs: named changes. Apply one with  caremarket run {folder} --override NAME

[staff_do_not_move]
meaning = "no carer moves with the people of a failed provider"
source = "low end of an unknown share"
sure = "assumption"

[staff_do_not_move.set]
"failure.staff_move_share" = 0.0
"""


def copied(source: Path, model: Path, folder: Path, parent: str, *, whole: bool) -> list[str]:
    """Copy a county and its commissioning model into a new folder; what was left behind, in words.

    ``whole``: with what holds for the parent alone too.
    """
    with made_whole(folder) as part:
        shutil.copytree(source, part, ignore=CODE, dirs_exist_ok=True)
        if not (part / model.name).exists():
            shutil.copytree(model, part / model.name, ignore=CODE)
        left = left_behind(part, OF_PEOPLE if whole else LEFT_BEHIND)
        rewrite(part / "county.toml", lambda text: named(text, folder.name, folder.name))
        if not whole:
            for file in (part / "county.toml", *(part / model.name).glob("*.toml")):
                rewrite(file, lambda text: as_of(text, parent))
            what_ifs = FIRST_WHAT_IFS.format(folder=folder.name)
            (part / "overrides.toml").write_text(what_ifs, encoding="utf-8", newline="\n")
    return left


def rewrite(file: Path, change: Callable[[str], str]) -> None:
    """Change a file's text."""
    text = change(file.read_text(encoding="utf-8"))
    file.write_text(text, encoding="utf-8", newline="\n")


@contextmanager
def made_whole(folder: Path) -> Iterator[Path]:
    """A folder to write into, which gets its name once all is written; nothing is left of half."""
    part = folder.with_name(f".{folder.name}.part")
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    try:
        yield part
        part.rename(folder)
    finally:
        shutil.rmtree(part, ignore_errors=True)


def left_behind(folder: Path, names: Iterable[str]) -> list[str]:
    """Take out files that hold for the parent alone; what they were, in words."""
    gone = [name for name in names if (folder / name).exists()]
    for name in gone:
        if (folder / name).is_dir():
            shutil.rmtree(folder / name)
        else:
            (folder / name).unlink()
    return list(dict.fromkeys(LEFT_BEHIND[name] for name in gone))
