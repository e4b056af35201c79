"""Failure and the response to it: every kind, alone and together, at any time.

Small counties go live on 1 March 2024 (day 60) and have short procurements, so that a whole story
fits into a year and a half and a fifth of a second.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import date, timedelta
from itertools import permutations
from math import inf
from typing import Any

import numpy as np
import pytest
from books import SERVED, acceptable, faults, people
from conftest import QUIET, only
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binomtest, poisson
from test_relations import digest, labelled

from sim.clock import DAYS_PER_YEAR
from sim.commissioning import extra_minutes
from sim.ledger import HIRES, Cause, Ledger, Stage, pay_themselves
from sim.market.branch import Branch
from sim.market.market import Market
from sim.market.package import Package
from sim.processes.absence import has_principal
from sim.processes.care import change_hours
from sim.processes.failure import ScriptedFailure
from sim.processes.round_offers import fits
from sim.scenario import Scenario, load_scenario
from sim.scenario.tables import FailureRow
from sim.simulation import Simulation, simulate
from sim.vocabulary import FAILURE_KINDS, RESPONSES, FailureKind

KINGS_LYNN = ("COASTAL", "KINGS_LYNN")
WEST = ("COASTAL", "FENS_AND_BRECKS", "KINGS_LYNN")
NORTH = ("NORTH_NORFOLK_1", "NORTH_NORFOLK_3", "NORTH_NORFOLK_4")
PRINCIPAL, FRAMEWORK, LEGACY = range(3)
KINDS = tuple(FAILURE_KINDS)
LIVE, DAY, EMERGENCY = 60.0, 200.0, 50.0
QUICK: dict[str, Any] = {
    "calendar.end": "2025-06-30",
    "calendar.warm_up_weeks": 4,
    "procurement.emergency_days": EMERGENCY,
    "procurement.mobilisation_days": 20,
    "procurement.planned_days": 90,
    "procurement.lots_cap": 3,
    "bridging.hours_per_week": 50,
    "bridging.no_reablement_referral_share": 0,
    "care.hospital_admissions_per_year": 2.0,
    "workforce.applicants_limited": False,
    "commissioning.tiers.principal.ramp_days": 60,
}

SCARCE: dict[str, Any] = {"workforce__applicants_limited": True}
UNWILLING: dict[str, Any] = {"willingness__base_share": 0.1, "overload__overtime_share": 0.0}


def county(areas: tuple[str, ...] = KINGS_LYNN, **changed: Any) -> Scenario:
    """A few areas for a year and a half, whose principals grow fast; ``__`` for the dot."""
    live = {f"areas.{area}.go_live": "2024-03-01" for area in areas}
    told = {path.replace("__", "."): value for path, value in changed.items()}
    return only(
        load_scenario("norfolk", overrides=QUIET, settings={**QUICK, **live, **told}), areas
    )


def failing(
    scenario: Scenario, *scripts: ScriptedFailure, seed: int = 1, until: float | None = None
) -> Simulation:
    """A run with failures, to its end or to a day."""
    simulation = Simulation(scenario, seed=seed)
    for script in scripts:
        simulation.fail(script)
    simulation.run(until)
    return simulation


def team(market: Market, code: str) -> Branch:
    return next(branch for branch in market.branches if branch.code == code)


def trading(ledger: Ledger) -> list[tuple[float, str, str, Cause]]:
    """What happens to providers: day, provider, area ("" is everywhere), cause."""
    labels = ledger.labels
    return [
        (day, labels.providers[int(who)], [*labels.areas, ""][int(area)], Cause(int(cause)))
        for day, who, area, cause in ledger.rows("traded")
    ]


def contracts(ledger: Ledger, *causes: Cause, tier: int = PRINCIPAL) -> list[tuple[float, str]]:
    """Days and teams of what happens to a tier's contracts."""
    return [
        (day, ledger.labels.branches[int(branch)])
        for day, branch, of, _, cause in ledger.rows("contracted")
        if of == tier and cause in causes
    ]


def moves(ledger: Ledger, *causes: Cause) -> list[tuple[float, int, Stage, str]]:
    """Day, package, stage and team of moves with these causes."""
    teams = [*ledger.labels.branches, ""]
    return [
        (day, int(package), Stage(int(stage)), teams[int(branch)])
        for day, package, stage, branch, _, _, cause in ledger.rows("moved")
        if cause in causes
    ]


WORLDS = (
    county(WEST, **SCARCE),
    county(WEST),
    county(NORTH, failure__private_absorbable_share=0.5, **SCARCE),
    county(brokerage__start_lag_days=0, procurement__failed_share=0.3, **SCARCE),
    county(NORTH, brokerage__handling_days=0, overload__no_reoffer_days=0),
)
MOMENTS = (0.0, 30.0, 61.0, 100.5, 150.0, DAY, 230.0, 250.0, 400.0, 546.0)
WHO = ("principal:{}", "principal:{}", "largest:{}", "largest", "P009", "P001", "P002", "P011")


@st.composite
def scripts_for(draw: st.DrawFn, areas: tuple[str, ...]) -> list[ScriptedFailure]:
    """A few failures, often of the same provider, often at the same moment."""
    place = st.sampled_from(areas)
    return [
        ScriptedFailure(
            draw(st.sampled_from(WHO)).format(draw(place)),
            draw(st.sampled_from(MOMENTS)),
            draw(st.sampled_from([0.0, 0.0, 28.0, 60.0])),
            draw(st.sampled_from([None, 0.0, 0.5, 1.0])),
            draw(st.sampled_from(KINDS)),
            draw(st.sampled_from([(), (), (draw(place),)])),
            draw(st.sampled_from([None, 0.7, 1.0])),
            draw(st.sampled_from([None, 20.0, 200.0])),
            draw(st.sampled_from(list(RESPONSES))),
            draw(st.sampled_from([None, None, "P009", "P001"])),
        )
        for _ in range(draw(st.integers(1, 5)))
    ]


@st.composite
def troubled_worlds(draw: st.DrawFn) -> tuple[Scenario, list[ScriptedFailure]]:
    """A county, some of whose principals' contracts end, with failures."""
    scenario = draw(st.sampled_from(WORLDS))
    areas = tuple(area.code for area in scenario.areas)
    return ending(scenario, draw(st.sampled_from([None, 100, 230]))), draw(scripts_for(areas))


def ending(scenario: Scenario, day: int | None, provider: str | None = None) -> Scenario:
    """The county with principals' contracts (or one provider's) that end on a day."""
    model = scenario.commissioning
    if day is None:
        return scenario
    ends = scenario.calendar.start + timedelta(days=day)
    rows = tuple(
        row.model_copy(update={"ends": ends})
        if row.tier == "principal" and provider in (None, row.provider)
        else row
        for row in model.contracts
    )
    return scenario.model_copy(
        update={"commissioning": model.model_copy(update={"contracts": rows})}
    )


def look(world: tuple[Scenario, list[ScriptedFailure]], days: list[float], seed: int) -> None:
    """Run a troubled world and look at its books on some days and right after each failure."""
    scenario, scripts = world
    simulation = Simulation(scenario, seed=seed)
    for script in scripts:
        simulation.fail(script)
    after = [at + 1e-6 for s in scripts for at in (s.day, s.day + s.notice_days)]
    for day in sorted(day for day in (*days, *after) if day < scenario.days):
        simulation.run(day)
        assert not faults(simulation.market), f"on day {day}"
    simulation.run()


days_to_look = st.lists(st.floats(0, 546), min_size=6, max_size=6)
seeds = st.integers(0, 10**6)


@settings(max_examples=30, deadline=None, derandomize=True)
@given(world=troubled_worlds(), days=days_to_look, seed=seeds)
def test_books_and_laws_hold_whatever_fails(
    world: tuple[Scenario, list[ScriptedFailure]], days: list[float], seed: int
) -> None:
    look(world, days, seed)


@pytest.mark.long
@settings(max_examples=600, deadline=None, derandomize=True)
@given(world=troubled_worlds(), days=days_to_look, seed=seeds)
def test_books_and_laws_hold_in_many_troubled_worlds(
    world: tuple[Scenario, list[ScriptedFailure]], days: list[float], seed: int
) -> None:
    look(world, days, seed)


def test_the_books_are_looked_at_closely() -> None:
    """Tampering with any of them is noticed."""
    tampering: list[Callable[[Market], None]] = [
        lambda m: setattr(team(m, "P009:KINGS_LYNN").contracts[PRINCIPAL], "used_minutes", -15),
        lambda m: setattr(m.area("COASTAL"), "principal_missing", True),
        lambda m: m.area("COASTAL").contracts[LEGACY].clear(),
        lambda m: setattr(m.bridging, "used_minutes", m.bridging.used_minutes + 15),
        lambda m: setattr(team(m, "P009:KINGS_LYNN"), "closed", True),
        lambda m: team(m, "P009:KINGS_LYNN").make_productive(100),
    ]
    for tamper in tampering:
        market = failing(county(), until=DAY).market
        assert not faults(market)
        tamper(market)
        for area in market.areas:
            area.holders_changed()
        assert faults(market)


# Whose failure, when, in what order.


@pytest.mark.parametrize("notice", [0.0, 28.0])
@pytest.mark.parametrize("kind", KINDS)
def test_nothing_before_a_failure_changes_nor_who_comes_later(
    kind: FailureKind, notice: float
) -> None:
    script = ScriptedFailure("P009", DAY + 0.5, notice, kind=kind, share=1.0)
    told, plain = (failing(county(), *scripts).ledger for scripts in ([script], []))
    assert labelled(told, script.day) == labelled(plain, script.day)
    who = told.table("referred")
    # Self-funders do not come: they were there, and are known one by one now.
    who = who[~pay_themselves(who[:, 1])]
    assert who.tobytes() == plain.table("referred").tobytes()
    assert digest(told) != digest(plain)


@pytest.mark.parametrize(
    ("kind", "notice", "again"),
    [
        ("closure", 0.0, DAY),
        ("closure", 60.0, DAY),
        ("closure", 60.0, DAY + 20),
        ("closure", 0.0, DAY + 20),
        ("contract_returned", 0.0, DAY),
        ("contract_returned", 60.0, DAY + 20),
    ],
)
def test_a_failure_twice_is_once(kind: FailureKind, notice: float, again: float) -> None:
    once = ScriptedFailure("P009", DAY, notice, kind=kind)
    second = ScriptedFailure("P009", again, notice, kind=kind)
    ledgers = [failing(county(), *scripts).ledger for scripts in ([once], [once, second])]
    assert digest(ledgers[0]) == digest(ledgers[1])


@pytest.mark.parametrize("kind", KINDS)
def test_all_its_areas_is_no_restriction(kind: FailureKind) -> None:
    everywhere = ScriptedFailure("P009", DAY, 28.0, kind=kind)
    named = ScriptedFailure("P009", DAY, 28.0, kind=kind, areas=WEST)
    ledgers = [failing(county(WEST), script).ledger for script in (everywhere, named)]
    assert digest(ledgers[0]) == digest(ledgers[1])


@pytest.mark.parametrize("kind", KINDS)
def test_a_failure_in_one_area_is_in_no_other(kind: FailureKind) -> None:
    """With brokers and bridging out of the way the other area is the same, fact for fact."""
    apart = county(
        brokerage__brokers=0,
        bridging__hours_per_week=0,
        commissioning__tiers__principal__neighbours_help=False,
        procurement__failed_share=1.0,
    )
    script = ScriptedFailure("P009", DAY, kind=kind, areas=("KINGS_LYNN",))
    failed, whole = (labelled(failing(apart, *scripts).ledger) for scripts in ([script], []))
    for name in ("moved", "asked"):
        coastal = [[r for r in run[name] if r[1][0] == "COASTAL"] for run in (failed, whole)]
        assert coastal[0] == coastal[1]
    for name in ("staffed", "established"):
        coastal = [[r for r in run[name] if r[1].endswith(":COASTAL")] for run in (failed, whole)]
        assert coastal[0] == coastal[1]
    assert {row[2] for row in failed["traded"]} <= {"KINGS_LYNN"}


def test_a_provider_that_closes_area_by_area_has_closed() -> None:
    scripts = [ScriptedFailure("P009", DAY + n, areas=(a,)) for n, a in enumerate(WEST)]
    simulation = failing(county(WEST), *scripts)
    assert simulation.market.provider("P009").closed
    assert [area for *_, area, cause in trading(simulation.ledger) if cause is Cause.CLOSED] == [
        *WEST[:-1],
        "",
    ]


def test_a_failure_where_a_provider_does_not_work_is_none() -> None:
    script = ScriptedFailure("P009", DAY, areas=("NORTH_NORFOLK_1",))
    assert digest(failing(county(), script).ledger) == digest(failing(county()).ledger)


def row(who: str, **told: Any) -> FailureRow:
    """A row of failures.csv on the day on which things fail here."""
    return FailureRow(date=date(2024, 1, 1) + timedelta(days=int(DAY)), who=who, **told)


def test_order_of_rows_of_the_failures_table_does_not_matter() -> None:
    """Four failures of one moment, two of them the same but for their sizes."""
    rows = (
        row("P009", kind="staff_loss", share=0.5),
        row("P009", kind="staff_loss", share=0.15),
        row("P009", notice_days=28),
        row("principal:FENS_AND_BRECKS", kind="contract_returned"),
    )
    scenario = county(WEST)
    digests = {
        digest(simulate(scenario.model_copy(update={"failures": order}), seed=3))
        for order in [rows, rows[::-1], *list(permutations(rows))[5:20:5]]
    }
    assert len(digests) == 1


def test_two_failures_of_an_instant_follow_their_rank_not_their_insertion() -> None:
    pair = (
        ScriptedFailure("P009", DAY, 0.0, 1.0),
        ScriptedFailure("P009", DAY, 0.0, 0.0),
    )
    ledgers = [failing(county(), *order).ledger for order in (pair, pair[::-1])]
    assert digest(ledgers[0]) == digest(ledgers[1])


def test_on_one_day_failures_come_before_contracts() -> None:
    """A principal that closes on the morning of go-live never starts."""
    ledger = failing(county(), ScriptedFailure("P009", LIVE)).ledger
    started = contracts(ledger, Cause.CONTRACT_STARTED)
    assert not [code for _, code in started if code.startswith("P009")]


@pytest.mark.parametrize("day", [0.0, 546.0])
@pytest.mark.parametrize("kind", KINDS)
def test_first_and_last_day(kind: FailureKind, day: float) -> None:
    ledger = failing(county(), ScriptedFailure("P011", day, kind=kind)).ledger
    # P011 has no principal contract to return.
    assert bool(trading(ledger)) == (kind != "contract_returned")


def test_when_everybody_closes_everybody_waits() -> None:
    scenario = county()
    everybody = {row.provider for row in scenario.branches}
    scripts = [ScriptedFailure(code, DAY) for code in sorted(everybody)]
    simulation = failing(scenario, *scripts, until=DAY)
    at_home = sum(package.stage is not Stage.INTERRUPTED for package in people(simulation.market))
    # A team with a few private hours a week has somebody who buys them.
    teams = [team for team in simulation.market.branches if team.private_minutes]
    at_home += sum(max(1, team.private_homes) for team in teams)
    simulation.run(DAY + 1e-6)
    assert sum(len(area.list) for area in simulation.market.areas) == at_home > 200
    simulation.run(DAY + 100)
    market = simulation.market
    assert not faults(market)
    assert not any(branch.packages or branch.carers for branch in market.branches)


def test_closing_at_once_during_notice_closes_at_once() -> None:
    told = ScriptedFailure("P009", DAY, 60.0)
    hasty = ScriptedFailure("P009", DAY + 30)
    ledger = failing(county(), told, hasty).ledger
    assert trading(ledger) == [
        (DAY, "P009", "", Cause.NOTICE_GIVEN),
        (DAY + 30, "P009", "", Cause.CLOSED),
    ]


def test_a_provider_under_notice_may_lose_its_carers() -> None:
    told = ScriptedFailure("P009", DAY, 60.0)
    rush = ScriptedFailure("P009", DAY + 10, kind="staff_loss", share=1.0)
    market = failing(county(), told, rush, until=DAY + 10.001).market
    assert not team(market, "P009:KINGS_LYNN").carers


# The kinds.


def test_a_suspended_provider_keeps_its_people_and_takes_nobody() -> None:
    script = ScriptedFailure("P009", DAY, kind="suspension", lasts_days=100.0)
    simulation = failing(county(**UNWILLING), script, until=DAY)
    before = set(team(simulation.market, "P009:KINGS_LYNN").packages)
    ledger = simulation.run()
    ours = [i for i, code in enumerate(ledger.labels.branches) if code.startswith("P009:")]
    accepted = [day for day, _, branch, *_ in ledger.rows("accepted") if branch in ours]
    assert not [day for day in accepted if DAY < day < DAY + 100]
    assert [day for day in accepted if day < DAY]
    # The moment it ends, people who stood on the list are offered to it.
    assert accepted.count(DAY + 100) > 0
    assert trading(ledger) == [
        (DAY, "P009", "", Cause.SUSPENDED),
        (DAY + 100, "P009", "", Cause.SUSPENSION_ENDED),
    ]
    left = {p for _, p, *_ in moves(ledger, Cause.PROVIDER_FAILED, Cause.CONTRACT_RETURNED)}
    assert not left & before


def test_a_suspended_principal_is_missing_until_it_may_work_again() -> None:
    script = ScriptedFailure("P009", DAY, kind="suspension", lasts_days=100.0)
    simulation = failing(county(), script, until=DAY + 99.9)
    assert all(area.principal_missing for area in simulation.market.areas)
    simulation.run(DAY + 100.1)
    assert not any(area.principal_missing for area in simulation.market.areas)
    assert not contracts(simulation.ledger, Cause.TENDERED)


def test_staff_are_lost_at_once_and_their_posts_stay_open() -> None:
    script = ScriptedFailure("P009", DAY, kind="staff_loss", share=0.4)
    simulation = failing(county(), until=DAY)
    branch = team(simulation.market, "P009:KINGS_LYNN")
    carers, posts, applicants = len(branch.carers), branch.whole_posts, branch.area.applicants
    simulation.fail(script)
    simulation.run(DAY + 1e-6)
    gone = int(0.4 * carers + 0.5)
    assert gone > 3
    assert (len(branch.carers), branch.whole_posts) == (carers - gone, posts)
    leave_sector = simulation.scenario.failure.staff_leaving_sector
    assert branch.area.applicants == pytest.approx(applicants + gone * (1 - leave_sector))
    assert not moves(simulation.ledger, Cause.PROVIDER_FAILED)


def hires(ledger: Ledger, provider: str, begin: float, end: float) -> int:
    """Recruits of a provider in a span of days."""
    return sum(
        cause in HIRES
        and begin < day < end
        and ledger.labels.branches[int(branch)].startswith(f"{provider}:")
        for day, branch, _, cause in ledger.rows("staffed")
    )


def test_recruits_do_not_come_while_recruiting_is_stopped() -> None:
    script = ScriptedFailure("P009", DAY, kind="recruitment_stop", lasts_days=100.0)
    ledger = failing(county(), script).ledger
    assert hires(ledger, "P009", DAY, DAY + 100) == 0
    assert hires(ledger, "P009", 0, DAY) > 5
    assert hires(ledger, "P009", DAY + 100, 547) > 5
    assert hires(ledger, "P002", DAY, DAY + 100) > 0


def test_a_share_of_recruits_does_not_come() -> None:
    """Half of them: exact binomial test of those who came against an even coin, p < 0.001."""
    script = ScriptedFailure("P009", DAY, kind="recruitment_stop", share=0.5, lasts_days=300.0)
    quick = county(workforce__turnover_per_year=1.5, workforce__applicants_limited=False)
    came = turned_away = 0
    for seed in range(4):
        simulation = failing(quick, script, seed=seed)
        came += hires(simulation.ledger, "P009", DAY, DAY + 300)
        hired = simulation.ledger.columns("staffed")["cause"]
        drawn = sum(area.hire_count for area in simulation.market.areas)
        turned_away += drawn - int(np.isin(hired, HIRES).sum())
    assert came > 100
    assert binomtest(came, came + turned_away, 0.5).pvalue > 0.001


def test_a_contract_is_returned_and_the_provider_goes_on_with_its_other_work() -> None:
    script = ScriptedFailure("P009", DAY, kind="contract_returned")
    simulation = failing(county(), until=DAY)
    branch = team(simulation.market, "P009:KINGS_LYNN")
    under = {p.id for p in branch.packages.values() if p.tier == PRINCIPAL}
    other = {p.id for p in branch.packages.values() if p.tier != PRINCIPAL}
    by_choice = [p for p in branch.packages.values() if p.tier == simulation.market.direct_payment]
    assert len(under) > 10
    simulation.fail(script)
    simulation.run(DAY + 1e-6)
    assert set(branch.packages) == other
    assert all(package.id in branch.packages for package in by_choice)
    lost = {p for _, p, *_ in moves(simulation.ledger, Cause.CONTRACT_RETURNED)}
    assert under <= lost
    assert branch.contracts[PRINCIPAL].used_minutes == 0
    assert not branch.closed and branch.takes_new_work
    ledger = simulation.run()
    assert [
        day
        for day, _, team_, tier, *_ in ledger.rows("accepted")
        if team_ == branch.id and tier == LEGACY and day > DAY
    ]


@pytest.mark.parametrize("days", [40, 0])
def test_it_is_not_asked_again_for_those_packages_for_some_weeks(days: int) -> None:
    scenario = county(overload__no_reoffer_days=days, overload__applies=False, **SCARCE)
    script = ScriptedFailure("P009", DAY, kind="contract_returned", staff_move_share=0.0)
    ledger = failing(scenario, script).ledger
    lost = {p for _, p, *_ in moves(ledger, Cause.CONTRACT_RETURNED)}
    back = [
        day
        for day, package, branch, *_ in ledger.rows("accepted")
        if day > DAY and package in lost and ledger.labels.branches[int(branch)][:4] == "P009"
    ]
    assert back
    assert min(back) >= DAY + days
    assert days or min(back) < DAY + 40


def test_contracts_returned_on_notice_are_served_to_the_last_day() -> None:
    script = ScriptedFailure("P009", DAY, 60.0, kind="contract_returned")
    ledger = failing(county(**UNWILLING), script).ledger
    assert {day for day, *_ in moves(ledger, Cause.CONTRACT_RETURNED)} == {DAY + 60}
    assert len(moves(ledger, Cause.HANDED_OVER)) > 10
    assert {day for day, _ in contracts(ledger, Cause.CONTRACT_RETURNED)} == {DAY + 60}
    assert {day for day, _ in contracts(ledger, Cause.TENDERED)} == {DAY}


def test_a_provider_that_closes_while_it_returns_contracts_returns_nothing_after() -> None:
    returned = ScriptedFailure("P009", DAY, 20.0, 1.0, "contract_returned")
    closes = ScriptedFailure("P009", DAY + 19, 0.0, 1.0)
    simulation = failing(county(**UNWILLING), returned, closes, until=DAY + 20.001)
    assert not contracts(simulation.ledger, Cause.CONTRACT_RETURNED)
    # The carers who wait to move since the closure go on waiting.
    assert sum(branch.movers for branch in simulation.market.provider("P009").branches) > 0
    assert not faults(simulation.market)
    simulation.run()


# Where people are when it happens.


def one_with(market: Market, provider: str, holds: Callable[[Package], bool]) -> Package:
    """Somebody whom a provider has in hand, and of whom something holds."""
    for branch in market.provider(provider).branches:
        for package in branch.packages.values():
            if holds(package):
                return package
    raise LookupError("nobody is in that place in this seed")


@pytest.mark.parametrize("kind", ["closure", "contract_returned"])
def test_someone_in_hospital_loses_the_place_that_was_kept(kind: FailureKind) -> None:
    simulation = failing(county(), until=DAY)
    person = one_with(
        simulation.market,
        "P009",
        lambda p: p.stage is Stage.INTERRUPTED and p.tier == PRINCIPAL,
    )
    simulation.fail(ScriptedFailure("P009", DAY, kind=kind))
    simulation.run(DAY + 1e-6)
    assert (person.stage, person.branch, person.seeking) == (Stage.INTERRUPTED, None, False)
    assert not faults(simulation.market)
    ledger = simulation.run()
    story = [(stage, cause) for _, p, stage, *_, cause in ledger.rows("moved") if p == person.id]
    after = story[story.index((Stage.INTERRUPTED, Cause.TO_HOSPITAL)) :]
    assert (Stage.DISPLACED, Cause.FROM_HOSPITAL) in after or after[-1][0] == Stage.ENDED


def test_someone_in_hospital_when_a_contract_is_to_end_is_told_when_back() -> None:
    simulation = failing(county(**UNWILLING), until=DAY)
    in_hospital = [
        package
        for branch in simulation.market.provider("P009").branches
        for package in branch.packages.values()
        if package.stage is Stage.INTERRUPTED and package.tier == PRINCIPAL
    ]
    simulation.fail(ScriptedFailure("P009", DAY, 100.0, kind="contract_returned"))
    back = set()
    for day in range(1, 14):
        simulation.run(DAY + day)
        assert not faults(simulation.market)
        home = [p for p in in_hospital if p.stage is Stage.IN_SERVICE and p.tier == PRINCIPAL]
        assert all(p.seeking and p.leaves_day == DAY + 100 for p in home)
        back |= {p.id for p in home}
    assert back


@pytest.mark.parametrize("bridged", [False, True])
def test_someone_accepted_but_not_yet_served_waits_again(bridged: bool) -> None:
    stage = Stage.RESERVED_BRIDGED if bridged else Stage.RESERVED
    simulation = Simulation(county(brokerage__start_lag_days=20), seed=1)
    simulation.run(DAY)
    person = one_with(simulation.market, "P009", lambda p: p.stage is stage)
    was_served = person.had_care
    simulation.fail(ScriptedFailure("P009", DAY))
    simulation.run(DAY + 1e-6)
    assert person.stage in (Stage.DISPLACED if was_served else Stage.WAITING, Stage.BRIDGED)
    assert person.seeking and person.branch is None
    assert not faults(simulation.market)
    simulation.run()
    started = moves(simulation.ledger, Cause.STARTED)
    assert not [m for m in started if m[1] == person.id and m[0] > DAY and m[3].startswith("P009")]


def test_someone_on_a_direct_payment_loses_a_provider_that_closes() -> None:
    # Rounds move more easily than in Norfolk: who may choose is on one of those that do.
    scenario = county(
        rollout__direct_payment_share=0.3,
        rollout__provider_loss_cap=0.5,
        rollout__round_unmovable_share=0.6,
    )
    simulation = failing(scenario, seed=5, until=DAY)
    market = simulation.market
    person = next(p for p in people(market) if p.tier == market.direct_payment)
    assert person.branch is not None
    contract = person.branch.contracts[market.direct_payment]
    simulation.fail(ScriptedFailure(person.branch.provider.code, DAY))
    simulation.run(DAY + 1e-6)
    assert person.seeking and person.branch is None
    assert contract.used_minutes == 0
    simulation.run()
    again = [
        tier
        for _, package, _, tier, *_ in simulation.ledger.rows("accepted")
        if package == person.id
    ]
    assert market.direct_payment not in again


def test_people_sought_for_during_notice_stay_until_the_last_day() -> None:
    scenario = county(**UNWILLING)
    simulation = failing(scenario, ScriptedFailure("P009", DAY, 60.0), until=DAY + 59.9)
    leaving = [
        package
        for branch in simulation.market.provider("P009").branches
        for package in branch.area.leaving.packages
        if package.branch is branch
    ]
    assert len(leaving) > 5
    simulation.run(DAY + 60.0001)
    assert all(p.seeking and p.branch is None for p in leaving)


def sought(simulation: Simulation) -> list[Package]:
    """A list that grows by everyone for whom brokerage begins to look, in that order."""
    brokerage, order = simulation.market.brokerage, list[Package]()
    begin = brokerage.seek

    def seek(package: Package) -> None:
        order.append(package)
        begin(package)

    brokerage.seek = seek  # type: ignore[method-assign]
    return order


def test_the_most_urgent_are_offered_first() -> None:
    scenario = county(
        commissioning__tiers__principal__takes_whole_rounds=False,
        commissioning__tiers__pcn_framework__takes_whole_rounds=False,
    )
    for notice in (0.0, 60.0):
        simulation = failing(scenario, until=DAY)
        order = sought(simulation)
        simulation.fail(ScriptedFailure("P009", DAY, notice, areas=("KINGS_LYNN",)))
        simulation.run(DAY + 1e-6)
        assert len(order) > 50
        assert [p.urgency for p in order] == sorted(p.urgency for p in order)


def all_but(scenario: Scenario, spared: str, lasts_days: float) -> list[ScriptedFailure]:
    """Everybody else may take no new work for some time."""
    others = sorted({row.provider for row in scenario.branches} - {spared})
    return [
        ScriptedFailure(code, DAY - 1, kind="suspension", lasts_days=lasts_days) for code in others
    ]


def test_what_stands_on_the_list_is_offered_to_whoever_is_no_longer_suspended() -> None:
    """P011 holds no principal's contract; its suspension ends first."""
    scenario = county()
    simulation = failing(
        scenario,
        *all_but(scenario, "P011", 300.0),
        ScriptedFailure("P011", DAY - 1, kind="suspension", lasts_days=51.0),
        until=DAY + 49.9,
    )
    assert sum(len(area.list) for area in simulation.market.areas) > 5
    ledger = simulation.run(DAY + 50.0001)
    assert [row for row in ledger.rows("accepted") if row[0] == DAY + 50]
    assert not faults(simulation.market)


# Whole rounds, limits, neighbours, carers.


def test_a_round_that_is_taken_moves_together_with_its_carers() -> None:
    """Everyone on one day to one provider, with whole carers; the takers have room for all."""
    script = ScriptedFailure("P009", DAY, 0.0, 1.0, areas=("KINGS_LYNN",))
    simulation = failing(county(WEST), script, until=DAY + 10)
    ledger = simulation.ledger
    offers = ledger.columns("round_offered")
    taken = offers["taker"] >= 0
    assert taken.sum() > 2
    accepted = ledger.rows("accepted")
    brought = Counter(
        (day, int(branch))
        for day, branch, change, cause in ledger.rows("staffed")
        if cause == Cause.MOVED_IN and day >= DAY
    )
    for day, taker, number in zip(
        offers["day"][taken], offers["taker"][taken], offers["people"][taken], strict=True
    ):
        together = [row for row in accepted if (row[0], row[2]) == (day, taker)]
        assert len(together) >= number
        assert brought[day, int(taker)] > 0
    assert not faults(simulation.market)


def test_a_round_goes_only_where_there_is_room_for_all_of_it() -> None:
    simulation = failing(county(WEST), until=DAY)
    market = simulation.market
    branch = team(market, "P011:KINGS_LYNN")
    homes = list(team(market, "P009:KINGS_LYNN").packages.values())
    most = next(n for n in range(len(homes) + 1) if not fits(branch, homes[: n + 1], 0))
    assert fits(branch, homes, 1000)
    assert fits(branch, homes[:most], 0)
    work = branch.committed + sum(package.minutes for package in homes[: most + 1])
    visits = branch.homes + branch.private_homes + most + 1
    able = branch.productive * branch.travel.contact_minutes(visits)
    assert able * (1 + branch.overtime_share) < work


def test_a_round_that_nobody_takes_is_broken_up_the_most_urgent_first() -> None:
    scenario = county(**UNWILLING)
    simulation = failing(scenario, *all_but(scenario, "P009", 300.0), until=DAY)
    # One holder of the framework may be asked, and has no carers.
    framework = team(simulation.market, "P011:KINGS_LYNN")
    framework.suspended = False
    framework.make_productive(-framework.productive)
    framework.area.holders_changed()
    simulation.fail(ScriptedFailure("P009", DAY, 0.0, 0.0, areas=("KINGS_LYNN",)))
    # Whoever is in hospital is in no round, and seeks a provider alone once back.
    served = team(simulation.market, "P009:KINGS_LYNN").packages.values()
    ours = {package.id for package in served if package.stage is not Stage.INTERRUPTED}
    simulation.run(DAY + 0.01)
    order = sought(simulation)
    ledger = simulation.run(DAY + 3)
    ours |= set(ledger.columns("self_funded")["package"].tolist())
    offers = ledger.columns("round_offered")
    assert offers["people"].size > 3 and (offers["taker"] < 0).all()
    broken_up = [package for package in order if package.id in ours]
    for number in offers["people"]:
        homes, broken_up = broken_up[:number], broken_up[number:]
        assert [p.urgency for p in homes] == sorted(p.urgency for p in homes)


def test_nobody_of_a_round_is_placed_alone_while_the_round_is_on_offer() -> None:
    scenario = county(WEST, brokerage__handling_days=1.0)
    simulation = failing(scenario, ScriptedFailure("P009", DAY, 0.0, 0.5), until=DAY)
    served = {
        p.id
        for b in simulation.market.provider("P009").branches
        for p in b.packages.values()
        if p.stage is Stage.IN_SERVICE
    }
    ledger = simulation.run(DAY + 1.0)
    assert len(served) > 50
    assert not [m for m in moves(ledger, Cause.ACCEPTED) if m[0] >= DAY and m[1] in served]


def test_a_provider_that_gave_somebody_back_is_not_offered_their_round() -> None:
    """The framework's providers may not be asked again for anybody: none takes a round."""
    takers = []
    scenario = county(commissioning__tiers__principal__neighbours_help=False)
    for barred in (False, True):
        simulation = failing(scenario, until=DAY)
        market = simulation.market
        framework = [c for c in market.area("KINGS_LYNN").contracts[FRAMEWORK] if c.running]
        if barred:
            for package in team(market, "P009:KINGS_LYNN").packages.values():
                for contract in framework:
                    package.bar(contract.branch.provider.id, inf)
        simulation.fail(ScriptedFailure("P009", DAY, 0.0, 1.0, areas=("KINGS_LYNN",)))
        offered = simulation.run(DAY + 10).columns("round_offered")
        takers.append({int(t) for t in offered["taker"][offered["tier"] == FRAMEWORK]} - {-1})
    assert takers[0] and not takers[1]


def test_framework_limits_lapse_without_a_principal_and_bind_again() -> None:
    """No holder takes anybody beyond its maximum while a principal is there."""
    simulation = failing(county(), ScriptedFailure("P009", DAY, 0.0, 1.0))
    ledger = simulation.ledger
    maximum = {
        contract.branch.id: contract.maximum_minutes
        for area in simulation.market.areas
        for contract in area.contracts[FRAMEWORK]
    }
    used: Counter[int] = Counter()
    where: dict[int, tuple[int, int]] = {}
    beyond: list[float] = []
    for day, package, _, branch, tier, minutes, cause in ledger.rows("moved"):
        team_, before = where.pop(int(package), (-1, 0))
        used[team_] -= before
        if tier == FRAMEWORK:
            where[int(package)] = (int(branch), int(minutes))
            used[int(branch)] += int(minutes)
            most = maximum[int(branch)]
            if cause == Cause.ACCEPTED and most is not None and used[int(branch)] > most:
                beyond.append(day)
    assert len(beyond) > 5
    assert min(beyond) > DAY and max(beyond) < DAY + EMERGENCY


def test_neighbours_help_until_there_is_a_principal_and_keep_whom_they_took() -> None:
    """North Norfolk 3 and 4 lose theirs; the principal of North Norfolk 1 comes over."""
    simulation = failing(county(NORTH), until=DAY)
    market = simulation.market
    lender = team(market, "P002:NORTH_NORFOLK_1")
    spare = max(0, lender.room // lender.carer_minutes)
    productive = lender.productive
    simulation.fail(ScriptedFailure("P001", DAY))
    ledger = simulation.run(DAY + EMERGENCY - 0.1)
    helpers = ["P002:NORTH_NORFOLK_3", "P002:NORTH_NORFOLK_4"]
    assert contracts(ledger, Cause.NEIGHBOUR_CALLED) == [(DAY, code) for code in helpers]
    lent = [
        (ledger.labels.branches[int(branch)], change)
        for day, branch, change, cause in ledger.rows("staffed")
        if cause == Cause.SECONDED
    ]
    gone = sum(-change for code, change in lent if code == lender.code)
    assert 0 < gone == sum(change for code, change in lent if code in helpers) <= spare
    assert spare <= productive
    taken = {
        package.id
        for code in helpers
        for package in team(market, code).packages.values()
        if package.tier == PRINCIPAL
    }
    assert len(taken) > 3
    simulation.run(DAY + EMERGENCY + 0.1)
    released = {code for _, code in contracts(ledger, Cause.NEIGHBOUR_RELEASED)}
    winners = {code for day, code in contracts(ledger, Cause.CONTRACT_STARTED) if day > LIVE}
    assert released | (winners & set(helpers)) == set(helpers)
    kept = {p.id for code in helpers for p in team(market, code).packages.values()}
    assert len(taken & kept) > 0.9 * len(taken)
    for area in market.areas:
        assert not any(contract.emergency for contract in area.contracts[PRINCIPAL])
    assert not faults(market)


def test_neighbours_do_not_help_where_the_model_does_not_say_so() -> None:
    alone = county(NORTH, commissioning__tiers__principal__neighbours_help=False)
    ledger = failing(alone, ScriptedFailure("P001", DAY)).ledger
    assert not contracts(ledger, Cause.NEIGHBOUR_CALLED)


def test_a_neighbour_with_an_emergency_contract_may_win_the_area() -> None:
    """Its people stay on its books, and it is principal like any other."""
    simulation = failing(county(NORTH), ScriptedFailure("P001", DAY))
    market = simulation.market
    won = [
        contract
        for area in market.areas
        for contract in area.contracts[PRINCIPAL]
        if contract.running and contract.branch.provider.code == "P002" and contract.lot
    ]
    assert len(won) > 1
    assert not any(contract.emergency for contract in won)
    assert all(contract.maximum_minutes for contract in won)
    assert not faults(market)


def test_a_neighbour_that_has_won_is_not_forgotten_when_the_old_principal_is_back() -> None:
    """A suspended principal's contract is tendered; its helper wins; the suspension ends first."""
    scenario = ending(county(NORTH), int(DAY) + 60, "P001")
    suspended = ScriptedFailure("P001", DAY, kind="suspension", lasts_days=50.0)
    ledger = failing(scenario, suspended, until=DAY + 61).ledger
    started = [code for day, code in contracts(ledger, Cause.CONTRACT_STARTED) if day == DAY + 60]
    assert started and not any(code.startswith("P001") for code in started)
    simulation = failing(scenario, suspended, until=DAY + 61)
    assert not faults(simulation.market)
    for code in started:
        contract = team(simulation.market, code).contracts[PRINCIPAL]
        assert contract in contract.branch.area.contracts[PRINCIPAL]


@pytest.mark.parametrize("share", [0.0, 0.4, 1.0])
def test_a_failed_providers_carers_wait_move_or_look_for_other_work(share: float) -> None:
    """Share of those who work alone waits; the others go at once, some of them for good."""
    simulation = failing(county(), until=DAY)
    branch = team(simulation.market, "P009:KINGS_LYNN")
    alone, carers, looking = branch.productive, len(branch.carers), branch.area.applicants
    simulation.fail(ScriptedFailure("P009", DAY, 0.0, share, areas=("KINGS_LYNN",)))
    simulation.run(DAY + 1e-6)
    waiting = int(share * alone + 0.5)
    stay = 1 - simulation.scenario.failure.staff_leaving_sector
    assert branch.movers == waiting
    assert branch.area.applicants == pytest.approx(looking + (carers - waiting) * stay)
    days = simulation.scenario.failure.staff_wait_days
    simulation.run(DAY + days - 0.001)
    staffed = simulation.ledger.rows("staffed")
    came = sum(change for day, _, change, cause in staffed if cause == Cause.MOVED_IN and day > DAY)
    assert came == waiting - branch.movers
    still, before = branch.movers, branch.area.applicants
    simulation.run(DAY + days + 0.001)
    assert branch.movers == 0
    if still:
        assert branch.area.applicants >= before + still * stay - 2


def test_a_closure_starts_a_wait_of_its_own() -> None:
    """Its carers do not stop waiting when those of a contract returned before do."""
    scenario = county(overload__no_reoffer_days=0, willingness__base_share=1.0)
    returned = ScriptedFailure("P009", DAY, 0.0, 0.0, "contract_returned")
    closes = ScriptedFailure("P009", DAY + 20, 0.0, 1.0)
    simulation = failing(scenario, *all_but(scenario, "P009", 300.0), returned, closes, until=DAY)
    simulation.run(DAY + 28.001)
    waiting = sum(branch.movers for branch in simulation.market.provider("P009").branches)
    assert waiting > 10
    simulation.run(DAY + 48.001)
    assert not sum(branch.movers for branch in simulation.market.provider("P009").branches)


def test_carers_who_still_wait_when_their_team_closes_look_for_other_work() -> None:
    scenario = county()
    returned = ScriptedFailure("P009", DAY, 0.0, 1.0, "contract_returned")
    simulation = failing(scenario, *all_but(scenario, "P009", 300.0), returned, until=DAY + 19.9999)
    branch = team(simulation.market, "P009:KINGS_LYNN")
    waiting, looking = branch.movers, branch.area.applicants
    assert waiting > 10
    simulation.fail(ScriptedFailure("P009", DAY + 20, 0.0, 0.0))
    simulation.run(DAY + 20.0001)
    stay = 1 - scenario.failure.staff_leaving_sector
    assert branch.area.applicants >= looking + waiting * stay - 1


def test_nobody_counts_on_carers_who_have_stopped_waiting() -> None:
    scenario = county(failure__staff_wait_days=5, **UNWILLING)
    simulation = failing(scenario, ScriptedFailure("P009", DAY, 0.0, 1.0), until=DAY + 4.9)
    waiting = [p for area in simulation.market.areas for p in area.list.packages]
    assert any(package.staff_carers for package in waiting)
    simulation.run(DAY + 5.1)
    assert not any(p.staff_carers or p.staff_from for p in people(simulation.market))
    moved_in = [
        day
        for day, _, _, cause in simulation.run().rows("staffed")
        if cause == Cause.MOVED_IN and day > DAY + 5
    ]
    assert not moved_in


def test_other_teams_give_up_private_work_when_a_principal_is_missing() -> None:
    simulation = failing(county(failure__private_absorbable_share=0.5), until=DAY)
    branch = team(simulation.market, "P011:KINGS_LYNN")
    minutes, homes = branch.private_minutes, branch.private_homes
    simulation.fail(ScriptedFailure("P009", DAY))
    simulation.run(DAY + 1e-6)
    assert minutes > 0
    assert branch.private_minutes == minutes - int(0.5 * minutes)
    assert branch.private_homes == homes - int(0.5 * homes)


# Procurement.


def test_a_successor_starts_after_the_fixed_time() -> None:
    ledger = failing(county(WEST), ScriptedFailure("P009", DAY, 0.0)).ledger
    assert [day for day, _ in contracts(ledger, Cause.TENDERED)] == [DAY, DAY]
    assert [day for day, _ in contracts(ledger, Cause.AWARDED)] == [DAY + 30] * 2
    started = [day for day, _ in contracts(ledger, Cause.CONTRACT_STARTED) if day > LIVE]
    assert started == [DAY + EMERGENCY] * 2


def test_with_notice_the_procurement_begins_with_the_notice() -> None:
    ledger = failing(county(WEST), ScriptedFailure("P009", DAY, 28.0)).ledger
    started = [day for day, _ in contracts(ledger, Cause.CONTRACT_STARTED) if day > LIVE]
    assert started == [DAY + EMERGENCY] * 2


def test_a_tender_is_repeated_until_somebody_may_bid() -> None:
    """Everybody else is suspended for two tenders and a half; the third finds somebody."""
    scenario = county()
    others = sorted({row.provider for row in scenario.branches} - {"P009"})
    scripts = [
        ScriptedFailure(code, DAY, kind="suspension", lasts_days=2.3 * EMERGENCY) for code in others
    ]
    ledger = failing(scenario, ScriptedFailure("P009", DAY), *scripts).ledger
    failed = {day for day, _ in contracts(ledger, Cause.PROCUREMENT_FAILED)}
    assert failed == {DAY + 30, DAY + 80}
    started = {day for day, _ in contracts(ledger, Cause.CONTRACT_STARTED) if day > LIVE}
    assert started == {DAY + 3 * EMERGENCY}


@pytest.mark.parametrize(
    "barring",
    [
        {"procurement__bidder_size_share": 1.0, "areas__COASTAL__hours_per_four_weeks": 100_000},
        {"commissioning__tiers__principal__minimum_rating": "outstanding"},
        {"procurement__failed_share": 1.0},
    ],
    ids=["size", "rating", "failed"],
)
def test_who_may_not_bid_does_not_win(barring: dict[str, Any]) -> None:
    scenario = county(("COASTAL",), **barring)
    if "commissioning__tiers__principal__minimum_rating" in barring:
        good = tuple(
            p.model_copy(update={"rating": "outstanding" if p.code == "P009" else "good"})
            for p in scenario.providers
        )
        scenario = scenario.model_copy(update={"providers": good})
    ledger = failing(scenario, ScriptedFailure("P009", DAY)).ledger
    assert len(contracts(ledger, Cause.PROCUREMENT_FAILED)) > 3
    assert not contracts(ledger, Cause.AWARDED)


def test_nobody_wins_more_areas_than_the_cap_on_lots() -> None:
    for cap in (1, 2, 3):
        scenario = county(NORTH, procurement__lots_cap=cap)
        market = failing(scenario, ScriptedFailure("P001", DAY)).market
        lots = Counter(
            contract.branch.provider.code
            for area in market.areas
            for contract in area.contracts[PRINCIPAL]
            if contract.lot
        )
        assert max(lots.values()) <= cap
        assert lots.total() == 3


def test_a_closed_team_gives_its_future_lot_free() -> None:
    market = failing(county(), ScriptedFailure("P009", 30.0), until=31.0).market
    assert not any(
        contract.lot
        for branch in market.provider("P009").branches
        for contract in branch.contracts.values()
    )


def test_tenders_fail_in_the_stated_share_of_replications() -> None:
    """Stratified: of twenty replications ten, give or take one, fail at the first tender."""
    scenario = county(("COASTAL",), procurement__failed_share=0.5, calendar__end="2024-09-15")
    failed = 0
    for replication in range(20):
        simulation = Simulation(scenario, seed=4, replication=replication)
        simulation.fail(ScriptedFailure("P009", DAY))
        ledger = simulation.run(DAY + 31)
        failed += len(contracts(ledger, Cause.PROCUREMENT_FAILED))
    assert abs(failed - 10) <= 1


def test_a_winner_that_has_closed_before_its_start_is_not_started() -> None:
    plain = failing(county(("COASTAL",)), ScriptedFailure("P009", DAY))
    winner = contracts(plain.ledger, Cause.AWARDED)[0][1]
    closes = ScriptedFailure(winner.split(":")[0], DAY + 40)
    simulation = failing(county(("COASTAL",)), ScriptedFailure("P009", DAY), closes)
    ledger = simulation.ledger
    started = [row for row in contracts(ledger, Cause.CONTRACT_STARTED) if row[0] > LIVE]
    assert [day for day, _ in started] == [DAY + 2 * EMERGENCY]
    assert winner not in [code for _, code in started]
    assert not faults(simulation.market)


def test_a_winner_that_is_suspended_on_its_first_day_stops_recruiting_for_it() -> None:
    plain = failing(county(("COASTAL",)), ScriptedFailure("P009", DAY))
    winner = contracts(plain.ledger, Cause.AWARDED)[0][1]
    pause = ScriptedFailure(winner.split(":")[0], DAY + 40, kind="suspension", lasts_days=60.0)
    simulation = failing(
        county(("COASTAL",)), ScriptedFailure("P009", DAY), pause, until=DAY + EMERGENCY + 1
    )
    contract = team(simulation.market, winner).contracts[PRINCIPAL]
    assert not contract.running and not contract.lot
    assert contract.contracted_minutes(DAY + 90) == 0


def test_an_emergency_without_any_time_ends_all_the_same() -> None:
    """Nobody may bid and a tender takes no time: it is repeated day by day, not for ever."""
    never = county(("COASTAL",), procurement__emergency_days=0, procurement__failed_share=1.0)
    ledger = failing(never, ScriptedFailure("P009", DAY), until=DAY + 10.5).ledger
    failed = {day for day, _ in contracts(ledger, Cause.PROCUREMENT_FAILED)}
    assert failed == {DAY + number for number in range(11)}
    planned = ending(never, int(DAY))
    failing(planned, until=DAY + 10)


def test_an_incumbent_may_win_and_goes_on() -> None:
    simulation = failing(ending(county(("KINGS_LYNN",)), int(DAY)))
    ledger = simulation.ledger
    assert contracts(ledger, Cause.TENDERED) == [(DAY - 90, "P009:KINGS_LYNN")]
    assert contracts(ledger, Cause.AWARDED) == [(DAY - 20, "P009:KINGS_LYNN")]
    assert not contracts(ledger, Cause.CONTRACT_ENDED)
    assert team(simulation.market, "P009:KINGS_LYNN").contracts[PRINCIPAL].running


@pytest.fixture(scope="module")
def change_of_hands() -> tuple[Simulation, set[int]]:
    """P001 has two areas, the cap falls to one: both its contracts go to others on the day."""
    scenario = ending(county(NORTH, procurement__lots_cap=1), int(DAY), "P001")
    simulation = failing(scenario, until=DAY)
    branches = simulation.market.provider("P001").branches
    people_ = {p.id for b in branches for p in b.packages.values() if p.tier == PRINCIPAL}
    simulation.run()
    return simulation, people_


def test_at_a_planned_change_people_go_over_on_the_day_without_a_gap(
    change_of_hands: tuple[Simulation, set[int]],
) -> None:
    simulation, ours = change_of_hands
    ledger = simulation.ledger
    assert len(ours) > 20
    ended = contracts(ledger, Cause.CONTRACT_ENDED)
    assert ended == [(DAY, "P001:NORTH_NORFOLK_3"), (DAY, "P001:NORTH_NORFOLK_4")]
    transferred = [move for move in moves(ledger, Cause.TRANSFERRED) if move[0] == DAY]
    assert {package for _, package, *_ in transferred} == ours
    assert {stage for *_, stage, _ in transferred} <= set(SERVED)
    assert not any(code.startswith("P001") for *_, code in transferred)
    carers = sum(
        change
        for day, _, change, cause in ledger.rows("staffed")
        if day == DAY and cause == Cause.MOVED_IN
    )
    assert carers > 0
    assert not any(area.principal_missing for area in simulation.market.areas)


def test_who_has_lost_a_contract_no_longer_keeps_posts_for_it(
    change_of_hands: tuple[Simulation, set[int]],
) -> None:
    simulation, _ = change_of_hands
    old = team(simulation.market, "P001:NORTH_NORFOLK_4").contracts[PRINCIPAL]
    assert old.contracted_minutes(simulation.clock.now) == 0
    assert old.used_minutes == 0


def test_a_planned_successor_takes_the_people_before_it_takes_new_work(
    change_of_hands: tuple[Simulation, set[int]],
) -> None:
    ledger = change_of_hands[0].ledger
    taken = {code for day, code in contracts(ledger, Cause.CONTRACT_STARTED) if day == DAY}
    on_the_day = [
        (Cause(int(row[-1])), ledger.labels.branches[int(row[3])])
        for row in ledger.rows("moved")
        if row[0] == DAY and row[3] >= 0
    ]
    for code in taken:
        causes = [cause for cause, team_ in on_the_day if team_ == code]
        assert Cause.TRANSFERRED in causes
        if Cause.ACCEPTED in causes:
            first = causes.index(Cause.ACCEPTED)
            assert Cause.TRANSFERRED not in causes[first:]


def test_a_failed_planned_tender_extends_the_incumbent() -> None:
    scenario = ending(county(("KINGS_LYNN",), procurement__failed_share=1.0), int(DAY))
    simulation = failing(scenario)
    failed = [day for day, _ in contracts(simulation.ledger, Cause.PROCUREMENT_FAILED)]
    assert failed[:3] == [DAY - 20, DAY + 30, DAY + 80]
    assert team(simulation.market, "P009:KINGS_LYNN").contracts[PRINCIPAL].running


def test_a_contract_shorter_than_its_tender_is_tendered_all_the_same() -> None:
    """The tender begins before the area goes live."""
    ledger = failing(ending(county(("KINGS_LYNN",)), int(LIVE) + 40)).ledger
    assert contracts(ledger, Cause.TENDERED) == [(LIVE + 40 - 90, "P009:KINGS_LYNN")]
    assert [day for day, _ in contracts(ledger, Cause.AWARDED)] == [LIVE + 20]


def test_a_suspended_incumbents_contract_is_tendered_all_the_same() -> None:
    scenario = ending(county(("KINGS_LYNN",)), int(DAY))
    pause = ScriptedFailure("P009", DAY - 100, kind="suspension", lasts_days=90.0)
    ledger = failing(scenario, pause).ledger
    assert len(contracts(ledger, Cause.TENDERED)) == 1
    assert len(contracts(ledger, Cause.AWARDED)) == 1
    assert [day for day, _ in contracts(ledger, Cause.CONTRACT_ENDED)] == [DAY]


@pytest.mark.parametrize("kind", ["closure", "contract_returned"])
@pytest.mark.parametrize("day", [DAY - 80, DAY - 60, DAY - 15, DAY - 1, DAY, DAY + 1])
def test_an_incumbent_that_fails_around_its_planned_end_has_one_successor(
    kind: FailureKind, day: float
) -> None:
    scenario = ending(county(NORTH, procurement__lots_cap=1), int(DAY), "P001")
    simulation = failing(scenario, ScriptedFailure("P001", day, 0.0, kind=kind))
    started = contracts(simulation.ledger, Cause.CONTRACT_STARTED)
    for area in ("NORTH_NORFOLK_3", "NORTH_NORFOLK_4"):
        ours = [at for at, code in started if code.endswith(area) and at > LIVE]
        assert len(ours) == 1
        assert ours[0] <= max(DAY, day + EMERGENCY)
    assert not faults(simulation.market)


def test_if_the_planned_successor_of_a_closed_incumbent_closes_too_another_is_found() -> None:
    scenario = ending(county(NORTH, procurement__lots_cap=1), int(DAY), "P001")
    awarded = contracts(failing(scenario, until=DAY).ledger, Cause.AWARDED)
    winners = sorted({code.split(":")[0] for _, code in awarded})
    scripts = [ScriptedFailure("P001", DAY - 15)]
    scripts += [ScriptedFailure(code, DAY - 5) for code in winners]
    simulation = failing(scenario, *scripts)
    assert all(has_principal(simulation.market, area) for area in simulation.market.areas)
    assert not faults(simulation.market)


def test_the_successor_may_fail_as_well() -> None:
    scripts = [ScriptedFailure("principal:KINGS_LYNN", DAY + 60.0 * n) for n in range(4)]
    simulation = failing(county(WEST), *scripts)
    closed = [who for _, who, _, cause in trading(simulation.ledger) if cause is Cause.CLOSED]
    assert len(closed) == len(set(closed)) == 4
    assert not faults(simulation.market)


def test_a_contract_given_back_may_be_won_again_later() -> None:
    """Not in the tender that follows, but after the next holders have failed in their turn."""
    ours = "P009:KINGS_LYNN"
    simulation = failing(
        county(WEST),
        ScriptedFailure("P009", DAY, kind="contract_returned", areas=("KINGS_LYNN",)),
        *(ScriptedFailure("principal:KINGS_LYNN", DAY + 60 * n) for n in range(1, 5)),
    )
    started = [
        code
        for day, code in contracts(simulation.ledger, Cause.CONTRACT_STARTED)
        if day > LIVE and code.endswith(":KINGS_LYNN")
    ]
    assert started[0] != ours
    assert ours in started
    assert not faults(simulation.market)


# Failures by chance.

HAZARD = 1.2
BARE: dict[str, Any] = {
    "failure__random": True,
    "failure__shortfalls_per_year_principal": 0,
    "failure__losses_per_year_principal": 0,
    "failure__closures_per_year_small": 0,
    "failure__closures_per_year_large": 0,
    "failure__closures_per_year_principal": 0,
    "workforce__turnover_per_year": 0,
    "workforce__posts_follow_work": False,
    "rollout__moves_existing_work": False,
    "failure__usual_notice_days": 28.0,
    "failure__sudden_share": 0.3,
}


def closing_days(ledger: Ledger) -> dict[str, float]:
    """When each provider first gave notice or closed."""
    days: dict[str, float] = {}
    for day, who, _, _ in trading(ledger):
        days.setdefault(who, day)
    return days


def chance_test(size: str, replications: int) -> tuple[int, float]:
    """Closures by chance of one kind of provider, and how many the hazard leads one to expect."""
    small_below = 0.0 if size == "large" else 100_000.0
    scenario = county(
        ("COASTAL",),
        **BARE
        | {
            f"failure__closures_per_year_{size}": HAZARD,
            "failure__small_provider_hours_per_week": small_below,
            "procurement__failed_share": 1.0,
            "calendar__end": "2024-12-31",
            "calendar__warm_up_weeks": 1,
        },
    )
    seen, years = 0, 0.0
    everybody = {row.provider for row in scenario.branches}
    for replication in range(replications):
        ledger = simulate(scenario, seed=21, replication=replication)
        days = closing_days(ledger)
        seen += len(days)
        for code in everybody:
            principal = code == "P009"
            begins = LIVE if principal and size == "principal" else 0.0
            ends = LIVE if principal and size != "principal" else ledger.day
            if (size == "principal") <= principal:
                years += max(0.0, min(ends, days.get(code, inf)) - begins) / DAYS_PER_YEAR
    return seen, HAZARD * years


def p_value(seen: int, expected: float) -> float:
    """Two-sided p-value of a Poisson count."""
    below, above = poisson.cdf(seen, expected), poisson.sf(seen - 1, expected)
    return float(min(1.0, 2 * min(below, above)))


REPLICATIONS = {"small": 12, "large": 12, "principal": 60}


@pytest.mark.parametrize("size", ["small", "large", "principal"])
@pytest.mark.parametrize("times", [1, pytest.param(8, marks=pytest.mark.long)])
def test_closures_by_chance_are_as_frequent_as_the_hazard_says(size: str, times: int) -> None:
    """Count against hazard x time at risk, rejected below p = 0.001: one good model in 1,000."""
    seen, expected = chance_test(size, times * REPLICATIONS[size])
    assert expected > 20
    assert p_value(seen, expected) > 0.001
    # Twice the hazard, or half of it, would be told apart.
    assert min(p_value(seen, 2 * expected), p_value(seen, expected / 2)) < 0.001


def test_closures_by_chance_are_sudden_in_the_stated_share() -> None:
    """Exact binomial test, p < 0.001."""
    scenario = county(
        KINGS_LYNN,
        **BARE
        | {
            "failure__closures_per_year_small": 2.0,
            "failure__closures_per_year_large": 2.0,
            "calendar__end": "2024-12-31",
        },
    )
    sudden = total = 0
    for seed in range(8):
        first: dict[str, Cause] = {}
        for _, who, _, cause in trading(simulate(scenario, seed=seed)):
            first.setdefault(who, cause)
        total += len(first)
        sudden += sum(cause is Cause.CLOSED for cause in first.values())
    assert total > 60
    assert binomtest(sudden, total, 0.3).pvalue > 0.001


def test_what_has_nothing_to_do_with_it_leaves_the_times_of_fate_alone() -> None:
    """All hazards the same: who a provider is by then does not matter either."""
    fate = BARE | {
        f"failure__closures_per_year_{size}": 0.5 for size in ("small", "large", "principal")
    }
    plain = closing_days(simulate(county(**fate), seed=5))
    others = (
        fate | {"bridging__hours_per_week": 500},
        fate | {"workforce__turnover_per_year": 0.6, "rollout__moves_existing_work": True},
        fate | {"failure__shortfalls_per_year_principal": 0.0, "demand__growth_per_year": 0.2},
    )
    assert len(plain) > 5
    for other in others:
        assert closing_days(simulate(county(**other), seed=5)) == plain


def test_shortfalls_by_chance_hit_every_area_of_a_principal_that_trades() -> None:
    scenario = county(
        **BARE
        | {
            "failure__shortfalls_per_year_principal": 2.0,
            "failure__shortfall_suspension_share": 0.5,
            "failure__shortfall_days": 20.0,
        }
    )
    told = [fact for seed in range(4) for fact in trading(simulate(scenario, seed=seed))]
    assert {cause for *_, cause in told} == {
        Cause.STAFF_LOST,
        Cause.SUSPENDED,
        Cause.SUSPENSION_ENDED,
    }
    # It has no other team, so that it is told of as a whole.
    assert all(who == "P009" and area == "" and day > LIVE for day, who, area, _ in told)


def test_without_hazards_nobody_fails_by_chance() -> None:
    assert not trading(simulate(county(**BARE), seed=1))
    assert not trading(simulate(county(), seed=1))


# Not yet mended elsewhere: each says what is missing.


def test_of_two_suspensions_the_longer_counts() -> None:
    longer = ScriptedFailure("P009", DAY, kind="suspension", lasts_days=200.0)
    shorter = ScriptedFailure("P009", DAY + 20, kind="suspension", lasts_days=20.0)
    market = failing(county(), longer, shorter, until=DAY + 100).market
    assert not team(market, "P009:KINGS_LYNN").takes_new_work


def test_of_two_stops_of_recruiting_the_longer_counts() -> None:
    longer = ScriptedFailure("P009", DAY, kind="recruitment_stop", lasts_days=200.0)
    shorter = ScriptedFailure("P009", DAY + 20, kind="recruitment_stop", lasts_days=20.0)
    ledger = failing(county(), longer, shorter).ledger
    assert hires(ledger, "P009", DAY, DAY + 200) == 0


def test_another_provider_is_sought_for_someone_who_starts_during_the_notice() -> None:
    scenario = county(brokerage__start_lag_days=20, **UNWILLING)
    simulation = failing(scenario, until=DAY)
    person = one_with(
        simulation.market,
        "P009",
        lambda p: p.stage in (Stage.RESERVED, Stage.RESERVED_BRIDGED),
    )
    simulation.fail(ScriptedFailure("P009", DAY, 100.0))
    simulation.run(DAY + 20.001)
    assert person.stage is Stage.IN_SERVICE
    assert person.seeking or person.branch.provider.code != "P009"  # type: ignore[union-attr]


def test_a_standing_package_that_shrinks_is_offered_at_that_moment() -> None:
    """Everybody whom a provider that closes still serves is reviewed, and needs far less."""
    scenario = county(overload__overtime_share=0, **SCARCE)
    market = failing(scenario, ScriptedFailure("P009", DAY, 60.0), until=DAY + 30).market
    leaving = [package for area in market.areas for package in area.leaving.packages]
    assert len(leaving) > 5
    for package in leaving:
        if package.branch is not None and package.seeking:
            change_hours(market, package, package.branch, 0.1)
            market.tell()
            assert not acceptable(market)


def test_a_principal_suspended_at_go_live_begins_when_the_suspension_ends() -> None:
    pause = ScriptedFailure("P009", LIVE - 20, kind="suspension", lasts_days=40.0)
    market = failing(county(), pause, until=DAY).market
    assert all(has_principal(market, area) for area in market.areas)


def test_a_principal_that_closes_before_go_live_is_replaced() -> None:
    market = failing(county(), ScriptedFailure("P009", LIVE - 20)).market
    assert all(has_principal(market, area) for area in market.areas)


def test_nobody_counts_on_more_carers_than_still_wait() -> None:
    """Rounding up, the first rounds take every carer; the last people bring none."""
    market = failing(county(), until=DAY).market
    branch = team(market, "P009:KINGS_LYNN")
    person = next(iter(branch.packages.values()))
    person.pressing, person.staff_from, person.staff_carers = True, branch, 0.5
    taker = team(market, "P011:KINGS_LYNN")
    branch.movers = 0
    assert extra_minutes(person, taker.contracts[LEGACY]) == taker.stretch
