"""``caremarket history``: principals lost with no failure scripted, and recorded cases."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Annotated

import typer

from experiments.commands.carrying import WorkOptions, answer
from experiments.commands.options import (
    WHICH_COUNTY,
    Brief,
    Cluster,
    Commissioning,
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
from sim.scenario import Fault, ScenarioError
from sim.scenario.dates import date_at
from sim.scenario.faults import Place

if TYPE_CHECKING:
    from experiments.engine.question import Question

EXAMPLES = {
    "How often the small county loses principal providers": "caremarket history small",
    "A failure that is on record": "caremarket history --case rotherham",
}


def history(
    county: Annotated[
        str | None,
        typer.Argument(metavar="COUNTY", help=f"{WHICH_COUNTY} None with --cases or --case."),
    ] = None,
    cases: Annotated[
        bool,
        typer.Option("--cases", help="Run every recorded case and compare it with the record."),
    ] = False,
    case: Annotated[
        list[str] | None,
        typer.Option(
            metavar="CODE",
            help="One recorded case by its name, or your own file (TOML). Repeat for more.",
        ),
    ] = None,
    seed: Seed = 1,
    replications: Annotated[
        int,
        typer.Option(
            "--replications",
            "-r",
            metavar="NUMBER",
            callback=within(2, MOST_REPLICATIONS),
            help="How many times each market is simulated, each time with other chance events.",
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
        typer.Option(
            "--from", metavar="DATE", help="First day counted. If left out, the first go-live."
        ),
    ] = None,
    to: Annotated[
        str | None,
        typer.Option(
            "--to", metavar="DATE", help="Last day counted. If left out, two years later."
        ),
    ] = None,
    set_: Set = None,
    override: Override = None,
    commissioning: Commissioning = None,
    brief: Brief = False,
    full: Full = False,
) -> None:
    """Compare how often the model loses providers, or recorded cases, with what happened."""
    from experiments.asking.asked import Asked, scenario_asked_for
    from experiments.history.asked import worlds_of
    from experiments.history.question import question

    began = time.perf_counter()
    way = WorkOptions(out, jobs, cluster, resume, retry_failed, only, brief, full)
    if cases or case:
        given = {"COUNTY": county, "--from": since, "--to": to, "--set": set_}
        given |= {"--override": override, "--commissioning": commissioning}
        answer(hindcasts(case or (), cases, seed, replications, given, way), way, began)
        return
    faults = way.faults()
    if county is None:
        cure = "Name one, or ask for recorded cases: caremarket history --cases"
        raise ScenarioError([Fault(Place("COUNTY"), "no county is named", cure), *faults])
    days = [_date(name, text, faults) for name, text in (("--from", since), ("--to", to))]
    by_chance = ("failure.random",)  # on in the second world
    asked = Asked(county, commissioning, override or (), set_ or (), switched=by_chance)
    scenario = scenario_asked_for(asked, *faults)
    worlds = worlds_of(scenario, days[0], days[1])
    answer(question(scenario, seed, replications, worlds, (days[0], days[1])), way, began)


def hindcasts(
    names: Sequence[str],
    shipped: bool,
    seed: int,
    replications: int,
    given: Mapping[str, object],
    way: WorkOptions,
) -> Question:
    """The question about recorded cases. Raises ScenarioError: ``given`` has no place beside it."""
    from experiments.hindcasts.asked import beside_faults, cases_asked_for
    from experiments.hindcasts.question import question

    named, faults = cases_asked_for(names, shipped=shipped)
    if wrong := [*faults, *beside_faults(given), *way.faults()]:
        raise ScenarioError(wrong)
    return question(named, seed, replications)


def _date(name: str, text: str | None, faults: list[Fault]) -> date | None:
    """The date of an option, or a fault."""
    if text is None:
        return None
    day, wrong = date_at(Place(f"{name} {text}"), text)
    faults += wrong
    return day
