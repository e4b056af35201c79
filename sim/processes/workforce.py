"""Workforce: carers leave, vacancies are filled from a flow of applicants, posts follow work.

Hires a week in an area = min(V / F, m V^a U^(1-a)): V vacancies, U people looking for such work, F
the shortest time to appoint. Leavers who stay in the sector and carers whom a branch no longer
needs look for work again. Recruits shadow others before they work alone. Every four weeks a branch
sets its posts to what its contract and its work need, reckoning with the usual vacancies, within
what it can grow or shrink by.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from math import fsum

from simpy import Event
from simpy.events import ProcessGenerator

from sim.clock import DAYS_PER_WEEK, DAYS_PER_YEAR, Rank
from sim.draws import HIRES_STEP, RECRUIT_LOST, REVIEW_DAY, TEAM_THAT_HIRES, WAIT_TO_HIRE
from sim.ledger import Cause
from sim.market.area import Area
from sim.market.branch import Branch, Carer, Loan
from sim.market.market import Market
from sim.market.package import Package
from sim.processes.self_funders import take_up
from sim.randomness import exponential, on_grid, uniform

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
        # They were shed, moved or lost before their drawn day.
        if branch is None:
            return
        self._remove(branch, carer, Cause.LEFT)
        self._seek_work(branch.area, 1 - self.rules.leavers_leaving_sector)
        self.count_vacancies(branch)

    def _remove(self, branch: Branch, carer: Carer, cause: Cause) -> None:
        self.market.ledger.staffed(self.clock.now, branch.id, -1, cause)
        branch.part_with(carer)

    def join(self, branch: Branch, cause: Cause, *, productive: bool) -> Carer:
        """A carer joins a branch; when they leave is for the caller to say."""
        carer = Carer(branch, productive=productive)
        branch.carers.append(carer)
        self.market.ledger.staffed(self.clock.now, branch.id, 1, cause)
        if productive:
            branch.make_productive(1)
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
        # Every change sets another wake-up; those set before find another number, and stop.
        area.hire_version += 1
        if area.hire_rate > 0:
            # What is left to wait may be a rounding error below nought.
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
        return min(fastest, on_grid(matched))

    def _hire(self, area: Area, version: int, _: Event) -> None:
        if version != area.hire_version:
            return
        branch = self._who_hires(area)
        pick = uniform(area.hire_key, RECRUIT_LOST + HIRES_STEP * area.hire_count)
        turns_away = branch.recruits_lost > 0 and pick < branch.recruits_lost
        area.waits_to_hire = exponential(area.hire_key, WAIT_TO_HIRE + HIRES_STEP * area.hire_count)
        # Until it is set anew: the new wait has not begun to run down.
        area.hire_rate = 0.0
        area.hire_count += 1
        # The post stays open, and the next hire is waited for as after any other.
        if turns_away:
            self.set_next_hire(area)
            return
        inducted = self.rules.induction_days == 0
        carer = self.add(branch, self._who_is_hired(area), productive=inducted)
        if not inducted:
            ready = self.clock.now + self.rules.induction_days
            self.clock.call(ready, Rank.WORKFORCE, branch.id, partial(self._inducted, carer))
        self.count_vacancies(branch)

    def _seek_work(self, area: Area, people: float) -> None:
        """People who worked in home care look for such work again."""
        area.experienced += people

    def _who_is_hired(self, area: Area) -> Cause:
        """Somebody who knows the work, if one looks for it; else a newcomer.

        People come in parts, so a newcomer may be hired of whom a part is still to come: it is
        owed, and nobody else is hired until it has come. Without a limit on applicants nothing is.
        """
        if area.experienced >= 1:
            area.experienced -= 1
            return Cause.HIRED_EXPERIENCED
        area.newcomers_looking -= 1
        if not self.rules.applicants_limited:
            area.newcomers_looking = max(-area.experienced, area.newcomers_looking)
        return Cause.HIRED

    def _who_hires(self, area: Area) -> Branch:
        """The branch whose vacancy is filled: each vacancy has the same chance."""
        pick = uniform(area.hire_key, TEAM_THAT_HIRES + HIRES_STEP * area.hire_count)
        pick *= area.vacancies
        for branch in area.branches:
            pick -= branch.open_posts
            if pick < 0:
                return branch
        # The pick lies below the sum of all open posts; a rounding error cannot reach it, they are
        # whole.
        raise AssertionError("an area with vacancies has a branch with one")

    def _inducted(self, carer: Carer, _: Event) -> None:
        branch = carer.branch
        if branch is not None:
            carer.productive = True
            branch.make_productive(1)

    def labour_market(self, area: Area) -> ProcessGenerator:
        """Once a week: newcomers start to look for care work, earlier ones stop looking.

        Leavers who leave the sector are not counted as looking; the others go on until they are
        hired.
        """
        staying = max(0.0, 1 - 1 / self.rules.applicant_patience_weeks)
        while True:
            yield self.clock.at(self.clock.now + DAYS_PER_WEEK, Rank.POSTS, area.id)
            looking = area.newcomers_looking
            # Below nought a newcomer is owed: that does not fade.
            still = looking * staying if looking > 0 else looking
            area.newcomers_looking = still + area.newcomers
            self.market.ledger.sought_work(self.clock.now, area.id, area.applicants)
            self.set_next_hire(area)

    def begin_reviews(self, branch: Branch, after_days: float = 0.0) -> None:
        """Have a team review its posts and rounds every four weeks, on a day of its own.

        ``after_days``: how long it keeps the posts that it begins with.
        """
        scenario = self.market.scenario
        reviews = (
            self.rules.posts_follow_work
            or scenario.overload.applies
            or scenario.self_funders.applies
        )
        if reviews:
            offset = uniform(self.market.draws.key("post reviews", branch.code), REVIEW_DAY)
            offset *= REVIEW_DAYS
            self.clock.process(self.post_reviews(branch, self.clock.now + after_days + offset))

    def post_reviews(self, branch: Branch, first_day: float) -> ProcessGenerator:
        """Every four weeks a branch sets its posts."""
        yield self.clock.at(first_day, Rank.POSTS, branch.id)
        while not branch.closed:
            if self.rules.posts_follow_work:
                self.review_posts(branch)
            self.market.overload.review_density(branch)
            take_up(self.market, branch)
            yield self.clock.at(self.clock.now + REVIEW_DAYS, Rank.POSTS, branch.id)

    def review_posts(self, branch: Branch) -> None:
        """Set posts to max(contract profile, work + refused work), within the limits of a month."""
        before = branch.whole_posts
        contracted, needed = self._posts_needed(branch)
        steps = REVIEW_DAYS / MONTH_DAYS
        rules = self.rules
        if needed > branch.posts:
            # A team of five could never grow if it had to grow by a share: one post a month is
            # always allowed.
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
        # The latest to join goes first: home, if another team has lent them.
        while len(branch.carers) > branch.whole_posts:
            if self._goes_home(branch.carers[-1]):
                continue
            self._remove(branch, branch.carers[-1], Cause.SHED)
            self._seek_work(branch.area, 1.0)
        self.count_vacancies(branch)

    def _posts_needed(self, branch: Branch) -> tuple[float, float]:
        """Posts that the contract's profile needs, and that profile or work needs, if more."""
        now = self.clock.now
        per_post = branch.carer_minutes * (1 - self.rules.usual_vacancy_share)
        profile = fsum(c.contracted_minutes(now) for c in branch.contracts.values())
        refused = 0.0
        for day, package in branch.refused.values():
            # Work refused long ago is somebody else's by now, or stands on the list and is refused
            # anew.
            if now - day <= REFUSED_WORK_DAYS:
                refused += package.minutes / len(package.refused_by)
        work = branch.used_minutes + self.rules.refused_work_weight * refused
        contracted = (profile + branch.private_minutes) / per_post if profile else 0.0
        needed = max(contracted, (work + branch.private_minutes) / per_post)
        return contracted, max(needed, branch.retained_posts)

    def bring_staff(self, package: Package, branch: Branch) -> None:
        """Carers of a failed provider follow the people they look after, whole carers at a time."""
        failed = package.staff_from
        if failed is None:
            return
        branch.staff_credit += package.staff_carers
        package.staff_from, package.staff_carers = None, 0.0
        moved = False
        # Thirds of a carer that add up to one miss it by a rounding error.
        while branch.staff_credit > 1 - 1e-9 and failed.movers > 0:
            branch.staff_credit -= 1
            failed.mover_goes()
            branch.posts += 1
            self.add(branch, Cause.MOVED_IN, productive=True)
            moved = True
        if moved:
            self._posts_moved(branch)

    def move_round(self, failed: Branch, taker: Branch, carers: int) -> int:
        """Carers of a provider that stops join whoever takes their whole round; how many did."""
        coming = min(carers, failed.movers)
        for _ in range(coming):
            failed.mover_goes()
        self.bring_in(taker, coming)
        return coming

    def bring_in(self, branch: Branch, carers: int) -> None:
        """Carers who work for no team now join one, each with a post."""
        for _ in range(carers):
            branch.posts += 1
            self.add(branch, Cause.MOVED_IN, productive=True)
        if carers:
            self._posts_moved(branch)

    def transfer(self, left: Branch, taker: Branch, carers: int) -> int:
        """Carers move with a round from one trading team to another; how many did."""
        moving = [carer for carer in left.carers if carer.productive][:carers]
        for carer in moving:
            self._remove(left, carer, Cause.MOVED_OUT)
            left.posts = max(left.retained_posts, left.posts - 1)
            taker.posts += 1
            self.add(taker, Cause.MOVED_IN, productive=True)
        if moving:
            self._posts_moved(left)
            self._posts_moved(taker)
        return len(moving)

    def _posts_moved(self, branch: Branch) -> None:
        self.market.ledger.established(
            self.clock.now, branch.id, branch.whole_posts, Cause.MOVED_IN
        )
        self.count_vacancies(branch)

    def second(self, lender: Branch, helper: Branch) -> None:
        """Lend the carers whom a team does not need to its provider's team next door."""
        spare = max(0, lender.room // max(1, lender.carer_minutes))
        moving = [carer for carer in lender.carers if carer.productive][:spare]
        for carer in moving:
            self._remove(lender, carer, Cause.SECONDED)
            lender.posts = max(0.0, lender.posts - 1)
            helper.posts += 1
            self.add(helper, Cause.SECONDED, productive=True)
        if moving:
            self._posts_moved(lender)
            self._posts_moved(helper)

    def lend(self, carers: Sequence[Carer], lender: Branch, helper: Branch, loan: Loan) -> None:
        """Carers of a team work for another of its provider's until they go home.

        They are the same people, with the day on which they will leave.
        """
        for carer in carers:
            self._remove(lender, carer, Cause.SECONDED)
            lender.posts = max(0.0, lender.posts - 1)
            helper.posts += 1
            self.market.ledger.staffed(self.clock.now, helper.id, 1, Cause.SECONDED)
            helper.borrow(carer, loan)
        self._posts_moved(lender)
        self._posts_moved(helper)

    def send_home(self, helper: Branch, carers: Sequence[Carer]) -> None:
        """Carers whom another team has lent go back to it, with their posts, if it still trades."""
        home = sum(self._goes_home(carer) for carer in carers)
        if home:
            helper.posts = max(0.0, helper.posts - home)
            self._posts_moved(helper)

    def _goes_home(self, carer: Carer) -> bool:
        """Whether somebody was on loan and is at home again."""
        helper, loan = carer.branch, carer.loan
        if helper is None or loan is None or loan.home.closed:
            return False
        self._remove(helper, carer, Cause.SECONDED)
        carer.branch = loan.home
        loan.home.carers.append(carer)
        loan.home.posts += 1
        self.market.ledger.staffed(self.clock.now, loan.home.id, 1, Cause.SECONDED)
        loan.home.make_productive(1)
        self._posts_moved(loan.home)
        return True

    def lose_at_once(self, branch: Branch, share: float) -> None:
        """A share of a team's carers, the latest to join, is gone at once; their posts stay."""
        going = branch.carers[len(branch.carers) - int(share * len(branch.carers) + 0.5) :]
        for carer in reversed(going):
            self._remove(branch, carer, Cause.STAFF_LOST)
        stay = 1 - self.market.scenario.failure.staff_leaving_sector
        self._seek_work(branch.area, len(going) * stay)
        self.count_vacancies(branch)

    def go_on_with(self, branch: Branch, share: float) -> None:
        """A share of a team's carers goes on; the others are gone at once, with their posts."""
        self.lose_at_once(branch, 1 - share)
        branch.posts = float(len(branch.carers))
        self.market.ledger.established(
            self.clock.now, branch.id, branch.whole_posts, Cause.POSTS_REVIEWED
        )
        self.count_vacancies(branch)

    def let_go_with_work(self, branch: Branch, share_of_work: float, move_share: float) -> None:
        """A team gives up a share of its work: some of its carers wait to move with it."""
        branch.await_moves(int(move_share * share_of_work * branch.productive + 0.5))
        moving = [carer for carer in branch.carers if carer.productive][: branch.movers]
        for carer in moving:
            self._remove(branch, carer, Cause.MOVED_OUT)
            branch.posts = max(0.0, branch.posts - 1)
        if moving:
            self._posts_moved(branch)

    def close(self, branch: Branch, move_share: float) -> None:
        """A branch closes: some carers wait to move with their people, the others go.

        Those whom a team that goes on has lent go home first.
        """
        self.send_home(branch, [carer for carer in branch.carers if carer.loan is not None])
        # A team that serves nobody has no people for its carers to move with.
        moving = int(move_share * branch.productive + 0.5) if branch.used_minutes else 0
        branch.await_moves(moving)
        others = len(branch.carers) - moving
        # Those who work alone move first: somebody in induction knows nobody yet.
        for carer in sorted(branch.carers, key=lambda carer: not carer.productive):
            self._remove(branch, carer, Cause.MOVED_OUT if moving > 0 else Cause.LEFT)
            moving -= 1
        branch.posts = 0.0
        self.market.ledger.established(self.clock.now, branch.id, 0, Cause.CLOSED)
        stay = 1 - self.market.scenario.failure.staff_leaving_sector
        self._seek_work(branch.area, others * stay)
        self.count_vacancies(branch)

    def stop_waiting(self, branch: Branch) -> None:
        """Carers who waited to move and could not look for other work."""
        stay = 1 - self.market.scenario.failure.staff_leaving_sector
        self._seek_work(branch.area, branch.movers * stay)
        branch.await_moves(0)
        for team in branch.area.branches:
            # A part of a carer that no whole one followed is lost with the wait.
            team.staff_credit = 0.0
        self.set_next_hire(branch.area)
