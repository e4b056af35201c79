"""``caremarket app``: the same questions and answers as pages in a browser."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

import typer

from sim.scenario import Fault, ScenarioError
from sim.scenario.faults import Place

NEEDED = {
    "starlette": "starlette", "uvicorn": "uvicorn", "jinja2": "jinja2",
    "python_multipart": "python-multipart", "docxtpl": "docxtpl", "gptables": "gptables",
    "markdown_it": "markdown-it-py",
}  # fmt: skip
"""What the extra ``app`` brings: modules, and the packages that they come from."""
HIGHEST_PORT = 65_535
EXAMPLES = {
    "Open the app": "caremarket app",
    "Make a bundle for a machine without internet": "caremarket app --bundle caremarket-bundle",
}


def app_(
    folder: Annotated[
        Path | None,
        typer.Option(
            metavar="FOLDER",
            help="Where questions, results and your counties are kept. If left out, caremarket in "
            "your home folder.",
        ),
    ] = None,
    port: Annotated[
        int,
        typer.Option(
            metavar="NUMBER",
            help="Port of this machine. 0 takes a free one.",
        ),
    ] = 0,
    browser: Annotated[
        bool, typer.Option("--browser/--no-browser", help="Open the app in a browser.")
    ] = True,
    bundle: Annotated[
        Path | None,
        typer.Option(
            metavar="FOLDER",
            help="Make a folder that opens the app by a double click on a machine without "
            "internet, and stop.",
        ),
    ] = None,
) -> None:
    """Ask a question and read the answer in a browser on this machine, without code."""
    if not 0 <= port <= HIGHEST_PORT:
        wrong = f"{port} is not a port"
        raise ScenarioError([Fault(Place("--port"), wrong, f"0 to {HIGHEST_PORT}; 0 is any")])
    if bundle is not None:
        from experiments.app.bundle import make

        make(bundle, typer.echo)
        return
    if missing := [name for module, name in NEEDED.items() if find_spec(module) is None]:
        wrong = f"{', '.join(missing)} {'is' if len(missing) == 1 else 'are'} not installed"
        cure = 'Install it: python -m pip install "caremarket[app]"'
        raise ScenarioError([Fault(Place("app"), wrong, cure)])
    from experiments.app.server import serve, usual_folder

    serve(folder or usual_folder(), port, typer.echo, browser=browser)
