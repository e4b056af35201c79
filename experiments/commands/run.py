"""``caremarket run``: simulate a county and show how its market holds."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from experiments.asking.asked import Asked, scenario_asked_for
from experiments.asking.scripts import Scripts
from experiments.asking.telling import processes, tell_cost
from experiments.commands.carrying import Way, carrying, end, tell_failed
from experiments.commands.endings import SOME_FAILED
from experiments.commands.options import (
    Cluster,
    Commissioning,
    County,
    Fail,
    Failures,
    Jobs,
    Kind,
    Notice,
    On,
    Out,
    Override,
    Referrals,
    Replications,
    Resume,
    RetryFailed,
    Seed,
    Set,
    Shocks,
    StaffMove,
    Until,
)
from experiments.engine.work import Failed, failed_items
from experiments.run.staff_moves import arms, items_of_arms, other_shares
from experiments.run.work import REPLICATIONS, Replication, Run, items_of, results_of
from sim.scenario import Fault, Scenario, ScenarioError
from sim.scenario.amounts import counted
from sim.scenario.amounts import size as in_bytes
from sim.scenario.faults import Place
from sim.scenario.limits import MOST_BYTES
from sim.scenario.size import size_of

if TYPE_CHECKING:
    from experiments.results.provenance import Inputs


def run(
    county: County,
    seed: Seed = 1,
    replications: Replications = 1,
    jobs: Jobs = None,
    out: Out = None,
    resume: Resume = False,
    retry_failed: RetryFailed = False,
    cluster: Cluster = None,
    until: Until = None,
    set_: Set = None,
    override: Override = None,
    commissioning: Commissioning = None,
    fail: Fail = None,
    on: On = None,
    kind: Kind = "closure",
    notice: Notice = 0.0,
    staff_move: StaffMove = None,
    failures: Failures = None,
    referrals: Referrals = None,
    shocks: Shocks = None,
) -> None:
    """Simulate a county from its first day to its last, with a provider failing if asked."""
    from experiments.results.provenance import Inputs

    began = time.perf_counter()
    asked = Asked(
        county,
        commissioning=commissioning,
        overrides=override or (),
        assignments=set_ or (),
        until=until,
        scripts=Scripts(fail or (), on or (), kind, notice, staff_move),
        failures=failures,
        referrals=referrals,
        shocks=shocks,
    )
    way = Way(out, jobs, cluster, resume, retry_failed)
    scenario = scenario_asked_for(asked, *way.faults())
    foresee(scenario, replications, processes(jobs))
    inputs = Inputs(scenario, seed, replications)
    main = [Run(scenario, seed, number, told=number == 0) for number in range(replications)]
    items = [*items_of(main), *items_of_arms(scenario, seed, replications)]
    folder = way.folder(f"{scenario.code}-{inputs.identity[:8]}")
    depends_on = {"scenario": scenario.identity, "seed": seed}
    with carrying(REPLICATIONS, folder, depends_on, way, "replications") as (engine, screen):
        done = engine.answers(items)
        failed = failed_items(items, done)
        tell_failed(failed, seed)
        found: list[Replication | None] = [one.found for one in done]
        if not any(found[:replications]):
            raise typer.Exit(SOME_FAILED)
        screen.say("Tables and charts")
        text = _report(inputs, found[:replications], found[replications:], failed, folder, began)
    end(text, folder, "summary.txt and charts/", failed)


def foresee(scenario: Scenario, replications: int, jobs: int) -> None:
    """Say if it takes long. Raises ScenarioError if the results do not fit into memory."""
    size = size_of(scenario)
    kept = replications * (1 + len(other_shares(scenario)))
    held = size.result_bytes * kept
    if size.bytes + held > MOST_BYTES:
        wrong = f"{kept:,} results would take about {in_bytes(held)} of memory"
        most = int((MOST_BYTES - size.bytes) / held * replications)
        cure = f"At most {most:,}; a study keeps its results on disk (caremarket sweep)"
        raise ScenarioError([Fault(Place(f"--replications {replications}"), wrong, cure)])
    markets = kept * (2 if scenario.failures else 1)
    at_once = min(jobs, kept)
    seconds = size.seconds * markets / at_once
    tell_cost(f"{counted(markets, 'market')} to simulate", seconds, size.bytes * at_once + held)


def _report(
    inputs: Inputs,
    replications: list[Replication | None],
    others: list[Replication | None],
    failed: list[Failed],
    folder: Path,
    began: float,
) -> list[str]:
    """Write the files; the first screen."""
    from experiments.run.folder import write_run
    from experiments.run.words import lines
    from experiments.statistics import means as reduction

    results = [one for one in results_of(replications) if one is not None]
    shares = arms(inputs.scenario, results, results_of(others))
    text = lines(inputs, reduction.figures(results), results, shares)
    seconds = time.perf_counter() - began
    first = replications[0]
    write_run(folder, inputs, results, shares, first, failed, text, sys.argv[1:], seconds)
    return text
