"""The folder of a study: what it depends on, its parts, and later its tables.

study.json, scenarios/NAME.json   the frozen study, enough to go on with it anywhere
parts/                            a file for every finished run
runs.csv, differences.csv, …      tables, made from the parts when the study has finished
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from experiments.engine.folder import refuse_unwritable, short, strangers
from experiments.engine.parts import Parts, held, write_whole
from experiments.engine.work import made_with
from experiments.results.folders import RESULTS, unusable
from experiments.study.study import Study, as_json, from_json
from experiments.study.work import CELLS
from sim.scenario import Fault, Scenario, ScenarioError
from sim.scenario.faults import Place
from sim.scenario.text_files import is_file

STUDY = "study.json"
SCENARIOS = "scenarios"
PARTS = "parts"


def default_folder(study: Study) -> Path:
    """Where a study goes unless the user says: the same study, the same folder."""
    return RESULTS / f"{study.name}-{study.whole_identity[:8]}"


def parts_of(folder: Path) -> Parts:
    """The finished runs in a study's folder."""
    return Parts(folder / PARTS, CELLS.kind)


def is_begun(folder: Path) -> bool:
    """Whether a study's work is in the folder."""
    return is_file(folder / STUDY)


def folder_faults(folder: Path, *, resume: bool) -> list[Fault]:
    """Why work cannot begin in, or go on in, a folder."""
    place = Place(f"--out {folder}")
    if wrong := unusable(folder):
        return wrong
    if not folder.is_dir():
        return []
    strange = strangers(folder)
    if is_begun(folder) and not resume:
        cure = "Add --resume to go on with it, or name a new folder"
        return [Fault(place, "a study was begun there", cure)]
    if strange and not is_begun(folder):
        if resume and set(strange) <= {SCENARIOS}:  # it ended before study.json was written
            return []
        cure = "Name a new folder, so that nothing is overwritten"
        return [Fault(place, "it already holds something", cure)]
    return []


def belongs(folder: Path, study: Study) -> list[Fault]:
    """Why the work in a folder is not this study's, if it is not."""
    try:
        begun = read_study(folder)
    except ScenarioError as error:
        return error.faults
    was, now = begun.depends_on, study.depends_on
    cure = "Put it back as it was, or begin anew in another folder (leave out --out)"
    return [
        Fault(
            Place(str(folder)),
            f"it was begun with another {key} ({short(was.get(key))}, now {short(now.get(key))})",
            cure,
        )
        for key in dict.fromkeys([*was, *now])
        if was.get(key) != now.get(key)
    ]


def version_faults(folder: Path, study: Study) -> list[Fault]:
    """Why runs of this version may not join a study's, if they may not."""
    if study.made_with == made_with():
        return []
    wrong = "the study was made with another version of the model, of Python or of a library"
    cure = "Go on with that version, or begin it anew with this one"
    return [Fault(Place(str(folder)), wrong, cure)]


@contextmanager
def opened(folder: Path, study: Study, *, resume: bool) -> Iterator[Study]:
    """Begin a study or go on with it, alone in its folder. Raises ScenarioError.

    What it gives is the study as the folder has it, which may have been extended.
    """
    wrong = folder_faults(folder, resume=resume)
    if wrong:
        raise ScenarioError(wrong)
    refuse_unwritable(folder)
    with held(folder):
        if is_begun(folder):
            wrong = belongs(folder, study)
            if wrong:
                raise ScenarioError(wrong)
            study = read_study(folder)
            wrong = version_faults(folder, study)
            if wrong:
                raise ScenarioError(wrong)
        else:
            # a study that was read from a folder may be of another version than this
            if wrong := version_faults(folder, study):
                raise ScenarioError(wrong)
            begin(folder, study)
        parts_of(folder).sweep_up()
        yield study


def begin(folder: Path, study: Study) -> None:
    """Write what the study depends on; study.json last: if it is there, all is."""
    from experiments.results.outputs import scenario_text

    for named in study.scenarios:
        path = folder / SCENARIOS / f"{named.name}.json"
        write_whole(path, scenario_text(named.scenario).encode("utf-8"))
    keep(folder, study)


def keep(folder: Path, study: Study) -> None:
    """Write study.json."""
    text = json.dumps(as_json(study), indent=1, ensure_ascii=False, default=str) + "\n"
    write_whole(folder / STUDY, text.encode("utf-8"))


def read_study(folder: Path) -> Study:
    """The study in a folder. Raises ScenarioError if there is none or it was changed."""
    path = folder / STUDY
    if not path.is_file():
        cure = "Name the folder of a study (caremarket sweep says which it is)"
        raise ScenarioError([Fault(Place(str(folder)), "no study was begun in it", cure)])
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
        scenarios = {
            one["name"]: Scenario.model_validate_json(
                (folder / SCENARIOS / f"{one['name']}.json").read_text(encoding="utf-8")
            )
            for one in told["scenarios"]
        }
        return from_json(told, scenarios)
    except (OSError, ValueError, KeyError, TypeError) as error:
        wrong = f"the study cannot be read ({type(error).__name__}: {error})"
        raise ScenarioError(
            [Fault(Place(str(path)), " ".join(wrong.split()), "Begin anew in another folder")]
        ) from error


def extended(folder: Path, study: Study, replications: int) -> Study:
    """The study with so many replications in all, kept in its folder."""
    more = replace(study, replications=replace(study.replications, extended=replications))
    keep(folder, more)
    return more
