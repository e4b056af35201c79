"""``caremarket merge``: the parts of a study, carried out apart, put together."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from experiments.commands.carrying import WorkOptions, ending
from experiments.commands.options import Brief, Full
from sim.scenario import ScenarioError

EXAMPLES = {
    "Two halves of a study": "caremarket merge my-part-1 my-part-2 --out my-study",
}


def merge(
    folders: Annotated[
        list[Path],
        typer.Argument(
            metavar="FOLDER...",
            help="The folders of all parts made with `caremarket sweep --part`.",
        ),
    ],
    out: Annotated[Path, typer.Option(metavar="FOLDER", help="New folder for the whole study.")],
    with_failed: Annotated[
        bool, typer.Option("--with-failed", help="Accept parts in which runs ended with an error.")
    ] = False,
    brief: Brief = False,
    full: Full = False,
) -> None:
    """Put the parts of a study together that were run on different computers."""
    from experiments.commands.studying import tell
    from experiments.study.begun import folder_faults, opened, parts_of
    from experiments.study.folder import write_results
    from experiments.study.merging import bring_together, parts_in
    from experiments.study.progress import noted

    faults = folder_faults(out, resume=False)
    try:
        parts = parts_in(folders, with_failed=with_failed)
    except ScenarioError as error:
        raise ScenarioError([*faults, *error.faults]) from None
    if faults:
        raise ScenarioError(faults)
    study = parts[0].study
    again = ["caremarket", "sweep", str(out), *(["--own-code"] if study.own else [])]
    with ending(out, again, "runs"), opened(out, study, resume=False) as begun:
        bring_together(parts, out)
        results = write_results(out, noted(begun, parts_of(out), begun.replications.asked_for))
    tell(results, out, WorkOptions(out, brief=brief, full=full))
