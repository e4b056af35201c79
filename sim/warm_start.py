"""Warm start: a market of packages and carers near equilibrium, then burnt in.

In a steady market the number of packages is Poisson with mean rate x stay, and the stay of a
package found in care is size-biased, its age uniform within it; so a frozen market has no slope
from its first day on, for skewed and fixed stays too. The same holds for carers and tenure.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import fsum

import numpy as np
from scipy.special import gamma as gamma_function

from sim.ledger import Cause, package_id
from sim.market.area import Area
from sim.market.branch import Branch
from sim.market.contract import Contract
from sim.market.market import Market
from sim.processes import referrals
from sim.processes.arrivals import COLUMNS
from sim.randomness import Floats, on_grid
from sim.scenario import Scenario
from sim.scenario.expected import starts_per_day
from sim.scenario.tables import Area as AreaRow


def people_in_care(market: Market, area: Area, row: AreaRow, teams: list[Branch]) -> None:
    """Fill an area with people in care, spread over its teams by the hours they serve."""
    weights = np.array([team_hours(market.scenario, team) for team in teams])
    if weights.sum() == 0:
        return
    scenario = market.scenario
    generator = market.draws.stream("warm start", row.code)
    rate = starts_per_day(scenario, row)
    number = int(generator.poisson(rate * scenario.care.mean_stay_days))
    persons = referrals.people(scenario, row, generator.random((number, COLUMNS)))
    stays = referrals.size_biased_stays(scenario, generator.random(number))
    remaining = generator.random(number) * stays
    chosen = np.searchsorted(np.cumsum(weights / weights.sum()), generator.random(number))
    for i, person in enumerate(persons):
        identity = package_id(area.id, "warm start", i)
        package = referrals.package_of(market, area, identity, f"{row.code}/warm/{i}", person)
        team = teams[min(int(chosen[i]), len(teams) - 1)]
        contract = first_held(market, team)
        referrals.begin_in_care(market, package, contract, float(remaining[i]), Cause.WARM_START)


def first_held(market: Market, team: Branch) -> Contract:
    """The first tier of the first phase that a team may serve."""
    asked = market.brokerage.phases[0]
    held = next((rule.id for rule in asked if rule.id in team.contracts), None)
    if held is None:
        # Whom it serves today shows that it serves a tier, whatever share of providers does.
        held = next(rule.id for rule in asked if rule.tier.holders == "all_branches")
        market.give_open_contract(team, held)
    return team.contracts[held]


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


def carers(market: Market, branch: Branch, posts: int | None) -> None:
    """Give a branch its posts and carers. Without a warm-up every post is filled."""
    rules = market.scenario.workforce
    cold = market.scenario.calendar.warm_up_weeks == 0
    filled = 1.0 if cold else 1 - rules.usual_vacancy_share
    if posts is None:
        branch.posts = branch.committed / branch.carer_minutes / (1 - rules.usual_vacancy_share)
    else:
        branch.posts = float(posts)
    number = int(branch.posts * filled + 0.5)
    generator = market.draws.stream("first carers", branch.code)
    remaining = remaining_tenures(rules.tenure_shape, generator, number)
    for carer_remaining in remaining.tolist():
        new_carer(market, branch, carer_remaining)
    market.ledger.established(market.clock.now, branch.id, branch.whole_posts, Cause.WARM_START)


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
    """As many people looking for care work as there are posts usually vacant, area by area."""
    rules = market.scenario.workforce
    posts = [fsum(branch.posts for branch in area.branches) for area in market.areas]
    if rules.newcomers_by == "place":
        ratios = {row.code: row.labour_ratio or 0.0 for row in market.scenario.areas}
        posts = spread_by_place(posts, [ratios[area.code] for area in market.areas])
    for area, sought in zip(market.areas, posts, strict=True):
        area.newcomers_looking = sought * rules.usual_vacancy_share
        area.newcomers_per_week = sought / 100 * rules.new_applicants_per_week


def spread_by_place(posts: Sequence[float], ratios: Sequence[float]) -> list[float]:
    """The county's posts, spread in proportion to those of each area times its labour ratio."""
    weights = [number * ratio for number, ratio in zip(posts, ratios, strict=True)]
    whole = fsum(weights)
    return [fsum(posts) * weight / whole for weight in weights] if whole else list(posts)
