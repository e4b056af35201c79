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
from experiments.commands.whole import within
from sim.outcomes.levels import SUFFICES
from sim.scenario.text_files import LARGEST

EXAMPLES = {
    "The small county, twice, without full closures": "caremarket adequacy small -r 2 --sample 0",
    "Norfolk until the end of 2026": "caremarket adequacy norfolk --until 2026-12-31",
}


def adequacy(
    county: County,
    seed: Seed = 1,
    replications: Replications = 5,
    sample: Annotated[
        int | None,
        typer.Option(
            metavar="NUMBER",
            callback=within(0, LARGEST),
            help="At how many pairs of an area and a month the closure is simulated in full, to "
            "check the quicker estimate. If left out, 54 (6 on Windows); 0 for none.",
        ),
    ] = None,
    suffices: Annotated[
        float,
        typer.Option(
            metavar="SHARE",
            help="Share of the work that the others must be able to take on, from 0 to 1.",
        ),
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
    """Estimate whether others could take on the work if a principal provider closed (N-1)."""
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
