"""How many replications are taken, and how many processes share them."""

from __future__ import annotations

import os
import sys

MOST_REPLICATIONS = 1_000_000
"""More would tell a mean to a thousandth of its spread from chance: nobody needs it (assumption).
A study's file has the same limit."""
PROCESSES_PER_CORE = 4
"""More than a core has work for only take memory (assumption: some wait for the disk)."""
MOST_PROCESSES_ON_WINDOWS = 61
"""Windows waits for no more at once."""


def all_cores() -> int:
    """The cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def most_processes(cores: int) -> int:
    """The processes that so many cores can use."""
    most = PROCESSES_PER_CORE * cores
    return min(most, MOST_PROCESSES_ON_WINDOWS) if sys.platform == "win32" else most
