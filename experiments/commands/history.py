"""``caremarket history``: how often a market loses its principals with no failure scripted."""

from __future__ import annotations

import time
from datetime import date
from typing import Annotated

import typer

from experiments.asking.asked import Asked, scenario_asked_for
from experiments.commands.carrying import WorkOptions, answer
from experiments.commands.options import (
    Brief,
    Cluster,
    Commissioning,
    County,
    Full,
    Jobs,
    Only,
    Out,
    Override,
    Resume,
    RetryFailed,
    Seed,
    Set,
)
from experiments.commands.whole import within
from experiments.engine.limits import MOST_REPLICATIONS
from sim.scenario import Fault
from sim.scenario.dates import date_at
from sim.scenario.faults import Place


def history(
    county: County,
    seed: Seed = 1,
    replications: Annotated[
        int,
        typer.Option(
            "--replications",
            "-r",
            callback=within(2, MOST_REPLICATIONS),
            help="Runs with different chance.",
        ),
    ] = 30,
    jobs: Jobs = None,
    out: Out = None,
    resume: Resume = False,
    retry_failed: RetryFailed = False,
    only: Only = None,
    cluster: Cluster = None,
    since: Annotated[
        str | None,
        typer.Option("--from", metavar="DATE", help="First day counted; default: first go-live."),
    ] = None,
    to: Annotated[
        str | None, typer.Option("--to", metavar="DATE", help="Last day counted; two years.")
    ] = None,
    set_: Set = None,
    override: Override = None,
    commissioning: Commissioning = None,
    brief: Brief = False,
    full: Full = False,
) -> None:
    """Count the principals a market loses of itself and by chance; set beside the record."""
    from experiments.history.asked import worlds_of
    from experiments.history.question import question

    began = time.perf_counter()
    way = WorkOptions(out, jobs, cluster, resume, retry_failed, only, brief, full)
    faults = way.faults()
    days = [_date(name, text, faults) for name, text in (("--from", since), ("--to", to))]
    by_chance = ("failure.random",)  # on in the second world
    asked = Asked(county, commissioning, override or (), set_ or (), switched=by_chance)
    scenario = scenario_asked_for(asked, *faults)
    worlds = worlds_of(scenario, days[0], days[1])
    answer(question(scenario, seed, replications, worlds, (days[0], days[1])), way, began)


def _date(name: str, text: str | None, faults: list[Fault]) -> date | None:
    """The date of an option, or a fault."""
    if text is None:
        return None
    day, wrong = date_at(Place(f"{name} {text}"), text)
    faults += wrong
    return day
