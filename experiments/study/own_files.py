"""Reading a study's own code from its files, and keeping it in the study's folder."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from importlib.metadata import packages_distributions
from pathlib import Path
from typing import Any, cast

from experiments.engine.parts import write_whole
from experiments.study.own_code import FOLDER, Brought, OwnCode, OwnCodeError, brought
from sim.outcomes.catalogue import declared
from sim.outcomes.registry import outcome_told, told_of
from sim.scenario import Fault, ScenarioError
from sim.scenario.faults import Place, shown
from sim.scenario.text_files import is_there, read_text

NAME = re.compile(r"[a-z][a-z0-9_]*\.py")
OUTCOME = re.compile(r"[a-z][a-z0-9_]*(\{tier\}[a-z0-9_]*)?")
OURS = {"sim", "experiments"}
WHY = "can do whatever you can"
READ_IT = "Read it, and if you trust it, add --own-code (in Python: own_code=True)"


def brought_by(
    names: Sequence[str], file: Path, tiers: Sequence[str], taken: Sequence[str], *, allowed: bool
) -> tuple[Brought | None, list[Fault]]:
    """The own code that a study's file names, or all that is wrong; it is run if ``allowed``.

    ``taken``: names that no outcome may have, beside those of the model's.
    """
    if not names:
        return None, []
    faults = list(_name_faults(names, file))
    files = []
    for number, name in enumerate(names, start=1):
        if not NAME.fullmatch(name):
            continue
        text, unread = read_text(file.parent / name, given=True)
        place = Place(file.name, None, f"own_code[{number}]")
        faults += [Fault(place, f"{name}: {one.wrong}", one.cure) for one in unread]
        if text is not None:
            files.append((name, text.replace("\r\n", "\n")))
            faults += _import_faults(name, text, names, file)
    if not allowed:
        wrong = f"it brings Python of its own ({', '.join(map(str, names))}), which {WHY}"
        faults.append(Fault(Place(file.name, None, "own_code"), wrong, READ_IT))
    if faults:
        return None, faults
    code = OwnCode(tuple(files))
    try:
        found = brought(code)
    except OwnCodeError as error:
        where, _, wrong = str(error).partition(": ")
        return None, [Fault(Place(where), wrong, "Correct it, or leave the file out of own_code")]
    faults = list(_outcome_faults(found, file, tiers, taken))
    return (None if faults else found), faults


def _name_faults(names: Sequence[str], file: Path) -> Iterator[Fault]:
    """Names that are those of no Python file beside the study's, or that another module has."""
    # A name that the user has imported from the same file, in a notebook, is no other module.
    installed = OURS | set(sys.stdlib_module_names) | set(packages_distributions())
    for number, name in enumerate(names, start=1):
        place = Place(file.name, None, f"own_code[{number}]")
        if not NAME.fullmatch(name):
            cure = "Give the name of a file beside the study's, such as mine.py: a to z, 0 to 9, _"
            yield Fault(place, f"{shown(name)} is not a valid name", cure)
        elif name in names[: number - 1]:
            yield Fault(place, f"{name!r} is given twice", "Name it once")
        elif Path(name).stem in installed:
            wrong = f"an installed module has the name {Path(name).stem} too"
            yield Fault(place, wrong, "Give the file another name")


def _import_faults(name: str, text: str, names: Sequence[str], file: Path) -> Iterator[Fault]:
    """Imports of what stands beside the study's file and is not listed: no identity knows it."""
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError):  # told when it is run
        return
    for node in ast.walk(tree):
        modules = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        if isinstance(node, ast.ImportFrom):
            modules = [node.module or ""]
        for module in modules:
            top = module.partition(".")[0]
            beside = is_there(file.parent / f"{top}.py") or is_there(file.parent / top)
            if top and beside and f"{top}.py" not in names:
                wrong = f"it imports {top}, which is in the study's folder but not listed"
                cure = f'List it too: own_code = ["{top}.py", "{name}"]'
                yield Fault(Place(f"{name}, line {cast(Any, node).lineno}"), wrong, cure)


def _outcome_faults(
    found: Brought, file: Path, tiers: Sequence[str], taken: Sequence[str]
) -> Iterator[Fault]:
    """Outcomes with names that tables cannot have, or have already."""
    model = {one.name for one in declared(tiers)} | set(taken)
    place = Place(file.name, None, "own_code")
    for one in found.outcomes:
        if not OUTCOME.fullmatch(one.name):
            cure = "Use a to z, 0 to 9 and _, and {tier} for one outcome for each tier"
            yield Fault(place, f"{shown(one.name)} is not a valid name for an outcome", cure)
            continue
        names = {one.name.format(tier=tier) for tier in tiers} if "{" in one.name else {one.name}
        if names & model:
            wrong = f"the tables have a column {min(names & model)!r} already"
            yield Fault(place, wrong, "Give the outcome another name")


def own_code_faults(found: Brought | None, place: Place, *, allowed: bool) -> list[Fault]:
    """That a study that was begun brings own code, and nobody said that it may be run."""
    if found is None or allowed:
        return []
    names = ", ".join(name for name, _ in found.code.files)
    wrong = f"the study brings Python of its own ({names}), which {WHY}"
    return [Fault(place, wrong, f"{READ_IT}; it is in {FOLDER}/ there")]


def as_json(found: Brought) -> dict[str, Any]:
    """Own code as study.json tells of it; the files stand in a folder of their own."""
    return {
        "files": [name for name, _ in found.code.files],
        "rules": list(found.rules),
        "outcomes": [told_of(one) for one in found.outcomes],
    }


def from_json(told: Mapping[str, Any], folder: Path) -> Brought:
    """Own code from a study's folder; none of it is run. Raises ValueError or KeyError."""
    files = []
    for name in told["files"]:
        if not NAME.fullmatch(name):
            raise ValueError(f"{shown(name)} is no file of own code")
        text, faults = read_text(folder / FOLDER / name)
        if text is None:
            raise ValueError(str(ScenarioError(faults)))
        files.append((name, text))
    outcomes = tuple(outcome_told(one) for one in told["outcomes"])
    return Brought(OwnCode(tuple(files)), outcomes, tuple(told["rules"]))


def keep_files(folder: Path, code: OwnCode) -> None:
    """Write the files into a study's folder."""
    for name, text in code.files:
        write_whole(folder / FOLDER / name, text.encode("utf-8"))
