"""The story of one person's care, read off the ledger in dated sentences.

Telling a story draws nothing and changes nothing: the run is as it would have been.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from numpy.typing import NDArray

from sim.clock import date_of
from sim.ledger import DIRECT_PAYMENT, Cause, Ledger, Stage
from sim.scenario import Scenario

Row = tuple[float, ...]
SETTLEMENTS = ("an urban home", "a home at the edge of a town", "a rural home", "an isolated home")
REFUSALS = ("had no carers free", "were at the limit of their contract", "did not want it")
ENDS = {
    Cause.DIED: "The need ends: the person has died.",
    Cause.RECOVERED: "The need ends: the person manages without care.",
    Cause.FOUND_ANOTHER_WAY: "Stops waiting: family, friends or another way.",
    Cause.NO_WAITING: "Nobody takes the package, and waiting is not allowed here.",
}


@dataclass(frozen=True, slots=True)
class Line:
    """One dated sentence of a story."""

    day: float
    date: date
    text: str


def person_story(ledger: Ledger, scenario: Scenario, package: int) -> list[Line]:
    """What happens to one person, in order. Raises KeyError if nobody has that number."""
    told = facts_of(ledger, "referred", package)
    if not told:
        raise KeyError(package)
    names = Names(ledger, scenario)
    sentences = [(told[0][0], 0, who_they_are(names, told[0], facts_of(ledger, "moved", package)))]
    sentences += ((row[0], 1, offer(names, row)) for row in facts_of(ledger, "asked", package))
    sentences += moves(names, facts_of(ledger, "moved", package), ledger.day)
    sentences.sort(key=lambda sentence: sentence[:2])
    start = scenario.calendar.start
    return [Line(day, date_of(start, day), text) for day, _, text in sentences if text]


def facts_of(ledger: Ledger, name: str, package: int) -> list[Row]:
    """The facts of one kind about one package."""
    table: NDArray[Any] = ledger.table(name)
    return [tuple(row) for row in table[table[:, 1] == package].tolist()]


class Names:
    """What ids are called: areas and tiers by name, providers by code."""

    def __init__(self, ledger: Ledger, scenario: Scenario) -> None:
        called = {area.code: area.name for area in scenario.areas}
        self.areas = [called.get(code, code) for code in ledger.labels.areas]
        tiers = {tier.code: tier.name for tier in scenario.commissioning.tiers}
        tiers[DIRECT_PAYMENT] = "direct payment"
        self.tiers = [tiers.get(code, code) for code in ledger.labels.tiers]
        owner = ledger.labels.branch_provider
        self.providers = [ledger.labels.providers[place] for place in owner]

    def provider(self, branch: float) -> str:
        """A team's provider."""
        return f"provider {self.providers[int(branch)]}" if branch >= 0 else "nobody"

    def tier(self, tier: float) -> str:
        """A tier's name."""
        return self.tiers[int(tier)]


def sentence(text: str) -> str:
    """With a capital first letter; codes keep theirs."""
    return text[:1].upper() + text[1:]


def hours(minutes: float) -> str:
    """Hours a week."""
    return f"{minutes / 60:g} hours a week"


def days(number: float) -> str:
    """A length of time."""
    if number < 1:
        return "less than a day"
    return "1 day" if round(number) == 1 else f"{number:.0f} days"


def who_they_are(names: Names, row: Row, story: list[Row]) -> str:
    """The person and their need."""
    _, _, area, minutes, carers, settlement, hospital, vulnerable, critical = row
    first = Cause(int(story[0][6])) if story else Cause.REFERRED
    if first is Cause.WARM_START:
        how = "Already in care as the simulated market begins"
    elif first is Cause.REABLEMENT_NOT_DONE:
        how = "Referred for home care, for want of reablement that the in-house team could not give"
    else:
        how = f"Referred for home care {'on leaving hospital' if hospital else 'at home'}"
    more = [
        f"{hours(minutes)}{', two carers a visit' if carers == 2 else ''}",
        SETTLEMENTS[int(settlement)],
        *(["a change of provider would be harmful"] if vulnerable else []),
        *(["visits that may not be missed"] if critical else []),
    ]
    return f"{how}, in {names.areas[int(area)]}: {'; '.join(more)}."


def offer(names: Names, row: Row) -> str:
    """A tier's answer; a standing offer that is taken at once is told by the acceptance."""
    _, _, tier, asked, accepted, *refused = row
    if asked == accepted == 1:
        return ""
    reasons = [f"{n:.0f} {why}" for n, why in zip(refused, REFUSALS, strict=True) if n]
    if accepted:
        reasons.append(f"{accepted:.0f} would take it")
    count = "1 provider" if asked == 1 else f"{asked:.0f} providers"
    return f"{names.tier(tier)}: {count} asked; {', '.join(reasons)}."


def moves(names: Names, story: list[Row], end: float) -> Iterator[tuple[float, int, str]]:
    """A sentence for each step of a package's history."""
    waits_since: float | None = None
    before: Row | None = None
    for row in story:
        stage = Stage(int(row[2]))
        text = step(names, before, row)
        if stage is Stage.IN_SERVICE and waits_since is not None:
            text += f" A provider was sought or awaited for {days(row[0] - waits_since)}."
            waits_since = None
        elif waits_since is None and stage in (Stage.WAITING, Stage.DISPLACED):
            waits_since = row[0]
        yield row[0], 2, text
        before = row
    if before is not None and Stage(int(before[2])) not in (Stage.ENDED, Stage.WITHDRAWN):
        yield end, 3, f"The simulated period ends: {where(names, before)}."


def where(names: Names, row: Row) -> str:
    """Where a person is in a stage."""
    stage = Stage(int(row[2]))
    if stage is Stage.IN_SERVICE:
        return f"served by {names.provider(row[3])} ({names.tier(row[4])})"
    if stage is Stage.INTERRUPTED:
        return "in hospital"
    if stage in (Stage.RESERVED, Stage.RESERVED_BRIDGED):
        return f"about to be served by {names.provider(row[3])}"
    return "bridged by the in-house team" if stage is Stage.BRIDGED else "still without a provider"


def step(names: Names, before: Row | None, row: Row) -> str:
    """One step in words."""
    _, _, stage, branch, tier, minutes, cause_id = row
    cause = Cause(int(cause_id))
    now = f"{names.provider(branch)} ({names.tier(tier)})" if branch >= 0 else ""
    had = names.provider(before[3]) if before is not None else "nobody"
    if cause is Cause.TO_RESIDENTIAL_CARE:
        waiting = Stage(int(stage)) is Stage.WITHDRAWN
        return "Stops waiting and moves to a care home." if waiting else "Moves to a care home."
    if cause is Cause.REVIEWED:
        was = before[5] if before is not None else minutes
        return f"Review: {hours(minutes)} instead of {was / 60:g}."
    if cause is Cause.FROM_HOSPITAL:
        return (
            f"Back from hospital; {now} goes on with the visits."
            if branch >= 0
            else "Back from hospital; the place is gone, and a provider is sought anew."
        )
    if cause is Cause.TO_HOSPITAL:
        return f"Goes to hospital; {now} keeps the place." if branch >= 0 else "Goes to hospital."
    sentences = {
        Cause.REFERRED: "On the interim care list.",
        Cause.REABLEMENT_NOT_DONE: "On the interim care list.",
        Cause.WARM_START: f"Served by {now}.",
        Cause.BRIDGED: "The in-house team looks after them meanwhile.",
        Cause.ACCEPTED: f"{sentence(now)} accepts.",
        Cause.STARTED: f"First visit by {now}.",
        Cause.HOLD_OVER: f"In hospital for so long that {had} gives the place up.",
        Cause.PROVIDER_FAILED: f"{sentence(had)} closes; nobody has taken over.",
        Cause.CONTRACT_RETURNED: f"{sentence(had)} gives its contract back; nobody has taken over.",
        Cause.HAND_BACK_NOTICE: f"{sentence(now)} gives notice; another provider is sought.",
        Cause.HANDED_BACK: f"The notice is over; {had} stops and nobody has taken over.",
        Cause.HANDED_OVER: f"{sentence(now)} takes over from {had} without a gap.",
        Cause.TRANSFERRED: f"Moves with the whole round from {had} to {now}, without a gap.",
        Cause.TO_DIRECT_PAYMENT: f"Stays with {had} on a direct payment rather than be moved.",
        Cause.CONTRACT_STARTED: f"The care of {had} comes under its contract "
        f"({names.tier(tier) if tier >= 0 else ''}).",
        **ENDS,
    }
    return sentences.get(cause, cause.name.lower().replace("_", " ").capitalize() + ".")
