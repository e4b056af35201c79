"""A contract: what a branch holds under a tier."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sim.market.branch import Branch


class Contract:
    """Contracted hours with a ramp, and the maximum that limits new work."""

    __slots__ = (
        "branch",
        "emergency",
        "limit_lapses",
        "lot",
        "maximum_minutes",
        "mobilises_day",
        "ramp_days",
        "ramp_start",
        "running",
        "salt",
        "starts_day",
        "tier",
        "used_minutes",
    )

    def __init__(
        self,
        branch: Branch,
        tier: int,
        *,
        maximum_minutes: int | None,
        starts_day: float,
        mobilisation_days: float,
        ramp_start: float,
        ramp_days: float,
        limit_lapses: bool,
        emergency: bool = False,
    ) -> None:
        self.branch = branch
        self.salt = branch.provider.salt
        self.tier = tier
        self.maximum_minutes = maximum_minutes
        self.starts_day = starts_day
        self.mobilises_day = starts_day - mobilisation_days
        self.ramp_start = ramp_start
        self.ramp_days = ramp_days
        self.limit_lapses = limit_lapses
        self.emergency = emergency
        self.lot = False
        self.running = False
        self.used_minutes = 0

    def use(self, minutes: int) -> None:
        """Serve so many minutes a week more (or, negative, fewer) under it."""
        self.used_minutes += minutes
        if minutes < 0 and self.maximum_minutes is not None:
            self.branch.gain()

    def award(
        self,
        *,
        maximum_minutes: int | None,
        starts_day: float,
        mobilisation_days: float,
        ramp_start: float,
        ramp_days: float,
    ) -> None:
        """It is won: it will run from its first day on."""
        self.maximum_minutes = maximum_minutes
        self.starts_day = starts_day
        self.mobilises_day = starts_day - mobilisation_days
        self.ramp_start, self.ramp_days = ramp_start, ramp_days
        self.lot = True
        self.branch.area.hold(self)

    def begin(self) -> None:
        """Its first day: its holder may be given work."""
        self.running = True
        self.emergency = False
        self.branch.area.holders_changed()

    def end(self) -> None:
        """It runs no more, or never will; what it serves goes on till somebody stops that."""
        self.running = False
        self.lot = False
        self.branch.area.holders_changed()

    def fall_through(self) -> None:
        """It was won, and its winner cannot begin."""
        self.lot = False
        self.drop_hours()

    def drop_hours(self) -> None:
        """It holds no contracted hours any more."""
        self.maximum_minutes = None
        self.branch.area.holders_changed()

    def help_out(self) -> None:
        """Its holder serves while the area has no principal of its own."""
        self.emergency = True
        self.running = True
        self.branch.area.holders_changed()

    def stop_helping(self) -> None:
        """The area has a principal again. A contract that its holder has won goes on to its day."""
        self.running = False
        if self.lot:
            self.emergency = False
            self.branch.area.holders_changed()
        else:
            self.branch.area.let_go(self)

    def contracted_minutes(self, day: float) -> float:
        """Minutes a week the provider must be ready for: the contract's ramp profile."""
        if self.maximum_minutes is None or day < self.mobilises_day:
            return 0.0
        grown = (day - self.starts_day) / self.ramp_days if self.ramp_days else 1.0
        part = self.ramp_start + (1 - self.ramp_start) * min(1.0, max(0.0, grown))
        return part * self.maximum_minutes

    def has_room(self, minutes: int, *, principal_missing: bool) -> bool:
        """Whether the maximum allows ``minutes`` more; framework limits may lapse."""
        if self.maximum_minutes is None or (self.limit_lapses and principal_missing):
            return True
        return self.used_minutes + minutes <= self.maximum_minutes
