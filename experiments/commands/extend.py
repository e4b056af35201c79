"""``caremarket extend``: more replications onto a study."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from experiments.commands.carrying import WorkOptions, ending
from experiments.commands.options import Brief, Cluster, Full, Jobs, OwnCode, Resume, RetryFailed
from experiments.commands.whole import within
from experiments.engine.limits import MOST_REPLICATIONS
from sim.scenario import Fault, ScenarioError
from sim.scenario.faults import Place

if TYPE_CHECKING:
    from experiments.study.study import Study

EXAMPLES = {
    "Bring a study to 40 replications": "caremarket extend my-study --replications 40",
}


def extend(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="The folder of a study.")],
    replications: Annotated[
        int,
        typer.Option(
            "--replications",
            "-r",
            metavar="NUMBER",
            callback=within(1, MOST_REPLICATIONS),
            help="How many replications it is to have in all, with those it has.",
        ),
    ],
    jobs: Jobs = None,
    resume: Resume = False,
    retry_failed: RetryFailed = False,
    cluster: Cluster = None,
    own_code: OwnCode = False,
    brief: Brief = False,
    full: Full = False,
) -> None:
    """Add replications to a study; what it has is kept, and its tables are made again."""
    from experiments.commands.studying import carry_out_study, tell, workers_for
    from experiments.engine.parts import held
    from experiments.study.begun import extended, read_study

    study = read_study(folder)
    refuse(folder, study, replications, goes_on=resume or retry_failed, own_code=own_code)
    way = WorkOptions(folder, jobs, cluster, True, retry_failed, None, brief, full)
    workers_for(way).close()  # what is wrong with the workers is told before the study changes
    again = ["caremarket", "extend", str(folder), "--replications", str(replications)]
    again += ["--own-code"] if own_code else []
    with ending(folder, again, "runs"), held(folder):
        study = read_study(folder)  # as it is now that nobody else is at work in it
        if replications > study.replications.extended:
            study = extended(folder, study, replications)
    tell(carry_out_study(study, folder, way, again=again), folder, way)


def refuse(folder: Path, study: Study, replications: int, *, goes_on: bool, own_code: bool) -> None:
    """Raise ScenarioError if the study cannot have so many replications in all.

    It may have them already if it is gone on with.
    """
    from experiments.study.begun import version_faults
    from experiments.study.finished import finished_replications
    from experiments.study.limits import run_faults
    from experiments.study.own_files import own_code_faults
    from experiments.study.shares import read_share

    faults = version_faults(folder, study)
    faults += own_code_faults(study.own, Place(str(folder)), allowed=own_code)
    place = Place(f"--replications {replications}")
    if (share := read_share(folder)) is not None:
        wrong, cure = f"it is part {share} of a study", "Merge the parts first (caremarket merge)"
        faults.append(Fault(Place(str(folder)), wrong, cure))
    faults += run_faults(len(study.scenarios), len(study.draws), replications, place)
    has = finished_replications(folder)
    if has is not None and replications <= has and not (goes_on and replications == has):
        faults.append(Fault(place, f"it has {has} already", "Give more, counting those it has"))
    if faults:
        raise ScenarioError(faults)
