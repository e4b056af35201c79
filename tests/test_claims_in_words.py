"""Every title and sentence says what is warranted: the cases that an outside reading found."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from numpy.random import Generator

from experiments.bands.figures import HEADLINES
from experiments.bands.work import SetFound, splits
from experiments.charts.area_map import area_map
from experiments.charts.carers import carers
from experiments.charts.chart import Chart, Provenance
from experiments.charts.classes import Form
from experiments.charts.differences import differences
from experiments.charts.fallback import fallback
from experiments.charts.hours_by_tier import hours_by_tier
from experiments.charts.scenario_weeks import scenario_weeks
from experiments.charts.shown import Shown
from experiments.charts.waiting_list import waiting_list
from experiments.statistics.claims import Floats, Paired, alone, course_of, highest_of, judged
from experiments.statistics.effects import trend_of
from experiments.statistics.intervals import t_interval
from experiments.stress.figures import HARM
from experiments.stress.tables import Harm, by_place
from experiments.stress.words import _places, _times, worst_words
from experiments.stress.work import Place
from experiments.study.boxes import confirmed
from experiments.study.boxes import title as boxes_title
from experiments.study.discovery import Limit, discovered
from experiments.study.draws import Draws, Varied
from experiments.words import claims
from sim.outcomes.catalogue import chosen

mpl.use("Agg")
ROOT = Path(__file__).parents[1]
WEEKS = pd.date_range("2024-01-01", periods=313, freq="7D")
"""Six years of 52 weeks, and one week."""
CLAIMS = re.compile(
    r"\b(?:higher|lower|highest|lowest|rises?|falls?|grows?|shrinks?|worst|best|better|worse|"
    r"costliest|costs most|matters?|flips?|(?:down|up) from|stays?|the same|(?:most|more|less) "
    r"often|(?:more|fewer|less) than|changes little|safer|safest|kinder|exceeds?|no difference|"
    r"no effect)\b",
    re.IGNORECASE,
)


def made_by(count: int) -> Provenance:
    return Provenance("caremarket", "small", "abc", 1, count, "0.6.0")


def title_of(chart: Chart) -> str:
    return " ".join(chart.figure.texts[0].get_text().split())


def one_of(found: Chart | Sequence[Chart]) -> Chart:
    """A chart, or the first page of several."""
    return found if isinstance(found, Chart) else found[0]


def yearly(rng: Generator, means: Sequence[float], count: int, spread: float) -> Floats:
    """Weekly values of so many futures whose years have about these means."""
    level = np.repeat(np.array(means, dtype=float), 52)
    return np.asarray(
        level + rng.normal(0, spread, (count, 1)) + rng.normal(0, 1, (count, level.size))
    )


def county(**measures: Floats) -> tuple[pd.DataFrame, list[pd.DataFrame]]:
    """The table of means, and that of every future."""
    count, weeks = next(iter(measures.values())).shape
    shared = {"week_start": WEEKS[:weeks], "days": 7.0, "area": "A"}
    each = [pd.DataFrame({**shared, **{n: v[row] for n, v in measures.items()}})
            for row in range(count)]  # fmt: skip
    return pd.DataFrame({**shared, **{n: v.mean(axis=0) for n, v in measures.items()}}), each


def list_chart(people: Floats) -> Chart:
    means, each = county(list_people=people, list_hours=10 * people)
    return waiting_list(means, made_by(len(people)), each)


def plain(lines: Sequence[str]) -> str:
    """Lines of a screen as one."""
    return " ".join(" ".join(lines).split())


def harm_of(hours: Floats, dates: Sequence[date]) -> Harm:
    """Losses by replication, place and date."""
    places = [Place(f"P{number}", f"principal:P{number}") for number in range(hours.shape[1])]
    people = np.where(np.isfinite(hours), 50.0, np.nan)
    return Harm(places, dates, {HARM: hours, "displaced_people": people, "displaced_hours": people})


# The fifteen cases --------------------------------------------------------------------------------


def test_1_1_no_worst_place_where_not_even_harm_is_sure() -> None:
    rng = np.random.default_rng(1)
    hours = rng.normal([[2703, 2600, 2500, 2400]], 5000, (3, 4))[:, :, None]
    title = worst_words(harm_of(hours, [date(2026, 1, 1)]), short=True)
    assert title.startswith("Largest mean of 1 of 3 simulated futures: P")
    assert title.endswith(" hours in the 2 others")
    hours = rng.normal([[900, 800, 700, 600]], 5000, (12, 4))[:, :, None]
    assert worst_words(harm_of(hours, [date(2026, 1, 1)])).startswith("No worst place and time can")


def test_1_2_one_replication_tells_what_is_seen() -> None:
    hours = np.array([30554.0, 20000.0, 100.0, 3.0]).reshape(1, 4, 1)
    title = worst_words(harm_of(hours, [date(2028, 7, 1)]), short=True)
    assert title == "Largest value seen in this simulated future: P0 in July 2028, 31,000 hours"


def test_1_1_ties_are_counted_in_titles_and_a_sole_worst_is_named() -> None:
    rng = np.random.default_rng(2)
    shared = rng.exponential(300, (16, 1))
    hours = (shared + np.array([28300, 28250, 28200, 9000]) + rng.normal(0, 200, (16, 4)))[
        :, :, None
    ]
    day = [date(2028, 7, 1)]
    tied = worst_words(harm_of(hours, day), short=True)
    assert tied.endswith("cannot be distinguished from 2 others as worst loss")
    assert "worst" in worst_words(harm_of(hours[:, [0, 3]], day)).lower()
    assert worst_words(harm_of(hours[:, [0, 3]], day), short=True).startswith(
        "Worst loss: P0 in July"
    )


def test_1_3_a_loss_that_a_market_without_it_shares_is_none() -> None:
    """The largest difference, not the lowest level: both markets are low on the same day."""
    rng = np.random.default_rng(3)
    season = rng.normal(0, 1, (12, 1))
    beside = 94.3 + season + rng.normal(0, 0.5, (12, 1))
    after = beside + rng.normal(0, 0.8, (12, 1))
    assert alone(Paired((after - beside)[:, 0])).verdict == "cannot be distinguished"


def test_1_4_arms_that_turn_back_do_not_matter() -> None:
    rng = np.random.default_rng(4)
    arms = np.array([77.0, 73.0, 83.0]) + rng.normal(0, 5, (12, 1)) + rng.normal(0, 6, (12, 3))
    said = claims.matters("How many carers move", trend_of(arms), ["if none move", "if 30% do",
                          "if 60% do"], ["77%", "73%", "83%"])  # fmt: skip
    assert "matters" not in said and said.endswith("these cannot be distinguished")
    sure = np.array([40.0, 55.0, 89.0]) + rng.normal(0, 5, (12, 1)) + rng.normal(0, 3, (12, 3))
    told = trend_of(sure)
    assert claims.matters("How many carers move", told, ["a", "b", "c"], ["40%", "55%", "89%"]) == (
        "How many carers move matters: 40% a, 55% b, 89% c"
    )
    few = claims.matters("It", trend_of(sure[:2]), ["a", "b", "c"], ["1", "2", "3"])
    assert few == "It: 1 a, 2 b, 3 c, in 2 simulated futures"


def test_1_5_years_are_compared_over_the_places_that_all_have() -> None:
    """Two places in 2024, four in 2029: the mean of all would mix who is there with how it goes."""
    hours = np.full((12, 4, 2), np.nan)
    hours[:, :2, 0], hours[:, :2, 1], hours[:, 2:, 1] = 1000.0, 1500.0, 9000.0
    told = plain(_times(harm_of(hours, [date(2024, 7, 1), date(2029, 7, 1)])))
    assert (
        "1,000 in 2024, 1,500 in 2029; the 2 places with a principal provider on every date" in told
    )
    hours[:, :2, 1] = np.nan
    told = plain(_times(harm_of(hours, [date(2024, 7, 1), date(2029, 7, 1)])))
    assert "(2 places)" in told and "years cannot be compared" in told


def test_a7_a_place_held_on_other_dates_is_not_called_the_costliest() -> None:
    """Marsh occurs in 2026 alone, when losses are large; then it is the same loss as Harbour."""
    rng = np.random.default_rng(5)
    hours = np.full((12, 2, 3), np.nan)
    hours[:, 0] = np.array([2000.0, 2500.0, 5168.0]) + rng.normal(0, 50, (12, 3))
    hours[:, 1, 2] = hours[:, 0, 2]
    harm = harm_of(hours, [date(2025, 1, 1), date(2025, 7, 1), date(2026, 1, 1)])
    said = plain(_places(harm))
    assert "P0 + P1" in said and "ostliest" not in said and "mean over January 2026" in said
    assert by_place(harm)["dates"].tolist() == [1, 1]
    hours[:, 0, 2] = np.nan
    harm = harm_of(hours, [date(2025, 1, 1), date(2025, 7, 1), date(2026, 1, 1)])
    assert "cannot be compared" in _places(harm)[0]


def test_1_6_a_list_that_sinks_and_leaps_does_not_stay() -> None:
    rng = np.random.default_rng(6)
    chart = list_chart(yearly(rng, [58, 50, 40, 30, 17, 58], 12, 2))
    assert title_of(chart) == "The interim care list: 59 people in 2024, 18 in 2028, 59 in 2029"
    assert "stay" not in chart.alt


def test_1_7_a_rate_that_peaked_does_not_rise() -> None:
    rng = np.random.default_rng(7)
    rate = yearly(rng, [12.2, 15, 19, 17, 15, 14.1], 12, 0.3)
    posts = np.full(rate.shape, 1000.0)
    vacant = 10 * rate
    means, each = county(posts=posts, carers=posts - vacant, vacancies=vacant)
    title = title_of(carers(means, made_by(12), each))
    assert title == "The vacancy rate: 12% in 2024, 19% in 2026, 14% in 2029"
    rising = yearly(rng, [12, 13, 14, 15, 16, 17], 12, 0.3)
    means, each = county(posts=posts, carers=posts - 10 * rising, vacancies=10 * rising)
    title = title_of(carers(means, made_by(12), each))
    assert title == "The vacancy rate rises from 12% in 2024 to 17% in 2029"


def test_1_8_a_change_within_chance_is_no_rise() -> None:
    rng = np.random.default_rng(8)
    people = yearly(rng, [6.7, 7.6], 10, 0) + rng.normal(0, 4, (10, 1)) * np.repeat([0, 1], 52)
    chart = list_chart(people)
    assert title_of(chart).endswith("cannot be distinguished")
    assert "95% interval" in chart.alt and not CLAIMS.search(title_of(chart))


def test_1_9_two_means_of_scenarios_are_no_comparison() -> None:
    frame = pd.DataFrame(
        {
            "scenario": np.repeat(["as_is", "more_newcomers"], 60),
            "week_start": [*WEEKS[:60], *WEEKS[:60]],
            "uncovered_hours": np.repeat([76.0, 54.0], 60),
        }
    )
    meaning = "hours of care a week that nobody covers"
    chart = one_of(
        scenario_weeks(frame, "uncovered_hours", meaning, ["as_is", "more_newcomers"], "Footer.")
    )
    assert not re.search(r"\d", title_of(chart)) and not CLAIMS.search(title_of(chart))
    assert "76" in chart.alt and "no comparison" in chart.alt


def frame_of(values: dict[tuple[str, str], Floats]) -> pd.DataFrame:
    """A table of differences, as a study has it."""
    rows = []
    for (name, outcome), found in values.items():
        ends = t_interval(found)
        rows.append((name, "all", outcome, ends.mean, ends.low, ends.high, ends.count))
    names = ["scenario", "draw", "outcome", "mean", "low", "high", "replications"]
    return pd.DataFrame(rows, columns=names).assign(
        draws_p05=np.nan, draws_p95=np.nan, interval="t"
    )


def test_1_10_of_many_comparisons_the_luckiest_is_not_told() -> None:
    outcomes = chosen(("list_people_last_year", "spend_last_year", "missed_hours_per_year"))
    models = [f"model_{number}" for number in range(25)]
    for seed, pairs in ((9, 2), (10, 40)):
        rng = np.random.default_rng(seed)
        values = {(m, o.name): rng.normal(0, 1, pairs) for m in models for o in outcomes}
        sure = [
            key
            for key, found in values.items()
            if not t_interval(found).low <= 0 <= t_interval(found).high
        ]
        assert sure, "some intervals miss nought by chance"
        findings = judged({key: Paired(found) for key, found in values.items()})
        chart = one_of(
            differences(frame_of(values), outcomes, ["own", *models], "Footer.", findings=findings)
        )
        expected = ("too few for a comparison", "can be distinguished from chance")[pairs > 10]
        assert title_of(chart).endswith(expected) and "better" not in chart.alt
        assert title_of(one_of(
            differences(frame_of(values), outcomes, ["own", *models], "Footer.")
        )).endswith(expected)  # fmt: skip


def test_a_sure_difference_is_named_and_judged() -> None:
    rng = np.random.default_rng(11)
    outcomes = chosen(("list_people_last_year",))
    values = {("more_newcomers", "list_people_last_year"): rng.normal(-22, 4, 12)}
    chart = one_of(differences(frame_of(values), outcomes, ["as_is", "more_newcomers"], "Footer."))
    assert "lower than" in title_of(chart) and len(title_of(chart).split()) <= 15
    assert ", better" in chart.alt


def test_1_11_a_map_says_its_weeks_and_what_is_seen() -> None:
    areas = pd.DataFrame({"code": ["A", "B"], "name": ["North", "South"], "locality": "L",
                          "grid_row": [0, 0], "grid_column": [0, 1]})  # fmt: skip
    rng = np.random.default_rng(12)
    each = pd.DataFrame(rng.normal([3.0, 2.9], 1, (12, 2)), columns=["A", "B"])
    shown = Shown("Where", "share", Form(1))

    def told(each: pd.DataFrame) -> str:
        return area_map(areas, each.mean(), shown, made_by(len(each)), name="map", each=each).alt

    assert "cannot be distinguished from" in told(each)
    sure = pd.DataFrame(rng.normal([9.0, 2.9], 1, (12, 2)), columns=["A", "B"])
    assert "Highest: North" in told(sure)
    assert "Largest value seen in this simulated future: North" in told(sure[:1])
    low = replace(shown, falling=True)
    least = area_map(areas, sure.mean(), low, made_by(12), name="map", each=sure).alt
    assert "Lowest: South" in least and least.index("South 2") < least.index("North ")


def tiers(share: Floats) -> Chart:
    """A legacy tier with this share of 1,000 hours in each future."""
    count, weeks = share.shape
    each = [
        pd.DataFrame(
            {
                "week_start": [*WEEKS[:weeks], *WEEKS[:weeks]],
                "tier": np.repeat(["legacy", "new"], weeks),
                "planned_hours": np.concatenate([10 * share[row], 1000 - 10 * share[row]]),
            }
        )
        for row in range(count)
    ]
    means = each[0].assign(planned_hours=np.mean([one["planned_hours"] for one in each], axis=0))
    return hours_by_tier(means, {"legacy": "Legacy", "new": "New"}, {}, made_by(count), each)


def test_1_12_nothing_is_down_from_itself() -> None:
    title = title_of(tiers(np.full((1, 5), 99.0)))
    assert title == "Share of hours in Legacy averages 99% over 5 weeks"
    rng = np.random.default_rng(13)
    small = title_of(tiers(yearly(rng, [79, 78.9], 12, 2)))
    assert not re.search("falls|down", small)
    assert "stays within 5%" in small
    sure = title_of(tiers(yearly(rng, [90, 70, 60], 12, 0.2)))
    assert sure == "Share of hours in Legacy falls from 90% in 2024 to 60% in 2026"


def draws_of(points: Floats) -> Draws:
    varied = tuple(
        Varied(f"a.p{number}", "uncertainty", 0.0, 1.0) for number in range(points.shape[1])
    )
    return Draws("latin_hypercube", varied, tuple(tuple(row) for row in points.tolist()))


def test_1_13_three_of_three_draws_are_no_condition() -> None:
    pytest.importorskip("sklearn")
    rng = np.random.default_rng(14)
    points = rng.random((24, 2))
    values = np.where(np.arange(24) < 11, rng.random(24), np.nan)
    found = discovered(draws_of(points), values, Limit("loss", 0.6, above=True), 2)
    assert not confirmed(found)
    assert boxes_title(found).endswith("can be distinguished from chance")
    many = rng.random((200, 2))
    sure = discovered(draws_of(many), many[:, 0], Limit("loss", 0.7, above=True), 2)
    assert confirmed(sure) and "more often where" in boxes_title(sure)


def sets_of(adequacy: Sequence[float]) -> list[SetFound]:
    return [SetFound(number, {one.name: value for one in HEADLINES}, {}, {})
            for number, value in enumerate(adequacy)]  # fmt: skip


def test_1_14_eight_sets_flip_nothing_a_hundred_do() -> None:
    rng = np.random.default_rng(15)
    for many, flips in ((8, False), (24, False), (100, True)):
        values = {n: {f"p{k}": float(v) for k, v in enumerate(row)}
                  for n, row in enumerate(rng.random((many, 32)))}  # fmt: skip
        noise = 0.1 if flips else 5.0
        found = sets_of([values[n]["p3"] + rng.normal(0, noise) for n in range(many)])
        paths, parted = splits(found, values, 0.5)
        said = claims.flips(parted, paths, "the fallback suffices")
        assert said.startswith("The unknown that flips the answer is p3") == flips
        assert ("too few" in said) == (many == 8)


# 1.15, the fit's title, stands in tests/test_fit.py.


# Sentences over time ------------------------------------------------------------------------------


def test_a_sure_change_is_told_with_its_interval_and_few_futures_are_not_compared() -> None:
    rng = np.random.default_rng(16)
    people = yearly(rng, [60, 70, 80, 95], 12, 3)
    chart = list_chart(people)
    assert title_of(chart) == "The interim care list rises from 60 people in 2024 to 95 in 2027"
    assert "95% interval +3" in chart.alt
    few = list_chart(people[:3])
    assert title_of(few).endswith("in 3 simulated futures")
    assert "too few for a comparison" in few.alt and not CLAIMS.search(title_of(few))
    single = list_chart(people[:1])
    assert title_of(single).endswith("in this simulated future")


def test_the_same_is_said_within_five_per_cent_only() -> None:
    rng = np.random.default_rng(17)
    steady = list_chart(100 + rng.normal(0, 1, (12, 156)))
    assert "stays within 5%" in title_of(steady)
    loose = list_chart(100 + rng.normal(0, 30, (12, 3)).repeat(52, axis=1))
    assert "stays" not in title_of(loose)


def test_the_fallback_shrinks_in_the_words_of_the_claims() -> None:
    rng = np.random.default_rng(18)
    hours = yearly(rng, [410, 300, 200, 107], 12, 5)
    means, each = county(council_hours=hours, direct_payment_hours=hours, private_hours=hours,
                         carers=hours)  # fmt: skip
    means, each = (
        means.assign(role="legacy_only"),
        [one.assign(role="legacy_only") for one in each],
    )
    chart = fallback(means, {}, made_by(12), each)
    assert title_of(chart).startswith("The fallback's council-paid hours fall from 410 in 2024")
    assert len(title_of(chart).split()) <= 15
    bare = fallback(means, {}, made_by(12))
    assert not CLAIMS.search(title_of(bare))


def test_without_an_effect_hardly_any_title_claims_a_change() -> None:
    rng = np.random.default_rng(19)
    claimed = 0
    for _ in range(200):
        years = 50 + rng.exponential(10, (10, 4))
        course = course_of(np.repeat(years, 52, axis=1))
        said = claims.over_time(
            claims.Series("The list", "people", ["a", "b", "c", "d"]), course, alone(course.change)
        )
        claimed += bool(CLAIMS.search(said))
    assert claimed <= 20


@pytest.mark.parametrize(
    ("value", "said"),
    [(7197.0, "7,200"), (0.634, "0.63"), (58.4, "58"), (9.96, "10"), (-2691.0, "−2,700"),
     (0.0, "0"), (float("nan"), "no value"), (1.0, "1"), (12345678.0, "12,000,000")],
)  # fmt: skip
def test_uncertain_numbers_have_two_significant_figures(value: float, said: str) -> None:
    assert claims.two_figures(value) == said


def test_a_verdict_says_better_only_where_one_is() -> None:
    rng = np.random.default_rng(20)
    up = alone(Paired(rng.normal(5, 1, 12)))
    assert [claims.verdict(up, way) for way in ("higher", "lower", "neither")] == [
        "better", "worse", "higher",
    ]  # fmt: skip
    assert claims.verdict(alone(Paired(np.array([5.0]))), "lower").startswith("seen in one")
    assert "10 are needed" in claims.verdict(alone(Paired(rng.normal(5, 1, 4))), "lower")
    assert (
        claims.verdict(alone(Paired(np.full(12, 2.0))), "lower") == "equal in 12 simulated futures"
    )
    assert highest_of(rng.normal([5, 1], 1, (12, 2))).sole


# No claim in a title or a sentence that does not come through the module --------------------------

DEFINING = ("Column", "Table", "Option", "Argument", "Fault")
"""Calls whose texts define, explain an option or name a fault: no sentence about a market."""
NOT_CLAIMS = {
    r"(?:higher|lower|\{\}) is better|Better direction": "which way is better: a definition",
    r"the same (?:people|run|market|principals|number|sweep|options)|is not the same after":
        "by construction: one past, one set of people",
    r"the same \{\} in every year": "who is compared, by construction",
    r"the same \{\} simulated futures|the same carers": "by construction: one past, one market",
    r"cannot say which of .* is worst|No difference between them is claimed":
        "says that nothing is claimed",
    r"falls? short": "what a principal does, by definition",
    r"more than (?:\{|5%|one value|all its|so many|chance|half of what)|"
    r"fewer than (?:1$|$|\{\}$|\{\} are not shown|half|0 |\{\} replications)|less than a tenth":
        "a limit, not two markets",
    r"no effect (?:on others )?is claimed": "says that nothing is claimed",
    r"less than half is left": "a level; in which readings it holds goes through the claims",
    r"no difference from \{\} is named": "says that nothing is claimed",
    r"calibrate with the same": "by construction: the same overrides",
    r"cost more than \{\} hours": "a quantile of one distribution",
    r"less than a day": "how long something lasts",
    r"the lowest or the highest value seen": "how a bound is found",
    r"in brackets the lowest and the highest": "the ends of what was measured",
    r"stays with \{had\}|laws of stay": "what one person does",
    r"the same (?:inputs and the same seed|version of the program|figures|comparison|mix)":
        "by construction, or what a reader does",
    r"of the same council": "what two files are of",
    r"fewer than 10 simulated futures": "a limit, not two markets",
}  # fmt: skip
"""Phrases of the same words that claim no difference between what was simulated, and why."""


def definitions(tree: ast.AST) -> set[int]:
    """Nodes of documentation, of definitions, and of what goes through the claims."""
    found = set()
    for node in ast.walk(tree):
        body = getattr(node, "body", ())
        for step in body if isinstance(body, list) else ():
            if isinstance(step, ast.Expr) and isinstance(step.value, ast.Constant):
                found.add(id(step.value))
        if isinstance(node, ast.Call):
            called = ast.unparse(node.func)
            if called.startswith("claims.") or called.split(".")[-1] in DEFINING:
                found |= {id(part) for part in ast.walk(node)}
    return found


def said_in(tree: ast.AST) -> Iterator[str]:
    """Every sentence in a file: each text of several words, with {} for what is worked out."""
    left_out = definitions(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr) and id(node) not in left_out:
            left_out |= {id(part) for part in node.values}
            yield "".join(str(part.value) if isinstance(part, ast.Constant) else "{}"
                          for part in node.values)  # fmt: skip
        elif isinstance(node, ast.Constant) and id(node) not in left_out:
            text = str(node.value)
            yield from [text] if " " in text else []


def own_claims(text: str) -> list[str]:
    """Sentences of a file that claim by themselves."""
    found = []
    for said in said_in(ast.parse(text)):
        left = said
        for phrase in NOT_CLAIMS:
            left = re.sub(phrase, "", left, flags=re.IGNORECASE)
        if CLAIMS.search(left):
            found.append(said)
    return found


MODULES = [ROOT / "experiments" / room / "claims.py" for room in ("statistics", "words")]
OF_DATA = ("imports",)
"""Rooms that tell of a council's own rows, in which nothing was simulated."""
TELLING = [
    *(
        path
        for path in sorted((ROOT / "experiments").rglob("*.py"))
        if path not in MODULES and path.parent.name not in OF_DATA
    ),
    ROOT / "sim" / "outcomes" / "stories.py",
    ROOT / "sim" / "outcomes" / "provider_story.py",
]


@pytest.mark.parametrize("path", TELLING, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_no_title_and_no_sentence_claims_by_itself(path: Path) -> None:
    assert own_claims(path.read_text(encoding="utf-8")) == []


def test_every_phrase_that_is_let_through_is_said_somewhere() -> None:
    said = "\n".join(text for path in TELLING
                     for text in said_in(ast.parse(path.read_text(encoding="utf-8"))))  # fmt: skip
    assert [
        phrase for phrase in NOT_CLAIMS if not re.search(phrase, said, re.IGNORECASE | re.MULTILINE)
    ] == []


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('def f(x):\n    """Which is worst."""\n    return f"falls to {x}"', ["falls to {}"]),
        ('def f(x):\n    """Which is worst."""\n    return f"{x} seen"', []),
        ('def f(x):\n    return claims.extreme("worst place", x)', []),
        ('TITLE = "Coastal is worst"', ["Coastal is worst"]),
        ('def f():\n    tell(Column("rank", "the worst first", "rank"))', []),
        ('def f(x):\n    say(f"{x} is safer than the others")', ["{} is safer than the others"]),
    ],
)  # fmt: skip
def test_a_claim_of_its_own_would_be_found(text: str, found: list[str]) -> None:
    assert own_claims(text) == found


def test_many_differences_are_told_by_their_number_and_the_surest_by_name() -> None:
    rng = np.random.default_rng(21)
    noise = {("b", f"o{number}"): Paired(rng.normal(0, 1, 20)) for number in range(3)}
    none = judged(noise)
    assert (
        claims.how_many_differ(none, "a") == "No difference from a can be distinguished from chance"
    )
    assert claims.which_differ(none, {}) == ""
    some = judged({**noise, ("b", "list"): Paired(rng.normal(9, 1, 20))})
    assert claims.how_many_differ(some, "a") == "1 of 4 differences from a is more than chance"
    assert claims.which_differ(some, {"list": "lower"}) == "list under b (worse)"
    few = judged({("b", "list"): Paired(rng.normal(9, 1, 3))})
    assert claims.how_many_differ(few, "a").endswith("too few for a comparison")
    assert claims.how_many_differ({}, "a") == "No known outcome differs from a"
