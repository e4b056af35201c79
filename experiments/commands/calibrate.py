"""``caremarket calibrate``: sets of parameters without a source that meet the published figures."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

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
from experiments.commands.whole import within
from sim.scenario import Fault
from sim.scenario.faults import Place
from sim.scenario.text_files import LARGEST

if TYPE_CHECKING:
    from experiments.calibration.work import Base, Trial
    from experiments.engine.carrying import Engine
    from experiments.engine.screen import Screen
    from experiments.results.provenance import Failed

EXAMPLES = {
    "Norfolk, which takes hours": "caremarket calibrate norfolk",
    "Your own county, with the sets put into its folder": (
        "caremarket calibrate my-county --sets 24 --to my-county"
    ),
}


def calibrate(
    county: County,
    sets: Annotated[
        int | None,
        typer.Option(
            metavar="NUMBER",
            callback=within(1, LARGEST),
            help="How many sets of values to find. If left out, as calibration.toml says.",
        ),
    ] = None,
    most: Annotated[
        int | None,
        typer.Option(
            metavar="NUMBER",
            callback=within(16, LARGEST),
            help="Most sets to try: 16 or more. If left out, as calibration.toml says.",
        ),
    ] = None,
    untaught: Annotated[
        bool,
        typer.Option(
            "--untaught",
            help="Also vary the parameters about which no published figure says anything.",
        ),
    ] = False,
    to: Annotated[
        Path | None,
        typer.Option(
            metavar="FOLDER",
            help="Your county's folder: put the sets there, where `caremarket bands` reads them.",
        ),
    ] = None,
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
    """Find many sets of values for what is unknown that all fit the published figures."""
    from experiments.asking.asked import tell
    from experiments.asking.settings import read_settings
    from experiments.calibration.folder import screen_of, write_found
    from experiments.calibration.history_matching import NotSimulatedError, explore
    from experiments.calibration.search import calibration_of
    from experiments.calibration.taught import notes_of, taught_by
    from experiments.calibration.work import TRIALS, Base
    from experiments.engine.sending import refuse_to_send
    from experiments.fit.targets import target_faults
    from sim.scenario.levers import notes

    way = WorkOptions(out, jobs, cluster, resume, retry_failed, brief=brief, full=full)
    values, faults = read_settings(set_)
    base = Base(county, tuple(override or ()), values, commissioning)
    wanted = {"wanted_sets": sets, "most_sets": most}
    changed = {name: value for name, value in wanted.items() if value is not None}
    wrong = (*faults, *target_faults(county), *way.faults(), *place_faults(to, base))
    calibration = calibration_of(base, *wrong, changed=changed, untaught=untaught)
    tell([*notes(calibration.scenario), *notes_of(calibration)])
    refuse_to_send(cluster, calibration.scenario)
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
        write_found(folder, calibration, history, told, sys.argv[1:])
    enough = len(history.passing) >= calibration.search.wanted_sets
    if to is not None and enough:
        typer.echo(f"Plausible sets: {put_into(to, folder, base.overrides, untaught=untaught)}")
    end(
        screen_of(calibration, history, told).lines(brief=brief, full=full),
        folder,
        "plausible.md; plausible.csv, learning.csv; sets.csv has all",
        waves.failed,
    )
    if not enough:
        raise typer.Exit(TOO_FEW)


def place_faults(to: Path | None, base: Base) -> Iterator[Fault]:
    """Why plausible sets cannot be put into a county's folder."""
    if to is None:
        return
    place = Place(f"--to {to}")
    if not (to / "county.toml").is_file():
        yield Fault(place, "it has no county.toml", "Name the county's folder")
    if base.settings or base.commissioning:
        wrong = "a reading is named by its overrides, but --set or --commissioning is given too"
        yield Fault(place, wrong, "Write them as an override of overrides.toml, or leave out --to")


def put_into(county: Path, made: Path, overrides: Sequence[str], *, untaught: bool) -> Path:
    """Put the plausible sets of a reading where they are read, with how they were found."""
    from experiments.study.draws import sets_place

    place = county / sets_place(overrides, untaught=untaught)
    place.parent.mkdir(exist_ok=True)
    shutil.copy(made / "plausible.csv", place)
    shutil.copy(made / "plausible.toml", place.with_suffix(".toml"))
    return place


@dataclass
class Waves:
    """Simulates the sets of one wave after another; ``failed``: those without a result so far."""

    engine: Engine
    screen: Screen
    depends_on: Mapping[str, str]
    failed: list[Failed] = field(default_factory=list)

    def simulate(self, trials: Sequence[Trial], wave: str) -> list[dict[str, float] | Failed]:
        """What each set gives, or that it failed. Raises WorkersError if one was lost."""
        from experiments.calibration.work import items_of
        from experiments.engine.executors import WorkersError
        from experiments.engine.work import failed_items
        from experiments.results.provenance import Failed

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
