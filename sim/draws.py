"""Everything that is drawn: purposes of streams and keys, and who uses which numbers of a row.

A key has an endless row of uniforms (:func:`sim.randomness.uniform`). Where several things are
drawn from one row, each has numbers of its own: from its first on, a step apart. They stand here
and nowhere else; tests hold that no two meet, and that no draw is read by a bare number. To move
one would give every run other people, so no number here is ever changed, nor used again once free.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

PATIENCE = 1_000_000
GIVING_UP = 2_000_000
HOSPITAL = 3_000_000
REVIEW = 4_000_000
HOME = 5_000_000
ROLL_OUT_CHOICE = 5_000_001
DIRECT_PAYMENT_CHOICE = 6_000_000

FIRST_ANSWER = 1

TEAM_THAT_HIRES, WAIT_TO_HIRE = 0, 1
HIRES_STEP = 2
FIRST_WAIT_TO_HIRE = 2_000_000_001
RECRUIT_LOST = 4_000_000_000

CLOSURE_WAIT, CLOSURE_HAPPENS, CLOSURE_SUDDEN = 0, 1, 2
CLOSURE_STEP = 3
PRINCIPAL_WAIT, PRINCIPAL_HAPPENS, PRINCIPAL_SUSPENDS = 0, 1, 2
PRINCIPAL_STEP = 3
VISIT_WAIT, VISIT_HAPPENS, VISIT_SEES = 0, 1, 2
VISIT_STEP = 3
IMPROVES = 0
WOULD_SERVE = 0
VISITED_AGO = 0

MARGIN, RESERVES = 0, 1
REVIEW_DAY = 0
REFERRED, WHERE_REFERRED = 0, 1
REABLEMENT_STEP = 2
OWN_REFERRAL = 0
CASELOAD = 0
TENDER_START = 0
PLACEBO_PROVIDER = 0
ENTRY_WAIT, ENTRY_WHERE = 0, 1

_ROOM = 1_000_000
_ENDLESS = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Part:
    """The numbers of a row that one thing uses: ``most`` of them, ``step`` apart."""

    first: int
    most: int
    decides: str
    step: int = 1

    @property
    def numbers(self) -> range:
        """All of them."""
        return range(self.first, self.first + self.step * self.most, self.step)


@dataclass(frozen=True, slots=True)
class Purpose:
    """What a stream or the row of a key is for. A stream, or a key that is no row, has no parts."""

    decides: str
    parts: tuple[Part, ...] = ()


_PRINCIPALS = (
    Part(PRINCIPAL_WAIT, _ENDLESS, "the time to the next stroke", PRINCIPAL_STEP),
    Part(PRINCIPAL_HAPPENS, _ENDLESS, "whether it strikes what it is now", PRINCIPAL_STEP),
    Part(PRINCIPAL_SUSPENDS, _ENDLESS, "suspended, or carers lost", PRINCIPAL_STEP),
)
_VISITS = (
    Part(VISIT_WAIT, _ENDLESS, "the time to the next visit", VISIT_STEP),
    Part(VISIT_HAPPENS, _ENDLESS, "whether it takes place", VISIT_STEP),
    Part(VISIT_SEES, _ENDLESS, "the error of what it sees", VISIT_STEP),
)
PURPOSES: Mapping[str, Purpose] = {
    "candidates": Purpose("how many could be referred each week, by area and strip"),
    "people": Purpose("when they come, and what each brings with them, by area and strip"),
    "own referrals": Purpose(
        "what the user's own table leaves blank, by row",
        (Part(OWN_REFERRAL, _ROOM, "the moment of the day, then what people are made of"),),
    ),
    "caseload": Purpose(
        "what the user's table of people in care leaves blank, by what a row says",
        (Part(CASELOAD, _ROOM, "what people are made of, then time in care and in hospital"),),
    ),
    "warm start": Purpose("people in care as the market starts, by area"),
    "self-funders": Purpose("people who pay for their own care as their provider stops, by team"),
    "no reablement": Purpose(
        "people referred for want of reablement; which, and where",
        (
            Part(REFERRED, _ENDLESS, "whether somebody is referred", REABLEMENT_STEP),
            Part(WHERE_REFERRED, _ENDLESS, "in which area", REABLEMENT_STEP),
        ),
    ),
    "package": Purpose(
        "all that happens to a person, by name",
        (
            Part(PATIENCE, _ROOM, "how long a spell on the list is borne"),
            Part(GIVING_UP, _ROOM, "whether giving up means a care home, by spell"),
            Part(HOSPITAL, _ROOM, "the time to an admission and its length, in turns"),
            Part(REVIEW, _ROOM, "whether a review changes hours, and which way"),
            Part(HOME, 1, "where the home lies on a walk through the area"),
            Part(ROLL_OUT_CHOICE, 1, "whether the person would rather stay at roll-out"),
            Part(DIRECT_PAYMENT_CHOICE, _ROOM, "whether a direct payment is chosen, by review"),
        ),
    ),
    "first carers": Purpose("how long carers in post stay, by team"),
    "tenure": Purpose("how long recruits stay, by team"),
    "hires": Purpose(
        "when an area's teams hire, and which does",
        (
            Part(TEAM_THAT_HIRES, _ENDLESS, "which vacancy a hire fills", HIRES_STEP),
            Part(WAIT_TO_HIRE, _ENDLESS, "the wait that follows a hire", HIRES_STEP),
            Part(FIRST_WAIT_TO_HIRE, 1, "the wait for the first hire"),
            Part(RECRUIT_LOST, _ENDLESS, "whether a stop of recruitment loses one", HIRES_STEP),
        ),
    ),
    "post reviews": Purpose(
        "the day on which a team reviews its posts",
        (Part(REVIEW_DAY, 1, "the first such day, within four weeks"),),
    ),
    "answer": Purpose(
        "what a team wants, by person",
        (Part(FIRST_ANSWER, _ROOM, "who answers first; the person's key crossed with the team's"),),
    ),
    "wanting": Purpose("what a provider wants, by person: one coin, crossed with the person's key"),
    "serves": Purpose(
        "which providers serve a tier that only some serve, by tier and provider",
        (Part(WOULD_SERVE, 1, "those below its share of providers do"),),
    ),
    "accounts": Purpose(
        "a provider's margin and reserves as it begins",
        (Part(MARGIN, 1, "its margin"), Part(RESERVES, 1, "its reserves")),
    ),
    "visits inspected": Purpose("when the regulator comes, and what it sees, by provider", _VISITS),
    "visits monitored": Purpose("when the council comes, and what it sees, by provider", _VISITS),
    "begins inadequate": Purpose(
        "how long ago such a provider was visited as the market starts",
        (Part(VISITED_AGO, 1, "as a share of the time between visits"),),
    ),
    "improvement": Purpose(
        "whether a provider is found better, by visit",
        (Part(IMPROVES, _ENDLESS, "whether this visit finds it better"),),
    ),
    "closure": Purpose(
        "when a provider could close by chance",
        (
            Part(CLOSURE_WAIT, _ENDLESS, "the time to the next stroke", CLOSURE_STEP),
            Part(CLOSURE_HAPPENS, _ENDLESS, "whether it strikes what it is now", CLOSURE_STEP),
            Part(CLOSURE_SUDDEN, _ENDLESS, "whether it is sudden", CLOSURE_STEP),
        ),
    ),
    "shortfall": Purpose(
        "when a principal provider could fall short by chance, by provider", _PRINCIPALS
    ),
    "loss": Purpose(
        "when a principal provider could give its contracts back, by provider", _PRINCIPALS
    ),
    "placebo": Purpose(
        "which small team closes as a placebo",
        (Part(PLACEBO_PROVIDER, 1, "its place among teams of one to three people"),),
    ),
    "entry": Purpose(
        "providers that enter, by their number",
        (
            Part(ENTRY_WAIT, 1, "the time since the one before"),
            Part(ENTRY_WHERE, 1, "in which area"),
        ),
    ),
    "tender": Purpose(
        "whether a tender finds nobody, by area and attempt",
        (Part(TENDER_START, 1, "where replications begin to step through [0, 1)"),),
    ),
}
"""Everything that is drawn: the purpose of its stream or key, what it decides, and its parts.

Numbers of people in an area stand in :data:`sim.ledger.NUMBERS`. Both tables are tested: each
purpose has its own key, no two ranges meet.
"""
