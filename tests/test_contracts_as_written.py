"""Contracts as a council writes them: hours that follow demand, ratings, spot, tenders that fail.

Counties are those of test_failure: two areas of one principal, live from 1 March 2024.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from test_failure import (
    BARE,
    DAY,
    KINGS_LYNN,
    LEGACY,
    LIVE,
    PRINCIPAL,
    contracts,
    county,
    failing,
    moves,
    team,
    trading,
)

from sim.clock import DAYS_PER_YEAR, Rank
from sim.ledger import Cause, Ledger
from sim.outcomes import adequacy
from sim.processes.absence import has_principal
from sim.processes.failure import ScriptedFailure
from sim.processes.hazards import YEARS_OF_SAME_TOTAL, weight_of_age
from sim.processes.indexation import anniversaries
from sim.processes.quality import rate
from sim.scenario import Scenario
from sim.scenario.tables import RATINGS
from sim.simulation import Simulation, simulate

OFF_FRAMEWORK = 3
GOOD, WEAK = RATINGS.index("good"), RATINGS.index("requires_improvement")
ALWAYS = {"commissioning__tiers__principal__minimum_rating_holds": "always"}
AT_AWARD = {"commissioning__tiers__principal__minimum_rating_holds": "at_award"}
INDEXED: dict[str, Any] = {
    "commissioning__tiers__principal__hours_follow": "demand",
    "demand__growth_per_year": 0.1,
}


def hours(ledger: Ledger, *causes: Cause) -> list[tuple[float, str, int]]:
    """Day, team and minutes of what happens to the principal's contracts."""
    return [
        (day, ledger.labels.branches[int(branch)], int(maximum))
        for day, branch, tier, maximum, cause in ledger.rows("contracted")
        if tier == PRINCIPAL and cause in causes
    ]


# Hours that follow demand.


def test_hours_that_follow_demand_grow_on_the_anniversary_and_others_never() -> None:
    fixed, indexed = simulate(county(), seed=1), simulate(county(**INDEXED), seed=1)
    assert not hours(fixed, Cause.HOURS_INDEXED)
    began = {code: most for _, code, most in hours(indexed, Cause.CONTRACT_STARTED)}
    grown = hours(indexed, Cause.HOURS_INDEXED)
    assert {code for _, code, _ in grown} == set(began) == {f"P009:{area}" for area in KINGS_LYNN}
    for day, code, most in grown:
        assert day == DAYS_PER_YEAR
        assert most == round(began[code] * 1.1)


def test_a_contract_won_and_not_begun_grows_too() -> None:
    late = {f"areas.{area}.go_live": "2025-03-01" for area in KINGS_LYNN}
    scenario = county(**INDEXED, **{key.replace(".", "__"): day for key, day in late.items()})
    plain = county(**{key.replace(".", "__"): day for key, day in late.items()})
    first = {code: most for _, code, most in hours(simulate(plain, seed=1), Cause.CONTRACT_STARTED)}
    for _, code, most in hours(simulate(scenario, seed=1), Cause.CONTRACT_STARTED):
        assert most == round(first[code] * 1.1)


def test_a_successor_is_awarded_the_hours_of_its_own_year() -> None:
    lost = ScriptedFailure("P009", DAYS_PER_YEAR - 20, kind="contract_returned")
    ledger = failing(county(**INDEXED), lost).ledger
    begun = [row for row in hours(ledger, Cause.CONTRACT_STARTED) if row[0] == LIVE]
    old = {code.split(":")[1]: most for _, code, most in begun}
    new = {code.split(":")[1]: most for _, code, most in hours(ledger, Cause.AWARDED)}
    assert set(new) == set(KINGS_LYNN)
    assert new == {area: round(old[area] * 1.1) for area in new}


@pytest.mark.parametrize(
    ("day", "before"),
    [(-30.0, 0), (0.0, 0), (365.25, 0), (365.26, 1), (730.5, 1), (731.0, 2), (1461.0, 3)],
)
def test_on_an_anniversary_contracts_of_that_day_are_still_to_grow(day: float, before: int) -> None:
    """Else one that is awarded at that very instant would grow twice, or not at all."""
    assert anniversaries(day) == before


def test_the_guarantee_is_paid_on_the_hours_of_its_day() -> None:
    """A principal that serves next to nothing is paid its guarantee: a tenth more after a year."""
    idle = {
        "commissioning__tiers__principal__obligation": 0.0,
        "willingness__base_share": 0.0,
        "rollout__moves_existing_work": False,
        "commissioning__tiers__principal__ramp_days": 0,
        "commissioning__tiers__principal__ramp_start_share": 1.0,
        "money__applies": True,
        "money__least_yearly_margin": -1.0,
        "money__reserves_weeks": 520,
    }
    ledger = simulate(county(**INDEXED, **idle), seed=1)
    paid = {
        day: minutes
        for day, branch, tier, _, minutes, *_ in ledger.rows("paid")
        if tier == PRINCIPAL and ledger.labels.branches[int(branch)] == "P009:KINGS_LYNN"
    }
    before = [minutes for day, minutes in paid.items() if LIVE + 28 < day < DAYS_PER_YEAR]
    after = [minutes for day, minutes in paid.items() if day > DAYS_PER_YEAR + 28]
    assert len(set(before)) == 1
    assert after == pytest.approx([1.1 * before[0]] * len(after), rel=1e-4)


# Ratings.


def rated(scenario: Scenario, rating: int, *, until: float | None = None) -> Simulation:
    """A run whose principal is rated on a day, and again good 100 days later."""
    simulation = Simulation(scenario, seed=1)
    market = simulation.market

    def visit(day: float, seen: int) -> Any:
        yield market.clock.at(day, Rank.FAILURE, 0)
        rate(market, market.provider("P009"), seen, Cause.INSPECTED)

    market.clock.process(visit(DAY, rating))
    market.clock.process(visit(DAY + 100, GOOD))
    simulation.run(until)
    return simulation


def accepted(ledger: Ledger, first: float, last: float) -> int:
    """Packages that P009 takes on between two days."""
    return sum(
        code.startswith("P009") and first < day < last
        for day, _, _, code in moves(ledger, Cause.ACCEPTED)
    )


@pytest.mark.parametrize(("holds", "barred"), [(ALWAYS, True), (AT_AWARD, False)])
def test_below_the_standard_no_new_packages_unless_the_award_alone_counts(
    holds: dict[str, str], barred: bool
) -> None:
    ledger = rated(county(**holds), WEAK).ledger
    assert (accepted(ledger, DAY, DAY + 100) == 0) is barred
    assert accepted(ledger, DAY - 100, DAY) > 0
    assert accepted(ledger, DAY + 100, DAY + 200) > 0
    # Existing packages stay.
    assert not [code for *_, code in moves(ledger, Cause.HAND_BACK_NOTICE) if code == "P009"]


@pytest.mark.parametrize(("holds", "barred"), [(ALWAYS, True), (AT_AWARD, False)])
def test_while_its_principal_is_barred_an_area_has_none(
    holds: dict[str, str], barred: bool
) -> None:
    """Its framework's limits lapse and neighbours help, as while it is suspended."""
    market = rated(county(**holds), WEAK, until=DAY + 50).market
    for area in market.areas:
        assert has_principal(market, area) is not barred
        assert area.principal_missing is barred
    market = rated(county(**holds), WEAK, until=DAY + 150).market
    assert not any(area.principal_missing for area in market.areas)


def test_an_area_whose_principal_never_began_does_not_miss_one() -> None:
    """Its framework's contracts begin all the same."""
    market = failing(county(**ALWAYS), ScriptedFailure("P009", LIVE - 10), until=LIVE + 10).market
    assert not any(area.principal_missing for area in market.areas)


def test_a_rating_before_go_live_makes_no_area_miss_a_principal() -> None:
    live = {f"areas__{area}__go_live": "2025-03-01" for area in KINGS_LYNN}
    market = rated(county(**ALWAYS, **live), WEAK, until=DAY + 50).market
    assert not any(area.principal_missing for area in market.areas)


# Off-framework spot.


# The quiet market of these tests has no spot; here it goes on after the framework has ended.
SPOT_ALONE: dict[str, Any] = {
    "commissioning__tiers__off_framework__ends": "2029-12-31",
    "commissioning__tiers__legacy_framework__ends": "2024-07-01",
    "workforce__applicants_limited": True,
}


def spot_teams(market: Any) -> set[str]:
    """Providers with a team that off-framework spot may ask."""
    return {b.provider.code for b in market.branches if OFF_FRAMEWORK in b.contracts}


@pytest.mark.parametrize("share", [0.0, 0.3, 1.0])
def test_off_the_framework_a_share_of_providers_is_asked(share: float) -> None:
    scenario = county(commissioning__tiers__off_framework__providers_share=share)
    counts, everybody = [], len({row.provider for row in scenario.branches})
    for replication in range(20):
        market = Simulation(scenario, seed=1, replication=replication).market
        counts.append(len(spot_teams(market)))
    assert np.mean(counts) / everybody == pytest.approx(share, abs=0.1)
    assert (len(set(counts)) > 1) is (0 < share < 1)


def test_who_sells_spot_hangs_on_nothing_else() -> None:
    some = {"commissioning__tiers__off_framework__providers_share": 0.4}
    sold = spot_teams(Simulation(county(**some), seed=3).market)
    other = spot_teams(
        Simulation(county(**some, **INDEXED, workforce__turnover_per_year=0.6), seed=3).market
    )
    more = spot_teams(
        Simulation(county(commissioning__tiers__off_framework__providers_share=0.7), seed=3).market
    )
    assert sold == other
    assert sold < more


def test_when_the_framework_ends_only_they_are_left() -> None:
    """A provider that sells no spot takes nobody on once the legacy framework has ended."""
    scenario = county(commissioning__tiers__off_framework__providers_share=0.4, **SPOT_ALONE)
    simulation = failing(scenario, ScriptedFailure("P009", DAY))
    market, ledger = simulation.market, simulation.ledger
    sells = spot_teams(market)
    held = {row.provider for row in scenario.commissioning.contracts}
    took = {
        code.split(":")[0]
        for day, _, _, code in moves(ledger, Cause.ACCEPTED)
        if day > 190 and code
    }
    assert took & (sells - held)
    assert took <= sells | held


def test_the_estimate_counts_only_those_who_would_be_asked() -> None:
    """After the framework's end the N-1 estimate counts teams with a contract, and spot sellers."""
    days = np.array([DAY, DAY + 100.0])

    def counted(share: float) -> np.ndarray[Any, Any]:
        scenario = county(commissioning__tiers__off_framework__providers_share=share, **SPOT_ALONE)
        ledger = simulate(scenario, seed=1, until=DAY + 101)
        own, _ = adequacy.contracts_of(ledger, scenario, days)
        return adequacy.asked(ledger, scenario, days, own)

    none, some, everybody = (counted(share).sum() for share in (0.0, 0.4, 1.0))
    assert none < some < everybody


def test_a_team_that_has_people_as_the_run_starts_serves_the_tier_that_they_are_under() -> None:
    """Nobody is without a provider because only some serve the first phase's one tier."""
    legacy = {"commissioning__tiers__legacy_framework__providers_share": 0.0}
    share = {"commissioning__tiers__off_framework__providers_share": 0.0}
    market = Simulation(county(**legacy, **share), seed=1).market
    serving = [branch for branch in market.branches if branch.used_minutes]
    assert serving
    assert all(branch.contracts for branch in serving)


# Tenders that fail.


def test_a_tender_that_fails_is_repeated_and_told() -> None:
    lost = ScriptedFailure("P009", DAY, kind="contract_returned", areas=("KINGS_LYNN",))
    told = [
        len(contracts(failing(county(procurement__failed_share=share), lost).ledger, cause))
        for share in (0.0, 1.0)
        for cause in (Cause.PROCUREMENT_FAILED, Cause.AWARDED)
    ]
    assert told[0] == 0
    assert told[1] == 1
    assert told[2] > 3
    assert told[3] == 0


# Hazards of principals: by provider, shortfalls and losses apart, by a contract's age.


def test_a_loss_by_chance_gives_back_every_contract_of_a_provider() -> None:
    scenario = county(**BARE | {"failure__losses_per_year_principal": 2.0})
    found = 0
    for seed in range(4):
        ledger = simulate(scenario, seed=seed)
        returned = contracts(ledger, Cause.CONTRACT_RETURNED)
        by_day: dict[float, set[str]] = {}
        for day, code in returned:
            by_day.setdefault(day, set()).add(code)
        first = min(by_day, default=None)
        if first is not None:
            found += 1
            assert first > LIVE
            assert by_day[first] == {f"P009:{area}" for area in KINGS_LYNN}
            # It goes on trading.
            assert not [who for _, who, _, cause in trading(ledger) if cause is Cause.CLOSED]
    assert found >= 2


@pytest.mark.parametrize("share", [0.2, 0.4, 0.6, 1.0])
def test_however_early_principals_fail_five_years_have_the_same_total(share: float) -> None:
    days = np.arange(0.0, YEARS_OF_SAME_TOTAL * DAYS_PER_YEAR, DAYS_PER_YEAR / 100)
    weights = np.array([weight_of_age(share, age) for age in days])
    assert weights.mean() == pytest.approx(1.0, rel=1e-3)
    first = weights[days < DAYS_PER_YEAR].sum() / weights.sum()
    assert first == pytest.approx(share, rel=1e-3)


def test_front_loaded_losses_come_in_the_first_year() -> None:
    """With all of them in the first year nothing falls later; with none, nothing in it."""
    base = BARE | {
        "failure__losses_per_year_principal": 1.0,
        "procurement__failed_share": 1.0,
        "calendar__end": "2026-12-31",
        "calendar__warm_up_weeks": 1,
    }

    def days_of(share: float) -> list[float]:
        scenario = county(("COASTAL",), **base | {"failure__first_year_share": share})
        return [
            day - LIVE
            for seed in range(6)
            for day, _ in contracts(simulate(scenario, seed=seed), Cause.CONTRACT_RETURNED)
        ]

    early, late = days_of(1.0), days_of(0.0)
    notice = 28.0
    assert len(early) >= 3
    assert max(early) < DAYS_PER_YEAR + notice
    assert len(late) >= 1
    assert min(late) > DAYS_PER_YEAR


def test_the_framework_that_ends_is_not_asked() -> None:
    """LEGACY is the tier that the questions about the end of the framework are about."""
    scenario = county()
    assert scenario.commissioning.tiers[LEGACY].code == "legacy_framework"
    assert scenario.commissioning.tiers[OFF_FRAMEWORK].code == "off_framework"
    assert team(Simulation(scenario, seed=1).market, "P009:KINGS_LYNN").contracts
