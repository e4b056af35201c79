"""The theory ladder: with everything else switched off, the model meets queueing theory.

A claim about chance is a hypothesis test over independent replications: the mean of their
estimates against the theoretical value, two-sided Student t, rejected below p = 0.001. A correct
model fails one such test in a thousand; the seeds are fixed, so a test that passes keeps passing.
``test_a_wrong_value_is_rejected`` shows that the tests have the power to fail.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import factorial, log

import numpy as np
import pytest
from scipy.stats import ttest_1samp

from sim.ledger import Cause, Ledger, Stage
from sim.outcomes.histories import spell_averages, spells, step_averages
from sim.outcomes.weekly import only_positive
from sim.scenario import Scenario, load_scenario
from sim.simulation import simulate

ERROR_RATE = 0.001
FROM_DAY = 400.0
STAYS = ("exponential", "fixed", "lognormal")
QUICK = 12
LONG = 100
FIRST_POSTS, SECOND_POSTS = 10, 4


def theory(*overrides: str, model: str = "theory_one_tier", **settings: object) -> Scenario:
    return load_scenario(
        "theory",
        overrides=overrides,
        commissioning=model,
        settings={path.replace("__", "."): value for path, value in settings.items()},
    )


def estimates(
    scenario: Scenario, estimate: Callable[[Ledger], float], replications: int
) -> list[float]:
    """One estimate a replication."""
    return [
        estimate(simulate(scenario, seed=20_240_101, replication=r)) for r in range(replications)
    ]


def p_value(values: Sequence[float], theoretical: float) -> float:
    return float(ttest_1samp(values, theoretical).pvalue)


def meets(values: Sequence[float], theoretical: float) -> bool:
    """Whether theory is not rejected."""
    return p_value(values, theoretical) > ERROR_RATE


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
    waiting = float(sum(max(0, n - servers) * p for n, p in enumerate(chances)))
    return waiting * giving_up / arrivals, waiting


def kaufman_roberts(servers: int, loads: Sequence[float], sizes: Sequence[int]) -> list[float]:
    """Blocking by class where a class needs ``size`` servers at once."""
    occupied = [1.0]
    for n in range(1, servers + 1):
        parts = (a * b * occupied[n - b] for a, b in zip(loads, sizes, strict=True) if n >= b)
        occupied.append(sum(parts) / n)
    total = sum(occupied)
    return [sum(occupied[servers - size + 1 :]) / total for size in sizes]


def counted(ledger: Ledger, cause: Cause, *, minutes: int | None = None) -> int:
    """Moves with a cause after the beginning."""
    moved = ledger.columns("moved")
    keep = (moved["cause"] == cause) & (moved["day"] >= FROM_DAY)
    if minutes is not None:
        keep &= moved["minutes"] == minutes
    return int(keep.sum())


def lost_share(ledger: Ledger) -> float:
    return counted(ledger, Cause.NO_WAITING) / counted(ledger, Cause.REFERRED)


def mean_in(ledger: Ledger, *stages: Stage) -> float:
    """Mean number of packages in some stages, after the beginning."""
    histories = spells(ledger)
    kept = histories.where(histories.in_stage(*stages))
    edges = np.array([FROM_DAY, ledger.day])
    group = np.zeros(kept.package.size, dtype=np.int64)
    return float(spell_averages(kept, np.ones(group.size), group, 1, edges)[0, 0])


def at_days(ledger: Ledger, days: np.ndarray) -> np.ndarray:
    """Packages in service on given days."""
    histories = spells(ledger)
    kept = histories.where(histories.in_stage(Stage.IN_SERVICE))
    begun = np.searchsorted(np.sort(kept.start), days, side="right")
    return begun - np.searchsorted(np.sort(kept.end), days, side="right")


# ---- M/G/infinity -----------------------------------------------------------------------------


@pytest.mark.parametrize("stay_law", STAYS)
def test_occupancy_with_unlimited_capacity(stay_law: str, replications: int = QUICK) -> None:
    """Mean occupancy of M/G/infinity is the offered load, 8, for any law of stays (Takacs 1962)."""
    scenario = theory("infinite_servers", care__stay_law=stay_law)
    assert meets(estimates(scenario, lambda x: mean_in(x, Stage.IN_SERVICE), replications), 8.0)


@pytest.mark.parametrize("stay_law", STAYS)
def test_occupancy_is_poisson(stay_law: str) -> None:
    """Its variance is its mean: days 150 apart, nearly independent, in every replication."""
    scenario = theory("infinite_servers", care__stay_law=stay_law)
    days = np.arange(FROM_DAY, 10_900.0, 150.0)
    variances = estimates(scenario, lambda x: float(at_days(x, days).var(ddof=1)), QUICK)
    assert meets(variances, 8.0)


@pytest.mark.parametrize("stay_law", STAYS)
def test_a_warm_start_has_no_slope(stay_law: str) -> None:
    """Load 80 from the first day of a four-week warm-up on: early, late and their difference."""
    scenario = theory(
        "infinite_servers",
        care__stay_law=stay_law,
        calendar__warm_up_weeks=4,
        calendar__end="2024-12-31",
        areas__LOT__hours_per_four_weeks=3200,
    )
    ledgers = [simulate(scenario, seed=7, replication=r) for r in range(40)]
    counts = np.array([at_days(x, np.array([-27.9, 0.1, 100.0, 360.0])) for x in ledgers])
    assert all(meets(counts[:, i], 80.0) for i in range(4))
    assert meets(counts[:, 3] - counts[:, 1], 0.0)


# ---- Erlang B, overflow, Kaufman-Roberts ------------------------------------------------------


@pytest.mark.parametrize("stay_law", STAYS)
def test_erlang_b(stay_law: str) -> None:
    """Lost share of M/G/10/10 at load 8 is B(10, 8) = 0.122, for any law of stays."""
    values = estimates(theory("erlang_b", care__stay_law=stay_law), lost_share, QUICK)
    assert meets(values, erlang_b(FIRST_POSTS, 8.0))


def test_a_wrong_value_is_rejected() -> None:
    """The same runs reject one carer more or fewer: the tests can fail."""
    values = estimates(theory("erlang_b"), lost_share, QUICK)
    assert not meets(values, erlang_b(FIRST_POSTS + 1, 8.0))
    assert not meets(values, erlang_b(FIRST_POSTS - 1, 8.0))


@pytest.mark.parametrize("stay_law", STAYS)
def test_hierarchical_overflow(stay_law: str) -> None:
    """The first tier loses B(10, 8); what both lose together is B(14, 8)."""
    scenario = theory("erlang_b", model="theory_two_tiers", care__stay_law=stay_law)

    def first_share(ledger: Ledger) -> float:
        accepted = ledger.columns("accepted")
        first = (accepted["tier"] == 0) & (accepted["day"] >= FROM_DAY)
        return float(first.sum()) / counted(ledger, Cause.REFERRED)

    assert meets(estimates(scenario, first_share, QUICK), 1 - erlang_b(FIRST_POSTS, 8.0))
    both = erlang_b(FIRST_POSTS + SECOND_POSTS, 8.0)
    assert meets(estimates(scenario, lost_share, QUICK), both)


@pytest.mark.parametrize("stay_law", STAYS)
def test_kaufman_roberts(stay_law: str) -> None:
    """Packages of one and of two carers: each class loses what the recursion says."""
    scenario = theory("kaufman_roberts", care__stay_law=stay_law)
    people = 8.0 / 1.25
    expected = kaufman_roberts(FIRST_POSTS, [0.75 * people, 0.25 * people], [1, 2])
    for minutes, blocking in zip((600, 1200), expected, strict=True):

        def lost(ledger: Ledger, minutes: int = minutes) -> float:
            refused = counted(ledger, Cause.NO_WAITING, minutes=minutes)
            return refused / counted(ledger, Cause.REFERRED, minutes=minutes)

        assert meets(estimates(scenario, lost, QUICK), blocking)


# ---- Erlang C and A ---------------------------------------------------------------------------


def waits(ledger: Ledger) -> np.ndarray:
    accepted = ledger.columns("accepted")
    return accepted["waited"][accepted["day"] >= FROM_DAY]


def test_erlang_c() -> None:
    """M/M/10 at load 8: C(10, 8) = 0.409 wait; the mean wait is C x stay / (10 - 8)."""
    scenario = theory("erlang_c")
    chance = erlang_c(FIRST_POSTS, 8.0)
    assert meets(estimates(scenario, lambda x: float((waits(x) > 0).mean()), 2 * QUICK), chance)
    mean = chance * 28 / (FIRST_POSTS - 8.0)
    assert meets(estimates(scenario, lambda x: float(waits(x).mean()), 2 * QUICK), mean)


def test_erlang_a() -> None:
    """M/M/10+M at load 11, patience as long as a stay: who gives up, and how many wait."""
    scenario = theory("erlang_a")
    gives_up, waiting = erlang_a(FIRST_POSTS, 11.0, 28.0, 28.0)

    def share(ledger: Ledger) -> float:
        gone = counted(ledger, Cause.FOUND_ANOTHER_WAY) + counted(ledger, Cause.TO_RESIDENTIAL_CARE)
        ended_so = ledger.columns("moved")
        died_so = (ended_so["cause"] == Cause.TO_RESIDENTIAL_CARE) & (
            ended_so["stage"] == Stage.ENDED
        )
        gone -= int((died_so & (ended_so["day"] >= FROM_DAY)).sum())
        return gone / counted(ledger, Cause.REFERRED)

    assert meets(estimates(scenario, share, QUICK), gives_up)
    assert meets(estimates(scenario, lambda x: mean_in(x, Stage.WAITING), QUICK), waiting)


def test_littles_law_is_exact() -> None:
    """The integral of the list is the sum of waits, censored at the end; no error rate at all."""
    ledger = simulate(theory("erlang_c"), seed=5)
    histories = spells(ledger)
    listed = histories.where(histories.in_stage(Stage.WAITING))
    edges = np.array([0.0, ledger.day])
    group = np.zeros(listed.package.size, dtype=np.int64)
    integral = spell_averages(listed, np.ones(group.size), group, 1, edges)[0, 0] * ledger.day
    joined = {int(r[1]): r[0] for r in ledger.rows("moved") if r[6] == Cause.REFERRED}
    placed = {int(r[1]): r[0] for r in ledger.rows("accepted")}
    total = sum(placed.get(package, ledger.day) - day for package, day in joined.items())
    assert integral == pytest.approx(total, rel=1e-9)


# ---- alternating renewal ----------------------------------------------------------------------


def vacant_share(ledger: Ledger) -> float:
    """Share of posts vacant, after three years."""
    staffed, posts = ledger.columns("staffed"), ledger.columns("established")
    times = np.concatenate([posts["day"], staffed["day"]])
    teams = np.concatenate([posts["branch"], staffed["branch"]])
    changes = np.concatenate([posts["posts"], -staffed["change"]]).astype(float)
    when, change, _ = only_positive(times, teams, changes)
    edges = np.array([3 * 365.25, ledger.day])
    group = np.zeros(when.size, dtype=np.int64)
    return float(step_averages(when, change, group, 1, edges)[0, 0]) / posts["posts"].sum()


@pytest.mark.parametrize("shape", [1.0, 0.7])
def test_alternating_renewal(shape: float) -> None:
    """A post is filled for T on average and vacant for F: F / (T + F) of posts are vacant."""
    scenario = theory("alternating_renewal", workforce__tenure_shape=shape)
    expected = 70 / (365.25 + 70)
    assert meets(estimates(scenario, vacant_share, QUICK), expected)


# ---- the same with many more replications -----------------------------------------------------


@pytest.mark.long
@pytest.mark.parametrize("stay_law", STAYS)
def test_loss_systems_at_length(stay_law: str) -> None:
    one = theory("erlang_b", care__stay_law=stay_law)
    assert meets(estimates(one, lost_share, LONG), erlang_b(FIRST_POSTS, 8.0))
    free = theory("infinite_servers", care__stay_law=stay_law)
    assert meets(estimates(free, lambda x: mean_in(x, Stage.IN_SERVICE), LONG), 8.0)


@pytest.mark.long
def test_waiting_systems_at_length() -> None:
    chance = erlang_c(FIRST_POSTS, 8.0)
    values = estimates(theory("erlang_c"), lambda x: float((waits(x) > 0).mean()), LONG)
    assert meets(values, chance)
    _, waiting = erlang_a(FIRST_POSTS, 11.0, 28.0, 28.0)
    assert meets(estimates(theory("erlang_a"), lambda x: mean_in(x, Stage.WAITING), LONG), waiting)


def test_the_formulas_agree_with_each_other() -> None:
    """Kaufman-Roberts with one class is Erlang B; Erlang A without patience is Erlang B."""
    assert kaufman_roberts(10, [8.0], [1])[0] == pytest.approx(erlang_b(10, 8.0))
    direct = (8.0**10 / factorial(10)) / sum(8.0**n / factorial(n) for n in range(11))
    assert erlang_b(10, 8.0) == pytest.approx(direct)
    assert erlang_a(10, 8.0, 28.0, 1e-9)[0] == pytest.approx(erlang_b(10, 8.0), rel=1e-3)
