"""``caremarket calibrate``: sets of parameters without a source that meet the published figures."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from experiments.asking.asked import tell
from experiments.asking.settings import read_settings
from experiments.asking.telling import processes
from experiments.calibration.work import Base, Trial, try_out
from experiments.commands.endings import INTERRUPTED, TOO_FEW
from experiments.commands.options import Commissioning, County, Jobs, Override, Resume, Set
from experiments.engine.workers import carried_out
from experiments.fit.targets import target_faults
from experiments.run.work import Failed
from sim.scenario import ScenarioError
from sim.scenario.levers import notes

if TYPE_CHECKING:
    from experiments.calibration.history_matching import History
    from experiments.calibration.search import Calibration


def calibrate(
    county: County,
    sets: Annotated[
        int | None, typer.Option(min=1, help="Passing sets wanted; default as the file says.")
    ] = None,
    most: Annotated[
        int | None, typer.Option(min=16, help="Most sets to simulate; default as the file says.")
    ] = None,
    jobs: Jobs = None,
    out: Annotated[
        Path | None, typer.Option(help="New folder for the files; default caremarket-results/…")
    ] = None,
    resume: Resume = False,
    set_: Set = None,
    override: Override = None,
    commissioning: Commissioning = None,
) -> None:
    """Find many sets of the county's unknown parameters that meet its published figures."""
    from experiments.calibration.folder import lines, write_found
    from experiments.calibration.history_matching import columns_of, explore
    from experiments.calibration.search import calibration_of
    from experiments.engine.journal import Journal, begin_or_go_on, work_folder

    values, faults = read_settings(set_)
    base = Base(county, tuple(override or ()), values, commissioning)
    wanted = {"wanted_sets": sets, "most_sets": most}
    changed = {name: value for name, value in wanted.items() if value is not None}
    calibration = calibration_of(base, *faults, *target_faults(county), changed=changed)
    tell(notes(calibration.scenario))
    name = f"calibrate-{calibration.scenario.code}-{calibration.identity['calibration'][:8]}"
    folder, wrong = work_folder(out, name, resume=resume)
    if wrong:
        raise ScenarioError(wrong)
    begin_or_go_on(folder, calibration.identity, resume=resume)
    journal = Journal(folder / "sets.csv", columns_of(calibration))
    history = searched(calibration, journal, explore, processes(jobs), folder)
    write_found(folder, calibration, history)
    typer.echo("\n".join(lines(calibration, history)))
    typer.echo(f"Files: {folder} (plausible.csv, plausible.md, parameters.csv; sets.csv has all)")
    if len(history.passing) < calibration.search.wanted_sets:
        raise typer.Exit(TOO_FEW)


def searched(
    calibration: Calibration,
    journal: object,
    explore: Callable[..., History],
    jobs: int,
    folder: Path,
) -> History:
    """The search, with progress; what is done is kept if it is interrupted."""
    from experiments.engine.screen import stages

    def simulate(trials: Sequence[Trial]) -> Iterator[tuple[int, dict[str, float] | Failed]]:
        return carried_out(try_out, trials, jobs)

    try:
        with stages() as told:
            return explore(calibration, journal, simulate, told)
    except KeyboardInterrupt:
        typer.echo(
            f"Interrupted; what was simulated is kept. Go on with: caremarket calibrate "
            f"{calibration.base.county} --resume --out {folder} (and the same options)",
            err=True,
        )
        raise typer.Exit(INTERRUPTED) from None
