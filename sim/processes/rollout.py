"""Roll-out: areas go live on their dates; from then on new work goes to the principal first."""

from __future__ import annotations

from simpy.events import ProcessGenerator

from sim.clock import Rank, days_between
from sim.market.area import Area
from sim.market.contract import Contract
from sim.market.market import Market
from sim.processes.procurement import start_contract
from sim.scenario.tables import Area as AreaRow


def go_live(market: Market, area: Area, row: AreaRow) -> ProcessGenerator:
    """Change an area's phase on its go-live date."""
    phases = market.scenario.commissioning.phases
    if row.go_live is None or all(phase.starts != "go_live" for phase in phases):
        return
    day = max(0.0, days_between(market.scenario.calendar.start, row.go_live))
    yield market.clock.at(day, Rank.CONTRACT, area.id)
    area.phase = next(i for i, phase in enumerate(phases) if phase.starts == "go_live")
    market.brokerage.area_changed(area)


def begin_contract(market: Market, contract: Contract) -> ProcessGenerator:
    """Start a contract on its first day, unless its provider has closed."""
    yield market.clock.at(contract.starts_day, Rank.CONTRACT, contract.branch.area.id)
    if contract.branch.provider.takes_new_work:
        start_contract(market, contract)
