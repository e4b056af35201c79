"""``caremarket compare-models``: one county under every way of commissioning."""

from __future__ import annotations

import sys
from datetime import date, timedelta
from typing import Annotated

import typer

from experiments.asking.asked import Asked, scenario_asked_for
from experiments.commands.carrying import Way, carrying, end, tell_failed
from experiments.commands.options import (
    Cluster,
    County,
    Jobs,
    Out,
    Override,
    Replications,
    Resume,
    RetryFailed,
    Seed,
    Set,
    Until,
)
from experiments.engine.work import failed_items
from sim.scenario import Fault, Scenario, ScenarioError
from sim.scenario.dates import date_at
from sim.scenario.faults import Place, nearest

USUAL_LEAD_DAYS = 548
"""The largest provider closes a year and a half before the end, unless another day is given."""


def compare_models(
    county: County,
    model: Annotated[
        list[str] | None,
        typer.Option(help="A model to compare; repeat for more. All that ship unless you say."),
    ] = None,
    on: Annotated[
        str | None, typer.Option(metavar="DATE", help="When the county's largest provider closes.")
    ] = None,
    replications: Replications = 5,
    seed: Seed = 1,
    jobs: Jobs = None,
    out: Out = None,
    resume: Resume = False,
    retry_failed: RetryFailed = False,
    cluster: Cluster = None,
    until: Until = None,
    set_: Set = None,
    override: Override = None,
) -> None:
    """Every way of commissioning on the same people, carers, providers and shocks."""
    from experiments.models.folder import Compared, lines, write_comparison
    from experiments.models.rules import under
    from experiments.models.work import MODEL_RUNS, items_of
    from experiments.results.provenance import Inputs

    way = Way(out, jobs, cluster, resume, retry_failed)
    asked = Asked(county, overrides=override or (), assignments=set_ or (), until=until)
    scenario = scenario_asked_for(asked, *model_faults(model), *way.faults())
    if unchanged := never_live(scenario):
        raise ScenarioError(unchanged)
    day = closing_day(scenario, on)
    inputs = Inputs(scenario, seed, replications)
    scenarios = {code: under(scenario, code) for code in models_of(scenario, model)}
    items = items_of(scenarios, seed, replications, day)
    folder = way.folder(f"{scenario.code}-compare-models-{inputs.identity[:8]}")
    depends_on = {
        "scenario": scenario.identity,
        "models": {code: one.identity for code, one in scenarios.items()},
        "seed": seed,
        "largest_closes_on": day.isoformat(),
    }
    with carrying(MODEL_RUNS, folder, depends_on, way, "runs of a model") as (engine, screen):
        done = engine.answers(items)
        failed = failed_items(items, done)
        tell_failed(failed, seed)
        figures: dict[str, dict[int, dict[str, float]]] = {code: {} for code in scenarios}
        for item, one in zip(items, done, strict=True):
            if one.found is not None:
                figures[item.task.code][item.task.replication] = one.found
        screen.say("Tables and charts")
        told = Compared(inputs, day, scenarios, figures, tuple(failed))
        write_comparison(folder, told, sys.argv[1:])
    end(lines(told), folder, "summary.txt and charts/", failed)


def model_faults(models: list[str] | None) -> list[Fault]:
    """Models that do not ship."""
    from experiments.models.rules import shipped_models

    known = shipped_models()
    return [
        Fault(Place(f"--model {code}"), "no such commissioning model", nearest(code, known))
        for code in models or ()
        if code not in known
    ]


def never_live(scenario: Scenario) -> list[Fault]:
    """A county in which no other model would ever begin: nothing would be compared."""
    end = scenario.calendar.end
    if any(area.go_live is not None and area.go_live <= end for area in scenario.areas):
        return []
    wrong = f"no area goes live by {end}, so no other model would ever begin"
    mend = "Give at least one area a go_live date within the run, or set a later --until"
    return [Fault(Place("areas.csv", column="go_live"), wrong, mend)]


def models_of(scenario: Scenario, models: list[str] | None) -> list[str]:
    """The county's own model first, then those asked for, or all."""
    from experiments.models.rules import shipped_models

    own = scenario.commissioning.code
    return list(dict.fromkeys([own, *(models or shipped_models())]))


def closing_day(scenario: Scenario, on: str | None) -> date:
    """When the largest provider closes. Raises ScenarioError."""
    from experiments.models.work import LOOKED_AT_DAYS

    calendar = scenario.calendar
    latest = calendar.end - timedelta(days=LOOKED_AT_DAYS)
    if on is None:
        return max(calendar.start, min(latest, calendar.end - timedelta(days=USUAL_LEAD_DAYS)))
    place = Place(f"--on {on}")
    day, wrong_date = date_at(place, on)
    if day is None:
        raise ScenarioError(wrong_date)
    if not calendar.start <= day <= latest:
        wrong = f"half a year from then on is not simulated ({calendar.start} to {calendar.end})"
        raise ScenarioError([Fault(place, wrong, f"Give a date up to {latest}")])
    return day
