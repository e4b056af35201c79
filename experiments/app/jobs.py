"""Commands at work: begun apart from the server, told of by their folders, and stopped.

A command lives in a session of its own: it goes on when the browser is closed and when the server
ends. How it stands is read from its folder, so that a server that starts later knows it too.
"""

from __future__ import annotations

import contextlib
import json
import os
import shlex
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

import experiments
from experiments.app.store import BEGUN, ENDED, LOG, Kept, Store, write_json
from experiments.engine.parts import AT_WORK, LOCK

INTERRUPTED = 130
LAST_LINES = 12
MOST_OF_LOG = 20_000
"""Bytes of the end of a log that are looked at."""
STOPPING = "Stopping:"
WENT_WRONG = ("fault", "FAILED", "Stopped:", "Traceback", "Error")
"""With these words a command says that it went wrong; where nobody heard its exit code."""


class State(StrEnum):
    """How a question stands."""

    RUNNING = "running"
    FINISHED = "finished"
    STOPPED = "stopped"
    FAILED = "failed"


@dataclass(frozen=True)
class Standing:
    """How a question stands: its state, how far it is, and what its command last said."""

    state: State
    done: int = 0
    total: int = 0
    items: str = ""
    seconds: float = 0.0
    said: tuple[str, ...] = ()

    @property
    def stopping(self) -> bool:
        """Whether it was asked to stop and finishes what is under way."""
        return self.state == State.RUNNING and any(STOPPING in line for line in self.said)


@dataclass
class Works:
    """The commands that this server has begun, and what it knows of those that another began."""

    store: Store
    begun: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    guard: threading.Lock = field(default_factory=threading.Lock)

    def start(self, kept: Kept) -> bool:
        """Begin a question's work or go on with it; False if it is at work already."""
        with self.guard:
            if kept.finished or self.is_at_work(kept):
                return False
            (kept.folder / ENDED).unlink(missing_ok=True)
            write_json(kept.folder / BEGUN, {"at": time.time()})
            with (kept.folder / LOG).open("wb") as log:
                process = subprocess.Popen(
                    command_line(kept.words),
                    cwd=self.store.root,
                    env=environment(),
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=subprocess.STDOUT,
                    **apart(),
                )
            self.begun[kept.name] = process
        threading.Thread(target=self._attend, args=(kept, process), daemon=True).start()
        return True

    def _attend(self, kept: Kept, process: subprocess.Popen[bytes]) -> None:
        code = process.wait()
        with contextlib.suppress(OSError):  # its folder may be gone
            write_json(kept.folder / ENDED, {"code": code})

    def is_at_work(self, kept: Kept) -> bool:
        """Whether its command is at work, whoever began it."""
        process = self.begun.get(kept.name)
        return process.poll() is None if process is not None else is_held(kept.answer)

    def stop(self, kept: Kept) -> None:
        """Ask its command to end; what is under way is finished first, except on Windows."""
        process = self.begun.get(kept.name)
        if process is not None and process.poll() is None:
            process.terminate()
        elif is_held(kept.answer) and (number := note(kept.answer).get("process")):
            with contextlib.suppress(OSError):
                os.kill(int(number), signal.SIGTERM)

    def standing(self, kept: Kept) -> Standing:
        """How a question stands."""
        at_work = self.is_at_work(kept)
        if kept.finished and not at_work:
            return Standing(State.FINISHED)
        said = last_lines(kept.folder / LOG)
        if not at_work:
            return Standing(ended_as(kept, said), said=said)
        told = note(kept.answer)
        seconds = time.time() - began(kept)
        done, total = number(told.get("finished")), number(told.get("total"))
        items = str(told.get("items", ""))
        return Standing(State.RUNNING, min(done, total), total, items, max(0.0, seconds), said)


def ended_as(kept: Kept, said: Sequence[str]) -> State:
    """How a command that left no answer has ended: by its exit code, or else by what it said."""
    try:
        code = json.loads((kept.folder / ENDED).read_text(encoding="utf-8"))["code"]
    except (OSError, ValueError, KeyError, TypeError):
        wrong = any(word in line for line in said for word in WENT_WRONG)
        return State.FAILED if wrong else State.STOPPED
    # A negative code: a signal ended it, as a stop at once or the end of the machine does.
    return State.STOPPED if code == INTERRUPTED or code < 0 else State.FAILED


def command_line(words: Sequence[str]) -> list[str]:
    """The command as a process: no module is looked for in the folder in which it works."""
    return [sys.executable, "-P", "-m", "experiments", *words]


def environment() -> dict[str, str]:
    """As here; the program is found where it is now, whatever the folder."""
    here = str(Path(experiments.__file__).parents[1])
    found = [here, *filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep))]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(dict.fromkeys(found)), "NO_COLOR": "1"}


def apart() -> dict[str, Any]:
    """How a process lives on when the server's end: a session of its own."""
    if sys.platform == "win32":
        flags = subprocess.CREATE_NEW_PROCESS_GROUP | subprocess.CREATE_NO_WINDOW
        return {"creationflags": flags}
    return {"start_new_session": True}


def is_held(folder: Path) -> bool:
    """Whether a command holds the folder: the lock is the system's, and gone when the process is.

    It is tried only where a command has said that it is at work, so as to be in nobody's way.
    """
    from filelock import FileLock, Timeout

    if not (folder / AT_WORK).is_file():
        return False
    lock = FileLock(folder / LOCK, timeout=0)
    try:
        lock.acquire()
    except Timeout:
        return True
    except OSError:
        return False
    lock.release()
    return False


def note(folder: Path) -> dict[str, Any]:
    """What a command says of itself while it is at work."""
    try:
        told = json.loads((folder / AT_WORK).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return told if isinstance(told, dict) else {}


def number(told: Any) -> int:
    """A whole number of a note; 0 where there is none."""
    return told if isinstance(told, int) else 0


def began(kept: Kept) -> float:
    """When its command was begun last, in seconds since 1970."""
    try:
        return float(json.loads((kept.folder / BEGUN).read_text(encoding="utf-8"))["at"])
    except (OSError, ValueError, KeyError, TypeError):
        return kept.question.when.timestamp()


def last_lines(log: Path) -> tuple[str, ...]:
    """The end of what a command said."""
    try:
        with log.open("rb") as file:
            file.seek(0, os.SEEK_END)
            file.seek(max(0, file.tell() - MOST_OF_LOG))
            text = file.read().decode("utf-8", errors="replace")
    except OSError:
        return ()
    return tuple(line.rstrip() for line in text.splitlines() if line.strip())[-LAST_LINES:]


def shown(words: Sequence[str]) -> str:
    """A command as somebody would type it into a shell of this system."""
    typed = ["caremarket", *words]
    return subprocess.list2cmdline(typed) if sys.platform == "win32" else shlex.join(typed)
