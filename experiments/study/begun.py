"""The folder of a study: what it depends on, its parts, and later its tables.

study.json, scenarios/NAME.json   the frozen study, enough to go on with it anywhere; of a caseload
                                  the hash alone, so that the user's file must be there
own_code/NAME.py                  Python that it brings, if any
part.json                         which part of it was asked for, if not all
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
from experiments.study import own_files
from experiments.study.draws import EXTENDED, Draws
from experiments.study.finished import MANIFEST
from experiments.study.own_code import FOLDER as OWN_CODE
from experiments.study.shares import SHARE, Share, keep_share, share_faults
from experiments.study.study import DRAWS, Study, as_json, from_json
from experiments.study.work import CELLS
from sim.scenario import Fault, Scenario, ScenarioError
from sim.scenario.caseload import with_rows
from sim.scenario.faults import Place
from sim.scenario.text_files import is_file

STUDY = "study.json"
SCENARIOS = "scenarios"
PARTS = "parts"
BEFORE_STUDY = {SCENARIOS, SHARE, OWN_CODE}


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
        if resume and set(strange) <= BEFORE_STUDY:  # it ended before study.json was written
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
    place = Place(str(folder))
    cure = "Put it back as it was, or start again in another folder (leave out --out)"
    differ = [key for key in dict.fromkeys([*was, *now]) if was.get(key) != now.get(key)]
    faults = [
        Fault(
            place,
            f"it was begun with another {key} ({short(was.get(key))}, now {short(now.get(key))})",
            cure,
        )
        for key in differ
        if key != DRAWS
    ]
    if DRAWS not in differ or study.draws.adds_to(begun.draws):
        return faults
    wrong, cure = why_not_added(begun.draws, study.draws)
    return [*faults, Fault(place, wrong, cure)]


def why_not_added(was: Draws, now: Draws) -> tuple[str, str]:
    """Why draws are none that add to those that a study was begun with, and what to do."""
    anew = "Start again in another folder (leave out --out)"
    if was.design != now.design or len(was) == len(now):
        cure = "Put it back as it was, or start again in another folder (leave out --out)"
        return "it was begun with another set of draws", cure
    if was.adds_to(now):
        cure = "Ask for as many or more, or start again in another folder"
        return f"it has {len(was):,} draws already, and {len(now):,} are asked for", cure
    if now.method in EXTENDED:
        return f"the {len(now):,} draws do not begin with the {len(was):,} it was begun with", anew
    name = now.method.replace("_", " ")
    wrong = f"{len(now):,} draws of {name} do not begin with the {len(was):,} it was begun with"
    return wrong, f"{anew}: draws can be added only to sobol, list and plausible"


def version_faults(folder: Path, study: Study) -> list[Fault]:
    """Why runs of this version may not join a study's, if they may not."""
    if study.made_with == made_with():
        return []
    wrong = "the study was made with another version of the model, of Python or of a library"
    cure = "Go on with that version, or start again with this one"
    return [Fault(Place(str(folder)), wrong, cure)]


@contextmanager
def opened(
    folder: Path, study: Study, *, resume: bool, share: Share | None = None
) -> Iterator[Study]:
    """Begin a study, or a share of it, or go on with it, alone in its folder. Raises ScenarioError.

    What it gives is the study as the folder has it, which may have been extended.
    """
    wrong = folder_faults(folder, resume=resume)
    if wrong:
        raise ScenarioError(wrong)
    refuse_unwritable(folder)
    with held(folder):
        if is_begun(folder):
            wrong = [*belongs(folder, study), *share_faults(folder, share)]
            if wrong:
                raise ScenarioError(wrong)
            begun = read_study(folder)
            wrong = [*version_faults(folder, begun), *_added_to_a_share(begun, study, share)]
            if wrong:
                raise ScenarioError(wrong)
            study = with_draws_added(folder, begun, study.draws)
        else:
            # a study that was read from a folder may be of another version than this
            if wrong := version_faults(folder, study):
                raise ScenarioError(wrong)
            begin(folder, study, share)
        parts_of(folder).sweep_up()
        yield study


def with_draws_added(folder: Path, begun: Study, draws: Draws) -> Study:
    """The study with more draws, kept in its folder, if they add to its own; else as it was."""
    if not draws.adds_to(begun.draws):
        return begun
    (folder / MANIFEST).unlink(missing_ok=True)  # its tables are no longer those of the study
    more = replace(begun, draws=draws)
    keep(folder, more)
    return more


def _added_to_a_share(begun: Study, study: Study, share: Share | None) -> list[Fault]:
    if share is None or not study.draws.adds_to(begun.draws):
        return []
    wrong = "draws cannot be added to a part, because its runs would change"
    cure = "Merge the parts first and add draws to the whole, or start the parts again"
    return [Fault(Place(f"--part {share}"), wrong, cure)]


def begin(folder: Path, study: Study, share: Share | None = None) -> None:
    """Write what the study depends on; study.json last: if it is there, all is."""
    from experiments.results.outputs import scenario_text

    for named in study.scenarios:
        path = folder / SCENARIOS / f"{named.name}.json"
        write_whole(path, scenario_text(named.scenario).encode("utf-8"))
    if study.own is not None:
        own_files.keep_files(folder, study.own.code)
    if share is not None:
        keep_share(folder, share)
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
        raise ScenarioError([Fault(Place(str(folder)), "it does not hold a study", cure)])
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
        scenarios = {
            one["name"]: _scenario_in(folder / SCENARIOS / f"{one['name']}.json")
            for one in told["scenarios"]
        }
        own = told.get("own_code")
        return from_json(told, scenarios, own and own_files.from_json(own, folder))
    except ScenarioError:  # the file of its caseload is not what it was
        raise
    except (OSError, ValueError, KeyError, TypeError) as error:
        wrong = f"the study cannot be read ({type(error).__name__}: {error})"
        raise ScenarioError(
            [Fault(Place(str(path)), " ".join(wrong.split()), "Start again in another folder")]
        ) from error


def _scenario_in(path: Path) -> Scenario:
    """A scenario as it was written, its caseload read again. Raises ScenarioError, ValueError."""
    told = json.loads(path.read_text(encoding="utf-8"))
    return Scenario.model_validate_json(with_rows(told))


def extended(folder: Path, study: Study, replications: int) -> Study:
    """The study with so many replications in all, kept in its folder."""
    more = replace(study, replications=replace(study.replications, extended=replications))
    keep(folder, more)
    return more
