"""``caremarket stress``: lose any or every principal, on many dates, and rank the harm."""

from __future__ import annotations

import time
from typing import Annotated, Any, cast

import typer

from experiments.commands.carrying import WorkOptions, answer
from experiments.commands.options import (
    Brief,
    Cluster,
    Commissioning,
    County,
    Full,
    Jobs,
    Kind,
    Notice,
    Only,
    Out,
    Override,
    Responder,
    Response,
    Resume,
    RetryFailed,
    Seed,
    Set,
    StaffMove,
    Until,
)
from experiments.commands.whole import within
from experiments.engine.limits import MOST_REPLICATIONS
from sim.scenario import ScenarioError
from sim.scenario.dates import iso_date
from sim.vocabulary import WHO_FAILS

REPLICATIONS_FORKED, REPLICATIONS_REPLAYED = 5, 2
MONTHS_FORKED, MONTHS_REPLAYED = 6, 12

EXAMPLES = {
    "Every principal provider of the small county, every six months": "caremarket stress small",
    "A first look at two places of Norfolk on one date": (
        "caremarket stress norfolk --trial --who principal:KINGS_LYNN --on 2026-07-01"
    ),
}


def stress(
    county: County,
    who: Annotated[
        list[str] | None,
        typer.Option(
            metavar="WHO",
            help=f"Which provider is lost: {WHO_FAILS}. Repeat for more. If left out, every "
            "principal provider, and every owner of several providers.",
        ),
    ] = None,
    on: Annotated[
        list[str] | None,
        typer.Option(metavar="DATE", help="Day of the loss, as YYYY-MM-DD. Repeat for more."),
    ] = None,
    every: Annotated[
        int | None,
        typer.Option(
            callback=within(1, 60),
            metavar="MONTHS",
            help="Months from one date to the next, where no --on is given: 1 to 60. If left out, "
            "6 (12 on Windows).",
        ),
    ] = None,
    kind: Kind = "closure",
    notice: Notice = 0.0,
    staff_move: StaffMove = None,
    response: Response = "split",
    responder: Responder = None,
    replications: Annotated[
        int | None,
        typer.Option(
            "--replications",
            "-r",
            callback=within(1, MOST_REPLICATIONS),
            metavar="NUMBER",
            help="How many times each loss is simulated, each time with other chance events. If "
            "left out, 5 (2 on Windows).",
        ),
    ] = None,
    choose_within: Annotated[
        float | None,
        typer.Option(
            metavar="HOURS",
            help="Simulate more often until the worst place is known with a probability of 95%. "
            "Places whose hours without care differ by less than this count as equal.",
        ),
    ] = None,
    at_most: Annotated[
        int,
        typer.Option(
            metavar="NUMBER",
            callback=within(1, MOST_REPLICATIONS),
            help="Most replications for --choose-within.",
        ),
    ] = 100,
    trial: Annotated[
        bool, typer.Option("--trial", help="A first look with one replication.")
    ] = False,
    seed: Seed = 1,
    jobs: Jobs = None,
    out: Out = None,
    resume: Resume = False,
    retry_failed: RetryFailed = False,
    only: Only = None,
    cluster: Cluster = None,
    until: Until = None,
    set_: Set = None,
    override: Override = None,
    commissioning: Commissioning = None,
    brief: Brief = False,
    full: Full = False,
) -> None:
    """Find where and when the loss of a principal provider leaves most hours without care."""
    from experiments.asking.asked import Asked
    from experiments.engine.branches import can_fork
    from experiments.stress.asked import choosing_faults, date_faults, places_asked_for
    from experiments.stress.question import question
    from experiments.stress.stages import Choosing
    from experiments.stress.work import Manner, dates_of

    began = time.perf_counter()
    fork = can_fork()
    way = WorkOptions(out, jobs, cluster, resume, retry_failed, only, brief, full)
    how = Manner(cast(Any, kind), notice, staff_move, cast(Any, response), responder)
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
    number = replications or (REPLICATIONS_FORKED if fork else REPLICATIONS_REPLAYED)
    number = 1 if trial else number
    wrong = [*date_faults(scenario, dates, how), *way.faults()]
    if wrong := [*wrong, *choosing_faults(choose_within, at_most, number)]:
        raise ScenarioError(wrong)
    choosing = None if choose_within is None else Choosing(choose_within, at_most)
    answer(question(scenario, seed, number, places, dates, how, choosing), way, began)
