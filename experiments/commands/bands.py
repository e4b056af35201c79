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
from sim.outcomes.levels import SUFFICES
from sim.scenario.faults import Fault, Place

USUAL_SETS = 24
WHO, ON = "largest", "2026-07-01"


def bands(
    county: County,
    sets: Annotated[
        int, typer.Option(min=8, help="How many plausible sets to run, of the county's.")
    ] = USUAL_SETS,
    fail: Annotated[
        str,
        typer.Option(
            metavar="WHO",
            help="Whose closure is measured, as for run --fail; the largest provider.",
        ),
    ] = WHO,
    on: Annotated[str, typer.Option(metavar="DATE", help="When it closes.")] = ON,
    notice: Notice = 0.0,
    response: Response = "split",
    responder: Responder = None,
    suffices: Annotated[
        float,
        typer.Option(
            metavar="SHARE", help="N-1 of all principal providers from which the fallback suffices."
        ),
    ] = SUFFICES,
    readings: Annotated[
        str | None,
        typer.Option(
            metavar="A,B,C",
            help="Overrides in turn, side by side and never pooled; as_it_is: the county without; "
            "NAME+untaught: with what no figure teaches.",
        ),
    ] = None,
    untaught: Annotated[
        bool,
        typer.Option(
            "--untaught", help="Sets in which what no published figure teaches varies too."
        ),
    ] = False,
    unfitted: Annotated[
        bool,
        typer.Option(
            "--unfitted",
            help="Take the county's own sets where a reading has none that were fitted to it.",
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
    """Headlines with the band that the published figures leave, and the unknown that matters."""
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
