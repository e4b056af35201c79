"""Folders that results are to go to: why one cannot be used, told before anything is run."""

from __future__ import annotations

import stat
from pathlib import Path

from sim.scenario import Fault
from sim.scenario.faults import Place, shown

RESULTS = Path("caremarket-results")
"""Where results go unless the user says."""
LONGEST_PART = 255
"""What the usual file systems allow; Windows would call a longer name missing."""


def unusable(out: Path) -> list[Fault]:
    """Why nothing can be written there: a file or a link in its way, or a name that is too long."""
    place = Place(f"--out {shown(str(out))}")
    try:
        str(out).encode("utf-8")
    except UnicodeEncodeError:
        return [Fault(place, "its name is not text in UTF-8", "Name another folder")]
    place = Place(f"--out {out}")
    if long := [part for part in out.parts if len(part.encode()) > LONGEST_PART]:
        wrong = f"{shown(long[0])} is too long for a name"
        return [Fault(place, wrong, f"Give it at most {LONGEST_PART} bytes")]
    for path in (out, *out.parents):
        try:
            if not stat.S_ISDIR(path.stat().st_mode):
                return [Fault(place, f"{path} is a file", "Name a folder")]
            return []
        except (FileNotFoundError, NotADirectoryError):
            if path.is_symlink():
                return [Fault(place, f"{path} is a link that leads nowhere", "Name a folder")]
        except (OSError, ValueError) as error:
            why = getattr(error, "strerror", None) or str(error)
            return [Fault(place, f"it cannot be used ({why})", "Name another folder")]
    return []
