"""A Ctrl-C that nobody may swallow, from a program's first moment on.

Python raises it wherever the program is. In a destructor it is told of and forgotten, and the
command would go on as if nobody had asked it to stop. So it is remembered as well.
"""

from __future__ import annotations

import signal
from types import FrameType

_heard: list[int] = []


def hear() -> None:
    """Listen from now on, unless whoever began the program has it ignore Ctrl-C."""
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, _interrupt)


def refuse_swallowed() -> None:
    """Raise KeyboardInterrupt if one was heard and has been swallowed."""
    if _heard:
        raise KeyboardInterrupt


def _interrupt(number: int, frame: FrameType | None) -> None:
    _heard.append(number)
    raise KeyboardInterrupt
