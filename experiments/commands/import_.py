"""``caremarket import``: a county from a council's own exports."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sim.scenario import Fault, ScenarioError
from sim.scenario.faults import Place

if TYPE_CHECKING:
    from datetime import date


def import_(
    extract: Annotated[
        Path, typer.Argument(help="The extract: CSV or Excel, a row for each package of care.")
    ],
    propose: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Propose a mapping of the extract's columns, and stop."),
    ] = None,
    mapping: Annotated[
        str | None,
        typer.Option(metavar="FILE", help="How the extract is read, or client_level_data."),
    ] = None,
    to: Annotated[Path | None, typer.Option(metavar="FOLDER", help="The county to make.")] = None,
    directory: Annotated[
        Path | None, typer.Option(metavar="FILE", help="The regulator's care directory.")
    ] = None,
    places: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="The area of each postcode district, postcode or LSOA."),
    ] = None,
    hours_known: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Known hours a week by area, to be held beside."),
    ] = None,
    workforce: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Local figures of Skills for Care: figure,value,source."),
    ] = None,
    wages: Annotated[
        Path | None, typer.Option(metavar="FILE", help="A wages.csv of your own.")
    ] = None,
    model: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="A commissioning model that ships; an open framework "
                     "unless you say."),
    ] = None,
    extracted_on: Annotated[
        str | None,
        typer.Option(metavar="DATE", help="Day the extract was made, if not as in the mapping."),
    ] = None,
    complete_from: Annotated[
        str | None,
        typer.Option(metavar="DATE", help="From when on it holds everybody in care, who left too."),
    ] = None,
    on: Annotated[
        str | None,
        typer.Option(metavar="DATE", help="First day simulated; the day of the extract unless "
                     "you say."),
    ] = None,
) -> None:  # fmt: skip
    """Make a county from a council's own exports, with a page on the quality of its data."""
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
    from sim.scenario.reading import COMMISSIONING_MODELS
    from sim.scenario.text_files import is_file

    shipped = sorted(path.name for path in COMMISSIONING_MODELS.iterdir() if path.is_dir())
    faults = []
    if mapping is None:
        cure = f"Propose one: caremarket import {extract} --propose mapping.toml"
        faults.append(Fault(Place("--mapping"), "no mapping is given", cure))
    if to is None:
        faults.append(Fault(Place("--to"), "no folder is given", "Give it: --to my-county"))
    if model is not None and model not in shipped:
        wrong = "there is no such commissioning model"
        faults.append(Fault(Place(f"--model {model}"), wrong, nearest(model, shipped)))
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
