"""``caremarket compare-models``: one county under every way of commissioning."""

from __future__ import annotations

import json
import sys
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from experiments.asking.asked import Asked, scenario_asked_for
from experiments.asking.telling import processes
from experiments.commands.endings import INTERRUPTED, SOME_FAILED
from experiments.commands.options import (
    County,
    Jobs,
    Override,
    Replications,
    Resume,
    Seed,
    Set,
    Until,
)
from experiments.engine.workers import carried_out
from experiments.run.work import Failed
from sim.scenario import Fault, Scenario, ScenarioError
from sim.scenario.dates import date_at
from sim.scenario.faults import Place, nearest

if TYPE_CHECKING:
    from experiments.models.work import Under

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
    out: Annotated[
        Path | None, typer.Option(help="New folder for the files; default caremarket-results/…")
    ] = None,
    resume: Resume = False,
    until: Until = None,
    set_: Set = None,
    override: Override = None,
) -> None:
    """Every way of commissioning on the same people, carers, providers and shocks."""
    from experiments.engine.journal import begin_or_go_on, work_folder
    from experiments.models.folder import Compared, lines, write_comparison
    from experiments.models.rules import under
    from experiments.models.work import Under
    from experiments.results.provenance import Inputs, engine_version

    asked = Asked(county, overrides=override or (), assignments=set_ or (), until=until)
    scenario = scenario_asked_for(asked, *model_faults(model))
    if unchanged := never_live(scenario):
        raise ScenarioError(unchanged)
    day = closing_day(scenario, on)
    inputs = Inputs(scenario, seed, replications)
    folder, wrong = work_folder(
        out, f"{scenario.code}-compare-models-{inputs.identity[:8]}", resume=resume
    )
    if wrong:
        raise ScenarioError(wrong)
    scenarios = {code: under(scenario, code) for code in models_of(scenario, model)}
    depends = {
        "scenario": scenario.identity,
        "models": [one.identity for one in scenarios.values()],
        "seed": seed,
        "largest_closes_on": day.isoformat(),
        "source_code": engine_version(),
    }
    begin_or_go_on(folder, depends, resume=resume)
    tasks = [
        Under(code, one, seed, number, day)
        for number in range(replications)
        for code, one in scenarios.items()
    ]
    found = carried_on(folder, tasks, processes(jobs))
    failed = [one for one in found.values() if isinstance(one, Failed)]
    for (code, number), one in found.items():
        if isinstance(one, Failed):
            typer.echo(f"FAILED: {code}, replication {number}, seed {seed}: {one.error}", err=True)
    figures: dict[str, dict[int, dict[str, float]]] = {code: {} for code in scenarios}
    for (code, number), one in found.items():
        if not isinstance(one, Failed):
            figures[code][number] = one
    told = Compared(inputs, day, scenarios, figures, tuple(failed))
    write_comparison(folder, told, sys.argv[1:])
    typer.echo("\n".join(lines(told)))
    typer.echo(f"Files: {folder} (start with summary.txt and charts/)")
    if failed:
        raise typer.Exit(SOME_FAILED)


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


def carried_on(
    folder: Path, tasks: list[Under], jobs: int
) -> dict[tuple[str, int], dict[str, float] | Failed]:
    """Every run's figures: those of the journal, and the rest with progress."""
    from experiments.engine.journal import Journal
    from experiments.engine.screen import counted
    from experiments.models.folder import COLUMNS, as_row
    from experiments.models.work import compared_run

    journal = Journal(folder / "journal.csv", COLUMNS)
    found: dict[tuple[str, int], dict[str, float] | Failed] = {
        (row["model"], int(row["replication"])): json.loads(row["figures"])
        for row in journal.rows()
        if not row["error"]
    }
    left = [task for task in tasks if (task.code, task.replication) not in found]
    try:
        with counted("Models x replications", len(tasks), len(tasks) - len(left)) as advance:
            for place, outcome in carried_out(compared_run, left, jobs):
                task = left[place]
                found[task.code, task.replication] = outcome
                journal.append(as_row(task.code, task.replication, outcome))
                advance()
    except KeyboardInterrupt:
        typer.echo(
            "Interrupted; what was run is kept. Go on with the same command and --resume "
            f"--out {folder}",
            err=True,
        )
        raise typer.Exit(INTERRUPTED) from None
    return {(t.code, t.replication): found[t.code, t.replication] for t in tasks}
