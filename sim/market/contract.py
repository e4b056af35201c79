"""A contract: what a branch holds under a tier, and the stage that it has come to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sim.market.contract_stage import LEGAL_STEPS, ContractStage, IllegalStepError

if TYPE_CHECKING:
    from sim.market.branch import Branch
    from sim.market.pay import Pay


@dataclass(frozen=True, slots=True)
class Terms:
    """What is agreed: the most minutes a week (None: no limit), the first day, and the ramp.

    ``mobilisation_days``: how long before its first day the holder begins to recruit.
    ``standard``: the worst rating with which the holder is given new packages.
    ``contracted_part``: contracted hours as a part of the most; less where a contract has a maximum
    above them. ``lot_number``: which of several contracts of a tier in an area it is, whoever holds
    it. ``weight``: its share of the tier's work there, in proportion to the others'.

    What is None is the tier's, or the scenario's: ``guaranteed_share``, ``rate_ratio``,
    ``growth_per_year`` of its hours, ``notice_days`` that its holder gives.
    """

    maximum_minutes: int | None
    starts_day: float
    mobilisation_days: float = 0.0
    ramp_start: float = 1.0
    ramp_days: float = 0.0
    standard: str = "any"
    contracted_part: float = 1.0
    lot_number: int = 0
    weight: float = 1.0
    guaranteed_share: float | None = None
    rate_ratio: float | None = None
    growth_per_year: float | None = None
    notice_days: float | None = None


class Contract:
    """Contracted hours with a ramp, and the maximum that limits new work.

    ``lot``, ``running`` and ``emergency`` are its stage's, kept here because offers read them.
    ``pay``: what it pays, if not what its tier pays. ``maximum_minutes`` may have changed since its
    ``terms`` were agreed.
    """

    __slots__ = (
        "branch",
        "emergency",
        "limit_lapses",
        "lot",
        "maximum_minutes",
        "mobilises_day",
        "pay",
        "ramp_days",
        "ramp_start",
        "running",
        "salt",
        "stage",
        "standard",
        "starts_day",
        "terms",
        "tier",
        "used_minutes",
    )

    def __init__(
        self, branch: Branch, tier: int, terms: Terms, *, limit_lapses: bool, pay: Pay | None
    ) -> None:
        """For :func:`open_contract` alone: nobody else sets a contract up."""
        self.branch = branch
        self.salt = branch.provider.salt
        self.tier = tier
        self.limit_lapses = limit_lapses
        self.used_minutes = 0
        self._agree(terms, pay)
        self._enter(ContractStage.NEW)

    def _agree(self, terms: Terms, pay: Pay | None) -> None:
        self.terms, self.pay = terms, pay
        self.maximum_minutes = terms.maximum_minutes
        self.starts_day = terms.starts_day
        self.mobilises_day = terms.starts_day - terms.mobilisation_days
        self.ramp_start, self.ramp_days = terms.ramp_start, terms.ramp_days
        self.standard = terms.standard

    def _enter(self, stage: ContractStage) -> None:
        self.stage = stage
        self.lot, self.running, self.emergency = stage.lot, stage.running, stage.emergency

    def _take(self, step: str) -> None:
        """Go where a step leads from here. Raises IllegalStepError where it may not be taken."""
        leads_to = LEGAL_STEPS[step].get(self.stage)
        if leads_to is None:
            where = f"{self.branch.code}, tier {self.tier}, {self.stage.name}"
            raise IllegalStepError(f"contract of {where}: {step} is not allowed")
        self._enter(leads_to)

    @property
    def below_standard(self) -> bool:
        """Whether its holder, by its rating, is given no new packages in the area."""
        return self.lot and self.running and not self.branch.provider.is_rated(self.standard)

    def use(self, minutes: int) -> None:
        """Serve so many minutes a week more (or, negative, fewer) under it."""
        self.used_minutes += minutes
        if minutes < 0 and self.maximum_minutes is not None:
            self.branch.gain()

    def award(self, terms: Terms, pay: Pay | None = None) -> None:
        """It is won: it will run from its first day on."""
        self._take("award")
        self._agree(terms, pay)
        self.branch.area.hold(self)

    def change_hours(self, maximum_minutes: int) -> None:
        """Its contracted hours change, and with them the most that its holder may serve."""
        self.maximum_minutes = maximum_minutes
        self.branch.gain()

    def begin(self) -> None:
        """Its first day: its holder may be given work."""
        self._take("begin")
        self.branch.area.holders_changed()

    def end(self) -> None:
        """It runs no more, or never will; what it serves goes on till somebody stops that."""
        self._take("end")
        self.branch.area.holders_changed()

    def fall_through(self) -> None:
        """It was won, and its winner cannot begin."""
        self._take("fall_through")
        self.drop_hours()

    def drop_hours(self) -> None:
        """It holds no contracted hours any more."""
        self.maximum_minutes = None
        self.branch.area.holders_changed()

    def help_out(self) -> None:
        """Its holder serves while the area has no principal of its own."""
        self._take("help_out")
        self.branch.area.hold(self)

    def stop_helping(self) -> None:
        """The area has a principal again. A contract that its holder has won goes on to its day."""
        self._take("stop_helping")
        if self.lot:
            self.branch.area.holders_changed()
        else:
            self.branch.area.let_go(self)

    def contracted_minutes(self, day: float) -> float:
        """Minutes a week the provider must be ready for: the contract's ramp profile."""
        if self.maximum_minutes is None or day < self.mobilises_day:
            return 0.0
        grown = (day - self.starts_day) / self.ramp_days if self.ramp_days else 1.0
        part = self.ramp_start + (1 - self.ramp_start) * min(1.0, max(0.0, grown))
        return part * self.maximum_minutes * self.terms.contracted_part

    def foresees(self, minutes: int) -> bool:
        """Whether ``minutes`` more are within the contracted hours; always if there are none."""
        if self.maximum_minutes is None:
            return True
        return self.used_minutes + minutes <= self.maximum_minutes * self.terms.contracted_part

    def has_room(self, minutes: int, *, principal_missing: bool) -> bool:
        """Whether the maximum allows ``minutes`` more; framework limits may lapse."""
        if self.maximum_minutes is None or (self.limit_lapses and principal_missing):
            return True
        return self.used_minutes + minutes <= self.maximum_minutes


def open_contract(
    branch: Branch,
    tier: int,
    terms: Terms,
    *,
    limit_lapses: bool = False,
    pay: Pay | None = None,
) -> Contract:
    """A branch's contract under a tier; it is set up, with nothing agreed, if there is none yet."""
    contract = branch.contracts.get(tier)
    if contract is None:
        contract = Contract(branch, tier, terms, limit_lapses=limit_lapses, pay=pay)
        branch.contracts[tier] = contract
    return contract
