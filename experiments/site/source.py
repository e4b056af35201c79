"""The source of the site: docs/ as it is, and beside it pages made from declarations."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

from experiments.pages.reference import as_markdown, parameter_rows
from experiments.site import outcomes, tables, verbs
from experiments.site.markdown import contents
from sim.scenario import load_scenario
from sim.scenario.shipped import COUNTIES

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
BESIDE = ("README.md", "CHANGELOG.md", "CONTRIBUTING.md", "CITATION.cff", "LICENSE")
COPIED = (".md", ".png", ".svg", ".csv", ".txt", ".ipynb", ".toml")
KINDS = {
    "tutorials": ("Tutorials", "A first hour, step by step, and notebooks to run."),
    "how-to": ("How-to guides", "One task a page."),
    "explanation": ("Explanation", "How the model works, what was found, and how certain it is."),
    "reference": ("Reference", "Every command, parameter, table, column and outcome."),
    "developers": ("Developers", "Why things are as they are, and how to change them."),
}
MORE = {
    "tutorials": ("../../notebooks/*",),
    "reference": ("commands/index", "commands/*"),
    "developers": ("../../CONTRIBUTING", "../../CHANGELOG"),
}
"""Pages that are told of beside those of a kind's folder."""
WRITTEN = "norfolk"
"""The county whose parameters are a page of docs/ (parameters.md)."""
PYTHON = """# Python interface, function by function

Made from the program. [Using caremarket from Python](python.md) shows it at work.

```{eval-rst}
.. automodule:: experiments.api
   :members:
   :exclude-members: simulate

.. autofunction:: sim.simulation.simulate

.. autofunction:: sim.scenario.load_scenario

.. autoclass:: sim.scenario.ScenarioError
   :members:

.. autoclass:: sim.ledger.Ledger
   :members:
```
"""


def put_together(folder: Path) -> None:
    """The whole source, in the layout of the repository, so that links lead where they do there."""
    for path in [*DOCS.rglob("*"), *(ROOT / "notebooks").glob("*.ipynb")]:
        if path.suffix in COPIED and path.is_file():
            _copy(path, folder)
    for name in BESIDE:
        _copy(ROOT / name, folder)
    for name, text in made():
        place = folder / name
        place.parent.mkdir(parents=True, exist_ok=True)
        if not place.exists():  # a page that was written by hand goes before one that is made
            place.write_text(text, encoding="utf-8", newline="\n")
    start = folder / "docs" / "index.md"
    start.write_text(start.read_text(encoding="utf-8") + top(), encoding="utf-8", newline="\n")


def _copy(path: Path, folder: Path) -> None:
    place = folder / path.relative_to(ROOT)
    place.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy2(path, place)


def top() -> str:
    """The contents of the whole site, beneath the start page."""
    return "\n".join(
        contents(
            ["The answer for Norfolk <../README>", *(f"{kind}/index" for kind in KINDS)], "hidden:"
        )
    )


def made() -> Iterator[tuple[str, str]]:
    """Pages made from declarations: where each stands, and its text."""
    for kind, (title, told) in KINDS.items():
        own = ["*"] if any((DOCS / kind).glob("*.md")) else []
        below = contents([*own, *MORE.get(kind, ())], "glob:", "maxdepth: 1")
        yield f"docs/{kind}/index.md", "\n".join([f"# {title}", "", told, *below])
    for path in sorted((ROOT / "notebooks").glob("*.ipynb")):
        yield f"notebooks/{path.stem}.md", notebook(path)
    reference = "docs/reference"
    for name, text in verbs.pages():
        yield f"{reference}/commands/{name}.md", text
    for county in sorted({path.name for path in COUNTIES.iterdir()} - {WRITTEN}):
        scenario = load_scenario(county)
        yield f"{reference}/parameters_{county}.md", as_markdown(scenario, parameter_rows(scenario))
    yield f"{reference}/outcomes_all.md", outcomes.page()
    yield f"{reference}/tables_input.md", tables.input_page()
    yield f"{reference}/tables_output.md", tables.output_page()
    yield f"{reference}/python_api.md", PYTHON


def notebook(path: Path) -> str:
    """A notebook as a page to read: its words and its code, with a link to the file that runs."""
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    parts = []
    for cell in cells:
        text = "".join(cell["source"])
        parts.append(text if cell["cell_type"] == "markdown" else f"```python\n{text}\n```")
    note = f"*The notebook [{path.name}]({path.name}) runs what is shown here.*"
    return "\n\n".join([parts[0], note, *parts[1:]]) + "\n"
