"""Workforce: carers leave, vacancies are filled from a flow of applicants, posts follow work.

Hires a week in an area = min(V / F, m V^a U^(1-a)): V vacancies, U people looking for such work, F
the shortest time to appoint. Leavers who stay in the sector and carers whom a branch no longer
needs look for work again. Recruits shadow others before they work alone. Every four weeks a branch
sets its posts to what its contract and its work need, reckoning with the usual vacancies, within
what it can grow or shrink by.
"""

from __future__ import annotations

from functools import partial

from simpy import Event
from simpy.events import ProcessGenerator

from sim.clock import DAYS_PER_WEEK, DAYS_PER_YEAR, Rank
from sim.ledger import Cause
from sim.market.area import Area
from sim.market.branch import Branch, Carer
from sim.market.market import Market
from sim.market.package import Package
from sim.randomness import exponential, uniform

REVIEW_DAYS = 28
MONTH_DAYS = DAYS_PER_YEAR / 12
REFUSED_WORK_DAYS = 56


class Workforce:
    """Carers, posts and the labour market of every area."""

    def __init__(self, market: Market) -> None:
        self.market = market
        self.clock = market.clock
        self.rules = market.scenario.workforce
        self.mean_tenure_days = (
            DAYS_PER_YEAR / self.rules.turnover_per_year if self.rules.turnover_per_year else None
        )

    def turnover(self, branch: Branch, carer: Carer, leaves_day: float) -> None:
        """Have a carer leave on a day, wherever they work by then."""
        action = partial(self._leave, carer)
        self.clock.call(leaves_day, Rank.WORKFORCE, branch.id, action)

    def _leave(self, carer: Carer, _: Event) -> None:
        branch = carer.branch
        if branch is None:
            return
        self._remove(branch, carer, Cause.LEFT)
        branch.area.applicants += 1 - self.rules.leavers_leaving_sector
        self.count_vacancies(branch)

    def _remove(self, branch: Branch, carer: Carer, cause: Cause) -> None:
        branch.carers.remove(carer)
        carer.branch = None
        if carer.productive:
            branch.make_productive(-1)
        self.market.ledger.staffed(self.clock.now, branch.id, -1, cause)

    def join(self, branch: Branch, cause: Cause, *, productive: bool) -> Carer:
        """A carer joins a branch; when they leave is for the caller to say."""
        carer = Carer(branch, productive=productive)
        branch.carers.append(carer)
        if productive:
            branch.make_productive(1)
        self.market.ledger.staffed(self.clock.now, branch.id, 1, cause)
        return carer

    def add(self, branch: Branch, cause: Cause, *, productive: bool) -> Carer:
        """A carer joins a branch; how long they stay is the branch's next drawn tenure."""
        carer = self.join(branch, cause, productive=productive)
        if self.mean_tenure_days is not None:
            tenure = branch.tenures[branch.hires] * self.mean_tenure_days
            self.turnover(branch, carer, self.clock.now + tenure)
        branch.hires += 1
        return carer

    def count_vacancies(self, branch: Branch) -> None:
        """Keep the area's vacancies up to date, and with them its next hire."""
        area = branch.area
        vacancies = branch.vacancies
        if vacancies != branch.open_posts:
            area.vacancies += vacancies - branch.open_posts
            branch.open_posts = vacancies
        self.set_next_hire(area)

    def set_next_hire(self, area: Area) -> None:
        """Let the hire under way come sooner or later, as vacancies and applicants changed."""
        now = self.clock.now
        area.waits_to_hire -= area.hire_rate * (now - area.hire_since)
        area.hire_since = now
        area.hire_rate = self.hires_per_week(area) / DAYS_PER_WEEK
        area.hire_version += 1
        if area.hire_rate > 0:
            due = now + max(0.0, area.waits_to_hire) / area.hire_rate
            action = partial(self._hire, area, area.hire_version)
            self.clock.call(due, Rank.WORKFORCE, area.id, action)

    def hires_per_week(self, area: Area) -> float:
        """The matching of vacancies and applicants."""
        rules = self.rules
        fastest = area.vacancies / rules.fastest_hire_weeks
        if not rules.applicants_limited or area.vacancies == 0:
            return fastest
        weight = rules.matching_exponent
        matched: float = (
            rules.matching_per_week * area.vacancies**weight * area.applicants ** (1 - weight)
        )
        return min(fastest, matched)

    def _hire(self, area: Area, version: int, _: Event) -> None:
        if version != area.hire_version:
            return
        branch = self._who_hires(area)
        area.waits_to_hire = exponential(area.hire_key, 2 * area.hire_count + 1)
        area.hire_rate = 0.0
        area.hire_count += 1
        area.applicants = max(0.0, area.applicants - 1)
        inducted = self.rules.induction_days == 0
        carer = self.add(branch, Cause.HIRED, productive=inducted)
        if inducted:
            self.market.brokerage.room_opened(branch)
        else:
            ready = self.clock.now + self.rules.induction_days
            self.clock.call(ready, Rank.WORKFORCE, branch.id, partial(self._inducted, carer))
        self.count_vacancies(branch)

    def _who_hires(self, area: Area) -> Branch:
        """The branch whose vacancy is filled: each vacancy has the same chance."""
        pick = uniform(area.hire_key, 2 * area.hire_count) * area.vacancies
        for branch in area.branches:
            pick -= branch.open_posts
            if pick < 0:
                return branch
        raise AssertionError("an area with vacancies has a branch with one")

    def _inducted(self, carer: Carer, _: Event) -> None:
        branch = carer.branch
        if branch is not None:
            carer.productive = True
            branch.make_productive(1)
            self.market.brokerage.room_opened(branch)

    def labour_market(self, area: Area) -> ProcessGenerator:
        """Once a week: newcomers start to look for care work, others stop looking."""
        staying = max(0.0, 1 - 1 / self.rules.applicant_patience_weeks)
        while True:
            yield self.clock.at(self.clock.now + DAYS_PER_WEEK, Rank.POSTS, area.id)
            area.applicants = area.applicants * staying + area.newcomers_per_week
            self.market.ledger.sought_work(self.clock.now, area.id, area.applicants)
            self.set_next_hire(area)

    def post_reviews(self, branch: Branch, first_day: float) -> ProcessGenerator:
        """Every four weeks a branch sets its posts."""
        yield self.clock.at(first_day, Rank.POSTS, branch.id)
        while not branch.provider.closed:
            self.review_posts(branch)
            yield self.clock.at(self.clock.now + REVIEW_DAYS, Rank.POSTS, branch.id)

    def review_posts(self, branch: Branch) -> None:
        """Set posts to max(contract profile, work + refused work), within the limits of a month."""
        before = branch.whole_posts
        contracted, needed = self._posts_needed(branch)
        steps = REVIEW_DAYS / MONTH_DAYS
        rules = self.rules
        if needed > branch.posts:
            limit = max(branch.posts * (1 + rules.posts_growth_per_month * steps), branch.posts + 1)
            branch.posts = max(min(needed, limit), min(contracted, needed))
        else:
            filled = len(branch.carers) * (1 - rules.posts_cut_per_month * steps)
            branch.posts = max(needed, min(branch.posts, filled))
        if branch.whole_posts == before:
            return
        self.market.ledger.established(
            self.clock.now, branch.id, branch.whole_posts, Cause.POSTS_REVIEWED
        )
        while len(branch.carers) > branch.whole_posts:
            self._remove(branch, branch.carers[-1], Cause.SHED)
            branch.area.applicants += 1
        self.count_vacancies(branch)

    def _posts_needed(self, branch: Branch) -> tuple[float, float]:
        """Posts that the contract's profile needs, and that profile or work needs, if more."""
        now = self.clock.now
        per_post = branch.carer_minutes * (1 - self.rules.usual_vacancy_share)
        profile = sum(c.contracted_minutes(now) for c in branch.contracts.values())
        refused = 0.0
        for day, package in branch.refused.values():
            if now - day <= REFUSED_WORK_DAYS:
                refused += package.minutes / len(package.refused_by)
        work = branch.used_minutes + self.rules.refused_work_weight * refused
        contracted = (profile + branch.private_minutes) / per_post if profile else 0.0
        return contracted, max(contracted, (work + branch.private_minutes) / per_post)

    def bring_staff(self, package: Package, branch: Branch) -> bool:
        """Carers of a failed provider follow the people they look after, whole carers at a time.

        True if any came.
        """
        failed = package.staff_from
        if failed is None:
            return False
        branch.staff_credit += package.staff_carers
        package.staff_from, package.staff_carers = None, 0.0
        moved = False
        while branch.staff_credit > 1 - 1e-9 and failed.movers > 0:
            branch.staff_credit -= 1
            failed.movers -= 1
            branch.posts += 1
            self.add(branch, Cause.MOVED_IN, productive=True)
            moved = True
        if moved:
            self.market.ledger.established(
                self.clock.now, branch.id, branch.whole_posts, Cause.MOVED_IN
            )
            self.count_vacancies(branch)
        return moved

    def close(self, branch: Branch, move_share: float) -> None:
        """A branch closes: some carers wait to move with their people, the others go."""
        branch.movers = int(move_share * branch.productive + 0.5) if branch.used_minutes else 0
        moving = branch.movers
        others = len(branch.carers) - moving
        for carer in sorted(branch.carers, key=lambda carer: not carer.productive):
            self._remove(branch, carer, Cause.MOVED_OUT if moving > 0 else Cause.LEFT)
            moving -= 1
        branch.posts = 0.0
        self.market.ledger.established(self.clock.now, branch.id, 0, Cause.CLOSED)
        branch.area.applicants += others * (1 - self.market.scenario.failure.staff_leaving_sector)
        self.count_vacancies(branch)

    def stop_waiting(self, branch: Branch) -> None:
        """Carers who waited to move and could not look for other work."""
        stay = 1 - self.market.scenario.failure.staff_leaving_sector
        branch.area.applicants += branch.movers * stay
        branch.movers = 0
        self.set_next_hire(branch.area)
