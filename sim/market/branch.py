"""A branch: a provider's team in one area, with its posts, carers and the packages it serves."""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING

from sim.ledger import Stage
from sim.randomness import EndlessTable
from sim.travel import TravelTable

if TYPE_CHECKING:
    from sim.market.area import Area
    from sim.market.contract import Contract
    from sim.market.package import Package
    from sim.market.provider import Provider

UNLIMITED_MINUTES = 10**12


class Carer:
    """A care worker. ``productive`` after induction; ``branch`` is None once they have left."""

    __slots__ = ("branch", "productive")

    def __init__(self, branch: Branch, *, productive: bool) -> None:
        self.branch: Branch | None = branch
        self.productive = productive


class Branch:
    """State and arithmetic of one team. Work is in carer minutes a week."""

    __slots__ = (
        "area",
        "best_carer_minutes",
        "carers",
        "closed",
        "code",
        "contracts",
        "critical_minutes",
        "free",
        "hand_back_due",
        "held_minutes",
        "hires",
        "homes",
        "id",
        "leaving",
        "loses_money",
        "missed_critical_minutes",
        "missed_minutes",
        "movers",
        "open_posts",
        "overtime_minutes",
        "overtime_share",
        "packages",
        "posts",
        "private_credit",
        "private_homes",
        "private_minutes",
        "productive",
        "provider",
        "recruiting_stops",
        "refused",
        "retained_posts",
        "room",
        "salt",
        "short",
        "staff_credit",
        "suspended",
        "tenures",
        "thin_since",
        "travel",
        "unlimited",
        "used_minutes",
    )

    def __init__(
        self,
        identity: int,
        provider: Provider,
        area: Area,
        travel: TravelTable,
        salt: int,
        tenures: EndlessTable,
        *,
        overtime_share: float,
        unlimited: bool,
    ) -> None:
        self.id = identity
        self.code = f"{provider.code}:{area.code}"
        self.provider = provider
        self.area = area
        self.travel = travel
        self.salt = salt
        self.tenures = tenures
        self.overtime_share = overtime_share
        self.unlimited = unlimited
        self.private_minutes = 0
        self.private_homes = 0
        self.private_credit = 0.0
        self.contracts: dict[int, Contract] = {}
        self.posts = 0.0
        self.carers: list[Carer] = []
        self.hires = 0
        self.productive = 0
        self.homes = 0
        self.used_minutes = 0
        self.packages: dict[int, Package] = {}
        self.refused: dict[int, tuple[float, Package]] = {}
        self.staff_credit = 0.0
        self.movers = 0
        self.open_posts = 0
        self.retained_posts = 0.0

        self.leaving = False
        self.loses_money = False
        self.closed = False
        self.suspended = 0
        self.recruiting_stops: list[float] = []

        self.held_minutes = 0
        self.critical_minutes = 0
        self.short = False
        self.overtime_minutes = 0
        self.missed_minutes = 0
        self.missed_critical_minutes = 0
        self.hand_back_due = inf
        self.best_carer_minutes = 0
        self.thin_since = inf
        self.room = 0
        self.free = 0
        self.set_room()

    @property
    def recruits_lost(self) -> float:
        """Share of its recruits who do not come: the largest of the stops in force."""
        return max(self.recruiting_stops, default=0.0)

    @property
    def takes_new_work(self) -> bool:
        """False from the moment it gives notice, and while it is suspended."""
        return not (self.leaving or self.closed or self.suspended)

    @property
    def carer_minutes(self) -> int:
        """Minutes a week that one of its carers spends with people."""
        return self.travel.contact_minutes(self.homes + self.private_homes)

    @property
    def capacity(self) -> int:
        """Minutes a week its carers can spend with people."""
        if self.unlimited:
            return UNLIMITED_MINUTES
        return self.productive * self.travel.contact_minutes(self.homes + self.private_homes)

    @property
    def committed(self) -> int:
        """Minutes a week it has promised, to the council's people and to its own."""
        return self.used_minutes + self.private_minutes

    def set_room(self) -> None:
        """Work out anew how many minutes a week it has left.

        ``free`` as it is (negative: its carers fall short), ``room`` for one more home.
        """
        if self.unlimited:
            self.room = self.free = UNLIMITED_MINUTES
            return
        homes = self.homes + self.private_homes
        committed = self.used_minutes + self.private_minutes
        self.room = self.productive * self.travel.contact_minutes(homes + 1) - committed
        self.free = self.productive * self.travel.contact[homes] - committed

    @property
    def stretch(self) -> int:
        """Minutes a week of overtime beyond its room, for people who have lost their provider."""
        if self.unlimited:
            return 0
        one_more = self.homes + self.private_homes + 1
        return int(self.productive * self.travel.contact_minutes(one_more) * self.overtime_share)

    def make_productive(self, carers: int) -> None:
        """Have ``carers`` more (or, negative, fewer) who work alone."""
        self.productive += carers
        self.set_room()

    def add_minutes(self, package: Package, minutes: int) -> None:
        """Commit to more (or, negative, fewer) minutes a week for a home it already visits."""
        package.minutes += minutes
        self.used_minutes += minutes
        self.room -= minutes
        self.free -= minutes
        if package.critical:
            self.critical_minutes += minutes

    def hold(self, package: Package) -> None:
        """Keep the place of someone who goes to hospital."""
        self.held_minutes += package.minutes

    def resume(self, package: Package) -> None:
        """Visit someone again who is back from hospital."""
        self.held_minutes -= package.minutes

    @property
    def whole_posts(self) -> int:
        """Posts, filled or not."""
        return int(self.posts + 0.5)

    @property
    def vacancies(self) -> int:
        """Posts that nobody fills."""
        return max(0, int(self.posts + 0.5) - len(self.carers))

    def take(self, package: Package) -> None:
        """Commit to a package."""
        package.branch = self
        self.packages[package.id] = package
        self.used_minutes += package.minutes
        if package.critical:
            self.critical_minutes += package.minutes
        self.homes += 1
        self.set_room()

    def give_up(self, package: Package) -> None:
        """Be free of a package."""
        package.branch = None
        del self.packages[package.id]
        self.used_minutes -= package.minutes
        if package.critical:
            self.critical_minutes -= package.minutes
        if package.stage is Stage.INTERRUPTED:
            self.held_minutes -= package.minutes
        self.homes -= 1
        self.set_room()
