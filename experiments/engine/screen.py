"""Progress on the terminal, on stderr, gone when done."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

Told = Callable[[str, int, int], Callable[[], None]]


@contextmanager
def stages() -> Iterator[Told]:
    """A bar a stage: call what it gives with words, pieces, pieces done; that a piece."""
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
    )

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:

        def told(words: str, total: int, done: int) -> Callable[[], None]:
            task = progress.add_task(words, total=total, completed=done)
            return lambda: progress.advance(task)

        yield told


@contextmanager
def counted(words: str, total: int, done: int = 0) -> Iterator[Callable[[], None]]:
    """A bar that counts pieces of work; call what it gives when one is done."""
    with stages() as told:
        yield told(words, total, done)
