"""The placebo beside the harm to others, and the claims that it forbids: the same in every verb."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from matplotlib.text import Text

from experiments.bands.work import SetRun, run_set
from experiments.charts.differences import differences
from experiments.engine import branches
from experiments.engine.branches import can_fork
from experiments.engine.carrying import Engine
from experiments.engine.own_processes import on_own_processes
from experiments.engine.parts import InMemory
from experiments.engine.runner import Runner
from experiments.models.work import ModelTask, compared_run
from experiments.run.account import arms_of_replications, placebo_figures
from experiments.run.arms import arms_of
from experiments.run.branching import ARMS, items_of
from experiments.statistics.claims import Paired, alone
from experiments.statistics.intervals import Interval, t_interval
from experiments.statistics.placebos import beside_placebo, held_against
from experiments.stress.work import SMALL_ONE, ContingencyTask, Manner, replayed
from experiments.study.freezing import study_of
from experiments.study.study import Cell, Study, as_json, from_json
from experiments.study.work import CellTask, reduced
from experiments.words.amounts import Row
from experiments.words.placebos import beside_words, held_to_placebos, short_verdict
from sim.outcomes.account import Market
from sim.outcomes.adequacy import USUAL_STAFF_MOVE_SHARE
from sim.outcomes.catalogue import chosen, declared
from sim.outcomes.failures import INDIRECT
from sim.outcomes.placebo import INDIRECT_YEAR, PLACEBO, PLACEBO_OF, PLACEBOS
from sim.scenario import Scenario, ScenarioError, load_scenario
from sim.scenario.tables import FailureRow
from sim.simulation import simulate

ON = date(2024, 9, 2)
SEED = 1


@cache
def plain() -> Scenario:
    """A county in which some providers are small, and its run goes on for 119 days after."""
    changed = {"calendar.end": (ON + timedelta(days=130)).isoformat(), "calendar.warm_up_weeks": 8}
    return load_scenario("norfolk", settings=changed)


@cache
def failing() -> Scenario:
    row = FailureRow(date=ON, who="largest", staff_move_share=USUAL_STAFF_MOVE_SHARE)
    return plain().model_copy(update={"failures": (row,)})


@cache
def told_by_run() -> dict[str, float]:
    """The placebo of ``run``: its arm, by fork where there is one."""
    arms = arms_of(failing())
    items = items_of(failing(), SEED, 1, arms, fork=can_fork())
    with Runner(on_own_processes(1), ARMS) as runner:
        done = Engine(InMemory(), runner).answers(items)
    assert not any(one.failed for one in done), done
    return placebo_figures(arms_of_replications(arms, [one.found for one in done], 1), 0)


def told_by_a_study() -> dict[str, float]:
    return dict(reduced(CellTask(failing(), {}, SEED, 0)).figures)


def told_by_bands() -> dict[str, float]:
    return run_set(SetRun(0, failing(), {}, SEED)).headlines


def told_by_models() -> dict[str, float]:
    return compared_run(ModelTask("own", plain(), SEED, 0, ON))


def told_by_stress() -> dict[str, float]:
    """There the placebo is one more place to be lost, and its figures are its own."""
    task = ContingencyTask(plain(), SEED, 0, SMALL_ONE, ON, Manner(), fork=False)
    without = Market(simulate(plain(), seed=SEED))
    figures = replayed(task, without).figures
    assert figures is not None
    return {PLACEBO: figures[INDIRECT]}


VERBS = {
    "stress": told_by_stress,
    "study": told_by_a_study,
    "bands": told_by_bands,
    "compare-models": told_by_models,
}


@pytest.mark.long
@pytest.mark.parametrize("fork", [True, False], ids=["fork", "replay"])
@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_has_the_placebo_of_run_to_the_last_digit(
    verb: str, fork: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not fork:
        monkeypatch.setattr(branches, "can_fork_here", lambda: False)
    found, own = VERBS[verb](), told_by_run()
    assert own and np.isfinite(list(own.values())).all()
    assert {name: found[name] for name in own if name in found} == {
        name: value for name, value in own.items() if name in found
    }
    assert PLACEBO in found and found.get(INDIRECT) != found[PLACEBO]


def small_failure() -> Scenario:
    county = load_scenario("small").changed({"calendar.end": "2025-12-31"})
    rows = (
        FailureRow(date=date(2025, 6, 2), who="largest"),
        FailureRow(date=date(2025, 6, 16), who="largest", notice_days=28.0),
    )
    return county.model_copy(update={"failures": rows})


@pytest.mark.parametrize("fork", [True, False], ids=["fork", "replay"])
def test_the_placebo_moves_no_other_figure(fork: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """The run without it is simulated with its failures from the first day; with it, branched."""
    if not fork:
        monkeypatch.setattr(branches, "can_fork_here", lambda: False)
    task = CellTask(small_failure(), {}, 5, 1)
    with_it, without = reduced(task), reduced(replace(task, placebo=False))
    ours = {name: value for name, value in with_it.figures.items() if name not in PLACEBOS}
    assert list(ours) == list(without.figures)
    assert (
        np.array(list(ours.values())).tobytes()
        == np.array(list(without.figures.values())).tobytes()
    )
    for name, table in without.tables.items():
        assert all(with_it.tables[name][key].tobytes() == table[key].tobytes() for key in table)


def test_the_placebo_is_an_outcome_like_any_other() -> None:
    names = [one.name for one in declared([])]
    assert set(names) >= PLACEBOS
    meanings = {one.name: one.meaning for one in declared([])}
    assert all("28" in meanings[name] or "91" in meanings[name] for name in PLACEBOS)


STUDY = """
name = "made_up"
county = "small"
until = 2025-12-31
outcomes = ["{outcome}"]
{placebo}
[[scenarios]]
name = "one"
{failures}
"""
FAILS = 'failures = [{ who = "largest", date = 2025-06-02 }]'
LEFT_OUT = "placebo = false"


def study_with(folder: Path, outcome: str, placebo: str = "", failures: str = FAILS) -> Study:
    path = folder / "made_up.toml"
    path.write_text(
        STUDY.format(outcome=outcome, placebo=placebo, failures=failures), encoding="utf-8"
    )
    return study_of(path)


def test_a_study_lives_it_unless_it_leaves_it_out(tmp_path: Path) -> None:
    whole, spared = (study_with(tmp_path, INDIRECT, placebo) for placebo in ("", LEFT_OUT))
    cell = Cell(0, 0, 0)
    assert whole.item(cell).task.placebo and not spared.item(cell).task.placebo
    assert whole.identity(cell) != spared.identity(cell)
    assert whole.whole_identity != spared.whole_identity
    for study in (whole, spared):
        scenarios = {named.name: named.scenario for named in study.scenarios}
        assert from_json(as_json(study), scenarios).placebo == study.placebo


def test_a_study_of_before_has_none_and_can_still_be_read(tmp_path: Path) -> None:
    study = study_with(tmp_path, INDIRECT, LEFT_OUT)
    told = as_json(study)
    del told["placebo"]
    scenarios = {named.name: named.scenario for named in study.scenarios}
    assert not from_json(told, scenarios).placebo


@pytest.mark.parametrize(
    ("placebo", "failures", "wrong"),
    [(LEFT_OUT, FAILS, "the study leaves it out"), ("", "", "no scenario has one")],
)
def test_a_placebo_that_a_study_cannot_have_is_refused(
    placebo: str, failures: str, wrong: str, tmp_path: Path
) -> None:
    with pytest.raises(ScenarioError, match=wrong):
        study_with(tmp_path, PLACEBO, placebo, failures)
    assert study_with(tmp_path, PLACEBO).outcomes == (PLACEBO,)


# What it allows to claim --------------------------------------------------------------------------

EFFECT = np.linspace(80.0, 120.0, 12)


@dataclass(frozen=True)
class Case:
    """An effect on others, what the placebo comes to, and what may be said."""

    effect: np.ndarray
    placebo: np.ndarray
    verdict: str


CASES = {
    "beyond": Case(EFFECT, np.linspace(-10, 10, 12), "higher"),
    "beyond, a fall": Case(-EFFECT, np.linspace(-10, 10, 12), "lower"),
    "within": Case(EFFECT, np.linspace(-100, 400, 12), "not beyond the placebo"),
    "a fall within": Case(-EFFECT, np.linspace(-400, 100, 12), "not beyond the placebo"),
    "beyond its mean, within its bound": Case(
        EFFECT, np.linspace(0, 180, 12), "not beyond the placebo"
    ),
    "no placebo": Case(EFFECT, np.full(12, np.nan), "no placebo"),
    "few placebos": Case(EFFECT, np.where(np.arange(12) < 9, 0.5, np.nan), "few placebos"),
    "no claim": Case(np.linspace(-100, 110, 12), np.zeros(12), "cannot be distinguished"),
    "too few": Case(EFFECT[:9], np.zeros(9), "too few"),
}


@pytest.mark.parametrize("name", CASES)
def test_an_effect_is_claimed_beyond_the_placebo_only(name: str) -> None:
    case = CASES[name]
    if name == "beyond its mean, within its bound":
        bound = t_interval(case.placebo)
        assert bound.mean < case.effect.mean() < bound.high
    finding = beside_placebo(case.effect, case.placebo)
    assert finding.verdict == case.verdict
    assert finding.claimed == (case.verdict in ("higher", "lower"))


def test_who_reads_rows_is_told_the_same_as_who_reads_replications() -> None:
    (outcome,) = chosen([INDIRECT])
    for case in CASES.values():
        rows = {
            ("one", name): Row(*_ends(values), np.nan, np.nan)
            for name, values in ((INDIRECT, case.effect), (PLACEBO, case.placebo))
            if np.isfinite(values).any()
        }
        finding = alone(Paired(case.effect))
        held = held_to_placebos({("one", INDIRECT): finding}, rows)["one", INDIRECT]
        assert held.verdict == case.verdict
        words = beside_words(rows, "one", outcome, held)
        assert ("beyond it" in words) == held.claimed
        assert ("No effect on others is claimed" in words) == (case.verdict == "no placebo")


def _ends(values: np.ndarray) -> tuple[float, float, float, int]:
    found = t_interval(values)
    return found.mean, found.low, found.high, found.count


def test_a_year_of_harm_to_others_has_no_placebo_and_no_claim() -> None:
    (outcome,) = chosen([INDIRECT_YEAR])
    sure = alone(Paired(EFFECT))
    rows = {("one", INDIRECT_YEAR): Row(*_ends(EFFECT), np.nan, np.nan)}
    rows |= {("one", name): Row(0.0, -1.0, 1.0, 12, np.nan, np.nan) for name in PLACEBO_OF.values()}
    held = held_to_placebos({("one", INDIRECT_YEAR): sure}, rows)["one", INDIRECT_YEAR]
    assert sure.claimed and not held.claimed
    assert "no placebo so long after" in beside_words(rows, "one", outcome, held)


def test_a_finding_about_other_things_is_left_alone() -> None:
    sure = alone(Paired(EFFECT))
    key = ("one", "displaced_people")
    assert held_to_placebos({key: sure}, {}) == {key: sure}
    assert held_against(sure, Interval(np.nan, np.nan, np.nan, 0)).verdict == "no placebo"


def test_a_key_names_the_placebo_on_the_pages_that_draw_one() -> None:
    """So many scenarios that each outcome has a page of its own."""
    names = ("list_people_last_year", "spend_last_year", INDIRECT)
    codes = ["own", *(f"other_{number}" for number in range(20))]
    rng = np.random.default_rng(4)
    values = {
        (c, n): rng.normal(0, 1, 12) for c in codes[1:] for n in (*names, PLACEBO_OF[INDIRECT])
    }
    rows = [
        (code, "all", name, found.mean, found.low, found.high, found.count)
        for (code, name), drawn in values.items()
        if (found := t_interval(drawn))
    ]
    columns = ["scenario", "draw", "outcome", "mean", "low", "high", "replications"]
    frame = pd.DataFrame(rows, columns=columns).assign(
        draws_p05=np.nan, draws_p95=np.nan, interval="t"
    )
    pages = differences(frame, chosen(names), codes, "Footer.")
    has_one = [PLACEBO_OF[INDIRECT] in set(page.data["outcome"]) for page in pages]
    named = [
        any("placebo" in text.get_text() for text in page.figure.findobj(Text)) for page in pages
    ]
    assert len(pages) == 3 and named == has_one and sum(has_one) == 1


def test_too_little_is_sure_is_not_told_as_nothing_there() -> None:
    """Ten futures of which one is far off: no claim, and no denial of what the interval shows."""
    others = np.array([5757.0, 5198, 4398, 3698, 3866, 4156, 6378, 5305, 502, 4799])
    placebo = np.array([-26.0, 12, 39, -271, -39, 191, 92, -36, 150, 19])
    finding = beside_placebo(others, placebo)
    assert finding.verdict == "cannot be distinguished"
    assert short_verdict(finding) == " These futures cannot show whether the effect goes beyond it."
