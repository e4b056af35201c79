"""``caremarket new``: a county of one's own, from one that is near or from ten answers."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from experiments.commands.options import WHICH_COUNTY
from sim.scenario import Fault, ScenarioError
from sim.scenario.faults import Place

if TYPE_CHECKING:
    from experiments.counties.questions import Question

EXAMPLES = {
    "A copy of the small county to change": "caremarket new my-county --from small",
    "A first sketch of your own council": "caremarket new my-council --ask",
}


def new(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="The folder to make.")],
    from_: Annotated[
        str, typer.Option("--from", metavar="COUNTY", help=f"What to copy. {WHICH_COUNTY}")
    ] = "norfolk",
    whole: Annotated[
        bool,
        typer.Option(
            "--whole",
            help="Also copy what is true of that county alone: its published figures, sets of "
            "plausible values and named changes.",
        ),
    ] = False,
    ask: Annotated[
        bool,
        typer.Option(
            "--ask", help="Instead of a copy, answer ten questions and get a first sketch."
        ),
    ] = False,
) -> None:
    """Make your own county, as a copy of another one or from your answers to ten questions."""
    from sim.scenario.codes import is_safe

    if folder.exists():
        cure = "Name a folder that does not exist yet"
        raise ScenarioError([Fault(Place(str(folder)), "it exists already", cure)])
    if not is_safe(folder.name):
        wrong, cure = "a county cannot have this name", "Use letters, digits, _ and -"
        raise ScenarioError([Fault(Place(str(folder)), wrong, cure)])
    if ask:
        sketch(folder)
    else:
        copy(folder, from_, whole=whole)
    typer.echo("Its name and code in county.toml are the folder's; change them as you like.")
    typer.echo(f"Edit them, then: caremarket check {folder}    and: caremarket run {folder}")


def copy(folder: Path, parent: str, *, whole: bool) -> None:
    """Copy a county, and say what is there and what was left behind."""
    from experiments.counties.copying import copied
    from sim.scenario import load_scenario
    from sim.scenario.reading import commissioning_folder, county_folder, read_draft

    name = load_scenario(parent).name
    source, draft = county_folder(parent), read_draft(parent)
    model = commissioning_folder(source, draft.commissioning_name)
    left = copied(source, model, folder, name, whole=whole)
    typer.echo(f"Made {folder} from {parent}:")
    tell_files(model.name)
    if left:
        typer.echo(
            f"Not copied, because they are valid only for {name}: {', '.join(left)}. Add "
            "--whole to copy them too, if you want to try changes to that county itself."
        )


def sketch(folder: Path) -> None:
    """Ask ten questions and write a county that runs."""
    from experiments.counties.questions import answered
    from experiments.counties.sketch import MODELS, sketched

    typer.echo("Ten questions. Press Enter to accept the answer in brackets.")
    answers = answered(asked)
    folder.parent.mkdir(parents=True, exist_ok=True)
    sketched(answers, folder)
    typer.echo(f"Made {folder} from your answers:")
    tell_files(MODELS[answers.buying][1])
    typer.echo(
        "This is a first sketch: values that you were not asked for are Norfolk's or in "
        "proportion to Norfolk's, and each line says so."
    )


def asked(question: Question, so_far: dict[str, Any]) -> Any:
    """The answer to a question; asked again until it is one that is allowed."""

    def read(text: str) -> Any:
        try:
            return question.read(text, so_far)
        except ValueError as wrong:
            raise typer.BadParameter(f"Give {wrong}") from wrong

    return typer.prompt(question.words, default=question.usually(so_far), value_proc=read)


def tell_files(model: str) -> None:
    """What stands in which file."""
    typer.echo(
        "  county.toml              calendar, demand, care, carers, travel: value and source"
    )
    typer.echo("  areas.csv                places, hours, go-live dates")
    typer.echo("  providers.csv, branches.csv  who serves how much where; wages.csv rates by year")
    typer.echo("  overrides.toml           named changes")
    typer.echo(f"  {model}/  the commissioning model: tiers, phases, contracts")
