"""Roll-out: areas go live on their dates; from then on new work goes to the principal first."""

from __future__ import annotations

from datetime import date

from simpy.events import ProcessGenerator

from sim.clock import Rank, days_between
from sim.ledger import Cause
from sim.market.area import Area
from sim.market.contract import Contract
from sim.market.market import Market
from sim.processes.absence import is_principal, principal_absent
from sim.processes.procurement import TIERS_PER_AREA, contract_id, reprocure, start_contract
from sim.processes.transfer import bring_own_work, move_existing_work
from sim.scenario import Scenario
from sim.scenario.tables import Area as AreaRow

# A phase begins after the contracts of that day: it asks their holders.
AFTER_ITS_CONTRACTS = TIERS_PER_AREA - 1


def phase_starts(scenario: Scenario, row: AreaRow) -> list[tuple[date, int]]:
    """When each phase of the commissioning model begins in an area, in order of time."""
    starts: list[tuple[date, int]] = []
    for number, phase in enumerate(scenario.commissioning.phases):
        if phase.starts == "start":
            starts.append((scenario.calendar.start, number))
        elif phase.starts == "go_live":
            if row.go_live is not None:
                starts.append((max(row.go_live, scenario.calendar.start), number))
        else:
            starts.append((phase.starts, number))
    return sorted(starts)


def roll_out(market: Market, area: Area, row: AreaRow) -> ProcessGenerator:
    """Take an area from phase to phase; from go-live on, new work goes to the principal first."""
    for starts, number in phase_starts(market.scenario, row):
        if number == area.phase:
            continue
        day = max(0.0, days_between(market.scenario.calendar.start, starts))
        yield market.clock.at(day, Rank.CONTRACT, contract_id(area, AFTER_ITS_CONTRACTS))
        area.enter_phase(number)
        if market.scenario.rollout.moves_existing_work and asks_principal(market, number):
            market.clock.process(move_existing_work(market, area))


def asks_principal(market: Market, phase: int) -> bool:
    """Whether a phase asks principal providers."""
    model = market.scenario.commissioning
    return any(tier in model.phases[phase].tiers for tier in model.principal_tiers)


def tier_starts(scenario: Scenario, tier: str, row: AreaRow) -> date | None:
    """The first day on which a phase of an area asks a tier; None if it never does."""
    phases = scenario.commissioning.phases
    days = [day for day, number in phase_starts(scenario, row) if tier in phases[number].tiers]
    return min(days, default=None)


def end_tier(market: Market, tier: int, day: float) -> ProcessGenerator:
    """A tier is asked no more from a day on; what it serves goes on."""
    yield market.clock.at(max(market.clock.now, day), Rank.CONTRACT, tier)
    market.brokerage.end_tier(tier)


def start_retainer(market: Market, day: float, share: float) -> ProcessGenerator:
    """From a day on, teams without another contract are paid to keep a share of their posts."""
    yield market.clock.at(max(0.0, day), Rank.CONTRACT, 0)
    for branch in market.branches:
        holds = any(contract.lot for contract in branch.contracts.values())
        if not (holds or branch.closed):
            branch.retained_posts = share * branch.posts
            market.ledger.established(
                market.clock.now, branch.id, branch.whole_posts, Cause.RETAINER_STARTED
            )


def begin_contract(market: Market, contract: Contract) -> ProcessGenerator:
    """Start a contract on its first day, unless its provider has closed."""
    identity = contract_id(contract.branch.area, contract.tier)
    yield market.clock.at(contract.starts_day, Rank.CONTRACT, identity)
    branch = contract.branch
    if not (branch.closed or branch.leaving):
        start_contract(market, contract)
        if market.scenario.rollout.moves_existing_work and contract.lot:
            bring_own_work(market, contract)
        # It begins while it is suspended: the area has a principal in name alone.
        if not branch.takes_new_work and is_principal(market, contract):
            principal_absent(market, branch.area)
    # A principal that stops before its first day is replaced as one that stops after.
    elif is_principal(market, contract):
        market.clock.process(reprocure(market, contract, contract.maximum_minutes))
