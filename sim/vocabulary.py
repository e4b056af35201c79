"""The closed lists of the model: stages; and causes, failures and shocks, each with its words.

Whatever tells of them (options, tables' descriptions, stories, charts, summaries) reads the words
here, and whatever carries a kind out ends in an exhaustive match (:mod:`sim.processes.failure`,
:mod:`sim.simulation`). So a new kind touches this file and the one that says what it does.

Nothing heavy is imported: the command line reads the codes before it loads the model.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import Literal


class Payer(IntEnum):
    """Who pays for a person's care."""

    COUNCIL = 0
    SELF = 1


class Stage(IntEnum):
    """Where a package is; it is in exactly one stage at a time."""

    WAITING = 0
    DISPLACED = 1
    BRIDGED = 2
    RESERVED = 3
    RESERVED_BRIDGED = 4
    IN_SERVICE = 5
    INTERRUPTED = 6
    WITHDRAWN = 7
    ENDED = 8


ON_LIST = (Stage.WAITING, Stage.DISPLACED, Stage.BRIDGED)
BRIDGING = (Stage.BRIDGED, Stage.RESERVED_BRIDGED)
COVERED = (Stage.IN_SERVICE, *BRIDGING)
UNCOVERED = (Stage.WAITING, Stage.DISPLACED, Stage.RESERVED)
GONE = (Stage.WITHDRAWN, Stage.ENDED)


class Considered(IntEnum):
    """What became of a round that was to move to a principal."""

    MOVED = 0
    TOO_MANY_CANNOT_MOVE = 1
    LIMIT_OF_PROVIDERS_LOSS = 2
    PROVIDER_WOULD_NOT_SURVIVE = 3
    NOBODY_HAS_ROOM = 4
    SPLIT_REACHED = 5


class Spending(IntEnum):
    """What the council pays for."""

    BLOCK = 0
    SPOT = 1
    DIRECT_PAYMENT = 2
    RETAINER = 3
    BRIDGING = 4
    PROCUREMENT = 5


TO_PROVIDERS = (Spending.BLOCK, Spending.SPOT, Spending.RETAINER)


class Cause(IntEnum):
    """Why something changed."""

    REFERRED = 0
    ACCEPTED = 1
    STARTED = 2
    REVIEWED = 3
    TO_HOSPITAL = 4
    HOLD_OVER = 5
    FROM_HOSPITAL = 6
    PROVIDER_FAILED = 7
    HANDED_OVER = 8
    BRIDGED = 9
    TO_RESIDENTIAL_CARE = 10
    FOUND_ANOTHER_WAY = 11
    DIED = 12
    RECOVERED = 13
    NO_WAITING = 14
    WARM_START = 15
    HIRED = 16
    LEFT = 17
    SHED = 18
    MOVED_IN = 19
    MOVED_OUT = 20
    RETAINER_STARTED = 21
    CONTRACT_STARTED = 22
    CONTRACT_ENDED = 23
    NOTICE_GIVEN = 24
    CLOSED = 25
    PROCUREMENT_FAILED = 26
    POSTS_REVIEWED = 27
    HAND_BACK_NOTICE = 28
    HANDED_BACK = 29
    TRANSFERRED = 30
    TO_DIRECT_PAYMENT = 31
    CONTRACT_RETURNED = 32
    SUSPENDED = 33
    SUSPENSION_ENDED = 34
    STAFF_LOST = 35
    RECRUITMENT_STOPPED = 36
    RECRUITMENT_RESUMED = 37
    SECONDED = 38
    TENDERED = 39
    AWARDED = 40
    REABLEMENT_NOT_DONE = 41
    NEIGHBOUR_CALLED = 42
    NEIGHBOUR_RELEASED = 43
    INSOLVENT = 44
    NOT_VIABLE = 45
    FOUND_INADEQUATE = 46
    INSPECTED = 47
    MONITORED = 48
    HIRED_EXPERIENCED = 49
    FIRST_VISIT_AWAITED = 50
    ASSIGNED = 51
    STEPPED_IN = 52
    BRIDGING_ENDED = 53
    SELF_FUNDED = 54
    HOURS_INDEXED = 55
    OPEN_TIER = 56
    ENTERED = 57


LOSSES = (Cause.PROVIDER_FAILED, Cause.HANDED_BACK, Cause.CONTRACT_RETURNED)
"""Why somebody loses a provider before another has taken over."""


HIRES = (Cause.HIRED, Cause.HIRED_EXPERIENCED)
"""Newcomers, and people who worked in home care before."""


CAUSES_OF: Mapping[str, tuple[Cause, ...]] = {
    "moved": (
        Cause.REFERRED,
        Cause.ACCEPTED,
        Cause.STARTED,
        Cause.REVIEWED,
        Cause.TO_HOSPITAL,
        Cause.HOLD_OVER,
        Cause.FROM_HOSPITAL,
        Cause.PROVIDER_FAILED,
        Cause.HANDED_OVER,
        Cause.FIRST_VISIT_AWAITED,
        Cause.ASSIGNED,
        Cause.BRIDGING_ENDED,
        Cause.BRIDGED,
        Cause.TO_RESIDENTIAL_CARE,
        Cause.FOUND_ANOTHER_WAY,
        Cause.DIED,
        Cause.RECOVERED,
        Cause.NO_WAITING,
        Cause.WARM_START,
        Cause.CONTRACT_STARTED,
        Cause.HAND_BACK_NOTICE,
        Cause.HANDED_BACK,
        Cause.TRANSFERRED,
        Cause.TO_DIRECT_PAYMENT,
        Cause.CONTRACT_RETURNED,
        Cause.REABLEMENT_NOT_DONE,
        Cause.SELF_FUNDED,
    ),
    "staffed": (
        Cause.WARM_START,
        *HIRES,
        Cause.LEFT,
        Cause.SHED,
        Cause.MOVED_IN,
        Cause.MOVED_OUT,
        Cause.STAFF_LOST,
        Cause.SECONDED,
    ),
    "established": (
        Cause.WARM_START,
        Cause.POSTS_REVIEWED,
        Cause.MOVED_IN,
        Cause.CLOSED,
        Cause.RETAINER_STARTED,
        Cause.ENTERED,
    ),
    "contracted": (
        Cause.CONTRACT_STARTED,
        Cause.HOURS_INDEXED,
        Cause.OPEN_TIER,
        Cause.CONTRACT_ENDED,
        Cause.CONTRACT_RETURNED,
        Cause.TENDERED,
        Cause.AWARDED,
        Cause.PROCUREMENT_FAILED,
        Cause.NEIGHBOUR_CALLED,
        Cause.NEIGHBOUR_RELEASED,
    ),
    "traded": (
        Cause.NOTICE_GIVEN,
        Cause.CLOSED,
        Cause.SUSPENDED,
        Cause.SUSPENSION_ENDED,
        Cause.STAFF_LOST,
        Cause.RECRUITMENT_STOPPED,
        Cause.RECRUITMENT_RESUMED,
        Cause.INSOLVENT,
        Cause.NOT_VIABLE,
        Cause.FOUND_INADEQUATE,
        Cause.STEPPED_IN,
        Cause.ENTERED,
    ),
    "rated": (Cause.INSPECTED, Cause.MONITORED),
    "self_funded": (Cause.DIED, Cause.TO_RESIDENTIAL_CARE, Cause.RECOVERED),
}
"""Which causes each kind of fact may have; a law holds every run to it."""

PROVIDER_NEWS: Mapping[Cause, str] = {
    Cause.NOTICE_GIVEN: "gives notice that it will close, and takes no new work",
    Cause.CLOSED: "closes",
    Cause.SUSPENDED: "is suspended: it may take no new work, but the people it serves stay",
    Cause.SUSPENSION_ENDED: "may take new work again",
    Cause.STAFF_LOST: "loses carers at once",
    Cause.RECRUITMENT_STOPPED: "finds too few recruits from this day on",
    Cause.RECRUITMENT_RESUMED: "recruits as before again",
    Cause.INSOLVENT: "has no money left",
    Cause.NOT_VIABLE: "has made a loss for a year and will not go on",
    Cause.FOUND_INADEQUATE: "is found inadequate",
    Cause.STEPPED_IN: "is run by the council until another provider takes it over",
    Cause.ENTERED: "enters the market, with posts that are all still vacant",
}
"""What a provider does or suffers, after its name: the causes of ``traded``."""

CONTRACT_NEWS: Mapping[Cause, str] = {
    Cause.CONTRACT_STARTED: "begins",
    Cause.HOURS_INDEXED: "has its hours raised or lowered as referrals grew or fell",
    Cause.OPEN_TIER: "may be asked of it, as of some other providers",
    Cause.CONTRACT_ENDED: "ends",
    Cause.CONTRACT_RETURNED: "is given back",
    Cause.TENDERED: "is put out to tender",
    Cause.AWARDED: "is awarded to it",
    Cause.PROCUREMENT_FAILED: "finds no provider in this tender, which is repeated",
    Cause.NEIGHBOUR_CALLED: "is lacking in the area, and it helps as a neighbour",
    Cause.NEIGHBOUR_RELEASED: "no longer needs its help as a neighbour",
}
"""What becomes of a contract, after its name: the causes of ``contracted``."""

WHY_IT_STOPS: Mapping[Cause, str] = {
    Cause.INSOLVENT: "out of money",
    Cause.NOT_VIABLE: "a year of losses",
    Cause.FOUND_INADEQUATE: "found inadequate",
    Cause.SUSPENDED: "suspended",
    Cause.STAFF_LOST: "lost carers at once",
    Cause.RECRUITMENT_STOPPED: "found too few recruits",
    Cause.CLOSED: "closed",
    Cause.NOTICE_GIVEN: "closed",
}
"""Why a principal falls short, the most telling fact of its day first."""


ResponseKind = Literal["split", "whole_team", "step_in", "emergency"]


@dataclass(frozen=True, slots=True)
class KindOfResponse:
    """What a council's response to a closure means, and how it is told.

    ``words``: in a table. ``days``: the parameter of [failure] that says how long it takes, or how
    long it goes on; empty: it begins at once. ``takes_whole_teams``: its people are not offered one
    by one. ``judgement``: how likely its carers are to come, as far as cases on record say.
    """

    meaning: str
    words: str
    days: str = ""
    takes_whole_teams: bool = False
    judgement: str = ""


RESPONSES: Mapping[ResponseKind, KindOfResponse] = {
    "split": KindOfResponse(
        meaning="its people are offered to other providers, in rounds or one by one",
        words="split among many",
        judgement="few carers: if a round is divided, TUPE may not apply",
    ),
    "whole_team": KindOfResponse(
        meaning="one provider takes a whole team and all its people, found after the failure",
        words="whole teams to one taker",
        days="whole_team_days",
        takes_whole_teams=True,
        judgement="most carers, as for two contracts in Hertfordshire (2016)",
    ),
    "step_in": KindOfResponse(
        meaning="an in-house service or a council company runs the team, which keeps its "
        "people and takes no new work, until one provider takes it over "
        "whole",
        words="the council steps in",
        days="step_in_days",
        takes_whole_teams=True,
        judgement="most carers, as in Cornwall (2022 to 2023), where all were offered jobs",
    ),
    "emergency": KindOfResponse(
        meaning="a provider named in advance, with carers on standby, takes whole teams",
        words="named emergency provider",
        days="emergency_days",
        takes_whole_teams=True,
        judgement="no case on record",
    ),
}
"""Every response by its code. What each does: :mod:`sim.processes.responses`."""


WHO_FAILS = "a provider's code, principal:AREA, largest, largest:AREA or owner:CODE"
"""The rules of who fails; the last is every provider that an owner has."""


FailureKind = Literal[
    "closure", "contract_returned", "suspension", "staff_loss", "recruitment_stop"
]


@dataclass(frozen=True, slots=True)
class KindOfFailure:
    """What a kind of failure means, which facts it makes, and how it is told.

    ``uses``: the columns of failures.csv that it reads, besides who, date and areas.
    ``begins``, ``ends``: the facts with which the harm begins and is over (None: it does not end
    by itself). ``usual_share``: the parameter of [failure] that stands in for a blank share; empty:
    all of them. ``does``: the provider does this, in charts and tables. ``sentence``: the same in a
    run's summary, with {notice}, {moving}, {response}, {share} and {lasts}; ``sudden``: what
    {notice} says where there is none.
    """

    meaning: str
    uses: tuple[str, ...]
    begins: Cause
    ends: Cause | None
    does: str
    sentence: str
    usual_share: str = ""
    sudden: str = ""


FAILURE_KINDS: Mapping[FailureKind, KindOfFailure] = {
    "closure": KindOfFailure(
        meaning="it closes, suddenly or on notice",
        uses=("notice_days", "staff_move_share", "response", "responder"),
        begins=Cause.CLOSED,
        ends=None,
        does="closes",
        sentence="closes {notice} {moving}{response}",
        sudden="suddenly",
    ),
    "contract_returned": KindOfFailure(
        meaning="it hands its principal provider contracts back and goes on trading",
        uses=("notice_days", "staff_move_share"),
        begins=Cause.CONTRACT_RETURNED,
        ends=None,
        does="returns its contracts",
        sentence="returns its principal provider contracts {notice} {moving}",
        sudden="at once",
    ),
    "suspension": KindOfFailure(
        meaning="it may take no new work",
        uses=("lasts_days",),
        begins=Cause.SUSPENDED,
        ends=Cause.SUSPENSION_ENDED,
        does="may take no new work",
        sentence="may take no new work for {lasts} days from then",
    ),
    "staff_loss": KindOfFailure(
        meaning="it loses a share of its carers at once",
        uses=("share",),
        begins=Cause.STAFF_LOST,
        ends=None,
        does="loses carers at once",
        sentence="loses {share}% of its carers at once",
        usual_share="staff_loss_share",
    ),
    "recruitment_stop": KindOfFailure(
        meaning="it loses a share of its recruits for some time",
        uses=("share", "lasts_days"),
        begins=Cause.RECRUITMENT_STOPPED,
        ends=Cause.RECRUITMENT_RESUMED,
        does="loses recruits",
        sentence="loses {share}% of its recruits for {lasts} days from then",
    ),
}
"""Every kind of failure by its code. What each does: :func:`sim.processes.failure.fail_as`."""

HARMFUL: tuple[Cause, ...] = tuple(
    kind.begins for kind in FAILURE_KINDS.values() if kind.begins in CAUSES_OF["traded"]
)
"""The facts about a provider with which the harm of a failure begins."""


def kinds_that_use(column: str) -> tuple[FailureKind, ...]:
    """The kinds of failure that read a column of failures.csv."""
    return tuple(code for code, kind in FAILURE_KINDS.items() if column in kind.uses)


ShockKind = Literal["newcomers", "carers_lost", "referrals", "hours", "bridging"]


@dataclass(frozen=True, slots=True)
class KindOfShock:
    """What a kind of shock means. ``demand``: referrals know it before the run, nothing befalls.

    ``of_carers``: size is a share of carers, who are gone at once; else it is a ratio to what is
    usual, until the end.
    """

    meaning: str
    demand: bool = False
    of_carers: bool = False


SHOCK_KINDS: Mapping[ShockKind, KindOfShock] = {
    "newcomers": KindOfShock(
        "people from outside who look for care work, multiplied by size, until the end"
    ),
    "carers_lost": KindOfShock(
        "loss of a share of every team's carers at once, starting with those who joined last",
        of_carers=True,
    ),
    "referrals": KindOfShock("people referred, multiplied by size, until the end", demand=True),
    "hours": KindOfShock(
        "planned hours of people referred, multiplied by size, until the end", demand=True
    ),
    "bridging": KindOfShock(
        "hours of the in-house team or of rotas bought in advance, multiplied by size, until "
        "the end; whole county"
    ),
}
"""Every kind of shock by its code. What each does: :func:`sim.simulation.shock_befalls`."""


def told_kinds(
    kinds: Mapping[FailureKind, KindOfFailure]
    | Mapping[ShockKind, KindOfShock]
    | Mapping[ResponseKind, KindOfResponse],
) -> str:
    """All kinds of a list with their meanings, for the description of a column."""
    return "; ".join(f"{code} ({kind.meaning})" for code, kind in kinds.items())


def one_of(codes: tuple[str, ...]) -> str:
    """Codes as a sentence has them: a, b or c."""
    return " or ".join(filter(None, (", ".join(codes[:-1]), codes[-1])))
