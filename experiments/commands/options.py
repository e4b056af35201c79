"""Options that several verbs share, and how their text becomes values."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from experiments.commands.whole import within
from experiments.engine.limits import MOST_REPLICATIONS
from sim.scenario.shipped import COUNTIES, shipped
from sim.scenario.text_files import LARGEST
from sim.vocabulary import FAILURE_KINDS, RESPONSES, WHO_FAILS, one_of

CHANGED = "What is changed in the county"
FAILURE = "Who fails and how"
WORK = "How the work is carried out"
SHOWN = "What is shown"
"""The groups of options in a help text; those of no group come first."""

WHICH_COUNTY = (
    f"A county that comes with caremarket ({', '.join(shipped(COUNTIES))}), or the folder of your "
    "own county."
)
County = Annotated[str, typer.Argument(metavar="COUNTY", help=WHICH_COUNTY)]
MOST_JOBS = 1024
Seed = Annotated[
    int,
    typer.Option(
        metavar="NUMBER",
        callback=within(0, LARGEST),
        help="Starts the random numbers. The same seed gives the same results; another seed gives "
        "other chance events.",
    ),
]
Jobs = Annotated[
    int | None,
    typer.Option(
        metavar="NUMBER",
        callback=within(1, MOST_JOBS),
        rich_help_panel=WORK,
        help="How many processor cores to use. If left out, all of them.",
    ),
]
Replications = Annotated[
    int,
    typer.Option(
        "--replications",
        "-r",
        metavar="NUMBER",
        callback=within(1, MOST_REPLICATIONS),
        help="How many times the market is simulated, each time with other chance events. 20 or "
        "more for figures that you report.",
    ),
]
Override = Annotated[
    list[str] | None,
    typer.Option(
        "--override",
        metavar="NAME",
        rich_help_panel=CHANGED,
        help="Apply a named change from the county's overrides.toml. Repeat for more; they are "
        "applied in order.",
    ),
]
Set = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="PATH=VALUE",
        rich_help_panel=CHANGED,
        help="Change one parameter, for example demand.growth_per_year=0.03. Repeat for more. "
        "`caremarket parameters COUNTY` lists them with their units.",
    ),
]
Until = Annotated[
    str | None,
    typer.Option(
        metavar="DATE",
        help="Last day simulated, as YYYY-MM-DD. If left out, the county's own last day.",
    ),
]
Fail = Annotated[
    list[str] | None,
    typer.Option(
        metavar="WHO",
        rich_help_panel=FAILURE,
        help=f"Which provider fails: {WHO_FAILS}. Repeat for more, each with its own --on.",
    ),
]
On = Annotated[
    list[str] | None,
    typer.Option(
        metavar="DATE",
        rich_help_panel=FAILURE,
        help="The day of the announcement, as YYYY-MM-DD; one for each --fail.",
    ),
]
Kind = Annotated[
    str,
    typer.Option(
        metavar="KIND",
        rich_help_panel=FAILURE,
        help=f"How it fails: {one_of(tuple(FAILURE_KINDS))}.",
    ),
]
Notice = Annotated[
    float,
    typer.Option(
        metavar="DAYS",
        rich_help_panel=FAILURE,
        show_default=False,
        help="Days of notice before care stops. If left out, 0: a sudden closure.",
    ),
]
StaffMove = Annotated[
    float | None,
    typer.Option(
        metavar="SHARE",
        rich_help_panel=FAILURE,
        help="Share of its carers who move with their people to the new provider, from 0 to 1. "
        "This matters a great deal and is little known, so try 0, 0.3 and 0.6. If left out, the "
        "county's own value.",
    ),
]
Response = Annotated[
    str,
    typer.Option(
        metavar="KIND",
        rich_help_panel=FAILURE,
        help=f"What the council does when a provider closes: {one_of(tuple(RESPONSES))}.",
    ),
]
Responder = Annotated[
    str | None,
    typer.Option(
        metavar="CODE",
        rich_help_panel=FAILURE,
        help="The provider that takes over whole teams, by its code. If left out, the one with "
        "most room, or in an emergency the largest other provider.",
    ),
]
Notices = Annotated[
    str | None,
    typer.Option(
        metavar="DAYS,DAYS",
        rich_help_panel=FAILURE,
        help="Compare the same closure with different days of notice, for example 0,14,28,56,84.",
    ),
]
Responses = Annotated[
    str | None,
    typer.Option(
        metavar="KIND,KIND",
        rich_help_panel=FAILURE,
        help="Compare different responses to the same closure (all, or some of those above), each "
        "with four shares of carers who move with their people.",
    ),
]
Failures = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE",
        rich_help_panel=FAILURE,
        help="A table of failures (CSV) instead of --fail and --on. `caremarket samples` writes an "
        "example.",
    ),
]
Referrals = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE",
        rich_help_panel=CHANGED,
        help="Your own referrals (CSV) instead of invented ones.",
    ),
]
Caseload = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE",
        rich_help_panel=CHANGED,
        help="Your own list of people in care on the first day (CSV) instead of invented people.",
    ),
]
People = Annotated[
    bool,
    typer.Option(
        "--people",
        rich_help_panel=SHOWN,
        help="With --caseload: also write what happens to each person. Keep these files on this "
        "computer.",
    ),
]
Shocks = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE",
        rich_help_panel=CHANGED,
        help="A table of shocks to the labour market (CSV), such as fewer carers from abroad.",
    ),
]
Commissioning = Annotated[
    str | None,
    typer.Option(
        "--commissioning",
        metavar="NAME",
        rich_help_panel=CHANGED,
        help="Another commissioning model, for example norfolk_countywide_spot. If left out, the "
        "county's own.",
    ),
]
Resume = Annotated[
    bool,
    typer.Option(
        "--resume",
        rich_help_panel=WORK,
        help="Continue work that was stopped; what had finished is not run again.",
    ),
]
RetryFailed = Annotated[
    bool,
    typer.Option(
        "--retry-failed",
        rich_help_panel=WORK,
        help="Continue, and run again what ended with an error.",
    ),
]
Cluster = Annotated[
    str | None,
    typer.Option(
        metavar="ADDRESS",
        rich_help_panel=WORK,
        help="Run on a dask.distributed cluster with this scheduler, for example tcp://host:8786.",
    ),
]
Out = Annotated[
    Path | None,
    typer.Option(
        metavar="FOLDER",
        help="Folder for the results. If left out, a new one in caremarket-results/.",
    ),
]
OwnCode = Annotated[
    bool,
    typer.Option(
        "--own-code",
        rich_help_panel=WORK,
        help="Allow the study to run its own Python file. Read that file first.",
    ),
]
Only = Annotated[
    str | None,
    typer.Option(
        metavar="LABEL",
        rich_help_panel=WORK,
        help="Carry out one piece of the work alone and show any error in full; nothing is kept. "
        "An error message names the piece.",
    ),
]

Brief = Annotated[
    bool, typer.Option("--brief", rich_help_panel=SHOWN, help="Show the answer alone.")
]
Full = Annotated[
    bool,
    typer.Option("--full", rich_help_panel=SHOWN, help="Show every section, as in summary.txt."),
]
