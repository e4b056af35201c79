"""``caremarket compare``: scenarios by name, each held against the first."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from experiments.commands.carrying import WorkOptions, again, ending
from experiments.commands.options import (
    WHICH_COUNTY,
    Brief,
    Cluster,
    Commissioning,
    Full,
    Jobs,
    Out,
    Replications,
    Resume,
    RetryFailed,
    Seed,
    Until,
)
from sim.scenario import Fault, ScenarioError
from sim.scenario.dates import date_at
from sim.scenario.faults import Place, nearest

if TYPE_CHECKING:
    from experiments.study.file import StudyFile
    from experiments.study.study import Study

AS_IS = "as_is"
USUAL = (
    "uncovered_hours_total",
    "list_people_last_year",
    "days_to_source_p90",
    "vacancy_share_last_year",
    "legacy_only_carers_last_year",
    "spend_last_year",
)
"""What is compared unless the user says: care, waiting, carers, fallback, money."""

EXAMPLES = {
    "More people take up care work in the small county": (
        "caremarket compare as_is more_newcomers --county small"
    ),
    "Norfolk if many carers move with their people, and if none do": (
        "caremarket compare most_staff_move staff_do_not_move -r 20"
    ),
}


def compare(
    scenarios: Annotated[
        list[str],
        typer.Argument(
            metavar="SCENARIO...",
            help="Two or more names; the others are compared with the first. A name is as_is (the "
            "county unchanged) or a change from its overrides.toml; a+b applies both. With "
            "--study: names of the study's scenarios.",
        ),
    ],
    study: Annotated[
        Path | None,
        typer.Option(
            metavar="FOLDER", help="Compare scenarios of this finished study; run nothing."
        ),
    ] = None,
    county: Annotated[str, typer.Option(metavar="COUNTY", help=WHICH_COUNTY)] = "norfolk",
    replications: Replications = 10,
    outcome: Annotated[
        list[str] | None,
        typer.Option(
            "--outcome",
            metavar="NAME",
            help="The outcome to compare, for example list_people_last_year. Repeat for more.",
        ),
    ] = None,
    seed: Seed = 1,
    out: Out = None,
    until: Until = None,
    commissioning: Commissioning = None,
    jobs: Jobs = None,
    resume: Resume = False,
    retry_failed: RetryFailed = False,
    cluster: Cluster = None,
    brief: Brief = False,
    full: Full = False,
) -> None:
    """Compare changes to a county on the same people, carers and shocks, with 95% intervals."""
    from experiments.commands.studying import carry_out_study, tell
    from experiments.study.begun import default_folder, is_begun
    from experiments.study.freezing import frozen

    if study is not None:
        told = WorkOptions(out, brief=brief, full=full)
        compare_finished(study, scenarios, outcome or (), told)
        return
    faults = few_faults(scenarios)
    asked = asked_for(county, scenarios, replications, outcome or USUAL, seed)
    last: date | None = None
    if until is not None:
        last, wrong = date_at(Place(f"--until {until}"), until)
        faults += wrong
    asked = asked.model_copy(update={"commissioning": commissioning, "until": last})
    try:
        wanted = frozen(asked, Path("command line"))
    except ScenarioError as error:
        raise ScenarioError([*faults, *as_asked(error.faults, scenarios)]) from None
    if faults:
        raise ScenarioError(faults)
    folder = out or default_folder(wanted)
    # the folder's name says what it depends on: the same comparison is always gone on with
    way = WorkOptions(
        folder,
        jobs,
        cluster,
        resume or out is None or is_begun(folder),
        retry_failed,
        brief=brief,
        full=full,
    )
    tell(carry_out_study(wanted, folder, way, again=again(folder)), folder, way)


def few_faults(scenarios: Sequence[str]) -> list[Fault]:
    """Fewer than two scenarios, or one named twice."""
    if len(scenarios) < 2:
        cure = f"Name two or more, such as {AS_IS} and legacy_retainer"
        return [Fault(Place("compare"), "one scenario cannot be compared with itself", cure)]
    return [
        Fault(Place(name), "it is named twice", "Name each once")
        for name in sorted({name for name in scenarios if scenarios.count(name) > 1})
    ]


def asked_for(
    county: str, scenarios: Sequence[str], replications: int, outcomes: Sequence[str], seed: int
) -> StudyFile:
    """What was asked for, as a study's file would tell it. Raises ScenarioError."""
    from experiments.study.file import StudyFile, WantedReplications, shaped

    told, faults = shaped(
        StudyFile,
        {
            "name": "compare",
            "county": county,
            "seed": seed,
            "outcomes": tuple(outcomes),
            "replications": WantedReplications(number=replications),
            "scenarios": [
                {"name": name, "overrides": [] if name == AS_IS else name.split("+")}
                for name in dict.fromkeys(scenarios)
            ],
        },
        "command line",
    )
    if told is None:
        raise ScenarioError(faults)
    return told


def as_asked(faults: Sequence[Fault], scenarios: Sequence[str]) -> list[Fault]:
    """Faults where the command line has their cause."""
    told = []
    for fault in faults:
        key = fault.place.column or ""
        where, _, name = key.partition(", ")
        if where.endswith("overrides"):
            which = next((text for text in scenarios if name in text.split("+")), name)
            place = Place(which)
            told.append(Fault(place, fault.wrong, f"{fault.cure} (or {AS_IS})"))
        elif key == "until":
            told.append(Fault(Place("--until"), fault.wrong, fault.cure))
        elif key == "county":
            told.append(Fault(Place("--county"), fault.wrong, fault.cure))
        elif key.startswith("outcomes"):
            told.append(Fault(Place("--outcome"), fault.wrong, fault.cure))
        else:
            told.append(fault)
    return told


def compare_finished(
    folder: Path, scenarios: Sequence[str], outcomes: Sequence[str], way: WorkOptions
) -> None:
    """Compare scenarios of a study that is there; nothing is run."""
    from experiments.commands.studying import tell
    from experiments.engine.parts import DamagedError
    from experiments.results.outputs import new_folder
    from experiments.study.begun import is_begun, parts_of, read_study
    from experiments.study.finished import finished_replications
    from experiments.study.folder import tables_into
    from experiments.study.progress import noted

    study, out = read_study(folder), way.out
    replications = finished_replications(folder)
    faults = [*few_faults(scenarios), *unknown_faults(study, scenarios, outcomes)]
    if replications is None:
        cure = "Let it finish: caremarket sweep … --resume"
        faults.append(Fault(Place(str(folder)), "the study has not finished", cure))
    if out is not None and is_begun(out):
        faults.append(Fault(Place(f"--out {out}"), "it holds a study", "Name a new folder"))
    target = folder / f"compare-{'-'.join(scenarios)}" if out is None else None
    if out is not None:
        try:
            target = new_folder(out, "compare")
        except ScenarioError as error:
            faults += error.faults
    if faults or replications is None or target is None:
        raise ScenarioError(faults)
    chosen = {named.name: named for named in study.scenarios}
    part = replace(
        study,
        scenarios=tuple(chosen[name] for name in scenarios),
        outcomes=tuple(outcomes) or study.outcomes,
    )
    try:
        progress = noted(part, parts_of(folder), replications)
    except (DamagedError, FileNotFoundError) as error:
        wrong = f"a run is damaged or missing ({error})"
        cure = f"To repair it: caremarket sweep {folder}"
        raise ScenarioError([Fault(Place(str(folder)), wrong, cure)]) from error
    with ending(target, ["caremarket", *sys.argv[1:]], "runs"):
        results = tables_into(target, part, parts_of(folder), progress)
    tell(results, target, way)


def unknown_faults(study: Study, scenarios: Sequence[str], outcomes: Sequence[str]) -> list[Fault]:
    """Scenarios and outcomes that the study does not have."""
    from experiments.study.possible import impossible_in

    names = [named.name for named in study.scenarios]
    known = list(study.declared)
    return [
        *(
            Fault(Place(name), f"the study {study.name} has no such scenario", nearest(name, names))
            for name in dict.fromkeys(scenarios)
            if name not in names
        ),
        *(
            Fault(Place(f"--outcome {name}"), "there is no such outcome", nearest(name, known))
            for name in outcomes
            if name not in known
        ),
        *(
            fault
            for name in outcomes
            if name in known
            for fault in impossible_in(study, name, Place(f"--outcome {name}"))
        ),
    ]
