"""``caremarket adequacy``: could the rest of the market take on a principal's work?"""

from __future__ import annotations

import time
from typing import Annotated

import typer

from experiments.commands.carrying import WorkOptions, answer
from experiments.commands.options import (
    Brief,
    Caseload,
    Cluster,
    Commissioning,
    County,
    Full,
    Jobs,
    Only,
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
from sim.outcomes.levels import SUFFICES


def adequacy(
    county: County,
    seed: Seed = 1,
    replications: Replications = 5,
    sample: Annotated[
        int | None,
        typer.Option(
            min=0,
            help="Area-months at which the principal is really closed, and its team alone stopped, "
            "at three shares of carers; 54 unless you say (6 on Windows); 0: none.",
        ),
    ] = None,
    suffices: Annotated[
        float,
        typer.Option(metavar="SHARE", help="N-1 from which the fallback suffices."),
    ] = SUFFICES,
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
    referrals: Referrals = None,
    caseload: Caseload = None,
    brief: Brief = False,
    full: Full = False,
) -> None:
    """N-1 of every principal provider, area and month, and how the fallback erodes."""
    from experiments.adequacy.question import question
    from experiments.asking.asked import Asked, scenario_asked_for
    from experiments.asking.levels import level_faults

    began = time.perf_counter()
    asked = Asked(
        county,
        commissioning=commissioning,
        overrides=override or (),
        assignments=set_ or (),
        until=until,
        referrals=referrals,
        caseload=caseload,
    )
    way = WorkOptions(out, jobs, cluster, resume, retry_failed, only, brief, full)
    scenario = scenario_asked_for(asked, *level_faults(suffices), *way.faults())
    answer(question(scenario, seed, replications, sample, suffices), way, began)
