"""The benchmark: arithmetic, what it says of targets, pieces and files; no time is judged."""

from __future__ import annotations

import json
from dataclasses import replace
from math import nan
from pathlib import Path

import pandas as pd
import pytest
from command_line import Caremarket

from experiments.costs import measuring, words
from experiments.costs.commands import Typed, typed
from experiments.costs.figures import (
    Figure,
    Measured,
    Target,
    Usual,
    efficiency_of,
    figure,
    figures_of,
    wait_of,
)
from experiments.costs.folder import costs_frame
from experiments.costs.machine import described, is_busy, own_peak, peak_megabytes
from experiments.costs.measuring import MEASURES, Progress, measure, pieces_of_growth, usual_of
from experiments.costs.pieces import PIECES, County, county_of
from experiments.costs.replication import Lived, live, several
from experiments.costs.taking import Piece, Taken, take
from experiments.costs.yardstick import PEOPLE, Yardstick, events_of
from experiments.costs.yardstick import live as live_yardstick
from experiments.engine.work import Work, WorkItem
from sim.outcomes.headline import summarise
from sim.scenario import load_scenario
from sim.simulation import simulate

YARD = Yardstick(0.2, 1000)
LIVED = Lived(simulating=2.0, laws=0.2, outcomes=0.3, events={"died": 1_000, "started": 3_000})


def took(*seconds: float, yard: float = 0.2, found: object = None, child: float = 0.0) -> Taken:
    """A measurement that took these seconds, item by item."""
    yards = (Yardstick(yard - 0.05, 1000), Yardstick(yard + 0.05, 1000))
    return Taken(seconds, 2 * sum(seconds), 150.0, child, yards, found)


@pytest.fixture(scope="module")
def tiny() -> County:
    """The small county."""
    return county_of("small")


def by_name(figures: list[Figure]) -> dict[str, Figure]:
    return {f"{one.measure} {one.name}": one for one in figures}


# Arithmetic --------------------------------------------------------------------------------------


def test_costs_are_told_in_yardsticks_lived_beside_them() -> None:
    """A machine that is half as fast while it measures gives the same ratio."""
    rounds = [took(5.0, 1.0, 1.0, 1.0, yard=0.2), took(10.0, 2.0, 2.0, 2.0, yard=0.4)]
    found = by_name(figures_of(Measured({"contingency": rounds}, {"contingency": 4})))
    one = found["contingency yardsticks"]
    assert (one.value, one.low, one.high) == pytest.approx((40.0, 40.0, 40.0))
    seconds = found["contingency seconds"]
    assert (seconds.low, seconds.value, seconds.high, seconds.rounds) == (8.0, 12.0, 16.0, 2)
    assert found["contingency yardsticks_a_unit"].value == pytest.approx(10.0)
    assert found["yardstick seconds"].rounds == 4
    assert "contingency memory_of_a_branch" not in found
    assert found["contingency memory"].value == 150.0


def test_the_memory_of_a_branch_is_told_where_there_is_one() -> None:
    found = by_name(figures_of(Measured({"failure": [took(1.0, child=90.0)]}, {"failure": 1})))
    assert found["failure memory_of_a_branch"].value == 90.0
    assert "failure yardsticks_a_unit" not in found


def test_what_is_shared_and_what_one_more_costs_add_up() -> None:
    one = took(6.0, 1.0, 1.5, 1.1)
    assert one.each == pytest.approx(1.1)
    assert one.shared + 4 * one.each == pytest.approx(one.whole) == pytest.approx(9.6)
    assert took(3.0).shared == 0.0 and took(3.0).each == 3.0


def test_a_replication_is_taken_apart() -> None:
    found = by_name(
        figures_of(Measured({"replication": [took(2.5, found=LIVED)]}, {"replication": 1}))
    )
    assert found["replication events"].value == 4_000
    assert found["replication event"].value == pytest.approx(500.0)
    # 2 s for 4,000 events against 0.2 s for 1,000 of the yardstick's
    assert found["replication event_in_events_of_the_yardstick"].value == pytest.approx(2.5)
    assert found["replication laws_and_outcomes"].value == pytest.approx(0.2)
    assert found["replication laws_and_outcomes"].missed


def test_growth_is_an_event_against_one_of_the_county_itself() -> None:
    twice = replace(LIVED, simulating=4.8, events={"died": 8_000})
    pieces = {"growth_1": [took(2.5, found=LIVED)], "growth_2": [took(5.0, found=twice)]}
    found = by_name(figures_of(Measured(pieces, {"growth_1": 1, "growth_2": 1})))
    assert found["growth event_at_2_times"].value == pytest.approx(1.2)
    assert not found["growth event_at_2_times"].missed
    assert "growth_1 seconds" not in found


def test_two_processes_are_held_against_one() -> None:
    """On a machine that does nothing else, by the wait."""
    commands = {"one_process": [Typed(23.0, 24.0)], "two_processes": [Typed(25.0, 16.0)]}
    figures = figures_of(Measured(commands=commands))
    speed = by_name(figures)["processes speed_up"]
    assert speed.value == pytest.approx(1.5) and speed.missed
    assert efficiency_of(figures) == pytest.approx(0.92)
    assert efficiency_of([]) == 1.0


def test_beside_other_programs_the_speed_up_is_reckoned_from_cpu_time() -> None:
    """3 s alone and 20 s to be shared, of which two processes make 22."""
    commands = {"one_process": [Typed(23.0, 70.0)], "two_processes": [Typed(25.0, 90.0)]}
    found = by_name(figures_of(Measured({"run": [took(5.0)]}, {"run": 1}, commands)))
    assert found["processes speed_up"].target is None
    assert found["processes one_process_alone"].value == pytest.approx(3.0)
    reckoned = found["processes speed_up_without_other_programs"]
    assert reckoned.value == pytest.approx(23 / (3 + 11)) and reckoned.missed


def test_the_wait_counts_turns_shared_histories_and_start() -> None:
    """5 batches on 2 processes take 3 turns, of which the last leaves one process idle."""
    usual = Usual("contingency", "Stress", batches=5, items=50)
    taken = took(6.0, 1.0, 1.0)  # 5 shared and 1 each
    alone = wait_of(usual, taken, 1, 0.8, 3.0)
    assert alone.seconds == pytest.approx(3 + 5 * (5 + 10))
    assert wait_of(usual, taken, 2, 0.8, 3.0).seconds == pytest.approx(3 + 3 * (5 + 10) / 0.8)
    assert wait_of(usual, taken, 64, 1.0, 0.0).seconds == pytest.approx(15)


# Targets -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "target", "missed"),
    [
        (1.69, Target(1.7, at_most=False), True),
        (1.70, Target(1.7, at_most=False), False),
        (0.34, Target(0.33), True),
        (0.33, Target(0.33), False),
        (nan, Target(0.33), True),
        (99.0, None, False),
    ],
)
def test_a_missed_target_is_told_and_a_met_one_too(
    value: float, target: Target | None, missed: bool
) -> None:
    one = figure("help", "seconds", [value], "CPU s", target)
    assert one.missed == missed
    said = "\n".join(words.told("Here", [one], [], machine(), {}).lines(full=True))
    assert ("MISSED: --help, seconds" in said) == missed
    assert ("Met: --help" in said) == (target is not None and not missed)
    brief = "\n".join(words.told("Here", [one], [], machine(), {}).lines(brief=True))
    assert ("MISSED" in brief) == missed, "whoever reads least is told of it too"
    (row,) = costs_frame([one]).to_dict("records")
    assert row["met"] == ("" if target is None else "no" if missed else "yes")


def machine(load: float = 0.1) -> dict[str, object]:
    return {"processor": "a processor", "cores": 2, "python": "CPython 3", "load_before": load}


def test_who_measures_beside_other_work_is_told() -> None:
    quiet, busy = (
        "\n".join(words.told("Here", [], [], machine(load), {}).lines()) for load in (0.2, 5.0)
    )
    assert "other programs were running (5.0 on 2 cores)" in busy
    assert "other programs" not in quiet
    assert not is_busy(nan, 4), "where nobody counts them, nothing is said"


# What is measured --------------------------------------------------------------------------------


def test_the_yardstick_is_the_same_every_time() -> None:
    one, two = live_yardstick(), live_yardstick()
    assert one.waits == two.waits and events_of(one) == events_of(two)
    assert len(one.waits) + one.given_up == PEOPLE
    assert 0 < one.given_up < PEOPLE / 2 and max(one.waits) > 0


def test_every_piece_is_the_questions_own_work(tiny: County) -> None:
    """A county without plausible sets or figures to meet has no pieces of those two."""
    found = {name: list(make(tiny)) for name, make in PIECES.items()}
    assert {name for name, pieces in found.items() if not pieces} == {"calibration", "bands"}
    (failure,), (contingency,) = found["failure"], found["contingency"]
    assert {item.batch for item in failure.items} == {"replication 0"}
    assert len(failure.items) > 1 and failure.count == 1
    assert contingency.count == len(contingency.items) > 1
    assert found["adequacy"][0].count == 36
    usual = {one.code: one for one in usual_of(tiny)}
    assert usual["failure"].items == 20 * len(failure.items)
    assert usual["contingency"].items % (5 * contingency.count) == 0


def test_norfolk_has_every_piece() -> None:
    norfolk = county_of("norfolk")
    assert norfolk.on.day == 1 and norfolk.on.year in (2026, 2027)
    for name, make in PIECES.items():
        assert len(list(make(norfolk))) == 1, name


def test_a_county_so_many_times_over_has_as_many_of_all() -> None:
    one = load_scenario("small")
    two = several(one, 2)
    for rows in ("areas", "providers", "branches"):
        assert len(getattr(two, rows)) == 2 * len(getattr(one, rows))
    assert two.brokerage.brokers == 2 * one.brokerage.brokers
    assert len({area.code for area in two.areas}) == len(two.areas)


def test_a_replication_is_the_one_that_others_see() -> None:
    short = load_scenario("small", settings={"calendar.end": "2024-06-30"})
    lived = live(short)
    ledger = simulate(short, seed=1)
    assert lived.events["died"] == summed(ledger, "DIED") > 0
    assert summarise(ledger, short, 0).figures
    assert min(lived.simulating, lived.laws, lived.outcomes) > 0


def summed(ledger: object, cause: str) -> int:
    from sim.ledger import Cause

    return int((ledger.columns("moved")["cause"] == Cause[cause]).sum())  # type: ignore[attr-defined]


def double(number: int) -> int:
    """Work of a piece that takes no time."""
    if number < 0:
        raise ValueError("no such number")
    return 2 * number


DOUBLING = Work("doubling", double, int)


def items(*numbers: int) -> list[WorkItem]:
    return [WorkItem(str(number), f"number {number}", number) for number in numbers]


def test_taking_tells_of_every_item_and_of_both_yardsticks() -> None:
    ((place, one),) = take([Piece("doubling", "doubling", DOUBLING, items(1, 2, 3))])
    assert place == 0 and len(one.seconds) == 3 and one.found == 6
    assert len(one.yardsticks) == 2 and one.yardstick_seconds > 0
    assert own_peak(7.0) == 7.0 or own_peak(7.0) == pytest.approx(peak_megabytes()[0], rel=0.05)


def test_work_that_fails_is_no_measurement() -> None:
    with pytest.raises(RuntimeError, match="doubling: ValueError: no such number"):
        list(take([Piece("doubling", "doubling", DOUBLING, items(-1))]))
    with pytest.raises(RuntimeError, match="exit code 2"):
        typed(["check", "no such county"])


# The verb ----------------------------------------------------------------------------------------


def test_only_measures_what_it_names(tiny: County, monkeypatch: pytest.MonkeyPatch) -> None:
    """Growth and commands are taken once each round or once in all, and counted beforehand."""
    done: list[str] = []

    def piece_taken(piece: Piece) -> Taken:
        done.append(piece.code)
        return took(1.0, found=LIVED)

    def command_typed(words: tuple[str, ...]) -> Typed:
        done.append(" ".join(words))
        return Typed(1.0, 1.0)

    monkeypatch.setattr(measuring, "taken", piece_taken)
    monkeypatch.setattr(measuring, "typed", command_typed)
    said: list[str] = []
    measured = measure(tiny, ["failure", "start"], 2, quick=False, tell=said.append)
    assert done == ["failure", "--help", "run small"] * 2
    assert said[0].startswith("1 of 6: ") and said[-1].startswith("6 of 6: ")
    assert set(measured.pieces) == {"failure"} and len(measured.commands["help"]) == 2
    done.clear()
    measure(tiny, ["growth", "processes"], 3, quick=False, tell=said.append)
    assert done[:4] == ["growth_1", "growth_2", "growth_4", "run"]
    assert [line[-1] for line in done[4:]] == ["1", "2"]
    assert len(list(pieces_of_growth(tiny, quick=True))) == 2


def test_progress_says_how_much_there_is() -> None:
    said: list[str] = []
    progress = Progress(said.append, 2)
    progress.next("a replication")
    assert said == ["1 of 2: a replication"]


def test_an_unknown_measure_is_refused(caremarket: Caremarket, tmp_path: Path) -> None:
    code, _, told = caremarket("benchmark", "small", "--only", "failur", "--out", "out")
    assert code == 2 and "--only failur" in told and "failure" in told
    assert not list(tmp_path.iterdir())


def test_help_names_every_measure(caremarket: Caremarket) -> None:
    told = "".join(caremarket("benchmark", "--help").out.split()).replace("│", "")
    assert all(name in told for name in MEASURES)


def test_the_verb_leaves_figures_waits_and_the_machine(
    caremarket: Caremarket, tmp_path: Path
) -> None:
    done = caremarket(
        "benchmark", "small", "--only", "replication", "--repeats", "1", "--out", "out"
    )
    assert done.code == 0, done.err
    assert "1 of 1: a replication" in done.err
    assert "Time and memory that caremarket" in done.out and "yardsticks" in done.out
    costs = pd.read_csv(tmp_path / "out" / "costs.csv")
    assert {"yardsticks", "seconds", "memory", "laws_and_outcomes"} <= set(costs["figure"])
    assert (costs["value"] > 0).all()
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["machine"]["cores"] == described()["cores"]
    assert manifest["program"].startswith("caremarket ") and manifest["county"] == "small"
    assert (tmp_path / "out" / "summary.txt").is_file()
    assert pd.read_csv(tmp_path / "out" / "data_dictionary.csv")["column"].eq("target").any()
