"""What a finished study says of itself."""

from __future__ import annotations

import json
from pathlib import Path

MANIFEST = "manifest.json"


def finished_replications(folder: Path) -> int | None:
    """The replications that a study's tables are made from; None if it has no tables."""
    try:
        told = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        return int(told["replications"])
    except (OSError, ValueError, KeyError):
        return None
