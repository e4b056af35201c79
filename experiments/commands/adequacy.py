"""``caremarket adequacy``: could the rest of the market take on a principal's work?"""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from typing import Annotated

import typer

from experiments.adequacy.work import EXAMINATIONS, Examined, examined_by, items_of
from experiments.asking.asked import Asked, scenario_asked_for
from experiments.asking.levels import level_faults
from experiments.commands.carrying import Way, carrying, end, tell_failed
from experiments.commands.endings import SOME_FAILED
from experiments.commands.options import (
    Cluster,
    Commissioning,
    County,
    Jobs,
    Out,
    Override,
    Referrals,
    Replications,
    Resume,
    RetryFailed,
    Seed,
    Set,
    Until,
)
from experiments.engine.work import Failed, failed_items


def adequacy(
    county: County,
    seed: Seed = 1,
    replications: Replications = 5,
    sample: Annotated[
        int | None,
        typer.Option(
            min=0,
            help="Area-months at which the team is really stopped, at three shares of carers; "
            "54 unless you say (9 on Windows); 0: none.",
        ),
    ] = None,
    suffices: Annotated[
        float,
        typer.Option(metavar="SHARE", help="Adequacy from which the fallback suffices."),
    ] = 0.9,
    jobs: Jobs = None,
    out: Out = None,
    resume: Resume = False,
    retry_failed: RetryFailed = False,
    cluster: Cluster = None,
    until: Until = None,
    set_: Set = None,
    override: Override = None,
    commissioning: Commissioning = None,
    referrals: Referrals = None,
) -> None:
    """N-1 adequacy of every area and month, and how the fallback erodes."""
    from experiments.adequacy.folder import findings, write_adequacy
    from experiments.adequacy.words import lines
    from experiments.engine.branches import can_fork
    from experiments.results.provenance import Inputs

    began = time.perf_counter()
    asked = Asked(
        county,
        commissioning=commissioning,
        overrides=override or (),
        assignments=set_ or (),
        until=until,
        referrals=referrals,
    )
    way = Way(out, jobs, cluster, resume, retry_failed)
    scenario = scenario_asked_for(asked, *level_faults(suffices), *way.faults())
    inputs = Inputs(scenario, seed, replications)
    items = items_of(scenario, seed, replications, sample, fork=can_fork())
    folder = way.folder(f"{scenario.code}-adequacy-{inputs.identity[:8]}")
    depends_on = {"scenario": scenario.identity, "seed": seed, "sample": str(sample)}
    depends_on["replications"] = replications  # the sample is spread over them
    what = "replications and area-months"
    with carrying(EXAMINATIONS, folder, depends_on, way, what) as (engine, screen):
        done = engine.answers(items)
        good = examined_by(items, done)
        failed = [*failed_items(items, done), *broken_branches(good)]
        tell_failed(failed, seed)
        if not good:
            raise typer.Exit(SOME_FAILED)
        screen.say("Tables and charts")
        told = findings(inputs, good, suffices)
        text = lines(told)
        seconds = time.perf_counter() - began
        write_adequacy(folder, told, good, failed, text, sys.argv[1:], seconds)
    end(text, folder, "summary.txt and charts/", failed)


def broken_branches(found: Sequence[Examined]) -> list[Failed]:
    """Branches that failed, by their replication, provider, area and day."""
    return [
        Failed(
            f"replication {one.replication}, {broken.stop.provider} in {broken.stop.area} stops "
            f"on day {broken.stop.day:g}",
            broken.error,
        )
        for one in found
        for broken in one.broken
    ]
