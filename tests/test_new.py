"""``caremarket new``: a county of one's own, copied or sketched from ten answers."""

from __future__ import annotations

import io
import re
from math import fsum
from pathlib import Path
from typing import Any

import pytest
from command_line import Caremarket

from experiments.counties.copying import LEFT_BEHIND, made_whole
from experiments.counties.questions import QUESTIONS, Answers, answered
from experiments.counties.settings_text import with_value
from experiments.counties.sketch import shares_of_providers, teams
from sim.scenario import load_scenario
from sim.scenario.plausibility import warnings
from sim.scenario.reading import COUNTIES

SHIPPED = sorted(path.name for path in COUNTIES.iterdir())
GIVEN = {
    "years": "2026 to 2027",
    "areas": "East Side, West, The Hills",
    "hours_per_week": "3,000 1500 500",
    "people": "380",
    "countryside_share": "40%",
    "private_share": "25",
    "providers": "14",
    "largest_share": "22",
    "buying": "1",
    "rate_gbp_per_hour": "£23.50",
}
SHORT = ("--until", "2026-03-31", "--set", "calendar.warm_up_weeks=4", "--replications", "1")


def read(**changes: str) -> Answers:
    """The ten answers, some of them others."""
    told = {**GIVEN, **changes}
    return answered(lambda question, so_far: question.read(told[question.key], so_far))


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Lines that somebody types."""

    def type_lines(lines: list[str]) -> None:
        monkeypatch.setattr("sys.stdin", io.StringIO("".join(f"{line}\n" for line in lines)))

    return type_lines


# Ten questions ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "buying",
    ["1", pytest.param("2", marks=pytest.mark.long), pytest.param("3", marks=pytest.mark.long)],
)
def test_ten_answers_make_a_county_that_runs(
    caremarket: Caremarket, tmp_path: Path, typed: Any, buying: str
) -> None:
    typed(list({**GIVEN, "buying": buying}.values()))
    made = caremarket("new", "mine", "--ask")
    assert made.code == 0, made.err
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]
    checked = caremarket("check", "mine")
    assert checked.code == 0
    assert "3 areas, 5,000 hours a week for about 380 people" in checked.out
    assert "14 providers" in checked.out
    done = caremarket(
        "run", "mine", *SHORT, "--fail", "largest", "--on", "2026-02-02", "--out", "o"
    )
    assert done.code == 0, done.err
    county = load_scenario(tmp_path / "mine")
    principals = [row for row in county.commissioning.contracts if row.rank == 1]
    assert bool(principals) == (buying != "1")
    assert not [line for line in warnings(county) if "source" in line]


def test_enter_ten_times_makes_a_county_without_a_warning(
    caremarket: Caremarket, typed: Any
) -> None:
    typed([""] * 10)
    assert caremarket("new", "mine", "--ask").code == 0
    assert "No faults, 0 warnings." in caremarket("check", "mine").out


def test_what_was_asked_is_what_the_county_has(tmp_path: Path, caremarket: Caremarket,
                                                typed: Any) -> None:  # fmt: skip
    typed(list(GIVEN.values()))
    caremarket("new", "mine", "--ask")
    county = load_scenario(tmp_path / "mine")
    assert [row.hours_per_four_weeks for row in county.areas] == [12000, 6000, 2000]
    assert county.packages.mean_carer_hours_per_week == pytest.approx(5000 / 380, abs=0.01)
    country = [row.rural_share + row.isolated_share for row in county.areas]
    assert country == pytest.approx([0.4] * 3, abs=1e-4)
    council = fsum(row.council_hours_per_week for row in county.branches)
    private = fsum(row.private_hours_per_week for row in county.branches)
    assert council == pytest.approx(5000, abs=2)
    assert private / (council + private) == pytest.approx(0.25, abs=0.001)
    assert county.wages[0].framework_rate_gbp_per_hour == 23.5
    asked = [path for path, told in county.sources.items() if told.source.startswith("asked")]
    assert {"calendar.start", "packages.mean_carer_hours_per_week"} <= set(asked)


@pytest.mark.parametrize("providers", ["1", "2", "14", "300"])
def test_teams_add_up_to_areas_and_providers(providers: str) -> None:
    most = {"1": "100", "2": "60"}.get(providers, "22")
    answers = read(providers=providers, largest_share=most)
    shares = shares_of_providers(answers)
    assert fsum(shares) == pytest.approx(1)
    assert shares[0] == pytest.approx(answers.largest_share)
    assert shares == sorted(shares, reverse=True)
    found = teams(answers)
    for area, hours in enumerate(answers.hours_per_week):
        assert fsum(size for _, place, size in found if place == area) == pytest.approx(hours)
    for place, share in enumerate(shares, start=1):
        own = fsum(size for code, _, size in found if code == f"P{place:03d}")
        assert own == pytest.approx(5000 * share)
    assert all(size > 0 for _, _, size in found)


WRONG = {
    "years": ("2026", "2030-2026", "1999-2001", "2026-2060"),
    "areas": ("", ",", "North, north", "123"),
    "hours_per_week": ("many", "0", "1 2"),
    "people": ("0", "9", "5000"),
    "countryside_share": ("-1", "140"),
    "private_share": ("95",),
    "providers": ("0", "2.5", "none"),
    "largest_share": ("2", "95"),
    "buying": ("4", "framework"),
    "rate_gbp_per_hour": ("£", "2", "nan"),
}


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.key)
def test_an_answer_that_is_not_allowed_is_asked_again(
    caremarket: Caremarket, typed: Any, question: Any
) -> None:
    lines = []
    for key, answer in GIVEN.items():
        lines += [*(WRONG[key] if key == question.key else ()), answer]
    if question.key == "areas":
        lines.remove("")  # Enter takes the usual answer
    typed(lines)
    made = caremarket("new", "mine", "--ask")
    assert made.code == 0, made.err
    asked_again = (made.out + made.err).count("Error: Give ")
    assert asked_again == len([wrong for wrong in WRONG[question.key] if wrong])


def test_every_question_has_answers_that_are_refused() -> None:
    assert set(WRONG) == {question.key for question in QUESTIONS} == set(GIVEN)


@pytest.mark.parametrize("after", [0, 4, 9])
def test_whoever_stops_answering_leaves_nothing(
    caremarket: Caremarket, tmp_path: Path, typed: Any, after: int
) -> None:
    typed(list(GIVEN.values())[:after])
    assert caremarket("new", "mine", "--ask").code != 0
    assert not list(tmp_path.iterdir())


def test_what_fails_half_way_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError), made_whole(tmp_path / "mine") as part:
        (part / "county.toml").write_text("half", encoding="utf-8")
        raise RuntimeError
    assert not list(tmp_path.iterdir())


# A copy -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("county", SHIPPED)
def test_a_copy_leaves_behind_what_holds_for_its_parent_alone(
    caremarket: Caremarket, tmp_path: Path, county: str
) -> None:
    made = caremarket("new", "mine", "--from", county)
    assert made.code == 0, made.err
    there = {path.name for path in (COUNTIES / county).iterdir()} & set(LEFT_BEHIND)
    left = {path.name for path in (tmp_path / "mine").iterdir()} & set(LEFT_BEHIND)
    assert left == {"overrides.toml"}
    assert set(load_overrides(tmp_path / "mine")) == {"staff_do_not_move"}
    assert ("Not copied" in made.out) == bool(there)
    assert caremarket("check", "mine").code == 0
    assert load_scenario(tmp_path / "mine", overrides=["staff_do_not_move"]).overrides
    for file in (tmp_path / "mine").rglob("*.toml"):
        if file.name != "overrides.toml":
            sources = re.findall(r'source = "([^"]*)', file.read_text(encoding="utf-8"))
            assert all(source.startswith("as ") for source in sources), file


@pytest.mark.parametrize("county", SHIPPED)
def test_a_whole_copy_is_the_same_market(
    caremarket: Caremarket, tmp_path: Path, county: str
) -> None:
    made = caremarket("new", "mine", "--from", county, "--whole")
    assert made.code == 0, made.err
    copy, parent = load_scenario(tmp_path / "mine"), load_scenario(county)
    assert copy.targets == parent.targets
    assert copy.sources == parent.sources
    named = {"code": parent.code, "name": parent.name}
    assert copy.model_copy(update=named).identity == parent.identity
    assert load_overrides(tmp_path / "mine") == load_overrides(COUNTIES / county)


def load_overrides(folder: Path) -> dict[str, Any]:
    """What-ifs by name."""
    from sim.scenario.reading import read_draft

    return read_draft(folder).named_overrides


def test_a_name_that_no_county_can_have_is_refused(caremarket: Caremarket, tmp_path: Path) -> None:
    made = caremarket("new", "a county")
    assert made.code == 2
    assert "a county: a county cannot have this name. Use letters, digits, _ and -" in made.err
    assert not list(tmp_path.iterdir())


def test_a_setting_that_is_not_there_is_an_error() -> None:
    with pytest.raises(KeyError, match=r"care\.hopes"):
        with_value("[care]\nhold_days = 3\n", "care.hopes", 1, "asked", "estimate")
    changed = with_value("[care]\nhold_days = 3\n", "care.hold_days", 14.5, "asked", "estimate")
    assert changed.endswith('hold_days = { value = 14.5, source = "asked", sure = "estimate" }\n')
