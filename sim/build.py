"""How the model is installed: pure Python, or hot modules compiled (docs/how-to/speed.md).

What is compiled carries a hash of every module of the model that it was made from. Beside any other
source it refuses to start: what ran would not be what can be read.
"""

from __future__ import annotations

import hashlib
from importlib import import_module
from importlib.machinery import EXTENSION_SUFFIXES
from pathlib import Path

ROOM = Path(__file__).parent
MADE_FROM = "sim.made_from"
"""A module that there is only when compiled: setup.py writes it."""


class OtherSourceError(ImportError):
    """The compiled modules were not made from the source beside them, or some are missing."""


def build() -> str:
    """How the model is installed, for people to read: pure Python or compiled."""
    return "compiled" if made_from() else "pure Python"


def made_from() -> dict[str, str]:
    """Hashes of the modules that the compiled ones were made from; empty if pure Python."""
    try:
        made = import_module(MADE_FROM)
    except ModuleNotFoundError as missing:
        if missing.name == MADE_FROM:
            return {}
        raise refusal(f"{missing.name} is missing") from missing
    found: dict[str, str] = made.HASHES
    return found


def refuse_other_source() -> None:
    """Raise OtherSourceError if the compiled modules and the source beside them differ."""
    was = made_from()
    if not was:
        return
    now = hashes()
    differ = sorted(path for path in was.keys() | now.keys() if was.get(path) != now.get(path))
    if differ:
        raise refusal(f"{differ[0]} is not what it was compiled from")
    for path in import_module(MADE_FROM).COMPILED:
        if not any((ROOM / path).with_suffix(suffix).exists() for suffix in EXTENSION_SUFFIXES):
            raise refusal(f"the compiled file of {path} is missing")


def refusal(why: str) -> OtherSourceError:
    """Why the model does not start, and what to do."""
    cure = f"Install caremarket again, or delete the compiled files (*{EXTENSION_SUFFIXES[0]})"
    return OtherSourceError(f"{why}. {cure} under {ROOM}: docs/how-to/speed.md", name="sim")


def hashes() -> dict[str, str]:
    """A hash of each module of the model by its path (line endings do not count)."""
    return {
        path.relative_to(ROOM).as_posix(): hashlib.sha256(
            path.read_bytes().replace(b"\r\n", b"\n")
        ).hexdigest()
        for path in sorted(ROOM.rglob("*.py"))
    }
