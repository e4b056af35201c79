"""Stories in dated sentences: of one person and of one provider; telling them draws nothing."""

# ruff: noqa: E501 - the expected stories stand as they are told

from __future__ import annotations

from pathlib import Path

import pytest
from command_line import Caremarket, Done
from conftest import small_county

from experiments.commands.trace import simulated
from sim.clock import days_between
from sim.ledger import DIRECT_PAYMENT, FACTS, Cause, Considered, Ledger, Stage
from sim.outcomes.provider_story import provider_story
from sim.outcomes.stories import Line, person_story
from sim.processes.failure import ScriptedFailure
from sim.scenario import Scenario
from sim.simulation import simulate


def told(lines: list[Line]) -> list[str]:
    return [f"{line.date:%d %b %Y}  {line.text}" for line in lines]


def two_teams() -> Ledger:
    """P1 (principal) and P2 in King's Lynn; Ann is P1's when it closes on day 100."""
    ledger = Ledger()
    labels = ledger.labels
    labels.areas.append("KINGS_LYNN")
    labels.tiers.extend(["principal", "pcn_framework", "legacy_framework", DIRECT_PAYMENT])
    labels.providers.extend(["P1", "P2"])
    labels.branches.extend(["P1:KINGS_LYNN", "P2:KINGS_LYNN"])
    labels.branch_area.extend([0, 0])
    labels.branch_provider.extend([0, 1])
    ledger.day = 130.0
    return ledger


def anns_story() -> Ledger:
    ledger = two_teams()
    ledger.referred(0.0, 7, 0, 630, 2, 2, 1, 1, 1)
    ledger.moved(0.0, 7, Stage.WAITING, -1, -1, 630, Cause.REFERRED)
    ledger.asked(0.5, 7, 0, 1, 0, 1, 0, 0)
    ledger.moved(0.6, 7, Stage.BRIDGED, -1, -1, 630, Cause.BRIDGED)
    ledger.asked(1.5, 7, 1, 3, 1, 1, 0, 1)
    ledger.moved(1.5, 7, Stage.RESERVED_BRIDGED, 0, 0, 630, Cause.ACCEPTED)
    ledger.moved(3.5, 7, Stage.IN_SERVICE, 0, 0, 630, Cause.STARTED)
    ledger.moved(40.0, 7, Stage.IN_SERVICE, 0, 0, 510, Cause.REVIEWED)
    ledger.moved(50.0, 7, Stage.INTERRUPTED, 0, 0, 510, Cause.TO_HOSPITAL)
    ledger.moved(56.0, 7, Stage.IN_SERVICE, 0, 0, 510, Cause.FROM_HOSPITAL)
    ledger.moved(100.0, 7, Stage.DISPLACED, -1, -1, 510, Cause.PROVIDER_FAILED)
    ledger.asked(101.0, 7, 2, 1, 1, 0, 0, 0)
    ledger.moved(101.0, 7, Stage.RESERVED, 1, 2, 510, Cause.ACCEPTED)
    ledger.moved(103.0, 7, Stage.IN_SERVICE, 1, 2, 510, Cause.STARTED)
    ledger.moved(120.0, 7, Stage.IN_SERVICE, 1, 2, 510, Cause.HAND_BACK_NOTICE)
    return ledger


def test_one_persons_story(small: Scenario) -> None:
    assert told(person_story(anns_story(), small, 7)) == [
        "01 Jan 2024  Referred for home care on leaving hospital, in King's Lynn: 10.5 hours a week, two carers a visit; a rural home; a change of provider would be harmful; visits that may not be missed.",
        "01 Jan 2024  On the interim care list.",
        "01 Jan 2024  Principal provider: 1 provider asked; 1 had no carers free.",
        "01 Jan 2024  The in-house team looks after them meanwhile.",
        "02 Jan 2024  PCN framework: 3 providers asked; 1 had no carers free, 1 did not want it, 1 would take it.",
        "02 Jan 2024  Provider P1 (Principal provider) accepts.",
        "04 Jan 2024  First visit by provider P1 (Principal provider). The search and the wait "
        "for a provider took 4 days, less than a day of it without cover.",
        "10 Feb 2024  Review: 8.5 hours a week instead of 10.5.",
        "20 Feb 2024  Goes to hospital for 6 days; provider P1 keeps the place and then goes on with the visits.",
        "10 Apr 2024  Provider P1 closes; nobody has taken over.",
        "11 Apr 2024  Provider P2 (Legacy framework) accepts.",
        "13 Apr 2024  First visit by provider P2 (Legacy framework). The search and the wait "
        "for a provider took 3 days, all of it without cover.",
        "30 Apr 2024  Provider P2 (Legacy framework) gives notice; another provider is sought.",
        "09 May 2024  The simulated period ends: served by provider P2 (Legacy framework).",
    ]


def rest_of(ledger: Ledger, scenario: Scenario, day: float) -> list[str]:
    """Ann's story after a day, without the last line, which says how the period ends."""
    lines = [line for line in person_story(ledger, scenario, 7) if line.day > day]
    return [line[13:] for line in told(lines)[:-1]]


def ann_with_p1() -> Ledger:
    """Ann is served by P1, which she was with as the market began."""
    ledger = two_teams()
    ledger.referred(-20.0, 7, 0, 600, 1, 0, 0, 0, 0)
    ledger.moved(-20.0, 7, Stage.IN_SERVICE, 0, 0, 600, Cause.WARM_START)
    return ledger


def test_her_providers_notice_is_part_of_her_story(small: Scenario) -> None:
    """What befalls P1 after she has gone, or in another area, is not."""
    ledger = ann_with_p1()
    ledger.labels.areas.append("COASTAL")
    ledger.traded(30.0, 0, 1, Cause.SUSPENDED)
    ledger.traded(44.0, 0, -1, Cause.NOTICE_GIVEN)
    ledger.asked(46.0, 7, 1, 2, 1, 0, 1, 0)
    ledger.moved(46.0, 7, Stage.IN_SERVICE, 1, 1, 600, Cause.HANDED_OVER)
    ledger.traded(100.0, 0, -1, Cause.CLOSED)
    assert rest_of(ledger, small, 0.0) == [
        "Provider P1 gives notice that it will close, and takes no new work.",
        "PCN framework: 2 providers asked; 1 had reached the contract's limit, 1 would take it.",
        "Provider P2 (PCN framework) takes over from provider P1.",
    ]


def test_days_in_hospital_are_not_days_of_waiting(small: Scenario) -> None:
    ledger = ann_with_p1()
    ledger.moved(10.0, 7, Stage.DISPLACED, -1, -1, 600, Cause.HANDED_BACK)
    ledger.asked(11.0, 7, 0, 1, 0, 0, 0, 1)
    ledger.asked(12.0, 7, 1, 3, 0, 3, 0, 0)
    ledger.moved(14.0, 7, Stage.INTERRUPTED, -1, -1, 600, Cause.TO_HOSPITAL)
    ledger.moved(34.0, 7, Stage.DISPLACED, -1, -1, 600, Cause.FROM_HOSPITAL)
    ledger.moved(34.0, 7, Stage.BRIDGED, -1, -1, 600, Cause.BRIDGED)
    ledger.moved(36.0, 7, Stage.RESERVED_BRIDGED, 1, 2, 600, Cause.ACCEPTED)
    ledger.moved(38.0, 7, Stage.IN_SERVICE, 1, 2, 600, Cause.STARTED)
    assert rest_of(ledger, small, 0.0) == [
        "The notice is over; provider P1 stops and nobody has taken over.",
        "Principal provider: 1 provider asked; 1 did not want it. PCN framework: 3 providers asked; 3 had no carers free.",
        "Goes to hospital.",
        "Back from hospital without a provider; the council looks for one again.",
        "The in-house team looks after them meanwhile.",
        "Provider P2 (Legacy framework) accepts.",
        "First visit by provider P2 (Legacy framework). The search and the wait for a provider "
        "took 8 days, 4 days of it without cover.",
    ]


def test_at_one_instant_the_loss_is_told_before_the_answers(small: Scenario) -> None:
    """Where a tier answers at once, its refusal follows the loss and leads to the acceptance."""
    ledger = ann_with_p1()
    ledger.moved(10.0, 7, Stage.DISPLACED, -1, -1, 600, Cause.PROVIDER_FAILED)
    ledger.asked(10.0, 7, 0, 2, 0, 2, 0, 0)
    ledger.asked(10.0, 7, 1, 1, 1, 0, 0, 0)
    ledger.moved(10.0, 7, Stage.RESERVED, 1, 1, 600, Cause.ACCEPTED)
    ledger.moved(10.0, 7, Stage.IN_SERVICE, 1, 1, 600, Cause.STARTED)
    assert rest_of(ledger, small, 0.0) == [
        "Provider P1 closes; nobody has taken over.",
        "Principal provider: 2 providers asked; 2 had no carers free.",
        "Provider P2 (PCN framework) accepts.",
        "First visit by provider P2 (PCN framework).",
    ]


@pytest.mark.parametrize("taken", [True, False])
def test_a_whole_round_after_a_closure(small: Scenario, taken: bool) -> None:
    ledger = ann_with_p1()
    ledger.moved(10.0, 7, Stage.DISPLACED, -1, -1, 600, Cause.PROVIDER_FAILED)
    ledger.round_offered(11.0, 0, 1, 9, 5400, 3, 1 if taken else -1)
    ledger.asked(11.0 if taken else 12.0, 7, 1, 1, 1, 0, 0, 0)
    ledger.moved(11.0 if taken else 12.0, 7, Stage.RESERVED, 1, 1, 600, Cause.ACCEPTED)
    story = rest_of(ledger, small, 10.0)
    assert story == (
        ["Provider P2 (PCN framework) takes over their whole round of 9 people."]
        if taken
        else [
            "The whole round was offered to PCN framework; nobody took it.",
            "Provider P2 (PCN framework) accepts.",
        ]
    )


@pytest.mark.parametrize("in_round", [True, False])
def test_a_move_without_a_gap_with_a_round_or_with_a_contract(
    small: Scenario, in_round: bool
) -> None:
    ledger = ann_with_p1()
    if in_round:
        ledger.round_considered(60.0, 0, 1, 10, 7200, 2, 1, 4, Considered.MOVED)
    ledger.moved(60.0, 7, Stage.IN_SERVICE, 1, 0, 600, Cause.TRANSFERRED)
    to = "from provider P1 to provider P2 (Principal provider)"
    assert rest_of(ledger, small, 0.0) == [
        f"Roll-out: moves {to} with 7 people of the round and 4 carers, without a gap."
        if in_round
        else f"The contract passes {to}, and their care with it, without a gap."
    ]


def test_people_of_rounds_are_told_as_often_as_rounds_were_taken() -> None:
    """In a run, as many people are told that their round was taken as were in rounds taken."""
    scenario = small_county()
    ledger = simulate(scenario, seed=1, failures=[ScriptedFailure("principal:KINGS_LYNN", 912.0)])
    moved = ledger.columns("moved")
    lost = moved["package"][moved["cause"] == Cause.PROVIDER_FAILED].tolist()
    stories = [person_story(ledger, scenario, package) for package in lost]
    whole = sum("whole round" in line.text and "takes" in line.text for s in stories for line in s)
    assert whole == sum(row[3] for row in ledger.rows("round_offered") if row[6] >= 0)


def test_a_story_of_nobody_is_an_error(small: Scenario) -> None:
    with pytest.raises(KeyError):
        person_story(anns_story(), small, 8)


def test_one_providers_story(small: Scenario) -> None:
    ledger = anns_story()
    ledger.contracted(10.0, 0, 0, 6000, Cause.CONTRACT_STARTED)
    for day in (-5.0, -4.0):
        ledger.staffed(day, 0, 1, Cause.WARM_START)
    ledger.round_considered(60.0, 1, 0, 10, 7200, 2, 1, 4, Considered.MOVED)
    ledger.round_considered(60.0, 0, -1, 9, 6000, 5, 0, 0, Considered.TOO_MANY_CANNOT_MOVE)
    ledger.strained(70.0, 0, 120, 60, 0)
    ledger.strained(84.0, 0, 0, 0, 0)
    ledger.contracted(100.0, 0, 0, 6000, Cause.CONTRACT_ENDED)
    ledger.traded(100.0, 0, -1, Cause.CLOSED)
    assert told(provider_story(ledger, small, "P1")) == [
        "01 Jan 2024  Serves King's Lynn 0 people, 0 hours a week, 2 carers.",
        "11 Jan 2024  Principal provider, King's Lynn (up to 100 hours a week): begins.",
        "01 Mar 2024  Roll-out in King's Lynn: 1 round (9 people) stayed because too many of their people cannot or will not move.",
        "01 Mar 2024  Roll-out in King's Lynn: 1 round moved to it (7 people, 4 carers with them).",
        "10 Apr 2024  P1 closes.",
        "10 Apr 2024  Principal provider, King's Lynn (up to 100 hours a week): ends.",
        "10 Apr 2024  1 person is without a provider because it stops this month (8 hours a week).",
        "09 May 2024  Serves King's Lynn 0 people, 0 hours a week, 2 carers. Since the last entry, 4 hours of overtime and 2 hours missed.",
    ]


def test_telling_changes_no_fact() -> None:
    """The run whose story is told is the run without it, byte for byte."""
    scenario = small_county()
    script = [ScriptedFailure("principal:KINGS_LYNN", 912.0)]
    plain, traced = (simulate(scenario, seed=3, failures=script) for _ in range(2))
    lost = traced.columns("moved")["cause"] == Cause.PROVIDER_FAILED
    package = int(traced.columns("moved")["package"][lost][0])
    assert any("closes" in line.text for line in person_story(traced, scenario, package))
    assert any(line.text == "P009 closes." for line in provider_story(traced, scenario, "P009"))
    for name in FACTS:
        assert plain.table(name).tobytes() == traced.table(name).tobytes()


def test_the_run_of_the_command_is_the_run_without_it(small: Scenario) -> None:
    """Showing how far a run is changes none of its facts either."""
    plain, traced = simulate(small, seed=2, replication=1), simulated(small, 2, 1)
    for name in FACTS:
        assert plain.table(name).tobytes() == traced.table(name).tobytes()


def test_every_story_of_a_run_can_be_told() -> None:
    scenario = small_county(failure__random=True, failure__closures_per_year_large=0.3)
    ledger = simulate(scenario, seed=4)
    for package in ledger.table("referred")[:, 1].tolist()[::40]:
        lines = person_story(ledger, scenario, int(package))
        days = [line.day for line in lines]
        assert days == sorted(days)
        assert all(line.text.endswith(".") and "_" not in line.text for line in lines)
    for code in ledger.labels.providers[::5]:
        for line in provider_story(ledger, scenario, code):
            assert line.date == scenario.calendar.start.fromordinal(
                scenario.calendar.start.toordinal() + int(line.day // 1)
            )
    assert days_between(scenario.calendar.start, lines[-1].date) <= ledger.day


def trace(caremarket: Caremarket, *words: str) -> Done:
    """Exit code, output and errors of the command."""
    return caremarket("trace", "norfolk", *words)


SHORT = ("--until", "2024-02-25", "--set", "calendar.warm_up_weeks=4")


def test_the_command_tells_a_story(caremarket: Caremarket, tmp_path: Path) -> None:
    out = tmp_path / "story.txt"
    code, shown, _ = trace(caremarket, "--provider", "P009", *SHORT, "--out", str(out))
    assert code == 0
    assert shown.splitlines()[0] == "Norfolk: the story of provider P009"
    assert "01 Jan 2024  Serves" in shown
    assert "seed 1, replication 0" in " ".join(shown.split())
    assert all(len(line) <= 80 for line in shown.splitlines())
    assert out.read_text(encoding="utf-8") == shown


def test_bad_requests_are_told_all_at_once(caremarket: Caremarket, tmp_path: Path) -> None:
    taken = tmp_path / "taken.txt"
    taken.write_text("mine", encoding="utf-8")
    code, shown, errors = trace(
        caremarket, "--fail", "P999", "--on", "2024-02-01", *SHORT, "--out", str(taken)
    )
    assert (code, shown) == (2, "")
    assert "--package, --provider: no person and no provider is named" in errors
    assert "no provider 'P999'" in errors
    assert "it exists already" in errors
    assert taken.read_text(encoding="utf-8") == "mine"


def test_an_unknown_provider_is_told_with_the_faults_of_the_scenario(
    caremarket: Caremarket,
) -> None:
    code, shown, errors = trace(caremarket, "--provider", "P09", "--set", "demand.growth_per_yr=1")
    assert (code, shown) == (2, "")
    assert errors.startswith("2 faults")
    assert "there is no such provider. Did you mean 'P0" in errors
    assert "Did you mean 'growth_per_year'?" in errors


def test_unknown_people_and_providers(caremarket: Caremarket) -> None:
    code, _, errors = trace(caremarket, "--provider", "P09", *SHORT)
    assert code == 2 and "there is no such provider. Did you mean 'P0" in errors
    code, _, errors = trace(caremarket, "--package", "999999999", *SHORT)
    assert code == 2 and "nobody in this run has this number" in errors and "for instance" in errors
