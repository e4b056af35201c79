"""A package of care: one person's care, and all that is known of it at any moment."""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING

from sim.draws import HOME
from sim.ledger import Payer, Stage
from sim.randomness import uniform

if TYPE_CHECKING:
    from sim.market.area import Area
    from sim.market.branch import Branch

Priority = tuple[int, float, int]


class Package:
    """Durable state of one package. Hours are carer minutes a week; days count from the start."""

    __slots__ = (
        "area",
        "barred",
        "branch",
        "carers",
        "critical",
        "end_cause",
        "enters_list_day",
        "had_care",
        "hold_until",
        "hospital",
        "hospital_draws",
        "hospital_until",
        "id",
        "key",
        "leaves_day",
        "leaving_cause",
        "list_priority",
        "minutes",
        "need_ends_day",
        "next_hospital_day",
        "next_review_day",
        "offer_open",
        "payer",
        "position",
        "pressing",
        "refused_by",
        "review_count",
        "seeking",
        "settlement",
        "spells",
        "staff_carers",
        "staff_from",
        "stage",
        "stay_days",
        "step",
        "tier",
        "times_asked",
        "vulnerable",
    )

    def __init__(
        self,
        identity: int,
        key: int,
        area: Area,
        minutes: int,
        carers: int,
        settlement: int,
        *,
        hospital: bool,
        vulnerable: bool,
        critical: bool,
        stay_days: float,
        end_cause: int,
        first_review_days: float,
        payer: Payer = Payer.COUNCIL,
    ) -> None:
        self.id = identity
        self.key = key
        self.area = area
        self.minutes = minutes
        self.carers = carers
        self.settlement = settlement
        self.hospital = hospital
        self.vulnerable = vulnerable
        self.critical = critical
        self.stay_days = stay_days
        self.end_cause = end_cause
        self.payer = payer

        self.stage = Stage.WAITING
        self.branch: Branch | None = None
        self.tier = -1
        self.had_care = False

        self.seeking = False
        self.offer_open = False
        self.step = 0
        self.position = 0
        self.times_asked = 0
        self.refused_by: list[Branch] = []
        self.enters_list_day = 0.0
        self.list_priority: Priority = (0, 0.0, identity)
        # Counts searches: a wake-up that was set in an earlier search finds another number, and
        # stops.
        self.spells = 0

        self.need_ends_day = inf
        self.next_review_day = first_review_days
        self.review_count = 0
        self.next_hospital_day = inf
        self.hospital_draws = 0
        self.hospital_until = inf
        self.hold_until = inf

        self.staff_from: Branch | None = None
        self.staff_carers = 0.0

        self.pressing = False
        self.leaves_day = inf
        self.leaving_cause = 0
        # None rather than an empty dict: hardly anybody is ever barred, and there are tens of
        # thousands.
        self.barred: dict[int, float] | None = None

    def bar(self, provider: int, until_day: float) -> None:
        """Do not ask a provider for this package before a day."""
        self.barred = {**(self.barred or {}), provider: until_day}

    @property
    def place(self) -> float:
        """Where the home lies on a walk through the area that passes every home once, 0 to 1."""
        return uniform(self.key, HOME)

    @property
    def urgency(self) -> int:
        """Rank for brokerage and bridging: vulnerable or critical, then hospital, then others."""
        if self.vulnerable or self.critical:
            return 0
        return 1 if self.hospital else 2
