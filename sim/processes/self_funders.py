"""Self-funders: people who buy their own care from the teams that also serve the council.

As long as their provider trades they are an amount of work: teams with room take more of it, as far
as it is wanted in their area. Private hours wanted grow steadily from what is served as the market
starts.

When a team closes they are people. The council has to see to it that their needs are met, whoever
pays (Care Act 2014, section 48, subsections 2 and 3), so each is followed one by one from the
moment the team gives notice, or closes without: told, brokered, bridged and served as the council's
people are, on their own money. Of those drawn as people found in care are drawn (hours, home, how
long they still need care) the hours are scaled, so that together they are what the team served.
What the followed need is no part of the private work that teams look for; once their need ends
another buyer takes their place, so that private work is conserved. Where none of them calls on the
council, what they bought is wanted from the other teams at once.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from sim.clock import DAYS_PER_YEAR
from sim.ledger import GONE, Cause, Payer, package_id
from sim.market.area import Area
from sim.market.branch import Branch
from sim.market.market import Market
from sim.processes.arrivals import COLUMNS
from sim.processes.referrals import begin_in_care, package_of, people, size_biased_stays
from sim.randomness import Floats

NUMBERS_PER_PROVIDER = 3_000
"""The most self-funders of a provider in an area: none in sight has a tenth of them."""


def begin(market: Market) -> None:
    """Note what each area's self-funders buy as the market starts."""
    for area in market.areas:
        area.private_minutes = area.private_minutes_served
        homes = sum(branch.private_homes for branch in area.branches)
        area.private_home_minutes = area.private_minutes // homes if homes else 0


def wanted_minutes(market: Market, area: Area) -> float:
    """Private carer minutes a week that are wanted in an area and not served."""
    growth = market.scenario.self_funders.growth_per_year
    years = max(0.0, market.clock.now) / DAYS_PER_YEAR
    found = area.private_minutes_served + followed_minutes(area)
    return float(area.private_minutes * (1 + growth) ** years - found)


def followed_minutes(area: Area) -> int:
    """Carer minutes a week of the self-funders who are followed one by one and still need care."""
    return sum(package.minutes for package in area.self_funders if package.stage not in GONE)


def take_up(market: Market, branch: Branch) -> None:
    """A team fills part of its room with private work, whole homes at a time."""
    rules, home = market.scenario.self_funders, branch.area.private_home_minutes
    if not rules.applies or home == 0 or branch.room <= 0 or not branch.takes_new_work:
        return
    # Room for a part of a home is remembered until it makes a whole one.
    branch.private_credit += rules.take_up_share * branch.room
    wanted = min(branch.private_credit, branch.room, wanted_minutes(market, branch.area))
    homes = int(wanted / home)
    if homes > 0:
        branch.private_credit = 0.0
        minutes = branch.private_minutes + homes * home
        market.set_private_work(branch, minutes, branch.private_homes + homes)


def call_on_council(market: Market, branch: Branch) -> None:
    """A team gives notice or closes: its private work becomes people, if they call on the council.

    They are with the team as before, so its work is what it was.
    """
    minutes, number = branch.private_minutes, number_who_call(market, branch)
    # Who does not call on the council is served to the last day, and by the others after it.
    if minutes and (number or branch.closed):
        market.set_private_work(branch, 0, 0)
        follow(market, branch, minutes, number)


def number_who_call(market: Market, branch: Branch) -> int:
    """How many self-funders of a team would call on the council if it closed now."""
    if market.scenario.self_funders.call_on_council == "none":
        return 0
    # A few hours may belong to less than half a person.
    return min(branch.private_minutes, max(1, branch.private_homes))


def follow(market: Market, branch: Branch, minutes: int, number: int) -> None:
    """Draw so many people as people found in care are drawn, with these minutes between them."""
    if number == 0:
        return
    scenario, area = market.scenario, branch.area
    row = next(row for row in scenario.areas if row.code == area.code)
    # A row a person: whoever is there in two markets is the same in both.
    uniforms = market.draws.stream("self-funders", branch.code).random((number, COLUMNS + 2))
    persons = people(scenario, row, uniforms[:, :COLUMNS])
    remaining = size_biased_stays(scenario, uniforms[:, COLUMNS]) * uniforms[:, COLUMNS + 1]
    shares = split(minutes, np.array([person.minutes for person in persons], dtype=float))
    for i, person in enumerate(persons):
        identity = package_id(
            area.id, "self-funders", branch.provider.id * NUMBERS_PER_PROVIDER + i
        )
        name = f"{branch.code}/self/{i}"
        drawn = replace(person, minutes=shares[i])
        package = package_of(market, area, identity, name, drawn, Payer.SELF)
        contract = market.outside_the_tiers(branch)
        begin_in_care(market, package, contract, float(remaining[i]), Cause.SELF_FUNDED)
        area.self_funders.append(package)
        market.ledger.self_funded(
            market.clock.now,
            identity,
            branch.id,
            package.minutes,
            package.need_ends_day,
            package.end_cause,
        )


def split(minutes: int, weights: Floats) -> list[int]:
    """Whole minutes in proportion to weights, at least one each, that add up to ``minutes``."""
    upto = np.cumsum(weights) / weights.sum() * (minutes - weights.size)
    # Rounding the sums so far, not the parts: what one loses the next one has.
    parts = np.diff(np.rint(upto), prepend=0.0) + 1
    return [int(part) for part in parts]
