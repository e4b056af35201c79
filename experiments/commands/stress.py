"""``caremarket stress``: lose any or every principal, on many dates, and rank the harm."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, cast

import typer

from experiments.asking.asked import Asked, scenario_asked_for
from experiments.asking.scripts import Scripts, failure_rows
from experiments.asking.telling import processes
from experiments.commands.endings import INTERRUPTED, SOME_FAILED
from experiments.commands.options import (
    Commissioning,
    County,
    Jobs,
    Kind,
    Notice,
    Override,
    Resume,
    Seed,
    Set,
    StaffMove,
    Until,
)
from experiments.commands.whole import within
from experiments.engine.limits import MOST_REPLICATIONS
from sim.scenario import Fault, Scenario, ScenarioError
from sim.scenario.dates import iso_date
from sim.scenario.faults import Place as Where

if TYPE_CHECKING:
    from experiments.results.provenance import Inputs
    from experiments.stress.words import Findings
    from experiments.stress.work import How, Place, Struck, Task

REPLICATIONS_FORKED, REPLICATIONS_REPLAYED = 5, 2
MONTHS_FORKED, MONTHS_REPLAYED = 6, 12


def stress(
    county: County,
    who: Annotated[
        list[str] | None,
        typer.Option(
            help="Who is lost: principal:AREA, largest, largest:AREA or a provider's code; repeat "
            "for more. All principals unless you say."
        ),
    ] = None,
    on: Annotated[
        list[str] | None, typer.Option(metavar="DATE", help="When; repeat for more dates.")
    ] = None,
    every: Annotated[
        int | None,
        typer.Option(
            min=1,
            max=60,
            metavar="MONTHS",
            help="Dates every so many months; 6 unless you say (12 on Windows).",
        ),
    ] = None,
    kind: Kind = "closure",
    notice: Notice = 0.0,
    staff_move: StaffMove = None,
    days: Annotated[
        int, typer.Option(min=28, max=365, help="How long what follows is looked at.")
    ] = 182,
    replications: Annotated[
        int | None,
        typer.Option(
            "--replications",
            "-r",
            callback=within(1, MOST_REPLICATIONS),
            help="Runs with different chance; 5 unless you say (2 on Windows).",
        ),
    ] = None,
    trial: Annotated[
        bool, typer.Option("--trial", help="Only the first look: one replication.")
    ] = False,
    seed: Seed = 1,
    jobs: Jobs = None,
    out: Annotated[
        Path | None, typer.Option(help="New folder for the files; default caremarket-results/…")
    ] = None,
    resume: Resume = False,
    until: Until = None,
    set_: Set = None,
    override: Override = None,
    commissioning: Commissioning = None,
) -> None:
    """The worst place and time to lose a principal: every one, on many dates, ranked by harm."""
    from experiments.engine.branches import can_fork
    from experiments.engine.journal import begin_or_go_on, work_folder
    from experiments.results.provenance import Inputs
    from experiments.stress.work import Blow, How, Task, dates_of

    fork = can_fork()
    how = How(cast(Any, kind), notice, staff_move, days)
    asked = Asked(
        county,
        commissioning=commissioning,
        overrides=override or (),
        assignments=set_ or (),
        until=until,
    )
    scenario, places = places_asked_for(asked, who, on, how)
    dates = [iso_date(text) for text in sorted(set(on or ()))]
    usual = MONTHS_FORKED if fork else MONTHS_REPLAYED
    dates = dates or dates_of(scenario, every or usual, how)
    wrong = date_faults(scenario, dates, how)
    number = replications or (REPLICATIONS_FORKED if fork else REPLICATIONS_REPLAYED)
    number = 1 if trial else number
    inputs = Inputs(scenario, seed, number)
    folder, unusable = work_folder(
        out, f"{scenario.code}-stress-{inputs.identity[:8]}", resume=resume
    )
    if wrong or unusable:
        raise ScenarioError([*wrong, *unusable])
    begin_or_go_on(folder, depends_on(scenario, seed, places, dates, how), resume=resume)
    blows = tuple(Blow(p, d) for d in range(len(dates)) for p in range(len(places)))
    task = Task(scenario, seed, 0, tuple(places), tuple(dates), blows, how, fork)
    struck = struck_so_far(folder)
    for upto in sorted({1, number}):
        tasks = [replace(task, replication=r) for r in range(upto)]
        carry_out(folder, tasks, struck, processes(jobs))
        told = findings(inputs, how, places, dates, {r: struck[r] for r in range(upto)})
        if upto < number:
            from experiments.stress.words import first_look

            typer.echo(first_look(told))
    finish(folder, told, places, {r: struck[r] for r in range(number)})


def places_asked_for(
    asked: Asked, who: Sequence[str] | None, on: Sequence[str] | None, how: How
) -> tuple[Scenario, list[Place]]:
    """The scenario, and who is to be lost in it. Raises ScenarioError.

    Failures are read as ``run --fail`` would read them, and left out of the scenario again.
    """
    from experiments.stress.work import Place, dates_of, places_of

    rules = list(dict.fromkeys(who or ()))

    def scripts(days: Sequence[str]) -> Scripts:
        pairs = [(rule, day) for rule in rules or ["largest"] for day in days]
        whose, when = zip(*pairs, strict=True)
        return Scripts(whose, when, how.kind, how.notice_days, how.staff_move_share)

    _, faults = failure_rows(scripts(on or ["2024-01-01"]))
    plain = scenario_asked_for(asked, *faults)
    latest = [day.isoformat() for day in dates_of(plain, 1, how)[-1:]]  # all are live by then
    if on or latest:
        scenario_asked_for(replace(asked, scripts=scripts(on or latest), quietly=True))
    names = {area.code: area.name for area in plain.areas}
    return plain, [Place(shown(rule, names), rule) for rule in rules] or places_of(plain)


def shown(rule: str, names: dict[str, str]) -> str:
    """A rule as a reader would say it."""
    head, _, code = rule.partition(":")
    if head == "principal":
        return names.get(code, code)
    return f"{names.get(code, code)}: largest" if head == "largest" and code else rule


def date_faults(scenario: Scenario, dates: Sequence[date], how: How) -> list[Fault]:
    """Dates after which less than what is looked at is simulated."""
    from sim.clock import days_between

    start = scenario.calendar.start
    needed = how.days + how.notice_days
    if not dates:
        wrong = f"no date leaves {needed:.0f} days to the last one simulated"
        return [Fault(Where("--days"), wrong, "Give fewer, or a later --until")]
    return [
        Fault(
            Where(f"--on {day}"),
            f"{needed:.0f} days from then on are not simulated",
            f"Give a date of {start} to some {needed:.0f} days before {scenario.calendar.end}, or "
            "fewer --days",
        )
        for day in dates
        if not 0 <= days_between(start, day) <= scenario.days - needed
    ]


def depends_on(
    scenario: Scenario, seed: int, places: Sequence[Place], dates: Sequence[date], how: How
) -> dict[str, object]:
    """What blows depend on; how many replications does not count: more can be struck later."""
    from experiments.results.provenance import engine_version

    return {
        "scenario": scenario.identity,
        "seed": seed,
        "places": [place.rule for place in places],
        "dates": [day.isoformat() for day in dates],
        "failure": [how.kind, how.notice_days, how.staff_move_share, how.days],
        "source_code": engine_version(),
    }


def struck_so_far(folder: Path) -> dict[int, list[Struck]]:
    """What the journal has; blows that failed are struck again."""
    from experiments.engine.journal import Journal
    from experiments.stress.folder import COLUMNS, from_row

    struck: dict[int, list[Struck]] = {}
    for row in Journal(folder / "journal.csv", COLUMNS).rows():
        number, one = from_row(row)
        if not one.error:
            struck.setdefault(number, []).append(one)
    return struck


def carry_out(
    folder: Path, tasks: Sequence[Task], struck: dict[int, list[Struck]], jobs: int
) -> None:
    """Strike what is missing, with progress; each blow is on disk as soon as it is known."""
    from experiments.engine.journal import Journal
    from experiments.engine.own_processes import Ended, in_own_processes
    from experiments.engine.screen import counted
    from experiments.stress.folder import COLUMNS, as_row
    from experiments.stress.work import strike

    left = []
    for task in tasks:
        known = {one.blow for one in struck.setdefault(task.replication, [])}
        missing = tuple(blow for blow in task.blows if blow not in known)
        if missing:
            left.append(replace(task, blows=missing))
    total = sum(len(task.blows) for task in tasks)
    done = total - sum(len(task.blows) for task in left)
    journal = Journal(folder / "journal.csv", COLUMNS)
    try:
        with counted("Principals lost", total, done) as advance:

            def heard(task: Task, one: Struck) -> None:
                journal.append(as_row(task.replication, one))
                struck[task.replication].append(one)
                advance()

            ended = in_own_processes(strike, left, jobs=jobs, heard=heard)
    except KeyboardInterrupt:
        typer.echo(
            f"Interrupted; what was struck is kept. Go on with the same command and --resume "
            f"--out {folder}",
            err=True,
        )
        raise typer.Exit(INTERRUPTED) from None
    broken = [
        (task.replication, told.error)
        for task, told in zip(left, ended, strict=True)
        if isinstance(told, Ended)
    ]
    for number, error in broken:
        typer.echo(f"FAILED: replication {number}: {error}", err=True)
    if broken:
        typer.echo(f"What was struck is kept. Try again: --resume --out {folder}", err=True)
        raise typer.Exit(SOME_FAILED)


def findings(
    inputs: Inputs,
    how: How,
    places: Sequence[Place],
    dates: Sequence[date],
    struck: dict[int, list[Struck]],
) -> Findings:
    """What is known so far."""
    from experiments.stress.folder import tiers_of
    from experiments.stress.tables import harm_of
    from experiments.stress.words import Findings

    harm = harm_of(places, dates, tiers_of(inputs.scenario), struck)
    failed = sum(bool(one.error) for many in struck.values() for one in many)
    return Findings(inputs, how, harm, failed)


def finish(
    folder: Path, told: Findings, places: Sequence[Place], struck: dict[int, list[Struck]]
) -> None:
    """Write everything and say what was found."""
    from experiments.stress.folder import write_stress
    from experiments.stress.words import lines

    write_stress(folder, told, places, struck, sys.argv[1:])
    typer.echo("\n".join(lines(told)))
    typer.echo(f"Files: {folder} (start with summary.txt and charts/)")
    if told.failed:
        raise typer.Exit(SOME_FAILED)
