"""``caremarket bands``: the headlines over the county's plausible sets of parameters."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Annotated

import typer

from experiments.commands.carrying import WorkOptions, answer
from experiments.commands.options import (
    Brief,
    Cluster,
    Commissioning,
    County,
    Full,
    Jobs,
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
    Until,
)
from experiments.commands.whole import within
from sim.outcomes.levels import SUFFICES
from sim.scenario.faults import Fault, Place
from sim.scenario.text_files import LARGEST
from sim.vocabulary import WHO_FAILS

USUAL_SETS = 24
WHO, ON = "largest", "2026-07-01"

EXAMPLES = {
    "The loss of one of Norfolk's principal providers, over 24 sets": (
        "caremarket bands norfolk --fail principal:KINGS_LYNN --on 2026-07-01"
    ),
    "Also over what no published figure says anything about": (
        "caremarket bands norfolk --fail principal:KINGS_LYNN --untaught --sets 100"
    ),
}


def bands(
    county: County,
    sets: Annotated[
        int,
        typer.Option(
            metavar="NUMBER",
            callback=within(8, LARGEST),
            help="How many of the county's sets of plausible values to run: 8 or more.",
        ),
    ] = USUAL_SETS,
    fail: Annotated[
        str,
        typer.Option(
            metavar="WHO",
            help=f"The provider that closes: {WHO_FAILS}.",
        ),
    ] = WHO,
    on: Annotated[str, typer.Option(metavar="DATE", help="The day it closes.")] = ON,
    notice: Notice = 0.0,
    response: Response = "split",
    responder: Responder = None,
    suffices: Annotated[
        float,
        typer.Option(
            metavar="SHARE",
            help="Share of a principal provider's work that the others must be able to take on, "
            "from 0 to 1.",
        ),
    ] = SUFFICES,
    readings: Annotated[
        str | None,
        typer.Option(
            metavar="A,B,C",
            help="Compare named changes of the county side by side, with commas between. as_it_is "
            "is the county unchanged; NAME+untaught is a change with --untaught.",
        ),
    ] = None,
    untaught: Annotated[
        bool,
        typer.Option(
            "--untaught",
            help="Also vary the parameters about which no published figure says anything.",
        ),
    ] = False,
    unfitted: Annotated[
        bool,
        typer.Option(
            "--unfitted",
            help="With --readings: where a change has no fitted sets of values, use the county's "
            "own.",
        ),
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
    """Show how far the main results vary over all values that fit the published figures."""
    from experiments.asking.asked import Asked
    from experiments.asking.levels import level_faults
    from experiments.asking.scripts import Scripts
    from experiments.bands.asked import reading_of, readings_of
    from experiments.bands.question import question
    from experiments.bands.readings import question as side_by_side

    began = time.perf_counter()
    asked = Asked(
        county,
        commissioning=commissioning,
        overrides=tuple(override or ()),
        assignments=set_ or (),
        until=until,
        scripts=Scripts((fail,), (on,), notice_days=notice, response=response, responder=responder),
    )
    way = WorkOptions(out, jobs, cluster, resume, retry_failed, only, brief, full)
    wrong = [*level_faults(suffices), *way.faults(), *_twice(readings, untaught)]
    if readings is not None:
        several = readings_of(asked, readings, sets, wrong, unfitted=unfitted)
        answer(side_by_side(several, seed, suffices), way, began)
        return
    one = reading_of(asked, sets, wrong, unfitted=unfitted, untaught=untaught)
    asked_for = question(
        one.scenario, seed, one.values, suffices, fitted=one.fitted, untaught=one.untaught
    )
    answer(asked_for, way, began)


def _twice(readings: str | None, untaught: bool) -> Iterator[Fault]:
    """``--untaught`` beside a list of readings, of which each says so by itself."""
    if readings is not None and untaught:
        cure = "Add it to the readings that need it: NAME+untaught"
        yield Fault(Place("--untaught"), "--readings is given too", cure)
