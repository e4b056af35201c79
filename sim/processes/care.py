"""Care: what happens to a person from the first visit to the end of the need.

The stay clock starts at the first visit and runs on through hospital stays and displacement, so a
move between providers keeps what remains of the stay. Hospital interrupts care; the provider holds
the package open for a time and is then free of it, and the person, once back, has to be placed
again. Reviews change planned hours.
"""

from __future__ import annotations

from math import inf

from simpy.events import ProcessGenerator

from sim.clock import DAYS_PER_YEAR, Rank
from sim.draws import DIRECT_PAYMENT_CHOICE, HOSPITAL, REVIEW
from sim.ledger import BRIDGING, GONE, Cause, Payer, Stage
from sim.market.branch import Branch
from sim.market.market import Market
from sim.market.package import Package
from sim.processes.hand_back import seek_another
from sim.randomness import exponential, uniform

QUARTER_HOUR = 15
FIRST_DAY = 0.0


def care(market: Market, package: Package) -> ProcessGenerator:
    """One person's care, from the first visit on. Durable state is on the package."""
    begin(market, package)
    while True:
        yield market.clock.at(next_due(package), Rank.CARE, package.id)
        # They left the list for good (a care home, or family) while this waited.
        if package.stage in GONE:
            return
        now = market.clock.now
        if now >= package.need_ends_day:
            market.leave(package, Stage.ENDED, Cause(package.end_cause))
            return
        if now >= package.hospital_until:
            come_back(market, package)
        elif now >= package.hold_until:
            end_hold(market, package)
        elif package.hospital_until < inf:
            continue  # the provider that kept the place has closed or given it up
        elif now >= package.next_hospital_day:
            go_to_hospital(market, package)
        else:
            review(market, package)


def begin(market: Market, package: Package) -> None:
    """Set the dates that the first visit fixes."""
    now = market.clock.now
    # Whoever is in care on the first day is among those who were given, if any were.
    if now < FIRST_DAY and market.scenario.caseload:
        package.need_ends_day = now
    # People in care as the market starts have theirs already: what remains of a stay.
    if package.need_ends_day == inf:
        package.need_ends_day = now + package.stay_days
    if market.scenario.care.reviews and market.scenario.care.review_change_share > 0:
        set_next_review(market, package, now + package.next_review_day)
    else:
        package.next_review_day = inf
    set_next_admission(market, package)


def next_due(package: Package) -> float:
    """The day on which something next happens to the person."""
    # In hospital there are no reviews and no further admission.
    if package.hospital_until < inf:
        return min(package.need_ends_day, package.hold_until, package.hospital_until)
    return min(package.need_ends_day, package.next_hospital_day, package.next_review_day)


def set_next_admission(market: Market, package: Package) -> None:
    """Draw the time to the next hospital admission."""
    rate = market.scenario.care.hospital_admissions_per_year
    if rate > 0:
        gap = exponential(package.key, HOSPITAL + package.hospital_draws)
        package.next_hospital_day = market.clock.now + gap * DAYS_PER_YEAR / rate
        package.hospital_draws += 1


def go_to_hospital(market: Market, package: Package) -> None:
    """Care is interrupted; a provider that has the package holds it open."""
    now = market.clock.now
    stay = exponential(package.key, HOSPITAL + package.hospital_draws)
    package.hospital_draws += 1
    package.hospital_until = now + stay * market.scenario.care.mean_hospital_days
    held = package.branch is not None
    package.hold_until = now + market.scenario.care.hold_days if held else inf
    bridged = package.stage in BRIDGING
    if package.seeking:
        market.leave_list(package)
    # An offer or a first visit under way is void.
    package.spells += 1
    package.stage = Stage.INTERRUPTED
    market.record(package, Cause.TO_HOSPITAL)
    if package.branch is not None:
        package.branch.hold(package)
    if bridged:
        market.bridging.freed(package.minutes)


def in_hospital_at_first(market: Market, package: Package, day: float, so_far: float) -> None:
    """Somebody is in hospital on ``day``, for ``so_far`` days: their provider keeps the place.

    Stays in hospital are exponential, so what remains is as long as a whole one.
    """
    rules = market.scenario.care
    stay = exponential(package.key, HOSPITAL + package.hospital_draws)
    package.hospital_draws += 1
    package.hospital_until = day + stay * rules.mean_hospital_days
    package.hold_until = day + max(0.0, rules.hold_days - so_far)
    package.stage = Stage.INTERRUPTED
    assert package.branch is not None
    package.branch.hold(package)
    market.record(package, Cause.TO_HOSPITAL)


def end_hold(market: Market, package: Package) -> None:
    """The provider no longer keeps the package open."""
    package.hold_until = inf
    market.release(package)
    market.record(package, Cause.HOLD_OVER)


def come_back(market: Market, package: Package) -> None:
    """Back from hospital: care resumes, or the same person has to be placed again."""
    package.hospital_until = inf
    package.hold_until = inf
    set_next_admission(market, package)
    # A review that fell into the stay is held on the day of the return.
    package.next_review_day = max(package.next_review_day, market.clock.now)
    branch = package.branch
    if branch is None:
        market.join_list(package, Cause.FROM_HOSPITAL)
        market.brokerage.seek(package)
        return
    branch.resume(package)
    package.stage = Stage.IN_SERVICE
    market.record(package, Cause.FROM_HOSPITAL)
    if branch.leaving and not branch.goes_whole:
        market.join_leaving(package)
        market.brokerage.seek(package)
    elif package.leaves_day < inf:
        seek_another(market, package)


def set_next_review(market: Market, package: Package, day: float) -> None:
    """Find the next review, from ``day`` on, that changes hours: the others leave no trace."""
    care = market.scenario.care
    while uniform(package.key, REVIEW + package.review_count) >= care.review_change_share:
        package.review_count += 1
        day += care.review_interval_days
    package.next_review_day = day


def review(market: Market, package: Package) -> None:
    """Planned hours go up or down, equally often; carer hours stay in whole quarter hours."""
    care = market.scenario.care
    draw = uniform(package.key, REVIEW + package.review_count)
    package.review_count += 1
    set_next_review(market, package, package.next_review_day + care.review_interval_days)
    branch = package.branch
    if package.stage is Stage.IN_SERVICE and branch is not None:
        grows = draw < care.review_change_share / 2
        factor = 1 + care.review_change if grows else 1 - care.review_change
        change_hours(market, package, branch, factor)
        choose_direct_payment(market, package)


def choose_direct_payment(market: Market, package: Package) -> None:
    """At a review some take a direct payment and stay with the provider they have by then.

    Reviews that change nothing leave no trace, so the others stand for them too.
    """
    care = market.scenario.care
    years = care.review_interval_days / DAYS_PER_YEAR / care.review_change_share
    draw = uniform(package.key, DIRECT_PAYMENT_CHOICE + package.review_count)
    branch = package.branch
    stays = package.stage is Stage.IN_SERVICE and not package.seeking
    chooses = draw < care.direct_payments_per_year * years and package.payer is Payer.COUNCIL
    if chooses and stays and branch is not None and package.tier != market.direct_payment:
        market.to_direct_payment(package, branch)


def change_hours(market: Market, package: Package, branch: Branch, factor: float) -> None:
    """Change a package's hours by a factor; its provider keeps it, with more or less room."""
    step = QUARTER_HOUR * package.carers
    # Nobody's care is reviewed away: the end of a need is the stay's.
    minutes = max(step, int(package.minutes * factor / step + 0.5) * step)
    if minutes != package.minutes:
        market.change_minutes(package, branch, minutes - package.minutes)
