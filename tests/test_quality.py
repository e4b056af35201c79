"""Quality: seldom seen, worn down by strain; suspension, and contracts that return."""

from __future__ import annotations

import numpy as np
import pytest
from conftest import small_county

from sim.ledger import Cause, Ledger
from sim.market.provider import RATINGS
from sim.scenario import Scenario, load_scenario
from sim.simulation import Simulation, simulate

LIVELY = {"quality__applies": True, "money__applies": False}
STEADY = {
    "quality__applies": True,
    "quality__worsening_per_year": 0.0,
    "quality__look_spread": 0.0,
}


def looks(ledger: Ledger, cause: Cause) -> int:
    """Visits of a kind, without those that follow a rating of inadequate."""
    rated = ledger.columns("rated")
    return int((rated["cause"] == cause).sum())


def test_where_quality_does_not_apply_nobody_is_visited() -> None:
    assert simulate(small_county(quality__applies=False), seed=1).count("rated") == 0


def test_without_strain_or_error_every_visit_finds_what_was_there_before() -> None:
    scenario = small_county(**STEADY)
    ledger = simulate(scenario, seed=1)
    before = {row.code: row.rating for row in scenario.providers}
    assert ledger.count("rated") > 50
    for _, provider, rating, _ in ledger.rows("rated"):
        was = before[ledger.labels.providers[int(provider)]]
        assert RATINGS[int(rating)] == ("good" if was == "not_rated" else was)


def test_no_visits_no_ratings() -> None:
    scenario = small_county(
        quality__applies=True, quality__inspections_per_year=0, quality__monitoring_per_year=0
    )
    assert simulate(scenario, seed=1).count("rated") == 0


def test_visits_come_at_the_declared_rates() -> None:
    """Poisson counts over 86 providers and three years: rejected below p = 0.001."""
    from scipy.stats import poisson

    scenario = small_county(
        **STEADY,
        quality__inspections_per_year=0.5,
        quality__inspections_under_strain=1.0,
        quality__monitoring_per_year=2.0,
        money__applies=False,
        quality__improves_share=1.0,
    )
    ledger = simulate(scenario, seed=4)
    trading = [row for row in scenario.providers if row.rating != "inadequate"]
    years = scenario.days / 365.25 * len(trading)
    for cause, rate in ((Cause.INSPECTED, 0.5), (Cause.MONITORED, 2.0)):
        count = looks(ledger, cause)
        both = 2 * min(poisson.cdf(count, rate * years), poisson.sf(count - 1, rate * years))
        assert both > 0.001, (cause, count, rate * years)


def provider_with_most_people(simulation: Simulation) -> str:
    """Who serves most, not as a principal."""
    return max(
        simulation.market.providers, key=lambda p: (sum(b.homes for b in p.branches), -p.id)
    ).code


def found_wanting(scenario: Scenario, day: float, last: float) -> tuple[Ledger, str]:
    """A run in which the largest provider is rated inadequate on a day."""
    from sim.processes import quality

    simulation = Simulation(scenario, seed=1)
    simulation.run(until=day)
    code = provider_with_most_people(simulation)
    provider = simulation.market.provider(code)
    provider.standard = provider.own_standard = 0.0
    quality.look(simulation.market, provider, Cause.INSPECTED, 0.5)
    return simulation.run(until=last), code


QUIET_VISITS = {
    "quality__applies": True,
    "quality__inspections_per_year": 0.0,
    "quality__monitoring_per_year": 0.0,
    "money__applies": False,
}


def told(ledger: Ledger, code: str) -> list[tuple[float, str]]:
    """What happened to a provider, in order."""
    number = ledger.labels.providers.index(code)
    return [
        (day, Cause(int(cause)).name)
        for day, provider, _, cause in ledger.rows("traded")
        if provider == number
    ]


def test_found_inadequate_a_provider_keeps_its_people_and_gets_no_new_ones() -> None:
    scenario = small_county(**QUIET_VISITS, quality__improves_share=1.0)
    ledger, code = found_wanting(scenario, 100.0, 400.0)
    assert told(ledger, code) == [
        (100.0, "FOUND_INADEQUATE"),
        (100.0, "SUSPENDED"),
        (280.0, "SUSPENSION_ENDED"),
    ]
    rated = [(day, int(rating)) for day, _, rating, _ in ledger.rows("rated")]
    assert rated == [(100.0, 0), (280.0, 1)]
    accepted = ledger.columns("accepted")
    owner = np.array(ledger.labels.branch_provider)[accepted["branch"]]
    mine = owner == ledger.labels.providers.index(code)
    while_suspended = (accepted["day"] > 100) & (accepted["day"] < 280)
    assert not (mine & while_suspended).any()
    assert (mine & (accepted["day"] < 100)).any()
    assert (mine & (accepted["day"] > 280)).any()
    moved = ledger.columns("moved")
    assert not ((moved["day"] == 100) & (moved["cause"] == Cause.PROVIDER_FAILED)).any()


def test_found_inadequate_again_it_gives_its_principal_contracts_back() -> None:
    scenario = small_county(**QUIET_VISITS, quality__improves_share=0.0, calendar__end="2026-12-31")
    from sim.processes import quality

    simulation = Simulation(scenario, seed=1)
    simulation.run(until=600.0)
    provider = simulation.market.provider("P009")
    provider.standard = provider.own_standard = 0.0
    quality.look(simulation.market, provider, Cause.INSPECTED, 0.5)
    ledger = simulation.run(until=1000.0)
    ended = [
        (day, Cause(int(cause)).name)
        for day, branch, tier, _, cause in ledger.rows("contracted")
        if ledger.labels.branches[int(branch)] == "P009:KINGS_LYNN"
        and ledger.labels.tiers[int(tier)] == "principal"
        and day > 600
    ]
    notice = scenario.failure.usual_notice_days
    assert (780.0, "TENDERED") in ended
    assert (780.0 + notice, "CONTRACT_RETURNED") in ended
    started = [
        ledger.labels.branches[int(branch)]
        for day, branch, _, _, cause in ledger.rows("contracted")
        if cause == Cause.CONTRACT_STARTED and day > 800
    ]
    assert any(name.endswith("KINGS_LYNN") and not name.startswith("P009") for name in started)


def test_strain_wears_quality_down_and_rest_heals_it() -> None:
    from sim.processes.failure import ScriptedFailure

    scenario = small_county(
        **QUIET_VISITS, overload__hand_back_after_days=1000, quality__worsening_per_year=1.0
    )
    simulation = Simulation(scenario, seed=9)
    simulation.run(until=50.0)
    code = "P018"
    simulation.fail(ScriptedFailure(code, 60.0, kind="staff_loss", share=0.6))
    # Nobody comes for half a year: else it might have its carers again before anybody looks.
    simulation.fail(
        ScriptedFailure(code, 60.0, kind="recruitment_stop", share=1.0, lasts_days=180.0)
    )
    simulation.run(until=239.0)
    provider = simulation.market.provider(code)
    others = [p for p in simulation.market.providers if p.code != code and p.branches]
    assert provider.strain > 0.5
    assert provider.standard < provider.own_standard - 0.2
    assert np.mean([p.own_standard - p.standard for p in others]) < 0.1
    assert provider.standard > 0.0
    simulation.run(until=500.0)
    assert provider.strain < 0.1
    worn = provider.own_standard - provider.standard
    simulation.run(until=1000.0)
    assert provider.own_standard - provider.standard < 0.6 * worn


def test_the_share_rated_good_neither_collapses_nor_rises_to_everyone() -> None:
    """Six years of Norfolk: SM10 puts 70.3 % at good or outstanding on 1 March 2023."""
    from sim.outcomes.headline import summarise

    scenario = load_scenario("norfolk", settings={"calendar.end": "2026-12-31"})
    share = summarise(simulate(scenario, seed=2), scenario, 0).figures["good_or_outstanding_at_end"]
    assert 0.5 < share < 0.9
    assert pytest.approx(share) != 1.0


def begins(rating: str, **settings: object) -> Scenario:
    """The two areas; the provider with most private work begins with a rating."""
    scenario = small_county(quality__applies=True, money__applies=False, **settings)
    rows = tuple(
        row.model_copy(update={"rating": rating}) if row.code == "P001" else row
        for row in scenario.providers
    )
    return scenario.model_copy(update={"providers": rows})


def test_a_provider_that_begins_inadequate_takes_no_work_and_is_visited() -> None:
    """From the warm-up on, until a visit finds it better."""
    scenario = begins("inadequate", quality__improves_share=1.0)
    ledger = simulate(scenario, seed=1)
    provider = ledger.labels.providers.index("P001")
    first = next(row for row in ledger.rows("rated") if row[1] == provider)
    assert first[2:] == (1, Cause.INSPECTED)
    assert 0 <= first[0] <= scenario.quality.revisit_days
    causes = [(row[0], row[3]) for row in ledger.rows("traded") if row[1] == provider]
    assert causes[0] == (-7.0 * scenario.calendar.warm_up_weeks, Cause.SUSPENDED)
    assert (first[0], Cause.SUSPENSION_ENDED) in causes
    teams = [i for i, owner in enumerate(ledger.labels.branch_provider) if owner == provider]
    taken = [row[0] for row in ledger.rows("accepted") if int(row[2]) in teams]
    assert taken and min(taken) >= first[0]


@pytest.mark.parametrize("rating", ["inadequate", "requires_improvement", "good", "not_rated"])
def test_every_rating_to_begin_with_is_looked_at_again(rating: str) -> None:
    """At two visits a year a provider is left out of three years once in four hundred runs; here
    none of five seeds may leave it out."""
    for seed in range(5):
        ledger = simulate(begins(rating, quality__monitoring_per_year=2.0), seed=seed)
        provider = ledger.labels.providers.index("P001")
        assert (ledger.columns("rated")["provider"] == provider).any()


def test_found_wanting_again_it_gives_its_contracts_back() -> None:
    scenario = load_scenario("staffordshire", settings={"quality.improves_share": 0})
    begun = next(row.code for row in scenario.providers if row.rating == "inadequate")
    ledger = simulate(scenario, seed=1, until=400.0)
    provider = ledger.labels.providers.index(begun)
    rated = [row for row in ledger.rows("rated") if row[1] == provider]
    assert rated and all(row[2] == 0 for row in rated)
