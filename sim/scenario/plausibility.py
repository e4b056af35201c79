"""What is legal but odd: a sentence a kind, with its numbers and what to look at.

Nothing here knows a county by its name: a warning holds for any.
"""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterator
from math import fsum
from typing import TYPE_CHECKING

from sim.scenario import odd_contracts, odd_markets, odd_volumes
from sim.scenario.amounts import counted, listed
from sim.scenario.expected import people_in_care
from sim.scenario.national import changes_between
from sim.scenario.tables import FailureRow, parts_of
from sim.vocabulary import FAILURE_KINDS

if TYPE_CHECKING:
    from sim.scenario.scenario import Scenario


COLUMNS_OF_KINDS = sorted({column for kind in FAILURE_KINDS.values() for column in kind.uses})
TEST_MARKET_PEOPLE = 100
"""One area with fewer people is a textbook's queue: nothing is known of how large it should be."""


def warnings(scenario: Scenario) -> list[str]:
    """What is legal but odd, a line a kind."""
    left_out = OF_COUNTIES if is_test_market(scenario) else ()
    return [line for look in LOOKS if look not in left_out for line in look(scenario)]


def is_test_market(scenario: Scenario) -> bool:
    """Whether a market is too small to be held against what is known of counties."""
    people = fsum(people_in_care(scenario, area) for area in scenario.areas)
    return len(scenario.areas) == 1 and people < TEST_MARKET_PEOPLE


def names_twice(scenario: Scenario) -> Iterator[str]:
    """Areas that a reader cannot tell apart, however their letters are put together."""
    named: dict[str, list[str]] = defaultdict(list)
    for area in scenario.areas:
        plain = " ".join(unicodedata.normalize("NFKC", area.name).casefold().split())
        named[plain].append(area.code)
    alike = [" and ".join(codes) for codes in named.values() if len(codes) > 1]
    if alike:
        yield (
            f"{counted(len(alike), 'display name belongs', 'display names belong')} to several "
            f"areas: {listed(alike)}. Tables and charts show these names. Check name in "
            "areas.csv"
        )


def failures_of_nobody(scenario: Scenario) -> Iterator[str]:
    """Failures of providers that are not there to fail."""
    teams = {(row.provider, row.area) for row in scenario.branches}
    held = {(row.provider, row.area) for row in scenario.commissioning.principal_contracts}
    no_contract, no_team = [], []
    for row in scenario.failures:
        kind, code = parts_of(row.who)
        if kind not in ("provider", "owner"):
            continue
        who = [p.code for p in scenario.providers if code in (p.code, p.owner)]
        areas = (row.areas or "").split() or [area.code for area in scenario.areas]
        told = f"{row.who} on {row.date}"
        if row.kind == "contract_returned" and not any(
            (p, area) in held for p in who for area in areas
        ):
            no_contract.append(told)
        elif not any((p, area) in teams for p in who for area in areas):
            no_team.append(told)
    for failures, what in ((no_contract, "principal provider contract"), (no_team, "team")):
        if failures:
            yield (
                f"{counted(len(failures), 'failure finds', 'failures find')} no {what} of the "
                f"provider as the market starts: {listed(failures)}. Check failures.csv"
            )


def cells_without_effect(scenario: Scenario) -> Iterator[str]:
    """Cells of failures.csv that the row's kind of failure does not read."""
    usual = {name: field.default for name, field in FailureRow.model_fields.items()}
    idle = [
        f"{column} of the {row.kind} on {row.date}"
        for row in scenario.failures
        for column in COLUMNS_OF_KINDS
        if column not in FAILURE_KINDS[row.kind].uses and getattr(row, column) != usual[column]
    ]
    if idle:
        yield (
            f"{counted(len(idle), 'cell', 'cells')} of failures.csv or of an option "
            f"{'has' if len(idle) == 1 else 'have'} no effect: {listed(idle)}. Check kind"
        )


def no_source(scenario: Scenario) -> Iterator[str]:
    """Values of which nobody says where they come from."""
    from sim.scenario.parameters import SECTIONS

    bare = [
        f"{section}.{key}"
        for section in SECTIONS
        for key in type(getattr(scenario, section)).model_fields
        if f"{section}.{key}" not in scenario.sources
    ]
    if bare:
        verb = "has" if len(bare) == 1 else "have"
        yield (
            f"{listed(bare)} {verb} no source. Give each a source in county.toml, as the "
            "other values have"
        )


def national_figures_of_old(scenario: Scenario) -> Iterator[str]:
    """Days on which the national figures change while wages.csv has no row of that day."""
    calendar = scenario.calendar
    told = {row.starts for row in scenario.wages}
    changes = [day for day in changes_between(calendar.start, calendar.end) if day not in told]
    if changes and not is_test_market(scenario):
        days = listed([str(day) for day in changes])
        yield (
            f"the National Living Wage or employer insurance changes on {days}, but wages.csv "
            "has no row for that day, so earlier values continue. Add a row for that day with "
            "the rate that the council pays from then on"
        )


OF_COUNTIES = (*odd_volumes.LOOKS, *odd_markets.LOOKS)
LOOKS: tuple[Callable[[Scenario], Iterator[str]], ...] = (
    *odd_contracts.LOOKS,
    *OF_COUNTIES,
    names_twice,
    failures_of_nobody,
    cells_without_effect,
    national_figures_of_old,
    no_source,
)
