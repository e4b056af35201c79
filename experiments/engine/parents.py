"""Processes that end when the process that began them has ended, however that happened."""

from __future__ import annotations

import atexit
import multiprocessing
import os
import signal
import threading
from types import FrameType

PAUSE_SECONDS = 1.0


def end_with_parent(parent: int) -> None:
    """End this process soon after its parent: it would wait for ever for its next piece of work.

    ``parent``: its number, taken by whoever begins this process, for an orphan may already have
    been given another when it comes to look. Where there are alarms, one looks each second, since
    a thread that looked would forbid forks.
    """
    if not hasattr(signal, "setitimer"):
        threading.Thread(target=_wait_for_parent, daemon=True).start()
        return

    def look(_: int, __: FrameType | None) -> None:
        if os.getppid() != parent:
            os._exit(1)

    signal.signal(signal.SIGALRM, look)
    signal.setitimer(signal.ITIMER_REAL, PAUSE_SECONDS, PAUSE_SECONDS)
    # As an interpreter ends it forgets who looks: an alarm would then kill a process that has done
    # its work, and the work would count as lost.
    atexit.register(signal.setitimer, signal.ITIMER_REAL, 0)


def _wait_for_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
