"""Readings side by side: never pooled, each with sets of its own, and where a statement holds."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from command_line import Caremarket
from numpy.typing import NDArray

from experiments.asking.asked import Asked
from experiments.asking.scripts import Scripts
from experiments.bands.asked import Reading, reading_of, readings_of
from experiments.bands.figures import ADEQUACY_AT_END, HEADLINES, TOLD
from experiments.bands.readings import (
    LEFT,
    LEVELS,
    Found,
    SideBySide,
    question,
    screen_of,
    sets_table,
)
from experiments.bands.statements import Holds, Statement, reaches
from experiments.bands.work import SetFound
from experiments.calibration.search import calibration_of
from experiments.calibration.work import Base
from experiments.engine.question import Answers
from experiments.engine.work import Done
from experiments.study.draws import UNTAUGHT
from experiments.study.freezing import study_of
from sim.outcomes.failures import INDIRECT, TOTAL
from sim.outcomes.placebo import PLACEBO
from sim.scenario import Scenario, ScenarioError, load_scenario
from sim.scenario.reading import COUNTIES
from sim.scenario.tables import FailureRow

Floats = NDArray[np.float64]
SETS = 40


@cache
def scenario() -> Scenario:
    row = FailureRow(date="2025-06-01", who="largest")  # type: ignore[arg-type]
    return load_scenario("small").model_copy(update={"failures": (row,)})


def made_up(name: str, seed: int, *, fitted: bool = True, **values: Floats | float) -> Found:
    """A reading whose sets give these headlines, and noise about one half for the others."""
    noise = np.random.default_rng(seed)
    columns = {one.name: 0.5 + noise.normal(0, 0.02, SETS) for one in TOLD} | values
    rows = {key: np.broadcast_to(column, SETS).tolist() for key, column in columns.items()}
    sets = tuple(
        SetFound(n, {key: row[n] for key, row in rows.items()}, {}, {}) for n in range(SETS)
    )
    reading = Reading(name, scenario(), {n: {"a.b": 1.0} for n in range(SETS)}, fitted)
    return Found(reading, sets)


def side_by_side(*found: Found) -> SideBySide:
    return SideBySide(found, 0.8, 1, ())


def spread(low: float, high: float) -> Floats:
    return np.linspace(low, high, SETS)


H: Holds = "holds"
N: Holds = "does not hold"
C: Holds = "cannot tell"


@pytest.mark.parametrize(
    ("verdicts", "words"),
    [
        ((H, H, H, H), "in all four"),
        ((H, H), "in both"),
        ((N, N), "in neither"),
        ((C, C), "not clear in either"),
        ((N, N, N), "in none of the three"),
        ((C, C, C), "not clear in any of the three"),
        ((H, H, N, N), "in a and b only; not in c and d"),
        ((H, N, C), "in a only; not in b; not clear in c"),
        ((N, C, C), "not in a; not clear in b and c"),
    ],
)
def test_it_is_said_where_a_statement_holds(verdicts: tuple[Holds, ...], words: str) -> None:
    assert Statement("It rains", dict(zip("abcd", verdicts, strict=False))).where == words


@pytest.mark.parametrize(
    ("values", "verdict"),
    [
        (spread(0.81, 0.99), H),
        (spread(0.3, 0.79), N),
        (spread(0.3, 0.99), C),
        (np.append(spread(0.85, 0.99)[1:], 0.1), H),
        (spread(0.81, 0.99)[:29], C),
        (np.where(np.arange(SETS) < 30, 0.9, np.nan), H),
        (np.full(SETS, np.nan), C),
    ],
    ids=["above", "below", "both", "one set in forty", "too few", "known are enough", "not known"],
)
def test_a_level_holds_where_nine_tenths_of_the_sets_have_it(values: Floats, verdict: str) -> None:
    assert reaches(values, 0.8, 30) == verdict


def test_statements_are_told_by_reading() -> None:
    side = side_by_side(
        made_up(
            "as_it_is", 1, carers_left=spread(0.2, 0.4), **{ADEQUACY_AT_END: spread(0.81, 0.95)}
        ),
        made_up("tight", 2, **{ADEQUACY_AT_END: spread(0.4, 0.7)}),
        made_up("wide", 3, **{ADEQUACY_AT_END: spread(0.4, 0.95)}),
    )
    told = {one.words: one.where for one in side.statements}
    withers = next(where for said, where in told.items() if "Carers of teams" in said)
    assert withers == "in as_it_is only; not clear in tight and wide"
    (words,) = [one.meaning for one in LEVELS if one.name == ADEQUACY_AT_END]
    where = next(where for said, where in told.items() if words[1:] in said)
    assert where == "in as_it_is only; not in tight; not clear in wide"
    screen = "\n".join(screen_of(side).lines(full=True))
    for one in ("88% (82% to 94%)", "55% (42% to 68%)", "68% (43% to 92%)"):
        assert one in screen
    assert max(map(len, screen.split("\n"))) <= 80


def test_harm_to_others_is_held_against_each_reading_s_own_placebo() -> None:
    noise = np.random.default_rng(5).normal(0, 20, SETS)
    harm = {INDIRECT: 300 + noise, TOTAL: 900 + noise}
    side = side_by_side(
        made_up("calm", 1, **harm, **{PLACEBO: noise}),
        made_up("loud", 2, **harm, **{PLACEBO: 400 + noise}),
        made_up("none", 3, **{INDIRECT: noise, TOTAL: noise, PLACEBO: noise}),
    )
    told = {one.words: one.where for one in side.statements}
    assert (
        told["Others are harmed, beyond the placebo"] == "in calm only; not clear in loud and none"
    )
    assert (
        told["The closure leaves more hours without care"]
        == "in calm and loud only; not clear in none"
    )


def test_a_reading_is_beside_the_first_by_the_rules_of_claims() -> None:
    side = side_by_side(
        made_up("first", 1),
        made_up("alike", 2),
        made_up("lower", 3, **{ADEQUACY_AT_END: spread(0.2, 0.3)}),
    )
    findings = side.findings
    verdict = {name: findings[name, f"beside {ADEQUACY_AT_END}"].verdict for name in side.names[1:]}
    assert verdict == {"alike": "cannot be distinguished", "lower": "lower"}
    assert {one.comparisons for one in findings.values()} == {side.comparisons}
    shown = 3 * (len(LEVELS) + len(LEFT) + 2) + 2 * len(HEADLINES)
    assert side.comparisons == shown == len(findings)


def test_too_few_sets_claim_nothing() -> None:
    few = [
        Found(one.reading, one.sets[:20])
        for one in (made_up("a", 1), made_up("b", 2, **{TOTAL: spread(5, 9)}))
    ]
    side = side_by_side(*few)
    assert side.needed > 20
    assert {verdict for one in side.statements for verdict in one.verdicts.values()} == {C}
    assert "Too few sets for any claim: a, b." in " ".join(screen_of(side).lines())


def test_sets_of_readings_stay_apart() -> None:
    side = side_by_side(made_up("a", 1), made_up("b", 2))
    table = sets_table(side)
    assert table.groupby("reading")["number"].count().to_dict() == {"a": SETS, "b": SETS}


def test_sets_that_were_not_fitted_to_a_reading_are_told() -> None:
    side = side_by_side(made_up("a", 1), made_up("b", 2, fitted=False))
    assert "The sets of b were fitted to the county as it is" in " ".join(screen_of(side).lines())


def test_what_fails_is_left_out_of_its_own_reading_alone() -> None:
    readings = [made_up("a", 1).reading, made_up("b", 2).reading]
    asked = question(readings, 1, 0.8)
    assert [item.label for item in asked.items][SETS - 1 : SETS + 1] == ["a, set 39", "b, set 0"]
    found = [*made_up("a", 1).sets, *made_up("b", 2).sets]
    done = [Done(item.identity, one) for item, one in zip(asked.items, found, strict=True)]
    done[3] = Done(asked.items[3].identity, error="no luck")
    output = asked.told(Answers(asked.items, done))
    assert output is not None
    table = {one.name: frame for one, frame in output.tables}["readings"]
    assert table.groupby("reading")["sets"].first().to_dict() == {"a": SETS - 1, "b": SETS}


# Which sets a reading is given -------------------------------------------------------------------

HELD = "workforce.turnover_per_year"
OVERRIDES = """
[slow]
meaning = "a reading"
source = "invented"
sure = "assumption"

[slow.set]
"workforce.matching_per_week" = 0.04

[fast]
meaning = "another reading"
source = "invented"
sure = "assumption"

[fast.set]
"workforce.matching_per_week" = 0.08

[holds]
meaning = "sets what plausible sets hold"
source = "invented"
sure = "assumption"

[holds.set]
"workforce.turnover_per_year" = 0.3
"""


@pytest.fixture
def county(tmp_path: Path) -> Path:
    """The small county with plausible sets of itself and of the reading slow."""
    folder = tmp_path / "mine"
    shutil.copytree(COUNTIES / "small", folder)
    with (folder / "overrides.toml").open("a", encoding="utf-8") as file:
        file.write(OVERRIDES)
    (folder / "plausible").mkdir()
    for name, first in (("plausible", 0.2), ("plausible/slow", 0.4)):
        rows = "".join(f"{n},{first + 0.001 * n}\n" for n in range(10))
        put(folder / f"{name}.csv", f"set,{HELD}\n{rows}")
    put(folder / "plausible" / "slow.toml", 'overrides = ["slow"]\n')
    for name, first in (("untaught", 0.6), ("slow+untaught", 0.8)):
        rows = "".join(f"{n},{first + 0.001 * n}\n" for n in range(10))
        put(folder / "plausible" / f"{name}.csv", f"set,{HELD}\n{rows}")
        overrides = '"slow"' if "slow" in name else ""
        told = f"overrides = [{overrides}]\nuntaught = true\n"
        put(folder / "plausible" / f"{name}.toml", told)
    return folder


def put(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8", newline="\n")


def asked(county: Path, *overrides: str) -> Asked:
    scripts = Scripts(("largest",), ("2024-11-01",))
    return Asked(str(county), overrides=overrides, scripts=scripts, quietly=True)


def by_bands(county: Path, *overrides: str) -> Mapping[int, Mapping[str, float]]:
    named = [name for name in overrides if name != UNTAUGHT]
    return reading_of(asked(county, *named), 10, untaught=UNTAUGHT in overrides).values


def by_bands_side_by_side(county: Path, *overrides: str) -> Mapping[int, Mapping[str, float]]:
    name = "+".join(overrides) or "as_it_is"
    other = "as_it_is" if overrides else "slow"
    first, second = readings_of(asked(county), f"{name},{other}", 10)
    assert (first.name, second.name) == (name, other)
    assert first.values != second.values
    return first.values


def by_a_study(county: Path, *overrides: str) -> Mapping[int, Mapping[str, float]]:
    named = [name for name in overrides if name != UNTAUGHT]
    all_vary = "untaught = true\n" if UNTAUGHT in overrides else ""
    put(
        county.parent / "study.toml",
        f'name = "s"\ncounty = "mine"\nuntil = 2024-06-30\noutcomes = ["list_people_peak"]\n'
        f"overrides = {named}\n[replications]\nnumber = 1\n[[scenarios]]\n"
        f'name = "as_is"\n[draws]\nmethod = "plausible"\n{all_vary}',
    )
    draws = study_of(county.parent / "study.toml").draws
    return {number: draws.values(number) for number in range(len(draws))}


ASKED_BY: dict[str, Callable[..., Mapping[int, Mapping[str, float]]]] = {
    "bands": by_bands,
    "bands side by side": by_bands_side_by_side,
    "study": by_a_study,
}


@pytest.mark.parametrize("by", ASKED_BY.values(), ids=ASKED_BY)
@pytest.mark.parametrize(
    ("overrides", "first"),
    [((), 0.2), (("slow",), 0.4), ((UNTAUGHT,), 0.6), (("slow", UNTAUGHT), 0.8)],
)
def test_a_reading_is_given_its_own_sets(
    county: Path, by: Callable[..., Mapping[int, Mapping[str, float]]], overrides: tuple[str, ...],
    first: float,
) -> None:  # fmt: skip
    assert by(county, *overrides)[0][HELD] == first


def no_sets(_: Path) -> tuple[tuple[str, ...], str]:
    return ("fast",), "the reading has no plausible sets of its own"


def of_another(county: Path) -> tuple[tuple[str, ...], str]:
    shutil.copy(county / "plausible" / "slow.csv", county / "plausible" / "fast.csv")
    shutil.copy(county / "plausible" / "slow.toml", county / "plausible" / "fast.toml")
    return ("fast",), "its sets were fitted to slow, not to fast"


def of_a_reading_in_the_county_s_place(county: Path) -> tuple[tuple[str, ...], str]:
    put(county / "plausible.toml", 'overrides = ["slow"]\n')
    return (), "its sets were fitted to slow, not to the county as it is"


def without_what_no_figure_teaches(county: Path) -> tuple[tuple[str, ...], str]:
    shutil.copy(county / "plausible" / "slow.toml", county / "plausible" / "slow+untaught.toml")
    wrong = (
        "its sets were fitted to slow, not to slow with parameters that no figure says "
        "anything about"
    )
    return ("slow", UNTAUGHT), wrong


def none_with_it(county: Path) -> tuple[tuple[str, ...], str]:
    (county / "plausible" / "untaught.csv").unlink()
    return (UNTAUGHT,), "the reading has no plausible sets of its own"


def nothing_beside(county: Path) -> tuple[tuple[str, ...], str]:
    (county / "plausible" / "slow.toml").unlink()
    return ("slow",), "nothing says which reading its sets were fitted to"


def held_by_the_sets(county: Path) -> tuple[tuple[str, ...], str]:
    shutil.copy(county / "plausible" / "slow.csv", county / "plausible" / "holds.csv")
    put(county / "plausible" / "holds.toml", 'overrides = ["holds"]\n')
    return ("holds",), f"the plausible sets also set {HELD}, and their values would be used"


@pytest.mark.parametrize("by", ASKED_BY.values(), ids=ASKED_BY)
@pytest.mark.parametrize(
    "spoilt",
    [
        no_sets,
        of_another,
        of_a_reading_in_the_county_s_place,
        without_what_no_figure_teaches,
        none_with_it,
        nothing_beside,
        held_by_the_sets,
    ],
)
def test_sets_of_another_reading_are_refused(
    county: Path,
    by: Callable[..., Mapping[int, Mapping[str, float]]],
    spoilt: Callable[[Path], tuple[tuple[str, ...], str]],
) -> None:
    overrides, words = spoilt(county)
    with pytest.raises(ScenarioError) as refused:
        by(county, *overrides)
    assert any(words in str(fault) for fault in refused.value.faults), refused.value.faults


def test_the_county_s_own_sets_are_taken_only_where_that_is_asked_for(county: Path) -> None:
    taken = reading_of(asked(county, "fast"), 10, unfitted=True)
    assert not taken.fitted and taken.values[0][HELD] == 0.2
    own = reading_of(asked(county, "slow"), 10, unfitted=True)
    assert own.fitted and own.values[0][HELD] == 0.4
    with pytest.raises(ScenarioError, match="their values would be used"):
        reading_of(asked(county, "holds"), 10, unfitted=True)


@pytest.mark.parametrize("names", ["slow", "slow,slow", "slow,,as_it_is"])
def test_readings_are_two_or_more_each_once(county: Path, names: str) -> None:
    with pytest.raises(ScenarioError, match="this does not name two or more different readings"):
        readings_of(asked(county), names, 10)


SEARCH = """\
until = 2024-01-28
seed = 7
wanted_sets = 3
cutoff = 3.0
replications = 1
base_replications = 3
first_wave = 16
later_waves = 8
most_sets = 32

[[targets]]
code = "PEOPLE"

[[parameters]]
path = "workforce.turnover_per_year"
low = 0.1
high = 0.9
why = "not published"

[[parameters]]
path = "workforce.matching_per_week"
low = 0.02
high = 0.12
why = "not published"

[[untaught]]
path = "failure.staff_move_share"
low = 0.0
high = 0.9
why = "no carer of a failed provider was counted"
readings = ["slow"]
"""
TARGETS = """\
code,meaning,measure,scope,period,published,low,high,unit,published_when,role,use,note,source,sure
PEOPLE,people in service,people_in_service,county,2024-01-01/2024-01-28,207,100,300,people,2023,\
must_hold,fitted,,invented,assumption
"""


@pytest.fixture
def searched(county: Path) -> Path:
    """The same county with a search."""
    put(county / "calibration.toml", SEARCH)
    put(county / "targets.csv", TARGETS)
    return county


def test_what_a_reading_sets_is_not_varied(searched: Path) -> None:
    plain = calibration_of(Base(str(searched)))
    slow = calibration_of(Base(str(searched), ("slow",)))
    assert plain.paths == ("workforce.turnover_per_year", "workforce.matching_per_week")
    assert slow.paths == ("workforce.turnover_per_year",)
    assert (plain.fixed, slow.fixed) == ((), ("workforce.matching_per_week",))
    assert slow.values([0.5])["workforce.turnover_per_year"] == pytest.approx(0.5)
    assert slow.scenario.workforce.matching_per_week == 0.04


def test_a_figure_that_a_reading_only_watches_need_not_be_met(searched: Path) -> None:
    with (searched / "overrides.toml").open("a", encoding="utf-8") as file:
        # of the last reading there, holds
        file.write('"targets.PEOPLE.role" = "watch"\n"targets.PEOPLE.note" = "as it is read"\n')
    put(
        searched / "targets.csv",
        TARGETS + TARGETS.splitlines()[1].replace("PEOPLE", "AGAIN") + "\n",
    )
    text = SEARCH.replace("[[parameters]]", '[[targets]]\ncode = "AGAIN"\n\n[[parameters]]', 1)
    put(searched / "calibration.toml", text)
    plain, holds = (calibration_of(Base(str(searched), given)) for given in ((), ("holds",)))
    assert (plain.codes, plain.watched) == (("PEOPLE", "AGAIN"), ())
    assert (holds.codes, holds.watched) == (("AGAIN",), ("PEOPLE",))
    assert plain.identity["calibration"] != holds.identity["calibration"]


@pytest.mark.parametrize("untaught", [False, True])
def test_what_is_set_needs_no_range(searched: Path, untaught: bool) -> None:
    """An override takes the place of a value's source, and of the range that stands there."""
    text = SEARCH.replace("low = 0.0\nhigh = 0.9\n", "")
    put(searched / "calibration.toml", text)
    moves = Base(str(searched), ("staff_do_not_move",))
    found = calibration_of(moves, untaught=untaught)
    assert "failure.staff_move_share" not in found.paths
    assert ("failure.staff_move_share" in found.fixed) is untaught


def test_what_no_figure_teaches_is_varied_only_on_request(searched: Path) -> None:
    more = calibration_of(Base(str(searched)), untaught=True)
    assert more.paths[-1] == "failure.staff_move_share"
    assert more.identity != calibration_of(Base(str(searched))).identity


@pytest.mark.parametrize(
    ("changed", "to", "words"),
    [
        ('readings = ["slow"]', 'readings = ["slwo"]', "no override 'slwo' in overrides.toml"),
        ('readings = ["slow"]', "", "has neither readings nor a gap"),
        ("failure.staff_move_share", "workforce.matching_per_week", "is given twice"),
    ],
)
def test_what_is_untaught_names_a_reading_or_a_gap(
    searched: Path, changed: str, to: str, words: str
) -> None:
    put(searched / "calibration.toml", SEARCH.replace(changed, to))
    with pytest.raises(ScenarioError) as refused:
        calibration_of(Base(str(searched)))
    assert any(words in str(fault) for fault in refused.value.faults), refused.value.faults


@pytest.mark.long
def test_a_reading_is_calibrated_put_in_its_place_and_shown(
    caremarket: Caremarket, searched: Path
) -> None:
    shutil.rmtree(searched / "plausible")
    (searched / "plausible.csv").unlink()
    for words in ((), ("--override", "fast"), ("--override", "fast", "--untaught")):
        done = caremarket("calibrate", "mine", *words, "--sets", "8", "--to", "mine", "--jobs", "1")
        assert done.code == 0, done.err
    assert "workforce.matching_per_week is set, so it is not varied" in done.err
    own = pd.read_csv(searched / "plausible.csv")
    fast = pd.read_csv(searched / "plausible" / "fast.csv")
    assert "workforce.matching_per_week" in own and "workforce.matching_per_week" not in fast
    wide = pd.read_csv(searched / "plausible" / "fast+untaught.csv")
    assert "failure.staff_move_share" in wide and "failure.staff_move_share" not in fast
    words = ("bands", "mine", "--until", "2024-09-30", "--on", "2024-05-01", "--sets", "8")
    names = "as_it_is,fast,fast+untaught"
    done = caremarket(*words, "--readings", names, "--jobs", "1", "--out", "out")
    assert done.code == 0, done.err
    assert "headlines in 3 readings, side by side" in done.out
    table = pd.read_csv(Path("out") / "readings.csv")
    assert set(table["reading"]) == {*names.split(",")} and table["fitted"].all()


@pytest.mark.parametrize("untaught", [False, True])
def test_bands_say_what_varies_and_what_does_not(
    caremarket: Caremarket, county: Path, untaught: bool
) -> None:
    words = ("bands", "mine", "--until", "2024-09-30", "--on", "2024-05-01", "--sets", "8")
    done = caremarket(*words, *["--untaught"] * untaught, "--jobs", "1", "--full")
    assert done.code == 0, done.err
    told = " ".join(done.out.split())
    assert "1 parameter varies from set to set" in told
    assert ("Add --untaught to vary them too" in told) is not untaught
    assert ("including those that no published figure says anything about" in told) is untaught
    twice = caremarket(*words, "--untaught", "--readings", "as_it_is,slow")
    assert twice.code == 2 and "--readings is given too" in twice.err, twice.err
