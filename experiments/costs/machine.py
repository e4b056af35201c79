"""The machine that costs are measured on: what it is, what else it does, and memory."""

from __future__ import annotations

import os
import platform
import re
import sys
from pathlib import Path
from typing import Any

from experiments.engine.limits import all_cores

QUIET_LOAD = 0.25
"""Programs that want a core, for each core there is, before anything begins: more are others'
(assumption)."""

PEAK = re.compile(r"^VmHWM:\s+(\d+) kB$", re.MULTILINE)


def cpu_seconds() -> float:
    """CPU seconds of this process and of its children that have ended."""
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


def peak_megabytes() -> tuple[float, float]:
    """Peak resident memory of this process, and of the largest of its children that have ended.

    Not numbers where the system does not tell.
    """
    try:
        import resource
    except ImportError:  # Windows
        return float("nan"), float("nan")
    bytes_each = 1 if sys.platform == "darwin" else 1024
    mine, theirs = (
        resource.getrusage(who).ru_maxrss * bytes_each / 1e6
        for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    )
    return own_peak(mine), theirs


def own_peak(otherwise: float) -> float:
    """Peak megabytes of this program alone: Linux counts the process it was begun from as well."""
    status = Path("/proc/self/status")
    told = PEAK.search(status.read_text(encoding="utf-8")) if status.is_file() else None
    return otherwise if told is None else int(told[1]) * 1024 / 1e6


def load_of() -> float:
    """Programs that wanted a core over the last minute; not a number where nobody counts them."""
    return os.getloadavg()[0] if hasattr(os, "getloadavg") else float("nan")


def is_busy(load: float, cores: int) -> bool:
    """Whether other programs are at work, so that waits say little."""
    return load > QUIET_LOAD * cores


def described() -> dict[str, Any]:
    """The machine, for whoever reads the figures elsewhere."""
    return {
        "processor": processor(),
        "cores": all_cores(),
        "system": f"{platform.system()} {platform.release()}",
        "python": f"{platform.python_implementation()} {platform.python_version()}",
        "load_before": load_of(),
    }


def processor() -> str:
    """The processor's name, or its kind where the system has no name for it."""
    told = Path("/proc/cpuinfo")
    lines = told.read_text(encoding="utf-8").splitlines() if told.is_file() else []
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, "") or platform.processor() or platform.machine()
