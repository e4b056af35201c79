"""The theory ladder: with everything else switched off, the model meets queueing theory.

A claim about chance is a hypothesis test over independent replications: the mean of their
estimates against the theoretical value, two-sided Student t, rejected below p = 0.001. A correct
model fails one such comparison in a thousand; there are about sixty, so under fresh seeds one run
of this file in sixteen or so would show a failure by chance. The seeds are fixed, so a test that
passes keeps passing.

Power: ``test_wrong_values_are_rejected`` shows that one carer more or fewer, another law of stays,
another list discipline and a tenth more demand are told apart by the quick tests. The long ones
(``pytest -m long``) have eight times the replications, so they see errors about a third as big.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Sequence
from functools import cache
from math import exp, factorial, log
from pathlib import Path
from zlib import crc32

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.stats import ttest_1samp

import sim
from sim.ledger import GONE, ON_LIST, Cause, Ledger, Stage
from sim.outcomes.histories import Spells, spell_averages, spells, week_edges
from sim.processes.failure import ScriptedFailure
from sim.scenario import Scenario, load_scenario
from sim.scenario.plausibility import warnings
from sim.simulation import simulate

Floats = NDArray[np.float64]
Estimate = Callable[[Ledger], Sequence[float]]

RUNGS = tomllib.loads(
    (Path(sim.__file__).parent / "counties/theory/overrides.toml").read_text(encoding="utf-8")
)
ERROR_RATE = 0.001
FROM_DAY = 400.0
QUICK = 10
STAYS = pytest.mark.parametrize("stay_law", ["exponential", "fixed", "lognormal"])
LENGTHS = pytest.mark.parametrize(
    "replications", [QUICK, pytest.param(8 * QUICK, marks=pytest.mark.long)]
)

LOAD, STAY = 8.0, 28.0
FIRST_POSTS, SECOND_POSTS = 10, 4


@cache
def theory(*overrides: str, model: str | None = None, **settings: object) -> Scenario:
    """The county ``theory``; ``care__stay_law="fixed"`` sets ``care.stay_law``."""
    paths = {path.replace("__", "."): value for path, value in settings.items()}
    return load_scenario("theory", overrides=overrides, commissioning=model, settings=paths)


def estimates(scenario: Scenario, estimate: Estimate, replications: int) -> Floats:
    """One row of estimates a replication; each scenario has a seed of its own."""
    seed = crc32(repr(scenario.overrides).encode())
    ledgers = (simulate(scenario, seed=seed, replication=r) for r in range(replications))
    return np.array([estimate(ledger) for ledger in ledgers], dtype=float)


@cache
def at_rung(rung: str, stay_law: str, estimate: Estimate, replications: int) -> Floats:
    """The estimates of a rung, kept for the tests that share them."""
    return estimates(theory(rung, care__stay_law=stay_law), estimate, replications)


def p_values(values: Floats, theoretical: Sequence[float]) -> Floats:
    """How likely so great a difference from theory is by chance, column by column."""
    return np.asarray(ttest_1samp(values, theoretical, axis=0).pvalue)


def assert_meets(values: Floats, theoretical: Sequence[float]) -> None:
    """Theory is not rejected in any column."""
    errors = values.std(axis=0, ddof=1) / len(values) ** 0.5
    chances = p_values(values, theoretical)
    rows = zip(values.mean(axis=0), errors, theoretical, chances, strict=True)
    told = "\n".join(f"{m:.5g} +- {e:.2g}, theory {t:.5g}, p = {p:.3g}" for m, e, t, p in rows)
    print(told)
    assert (chances > ERROR_RATE).all(), told


# ---- formulae ---------------------------------------------------------------------------------


def erlang_b(servers: int, load: float) -> float:
    """Blocking of M/G/c/c, whatever the law of stays."""
    blocked = 1.0
    for busy in range(1, servers + 1):
        blocked = load * blocked / (busy + load * blocked)
    return blocked


def erlang_c(servers: int, load: float) -> float:
    """Probability of waiting in M/M/c."""
    blocked = erlang_b(servers, load)
    return blocked / (1 - load / servers * (1 - blocked))


def erlang_a(servers: int, load: float, stay: float, patience: float) -> tuple[float, float]:
    """Share that gives up, and mean number waiting, in M/M/c+M: its birth-death chain, solved."""
    arrivals, service, giving_up = load / stay, 1 / stay, 1 / patience
    weights = [0.0]
    for state in range(1, 400):
        leaving = min(state, servers) * service + max(0, state - servers) * giving_up
        weights.append(weights[-1] + log(arrivals / leaving))
    chances = np.exp(np.array(weights) - max(weights))
    chances /= chances.sum()
    waiting = float(np.maximum(0, np.arange(chances.size) - servers) @ chances)
    return waiting * giving_up / arrivals, waiting


def kaufman_roberts(servers: int, loads: Sequence[float], sizes: Sequence[int]) -> list[float]:
    """Blocking by class where a class needs ``size`` servers at once."""
    occupied = [1.0]
    for n in range(1, servers + 1):
        parts = (a * b * occupied[n - b] for a, b in zip(loads, sizes, strict=True) if n >= b)
        occupied.append(sum(parts) / n)
    total = sum(occupied)
    return [sum(occupied[servers - size + 1 :]) / total for size in sizes]


def mean_wait_of_one_server(use: float, stay: float, stay_law: str) -> float:
    """Pollaczek-Khinchine: use x stay x (1 + squared variation of stays) / 2 / (1 - use)."""
    variation = {"fixed": 0.0, "exponential": 1.0, "lognormal": exp(1.0) - 1}[stay_law]
    return use * stay * (1 + variation) / 2 / (1 - use)


def test_the_formulae_agree_with_each_other() -> None:
    """Kaufman-Roberts with one class is Erlang B; Erlang A goes from Erlang B to Erlang C."""
    assert kaufman_roberts(10, [8.0], [1])[0] == pytest.approx(erlang_b(10, 8.0))
    direct = (8.0**10 / factorial(10)) / sum(8.0**n / factorial(n) for n in range(11))
    assert erlang_b(10, 8.0) == pytest.approx(direct)
    assert erlang_a(10, 8.0, 28.0, 1e-9)[0] == pytest.approx(erlang_b(10, 8.0), rel=1e-3)
    waiting = erlang_c(10, 8.0) * 8 / (10 - 8)
    assert erlang_a(10, 8.0, 28.0, 1e9)[1] == pytest.approx(waiting, rel=1e-3)
    one = erlang_c(1, 0.5) * 2 / (1 - 0.5)
    assert mean_wait_of_one_server(0.5, 2.0, "exponential") == pytest.approx(one)


# ---- what is read from a ledger, from FROM_DAY on ---------------------------------------------


def counted(ledger: Ledger, cause: Cause, *, minutes: int | None = None) -> int:
    """Moves with a cause."""
    moved = ledger.columns("moved")
    keep = (moved["cause"] == cause) & (moved["day"] >= FROM_DAY)
    if minutes is not None:
        keep &= moved["minutes"] == minutes
    return int(keep.sum())


def lost_share(ledger: Ledger, *, minutes: int | None = None) -> float:
    """Referrals lost because waiting is not allowed."""
    lost = counted(ledger, Cause.NO_WAITING, minutes=minutes)
    return lost / counted(ledger, Cause.REFERRED, minutes=minutes)


def lost(ledger: Ledger) -> Sequence[float]:
    """Share lost, of all referrals."""
    return [lost_share(ledger)]


def in_stages(ledger: Ledger, *stages: Stage) -> Spells:
    """Spells in some stages."""
    histories = spells(ledger)
    return histories.where(histories.in_stage(*stages))


def time_average(kept: Spells, first: float, last: float) -> float:
    """Mean number of spells under way between two days."""
    group = np.zeros(kept.package.size, dtype=np.int64)
    edges = np.array([first, last])
    return float(spell_averages(kept, np.ones(group.size), group, 1, edges)[0, 0])


def in_service_on(ledger: Ledger, days: Floats) -> Floats:
    """Packages in service on given days."""
    kept = in_stages(ledger, Stage.IN_SERVICE)
    begun = np.searchsorted(np.sort(kept.start), days, side="right")
    return (begun - np.searchsorted(np.sort(kept.end), days, side="right")).astype(float)


def waits(ledger: Ledger) -> Floats:
    """Waits of those accepted."""
    accepted = ledger.columns("accepted")
    found: Floats = accepted["waited"][accepted["day"] >= FROM_DAY]
    return found


def chance_and_mean_of_waiting(ledger: Ledger) -> Sequence[float]:
    """Share of those accepted who waited, and their mean wait, nothing for those who did not."""
    return (waits(ledger) > 0).mean(), waits(ledger).mean()


def vacancies_on(ledger: Ledger, days: Floats) -> Floats:
    """Vacant posts on given days, where posts are fixed."""
    staffed, posts = ledger.columns("staffed"), ledger.columns("established")
    carers = np.append(0, np.cumsum(staffed["change"]))
    here = np.searchsorted(staffed["day"], days, side="right")
    return np.asarray(posts["posts"].sum() - carers[here], dtype=float)


# ---- M/G/infinity -----------------------------------------------------------------------------


@LENGTHS
@STAYS
def test_infinite_servers(stay_law: str, replications: int) -> None:
    """Occupancy of M/G/infinity is Poisson, so mean = variance = load (Takacs 1962)."""
    days = np.arange(FROM_DAY, 10_900.0, 7.0)

    def moments(ledger: Ledger) -> Sequence[float]:
        mean = time_average(in_stages(ledger, Stage.IN_SERVICE), FROM_DAY, ledger.day)
        return mean, float(((in_service_on(ledger, days) - LOAD) ** 2).mean())

    scenario = theory("infinite_servers", care__stay_law=stay_law)
    assert_meets(estimates(scenario, moments, replications), [LOAD, LOAD])


@LENGTHS
@STAYS
def test_a_warm_start_has_no_slope(stay_law: str, replications: int) -> None:
    """Occupancy is the load from the first day on: size-biased stays, uniform ages (Cox 1962)."""
    days = np.array([-27.99, -20.0, -10.0, 0.0, 15.0, 30.0, 60.0, 90.0])

    def level_and_slope(ledger: Ledger) -> Sequence[float]:
        level = in_service_on(ledger, days)
        return level[0], level.mean(), np.polyfit(days, level, 1)[0]

    scenario = theory(
        "infinite_servers",
        care__stay_law=stay_law,
        calendar__warm_up_weeks=4,
        calendar__end="2024-04-30",
        areas__LOT__hours_per_four_weeks=3200,
    )
    assert_meets(estimates(scenario, level_and_slope, 3 * replications), [80.0, 80.0, 0.0])


# ---- loss systems -----------------------------------------------------------------------------


@LENGTHS
@STAYS
def test_erlang_b(stay_law: str, replications: int) -> None:
    """Lost share of M/G/c/c is B(c, a), for any law of stays (Erlang 1917; Sevastyanov 1957)."""
    values = at_rung("erlang_b", stay_law, lost, replications)
    assert_meets(values, [erlang_b(FIRST_POSTS, LOAD)])


@LENGTHS
@STAYS
def test_overflow(stay_law: str, replications: int) -> None:
    """The first tier serves 1 - B(c1, a), B(c1 + c2, a) is lost, for any law of stays.

    The first tier never sees the second; both together are one loss system, since a package takes
    any free carer (Erlang 1917; insensitivity: Sevastyanov 1957).
    """

    def shares(ledger: Ledger) -> Sequence[float]:
        accepted = ledger.columns("accepted")
        first = (accepted["tier"] == 0) & (accepted["day"] >= FROM_DAY)
        return float(first.sum()) / counted(ledger, Cause.REFERRED), lost_share(ledger)

    scenario = theory("overflow", model="theory_two_tiers", care__stay_law=stay_law)
    both = erlang_b(FIRST_POSTS + SECOND_POSTS, LOAD)
    expected = [1 - erlang_b(FIRST_POSTS, LOAD), both]
    assert_meets(estimates(scenario, shares, replications), expected)


@LENGTHS
@STAYS
def test_kaufman_roberts(stay_law: str, replications: int) -> None:
    """Packages of one and of two carers: n q(n) = sum of a_k b_k q(n - b_k), q the hours in use.

    Each size loses the chance that fewer carers than it needs are free (Kaufman 1981; Roberts
    1981), for any law of stays.
    """
    people = LOAD / 1.25
    expected = kaufman_roberts(FIRST_POSTS, [0.75 * people, 0.25 * people], [1, 2])

    def lost_by_size(ledger: Ledger) -> Sequence[float]:
        return [lost_share(ledger, minutes=minutes) for minutes in (600, 1200)]

    scenario = theory("kaufman_roberts", care__stay_law=stay_law)
    assert_meets(estimates(scenario, lost_by_size, replications), expected)


# ---- queues -----------------------------------------------------------------------------------


@LENGTHS
def test_erlang_c(replications: int) -> None:
    """M/M/c: C(c, a) wait, for C stay / (c - a) on average (Erlang 1917).

    First come, first served, waits of those who wait are exponential: the mean square of all waits
    is 2 C (stay / (c - a))^2. Another order keeps the mean and raises the square.
    """

    def moments(ledger: Ledger) -> Sequence[float]:
        waited = waits(ledger)
        return (waited > 0).mean(), waited.mean(), (waited**2).mean()

    chance, wait = erlang_c(FIRST_POSTS, LOAD), STAY / (FIRST_POSTS - LOAD)
    expected = [chance, chance * wait, 2 * chance * wait**2]
    assert_meets(estimates(theory("erlang_c"), moments, 2 * replications), expected)


@LENGTHS
def test_erlang_a(replications: int) -> None:
    """M/M/c+M: share that gives up, mean number waiting, mean wait of all who are referred.

    From the birth-death chain (Palm 1957; Garnett, Mandelbaum & Reiman 2002).
    """
    load = 11.0

    def figures(ledger: Ledger) -> Sequence[float]:
        gave_up = counted(ledger, Cause.FOUND_ANOTHER_WAY) / counted(ledger, Cause.REFERRED)
        waiting = in_stages(ledger, Stage.WAITING)
        lengths = (waiting.end - waiting.start)[waiting.start >= FROM_DAY]
        return gave_up, time_average(waiting, FROM_DAY, ledger.day), lengths.mean()

    gives_up, waiting = erlang_a(FIRST_POSTS, load, STAY, STAY)
    expected = [gives_up, waiting, waiting * STAY / load]
    assert_meets(estimates(theory("erlang_a"), figures, replications), expected)


@LENGTHS
@STAYS
def test_pollaczek_khinchine(stay_law: str, replications: int) -> None:
    """M/G/1: half wait; the mean wait grows with the variance of stays (Khinchine 1932)."""
    expected = [0.5, mean_wait_of_one_server(0.5, 2.0, stay_law)]
    values = at_rung("pollaczek_khinchine", stay_law, chance_and_mean_of_waiting, replications)
    assert_meets(values, expected)


def waits_by_class(ledger: Ledger) -> Sequence[float]:
    """Mean waits of the vulnerable and of others."""
    referred, accepted = ledger.columns("referred"), ledger.columns("accepted")
    vulnerable = np.isin(accepted["package"], referred["package"][referred["vulnerable"] == 1])
    late = accepted["day"] >= FROM_DAY
    return [accepted["waited"][late & group].mean() for group in (vulnerable, ~vulnerable)]


def priority_waits() -> list[float]:
    """Cobham: C stay / c / (1 - use of the first class) [/ (1 - use of both)]."""
    first = erlang_c(FIRST_POSTS, LOAD) * STAY / FIRST_POSTS / (1 - 0.3 * LOAD / FIRST_POSTS)
    return [first, first / (1 - LOAD / FIRST_POSTS)]


@LENGTHS
def test_priority(replications: int) -> None:
    """M/M/c, two classes, nobody interrupted (Cobham 1954; Kella & Yechiali 1985)."""
    values = at_rung("priority", "exponential", waits_by_class, replications)
    assert_meets(values, priority_waits())


@LENGTHS
def test_one_broker(replications: int) -> None:
    """M/D/1 in the council's office: time to a provider = handling + the mean wait for a broker."""
    handling = 1.75
    values = estimates(theory("one_broker"), lambda ledger: [waits(ledger).mean()], replications)
    use = LOAD / STAY * handling
    assert_meets(values, [handling + mean_wait_of_one_server(use, handling, "fixed")])


# ---- power ------------------------------------------------------------------------------------


def test_wrong_values_are_rejected() -> None:
    """The quick tests can fail: what is wrong by one carer, law, order or tenth is rejected."""

    def rejected(values: Floats, wrong: Sequence[float]) -> bool:
        return bool((p_values(values, wrong) < ERROR_RATE).all())

    share = at_rung("erlang_b", "exponential", lost, QUICK)
    assert rejected(share, [erlang_b(FIRST_POSTS + 1, LOAD)])
    assert rejected(share, [erlang_b(FIRST_POSTS - 1, LOAD)])
    assert rejected(share, [erlang_b(FIRST_POSTS, 1.1 * LOAD)])
    queue = ("pollaczek_khinchine", "exponential", chance_and_mean_of_waiting, QUICK)
    wait = at_rung(*queue)[:, 1:]
    assert rejected(wait, [mean_wait_of_one_server(0.5, 2.0, "fixed")])
    assert rejected(wait, [mean_wait_of_one_server(0.5, 2.0, "lognormal")])
    first_come = erlang_c(FIRST_POSTS, LOAD) * STAY / (FIRST_POSTS - LOAD)
    vulnerable = at_rung("priority", "exponential", waits_by_class, QUICK)[:, :1]
    assert rejected(vulnerable, [first_come])


# ---- carers -----------------------------------------------------------------------------------


@LENGTHS
@pytest.mark.parametrize("shape", [1.0, 0.7])
def test_alternating_renewal(shape: float, replications: int) -> None:
    """A post is filled for T on average and vacant for F: F / (T + F) of posts are vacant.

    For any law of tenure (renewal reward; Cox 1962). Turnover is per filled post: T = year / rate.
    """
    scenario = theory("alternating_renewal", workforce__tenure_shape=shape)
    days = np.arange(3 * 365.25, scenario.days, 7.0)
    values = estimates(scenario, lambda x: [vacancies_on(x, days).mean() / 200], replications)
    assert_meets(values, [70 / (365.25 + 70)])


@LENGTHS
@pytest.mark.parametrize("shape", [1.0, 0.7])
def test_a_warm_start_has_no_slope_in_carers(shape: float, replications: int) -> None:
    """Started with the share vacant that theory gives, vacancies neither rise nor fall."""
    days = np.array([-27.99, -10.0, 0.0, 30.0, 90.0, 180.0, 360.0])

    def level_and_slope(ledger: Ledger) -> Sequence[float]:
        level = vacancies_on(ledger, days)
        return level.mean(), np.polyfit(days, level, 1)[0]

    scenario = theory(
        "alternating_renewal",
        workforce__tenure_shape=shape,
        workforce__fastest_hire_weeks=365.25 / 7 / 4,
        workforce__usual_vacancy_share=0.2,
        calendar__warm_up_weeks=4,
        calendar__end="2024-12-31",
    )
    assert_meets(estimates(scenario, level_and_slope, 3 * replications), [40.0, 0.0])


# ---- Little's law, exactly --------------------------------------------------------------------


@pytest.mark.parametrize("rung", ["erlang_a", "erlang_b", "erlang_c", "priority"])
def test_littles_law_is_exact(rung: str) -> None:
    """The integral of the list is the sum of waits, censored at the end (Little 1961).

    The left side follows the number on the list from fact to fact, the right side each person from
    joining to leaving; people displaced by a failure are on the list too. No error rate: exact.
    """
    scenario = theory(rung, model="theory_two_tiers")
    failure = ScriptedFailure("FIRST", day=2000.0)
    ledger = simulate(scenario, seed=5, until=2500.0, failures=[failure])
    moved = ledger.columns("moved")
    listed = np.isin(moved["stage"], ON_LIST)
    joined: dict[int, float] = {}
    number, integral, waited, before = 0, 0.0, 0.0, 0.0
    for package, day, waits_now in zip(moved["package"], moved["day"], listed, strict=True):
        integral += number * (day - before)
        before = day
        if waits_now and package not in joined:
            joined[package] = day
            number += 1
        elif not waits_now and package in joined:
            waited += day - joined.pop(package)
            number -= 1
    integral += number * (ledger.day - before)
    waited += sum(ledger.day - day for day in joined.values())
    assert number == len(joined)
    assert integral == pytest.approx(waited, rel=1e-9)
    assert (moved["stage"] == Stage.DISPLACED).any()


# ---- conventions that move these numbers (docs/reference/theory.md) ---------------------------


def test_first_come_is_first_served() -> None:
    """Equal packages are accepted in the order of referral; by priority they are not."""
    order = np.diff(simulate(theory("erlang_c"), seed=1).columns("accepted")["package"])
    assert (order > 0).all()
    order = np.diff(simulate(theory("priority"), seed=1).columns("accepted")["package"])
    assert (order < 0).any()


def test_first_fit() -> None:
    """A package that fits does not wait for a larger one before it: only large are overtaken."""
    scenario = theory("kaufman_roberts", brokerage__waiting_allowed=True)
    ledger = simulate(scenario, seed=1, until=4000.0)
    referred, accepted = ledger.columns("referred"), ledger.columns("accepted")["package"]
    minutes = dict(zip(referred["package"], referred["minutes"], strict=True))
    late = accepted[accepted < np.maximum.accumulate(accepted)]
    assert late.size and {minutes[package] for package in late} == {1200}


def test_the_stay_starts_at_the_first_visit() -> None:
    """Neither waiting nor the time until care starts is taken from the stay."""
    scenario = theory("erlang_c", care__stay_law="fixed", brokerage__start_lag_days=3)
    ledger = simulate(scenario, seed=1, until=4000.0)
    served, reserved = in_stages(ledger, Stage.IN_SERVICE), in_stages(ledger, Stage.RESERVED)
    assert waits(ledger).max() > 0
    assert (served.end - served.start)[~served.last] == pytest.approx(STAY)
    ended = served.end < ledger.day
    assert (served.end - served.start)[ended] == pytest.approx(STAY)
    assert (reserved.end - reserved.start)[~reserved.last] == pytest.approx(3.0)
    assert (reserved.branch >= 0).all()


def test_a_displaced_person_keeps_the_remaining_stay_and_joins_the_list_that_day() -> None:
    """A provider fails: its people join then, and their need ends when it would have ended."""
    scenario = theory(model="theory_two_tiers", care__stay_law="fixed")
    failure = ScriptedFailure("FIRST", day=500.0)
    ledger = simulate(scenario, seed=1, until=540.0, failures=[failure])
    displaced = in_stages(ledger, Stage.DISPLACED)
    assert displaced.package.size > 5
    assert (displaced.start == 500.0).all()
    histories, moved = in_stages(ledger, Stage.IN_SERVICE), ledger.columns("moved")
    moves = 0
    for package in displaced.package:
        here = histories.where(histories.package == package)
        gone = moved["day"][(moved["package"] == package) & np.isin(moved["stage"], GONE)]
        assert gone[0] - here.start[0] == pytest.approx(STAY)
        moves += here.package.size - 1
    assert moves > 0


@pytest.mark.parametrize("replications", [QUICK, pytest.param(40 * QUICK, marks=pytest.mark.long)])
def test_growth_is_smooth_compounded_and_off_in_the_warm_up(replications: int) -> None:
    """Referrals of year k of 365.25 days: base g^(k-1) (g - 1) / ln g; of the warm-up: base."""
    year, growth = 365.25, 1.5
    edges = np.array([-364.0, 0.0, year, 2 * year, 3 * year])

    def counts(ledger: Ledger) -> Sequence[float]:
        moved = ledger.columns("moved")
        days = moved["day"][moved["cause"] == Cause.REFERRED]
        return np.histogram(days, edges)[0].tolist()

    scenario = theory(
        "infinite_servers",
        demand__growth_per_year=growth - 1,
        demand__season_amplitude=0.0,
        areas__LOT__hours_per_four_weeks=1600,
        calendar__warm_up_weeks=52,
        calendar__end="2027-01-03",
    )
    base = 5 * LOAD / STAY
    years = [base * year * growth**k * (growth - 1) / log(growth) for k in range(3)]
    assert_meets(estimates(scenario, counts, replications), [base * 364, *years])


def test_a_season_leaves_the_warm_up_alone() -> None:
    """The same referrals come before day 0 with a season as without, and others after it."""
    flat, wavy = (
        simulate(
            theory(demand__season_amplitude=height, calendar__warm_up_weeks=52),
            seed=1,
            until=400.0,
        ).columns("referred")["day"]
        for height in (0.0, 0.9)
    )
    assert np.array_equal(flat[flat < 0], wavy[wavy < 0])
    assert not np.array_equal(flat, wavy)


def test_weeks_run_from_day_0() -> None:
    """Whatever weekday the first day is; the last week may be short."""
    ledger = simulate(theory(), seed=1, until=17.0)
    assert week_edges(ledger).tolist() == [0.0, 7.0, 14.0, 17.0]


@pytest.mark.parametrize("rung", RUNGS)
def test_every_rung_has_sources(rung: str) -> None:
    assert not warnings(theory(rung))
