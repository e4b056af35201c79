"""A question: what is to be carried out, and how what is found is told.

Every verb of the command line and every function of the Python interface makes one of these and
hands it over; what happens to its work is the engine's alone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from experiments.engine.work import Done, Work, WorkItem, failed_items
from experiments.results.provenance import Failed
from experiments.statistics.small_counts import hiding

if TYPE_CHECKING:
    from experiments.results.writing import Output


@dataclass(frozen=True)
class Answers:
    """What became of a question's items; ``command``: what was typed, ``seconds``: since then."""

    items: Sequence[WorkItem]
    done: Sequence[Done]
    command: Sequence[str] = ()
    seconds: float | None = None

    @property
    def found(self) -> list[Any]:
        """What was found, item by item; None where one failed."""
        return [one.found for one in self.done]

    @property
    def failed(self) -> list[Failed]:
        """The items without a result."""
        return failed_items(self.items, self.done)


Ask = Callable[[Sequence[WorkItem]], list[Done]]
"""Carries items out: what became of each, in their order."""


@dataclass(frozen=True)
class Question:
    """All that is asked.

    ``depends_on``: what must be the same for work that was begun to be gone on with; ``folder``:
    the name of its folder unless the user says; ``counted``: what progress counts, in the plural;
    ``told``: the output, None if nothing can be told because all failed. ``first``: items whose
    answers are told by ``look`` while the others are under way. ``more``: what is to be carried out
    as well, now that this much is known; nothing when it is enough.
    """

    work: Work
    items: Sequence[WorkItem]
    depends_on: Mapping[str, Any]
    folder: str
    counted: str
    seed: int
    told: Callable[[Answers], Output | None]
    first: int = 0
    look: Callable[[Answers], str] = field(default=lambda answers: "")
    more: Callable[[Answers], Sequence[WorkItem]] = field(default=lambda answers: ())

    @property
    def of_real_people(self) -> bool:
        """Whether a caseload is given: then small counts of people are told to nobody."""
        return "caseload" in self.depends_on

    def output(self, answers: Answers) -> Output | None:
        """What is told and left; None if nothing can be told because all failed."""
        with hiding(self.of_real_people):
            found = self.told(answers)
            if found is None or not self.of_real_people:
                return found
            from experiments.results.real_people import protected

            return protected(found)

    def first_look(self, answers: Answers) -> str:
        """What the first items show."""
        with hiding(self.of_real_people):
            return self.look(answers)

    def answered(self, ask: Ask, known: list[Done]) -> Answers:
        """The answers to all items, and to what is asked for once these are known.

        ``ask`` carries items out; ``known``: the answers to the first items that are there already.
        """
        answers = Answers(self.items, known + ask(self.items[len(known) :]))
        while more := self.more(answers):
            answers = Answers([*answers.items, *more], [*answers.done, *ask(more)])
        return answers
