"""Options that several verbs share, and how their text becomes values."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from experiments.commands.whole import within
from experiments.engine.limits import MOST_REPLICATIONS
from sim.scenario.text_files import LARGEST
from sim.vocabulary import FAILURE_KINDS, RESPONSES, WHO_FAILS, one_of

County = Annotated[
    str, typer.Argument(help="A county that ships (norfolk, theory) or a folder of your own.")
]
MOST_JOBS = 1024
Seed = Annotated[
    int, typer.Option(callback=within(0, LARGEST), help="Seed of every random number.")
]
Jobs = Annotated[
    int | None,
    typer.Option(callback=within(1, MOST_JOBS), help="Processes; all cores unless you say."),
]
Replications = Annotated[
    int,
    typer.Option(
        "--replications",
        "-r",
        callback=within(1, MOST_REPLICATIONS),
        help="Runs with different chance.",
    ),
]
Override = Annotated[
    list[str] | None,
    typer.Option("--override", help="A named override of the county; repeat for more, in order."),
]
Set = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="PATH=VALUE",
        help="Change any parameter, e.g. demand.growth_per_year=0.03; repeat for more.",
    ),
]
Until = Annotated[str | None, typer.Option(metavar="DATE", help="Last day simulated, YYYY-MM-DD.")]
Fail = Annotated[
    list[str] | None,
    typer.Option(help=f"Who fails: {WHO_FAILS}."),
]
On = Annotated[
    list[str] | None, typer.Option(metavar="DATE", help="When it fails, one for each --fail.")
]
Kind = Annotated[
    str,
    typer.Option(
        metavar="KIND",
        help=f"How it fails: {one_of(tuple(FAILURE_KINDS))}.",
    ),
]
Notice = Annotated[
    float, typer.Option(metavar="DAYS", help="Notice it gives; 0 is a sudden closure.")
]
StaffMove = Annotated[
    float | None,
    typer.Option(
        metavar="SHARE",
        help="Carers who move with their people; the least known "
        "number of all, so try 0, 0.3 and 0.6.",
    ),
]
Response = Annotated[
    str,
    typer.Option(
        metavar="KIND",
        help=f"What the council does when it closes: {one_of(tuple(RESPONSES))}.",
    ),
]
Responder = Annotated[
    str | None,
    typer.Option(
        metavar="CODE",
        help="Provider that takes whole teams; if left out, the team with most room, or in an "
        "emergency the largest other provider.",
    ),
]
Notices = Annotated[
    str | None,
    typer.Option(
        metavar="DAYS,DAYS",
        help="Compare notices of one closure, e.g. 0,14,28,56,84.",
    ),
]
Responses = Annotated[
    str | None,
    typer.Option(
        metavar="KIND,KIND",
        help="Compare responses to one closure, each with 0, 30, 60 and 90% of carers coming: "
        "all, or some of them.",
    ),
]
Failures = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE", help="A table of failures (CSV); `caremarket samples` makes an example."
    ),
]
Referrals = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="Your own referrals (CSV) instead of generated ones."),
]
Caseload = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE", help="People in care on the first day (CSV) instead of drawn ones."
    ),
]
People = Annotated[
    bool,
    typer.Option(
        "--people",
        help="With a caseload: also tell of single people. For this machine alone.",
    ),
]
Shocks = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="A table of shocks to the labour market (CSV)."),
]
Commissioning = Annotated[
    str | None, typer.Option("--commissioning", help="Another commissioning model.")
]
Resume = Annotated[bool, typer.Option("--resume", help="Go on with what was begun, if anything.")]
RetryFailed = Annotated[
    bool,
    typer.Option("--retry-failed", help="Go on, and try again what failed of itself."),
]
Cluster = Annotated[
    str | None,
    typer.Option(metavar="ADDRESS", help="A dask.distributed scheduler, e.g. tcp://host:8786."),
]
Out = Annotated[
    Path | None, typer.Option(help="Folder for the work and its files; caremarket-results/…")
]
OwnCode = Annotated[
    bool,
    typer.Option(
        "--own-code", help="Run the Python that a study brings (own_code). Read it beforehand."
    ),
]
Only = Annotated[
    str | None,
    typer.Option(
        metavar="LABEL",
        help="Carry out one piece of the work alone, by the name it has when it fails; nothing is "
        "kept, and an error is shown in full.",
    ),
]

Brief = Annotated[bool, typer.Option("--brief", help="Tell the answer alone.")]
Full = Annotated[bool, typer.Option("--full", help="Tell all sections, as summary.txt does.")]
