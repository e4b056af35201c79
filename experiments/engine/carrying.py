"""The one loop: what is there is kept, what is missing is carried out, each result safe at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace

from experiments.engine.parts import DamagedError, Store
from experiments.engine.runner import Runner
from experiments.engine.work import Done, WorkItem

Noted = Callable[[WorkItem, Done], object]


class StoppedError(RuntimeError):
    """The user asked for the work to stop; what was finished is kept."""

    def __init__(self, finished: int, total: int) -> None:
        super().__init__(f"{finished:,} of {total:,}")
        self.finished = finished
        self.total = total


class Engine:
    """Carries items out with a runner, and keeps what is found in a store.

    ``found``: items that were there; ``finished``: all that are done; ``failed`` of them;
    ``damaged``: what was set aside, in words.
    """

    def __init__(
        self,
        store: Store,
        runner: Runner,
        *,
        retry_failed: bool = False,
        told: Callable[[Engine, int], object] = lambda engine, total: None,
    ) -> None:
        self.store = store
        self.runner = runner
        self.retry_failed = retry_failed
        self.told = told
        self.found = self.finished = self.failed = 0
        self.damaged: list[str] = []

    @property
    def stopping(self) -> bool:
        """Whether the user has asked for the work to stop."""
        return self.runner.stopping

    def carry_out(self, items: Iterable[WorkItem], noted: Noted) -> None:
        """See to it that every item is done; ``noted`` hears of each, without its arrays if kept.

        Ends early if the runner is stopped. Raises KeepingError or WorkersError.
        """
        under_way: dict[str, list[WorkItem]] = {}
        for done in self.runner.results(self._missing(items, under_way, noted)):
            self.store.keep(done)
            for item in under_way.pop(done.identity, ()):  # none if its batch was disturbed since
                self._note(item, done, noted)

    def _missing(
        self, items: Iterable[WorkItem], under_way: dict[str, list[WorkItem]], noted: Noted
    ) -> Iterator[WorkItem]:
        for item in items:
            if item.identity in under_way:  # another place of the question has the very same item
                under_way[item.identity].append(item)
                continue
            done = self._there(item.identity)
            if done is not None and not (done.lost or (done.failed and self.retry_failed)):
                self.found += 1
                self._note(item, done, noted)
                continue
            under_way[item.identity] = [item]
            yield item

    def _there(self, identity: str) -> Done | None:
        """A finished item; a damaged part is set aside, told of, and counts as missing."""
        try:
            return self.store.look(identity)
        except DamagedError as error:
            aside = self.store.set_aside(identity)
            self.damaged.append(
                f"{error}; the file is renamed {aside.name} and the work is done again"
            )
            return None

    def _note(self, item: WorkItem, done: Done, noted: Noted) -> None:
        self.finished += 1
        self.failed += done.failed
        noted(item, done)

    def answers(self, items: Sequence[WorkItem]) -> list[Done]:
        """What becomes of every item, in their order. Raises StoppedError, and as ``carry_out``."""
        total = self.finished + len(items)
        self.told(self, total)
        ended: set[str] = set()

        def noted(item: WorkItem, done: Done) -> None:
            ended.add(done.identity)
            self.told(self, total)

        self.carry_out(items, noted)
        if self.stopping and len(ended) < len({item.identity for item in items}):
            raise StoppedError(self.finished, total)
        done = [self.store.read(item.identity) for item in items]
        return self._without_disturbed(items, done)

    def _without_disturbed(self, items: Sequence[WorkItem], done: list[Done]) -> list[Done]:
        """Let all of a disturbed batch fail, also what it had found before it was gone on with."""
        spoilt = {item.batch: one for item, one in zip(items, done, strict=True) if one.disturbed}
        for place, (item, one) in enumerate(zip(items, done, strict=True)):
            if item.batch in spoilt and not one.failed:
                done[place] = replace(spoilt[item.batch], identity=item.identity)
                self.store.keep(done[place])
        return done
