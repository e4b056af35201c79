"""Small worlds drawn at random: whatever is set, fails or strikes, books and laws hold.

Stories test what somebody thought of; these found what nobody had. Each world is the small county
with settings, tiers, ratings, failures and shocks drawn by its number, looked at on several days.
"""

from __future__ import annotations

from datetime import date, timedelta
from random import Random
from typing import Any

import numpy as np
import pytest
from books import faults

from sim.laws import nobody_is_forgotten
from sim.ledger import FACTS, Ledger
from sim.outcomes.headline import summarise
from sim.processes.failure import ScriptedFailure
from sim.scenario import Scenario, load_scenario
from sim.scenario.tables import Shock
from sim.simulation import Simulation
from sim.vocabulary import FAILURE_KINDS, SHOCK_KINDS

QUICK_WORLDS = 8
LONG_WORLDS = 400
WORLDS_A_TEST = 20
DAYS = 500.0

SETTINGS: dict[str, tuple[Any, ...]] = {
    "calendar.warm_up_weeks": (0, 4, 26),
    "demand.growth_per_year": (-0.1, 0.0, 0.2),
    "demand.season_amplitude": (0.0, 0.5),
    "packages.hours_law": ("fixed", "lognormal"),
    "packages.hours_log_sd": (0.2, 1.5),
    "packages.mean_carer_hours_per_week": (6.0, 30.0),
    "packages.double_handed_share": (0.0, 1.0),
    "packages.vulnerable_share": (0.0, 1.0),
    "care.stay_law": ("fixed", "exponential", "lognormal"),
    "care.mean_stay_days": (60.0, 800.0),
    "care.reviews": (True, False),
    "care.review_interval_days": (20.0, 200.0),
    "care.review_change": (0.1, 0.5),
    "care.review_change_share": (0.2, 1.0),
    "care.hospital_admissions_per_year": (0.0, 6.0),
    "care.hold_days": (0.0, 5.0, 60.0),
    "care.direct_payments_per_year": (0.0, 0.5),
    "brokerage.brokers": (0, 1, 5),
    "brokerage.handling_days": (0.0, 0.3),
    "brokerage.waiting_allowed": (True, True, False),
    "brokerage.list_discipline": ("priority", "first_come"),
    "brokerage.start_lag_days": (0.0, 7.0),
    "brokerage.mean_patience_days": (0.0, 20.0),
    "willingness.base_share": (0.1, 1.0),
    "workforce.unlimited_capacity": (False, False, False, True),
    "workforce.turnover_per_year": (0.0, 0.3, 2.0),
    "workforce.induction_days": (0.0, 30.0),
    "workforce.applicants_limited": (True, False),
    "workforce.new_applicants_per_week": (0.1, 1.6, 5.0),
    "workforce.posts_follow_work": (True, False),
    "travel.applies": (True, False),
    "travel.visits_per_round": (2.0, 3.3, 10.0, 40.0),
    "travel.territoriality": (0.0, 1.0),
    "overload.applies": (True, True, False),
    "overload.overtime_share": (0.0, 0.3),
    "overload.hand_back_after_days": (1.0, 60.0),
    "overload.hand_back_notice_days": (0.0, 28.0),
    "overload.no_reoffer_days": (0.0, 112.0),
    "bridging.hours_per_week": (0.0, 40.0, 300.0),
    "failure.random": (False, False, True),
    "failure.closures_per_year_small": (0.5,),
    "failure.private_absorbable_share": (0.0, 1.0),
    "failure.staff_move_share": (0.0, 0.5, 1.0),
    "failure.staff_wait_days": (0.0, 60.0),
    "procurement.emergency_days": (1.0, 120.0),
    "procurement.mobilisation_days": (0.0, 60.0),
    "procurement.failed_share": (0.0, 0.5),
    "procurement.lots_cap": (1, 5),
    "rollout.moves_existing_work": (True, False),
    "rollout.provider_loss_cap": (0.05, 1.0),
    "rollout.loss_cap_period": ("once", "month"),
    "rollout.direct_payment_share": (0.0, 0.5),
    "rollout.staff_move_share": (0.0, 1.0),
    "rollout.viable_hours_per_week": (0.0, 300.0),
    "self_funders.applies": (True, False),
    "money.applies": (True, True, False),
    "money.usual_margin": (-0.1, 0.1),
    "quality.applies": (True, True, False),
    "quality.monitoring_per_year": (0.0, 6.0),
    "quality.look_spread": (0.1, 2.0),
    "quality.revisit_days": (20.0, 200.0),
    "quality.improves_share": (0.0, 1.0),
}
TIER_SETTINGS: dict[str, tuple[Any, ...]] = {
    "answer_days": (0.0, 1.0, 4.0),
    "obligation": (0.0, 0.5, 1.0),
    "minimum_rating": ("any", "good", "outstanding"),
    "minimum_rating_holds": ("always", "at_award"),
    "takes_whole_rounds": (True, False),
    "from_hours_per_week": (0.0, 10.0, 30.0),
    "asked_when": ("always", "pressing"),
}
TIERS = ("principal", "pcn_framework", "legacy_framework", "off_framework")
RATINGS = ("outstanding", "good", "requires_improvement", "inadequate", "not_rated")
WHO = ("largest", "largest:HARBOUR", "principal:MARKET", "ANCHOR", "DRIFT", "NORTH_STAR")


def world(number: int) -> tuple[Scenario, list[ScriptedFailure]]:
    """The scenario of a number, and the failures that befall it."""
    chance = Random(number)
    drawn = chance.sample(sorted(SETTINGS), 18)
    settings = {path: chance.choice(SETTINGS[path]) for path in drawn}
    for tier in chance.sample(TIERS, 2):
        for key in chance.sample(sorted(TIER_SETTINGS), 2):
            settings[f"commissioning.tiers.{tier}.{key}"] = chance.choice(TIER_SETTINGS[key])
    scenario = load_scenario("small", settings=settings)
    providers = tuple(
        row.model_copy(update={"rating": chance.choice(RATINGS)}) if chance.random() < 0.3 else row
        for row in scenario.providers
    )
    shocks = tuple(shock(chance, scenario.calendar.start) for _ in range(chance.randrange(4)))
    scenario = scenario.model_copy(update={"providers": providers, "shocks": shocks})
    return scenario, [failure(chance) for _ in range(chance.randrange(4))]


def shock(chance: Random, start: date) -> Shock:
    """A shock of any kind, with or without an end."""
    kind = chance.choice(tuple(SHOCK_KINDS))
    begins = chance.randrange(int(DAYS) - 50)
    ends = chance.choice((None, begins + chance.randrange(1, 200)))
    sizes = (0.0, 0.5) if kind == "carers_lost" else (0.0, 0.5, 2.0)
    return Shock.model_validate(
        {
            "date": (start + timedelta(days=begins)).isoformat(),
            "ends": None if ends is None else (start + timedelta(days=ends)).isoformat(),
            "kind": kind,
            "size": chance.choice(sizes),
            "areas": chance.choice((None, "MARKET HILLS")) if kind != "bridging" else None,
            "source": "invented",
        }
    )


def failure(chance: Random) -> ScriptedFailure:
    """A failure of any kind."""
    return ScriptedFailure(
        chance.choice(WHO),
        float(chance.randrange(1, int(DAYS) - 60)),
        chance.choice((0.0, 14.0, 56.0)),
        chance.choice((None, 0.0, 0.6, 1.0)),
        chance.choice(tuple(FAILURE_KINDS)),
        chance.choice(((), ("MARKET",), ("HARBOUR", "VALE"))),
        chance.choice((None, 0.4)),
        chance.choice((None, 30.0)),
    )


def parts_make_the_whole(ledger: Ledger, scenario: Scenario) -> list[str]:
    """Tables by tier and by area tell the same hours, and every figure can be told."""
    result = summarise(ledger, scenario, 0)
    tiers = len(ledger.labels.tiers)
    by_tier = result.by_tier["planned_hours"].reshape(-1, tiers).sum(axis=1)
    wrong = [] if np.allclose(by_tier, result.by_area["planned_hours"]) else ["hours by tier"]
    needed = result.by_area["needed_hours"]
    told = sum(result.by_area[f"{part}_hours"] for part in ("planned", "bridged", "uncovered"))
    if not np.allclose(told, needed) or not (needed >= -1e-9).all():
        wrong.append("hours needed")
    return wrong + [name for name, value in result.figures.items() if np.isinf(value)]


def looked_at(number: int) -> list[str]:
    """What is wrong with a world on any of the days on which it is looked at."""
    scenario, failures = world(number)
    simulation = Simulation(scenario, seed=number)
    for script in failures:
        simulation.fail(script)
    chance = Random(-number)
    wrong = []
    for day in (0.0, *sorted(chance.uniform(0.0, DAYS) for _ in range(4)), DAYS):
        simulation.run(day)
        nobody_is_forgotten(simulation.market)
        wrong += [f"world {number}, day {day:.2f}: {fault}" for fault in faults(simulation.market)]
    wrong += [
        f"world {number}: {part}" for part in parts_make_the_whole(simulation.ledger, scenario)
    ]
    if number % 4 == 0 and not same_in_one_go(simulation.ledger, scenario, failures, number):
        wrong.append(f"world {number}: looked at on its way, it differs from a run in one go")
    return wrong


def same_in_one_go(
    ledger: Ledger, scenario: Scenario, failures: list[ScriptedFailure], number: int
) -> bool:
    simulation = Simulation(scenario, seed=number)
    for script in failures:
        simulation.fail(script)
    whole = simulation.run(DAYS)
    return all(np.array_equal(ledger.table(name), whole.table(name)) for name in FACTS)


@pytest.mark.parametrize("number", [*range(QUICK_WORLDS), 358])
def test_a_few_random_worlds_are_sound(number: int) -> None:
    """In 358 carers who come with one person make room for another, refused a moment before."""
    assert looked_at(number) == []


@pytest.mark.long
@pytest.mark.parametrize("first", range(QUICK_WORLDS, LONG_WORLDS, WORLDS_A_TEST))
def test_hundreds_of_random_worlds_are_sound(first: int) -> None:
    assert [fault for n in range(first, first + WORLDS_A_TEST) for fault in looked_at(n)] == []
