"""Self-funders: teams with room take private work, as far as it is wanted in their area.

Private hours wanted grow steadily from what is served as the market starts. What a closing provider
served is wanted from the others.
"""

from __future__ import annotations

from sim.clock import DAYS_PER_YEAR
from sim.market.area import Area
from sim.market.branch import Branch
from sim.market.market import Market


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
    return float(area.private_minutes * (1 + growth) ** years - area.private_minutes_served)


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
