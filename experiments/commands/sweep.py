"""``caremarket sweep``: carry a study out, however long it takes and however often it stops."""

from __future__ import annotations

from dataclasses import dataclass
from math import fsum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from experiments.commands.carrying import WorkOptions, ending
from experiments.commands.endings import SOME_FAILED
from experiments.commands.options import Brief, Cluster, Full, Jobs, OwnCode, Resume, RetryFailed
from experiments.words.lines import wrapped
from sim.scenario import Fault, ScenarioError
from sim.scenario.amounts import counted, duration, size
from sim.scenario.faults import Place, nearest

if TYPE_CHECKING:
    from experiments.study.shares import Share
    from experiments.study.study import Cell, Study

EXAMPLES = {
    "What a study would cost, without running it": "caremarket sweep first_steps --dry-run",
    "A first study, into a folder of its own": "caremarket sweep first_steps --out my-study",
    "Continue it after an interruption": "caremarket sweep my-study",
}


def sweep(
    study: Annotated[
        str,
        typer.Argument(
            metavar="STUDY",
            help="A study file (TOML), the name of a study that comes with caremarket, such as "
            "first_steps, or the folder of a study that was begun.",
        ),
    ],
    out: Annotated[
        Path | None,
        typer.Option(
            metavar="FOLDER",
            help="Folder for the study. If left out, a new one in caremarket-results/.",
        ),
    ] = None,
    jobs: Jobs = None,
    resume: Resume = False,
    retry_failed: RetryFailed = False,
    dry_run: Annotated[
        bool,
        typer.Option(
            "--dry-run",
            help="Say what would be run, how long it would take and how much disk it needs.",
        ),
    ] = False,
    cluster: Cluster = None,
    run: Annotated[
        str | None,
        typer.Option(metavar="SCENARIO/DRAW/REPLICATION", help="Carry out this one run alone."),
    ] = None,
    part: Annotated[
        str | None,
        typer.Option(
            metavar="N/OF",
            help="Carry out this part of the runs alone, for example 3/20. `caremarket merge` "
            "puts the parts together.",
        ),
    ] = None,
    own_code: OwnCode = False,
    so_far: Annotated[
        bool,
        typer.Option(
            "--so-far",
            help="Make tables of the runs that have finished, and run nothing.",
        ),
    ] = False,
    brief: Brief = False,
    full: Full = False,
) -> None:
    """Carry out a study: its scenarios, each many times and with different values, compared."""
    from experiments.commands.studying import carry_out_part, carry_out_study, tell
    from experiments.study.begun import default_folder, is_begun, read_study, version_faults
    from experiments.study.freezing import study_of
    from experiments.study.own_files import own_code_faults
    from experiments.study.shares import folder_of, parting_faults, read_share, share_of

    begun = Path(study)
    resume = resume or retry_failed
    share, faults = (None, []) if part is None else share_of(part)
    if part is not None and (run is not None or so_far):
        place = Place(f"--part {part}")
        faults.append(Fault(place, "it cannot be used with --run or --so-far", "Leave it out"))
    if is_begun(begun):
        wanted, out, resume = read_study(begun), out or begun, True
        faults += version_faults(begun, wanted) if run is not None else []
        faults += own_code_faults(wanted.own, Place(study), allowed=own_code or so_far)
        if faults:
            raise ScenarioError(faults)
    else:
        wanted = study_of(study, *_out_faults(out, resume), *faults, own_code=own_code)
    share = share or read_share(out if out is not None and is_begun(out) else begun)
    if share is not None and (faults := parting_faults(share, wanted)):
        raise ScenarioError(faults)
    if so_far:
        way = WorkOptions(brief=brief, full=full)
        tabulate_so_far(wanted, out or default_folder(wanted), way)
        return
    if run is not None:
        carry_out_one(wanted, run)
        return
    folder = out or default_folder(wanted)
    folder = folder_of(folder, share) if share and not out else folder
    if dry_run:
        typer.echo("\n".join(wrapped(foreseen(wanted, folder, jobs, share))))
        return
    if wrong := _out_faults(folder, resume):
        raise ScenarioError(wrong)
    way = WorkOptions(folder, jobs, cluster, resume, retry_failed, None, brief, full)
    again = ["caremarket", "sweep", study, "--resume", "--out", str(folder)]
    again += ["--own-code"] if own_code else []
    if share is not None:
        again += ["--part", str(share)]
        carry_out_part(wanted, folder, way, share, again=again)
        return
    tell(carry_out_study(wanted, folder, way, again=again), folder, way)


def tabulate_so_far(study: Study, folder: Path, way: WorkOptions) -> None:
    """Tables of the runs that have finished, in a folder of their own that says so."""
    from experiments.commands.studying import tell
    from experiments.study.begun import is_begun, read_study
    from experiments.study.folder import so_far_into

    if not is_begun(folder):
        wrong = "it does not hold a study"
        raise ScenarioError([Fault(Place(str(folder)), wrong, "Begin it, or name its folder")])
    with ending(folder, ["caremarket", "sweep", str(folder), "--so-far"], "runs"):
        results, target = so_far_into(folder, read_study(folder))
    tell(results, target, way)


def _out_faults(out: Path | None, resume: bool) -> list[Fault]:
    from experiments.study.begun import folder_faults

    return [] if out is None else folder_faults(out, resume=resume)


def foreseen(study: Study, folder: Path, jobs: int | None, share: Share | None = None) -> list[str]:
    """What would be run, how long it takes and how large it is, by a trial or an estimate."""
    from experiments.asking.telling import processes, sizes
    from experiments.commands.studying import run_of

    cores = processes(jobs)
    trial = trial_of(study)
    plan, draws = study.replications, len(study.draws)
    numbers = [plan.number] if plan.within is None else [plan.number, plan.at_most]
    runs = [draws * len(study.scenarios) * number for number in numbers]
    runs = [share.runs(study)] if share else runs
    said = "nothing was run or written" + ("" if trial.estimated else " but the trial")
    return [
        f"{study.name}: {said}.",
        f"  scenarios     {len(study.scenarios)}: "
        + ", ".join(named.name for named in study.scenarios),
        f"  draws         {draws:,}"
        + (f" ({study.draws.method.replace('_', ' ')})" if study.draws.varied else ""),
        *(f"    {one.role:12}{one.path}" for one in study.draws.varied),
        f"  replications  {plan.number:,}"
        + ("" if plan.within is None else f" to {plan.at_most:,}, until {plan.outcome} is known"),
        f"  runs          {' to '.join(f'{number:,}' for number in runs)}"
        + (f" (part {share})" if share else ""),
        f"  a run         {sizes(run_of(study))} (estimate)",
        f"  time          {_range([duration(n * trial.seconds / cores) for n in runs])} on "
        f"{counted(cores, 'core')} ({trial.seconds:.1f} s a run{trial.how})",
        f"  disk          {_range([size(n * trial.bytes) for n in runs])} "
        f"({size(trial.bytes)} a run, weekly = {study.keep!r}{trial.how})",
        f"  tables        {_range([f'{n:,}' for n in runs])} rows of runs, "
        f"up to {rows_of_figures(study):,} rows of figures",
        f"  folder        {folder}",
        *trial.failed,
    ]


@dataclass(frozen=True, slots=True)
class Trial:
    """What a run takes: processor time and bytes on disk."""

    seconds: float
    bytes: float
    estimated: bool = False
    failed: tuple[str, ...] = ()

    @property
    def how(self) -> str:
        """Said where it is not measured."""
        return ", estimate: too long for a trial" if self.estimated else ""


def trial_of(study: Study) -> Trial:
    """The first and the last scenario, carried out once; estimated where that takes minutes."""
    import sys

    from experiments.asking.telling import LARGE_BYTES, LONG_SECONDS
    from experiments.commands.studying import run_of, seconds_of
    from experiments.engine.parts import as_bytes
    from experiments.engine.work import outcome
    from experiments.study.study import Cell
    from experiments.study.work import CELLS

    whole = run_of(study)
    ends = sorted({0, len(study.scenarios) - 1})
    if len(ends) * whole.seconds > LONG_SECONDS or whole.bytes > LARGE_BYTES:
        one = seconds_of(study, 1) / (len(study.scenarios) * len(study.draws))
        county = whole.result_bytes / len(study.scenarios[0].scenario.areas)
        kept = {"none": 0.0, "county": county, "areas": whole.result_bytes}
        return Trial(one, kept[study.keep], estimated=True)
    typer.echo("A trial of one or two runs, to see how long they take …", err=True)
    sys.stderr.flush()
    trials = [outcome(CELLS, study.item(Cell(number, 0, 0))) for number in ends]
    failed = [f"  NOTE: the trial failed: {done.error}" for done in trials if done.failed]
    return Trial(
        fsum(done.seconds for done in trials) / len(trials),
        sum(len(as_bytes(done, CELLS.kind)) for done in trials) / len(trials),
        failed=tuple(failed),
    )


def rows_of_figures(study: Study) -> int:
    """Rows of the table of figures: one a scenario, draw and outcome, and one for all draws."""
    draws = len(study.draws)
    return len(study.scenarios) * len(study.declared) * (draws + 1 if draws > 1 else 1)


def _range(ends: list[str]) -> str:
    return ends[0] if len(set(ends)) == 1 else f"{ends[0]} to {ends[-1]}"


def cell_of(study: Study, text: str) -> Cell:
    """A run by its words. Raises ScenarioError."""
    from experiments.study.study import Cell

    name, _, rest = text.partition("/")
    draw, _, replication = rest.partition("/")
    names = [named.name for named in study.scenarios]
    place = Place(f"--run {text}")
    faults = []
    if name not in names:
        faults.append(Fault(place, f"there is no scenario {name!r}", nearest(name, names)))
    if not draw.isdecimal() or int(draw) >= len(study.draws):
        cure = f"Give 0 to {len(study.draws) - 1}, as in {names[0]}/0/0"
        faults.append(Fault(place, f"there is no draw {draw!r}", cure))
    if not replication.isdecimal():
        cure = f"Give a whole number, as in {names[0]}/0/0"
        faults.append(Fault(place, f"there is no replication {replication!r}", cure))
    if faults:
        raise ScenarioError(faults)
    return Cell(names.index(name), int(draw), int(replication))


def carry_out_one(study: Study, text: str) -> None:
    """One run by itself, in this process; an error is shown in full."""
    import traceback

    from experiments.study.work import reduced
    from experiments.words.amounts import amount, with_unit

    cell = cell_of(study, text)
    item = study.item(cell)
    typer.echo(f"Run {item.label} of {study.name}, seed {study.seed}: {item.identity[:8]}")
    for path, value in item.task.values.items():
        typer.echo(f"  {path} = {value}")
    try:
        result = reduced(item.task)
    except Exception:
        typer.echo(traceback.format_exc(), err=True)
        typer.echo("FAILED: the error above", err=True)
        raise typer.Exit(SOME_FAILED) from None
    for name, value in result.figures.items():
        outcome = study.declared[name]
        typer.echo(f"{name}: {with_unit(amount(value, outcome.unit), outcome)}")
