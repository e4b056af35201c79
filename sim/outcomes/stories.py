"""The story of one person's care, read off the ledger in dated sentences.

Telling a story draws nothing and changes nothing: the run is as it would have been. Of whole rounds
only that is told which the facts say of this person: they count a round's people, and do not name
them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from math import inf, nextafter
from typing import Any

from numpy.typing import NDArray

from sim.clock import date_of
from sim.ledger import (
    DIRECT_PAYMENT,
    GONE,
    IDS_PER_AREA,
    LOSSES,
    ON_LIST,
    UNCOVERED,
    Cause,
    Considered,
    Ledger,
    Stage,
)
from sim.scenario import Scenario
from sim.vocabulary import PROVIDER_NEWS

Row = tuple[float, ...]
Sentence = tuple[float, int, str]
SETTLEMENTS = ("an urban home", "a home at the edge of a town", "a rural home", "an isolated home")
REFUSALS = ("had no carers free", "had reached the contract's limit", "did not want it")
SOUGHT = (*ON_LIST, Stage.RESERVED, Stage.RESERVED_BRIDGED)
BY_ANSWER = (Cause.ACCEPTED, Cause.HANDED_OVER, Cause.NO_WAITING)
STEPS: dict[Cause, str] = {
    Cause.REFERRED: "On the interim care list.",
    Cause.REABLEMENT_NOT_DONE: "On the interim care list.",
    Cause.WARM_START: "Served by {now}.",
    Cause.SELF_FUNDED: "Served by {now}, who stops; the council looks for another provider.",
    Cause.BRIDGED: "The in-house team looks after them meanwhile.",
    Cause.ACCEPTED: "{Now} accepts.",
    Cause.STARTED: "First visit by {now}.",
    Cause.REVIEWED: "Review: {hours} instead of {before}.",
    Cause.HOLD_OVER: "In hospital for so long that {had} gives the place to somebody else.",
    Cause.PROVIDER_FAILED: "{Had} closes; nobody has taken over.",
    Cause.CONTRACT_RETURNED: "{Had} gives its contract back; nobody has taken over.",
    Cause.HAND_BACK_NOTICE: "{Now} gives notice; another provider is sought.",
    Cause.HANDED_BACK: "The notice is over; {had} stops and nobody has taken over.",
    Cause.HANDED_OVER: "{Now} takes over from {had}.",
    Cause.FIRST_VISIT_AWAITED: "The old provider has stopped; the first visit by {now} is to come.",
    Cause.BRIDGING_ENDED: "The in-house team leaves them for somebody in danger.",
    Cause.ASSIGNED: "The council gives them to {now}.",
    Cause.TRANSFERRED: "{Now} takes over from {had} without a gap.",
    Cause.TO_DIRECT_PAYMENT: "Stays with {had} on a direct payment rather than be moved.",
    Cause.CONTRACT_STARTED: "The care of {had} comes under its contract ({tier}).",
    Cause.DIED: "The need ends: the person has died.",
    Cause.RECOVERED: "The need ends: the person manages without care.",
    Cause.FOUND_ANOTHER_WAY: "Stops waiting: family, friends or another way.",
    Cause.NO_WAITING: "Nobody takes the package, and waiting is not allowed here.",
}
"""A sentence for each cause of a move, but for those of :data:`BY_PLACE`."""
BY_PLACE: dict[Cause, tuple[str, str]] = {
    Cause.TO_HOSPITAL: ("Goes to hospital; {now} keeps the place.", "Goes to hospital."),
    Cause.FROM_HOSPITAL: (
        "Back from hospital; {now} goes on with the visits.",
        "Back from hospital without a provider; the council looks for one again.",
    ),
    Cause.TO_RESIDENTIAL_CARE: (
        "Moves to a care home.",
        "Stops waiting and moves to a care home.",
    ),
}
"""Causes with two sentences: where the person has a provider, and where they have none."""


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
    story = facts_of(ledger, "moved", package)
    sentences = [(told[0][0], 0, who_they_are(names, told[0], story))]
    sentences += offers(names, facts_of(ledger, "asked", package), story)
    sentences += moves(names, story, ledger)
    sentences += news(names, story, ledger)
    sentences += rounds_broken_up(names, story, ledger)
    sentences.sort(key=lambda sentence: sentence[:2])
    start = scenario.calendar.start
    return [Line(day, date_of(start, day), text) for day, _, text in sentences if text]


def facts_of(ledger: Ledger, name: str, subject: float) -> list[Row]:
    """The facts of one kind about one package, team or provider: their second column."""
    table: NDArray[Any] = ledger.table(name)
    return [tuple(row) for row in table[table[:, 1] == subject].tolist()]


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
        how = "Referred for home care, because the in-house team could not give reablement"
    elif first is Cause.SELF_FUNDED:
        how = "Pays for their own care, and is known to the council now that the provider stops"
    else:
        how = f"Referred for home care {'on leaving hospital' if hospital else 'at home'}"
    more = [
        f"{hours(minutes)}{', two carers a visit' if carers == 2 else ''}",
        SETTLEMENTS[int(settlement)],
        *(["a change of provider would be harmful"] if vulnerable else []),
        *(["visits that may not be missed"] if critical else []),
    ]
    return f"{how}, in {names.areas[int(area)]}: {'; '.join(more)}."


def offers(names: Names, asked: list[Row], story: list[Row]) -> Iterator[Sentence]:
    """What the tiers answer; one refusal after another, with nothing between, in one sentence."""
    turns = [row[0] for row in story]

    def between(row: Row) -> tuple[int, bool]:
        return sum(day <= row[0] for day in turns), row[4] > 0

    for _, together in groupby(asked, key=between):
        rows = list(together)
        yield rows[-1][0], 2, " ".join(filter(None, (offer(names, row) for row in rows)))


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


def moves(names: Names, story: list[Row], ledger: Ledger) -> Iterator[Sentence]:
    """A sentence for each step of a package's history; what answers bring about follows them."""
    sought = bare = 0.0
    # Ranks order what happens at one instant: news of the provider 0, moves 1, answers 2, what
    # answers bring about 3.
    rank, before = 1, None
    for place, row in enumerate(story):
        if before is not None:
            spent, was = row[0] - before[0], Stage(int(before[2]))
            sought += spent if was in SOUGHT else 0.0
            bare += spent if was in UNCOVERED else 0.0
            # Whatever follows an answer at the same instant follows it in the story too.
            rank = rank if spent == 0 else 1
        rank = 3 if Cause(int(row[6])) in BY_ANSWER else rank
        text = "" if came_home(story, place) else step(names, before, row)
        if stays_in_hospital(story, place):
            text = hospital(names, row, story[place + 1])
        elif row[6] == Cause.TRANSFERRED and before is not None:
            text = transfer(names, before, row, ledger)
        elif row[6] == Cause.ACCEPTED and (whole := round_taken(story, place, ledger)):
            text = f"{sentence(served_by(names, row))} takes over {whole}."
        if row[2] == Stage.IN_SERVICE:
            text += waited(sought, bare) if place else ""
            sought = bare = 0.0
        yield row[0], rank, text
        before = row
    if before is not None and Stage(int(before[2])) not in GONE:
        # the period is over with its last day, not on the day after
        yield nextafter(ledger.day, -inf), 4, f"The simulated period ends: {where(names, before)}."


def waited(sought: float, bare: float) -> str:
    """How long a provider was sought, and how much of that nobody came."""
    if sought == 0:
        return ""
    cover = f", {days(bare)} of it without cover" if 0 < bare < sought else ""
    cover = ", all of it without cover" if bare == sought else cover
    return f" The search and the wait for a provider took {days(sought)}{cover}."


def stays_in_hospital(story: list[Row], place: int) -> bool:
    """Whether somebody goes to hospital and next comes back to the provider that served them."""
    rows = story[max(0, place - 1) : place + 2]
    return (
        [row[6] for row in rows[1:]] == [Cause.TO_HOSPITAL, Cause.FROM_HOSPITAL]
        and rows[0][2] == rows[2][2] == Stage.IN_SERVICE
        and len({row[3] for row in rows}) == 1
    )


def came_home(story: list[Row], place: int) -> bool:
    """Whether a step is the end of a stay in hospital that has been told as one."""
    return place > 0 and stays_in_hospital(story, place - 1)


def hospital(names: Names, row: Row, back: Row) -> str:
    """A stay in hospital during which the provider keeps the place."""
    provider = names.provider(row[3])
    return (
        f"Goes to hospital for {days(back[0] - row[0])}; {provider} keeps the place and then goes "
        "on with the visits."
    )


def transfer(names: Names, before: Row, row: Row, ledger: Ledger) -> str:
    """To another provider, with a round at roll-out or with a whole contract."""
    had, now = names.provider(before[3]), served_by(names, row)
    considered = facts_of(ledger, "round_considered", before[3])
    for day, _, taker, people, _, stay, choose, carers, outcome in considered:
        if (day, taker, outcome) == (row[0], row[3], Considered.MOVED):
            number = people - stay - choose
            return (
                f"Roll-out: moves from {had} to {now} with {counted(number, 'person', 'people')} "
                f"of the round and {counted(carers, 'carer', 'carers')}, without a gap."
            )
    return f"The contract passes from {had} to {now}, and their care with it, without a gap."


def counted(number: float, one: str, many: str) -> str:
    """So many of something."""
    return f"1 {one}" if number == 1 else f"{number:.0f} {many}"


def lost_team(story: list[Row], place: int) -> tuple[float, float] | None:
    """When and by which team somebody on the list was last left, if it visited them till then."""
    for here in range(place - 1, 0, -1):
        if Stage(int(story[here][2])) not in ON_LIST:
            return None
        if Cause(int(story[here][6])) in LOSSES:
            visited = story[here - 1][2] == Stage.IN_SERVICE
            return (story[here][0], story[here - 1][3]) if visited else None
    return None


def round_taken(story: list[Row], place: int, ledger: Ledger) -> str:
    """The whole round with which somebody was accepted; empty if alone.

    Who has lost the provider that visited them is offered alone only after the round was; so the
    first answer since the loss, on the very instant at which the team that accepts took a round,
    is the round's.
    """
    lost = lost_team(story, place)
    if lost is None:
        return ""
    day, branch, tier = story[place][0], story[place][3], story[place][4]
    answers = [row[0] for row in facts_of(ledger, "asked", story[place][1])]
    offered = facts_of(ledger, "round_offered", lost[1])
    sizes = {row[3] for row in offered if (row[0], row[2], row[6]) == (day, tier, branch)}
    if not sizes or [other for other in answers if lost[0] <= other <= day] != [day]:
        return ""
    size = f" of {counted(sizes.pop(), 'person', 'people')}" if len(sizes) == 1 else ""
    return f"their whole round{size}"


def rounds_broken_up(names: Names, story: list[Row], ledger: Ledger) -> Iterator[Sentence]:
    """Losses after which the person's round was offered whole and nobody took it."""
    for place in range(1, len(story)):
        if Cause(int(story[place][6])) not in LOSSES:
            continue
        on = [row for row in story[place:] if Stage(int(row[2])) not in ON_LIST]
        leaves = on[0] if on else None
        lost = lost_team(story, place + 1)
        if lost is None or (leaves and round_taken(story, story.index(leaves), ledger)):
            continue
        until = leaves[0] if leaves else ledger.day
        answers = [row[0] for row in facts_of(ledger, "asked", story[place][1])]
        alone = next((day for day in answers if lost[0] <= day <= until), None)
        offered = facts_of(ledger, "round_offered", lost[1])
        tried = [row for row in offered if alone is not None and lost[0] <= row[0] <= alone]
        if tried:
            tiers = " and ".join(dict.fromkeys(names.tier(row[2]) for row in tried))
            text = f"The whole round was offered to {tiers}; nobody took it."
            yield max(row[0] for row in tried), 2, text


def news(names: Names, story: list[Row], ledger: Ledger) -> Iterator[Sentence]:
    """What happens to a provider, closure apart, while it serves the person."""
    ends = [*(row[0] for row in story[1:]), ledger.day]
    for (begins, package, _, branch, *_), end in zip(story, ends, strict=True):
        if branch < 0:
            continue
        owner = ledger.labels.branch_provider[int(branch)]
        for day, _, area, cause in facts_of(ledger, "traded", owner):
            here = area in (-1, package // IDS_PER_AREA)
            # That it closes is told by the person's own move of that moment.
            if here and begins <= day < end and cause != Cause.CLOSED:
                told = f"{names.provider(branch)} {PROVIDER_NEWS[Cause(int(cause))]}."
                yield day, 0, sentence(told)


def served_by(names: Names, row: Row) -> str:
    """Who serves a package, and under which tier."""
    return f"{names.provider(row[3])} ({names.tier(row[4])})"


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
    now = served_by(names, row) if branch >= 0 else ""
    had = names.provider(before[3]) if before is not None else "nobody"
    if cause in BY_PLACE:
        # Who moves to a care home has no provider any more, whether they waited for one or not.
        without = branch < 0 if cause is not Cause.TO_RESIDENTIAL_CARE else stage == Stage.WITHDRAWN
        text = BY_PLACE[cause][without]
    else:
        text = STEPS[cause]
    return text.format(
        now=now,
        Now=sentence(now),
        had=had,
        Had=sentence(had),
        tier=names.tier(tier) if tier >= 0 else "",
        hours=hours(minutes),
        before=f"{(minutes if before is None else before[5]) / 60:g}",
    )
