"""Parts: a file for every finished item, whole or not there, that tells when it has been damaged.

A part is written under a temporary name, flushed to the disk and renamed. It carries a hash of what
it holds and the item's identity, so the folder of parts is its own index: whatever else is lost,
the tables can be made from it again. One process at a time works in a folder.
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
from typing import Any, Protocol, cast

import numpy as np

from experiments.engine.packing import Arrays, packed, unpacked
from experiments.engine.work import Done, State
from sim.scenario import Fault, ScenarioError
from sim.scenario.faults import Place

MAGIC = "caremarket-part 2"
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


def as_bytes(done: Done, kind: Any) -> bytes:
    """A finished item as the content of its part; ``kind``: the type of what was found."""
    tree, arrays = (None, {}) if done.found is None else packed(done.found, kind)
    head = {
        "identity": done.identity,
        "state": done.state,
        "error": done.error,
        "made_with": done.made_with,
        "seconds": round(done.seconds, 4),
        "disturbed": done.disturbed,
        "found": tree,
    }
    body = json.dumps(head, ensure_ascii=False).encode() + b"\n" + _compressed(arrays)
    return f"{MAGIC} {hashlib.sha256(body).hexdigest()}\n".encode() + body


def _compressed(arrays: Arrays) -> bytes:
    if not arrays:
        return b""
    buffer = io.BytesIO()
    np.savez_compressed(buffer, allow_pickle=False, **cast(Any, arrays))
    return buffer.getvalue()


def from_bytes(content: bytes, kind: Any, *, arrays: bool = True) -> Done:
    """A finished item from its part; without ``arrays``, they are empty. Raises DamagedError."""
    first, newline, body = content.partition(b"\n")
    words = first.decode("ascii", errors="replace").rsplit(" ", 1)
    if newline and words[0] != MAGIC and words[0].startswith(MAGIC[:-1]):
        raise DamagedError("another version of caremarket wrote it")
    if not newline or words[0] != MAGIC:
        raise DamagedError("it does not look like a part of the work")
    if hashlib.sha256(body).hexdigest() != words[-1]:
        raise DamagedError("its content has changed since it was written")
    told, _, rest = body.partition(b"\n")
    head = json.loads(told)
    tree, head["state"] = head.pop("found"), State(head["state"])
    if tree is None:
        return Done(**head)
    try:
        return Done(**head, found=unpacked(tree, _read(rest) if arrays and rest else {}, kind))
    except ValueError as error:  # whole, but written by another version
        raise DamagedError("it holds another kind of result") from error


def _read(content: bytes) -> Arrays:
    with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
        return {name: arrays[name] for name in arrays.files}


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


class Store(Protocol):
    """Where finished items are kept, by identity.

    ``keep``: what it is given is safe when it returns. ``look``: an item without its arrays, None
    if it is not there. Both tell of damage (DamagedError); nothing is ever changed in place.
    """

    def keep(self, done: Done) -> None:
        """Keep a finished item. Raises KeepingError."""

    def read(self, identity: str) -> Done:
        """A finished item. Raises DamagedError or FileNotFoundError."""

    def look(self, identity: str) -> Done | None:
        """A finished item without its arrays. Raises DamagedError."""

    def set_aside(self, identity: str) -> Path:
        """Take a damaged part out of the way."""


class InMemory:
    """Finished items of a question whose answer nobody wants on disk."""

    def __init__(self) -> None:
        self.items: dict[str, Done] = {}

    def keep(self, done: Done) -> None:
        """Keep a finished item as long as this object lives."""
        self.items[done.identity] = done

    def read(self, identity: str) -> Done:
        """A finished item. Raises FileNotFoundError."""
        if identity not in self.items:
            raise FileNotFoundError(identity)
        return self.items[identity]

    def look(self, identity: str) -> Done | None:
        """A finished item; its arrays are here anyway."""
        return self.items.get(identity)

    def set_aside(self, identity: str) -> Path:
        """Memory is not damaged."""
        raise FileNotFoundError(identity)


class Parts:
    """The finished items in a folder; ``kind`` is the type of what was found."""

    def __init__(self, folder: Path, kind: Any) -> None:
        self.folder = folder
        self.kind = kind

    def path(self, identity: str) -> Path:
        """Where an item's part is."""
        return self.folder / identity[:2] / f"{identity}{ENDING}"

    def keep(self, done: Done) -> None:
        """Keep a finished item; it is on the disk when this returns. Raises KeepingError."""
        write_whole(self.path(done.identity), as_bytes(done, self.kind))

    def read(self, identity: str, *, arrays: bool = True) -> Done:
        """An item's result. Raises DamagedError or FileNotFoundError."""
        try:
            done = from_bytes(self.path(identity).read_bytes(), self.kind, arrays=arrays)
        except DamagedError as error:
            raise DamagedError(f"{identity[:8]}{ENDING}: {error}") from None
        if done.identity != identity:
            raise DamagedError("it holds another run")
        return done

    def look(self, identity: str) -> Done | None:
        """An item without its arrays, if it is finished. Raises DamagedError."""
        try:
            return self.read(identity, arrays=False)
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
    """Hold a folder for this process alone. Raises ScenarioError if another has it.

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
        (folder / AT_WORK).write_text(json.dumps(_me()), encoding="utf-8")
        yield
    finally:
        with suppress(OSError):
            (folder / AT_WORK).unlink(missing_ok=True)
        lock.release()


def note_progress(folder: Path, finished: int, total: int, items: str) -> None:
    """Say in a held folder how far its work has come, for whoever looks at it from outside.

    Nothing depends on it: where it cannot be written, the work goes on.
    """
    told = {**_me(), "finished": finished, "total": total, "items": items}
    temporary = folder / f".{AT_WORK}.{os.getpid()}{TEMPORARY}"
    with suppress(OSError):
        temporary.write_text(json.dumps(told), encoding="utf-8")
        temporary.replace(folder / AT_WORK)


def _me() -> dict[str, Any]:
    return {"process": os.getpid(), "machine": socket.gethostname()}


def _who(folder: Path) -> str:
    try:
        told = json.loads((folder / AT_WORK).read_text(encoding="utf-8"))
        return f" (process {told['process']} on {told['machine']})"
    except (OSError, ValueError, KeyError, TypeError):
        return ""
