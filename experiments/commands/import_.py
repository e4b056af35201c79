"""``caremarket import``: a county from a council's own exports."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sim.scenario import Fault, ScenarioError
from sim.scenario.faults import Place

if TYPE_CHECKING:
    from datetime import date

EXAMPLES = {
    "Propose what each column means": ("caremarket import extract.csv --propose mapping.toml"),
    "Make the county, once the mapping is right": (
        "caremarket import extract.csv --mapping mapping.toml --to my-county"
    ),
}


def import_(
    extract: Annotated[
        Path,
        typer.Argument(
            metavar="FILE",
            help="An extract of your case-management system (CSV or Excel) with a row for each "
            "package of care.",
        ),
    ],
    propose: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Write a first guess of which column means what to this file, and stop.",
        ),
    ] = None,
    mapping: Annotated[
        str | None,
        typer.Option(
            metavar="FILE",
            help="The file that says which column means what, made with --propose; or the word "
            "client_level_data for that national return.",
        ),
    ] = None,
    to: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="The folder of the county to make.")
    ] = None,
    directory: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="The Care Quality Commission's care directory (CSV or Excel)."
        ),
    ] = None,
    places: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="The area of each postcode district, postcode or LSOA."),
    ] = None,
    hours_known: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="Hours of care a week by area, as you know them, to compare with."
        ),
    ] = None,
    workforce: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Local figures of Skills for Care (CSV with columns figure, value, source).",
        ),
    ] = None,
    wages: Annotated[Path | None, typer.Option(metavar="FILE", help="Your own wages.csv.")] = None,
    model: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="A commissioning model that comes with caremarket. If left out, an open "
            "framework.",
        ),
    ] = None,
    extracted_on: Annotated[
        str | None,
        typer.Option(
            metavar="DATE",
            help="Day the extract was made, as YYYY-MM-DD, if it is not the one in the mapping.",
        ),
    ] = None,
    complete_from: Annotated[
        str | None,
        typer.Option(
            metavar="DATE",
            help="Day from which the extract is complete, with the people who have left since.",
        ),
    ] = None,
    on: Annotated[
        str | None,
        typer.Option(
            metavar="DATE", help="First day simulated. If left out, the day of the extract."
        ),
    ] = None,
) -> None:
    """Make a county from your council's own data, with a page on the quality of that data."""
    if propose is not None:
        for line in _proposed(extract, propose):
            typer.echo(line)
        return
    from experiments.imports.folder import write_county
    from experiments.imports.importing import Asked, imported
    from experiments.imports.mapping import read_mapping
    from experiments.imports.words import told

    made, rules = _wanted(extract, mapping, to, model, wages)
    asked = Asked(
        extract, directory, places, hours_known, workforce,
        _day("--extracted-on", extracted_on), _day("--complete-from", complete_from),
        _day("--on", on),
    )  # fmt: skip
    found = imported(asked, read_mapping(rules))
    write_county(made, found, model, wages)
    for line in told(made, found):
        typer.echo(line)


def _proposed(extract: Path, propose: Path) -> list[str]:
    """Write a proposal, and say what is to be done with it."""
    from experiments.imports.base import put
    from experiments.imports.proposing import proposed

    _refuse_taken(propose)
    text, asked = proposed(extract)
    put(propose, text)
    open_ = f"Answer what the file does not show: {', '.join(asked)}." if asked else ""
    return [
        text,
        f"Proposed {propose} from {extract.name}.",
        f"Check every line and correct it where necessary. {open_}".rstrip(),
        f"Next: caremarket import {extract} --mapping {propose} --to my-county",
        "with --places and --directory, if you have these files.",
    ]


def _wanted(
    extract: Path, mapping: str | None, to: Path | None, model: str | None, wages: Path | None
) -> tuple[Path, str]:
    """The folder to make and the mapping. Raises ScenarioError with all that is missing."""
    from sim.scenario.faults import nearest
    from sim.scenario.shipped import COMMISSIONING_MODELS, shipped
    from sim.scenario.text_files import is_file

    known = shipped(COMMISSIONING_MODELS)
    faults = []
    if mapping is None:
        cure = f"Propose one: caremarket import {extract} --propose mapping.toml"
        faults.append(Fault(Place("--mapping"), "no mapping is given", cure))
    if to is None:
        faults.append(Fault(Place("--to"), "no folder is given", "Give it: --to my-county"))
    if model is not None and model not in known:
        wrong = "there is no such commissioning model"
        faults.append(Fault(Place(f"--model {model}"), wrong, nearest(model, known)))
    if wages is not None and not is_file(wages):
        faults.append(Fault(Place(f"--wages {wages}"), "there is no such file", "Name a file"))
    if to is not None:
        try:
            _refuse_taken(to)
        except ScenarioError as error:
            faults += error.faults
    if faults or mapping is None or to is None:
        raise ScenarioError(faults)
    return to, mapping


def _refuse_taken(path: Path) -> None:
    """Raise ScenarioError if something has that name, or it cannot be made there."""
    if path.exists():
        cure = "Name one that does not exist yet"
        raise ScenarioError([Fault(Place(str(path)), "it exists already", cure)])
    for parent in path.parents:
        if parent.is_file():
            raise ScenarioError([Fault(Place(str(path)), f"{parent} is a file", "Name a folder")])


def _day(option: str, text: str | None) -> date | None:
    """The day of an option. Raises ScenarioError if it is none."""
    from sim.scenario.dates import date_at

    if text is None:
        return None
    day, faults = date_at(Place(f"{option} {text}"), text)
    if faults:
        raise ScenarioError(faults)
    return day
