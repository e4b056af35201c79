"""What an import fits: stays that are censored and truncated, growth, season, joined packages."""

from __future__ import annotations

from datetime import date, timedelta
from math import pi

import numpy as np
import pandas as pd
import pytest
from scipy.stats import CensoredData, ecdf

from experiments.imports.arrivals import starts_of
from experiments.imports.cells import day_in, number_in
from experiments.imports.directory import Directory, company, registered
from experiments.imports.headings import is_hospital, kind_of, roles_of
from experiments.imports.likelihood import Z95, most_likely
from experiments.imports.stays import Times, fitted_stays, still_in_care, times_of
from experiments.imports.tables import area_codes
from experiments.imports.values import Origin, of_direct_payments

EXTRACTED = date(2026, 3, 31)
MEAN, SPREAD = 378.0, 1.0


def times_in_care(number: int, seed: int, years: float = 14.0) -> pd.DataFrame:
    """Times in care of a steady market until the day of the extract."""
    generator = np.random.default_rng(seed)
    begun = generator.uniform(0, 365.25 * years, number)
    stays = np.exp(generator.normal(np.log(MEAN) - SPREAD**2 / 2, SPREAD, number))
    today = pd.Timestamp(EXTRACTED)
    frame = pd.DataFrame({"start": today - pd.to_timedelta(np.ceil(begun), "D")})
    frame["end"] = frame["start"] + pd.to_timedelta(np.ceil(stays), "D")
    frame["open"] = frame["end"] > today
    frame["end"] = frame["end"].where(~frame["open"])
    return frame


def seen_since(frame: pd.DataFrame, complete_from: date) -> pd.DataFrame:
    """What an extract holds that is complete from a day on: whoever left earlier is not there."""
    return frame[frame["open"] | (frame["end"] >= pd.Timestamp(complete_from))]


SEEDS = range(8)


def within(error: float, found: float, wanted: float, times: float = 3.5) -> bool:
    return abs(found - wanted) <= times * error


@pytest.mark.parametrize("years", [1, 3])
def test_stays_come_back_though_many_have_not_ended_and_some_began_before(years: int) -> None:
    """With the naive mean of ended stays, none of these would come within a third."""
    complete_from = EXTRACTED - timedelta(days=round(365.25 * years))
    covered = []
    for seed in SEEDS:
        frame = seen_since(times_in_care(12_000, seed), complete_from)
        stays = fitted_stays(times_of(frame, EXTRACTED, complete_from))
        assert stays is not None
        error = (stays.high_days - stays.low_days) / (2 * Z95)
        assert within(error, stays.mean_days, MEAN), seed
        assert stays.log_sd == pytest.approx(SPREAD, abs=0.15)
        covered.append(stays.low_days <= MEAN <= stays.high_days)
        assert stays.still(182) == pytest.approx(
            still_in_care(times_of(frame, EXTRACTED, complete_from), 182), abs=0.06
        )
    assert sum(covered) >= 6  # 95 in 100 each


def test_stays_come_back_from_those_in_care_alone() -> None:
    """Somebody in care has stayed so far for a time whose law follows from that of stays."""
    for seed in SEEDS:
        frame = times_in_care(30_000, seed)
        stays = fitted_stays(times_of(frame[frame["open"]], EXTRACTED, None))
        assert stays is not None and stays.ended == 0
        error = (stays.high_days - stays.low_days) / (2 * Z95)
        assert within(error, stays.mean_days, MEAN), seed


def test_stays_that_seem_all_alike_are_no_law() -> None:
    """Everybody in care since the day on which somebody began to write it down."""
    frame = pd.DataFrame({"start": pd.date_range(EXTRACTED - timedelta(days=800), periods=800),
                          "end": pd.NaT, "open": True})  # fmt: skip
    assert fitted_stays(times_of(frame, EXTRACTED, None)) is None


def test_direct_payments_are_chosen_as_often_as_those_who_have_one_say() -> None:
    """Of people in care for half a year on average, half as many as choose one in a year."""
    since = [pd.Timestamp(EXTRACTED) - pd.Timedelta(days=days) for days in (100, 265.25)]
    in_care = pd.DataFrame({"direct": [True] * 4 + [False] * 96, "since": since * 50})
    (value,) = of_direct_payments(in_care, Origin("e.csv", EXTRACTED, 100))
    assert value.value == pytest.approx(0.08, rel=0.01)
    assert value.source.startswith("import, e.csv, 31 March 2026, 100 rows: ")
    assert not list(of_direct_payments(in_care[4:], Origin("e.csv", EXTRACTED, 100)))


def test_truncation_that_is_not_reckoned_with_makes_stays_too_long() -> None:
    """The likelihood without it is off by more than three of its errors: so the test can fail."""
    complete_from = EXTRACTED - timedelta(days=365)
    times = times_of(seen_since(times_in_care(12_000, 1), complete_from), EXTRACTED, complete_from)
    naive = fitted_stays(Times(np.zeros_like(times.seen_from), times.until, times.ended))
    assert naive is not None
    error = (naive.high_days - naive.low_days) / (2 * Z95)
    assert not within(error, naive.mean_days, MEAN)


def test_kaplan_and_meier_agree_with_scipy_where_nothing_is_truncated() -> None:
    frame = times_in_care(500, 3, years=3.0)
    times = times_of(frame, EXTRACTED, date(2020, 1, 1))
    assert not times.seen_from.any()
    data = CensoredData(times.until[times.ended], right=times.until[~times.ended])
    known = ecdf(data).sf
    for days in (30, 182, 500):
        assert still_in_care(times, days) == pytest.approx(float(known.evaluate(days)))


def test_too_few_ended_stays_give_no_law() -> None:
    frame = times_in_care(12, 1)
    assert fitted_stays(times_of(frame, EXTRACTED, date(2020, 1, 1))) is None


def test_the_mean_beyond_some_days_is_what_is_left_of_it() -> None:
    stays = fitted_stays(times_of(times_in_care(3000, 2), EXTRACTED, date(2012, 1, 1)))
    assert stays is not None
    grid = np.arange(800.5, 200_000)
    beyond = float(np.sum([stays.still(days) for days in grid[:20_000]]))
    assert stays.days_after(800) == pytest.approx(beyond, rel=0.01)


def begun_as_modelled(growth: float, amplitude: float, seed: int, days: int = 1461) -> pd.DataFrame:
    """Times in care begun as the model has it, three a day on the first day."""
    first = EXTRACTED - timedelta(days=days - 1)
    since = np.arange(days)
    of_year = first.timetuple().tm_yday - 1 + since
    rate = 3 * (1 + growth) ** (since / 365.25)
    rate *= 1 + amplitude * np.cos(2 * pi * (of_year - 20) / 365.25)
    counts = np.random.default_rng(seed).poisson(rate)
    day = pd.Timestamp(first) + pd.to_timedelta(np.repeat(since, counts), "D")
    return pd.DataFrame({"start": day})


def test_growth_and_season_come_back_in_the_models_own_parameters() -> None:
    first = EXTRACTED - timedelta(days=1460)
    for seed in SEEDS:
        starts = starts_of(begun_as_modelled(0.08, 0.25, seed), EXTRACTED, first)
        assert starts.growth is not None and starts.season is not None
        growth, low, high = starts.growth
        assert within((high - low) / (2 * Z95), growth, 0.08), seed
        amplitude, peak = starts.season
        assert amplitude == pytest.approx(0.25, abs=0.08)
        assert min(abs(peak - 20), 365.25 - abs(peak - 20)) < 20
    last_year = begun_as_modelled(0.08, 0.25, 0)
    last_year = last_year[last_year["start"] > pd.Timestamp(EXTRACTED) - pd.Timedelta(days=364)]
    assert (
        starts_of(begun_as_modelled(0.08, 0.25, 0), EXTRACTED, first).a_week == len(last_year) / 52
    )


def test_what_is_not_borne_out_is_not_told() -> None:
    """Without growth or season one of either is found in five of a hundred extracts."""
    first = EXTRACTED - timedelta(days=1460)
    found = [starts_of(begun_as_modelled(0.0, 0.0, seed), EXTRACTED, first) for seed in range(40)]
    assert sum(one.growth is not None for one in found) <= 6
    assert sum(one.season is not None for one in found) <= 6
    short = starts_of(begun_as_modelled(0.3, 0.5, 1), EXTRACTED, EXTRACTED - timedelta(days=500))
    assert short.growth is None and short.season is None


def test_the_likelihoods_error_is_that_of_a_mean() -> None:
    drawn = np.random.default_rng(1).normal(5.0, 2.0, 400)
    found = most_likely(lambda mean: float(np.sum((drawn - mean[0]) ** 2) / 8), [0.0])
    assert found.numbers[0] == pytest.approx(drawn.mean(), abs=1e-4)
    assert found.error([1.0]) == pytest.approx(2 / 20, rel=1e-3)


@pytest.mark.parametrize(
    ("text", "order", "wanted"),
    [("01/05/2025", "day_first", date(2025, 5, 1)), ("01/05/2025", "month_first", date(2025, 1, 5)),
     ("2025/05/01", "year_first", date(2025, 5, 1)), ("2025-05-01", "day_first", date(2025, 5, 1)),
     ("1.5.2025", "day_first", date(2025, 5, 1)), ("01-May-2025", "month_first", date(2025, 5, 1)),
     ("01/05/2025 00:00:00", "day_first", date(2025, 5, 1)), ("01/05/25", "day_first", None),
     ("2025-05-01T00:00:00", "day_first", date(2025, 5, 1)), ("45778", "day_first", None),
     ("31/02/2025", "day_first", None), ("2025/05/01", "day_first", None)],
)  # fmt: skip
def test_dates_are_read_in_the_order_that_is_told(
    text: str, order: str, wanted: date | None
) -> None:
    assert day_in(text, order) == wanted


@pytest.mark.parametrize(
    ("text", "decimal", "wanted"),
    [("1,127.00", "point", 1127.0), ("£1,127", "point", 1127.0), ("7.25", "point", 7.25),
     ("7,5", "point", None), ("7,5", "comma", 7.5), ("1.127,5", "comma", 1127.5),
     ("-3", "point", -3.0), ("7 h", "point", None), ("1e3", "point", None)],
)  # fmt: skip
def test_numbers_are_read_as_the_mapping_says(
    text: str, decimal: str, wanted: float | None
) -> None:
    found = number_in(text, decimal)
    assert np.isnan(found) if wanted is None else found == wanted


def test_headings_and_services_are_recognised_by_their_words() -> None:
    found = roles_of(["SWIFT ID", "Agency", "Element Type", "From Date", "To Date", "Hrs per Week",
                      "Weekly Cost", "Post Code", "Notes"])  # fmt: skip
    assert found == {
        "person": "SWIFT ID", "provider": "Agency", "service": "Element Type", "start": "From Date",
        "end": "To Date", "hours": "Hrs per Week", "cost": "Weekly Cost", "place": "Post Code",
    }  # fmt: skip
    kinds = {"Domiciliary Care": "home_care", "Home Support": "home_care",
             "DP - one off": "direct_payment",
             "Homecare (Live-in)": "left_out", "Extra Care Homecare": "left_out",
             "Meals": "left_out"}  # fmt: skip
    assert {name: kind_of(name) for name in kinds} == kinds
    assert is_hospital("Acute hospital") and not is_hospital("Self referral")


def test_companies_are_the_same_without_their_legal_form() -> None:
    names = {"Alder Home Support Ltd", "ALDER HOME SUPPORT LIMITED", "Alder  Home Support Ltd. "}
    assert {company(name) for name in names} == {"alder home support"}


def test_ratings_and_owners_are_found_by_id_by_location_and_by_company() -> None:
    """Of several locations those of home care come first, and of these the worst rating counts."""
    locations = [
        ("L1", "north", "big care", "C1", "", "good", True),
        ("L2", "south", "big care", "C1", "", "requires_improvement", True),
        ("L3", "the home", "big care", "C1", "", "inadequate", False),
        ("L4", "lone", "lone", "C2", "Tree plc", "not_rated", True),
        ("L5", "twin", "twin", "C3", "Tree plc", "outstanding", True),
    ]
    names = ["id", "name", "company_name", "company", "group", "rating", "home_care"]
    directory = Directory("d.csv", pd.DataFrame(locations, columns=names))
    told = [("Anything", "L1"), ("South Ltd", ""), ("Big Care Limited", ""), ("Lone", ""),
            ("Twin", "L99"), ("Nobody", "")]  # fmt: skip
    found = registered(pd.DataFrame(told, columns=["provider", "provider_id"]), directory)
    assert found["rating"].tolist() == ["good", "requires_improvement", "requires_improvement",
                                        "not_rated", "outstanding", "not_rated"]  # fmt: skip
    assert found["known"].tolist() == [True] * 5 + [False]
    assert found["owner"].tolist() == ["C1", "C1", "C1", "Tree plc", "Tree plc", ""]


def test_codes_of_areas_are_safe_and_different() -> None:
    names = ["Old Town", "Old-Town", "St. Ives & Hale", "1st Ward", "Łódź"]
    codes = area_codes(names)
    assert codes[:4] == ["OLD_TOWN", "OLD_TOWN__2", "ST_IVES_HALE", "A_1ST_WARD"]
    assert len(set(codes)) == len(names) and all(code[0].isalpha() for code in codes)
