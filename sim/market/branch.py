"""A branch: a provider's team in one area, with its posts, carers and the packages it serves."""

from __future__ import annotations

from typing import TYPE_CHECKING

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
        "carers",
        "code",
        "contracts",
        "hires",
        "homes",
        "id",
        "movers",
        "open_posts",
        "packages",
        "posts",
        "private_homes",
        "private_minutes",
        "productive",
        "provider",
        "refused",
        "room",
        "salt",
        "staff_credit",
        "tenures",
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
        private_minutes: int,
        private_homes: int,
        unlimited: bool,
    ) -> None:
        self.id = identity
        self.code = f"{provider.code}:{area.code}"
        self.provider = provider
        self.area = area
        self.travel = travel
        self.salt = salt
        self.tenures = tenures
        self.unlimited = unlimited
        self.private_minutes = private_minutes
        self.private_homes = private_homes
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
        self.room = 0
        self.set_room()

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

    @property
    def free(self) -> int:
        """Minutes a week it could still take on; negative when it is over-committed."""
        return self.capacity - self.used_minutes - self.private_minutes

    def set_room(self) -> None:
        """Work out anew how many minutes a week it has left for one more home."""
        if self.unlimited:
            self.room = UNLIMITED_MINUTES
            return
        contact = self.travel.contact_minutes(self.homes + self.private_homes + 1)
        self.room = self.productive * contact - self.used_minutes - self.private_minutes

    def make_productive(self, carers: int) -> None:
        """Have ``carers`` more (or, negative, fewer) who work alone."""
        self.productive += carers
        self.set_room()

    def add_minutes(self, minutes: int) -> None:
        """Commit to more (or, negative, fewer) minutes a week for homes it already visits."""
        self.used_minutes += minutes
        self.room -= minutes

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
        self.homes += 1
        self.set_room()

    def give_up(self, package: Package) -> None:
        """Be free of a package."""
        package.branch = None
        del self.packages[package.id]
        self.used_minutes -= package.minutes
        self.homes -= 1
        self.set_room()
