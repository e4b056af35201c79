"""Closed lists are whole: every cause, kind of failure and kind of shock has words and deeds."""

from __future__ import annotations

import string
from datetime import date
from pathlib import Path
from typing import Any, get_args

import pytest
from conftest import small_county
from test_trace import two_teams

from experiments.engine.branches import digest
from experiments.history.work import CAUSES as WHY_A_PRINCIPAL_FALLS_SHORT
from experiments.run.account_words import how_in_words
from experiments.stress.words import FAILURE_KINDS as TOLD_BY_STRESS
from sim.laws import BrokenLawError, causes_are_known
from sim.ledger import FACTS, Cause, Ledger, Stage
from sim.outcomes.provider_story import provider_story
from sim.outcomes.stories import BY_PLACE, STEPS, person_story
from sim.processes.failure import ScriptedFailure
from sim.scenario import Scenario
from sim.scenario.tables import FailureRow, Shock
from sim.simulation import simulate
from sim.vocabulary import (
    CAUSES_OF,
    CONTRACT_NEWS,
    FAILURE_KINDS,
    HARMFUL,
    PROVIDER_NEWS,
    RESPONSES,
    SHOCK_KINDS,
    WHY_IT_STOPS,
    FailureKind,
    ResponseKind,
    ShockKind,
    kinds_that_use,
    one_of,
)

DAY, LASTS = 200.0, 30.0
COLUMNS = {
    "notice_days": {"notice_days": 20.0},
    "staff_move_share": {"staff_move_share": 0.9},
    "share": {"share": 0.4},
    "lasts_days": {"lasts_days": 2 * LASTS},
    "response": {"response": "step_in"},
    "responder": {"response": "whole_team", "responder": "P001"},
}


@pytest.fixture(scope="module")
def county() -> Scenario:
    return small_county(
        failure__shortfall_days=LASTS,
        areas__KINGS_LYNN__go_live="2024-03-01",
        areas__COASTAL__go_live="2024-03-01",
    )


def failed(county: Scenario, kind: FailureKind, **more: Any) -> Ledger:
    """A run in which the principal of two areas fails while it holds them."""
    script = ScriptedFailure("P009", DAY, kind=kind, **more)
    return simulate(county, seed=1, until=DAY + 120, failures=[script])


# Every list is whole --------------------------------------------------------------------------


def test_every_code_has_its_row() -> None:
    assert get_args(FailureKind) == tuple(FAILURE_KINDS)
    assert get_args(ShockKind) == tuple(SHOCK_KINDS)
    assert get_args(ResponseKind) == tuple(RESPONSES)


def test_every_cause_may_stand_in_some_fact_and_every_fact_says_which_causes_it_may_have() -> None:
    with_cause = {name for name, fact in FACTS.items() if fact.fields[-1].name == "cause"}
    assert (
        {name for name, fact in FACTS.items() if "cause" in {f.name for f in fact.fields}}
        == (with_cause)
        == set(CAUSES_OF)
    )
    assert set().union(*CAUSES_OF.values()) == set(Cause)
    assert all(len(set(causes)) == len(causes) for causes in CAUSES_OF.values())


def test_every_cause_of_a_move_a_provider_or_a_contract_has_its_words() -> None:
    assert set(PROVIDER_NEWS) == set(CAUSES_OF["traded"])
    assert set(CONTRACT_NEWS) == set(CAUSES_OF["contracted"])
    assert set(STEPS) | set(BY_PLACE) == set(CAUSES_OF["moved"])
    assert not set(STEPS) & set(BY_PLACE)


def test_every_harm_to_a_provider_has_a_reason_by_which_history_tells_it() -> None:
    assert set(HARMFUL) <= set(WHY_IT_STOPS) <= set(CAUSES_OF["traded"])
    assert WHY_A_PRINCIPAL_FALLS_SHORT is WHY_IT_STOPS


@pytest.mark.parametrize("kind", FAILURE_KINDS)
def test_a_kinds_row_holds_together(kind: FailureKind) -> None:
    told = FAILURE_KINDS[kind]
    assert told.meaning and told.does
    assert set(told.uses) <= set(FailureRow.model_fields) - {"who", "date", "areas", "kind"}
    assert told.begins in (*CAUSES_OF["traded"], *CAUSES_OF["contracted"])
    assert told.ends is None or told.ends in CAUSES_OF["traded"]
    fields = {name for _, name, _, _ in string.Formatter().parse(told.sentence) if name}
    column = {"notice": "notice_days", "moving": "staff_move_share", "share": "share",
              "lasts": "lasts_days", "response": "response"}  # fmt: skip
    # The responder is told with the response.
    assert {column[name] for name in fields} == set(told.uses) - {"responder"}
    assert bool(told.sudden) == ("notice_days" in told.uses)


# What a row says is what happens --------------------------------------------------------------


@pytest.mark.parametrize("kind", FAILURE_KINDS)
def test_a_failure_begins_and_ends_with_the_facts_of_its_row(
    kind: FailureKind, county: Scenario
) -> None:
    ledger, told = failed(county, kind), FAILURE_KINDS[kind]

    def days_of(cause: Cause) -> set[float]:
        return {row[0] for name in ("traded", "contracted") for row in ledger.rows(name)
                if row[-1] == cause}  # fmt: skip

    assert DAY in days_of(told.begins)
    lasts = told.ends is not None
    assert lasts == ("lasts_days" in told.uses)
    if told.ends is not None:
        assert DAY + LASTS in days_of(told.ends)


@pytest.mark.parametrize("kind", FAILURE_KINDS)
def test_a_failure_reads_the_columns_that_its_row_names_and_no_others(
    kind: FailureKind, county: Scenario
) -> None:
    usual = digest(failed(county, kind))
    moved = {
        name for name, cell in COLUMNS.items() if digest(failed(county, kind, **cell)) != usual
    }
    assert moved == set(FAILURE_KINDS[kind].uses)


@pytest.mark.parametrize("kind", SHOCK_KINDS)
def test_every_kind_of_shock_does_something(kind: ShockKind, county: Scenario) -> None:
    row = Shock(date=date(2024, 3, 1), kind=kind, size=0.5, source="invented")
    shocked = county.model_copy(update={"shocks": (row,)})
    runs = [simulate(scenario, seed=1, until=150.0) for scenario in (county, shocked)]
    assert digest(runs[0]) != digest(runs[1])


# Nothing else is let through ------------------------------------------------------------------


def test_an_unknown_kind_of_failure_is_refused_and_told_what_there_is() -> None:
    with pytest.raises(ValueError, match="'strike' is not a kind of failure: closure, "):
        ScriptedFailure("P009", DAY, kind="strike")  # type: ignore[arg-type]


@pytest.mark.parametrize("name", CAUSES_OF)
def test_a_cause_that_its_fact_may_not_have_breaks_a_law(name: str) -> None:
    ledger = Ledger()
    for cause in CAUSES_OF[name]:
        getattr(ledger, name)(*range(len(FACTS[name].fields) - 1), cause)
    causes_are_known(ledger)
    wrong = next(cause for cause in Cause if cause not in CAUSES_OF[name])
    getattr(ledger, name)(*range(len(FACTS[name].fields) - 1), wrong)
    with pytest.raises(BrokenLawError, match=f"causes of {name} are known"):
        causes_are_known(ledger)


# How it is told -------------------------------------------------------------------------------


@pytest.mark.parametrize("cause", CAUSES_OF["traded"])
def test_both_stories_tell_whatever_befalls_a_provider(cause: Cause, small: Scenario) -> None:
    ledger = two_teams()
    ledger.referred(-20.0, 7, 0, 600, 1, 0, 0, 0, 0)
    ledger.moved(-20.0, 7, Stage.IN_SERVICE, 0, 0, 600, Cause.WARM_START)
    ledger.traded(44.0, 0, -1, cause)
    assert any(PROVIDER_NEWS[cause] in line.text for line in provider_story(ledger, small, "P1"))
    told = [line.text for line in person_story(ledger, small, 7)]
    assert (f"Provider P1 {PROVIDER_NEWS[cause]}." in told) == (cause is not Cause.CLOSED)


@pytest.mark.parametrize("cause", CAUSES_OF["contracted"])
def test_the_providers_story_tells_whatever_becomes_of_a_contract(
    cause: Cause, small: Scenario
) -> None:
    ledger = two_teams()
    ledger.contracted(44.0, 0, 0, 6000, cause)
    assert any(CONTRACT_NEWS[cause] in line.text for line in provider_story(ledger, small, "P1"))


@pytest.mark.parametrize("cause", CAUSES_OF["moved"])
def test_a_persons_story_tells_every_move(cause: Cause, small: Scenario) -> None:
    ledger = two_teams()
    ledger.referred(-20.0, 7, 0, 600, 1, 0, 0, 0, 0)
    ledger.moved(-20.0, 7, Stage.IN_SERVICE, 0, 0, 600, Cause.WARM_START)
    ledger.moved(44.0, 7, Stage.IN_SERVICE, 1, 1, 480, cause)
    text = next(line.text for line in person_story(ledger, small, 7) if line.day == 44.0)
    assert text.endswith(".") and "{" not in text


@pytest.mark.parametrize("kind", FAILURE_KINDS)
def test_a_summary_and_a_stress_test_tell_every_kind(kind: FailureKind, county: Scenario) -> None:
    sudden = how_in_words(county, ScriptedFailure("P009", DAY, kind=kind))
    warned = how_in_words(county, ScriptedFailure("P009", DAY, notice_days=28.0, kind=kind))
    assert ("28 days" in warned) == ("notice_days" in FAILURE_KINDS[kind].uses)
    assert sudden and "{" not in sudden
    assert TOLD_BY_STRESS[kind].does


def test_codes_as_a_sentence_has_them() -> None:
    assert one_of(("a",)) == "a"
    assert one_of(("a", "b", "c")) == "a, b or c"
    assert kinds_that_use("staff_move_share") == ("closure", "contract_returned")


def test_no_other_file_of_the_program_lists_the_kinds() -> None:
    """A new kind would have to be remembered there."""
    root = Path(__file__).parents[1]
    allowed = {"sim/vocabulary.py", "sim/processes/failure.py", "sim/processes/hazards.py"}
    listing = {
        path.relative_to(root).as_posix()
        for package in ("sim", "experiments")
        for path in (root / package).rglob("*.py")
        if sum(f'"{kind}"' in path.read_text(encoding="utf-8") for kind in FAILURE_KINDS)
        >= len(FAILURE_KINDS) - 1
    }
    assert listing <= allowed
