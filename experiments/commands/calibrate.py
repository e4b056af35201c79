"""``caremarket calibrate``: sets of parameters without a source that meet the published figures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated

import typer

from experiments.asking.asked import tell
from experiments.asking.settings import read_settings
from experiments.calibration.work import TRIALS, Base, Trial, items_of
from experiments.commands.carrying import WorkOptions, carrying, end, tell_failed
from experiments.commands.endings import SOME_FAILED, TOO_FEW
from experiments.commands.options import (
    Brief,
    Cluster,
    Commissioning,
    County,
    Full,
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

if TYPE_CHECKING:
    from experiments.engine.carrying import Engine
    from experiments.engine.screen import Screen


def calibrate(
    county: County,
    sets: Annotated[
        int | None, typer.Option(min=1, help="Passing sets wanted; default as the file says.")
    ] = None,
    most: Annotated[
        int | None, typer.Option(min=16, help="Most sets to simulate; default as the file says.")
    ] = None,
    untaught: Annotated[
        bool,
        typer.Option(
            "--untaught", help="Vary the parameters too that no published figure teaches."
        ),
    ] = False,
    jobs: Jobs = None,
    out: Out = None,
    resume: Resume = False,
    retry_failed: RetryFailed = False,
    cluster: Cluster = None,
    set_: Set = None,
    override: Override = None,
    commissioning: Commissioning = None,
    brief: Brief = False,
    full: Full = False,
) -> None:
    """Find many sets of the county's unknown parameters that meet its published figures."""
    from experiments.calibration.folder import screen_of, write_found
    from experiments.calibration.history_matching import NotSimulatedError, explore
    from experiments.calibration.search import calibration_of
    from experiments.calibration.taught import notes_of, taught_by

    way = WorkOptions(out, jobs, cluster, resume, retry_failed, brief=brief, full=full)
    values, faults = read_settings(set_)
    base = Base(county, tuple(override or ()), values, commissioning)
    wanted = {"wanted_sets": sets, "most_sets": most}
    changed = {name: value for name, value in wanted.items() if value is not None}
    wrong = (*faults, *target_faults(county), *way.faults())
    calibration = calibration_of(base, *wrong, changed=changed, untaught=untaught)
    tell([*notes(calibration.scenario), *notes_of(calibration)])
    depends_on = calibration.identity
    name = f"calibrate-{calibration.scenario.code}-{depends_on['calibration'][:8]}"
    folder, seed = way.folder(name), calibration.search.seed
    what = "sets of this wave and before"
    with carrying(TRIALS, folder, depends_on, way, what) as (engine, screen):
        waves = Waves(engine, screen, depends_on)
        try:
            history = explore(calibration, waves.simulate)
        except NotSimulatedError as error:
            tell_failed(waves.failed, seed)
            typer.echo(f"FAILED: {error}", err=True)
            raise typer.Exit(SOME_FAILED) from error
        tell_failed(waves.failed, seed)
        screen.say("What each parameter learns")
        told = taught_by(calibration, history)
        write_found(folder, calibration, history, told)
    end(
        screen_of(calibration, history, told).lines(brief=brief, full=full),
        folder,
        "plausible.md; plausible.csv, learning.csv; sets.csv has all",
        waves.failed,
    )
    if len(history.passing) < calibration.search.wanted_sets:
        raise typer.Exit(TOO_FEW)


@dataclass
class Waves:
    """Simulates the sets of one wave after another; ``failed``: those without a result so far."""

    engine: Engine
    screen: Screen
    depends_on: Mapping[str, str]
    failed: list[Failed] = field(default_factory=list)

    def simulate(self, trials: Sequence[Trial], wave: str) -> list[dict[str, float] | Failed]:
        """What each set gives, or that it failed. Raises WorkersError if one was lost."""
        from experiments.engine.executors import WorkersError
        from experiments.engine.work import failed_items

        self.screen.say(wave)
        items = items_of(trials, self.depends_on)
        done = self.engine.answers(items)
        if lost := [one.error for one in done if one.lost]:
            # the next waves would depend on the machine's luck
            raise WorkersError(f"a set was lost ({lost[0]})")
        self.failed += failed_items(items, done)
        return [
            Failed(item.label, one.error) if one.failed else one.found
            for item, one in zip(items, done, strict=True)
        ]
