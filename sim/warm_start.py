"""Warm start: a market of packages and carers near equilibrium, then burnt in.

In a steady market the number of packages is Poisson with mean rate x stay, and the stay of a
package found in care is size-biased, its age uniform within it; so a frozen market has no slope
from its first day on, for skewed and fixed stays too. The same holds for carers and tenure.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import fsum

import numpy as np
from scipy.special import gamma as gamma_function

from sim.clock import DAYS_PER_YEAR
from sim.ledger import NUMBERS, Cause, package_id
from sim.market.area import Area
from sim.market.branch import Branch
from sim.market.contract import Contract, Terms, open_contract
from sim.market.market import Market
from sim.market.package import Package
from sim.processes import referrals
from sim.processes.arrivals import COLUMNS
from sim.randomness import Floats, on_grid
from sim.scenario import Scenario
from sim.scenario.expected import (
    applicants_at_rest,
    places_lost_per_year,
    starts_at_rest_per_day,
    starts_per_day,
    vacancies_at_rest,
)
from sim.scenario.tables import Area as AreaRow


def people_in_care(market: Market, area: Area, row: AreaRow) -> None:
    """Fill an area with people in care, spread over its teams by the hours they serve.

    Whoever is there for want of reablement comes on top, from numbers and draws of their own: with
    and without them everybody else is the same.
    """
    weights = np.array([team_hours(market.scenario, team) for team in area.branches])
    if weights.sum() == 0:
        return
    upto = np.cumsum(weights / weights.sum())
    usual = starts_per_day(market.scenario, row)
    more = starts_at_rest_per_day(market.scenario, row) - usual
    for kind, rate in (("warm start", usual), ("no reablement", more)):
        if rate > 0:
            find_in_care(market, area, row, kind, rate, upto)


def find_in_care(
    market: Market, area: Area, row: AreaRow, kind: str, rate: float, upto: Floats
) -> None:
    """People of one kind, ``rate`` of whom begin care a day; ``upto``: sums of teams' shares."""
    scenario = market.scenario
    code = row.code if kind == "warm start" else f"{row.code}/{kind}"
    generator = market.draws.stream("warm start", code)
    number = int(generator.poisson(rate * scenario.care.mean_stay_days))
    persons = referrals.people(scenario, row, generator.random((number, COLUMNS)))
    stays = referrals.size_biased_stays(scenario, generator.random(number))
    remaining = generator.random(number) * stays
    chosen = np.searchsorted(upto, generator.random(number))
    paid_directly = generator.random(number) < direct_payment_chance(scenario, stays - remaining)
    for i, person in enumerate(persons):
        # Those who are referred later for want of reablement are numbered from below.
        place = i if kind == "warm start" else len(NUMBERS[kind]) - 1 - i
        identity = package_id(area.id, kind, place)
        package = referrals.package_of(market, area, identity, f"{code}/warm/{i}", person)
        team = area.branches[min(int(chosen[i]), upto.size - 1)]
        contract = placed_under(market, package, team, phase=0)
        if paid_directly[i]:
            contract = market.outside_the_tiers(team)
        referrals.begin_in_care(market, package, contract, float(remaining[i]), Cause.WARM_START)


def placed_under(market: Market, package: Package, team: Branch, phase: int) -> Contract:
    """Somebody in care is with a team under the first tier that it holds and is asked for them.

    ``phase``: the place of the phase whose tiers are asked.
    """
    tiers = market.brokerage.phases[phase]
    held = [rule for rule in tiers if rule.id in team.contracts]
    if not held:
        # Whom it serves today shows that it serves a tier, whatever share of providers does.
        held = [rule for rule in tiers if rule.tier.holders == "all_branches"][:1]
        if not held:  # a given person, whom no tier of today would bring here: under its last
            return open_contract(team, tiers[-1].id, Terms(None, market.clock.now))
        market.give_open_contract(team, held[0].id)
    asked = next((rule for rule in held if rule.concerns(package)), held[0])
    return team.contracts[asked.id]


def direct_payment_chance(scenario: Scenario, days_in_care: Floats) -> Floats:
    """That somebody found in care has a direct payment: chosen at a review, and not lost since.

    Whoever comes back from hospital after their place was given up is placed by the council again.
    """
    care = scenario.care
    if not care.reviews or care.review_change_share == 0 or care.direct_payments_per_year == 0:
        return np.zeros(days_in_care.size)
    choose, lose = care.direct_payments_per_year, places_lost_per_year(scenario)
    years = days_in_care / DAYS_PER_YEAR
    chance: Floats = -np.expm1(-(choose + lose) * years) * choose / (choose + lose)
    return chance


def team_hours(scenario: Scenario, team: Branch) -> float:
    """Council hours a week that branches.csv gives a team."""
    return next(
        (
            row.council_hours_per_week
            for row in scenario.branches
            if f"{row.provider}:{row.area}" == team.code
        ),
        0.0,
    )


def carers(market: Market, area: Area, posts: Mapping[str, int | None]) -> None:
    """Give the teams of an area posts and carers. In a market that starts empty all are filled."""
    for branch in area.branches:
        given = posts.get(branch.code)
        branch.posts = posts_for(market, branch) if given is None else float(given)
    filled = 1 - vacant_share(market, area)
    rules = market.scenario.workforce
    for branch in area.branches:
        number = int(branch.posts * filled + 0.5)
        generator = market.draws.stream("first carers", branch.code)
        for remaining in remaining_tenures(rules.tenure_shape, generator, number).tolist():
            new_carer(market, branch, remaining)
        market.ledger.established(market.clock.now, branch.id, branch.whole_posts, Cause.WARM_START)


def posts_for(market: Market, branch: Branch) -> float:
    """Posts that a team's work needs, vacancies reckoned with as at its reviews."""
    usual = market.scenario.workforce.usual_vacancy_share
    return branch.committed / branch.carer_minutes / (1 - usual)


def vacant_share(market: Market, area: Area) -> float:
    """Of an area's posts, the share that is vacant as the market starts."""
    posts = fsum(branch.posts for branch in area.branches)
    empty = market.scenario.calendar.warm_up_weeks == 0 and not market.scenario.caseload
    if empty or posts == 0:
        return 0.0
    return vacancies_at_rest(market.scenario, posts) / posts


def new_carer(market: Market, branch: Branch, remaining: float) -> None:
    """A carer who is in post as the market starts; ``remaining`` in mean tenures."""
    workforce = market.workforce
    mean = workforce.mean_tenure_days
    carer = workforce.join(branch, Cause.WARM_START, productive=True)
    if mean is not None:
        workforce.turnover(branch, carer, market.clock.now + remaining * mean)


def remaining_tenures(shape: float, generator: np.random.Generator, number: int) -> Floats:
    """Remaining tenures of carers found in post, in mean tenures: size-biased Weibull x uniform."""
    scale = 1 / gamma_function(1 + 1 / shape)
    whole = on_grid(scale * generator.gamma(1 + 1 / shape, size=number) ** (1 / shape))
    return whole * generator.random(number)


def applicants(market: Market) -> None:
    """Newcomers who look for care work where as many come as are hired or give up, area by area."""
    scenario = market.scenario
    rules = scenario.workforce
    posts = [fsum(branch.posts for branch in area.branches) for area in market.areas]
    looking = [0.0] * len(posts)
    if rules.applicants_limited:
        vacant = [vacancies_at_rest(scenario, number) for number in posts]
        looking = [applicants_at_rest(scenario, *pair) for pair in zip(posts, vacant, strict=True)]
    if rules.newcomers_by == "place":
        ratios = {row.code: row.labour_ratio or 0.0 for row in scenario.areas}
        places = [ratios[area.code] for area in market.areas]
        posts, looking = (spread_by_place(whole, places) for whole in (posts, looking))
    for area, sought, people in zip(market.areas, posts, looking, strict=True):
        area.newcomers_looking = on_grid(people)
        area.newcomers_per_week = sought / 100 * rules.new_applicants_per_week


def spread_by_place(numbers: Sequence[float], ratios: Sequence[float]) -> list[float]:
    """The county's number, spread in proportion to each area's own times its labour ratio."""
    weights = [number * ratio for number, ratio in zip(numbers, ratios, strict=True)]
    whole = fsum(weights)
    return [fsum(numbers) * weight / whole for weight in weights] if whole else list(numbers)
