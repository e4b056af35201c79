"""A branch: a provider's team in one area, with its posts, carers and the packages it serves."""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING

from sim.ledger import Stage
from sim.randomness import EndlessTable
from sim.travel import TravelTable

if TYPE_CHECKING:
    from sim.market.area import Area
    from sim.market.changes import Changes
    from sim.market.contract import Contract
    from sim.market.package import Package
    from sim.market.provider import Provider

# Large beside any work, and still exact as a float in the ledger's columns.
UNLIMITED_MINUTES = 10**12


class Carer:
    """A care worker. ``productive`` after induction; ``branch`` is None once they have left.

    ``loan``: None unless another team of the provider has lent them.
    """

    __slots__ = ("branch", "loan", "productive")

    def __init__(self, branch: Branch, *, productive: bool) -> None:
        self.branch: Branch | None = branch
        self.loan: Loan | None = None
        self.productive = productive


class Loan:
    """Where a lent carer belongs, and what the longer way takes.

    ``away``: the share of their working time; ``km``: road kilometres a week.
    """

    __slots__ = ("away", "home", "km")

    def __init__(self, home: Branch, away: float, km: float) -> None:
        self.home, self.away, self.km = home, away, km


class Branch:
    """State and arithmetic of one team. Work is in carer minutes a week."""

    __slots__ = (
        "area",
        "away",
        "away_km",
        "best_carer_minutes",
        "carers",
        "changes",
        "closed",
        "code",
        "contracts",
        "critical_minutes",
        "free",
        "gained",
        "goes_whole",
        "hand_back_due",
        "held_minutes",
        "hires",
        "homes",
        "id",
        "last_day",
        "least_reach",
        "least_room",
        "leaving",
        "loses_money",
        "missed_critical_minutes",
        "missed_minutes",
        "movers",
        "noted",
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
        "reach",
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
        changes: Changes,
        *,
        overtime_share: float,
        unlimited: bool,
    ) -> None:
        self.id = identity
        self.code = f"{provider.code}:{area.code}"
        self.provider = provider
        self.area = area
        self.travel = travel
        # Crossed with a person's key it gives this team's own draws for that person.
        self.salt = salt
        self.tenures = tenures
        self.changes = changes
        self.overtime_share = overtime_share
        self.unlimited = unlimited
        self.private_minutes = self.private_homes = 0
        self.private_credit = 0.0
        self.contracts: dict[int, Contract] = {}
        self.posts = 0.0
        self.carers: list[Carer] = []
        self.hires = 0
        self.productive = 0
        # Whole carers' time that those whom it has on loan spend on their longer way.
        self.away = self.away_km = 0.0
        self.homes = 0
        self.used_minutes = 0
        self.packages: dict[int, Package] = {}
        self.refused: dict[int, tuple[float, Package]] = {}
        self.staff_credit = 0.0
        self.movers = 0
        self.open_posts = 0
        self.retained_posts = 0.0

        self.leaving = self.goes_whole = False
        self.last_day = inf
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
        self.reach = 0
        self.free = 0
        self.noted = False
        self.gained = False
        self.least_room = 0
        self.least_reach = 0
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
        a_carer = self.travel.contact_minutes(self.homes + self.private_homes)
        return self.productive * a_carer - int(self.away * a_carer)

    @property
    def committed(self) -> int:
        """Minutes a week it has promised, to the council's people and to its own."""
        return self.used_minutes + self.private_minutes

    @property
    def areas(self) -> tuple[Area, ...]:
        """Where it may be asked. Code that looks for those whom its room concerns asks here."""
        return (self.area,)

    def set_room(self) -> None:
        """Work out anew how many minutes a week it has left.

        ``free`` as it is (negative: its carers fall short), ``room`` for one more home, ``reach``
        the same with overtime.
        """
        if not self.noted:
            self._note()
        if self.unlimited:
            self.room = self.reach = self.free = UNLIMITED_MINUTES
            return
        homes = self.homes + self.private_homes
        committed = self.used_minutes + self.private_minutes
        a_carer = self.travel.contact_minutes(homes + 1)
        one_more = self.productive * a_carer - int(self.away * a_carer)
        self.room = one_more - committed
        self.reach = self.room + int(one_more * self.overtime_share)
        a_carer = self.travel.contact[homes]
        self.free = self.productive * a_carer - int(self.away * a_carer) - committed
        # Somebody may have been refused at its least: what is more than that is a gain.
        if self.room < self.least_room:
            self.least_room = self.room
        if self.reach < self.least_reach:
            self.least_reach = self.reach

    def _note(self) -> None:
        """Something about it has changed: it stands among the changes once."""
        self.noted = True
        self.changes.of_team(self)

    def gain(self) -> None:
        """It may take more than before for another reason than room: a limit, say."""
        self.gained = True
        if not self.noted:
            self._note()

    def told(self) -> bool:
        """Everybody whom its changes concern is told now. True if it can take more than before."""
        more = self.gained or self.room > self.least_room or self.reach > self.least_reach
        self.gained = False
        self.least_room, self.least_reach = self.room, self.reach
        return more

    @property
    def stretch(self) -> int:
        """Minutes a week of overtime beyond its room, for people who have lost their provider."""
        return self.reach - self.room

    def make_productive(self, carers: int) -> None:
        """Have ``carers`` more (or, negative, fewer) who work alone."""
        self.productive += carers
        self.set_room()

    def borrow(self, carer: Carer, loan: Loan) -> None:
        """Have a carer on loan from another team, until they go home."""
        carer.branch, carer.loan = self, loan
        self.carers.append(carer)
        self.away += loan.away
        self.away_km += loan.km
        self.make_productive(1)

    def part_with(self, carer: Carer) -> None:
        """Have a carer no more, whether they were its own or on loan."""
        self.carers.remove(carer)
        if carer.loan is not None:
            self.away -= carer.loan.away
            self.away_km -= carer.loan.km
        carer.branch = carer.loan = None
        if carer.productive:
            self.make_productive(-1)

    def serve_privately(self, minutes: int, homes: int) -> None:
        """From now on it does so much work for people who pay themselves."""
        self.area.private_minutes_served += minutes - self.private_minutes
        self.private_minutes, self.private_homes = minutes, homes
        self.set_room()

    def give_notice(self, last_day: float, *, whole: bool = False) -> None:
        """It takes no new work and will close on a day; ``whole``: one taker will get everybody."""
        self.leaving = True
        self.goes_whole = whole
        self.last_day = last_day
        self._holders_changed()

    def close(self) -> None:
        """It serves nobody any more."""
        self.closed = True
        self._holders_changed()

    def suspend(self) -> None:
        """It takes no new work until every suspension has ended."""
        self.suspended += 1
        self._holders_changed()

    def end_suspension(self) -> None:
        """One suspension less."""
        self.suspended -= 1
        self._holders_changed()

    def _holders_changed(self) -> None:
        for area in self.areas:
            area.holders_changed()

    def await_moves(self, carers: int) -> None:
        """So many of its carers wait to move with the people whom it has lost."""
        self.movers = carers
        for area in self.areas:
            self.changes.of_area(area)

    def mover_goes(self) -> None:
        """One of those who wait to move has gone with their people."""
        self.movers -= 1

    def add_minutes(self, package: Package, minutes: int) -> None:
        """Commit to more (or, negative, fewer) minutes a week for a home it already visits."""
        package.minutes += minutes
        self.used_minutes += minutes
        # The number of homes is the same, so the way between them is too: no need to work it out.
        self.room -= minutes
        self.reach -= minutes
        self.free -= minutes
        self.least_room = min(self.least_room, self.room)
        self.least_reach = min(self.least_reach, self.reach)
        if not self.noted:
            self._note()
        if package.critical:
            self.critical_minutes += minutes

    def hold(self, package: Package) -> None:
        """Keep the place of someone who goes to hospital."""
        self.held_minutes += package.minutes
        if not self.noted:
            self._note()

    def resume(self, package: Package) -> None:
        """Visit someone again who is back from hospital."""
        self.held_minutes -= package.minutes
        if not self.noted:
            self._note()

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
        # Its place was kept for someone in hospital: that place is given up with the rest.
        if package.stage is Stage.INTERRUPTED:
            self.held_minutes -= package.minutes
        self.homes -= 1
        self.set_room()
