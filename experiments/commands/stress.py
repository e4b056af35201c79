"""``caremarket stress``: lose any or every principal, on many dates, and rank the harm."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Annotated, Any, cast

import typer

from experiments.asking.asked import Asked, scenario_asked_for
from experiments.asking.scripts import Scripts, failure_rows
from experiments.commands.carrying import Way, carrying, end, tell_failed
from experiments.commands.options import (
    Cluster,
    Commissioning,
    County,
    Jobs,
    Kind,
    Notice,
    Out,
    Override,
    Resume,
    RetryFailed,
    Seed,
    Set,
    StaffMove,
    Until,
)
from experiments.commands.whole import within
from experiments.engine.limits import MOST_REPLICATIONS
from experiments.engine.work import failed_items
from sim.scenario import Fault, Scenario, ScenarioError
from sim.scenario.dates import iso_date
from sim.scenario.faults import Place as Where

if TYPE_CHECKING:
    from experiments.engine.work import Done, WorkItem
    from experiments.results.provenance import Inputs
    from experiments.stress.words import Findings
    from experiments.stress.work import How, Place, Struck

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
    out: Out = None,
    resume: Resume = False,
    retry_failed: RetryFailed = False,
    cluster: Cluster = None,
    until: Until = None,
    set_: Set = None,
    override: Override = None,
    commissioning: Commissioning = None,
) -> None:
    """The worst place and time to lose a principal: every one, on many dates, ranked by harm."""
    from experiments.engine.branches import can_fork
    from experiments.results.provenance import Inputs
    from experiments.stress.folder import write_stress
    from experiments.stress.words import lines
    from experiments.stress.work import BLOWS, How, dates_of, items_of

    fork = can_fork()
    way = Way(out, jobs, cluster, resume, retry_failed)
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
    if wrong := [*date_faults(scenario, dates, how), *way.faults()]:
        raise ScenarioError(wrong)
    number = replications or (REPLICATIONS_FORKED if fork else REPLICATIONS_REPLAYED)
    number = 1 if trial else number
    inputs = Inputs(scenario, seed, number)
    items = items_of(scenario, seed, range(number), places, dates, how, fork=fork)
    folder = way.folder(f"{scenario.code}-stress-{inputs.identity[:8]}")
    depends = depends_on(scenario, seed, places, dates, how)
    with carrying(BLOWS, folder, depends, way, "principals lost") as (engine, screen):
        found = Asking(inputs, how, places, dates)
        look = len(places) * len(dates)
        done = engine.answers(items[:look])
        if number > 1:
            typer.echo(first_look(found, items[:look], done))
            done += engine.answers(items[look:])
        failed = failed_items(items, done)
        tell_failed(failed, seed)
        screen.say("Tables and chart")
        told, struck = found.told(items, done)
        write_stress(folder, told, places, struck, failed, sys.argv[1:])
    end(lines(told), folder, "summary.txt and charts/", failed)


@dataclass(frozen=True, slots=True)
class Asking:
    """What was asked, for what is found to be told of."""

    inputs: Inputs
    how: How
    places: Sequence[Place]
    dates: Sequence[date]

    def told(
        self, items: Sequence[WorkItem], done: Sequence[Done]
    ) -> tuple[Findings, dict[int, list[Struck]]]:
        """What is known from these items."""
        from experiments.stress.folder import tiers_of
        from experiments.stress.tables import harm_of
        from experiments.stress.words import Findings
        from experiments.stress.work import struck_by

        struck = struck_by(items, done, self.places, self.dates)
        harm = harm_of(self.places, self.dates, tiers_of(self.inputs.scenario), struck)
        failed = sum(one.failed for one in done)
        return Findings(self.inputs, self.how, harm, failed), struck


def first_look(found: Asking, items: Sequence[WorkItem], done: Sequence[Done]) -> str:
    """What the first replication shows, while the others are under way."""
    from experiments.stress import words

    return words.first_look(found.told(items, done)[0])


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
    return {
        "scenario": scenario.identity,
        "seed": seed,
        "places": [place.rule for place in places],
        "dates": [day.isoformat() for day in dates],
        "failure": [how.kind, how.notice_days, how.staff_move_share, how.days],
    }
