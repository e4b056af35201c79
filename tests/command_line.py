"""The command line as the tests call it: in this process, or in a process of its own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from experiments import commands

ROOT = Path(__file__).parents[1]
COMMAND = (sys.executable, "-m", "experiments")
SECONDS = 600.0


class Done(NamedTuple):
    """How a command ended and what it said."""

    code: int
    out: str
    err: str


class Caremarket(Protocol):
    """The command line in a folder of its own; the fixture is in conftest.py."""

    def __call__(self, *words: object) -> Done:
        """Call it with these words."""


def called(words: tuple[object, ...]) -> int:
    """The exit code of the command line, called in this process."""
    was, sys.argv = sys.argv, ["caremarket", *map(str, words)]
    try:
        commands.main()
    except SystemExit as end:
        return int(end.code or 0)
    finally:
        sys.argv = was
    return 0


def environment(source: Path = ROOT, **more: str) -> dict[str, str]:
    """The variables of a process that finds this source (or a copy), and what these tests share."""
    paths = os.pathsep.join(map(str, (source, ROOT / "tests")))
    return {**os.environ, "PYTHONPATH": paths, "PYTHONIOENCODING": "utf-8", **more}


def python(
    folder: Path, *words: str, program: str = sys.executable, source: Path = ROOT, **more: str
) -> Done:
    """A Python in a process of its own, with this source (or a copy), until it has ended."""
    done = subprocess.run(
        [program, *words],
        cwd=folder,
        env=environment(source, **more),
        capture_output=True,
        encoding="utf-8",
        check=False,
        timeout=SECONDS,
    )
    return Done(done.returncode, done.stdout, done.stderr)


def spawned(folder: Path, *words: str, source: Path = ROOT) -> Done:
    """The command line in a process of its own, until it has ended."""
    return python(folder, *COMMAND[1:], *words, source=source)


def started(*words: str, folder: Path | None = None, **more: Any) -> subprocess.Popen[Any]:
    """The command line in a process of its own that goes on: to be interrupted or killed."""
    # Begun from a shell's background, a process inherits that it is deaf to Ctrl-C.
    hearing = {} if sys.platform == "win32" else {"preexec_fn": hear_interrupts}
    return subprocess.Popen(
        [*COMMAND, *words], cwd=folder, env=environment(), **{**hearing, **more}
    )


def hear_interrupts() -> None:
    """Have a new process answer to Ctrl-C as one begun by hand does."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
