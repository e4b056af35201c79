"""The fit: intervals and verdicts worked by hand, measures on a small county, bad tables."""

from __future__ import annotations

import csv
import re
import shutil
from collections import Counter
from collections.abc import Sequence
from math import isnan, nan
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from command_line import Caremarket
from conftest import SMALL_AREAS, SMALL_SETTINGS, only, small_county
from pydantic import BaseModel

from experiments.charts.chart import Provenance
from experiments.engine.work import outcome
from experiments.fit.picture import fit_chart
from experiments.fit.picture import title as fit_title
from experiments.fit.verdicts import (
    compared,
    fails,
    headline,
    interval_of,
    markdown_table,
    measure_faults,
    terminal_table,
    verdict_on,
)
from experiments.fit.work import MEASUREMENTS, Measured, items_of
from experiments.words.first_screen import FirstScreen
from sim.ledger import Ledger
from sim.outcomes import measures, registry
from sim.outcomes.catalogue import measured_in_parts
from sim.outcomes.headline import summarise
from sim.outcomes.measures import measured, part_of_run
from sim.outcomes.weekly import Weeks, by_area, weeks_of
from sim.scenario import Scenario, ScenarioError, load_scenario
from sim.scenario.periods import days_of
from sim.scenario.reading import COUNTIES, read_draft
from sim.scenario.tables import TargetRow
from sim.scenario.target_checks import target_memories
from sim.simulation import simulate

ROOT = Path(__file__).parents[1]
SHORT = ("--until", "2024-03-10", "--set", "calendar.warm_up_weeks=4", "--jobs", "1")
MADE_BY = Provenance("caremarket", "norfolk", "3f2a91c0", 1, 3, "0.2.0")


def row(**changed: Any) -> TargetRow:
    values = {
        "code": "LIST",
        "meaning": "people on the list",
        "measure": "list_people",
        "scope": "county",
        "period": "span",
        "published": 65,
        "low": 30,
        "high": 150,
        "unit": "people",
        "published_when": "2023",
        "role": "must_hold",
        "use": "fitted",
        "source": "a test",
        "sure": "assumption",
    }
    return TargetRow.model_validate({**values, **changed})


def line(values: Sequence[float], **changed: Any) -> Any:
    """A figure beside replications that give these values."""
    results = [Measured(number, {"LIST": value}) for number, value in enumerate(values)]
    return compared([row(**changed)], results)[0]


# Intervals and verdicts, worked by hand ----------------------------------------------------------


def test_the_interval_of_four_replications_worked_by_hand() -> None:
    # mean 50, sd 9.128709, error 4.564355; t(3) = 3.182446 at 97.5%, 5.840909 at 99.5%
    found = interval_of([40.0, 45.0, 55.0, 60.0])
    sd = (250 / 3) ** 0.5
    assert found.mean == 50.0
    assert found.replications == 4
    assert found.low_95 == pytest.approx(50 - 3.182446 * sd / 2, abs=1e-5)
    assert found.high_95 == pytest.approx(64.525814, abs=1e-5)
    assert found.low_99 == pytest.approx(50 - 5.840909 * sd / 2, abs=1e-5)
    assert found.high_99 == pytest.approx(76.659982, abs=1e-5)


TWELVE = [40.0, 60.0, 41.0, 59.0, 42.0, 58.0, 43.0, 57.0, 44.0, 56.0, 47.0, 53.0]


@pytest.mark.parametrize(
    ("values", "low", "high", "verdict"),
    [
        # 95%: 45.0 to 55.0 (t(11) = 2.200985, sd 7.912566); half of it is 5.0, a quarter of 20.1
        (TWELVE, 39.9, 60.1, "holds"),
        (TWELVE, 40.1, 59.9, "cannot tell"),
        (TWELVE, 45.1, 80.0, "cannot tell"),
        # 95%: 35.5 to 64.5; 99%: 23.3 to 76.7; fewer than ten hold nothing
        ([40.0, 45.0, 55.0, 60.0], 0.0, 100.0, "cannot tell"),
        ([40.0, 45.0, 55.0, 60.0], 36.0, 65.0, "cannot tell"),
        ([40.0, 45.0, 55.0, 60.0], 76.0, 90.0, "cannot tell"),
        ([40.0, 45.0, 55.0, 60.0], 77.0, 90.0, "fails"),
        ([40.0, 45.0, 55.0, 60.0], 10.0, 24.0, "cannot tell"),
        ([40.0, 45.0, 55.0, 60.0], 10.0, 23.0, "fails"),
        ([50.0], 40.0, 60.0, "cannot tell"),
        ([50.0], 80.0, 90.0, "cannot tell"),
        ([50.0] * 9, 50.0, 60.0, "cannot tell"),
        ([50.0] * 10, 50.0, 60.0, "holds"),
        ([50.0, 50.0], 51.0, 60.0, "fails"),
        ([nan, nan], 0.0, 1.0, "not simulated"),
        ([nan, *[50.0] * 10], 40.0, 60.0, "holds"),
        ([nan, *[50.0] * 9], 40.0, 60.0, "cannot tell"),
    ],
)
def test_verdicts_worked_by_hand(
    values: list[float], low: float, high: float, verdict: str
) -> None:
    assert verdict_on(interval_of(values), low, high) == verdict


def test_what_the_model_is_given_needs_no_second_replication() -> None:
    model = interval_of([0.905], given=True)
    assert verdict_on(model, 0.901, 0.909) == "holds"
    assert verdict_on(model, 0.906, 0.909) == "fails"


def test_only_what_must_hold_makes_the_fit_fail() -> None:
    bad = line([200.0, 201.0, 202.0])
    watched = line([200.0, 201.0, 202.0], role="watch", note="why")
    assert bad.verdict == watched.verdict == "fails"
    assert fails([bad, watched]) == [bad]
    assert headline([bad, watched])[0] == "Fails: people on the list."
    assert headline([watched])[0] == "No figure has to hold."


def test_a_target_from_memory_cannot_fail() -> None:
    far = [200.0 + number for number in range(12)]
    assert line(far, sure="cited").verdict == "fails"
    assert line(far, sure="memory").verdict == "cannot tell"
    near = [65.0 + number / 10 for number in range(12)]
    assert line(near, sure="memory").verdict == "holds"


def test_a_fit_never_looks_better_for_having_been_run_less() -> None:
    """From any first replications of figures that hold: none holds below ten, and it is said."""
    rng = np.random.default_rng(1)
    values = rng.normal(65, 3, (12, 12))
    for many in range(1, 10):
        table = [line(list(one[:many])) for one in values]
        assert not any(one.verdict == "holds" for one in table)
        assert headline(table)[0] == "12 of 12 figures that must hold are inconclusive."
    whole = [line(list(one)) for one in values]
    assert headline(whole)[0] == "All 12 figures that must hold do."


def test_the_title_tells_what_cannot_be_told_and_what_fails_among_the_watched() -> None:
    """Finding 1.15: of 12, 6 hold and 6 cannot be told; two watched ones fail."""
    good = [line([65.0 + number / 10 for number in range(12)])] * 6
    open_ = [line([30.0, 100.0])] * 6
    bad = [line([200.0, 201.0, 202.0], role="watch", note="why")] * 2
    title = fit_title([*good, *open_, *bad])
    expected = "Required figures: 6 hold, 0 fail, 6 inconclusive; watched: 2 of 2 fail"
    assert title == expected and title in fit_chart([*good, *open_, *bad], MADE_BY)[0].alt


# Periods and scopes ------------------------------------------------------------------------------


def test_periods_in_days_of_the_run(norfolk: Scenario) -> None:
    start = norfolk.calendar.start  # 1 January 2024
    assert days_of("first_year", start, 366) == (0.0, 364.0)
    assert days_of("last_year", start, 731) == (367.0, 731.0)
    assert days_of("span", start, 100) == (0.0, 100.0)
    assert days_of("2025", start, 731) == (366.0, 731.0)
    assert days_of("2024-01-08", start, 366) == (7.0, 8.0)
    assert days_of("2024-02-01/2024-02-29", start, 366) == (31.0, 60.0)
    assert days_of("2025", start, 730) is None
    assert days_of("2023", start, 730) is None
    assert days_of("first_year", start, 363) is None


@pytest.fixture(scope="module")
def run() -> tuple[Scenario, Ledger, Weeks]:
    scenario = small_county(calendar__end="2025-12-31")
    ledger = simulate(scenario, seed=1)
    return scenario, ledger, weeks_of(ledger, scenario)


def value(weeks: Weeks, name: str, scope: str = "county", period: str = "first_year") -> float:
    sight = part_of_run(weeks, scope, period)
    assert sight is not None
    return measured_in_parts()[name].of(sight)


def test_measures_agree_with_the_headline_figures(run: tuple[Scenario, Ledger, Weeks]) -> None:
    scenario, ledger, weeks = run
    told = summarise(ledger, scenario, 0).figures
    for name, figure in (
        ("planned_hours", "planned_hours_first_year"),
        ("list_people", "list_people_first_year"),
        ("list_hours", "list_hours_first_year"),
        ("vacancy_share", "vacancy_share_first_year"),
    ):
        assert value(weeks, name) == pytest.approx(told[figure], rel=1e-9)
    days = value(weeks, "delayed_days_per_year", period="span")
    assert days == pytest.approx(told["delayed_discharge_days_per_year"], rel=1e-9)


def test_what_is_not_given_is_what_the_service_level_lacks(
    run: tuple[Scenario, Ledger, Weeks],
) -> None:
    _, _, weeks = run
    table = by_area(weeks)
    lengths = table["days"][:: len(SMALL_AREAS)][:52]
    needed, covered = (
        (hours.reshape(-1, len(SMALL_AREAS)).sum(axis=1)[:52] * lengths).sum()
        for hours in (
            table["needed_hours"],
            table["planned_hours"] + table["bridged_hours"] - table["missed_hours"],
        )
    )
    assert value(weeks, "undelivered_share") == pytest.approx(1 - covered / needed, rel=1e-6)


def test_parts_add_up_to_the_county(run: tuple[Scenario, Ledger, Weeks]) -> None:
    _, _, weeks = run
    for name in (
        "planned_hours",
        "people_in_service",
        "list_hours",
        "starts_per_week",
        "delayed_days_per_year",
    ):
        parts = [value(weeks, name, area) for area in SMALL_AREAS]
        assert sum(parts) == pytest.approx(value(weeks, name))
        assert value(weeks, name, "KINGS_LYNN; COASTAL") == pytest.approx(value(weeks, name))
        assert value(weeks, name, "West") == pytest.approx(value(weeks, name))
    shares = [value(weeks, "share_of_list_hours", area) for area in SMALL_AREAS]
    assert sum(shares) == pytest.approx(1.0)
    tiers = ("principal", "pcn_framework", "legacy_framework")
    by_tier = [value(weeks, "share_of_hours", tier, "last_year") for tier in tiers]
    assert isnan(value(weeks, "share_of_hours", "principal", "first_year"))  # nothing live yet
    live_later = part_of_run(weeks, "principal", "2025-02-01/2025-12-31")
    assert live_later is not None
    assert 0 < measured_in_parts()["share_of_hours"].of(live_later) < 1
    assert all(isnan(share) for share in by_tier) or sum(by_tier) == pytest.approx(1.0)


def test_the_largest_providers_have_what_their_teams_serve(
    run: tuple[Scenario, Ledger, Weeks],
) -> None:
    _, _, weeks = run
    sight = part_of_run(weeks, "county", "first_year")
    assert sight is not None
    by_team = measures.hours_of_teams(sight)
    by_provider: dict[int, float] = {}
    for provider, hours in zip(sight.ledger.labels.branch_provider, by_team, strict=True):
        by_provider[provider] = by_provider.get(provider, 0.0) + hours
    sizes = sorted(by_provider.values(), reverse=True)
    assert sum(sizes) == pytest.approx(value(weeks, "planned_hours"))
    for name, number in (("share_of_five_largest", 5), ("share_of_ten_largest", 10)):
        assert value(weeks, name) == pytest.approx(sum(sizes[:number]) / sum(sizes))
    assert measures.share_of_largest(sight, len(sizes)) == pytest.approx(1.0)


def test_what_nobody_gives_is_the_rest_of_the_service_level(
    run: tuple[Scenario, Ledger, Weeks],
) -> None:
    _, _, weeks = run
    table = by_area(weeks)
    year = table["week_start"] < table["week_start"][0] + np.timedelta64(364, "D")
    needed = table["needed_hours"][year].sum()
    nobody = (table["uncovered_hours"] + table["missed_hours"])[year].sum()
    assert 0 < nobody < needed
    assert value(weeks, "undelivered_share") == pytest.approx(nobody / needed)


def test_two_half_periods_average_to_the_whole(run: tuple[Scenario, Ledger, Weeks]) -> None:
    _, _, weeks = run
    first = value(weeks, "list_people", period="2024-01-01/2024-03-31")
    second = value(weeks, "list_people", period="2024-04-01/2024-04-30")
    whole = value(weeks, "list_people", period="2024-01-01/2024-04-30")
    assert whole == pytest.approx((91 * first + 30 * second) / 121)


@pytest.fixture(scope="module")
def paid() -> tuple[Scenario, Ledger, Weeks]:
    """A market with accounts and ratings."""
    whole = load_scenario("norfolk", settings={**SMALL_SETTINGS, "calendar.end": "2025-12-31"})
    scenario = only(whole, SMALL_AREAS)
    ledger = simulate(scenario, seed=1)
    return scenario, ledger, weeks_of(ledger, scenario)


def test_money_and_ratings_agree_with_the_headline_figures(
    paid: tuple[Scenario, Ledger, Weeks],
) -> None:
    scenario, ledger, weeks = paid
    told = summarise(ledger, scenario, 0).figures
    assert value(weeks, "council_spend") * 1e6 == pytest.approx(told["spend_first_year"])
    price = told["gbp_per_delivered_hour_first_year"]
    assert value(weeks, "payment_per_delivered_hour") == pytest.approx(price)
    good = told["good_or_outstanding_at_end"]
    assert value(weeks, "good_or_outstanding_at_end", period="span") == pytest.approx(good)
    recruits = told["recruits_from_the_sector"]
    found = value(weeks, "recruits_from_the_sector", period="span")
    assert found == pytest.approx(recruits, abs=0.01)


def test_what_no_area_is_paid_counts_for_the_county_alone(
    paid: tuple[Scenario, Ledger, Weeks],
) -> None:
    _, ledger, weeks = paid
    parts = sum(value(weeks, "council_spend", area, "2025") for area in SMALL_AREAS)
    facts = ledger.columns("paid")
    sight = part_of_run(weeks, "county", "2025")
    assert sight is not None
    inside = (facts["day"] > sight.first) & (facts["day"] <= sight.last)
    none = facts["amount"][inside & (facts["branch"] < 0)].sum() / 100 / 1e6
    assert none > 0
    periods = np.unique(facts["day"][inside]).size
    whole = value(weeks, "council_spend", "county", "2025")
    assert whole - parts == pytest.approx(none * 13 / periods)


def test_every_measure_of_norfolk_gives_a_sensible_number(
    paid: tuple[Scenario, Ledger, Weeks],
) -> None:
    _, _, weeks = paid
    for name, known in measured_in_parts().items():
        scope = "principal" if known.needs_tiers else "county"
        found = value(weeks, name, scope, "2025-03-01/2025-12-31")
        assert np.isfinite(found), name
        assert found >= 0, name
        if known.unit == "share":
            assert found <= 1, name
        assert known.meaning and known.unit


def test_turnover_and_missing_people_are_seen(norfolk: Scenario) -> None:
    calm = small_county(calendar__end="2024-12-31", workforce__turnover_per_year=0.0)
    weeks = weeks_of(simulate(calm, seed=1), calm)
    assert value(weeks, "turnover_per_year") == 0.0
    assert isnan(value(weeks, "share_of_hours", "legacy_framework"))
    assert value(weeks, "contact_share") < value(weeks, "contact_share", "KINGS_LYNN")


def test_what_lies_outside_the_run_is_not_a_number(run: tuple[Scenario, Ledger, Weeks]) -> None:
    scenario, ledger, _ = run
    rows = [row(), row(code="LATER", period="2029"), row(code="ELSEWHERE", scope="Norwich")]
    found = measured(ledger, scenario, rows)
    assert found["LIST"] > 0
    assert isnan(found["LATER"])
    assert isnan(found["ELSEWHERE"])


def test_one_more_measure_is_one_more_function(
    run: tuple[Scenario, Ledger, Weeks], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(registry, "OUTCOMES", dict(registry.OUTCOMES))
    monkeypatch.setattr(measures, "OUTCOMES", registry.OUTCOMES)
    into = registry.INTO.set(registry.OUTCOMES)

    @measures.measure("days")
    def length_of_the_period(sight: measures.RunPart) -> float:
        """How long the period is."""
        return sight.last - sight.first

    registry.INTO.reset(into)
    scenario, ledger, _ = run
    found = measured(ledger, scenario, [row(measure="length_of_the_period", period="2024")])
    assert found == {"LIST": 366.0}


def test_a_replication_that_raises_says_failed(small: Scenario) -> None:
    rules = BaseModel.model_copy(small.workforce, update={"turnover_per_year": float("nan")})
    broken = small.model_copy(update={"workforce": rules, "targets": (row(measure="nothing"),)})
    item = items_of(broken, 1, 4)[3]
    done = outcome(MEASUREMENTS, item)
    assert done.failed and done.found is None and item.label == "replication 3"


# Words, tables, chart ----------------------------------------------------------------------------


def some_lines() -> list[Any]:
    return [
        line([64.0, 65.0, 66.0] * 4),
        line(
            [200.0, 201.0, 202.0], meaning="a very long name of a figure that wraps twice at least"
        ),
        line([nan], role="watch", note="why"),
        line([500.0, 900.0], role="watch", note="noise"),
    ]


def test_the_table_says_how_sure_each_figure_is_and_what_the_model_gives() -> None:
    table = FirstScreen([], [], terminal_table(some_lines())).lines()
    assert max(map(len, table)) <= 80
    assert sum("[" in text for text in table) == len(some_lines())
    assert any(text.split()[:1] == ["holds"] and "65 (64 to 66)" in text for text in table)
    assert any(text.strip().startswith("not simulated") for text in table)
    assert all(f"[{sure}]" in "\n".join(terminal_table([line([1.0], sure=sure)])[0])
               for sure in ("document", "cited", "memory"))  # fmt: skip


@pytest.mark.parametrize("spread", [0.1, 1.0, 5.0, 30.0])
@pytest.mark.parametrize("mean", [40.0, 58.0, 65.0, 72.0, 120.0])
def test_a_wide_interval_cannot_tell_and_more_runs_are_never_less_sure(
    mean: float, spread: float
) -> None:
    """Over made-up markets: holding needs ten runs and a half-width of a quarter at most."""
    rng = np.random.default_rng(3)
    values = rng.normal(mean, spread, 40).tolist()
    low, high = 60.0, 70.0
    for many in range(1, 41):
        model = interval_of(values[:many])
        found = verdict_on(model, low, high)
        assert verdict_on(model, low, high, "memory") != "fails"
        if found == "holds":
            assert many >= 10 and model.high_95 - model.low_95 <= (high - low) / 2
            assert low <= model.low_95 and model.high_95 <= high
        elif found == "fails":
            assert model.high_99 < low or model.low_99 > high
        else:
            assert found == "cannot tell"


def test_the_markdown_table_holds_every_figure_and_note() -> None:
    lines = markdown_table(some_lines())
    assert sum(text.startswith("|") for text in lines) == 2 + 4
    assert sum("**fails**" in text for text in lines) == 1
    assert "- `LIST`: noise" in lines


def test_the_chart_says_what_it_shows() -> None:
    (chart,) = fit_chart(some_lines(), MADE_BY)
    assert list(chart.data["verdict"]) == ["holds", "fails", "not simulated", "cannot tell"]
    assert "4 published figures" in chart.alt
    assert "Failing: a very long name" in chart.alt


# The command and its table -----------------------------------------------------------------------


def county_with(folder: Path, rows: Sequence[dict[str, Any]]) -> None:
    """A copy of Norfolk with other published figures."""
    shutil.copytree(COUNTIES / "norfolk", folder)
    with (folder / "targets.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(TargetRow.model_fields))
        writer.writeheader()
        writer.writerows(rows)
    text = (folder / "overrides.toml").read_text(encoding="utf-8")
    kept = [text for text in text.splitlines() if not text.startswith('"targets.')]
    (folder / "overrides.toml").write_text("\n".join(kept), encoding="utf-8", newline="\n")


def test_a_figure_out_of_reach_ends_with_exit_code_one(
    caremarket: Caremarket, tmp_path: Path
) -> None:
    far = row(code="FAR", published=5000, low=4000, high=6000).model_dump()
    county_with(tmp_path / "mine", [row().model_dump(), far])
    code, out, err = caremarket("fit", "mine", "-r", "2", "--out", "fit", *SHORT)
    assert code == 1, err
    assert "Fails: people on the list.\nOf 2 that must hold" in out
    with (tmp_path / "fit" / "fit.csv").open(encoding="utf-8") as file:
        table = list(csv.DictReader(file))
    assert [line["code"] for line in table] == ["LIST", "FAR"]
    assert table[1]["verdict"] == "fails"
    assert table[1]["replications"] == "2"
    assert float(table[0]["low_99"]) <= float(table[0]["low_95"]) <= float(table[0]["mean"])
    made = {path.relative_to(tmp_path / "fit").as_posix() for path in (tmp_path / "fit").rglob("*")}
    assert {"summary.txt", "manifest.json", "charts/fit.png", "charts/fit.txt"} <= made
    again, _, err = caremarket("fit", "mine", "-r", "2", "--out", "fit", *SHORT)
    assert again == 2
    assert "it already holds something" in err


def test_faults_of_the_table_are_told_at_once(caremarket: Caremarket, tmp_path: Path) -> None:
    rows = [
        row(code="A", measure="list_peple").model_dump(),
        {**row(code="B").model_dump(), "low": 70},
        {**row(code="C").model_dump(), "period": "last summer", "scope": "KINGS_LYN"},
        {**row(code="D").model_dump(), "role": "watch"},
        {**row(code="D").model_dump(), "published": "many", "sure": "certain"},
        row(code="E", measure="share_of_hours").model_dump(),
        row(code="F", sure="memory").model_dump(),
    ]
    county_with(tmp_path / "mine", rows)
    for verb in ("fit", "check"):
        code, out, err = caremarket(verb, "mine")
        assert code == 2
        assert out == ""
        for words in (
            "targets.csv, row 2, column measure: there is no measure 'list_peple'. Did you "
            "mean 'list_people'?",
            "targets.csv, row 3: 65 lies outside its tolerance 70 to 150",
            "targets.csv, row 4, column period: 'last summer' is not a period",
            "targets.csv, row 4, column scope: there is no area, locality or tier 'KINGS_LYN'. "
            "Did you mean 'KINGS_LYNN'?",
            "targets.csv, row 5, column note: a watched figure has no note",
            "targets.csv, rows 5 and 6: code 'D' is given 2 times",
            "targets.csv, row 6, column published: 'many' is not allowed",
            "targets.csv, row 6, column sure: 'certain' is not allowed. Allowed: one of document",
            "targets.csv, row 7, column scope: share_of_hours needs a tier",
            "targets.csv, row 8, column role: a figure from memory may not be must_hold",
        ):
            assert words in err
        assert not (tmp_path / "caremarket-results").exists()


def test_a_county_without_figures_says_so(caremarket: Caremarket) -> None:
    code, _, err = caremarket("fit", "theory")
    assert code == 2
    assert "targets.csv: there are no published figures. Give the county a targets.csv" in err


def test_measures_are_listed(caremarket: Caremarket) -> None:
    code, out, _ = caremarket("fit", "norfolk", "--measures")
    assert code == 0
    named = [line for line in out.splitlines() if not line.startswith(" ")]
    assert len(named) == len(measured_in_parts())
    assert "list_people (people)\n    people on the interim care list" in out


# What ships --------------------------------------------------------------------------------------


WITH_FIGURES = sorted(path.parent.name for path in COUNTIES.glob("*/targets.csv"))


@pytest.mark.parametrize("county", WITH_FIGURES)
def test_nobody_has_to_hold_a_figure_from_memory(county: str) -> None:
    """A rule of `check`: it finds none in what ships, and all of them where all are remembered."""
    draft = read_draft(county)
    assert not list(target_memories(draft))
    rows = draft.rows("targets")
    for row in rows:
        row |= {"sure": "memory", "role": "must_hold"}
    faults = list(target_memories(draft))
    assert [fault.place.row for fault in faults] == list(range(2, len(rows) + 2))
    assert {(fault.place.file, fault.place.column) for fault in faults} == {("targets.csv", "role")}


def test_norfolk_s_figures_are_sound(norfolk: Scenario) -> None:
    assert not measure_faults(read_draft("norfolk"))
    units = {row.code: (row.unit, measured_in_parts()[row.measure].unit) for row in norfolk.targets}
    assert all(ours == theirs for ours, theirs in units.values()), units
    roles = {row.role for row in norfolk.targets}
    assert roles == {"must_hold", "watch"}


def test_the_sizes_of_norfolk_s_providers_are_those_the_council_tells(norfolk: Scenario) -> None:
    """Five have 40% and ten 58% as the market starts; areas keep their hours."""
    providers, areas = Counter[str](), Counter[str]()
    for team in norfolk.branches:
        providers[team.provider] += team.council_hours_per_week
        areas[team.area] += team.council_hours_per_week
    sizes = sorted(providers.values(), reverse=True)
    targets = {row.code: row.published for row in norfolk.targets}
    assert sum(sizes[:5]) / sum(sizes) == pytest.approx(targets["LARGEST_FIVE"], abs=0.001)
    assert sum(sizes[:10]) / sum(sizes) == pytest.approx(targets["LARGEST_TEN"], abs=0.001)
    for area in norfolk.areas:
        assert areas[area.code] == pytest.approx(area.hours_per_four_weeks / 4, abs=0.5)
    principals = {
        row.provider for row in norfolk.commissioning.contracts if row.tier == "principal"
    }
    assert min(providers[code] for code in principals) > 100


def test_figures_do_not_move_a_run(norfolk: Scenario) -> None:
    bare = norfolk.model_copy(update={"targets": ()})
    assert bare.identity == norfolk.identity


def test_the_tender_sensitivity_changes_which_figure_must_hold() -> None:
    tendered = load_scenario("norfolk", overrides=["tender_scaled_hours"])
    roles = {row.code: row.role for row in tendered.targets}
    assert roles["PLANNED_HOURS"] == "watch"
    assert roles["PLANNED_HOURS_TENDERS"] == "must_hold"


def test_another_commissioning_model_may_lack_the_tiers() -> None:
    try:
        load_scenario("norfolk", commissioning="theory_two_tiers")
    except ScenarioError as error:
        assert not [fault for fault in error.faults if fault.place.file == "targets.csv"]


def test_the_validation_log_holds_every_figure(norfolk: Scenario) -> None:
    page = (ROOT / "docs" / "explanation" / "validation.md").read_text(encoding="utf-8")
    told = set(re.findall(r"\(`([A-Z0-9_]+)`\)", page))
    assert told == {row.code for row in norfolk.targets}
