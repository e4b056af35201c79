"""Whole commands as users type them: CPU time, their workers' among it, and the wait."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from math import nan
from pathlib import Path
from time import perf_counter

import experiments

SOURCE = Path(experiments.__file__).parents[1]


@dataclass(frozen=True, slots=True)
class Typed:
    """What a command took; its CPU time is not a number on Windows."""

    cpu_seconds: float
    wall_seconds: float


def typed(words: Sequence[str]) -> Typed:
    """Type a command in an empty folder. Raises RuntimeError if it does not end well."""
    paths = [str(SOURCE), *filter(None, [os.environ.get("PYTHONPATH")])]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(paths)}
    command = [sys.executable, "-m", "experiments", *words]
    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryFile() as said:
        began = perf_counter()
        process = subprocess.Popen(
            command, cwd=folder, env=environment, stdout=said, stderr=subprocess.STDOUT
        )
        code, cpu = ended(process)
        seconds = perf_counter() - began
        if code:
            said.seek(0)
            told = said.read().decode("utf-8", "replace").strip()
            raise RuntimeError(f"caremarket {' '.join(words)}: exit code {code}\n{told}")
    return Typed(cpu, seconds)


def ended(process: subprocess.Popen[bytes]) -> tuple[int, float]:
    """Exit code and CPU seconds of a process and of all that it waited for."""
    if sys.platform == "win32":
        return process.wait(), nan
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    return process.returncode, used.ru_utime + used.ru_stime
