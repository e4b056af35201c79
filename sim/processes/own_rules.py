"""Rules that a user brings: processes that begin with every market, beside the model's own.

A rule is a generator function of the market, as the model's processes are. It waits with
``yield market.clock.environment.timeout(days)`` or ``yield market.clock.at(day, rank, identity)``,
and then does something by the same functions (``fail``, for instance). Whatever it draws comes from
``market.draws``, so that the same run is the same again. The laws are checked as always.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar

from simpy.events import ProcessGenerator

from sim.market.market import Market

Rule = Callable[[Market], ProcessGenerator]

DECLARED: ContextVar[list[Rule] | None] = ContextVar("DECLARED", default=None)
IN_FORCE: ContextVar[Sequence[Rule]] = ContextVar("IN_FORCE", default=())


def rule(of: Rule) -> Rule:
    """Declare a function of the market as a rule of a study's own code."""
    declared = DECLARED.get()
    if declared is not None:
        declared.append(of)
    return of


@contextmanager
def declared_rules() -> Iterator[list[Rule]]:
    """The rules that are declared meanwhile."""
    declared: list[Rule] = []
    token = DECLARED.set(declared)
    try:
        yield declared
    finally:
        DECLARED.reset(token)


@contextmanager
def with_rules(rules: Sequence[Rule]) -> Iterator[None]:
    """Have every market that is built meanwhile begin with these rules, its reference too."""
    token = IN_FORCE.set(rules)
    try:
        yield
    finally:
        IN_FORCE.reset(token)


def begin(market: Market) -> None:
    """Begin the rules that are in force."""
    for one in IN_FORCE.get():
        market.clock.process(one(market))
