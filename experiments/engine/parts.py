"""Parts: a file for every finished run, whole or not there, that tells when it has been damaged.

A part is written under a temporary name, flushed to the disk and renamed. It carries a hash of what
it holds and the run's identity, so the folder of parts is its own index: whatever else is lost, the
tables of a study can be made from it again. One process at a time works in a study's folder.
"""

from __future__ import annotations

import errno
import hashlib
import io
import json
import os
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import numpy as np

from experiments.engine.work import Columns, Done
from sim.scenario import Fault, ScenarioError
from sim.scenario.faults import Place

MAGIC = "caremarket-part 1"
ENDING = ".part"
TEMPORARY = ".writing"
LOCK = ".lock"
AT_WORK = ".at-work.json"
FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
DISK_FULL_ON_WINDOWS = 112
TRIES = 8
"""A renaming that Windows refuses because somebody is just reading is tried again so often."""


class DamagedError(ValueError):
    """A part that does not hold what was written; the message says how."""


class KeepingError(RuntimeError):
    """A result could not be kept; what was kept before is intact. The message says the cure."""


def as_bytes(done: Done) -> bytes:
    """A finished run as the content of its part."""
    head = {
        "identity": done.identity,
        "error": done.error,
        "lost": done.lost,
        "made_with": done.made_with,
        "seconds": round(done.seconds, 4),
        "figures": dict(done.figures),
    }
    body = json.dumps(head, ensure_ascii=False).encode() + b"\n" + _packed(done.tables)
    return f"{MAGIC} {hashlib.sha256(body).hexdigest()}\n".encode() + body


def _packed(tables: Any) -> bytes:
    if not tables:
        return b""
    arrays = {
        f"{table}/{name}": col for table, cols in tables.items() for name, col in cols.items()
    }
    buffer = io.BytesIO()
    np.savez_compressed(buffer, allow_pickle=False, **arrays)
    return buffer.getvalue()


def from_bytes(content: bytes, *, tables: bool = True) -> Done:
    """A finished run from its part. Raises DamagedError."""
    first, newline, body = content.partition(b"\n")
    words = first.decode("ascii", errors="replace").rsplit(" ", 1)
    if not newline or words[0] != MAGIC:
        raise DamagedError("it does not begin as a part does")
    if hashlib.sha256(body).hexdigest() != words[-1]:
        raise DamagedError("its content is not what was written")
    told, _, packed = body.partition(b"\n")
    head = json.loads(told)
    return Done(**head, tables=_unpacked(packed) if tables and packed else {})


def _unpacked(packed: bytes) -> dict[str, Columns]:
    found: dict[str, Columns] = {}
    with np.load(io.BytesIO(packed), allow_pickle=False) as arrays:
        for name in arrays.files:
            table, _, column = name.partition("/")
            found.setdefault(table, {})[column] = arrays[name]
    return found


def write_whole(path: Path, content: bytes) -> None:
    """Write a file so that it is there whole, or not at all, whenever the machine stops.

    Raises KeepingError if the disk is full or cannot be written to.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}{TEMPORARY}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with temporary.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        _renamed(temporary, path)
        _sync_folder(path.parent)
    except OSError as error:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)
        raise keeping_error(path.parent, error) from error


def keeping_error(folder: Path, error: OSError) -> KeepingError:
    """What an error of the disk means for whoever waits for results."""
    full = error.errno in FULL or getattr(error, "winerror", None) == DISK_FULL_ON_WINDOWS
    what = "the disk is full" if full else f"it cannot be written ({error.strerror or error})"
    return KeepingError(f"{folder}: {what}")


def _renamed(temporary: Path, path: Path) -> None:
    for attempt in range(TRIES):
        try:
            temporary.replace(path)
            return
        except PermissionError:
            if os.name != "nt" or attempt == TRIES - 1:
                raise
            time.sleep(0.05 * 2**attempt)


def _sync_folder(folder: Path) -> None:
    """Make a renaming last; not every system or network folder can."""
    if os.name == "nt":
        return
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


class Parts:
    """The finished runs in a folder, by identity."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def path(self, identity: str) -> Path:
        """Where a run's part is."""
        return self.folder / identity[:2] / f"{identity}{ENDING}"

    def keep(self, done: Done) -> None:
        """Keep a finished run; it is on the disk when this returns. Raises KeepingError."""
        write_whole(self.path(done.identity), as_bytes(done))

    def read(self, identity: str, *, tables: bool = True) -> Done:
        """A run's result. Raises DamagedError or FileNotFoundError."""
        try:
            done = from_bytes(self.path(identity).read_bytes(), tables=tables)
        except DamagedError as error:
            raise DamagedError(f"{identity[:8]}{ENDING}: {error}") from None
        if done.identity != identity:
            raise DamagedError("it holds another run")
        return done

    def look(self, identity: str) -> Done | None:
        """A run's figures if it is finished; raises DamagedError."""
        try:
            return self.read(identity, tables=False)
        except FileNotFoundError:
            return None

    def set_aside(self, identity: str) -> Path:
        """Take a damaged part out of the way, for whoever wants to look at it."""
        path = self.path(identity)
        aside = path.with_suffix(".damaged")
        path.replace(aside)
        return aside

    def sweep_up(self) -> None:
        """Remove what was being written when a process ended."""
        if self.folder.is_dir():
            for path in self.folder.rglob(f".*{TEMPORARY}"):
                path.unlink(missing_ok=True)


@contextmanager
def held(folder: Path) -> Iterator[None]:
    """Hold a study's folder for this process alone. Raises ScenarioError if another has it.

    The lock is the operating system's: it is gone when the process is, however it ended.
    """
    from filelock import FileLock, Timeout

    lock = FileLock(folder / LOCK, timeout=0)
    try:
        lock.acquire()
    except Timeout:
        cure = "Wait until it has finished, or name another folder with --out"
        wrong = f"another caremarket is at work in it{_who(folder)}"
        raise ScenarioError([Fault(Place(str(folder)), wrong, cure)]) from None
    try:
        me = {"process": os.getpid(), "machine": socket.gethostname()}
        (folder / AT_WORK).write_text(json.dumps(me), encoding="utf-8")
        yield
    finally:
        with suppress(OSError):
            (folder / AT_WORK).unlink(missing_ok=True)
        lock.release()


def _who(folder: Path) -> str:
    try:
        told = json.loads((folder / AT_WORK).read_text(encoding="utf-8"))
        return f" (process {told['process']} on {told['machine']})"
    except (OSError, ValueError, KeyError, TypeError):
        return ""
