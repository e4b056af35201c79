"""``caremarket docs``: open the documentation in the browser."""

from __future__ import annotations

import subprocess
import sys
import webbrowser
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

import typer

from sim.scenario import Fault, ScenarioError
from sim.scenario.faults import Place, nearest

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "docs"
INSTALLED = ROOT / "experiments" / "documentation"
BUILT = ROOT / "build" / "documentation"
START = "docs/index"
MADE_OF = ("docs", "sim", "experiments", "notebooks")
REFUSED = 1
EXAMPLES = {
    "Open the documentation": "caremarket docs",
    "Open the page about one command": "caremarket docs --page commands/run",
    "Tell where the pages are": "caremarket docs --no-browser",
}


def docs(
    page: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="The page to open, such as adequacy or how-to/report."),
    ] = None,
    browser: Annotated[
        bool,
        typer.Option("--browser/--no-browser", help="Open the page, or only tell where it is."),
    ] = True,
) -> None:
    """Open the documentation in the browser; it needs no network."""
    place = page_called(page, site())
    typer.echo(place)
    if browser and not webbrowser.open(place.as_uri()):
        typer.echo("No browser could be opened; open this file with one.", err=True)
        raise typer.Exit(REFUSED)


def site() -> Path:
    """The folder of the pages: as installed, or built from this checkout if they are not yet."""
    if INSTALLED.is_dir():
        return INSTALLED
    if not (SOURCE / "conf.py").is_file():
        typer.echo(f"This installation holds no documentation: {INSTALLED} is missing.", err=True)
        typer.echo("Install the wheel again, or open docs/ of the source.", err=True)
        raise typer.Exit(REFUSED)
    if stale():
        build()
    return BUILT


def stale() -> bool:
    """Whether the pages are not built, or anything that they are made of has changed since."""
    start = BUILT / f"{START}.html"
    if not start.is_file():
        return True
    made_of = [path for folder in MADE_OF for path in (ROOT / folder).rglob("*.*")]
    made_of += [*ROOT.glob("*.md"), ROOT / "pyproject.toml"]
    kept = (path for path in made_of if "__pycache__" not in path.parts)
    return any(path.stat().st_mtime > start.stat().st_mtime for path in kept)


def build() -> None:
    """Build the pages from this checkout, if Sphinx is there."""
    if find_spec("sphinx") is None or find_spec("myst_parser") is None:
        told = [
            "The pages are not built yet, and Sphinx, which builds them, is not installed. In",
            f"  {ROOT}",
            "give this command, and then caremarket docs again:",
            '  python -m pip install -c constraints.txt -e ".[docs]"',
            "Or read the pages as Markdown:",
            f"  {SOURCE / 'index.md'}",
        ]
        typer.echo("\n".join(told), err=True)
        raise typer.Exit(REFUSED)
    typer.echo("Building the pages, which takes about a minute ...", err=True)
    command = [sys.executable, "-m", "experiments.site", str(BUILT)]
    if subprocess.run(command, cwd=ROOT, check=False).returncode:
        typer.echo("The pages could not be built; the fault is shown above.", err=True)
        raise typer.Exit(REFUSED)


def page_called(name: str | None, pages: Path) -> Path:
    """The page of that name, with or without its folder. Raises ScenarioError.

    A page goes before one of the same name that lies deeper: ``commands/run`` names the deeper one.
    """
    asked = (name or START).removesuffix(".html").removesuffix(".md").replace("\\", "/")
    known = {path.relative_to(pages).with_suffix("").as_posix() for path in pages.rglob("*.html")}
    found = sorted(one for one in known if f"/{one}".endswith(f"/{asked}"))
    highest = min((one.count("/") for one in found), default=0)
    found = [one for one in found if one.count("/") == highest]
    if len(found) == 1:
        return pages / f"{found[0]}.html"
    place = Place(f"--page {name}")
    if found:
        cure = f"Name one: {', '.join(found)}"
        raise ScenarioError([Fault(place, "pages in different folders have this name", cure)])
    names = sorted({one.rpartition("/")[2] for one in known} | known)
    raise ScenarioError([Fault(place, "no such page", nearest(asked, names))])
