"""``caremarket calibrate``: sets of parameters without a source that meet the published figures."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import typer

from experiments.asking.asked import tell
from experiments.asking.settings import read_settings
from experiments.calibration.work import TRIALS, Base, Trial, items_of
from experiments.commands.carrying import WorkOptions, carrying, end
from experiments.commands.endings import SOME_FAILED, TOO_FEW
from experiments.commands.options import (
    Cluster,
    Commissioning,
    County,
    Jobs,
    Out,
    Override,
    Resume,
    RetryFailed,
    Set,
)
from experiments.fit.targets import target_faults
from experiments.results.provenance import Failed
from sim.scenario.levers import notes


def calibrate(
    county: County,
    sets: Annotated[
        int | None, typer.Option(min=1, help="Passing sets wanted; default as the file says.")
    ] = None,
    most: Annotated[
        int | None, typer.Option(min=16, help="Most sets to simulate; default as the file says.")
    ] = None,
    jobs: Jobs = None,
    out: Out = None,
    resume: Resume = False,
    retry_failed: RetryFailed = False,
    cluster: Cluster = None,
    set_: Set = None,
    override: Override = None,
    commissioning: Commissioning = None,
) -> None:
    """Find many sets of the county's unknown parameters that meet its published figures."""
    from experiments.calibration.folder import lines, write_found
    from experiments.calibration.history_matching import NotSimulatedError, explore
    from experiments.calibration.search import calibration_of

    way = WorkOptions(out, jobs, cluster, resume, retry_failed)
    values, faults = read_settings(set_)
    base = Base(county, tuple(override or ()), values, commissioning)
    wanted = {"wanted_sets": sets, "most_sets": most}
    changed = {name: value for name, value in wanted.items() if value is not None}
    told = (*faults, *target_faults(county), *way.faults())
    calibration = calibration_of(base, *told, changed=changed)
    tell(notes(calibration.scenario))
    depends_on = calibration.identity
    name = f"calibrate-{calibration.scenario.code}-{depends_on['calibration'][:8]}"
    folder = way.folder(name)
    with carrying(TRIALS, folder, depends_on, way, "sets of this wave and before") as (
        engine,
        screen,
    ):

        def simulate(trials: Sequence[Trial], wave: str) -> list[dict[str, float] | Failed]:
            screen.say(wave)
            items = items_of(trials, depends_on)
            done = engine.answers(items)
            return [
                Failed(item.label, one.error) if one.failed else one.found
                for item, one in zip(items, done, strict=True)
            ]

        try:
            history = explore(calibration, simulate)
        except NotSimulatedError as error:
            typer.echo(f"FAILED: {error}", err=True)
            raise typer.Exit(SOME_FAILED) from error
        write_found(folder, calibration, history)
    end(
        lines(calibration, history),
        folder,
        "plausible.md; plausible.csv, parameters.csv; sets.csv has all",
        [],
    )
    if len(history.passing) < calibration.search.wanted_sets:
        raise typer.Exit(TOO_FEW)
