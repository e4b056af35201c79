"""``caremarket new``: an editable copy of a county with its commissioning model."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import Annotated

import typer

from sim.scenario import Fault, ScenarioError
from sim.scenario.faults import Place

DATA = shutil.ignore_patterns("__pycache__", "*.py", "*.pyc")


def new(
    folder: Annotated[Path, typer.Argument(help="The folder to make.")],
    from_: Annotated[str, typer.Option("--from", help="The county to copy.")] = "norfolk",
) -> None:
    """Copy a county and its commissioning model into a folder of your own."""
    from sim.scenario import load_scenario
    from sim.scenario.reading import commissioning_folder, county_folder, read_draft

    if folder.exists():
        cure = "Name a folder that does not exist yet"
        raise ScenarioError([Fault(Place(str(folder)), "it exists already", cure)])
    load_scenario(from_)
    source = county_folder(from_)
    settings = read_draft(from_)
    model = str(settings.values["commissioning"]["code"])
    named = settings.commissioning_name
    part = folder.with_name(f".{folder.name}.part")
    shutil.copytree(source, part, ignore=DATA, dirs_exist_ok=True)
    if not (part / named).exists():
        shutil.copytree(commissioning_folder(source, named), part / named, ignore=DATA)
    _rename(part / "county.toml", folder.name)
    part.rename(folder)
    typer.echo(f"Made {folder} from {from_}:")
    typer.echo(
        "  county.toml              calendar, demand, care, carers, travel: value and source"
    )
    typer.echo("  areas.csv                places, hours, go-live dates")
    typer.echo("  providers.csv, branches.csv  who serves how much where; wages.csv wages by year")
    typer.echo("  overrides.toml           named changes")
    typer.echo(f"  {named}/  the commissioning model {model}: tiers, phases, contracts")
    typer.echo("Its name and code in county.toml are the folder's; change them as you like.")
    typer.echo(f"Edit them, then: caremarket check {folder}    and: caremarket run {folder}")


def _rename(settings: Path, name: str) -> None:
    """Give the copy a code and a name of its own, not the original's."""
    from sim.scenario.formats import UNNUMBERED

    text = settings.read_text(encoding="utf-8")
    text = re.sub(r'^code = ".*"$', f"code = {json.dumps(name)}", text, count=1, flags=re.MULTILINE)
    text = re.sub(r'^name = ".*"$', f"name = {json.dumps(name)}", text, count=1, flags=re.MULTILINE)
    if not re.search(r"^format\s*=", text, flags=re.MULTILINE):  # a folder made before it had one
        text = re.sub(
            r"^code = ", f"format = {UNNUMBERED}\ncode = ", text, count=1, flags=re.MULTILINE
        )
    settings.write_text(text, encoding="utf-8", newline="\n")
