"""The folder of a question: what its work depends on, its parts, and later its results.

work.json   what the work depends on, enough to tell whether it may be gone on with
parts/      a file for every finished item
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from experiments.engine.parts import AT_WORK, LOCK, TEMPORARY, Parts, held, write_whole
from experiments.engine.work import Work, made_with
from experiments.results.folders import RESULTS, unusable
from experiments.results.provenance import versions
from sim.scenario import Fault, ScenarioError
from sim.scenario.faults import Place
from sim.scenario.text_files import is_file

WORK = "work.json"
PARTS = "parts"
BEGIN_ANEW = "Put it back as it was, or start again in another folder (leave out --out)"


def work_folder(out: Path | None, default: str, *, resume: bool) -> Path:
    """The folder to work in: ``out``, or one of the default name; a new one unless resumed."""
    if out is not None:
        return out
    names = (default if n == 1 else f"{default}-{n}" for n in range(1, 10_000))
    return RESULTS / default if resume else next(RESULTS / n for n in names if is_new(RESULTS / n))


def is_new(folder: Path) -> bool:
    """Whether nothing stands under this name."""
    return not (folder.exists() or folder.is_symlink())


def folder_faults(out: Path | None, *, resume: bool) -> list[Fault]:
    """Why work cannot begin in, or go on in, a folder that was asked for."""
    if out is None:
        return []
    place = Place(f"--out {out}")
    if wrong := unusable(out):
        return wrong
    if not out.is_dir():
        return []
    strange = strangers(out)
    begun = is_file(out / WORK)
    if begun and not resume:
        cure = "Add --resume to go on with it, or name a new folder"
        return [Fault(place, "it already holds something: work was begun there", cure)]
    if strange and not begun:
        cure = "Name a new folder, so that nothing is overwritten"
        return [Fault(place, "it already holds something", cure)]
    return []


def strangers(folder: Path) -> list[str]:
    """What stands in a folder that neither a lock nor an end in the middle of a word has left."""
    names = [path.name for path in folder.iterdir()]
    left = re.compile(r"\.trial-\d+|\..+\.\d+" + re.escape(TEMPORARY))
    return [name for name in names if name not in (LOCK, AT_WORK) and not left.fullmatch(name)]


@contextmanager
def at_work(
    folder: Path, work: Work, depends_on: Mapping[str, Any], *, resume: bool
) -> Iterator[Parts]:
    """Begin a question's work or go on with it, alone in its folder. Raises ScenarioError."""
    wrong = folder_faults(folder, resume=resume)
    if wrong:
        raise ScenarioError(wrong)
    refuse_unwritable(folder)
    told = {"question": work.name, **depends_on, "made_with": made_with(), **versions()}
    with held(folder):
        if is_file(folder / WORK):
            if wrong := belongs(folder, told):
                raise ScenarioError(wrong)
        else:
            text = json.dumps(told, indent=1, ensure_ascii=False, default=str) + "\n"
            write_whole(folder / WORK, text.encode("utf-8"))
        parts = Parts(folder / PARTS, work.kind)
        parts.sweep_up()
        yield parts


def belongs(folder: Path, now: Mapping[str, Any]) -> list[Fault]:
    """Why the work in a folder is not this, if it is not."""
    path = folder / WORK
    try:
        was = json.loads(path.read_text(encoding="utf-8"))
        assert isinstance(was, dict)
    except (OSError, ValueError, AssertionError):
        return [Fault(Place(str(path)), "it cannot be read", "Start again in another folder")]
    asked = json.loads(json.dumps(dict(now), default=str))
    return [
        Fault(
            Place(str(folder)),
            f"it was begun with another {key.replace('_', ' ')} ({short(was.get(key))}, now "
            f"{short(asked.get(key))})",
            BEGIN_ANEW,
        )
        for key in dict.fromkeys([*was, *asked])
        if was.get(key) != asked.get(key)
    ]


def short(value: Any) -> str:
    """A hash or a value as a reader wants it."""
    text = "none" if value is None else str(value)
    return text[:8] if len(text) == 64 else text


def refuse_unwritable(folder: Path) -> None:
    """Make a folder if need be. Raises ScenarioError if nothing can be written to it."""
    trial = folder / f".trial-{os.getpid()}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        trial.write_bytes(TRIAL)  # more than nothing: a full disk still takes an empty file
        trial.unlink()
    except OSError as error:
        trial.unlink(missing_ok=True)
        wrong = f"it cannot be written to ({error.strerror or error})"
        raise ScenarioError([Fault(Place(str(folder)), wrong, "Name another folder")]) from error


TRIAL = bytes(4096)
