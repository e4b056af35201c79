"""``caremarket run``: simulate a county and show how its market holds."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from experiments.commands.carrying import WorkOptions, answer
from experiments.commands.options import (
    Brief,
    Caseload,
    Cluster,
    Commissioning,
    County,
    Fail,
    Failures,
    Full,
    Jobs,
    Kind,
    Notice,
    Notices,
    On,
    Only,
    Out,
    Override,
    People,
    Referrals,
    Replications,
    Responder,
    Response,
    Responses,
    Resume,
    RetryFailed,
    Seed,
    Set,
    Shocks,
    StaffMove,
    Until,
)
from sim.scenario import Fault, ScenarioError
from sim.scenario.amounts import counted
from sim.scenario.amounts import size as in_bytes
from sim.scenario.faults import Place

if TYPE_CHECKING:
    from experiments.run.arms import Compared
    from sim.scenario import Scenario

EXAMPLES = {
    "The small invented county, as it is": "caremarket run small",
    "The principal provider of one place closes with 28 days' notice": (
        "caremarket run small --fail principal:HARBOUR --on 2025-07-01 --notice 28"
    ),
    "Norfolk with one assumption changed, 20 times": (
        "caremarket run norfolk -r 20 --set demand.growth_per_year=0.03"
    ),
}


def run(
    county: County,
    seed: Seed = 1,
    replications: Replications = 1,
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
    fail: Fail = None,
    on: On = None,
    kind: Kind = "closure",
    notice: Notice = 0.0,
    staff_move: StaffMove = None,
    response: Response = "split",
    responder: Responder = None,
    notices: Notices = None,
    responses: Responses = None,
    failures: Failures = None,
    referrals: Referrals = None,
    caseload: Caseload = None,
    people: People = False,
    shocks: Shocks = None,
    brief: Brief = False,
    full: Full = False,
) -> None:
    """Simulate a county's home-care market, with the failure of a provider if you name one."""
    from experiments.asking.asked import Asked, scenario_asked_for
    from experiments.asking.scripts import Scripts
    from experiments.asking.telling import processes
    from experiments.run.asked import compared_in, refuse_comparison
    from experiments.run.question import question

    began = time.perf_counter()
    asked = Asked(
        county,
        commissioning=commissioning,
        overrides=override or (),
        assignments=set_ or (),
        until=until,
        scripts=Scripts(fail or (), on or (), kind, notice, staff_move, response, responder),
        failures=failures,
        referrals=referrals,
        caseload=caseload,
        shocks=shocks,
    )
    way = WorkOptions(out, jobs, cluster, resume, retry_failed, only, brief, full)
    options, faults = compared_in(notices, responses)
    scenario = scenario_asked_for(asked, *way.faults(), *faults)
    refuse_comparison(scenario, options)
    foresee(scenario, replications, processes(jobs), options)
    answer(question(scenario, seed, replications, options, people=people), way, began)


def foresee(
    scenario: Scenario, replications: int, jobs: int, compared: Compared | None = None
) -> None:
    """Say if it takes long. Raises ScenarioError if the results do not fit into memory."""
    from experiments.asking.telling import tell_cost
    from experiments.run.arms import NOTHING, arms_of
    from sim.scenario.limits import MOST_BYTES
    from sim.scenario.size import size_of

    size = size_of(scenario)
    arms = len(arms_of(scenario, compared or NOTHING))
    kept = replications * max(1, arms)
    held = size.result_bytes * kept
    if size.bytes + held > MOST_BYTES:
        wrong = f"{kept:,} results would take about {in_bytes(held)} of memory"
        most = int((MOST_BYTES - size.bytes) / held * replications)
        cure = f"At most {most:,}; a study keeps its results on disk (caremarket sweep)"
        raise ScenarioError([Fault(Place(f"--replications {replications}"), wrong, cure)])
    # With failures: the market without them, and the arms, which branch off it.
    markets = kept + (replications if arms else 0)
    at_once = min(jobs, replications if arms else kept)
    seconds = size.seconds * markets / at_once
    tell_cost(f"{counted(markets, 'market')} to simulate", seconds, size.bytes * at_once + held)
