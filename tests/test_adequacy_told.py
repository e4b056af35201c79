"""What is told of N-1: like with like over the years, chosen apart, decide by, the estimate."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest
from conftest import small_county, with_one_principal

from experiments.adequacy.checked import error_of
from experiments.adequacy.decide import decide_by, fall_of, sentence, trend
from experiments.adequacy.error_words import error_words
from experiments.adequacy.estimates import COMPANY, Estimates, Study, fixed_set, study_of
from experiments.adequacy.losses import losses_of
from experiments.adequacy.pictures import alt, n_minus_1_map, uncovered_map
from experiments.adequacy.tables import (
    ALL,
    FIXED,
    chosen_table,
    n_minus_1_table,
    warning_table,
    years_table,
)
from experiments.adequacy.work import STAFF_MOVE_SHARES, Examined
from experiments.charts.chart import Provenance
from experiments.statistics.chosen import chosen_apart
from sim.ledger import Ledger
from sim.outcomes.adequacy import (
    PRINCIPAL,
    Companies,
    Moments,
    Teams,
    absorbable,
    companies_of,
    fallback_of,
    if_stopped,
    lent,
    moments_of,
    stretch,
    weighted,
)
from sim.outcomes.histories import Floats
from sim.outcomes.levels import SUFFICES
from sim.scenario import Scenario, load_scenario
from sim.simulation import simulate

MAKER = Provenance("caremarket", "small", "0" * 8, 1, 3, "0")


# Made-up findings ------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def three_years() -> Scenario:
    return load_scenario("small")


def made_up(values: Floats, begins: tuple[int, ...], stake: tuple[float, ...]) -> list[Examined]:
    """Findings of replications: ``values`` by replication, month and provider, at every share."""
    areas = ("HARBOUR", "MARKET", "VALE", "HILLS", "MARSH")
    replications, months, providers = values.shape
    held = np.arange(months)[:, None] >= np.array(begins)
    nobody = np.zeros((months, len(areas)))
    found = []
    for number in range(replications):
        estimate = np.where(held, values[number], np.nan)
        found.append(
            Examined(
                number,
                areas,
                tuple(f"P{place}" for place in range(providers)),
                np.ones((months, len(areas)), dtype=np.int64),
                nobody + 100,
                np.zeros((3, months, len(areas))),
                held,
                np.where(held, np.array(stake), 0.0),
                np.stack([estimate] * 3),
                {"carers": np.ones(months)},
                (),
                (),
            )
        )
    return found


def study_from(three_years: Scenario, found: list[Examined]) -> Study:
    return study_of(three_years, found, SUFFICES, losses_of(found))


# Like with like --------------------------------------------------------------------------------


def test_years_compare_one_fixed_set(three_years: Scenario) -> None:
    """Two providers of 100 hours stay at 90%, two that begin in the last year have 20%."""
    values = np.broadcast_to(np.array([0.9, 0.9, 0.2, 0.2]), (3, 36, 4))
    study = study_from(three_years, made_up(values, (2, 4, 30, 30), (100, 100, 100, 100)))
    fixed = fixed_set(study.companies, study.years)
    assert fixed is not None
    assert fixed.keep.tolist() == [True, True, False, False]
    assert (fixed.first, fixed.whole) == (4, 4)
    years = years_table(study)
    told = {
        name: years[(years["compared"] == name) & (years["staff_move_share"] == 0.3)]
        .query("stops == 'provider'")
        .set_index("year")
        for name in (FIXED, ALL)
    }
    assert told[FIXED]["n_minus_1"].tolist() == pytest.approx([0.9, 0.9, 0.9])
    assert told[FIXED]["principals"].tolist() == [2, 2, 2]
    assert told[FIXED]["months"].tolist() == [8, 12, 12]
    # Six months of two providers at 90%, six of those and two at 20%.
    assert told[ALL]["n_minus_1"].loc[2026] == pytest.approx((0.9 + 0.55) / 2)
    assert told[FIXED]["hours_below"].loc[2026] == 0
    assert told[ALL]["hours_below"].loc[2026] == pytest.approx(100)


def test_nobody_is_compared_where_nobody_is_a_principal(three_years: Scenario) -> None:
    study = study_from(three_years, made_up(np.full((2, 36, 1), 0.5), (99,), (100,)))
    assert fixed_set(study.companies, study.years) is None
    assert years_table(study).empty and chosen_table(study).empty
    assert warning_table(study)["first_below"].isna().all()


def test_a_mean_by_hours() -> None:
    stake = np.array([300.0, 100.0, 0.0])
    assert weighted(stake, np.array([1.0, 0.2, np.nan])) == pytest.approx(0.8)
    assert np.isnan(weighted(stake * 0, np.array([np.nan] * 3)))


# Chosen on one set of replications, reported on another ----------------------------------------


def test_the_lowest_is_reported_on_replications_that_did_not_choose_it() -> None:
    """Odd ones choose the second; on even ones it is higher than the first."""
    values = np.array([[0.5, 0.8], [0.9, 0.1], [0.5, 0.6], [0.9, 0.3]])
    found = chosen_apart(values, range(4))
    assert found is not None
    assert (found.place, found.chosen_on) == (1, 2)
    assert (found.reported.mean, found.reported.count) == (pytest.approx(0.7), 2)
    highest = chosen_apart(values, range(4), highest=True)
    assert highest is not None and highest.place == 0 and highest.reported.mean == 0.5


@pytest.mark.parametrize("replications", [[0], [1], [0, 2], [1, 3]])
def test_without_a_replication_of_each_kind_nothing_is_the_lowest(replications: list[int]) -> None:
    assert chosen_apart(np.ones((len(replications), 3)), replications) is None


def test_who_is_seldom_there_is_not_chosen() -> None:
    values = np.array([[0.5, np.nan]] * 6)
    values[1, 1] = 0.0
    found = chosen_apart(values, range(6))
    assert found is not None and found.place == 0
    assert chosen_apart(values[:, 1:], range(6)) is None


def test_choosing_apart_does_not_flatter() -> None:
    """Twenty alike, at 0.5 with noise: the lowest looks 0.5 where it was not chosen."""
    draws = np.random.default_rng(1)
    apart, together = [], []
    for _ in range(300):
        values = 0.5 + 0.1 * draws.standard_normal((6, 20))
        found = chosen_apart(values, range(6))
        assert found is not None
        apart.append(found.reported.mean)
        together.append(values.mean(axis=0).min())
    assert np.mean(apart) == pytest.approx(0.5, abs=0.02)
    assert np.mean(together) < 0.45


def test_the_table_names_who_was_chosen_and_on_how_many(three_years: Scenario) -> None:
    values = np.full((4, 36, 2), 0.9)
    values[:, :, 1] = 0.6
    values[1, -12:, 0] = 0.1
    values[3, -12:, 0] = 0.1
    study = study_from(three_years, made_up(values, (0, 0), (100, 100)))
    row = chosen_table(study).query("figure == 'n_minus_1' and staff_move_share == 0.3").iloc[0]
    assert (row["code"], row["chosen_on"], row["reported_on"]) == ("P0", 2, 2)
    assert row["mean"] == pytest.approx(0.9)
    single = study_from(three_years, made_up(values[:1], (0, 0), (100, 100)))
    assert chosen_table(single).empty


# Decide by -------------------------------------------------------------------------------------

MONTHS = [date(2024 + number // 12, 1 + number % 12, 1) for number in range(36)]
ABOVE, BELOW = 0.9, 0.5
FALLING = np.linspace(1.0, 0.3, 36)
GOOD_MONTH = np.array([ABOVE] * 12 + [BELOW] * 24)
GOOD_MONTH[34] = 0.95
CROSSING = np.array([ABOVE] * 10 + [BELOW, ABOVE] * 13)
DIP = np.array([ABOVE] * 36)
DIP[20] = BELOW
LAST_ONLY = np.array([ABOVE] * 35 + [BELOW])
NEVER = np.full(36, ABOVE)
EMPTY = np.full(36, np.nan)
ONE_YEAR_BELOW = np.array([ABOVE] * 12 + [BELOW] * 12 + [ABOVE] * 12)


@pytest.mark.parametrize(
    ("series", "first", "months", "decided"),
    [
        (FALLING, "December 2024", 25, "5 February 2024"),
        (GOOD_MONTH, "January 2025", 23, "7 March 2024"),
        (CROSSING, "November 2024", 13, "6 January 2024"),
        (ONE_YEAR_BELOW, "January 2025", 12, "7 March 2024"),
        (DIP, "September 2025", 1, None),
        (LAST_ONLY, "December 2026", 1, None),
    ],
    ids=["falling", "one good month", "crossing", "below for a year", "one dip", "last month only"],
)
def test_decide_by_tells_first_month_months_and_date(
    series: Floats, first: str, months: int, decided: str | None
) -> None:
    fall = fall_of(np.stack([series] * 3), SUFFICES)
    told = sentence(fall, MONTHS, 300)
    assert f"80%: first below it in {first}, below in {months} of 36 months" in told
    if decided is None:
        assert "too few of these months together to give a date" in told and "decide by" not in told
        assert decide_by(fall, MONTHS, 300) is None
    else:
        assert f"so decide by {decided}" in told


def test_never_below_and_nobody_there_give_no_date() -> None:
    never, empty = (fall_of(np.stack([series] * 3), SUFFICES) for series in (NEVER, EMPTY))
    assert sentence(never, MONTHS, 300) == "80%: not below it in any of 36 months"
    assert sentence(empty, MONTHS, 300) == "80%: no month has a value"


def test_the_end_of_a_run_counts_once_half_a_year_is_below() -> None:
    """Five last months below give no date, six do: nothing is told of months after the run."""
    for last, dated in ((5, False), (6, True)):
        series = np.array([ABOVE] * (36 - last) + [BELOW] * last)
        told = sentence(fall_of(np.stack([series] * 3), SUFFICES), MONTHS, 300)
        assert ("decide by" in told) is dated, told


def test_one_replication_gives_no_verdict() -> None:
    fall = fall_of(FALLING[None], SUFFICES)
    assert fall.months_below == 25 and fall.below_from is None
    assert sentence(fall, MONTHS, 300).endswith("a single simulated run gives no date")


def test_months_are_below_if_their_mean_over_replications_is() -> None:
    """One of three far below, the others just above: 0.71 on average."""
    fall = fall_of(np.stack([np.full(36, value) for value in (0.45, 0.84, 0.84)]), SUFFICES)
    assert fall.months_below == 36
    gap = np.stack([np.full(36, 0.7), EMPTY])
    assert fall_of(gap, SUFFICES).months_below == 36 and fall_of(gap, SUFFICES).below_from is None


def test_the_trend_is_the_first_and_the_last_twelve_months() -> None:
    assert trend(fall_of(np.stack([GOOD_MONTH] * 2), 0.5)) == (
        "12-month mean: 90% at the start, 54% at the end"
    )
    assert trend(fall_of(np.ones((2, 12)), 0.5)).endswith("too few to show a trend")
    assert trend(fall_of(DIP[None], 0.5)) == "12-month mean: 90% at the start, 90% at the end"


def test_a_date_before_the_first_month_says_so() -> None:
    told = sentence(fall_of(np.full((2, 36), BELOW), SUFFICES), MONTHS, 300)
    assert "decide by 7 March 2023 (before the first month looked at)" in told


# The estimate ----------------------------------------------------------------------------------


def test_a_company_by_hand() -> None:
    """Two areas of 100 and 50 hours: room for 500 in one helps nobody in the other."""
    held = np.array([[True, False]])
    stake = np.array([[[100.0, 50.0], [80.0, 0.0]]])
    room = np.array([[[[500.0, 10.0], [0.0, 0.0]]]] * 2)
    found = Companies(held, stake, room).n_minus_1(np.array([0.0, 0.3]))
    assert found[:, 0, 0] == pytest.approx([110 / 150, 125 / 150])
    assert np.isnan(found[:, 0, 1]).all()


@pytest.fixture(scope="module")
def one_holder() -> Scenario:
    """Both areas of the small county have one principal: one provider holds the two."""
    return with_one_principal(small_county(calendar__end="2025-09-30"))


DAYS = np.array([366.0, 456.0, 580.0])


def test_a_company_that_holds_all_is_its_teams_together(one_holder: Scenario) -> None:
    ledger = simulate(one_holder, seed=2)
    shares = np.array([0.0, 0.3])
    companies, teams = (
        companies_of(ledger, one_holder, DAYS, shares),
        fallback_of(ledger, one_holder, DAYS),
    )
    (provider,) = np.flatnonzero(companies.held.any(axis=0))
    both = (teams.role == PRINCIPAL).all(axis=1)
    assert both.any()
    assert companies.at_stake[both, provider] == pytest.approx(teams.at_stake[both])
    for number, share in enumerate(shares):
        room = absorbable(teams, one_holder, share)[both]
        assert companies.absorbable[number, both, provider] == pytest.approx(room)


def test_who_waits_already_takes_room_off(one_holder: Scenario) -> None:
    ledger = simulate(one_holder, seed=2)
    now = moments_of(ledger, one_holder, DAYS)
    told = if_stopped(one_holder, now, now.role, now.team, np.zeros(now.role.shape))
    nobody = replace(told, waiting=np.zeros(told.waiting.shape))
    more, less = (absorbable(one, one_holder, 0.3) for one in (nobody, told))
    assert (told.waiting > 0).any()
    assert less == pytest.approx(np.maximum(0.0, more - told.waiting))


def test_carers_whom_neighbours_lend_are_counted_once() -> None:
    """P1 is principal of two areas (300 and 100 hours); next door P2 has ten carers to spare."""
    county = load_scenario("norfolk")
    by_locality: dict[str, list[str]] = {}
    for area in county.areas:
        by_locality.setdefault(area.locality, []).append(area.code)
    codes = next(areas for areas in by_locality.values() if len(areas) >= 3)[:3]
    ledger = Ledger()
    ledger.labels.areas.extend(codes)
    ledger.labels.providers.extend(["P1", "P2"])
    ledger.labels.branch_area.extend([0, 1, 2])
    ledger.labels.branch_provider.extend([0, 0, 1])
    nothing, contact = np.zeros((1, 3)), np.full((1, 3), 20.0)
    yes = np.ones((1, 3), dtype=bool)
    teams = Teams(
        served=np.array([[300.0, 100.0, 50.0]]),
        calling=nothing,
        committed=np.array([[400.0, 400.0, 190.0]]),
        homes=nothing,
        carers=nothing,
        working_alone=np.full((1, 3), 20.0),
        vacancies=nothing,
        contact=contact,
        takes_work=yes,
        asked=yes,
        own_contract=yes,
        principal=yes,
    )
    role, team = np.zeros((1, 3), dtype=np.int64), np.array([[0, 1, 2]])
    place, days = np.arange(3), np.zeros(1)
    now = Moments(days, place, teams, nothing, nothing, nothing, nothing, nothing, role, team)
    closes = np.array([[0, 1, -1]])
    # 20 carers x 20 hours - 190 promised: ten whole carers, 200 hours and a tenth in overtime.
    hours = 200 * stretch(county)
    assert hours == pytest.approx(220)
    apart, together = (lent(ledger, county, now, closes, apart=each) for each in (True, False))
    assert apart == pytest.approx(np.array([[hours, hours, 0]]))
    assert together == pytest.approx(np.array([[hours * 0.75, hours * 0.25, 0]]))


# Errors and words ------------------------------------------------------------------------------


def test_the_error_of_an_estimate_by_hand() -> None:
    mean, bias, rmse, alike = error_of(pd.Series([0.5, 0.7, 0.9]), pd.Series([0.4, 0.7, 0.7]))
    assert (mean, bias) == (pytest.approx(0.6), pytest.approx(0.1))
    assert rmse == pytest.approx(np.sqrt(0.05 / 3)) and alike == pytest.approx(0.866, abs=1e-3)
    assert np.isnan(error_of(pd.Series([0.5]), pd.Series([0.4]))[3])


def test_few_closures_tell_no_bias() -> None:
    error = {"branches": 9, "reference_mean": 0.6, "bias": 0.2, "rmse": 0.2, "correlation": 0.9}
    assert "too few to say more" in error_words("company closes", 0.3, error)
    told = error_words("company closes", 0.3, {**error, "branches": 10})
    assert told == (
        "company closes, 30% of its carers move: N-1 60%; estimate 20 points too high "
        "(WARNING: biased), typical error of 20 points (n = 10, correlation 0.90)"
    )


@pytest.mark.parametrize("replications", [1, 3])
def test_pictures_say_what_they_show_and_of_how_many_runs(
    three_years: Scenario, replications: int
) -> None:
    values = np.full((replications, 36, 2), 0.7)
    study = study_from(three_years, made_up(values, (2, 20), (100, 100)))
    table = n_minus_1_table(study, COMPANY)
    maker = replace(MAKER, replications=replications)
    drawn = n_minus_1_map(study, COMPANY, table, maker) + uncovered_map(study, table, maker)
    assert len(drawn) == 2
    for chart in drawn:
        texts = [text.get_text() for text in chart.figure.texts]
        title = texts[0].replace("\n", " ")
        assert title.endswith(f"2024 to 2026, n = {replications}") and len(title.split()) <= 15
        footer = texts[2].replace("\n", " ")
        assert ("a single simulated run" in footer) is (replications == 1)
        assert ("single simulated run" in chart.alt) is (replications == 1)
        assert "2 providers by 34 months" in chart.alt
    assert table.groupby("provider")["month"].nunique().to_dict() == {"P0": 34, "P1": 16}
    assert alt(study, COMPANY, table, "n_minus_1", "{:.0%}", "T", []).count("70%") == 2


def test_the_level_that_suffices_stands_once() -> None:
    """Whoever needs the level takes it from where it is declared."""
    from experiments import api
    from experiments.commands import adequacy, bands

    assert SUFFICES == 0.8
    for function in (api.adequacy, api.bands, adequacy.adequacy, bands.bands):
        defaults = {**(function.__kwdefaults__ or {})}
        names = function.__code__.co_varnames[: function.__code__.co_argcount]
        given = function.__defaults__ or ()
        defaults |= dict(zip(names[len(names) - len(given) :], given, strict=True))
        assert defaults["suffices"] is SUFFICES


def test_estimates_know_when_each_begins() -> None:
    held = np.zeros((2, 3, 2), dtype=bool)
    held[:, 1:, 0] = True
    held[0, 2, 1] = True
    shape = np.zeros((2, 3, 2))
    told = Estimates(("A", "B"), held, shape, shape[:, None], (shape, shape))
    assert told.begun.tolist() == [1, 2]
    assert len(STAFF_MOVE_SHARES) == 3
