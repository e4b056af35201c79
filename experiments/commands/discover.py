"""``caremarket discover``: in which conditions of a finished study does the market break?"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from experiments.commands.whole import within
from sim.scenario import Fault, ScenarioError
from sim.scenario.faults import Place, nearest

if TYPE_CHECKING:
    from experiments.study.discovery import Discovered, Floats, Limit
    from experiments.study.study import Study

WORSE_SHARE = 0.25

EXAMPLES = {
    "The limit is 5,000 hours without care": (
        "caremarket discover my-study --outcome total_hours_in_91_days --above 5000"
    ),
}


def discover(
    study: Annotated[
        Path,
        typer.Argument(
            metavar="FOLDER",
            help="The folder of a finished study that has draws of uncertain values.",
        ),
    ],
    outcome: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="The outcome that decides. If left out, the study's first.",
        ),
    ] = None,
    above: Annotated[
        float | None,
        typer.Option(
            metavar="VALUE", help="The market fails where the outcome is above this value."
        ),
    ] = None,
    below: Annotated[
        float | None,
        typer.Option(
            metavar="VALUE",
            help="The market fails where the outcome is below this value. If both are left out, "
            "the worst quarter of the draws fails.",
        ),
    ] = None,
    scenario: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="The scenario. If left out, the study's last."),
    ] = None,
    depth: Annotated[
        int,
        typer.Option(
            metavar="NUMBER",
            callback=within(1, 4),
            help="Most conditions combined in one sentence: 1 to 4.",
        ),
    ] = 2,
    out: Annotated[
        Path | None,
        typer.Option(
            metavar="FOLDER",
            help="New folder for the files. If left out, one inside the study's.",
        ),
    ] = None,
) -> None:
    """Describe the conditions under which the market fails, from a study with many draws."""
    import numpy as np

    from experiments.study.begun import read_study
    from experiments.study.conditions import lines
    from experiments.study.discovery import discovered
    from experiments.words.lines import wrapped

    begun = read_study(study)
    name = outcome or begun.outcomes[0]
    which = scenario or begun.scenarios[-1].name
    faults = discovery_faults(begun, study, name, which, above, below)
    if faults:
        raise ScenarioError(faults)
    values, missing = outcome_by_draw(study, which, name)
    if wrong := too_few_faults(study, values):
        raise ScenarioError(wrong)
    limit = limit_of(begun, name, values, above, below)
    try:
        found = discovered(begun.draws, values, limit, depth)
    except ImportError:
        cure = 'Install it: python -m pip install "caremarket[discovery]"'
        fault = Fault(Place("discover"), "it needs scikit-learn", cure)
        raise ScenarioError([fault]) from None
    told = begun.declared[name]
    text = [
        *lines(found, told.meaning, told.unit, missing),
        "",
        f"Scenario {which} of the study {begun.name} ({begun.whole_identity[:8]}); "
        f"{np.isfinite(values).sum()} of {len(begun.draws)} draws, means over the replications "
        "that have a value.",
        "A model, not a forecast: the conditions are about the model's parameters.",
    ]
    folder = write(study, out, f"discover-{which}-{name}", found, begun, text)
    typer.echo("\n".join(wrapped(text)))
    typer.echo(f"Files: {folder}")


def discovery_faults(
    study: Study,
    folder: Path,
    outcome: str,
    scenario: str,
    above: float | None,
    below: float | None,
) -> list[Fault]:
    """Everything that is wrong with what was asked."""
    from experiments.study.discovery import FEWEST_VALUES, features_of
    from experiments.study.finished import finished_replications
    from experiments.study.possible import impossible_in

    faults = []
    if finished_replications(folder) is None:
        cure = "Let it finish: caremarket sweep … --resume"
        faults.append(Fault(Place(str(folder)), "the study has not finished", cure))
    features, left_out = features_of(study.draws)
    if len(study.draws) < FEWEST_VALUES or not features:
        usable = len({one.path for one in features})
        wrong = f"{len(study.draws)} draws of {usable} parameters cannot show conditions"
        wrong += f" (left out: {', '.join(left_out)})" if left_out else ""
        cure = f'Sample at least {FEWEST_VALUES} draws (draws.method = "latin_hypercube")'
        faults.append(Fault(Place(str(folder)), wrong, cure))
    if above is not None and below is not None:
        wrong = "both --above and --below are given"
        faults.append(Fault(Place("--above"), wrong, "Give one of them"))
    if outcome not in study.declared:
        known = list(study.declared)
        faults.append(
            Fault(
                Place(f"--outcome {outcome}"), "there is no such outcome", nearest(outcome, known)
            )
        )
    else:
        faults += impossible_in(study, outcome, Place(f"--outcome {outcome}"))
    scenarios = [named.name for named in study.scenarios]
    if scenario not in scenarios:
        wrong = "the study has no such scenario"
        faults.append(Fault(Place(f"--scenario {scenario}"), wrong, nearest(scenario, scenarios)))
    return faults


def too_few_faults(folder: Path, values: Floats) -> list[Fault]:
    """Fewer values than show conditions: draws whose runs have none do not count."""
    import numpy as np

    from experiments.study.discovery import FEWEST_VALUES

    known = int(np.isfinite(values).sum())
    if known >= FEWEST_VALUES:
        return []
    wrong = f"{known} of {values.size} draws have a value, too few to show conditions"
    cure = f"Take another outcome or scenario, or draws of which {FEWEST_VALUES} have a value"
    return [Fault(Place(str(folder)), wrong, cure)]


def outcome_by_draw(folder: Path, scenario: str, outcome: str) -> tuple[Floats, float]:
    """Mean of each draw over the replications that have a value, nan where none has; and the share
    of runs that have none. Raises ScenarioError."""
    import numpy as np
    import pandas as pd

    from experiments.statistics.over_draws import mean_along

    try:
        frame = pd.read_parquet(
            folder / "runs.parquet", columns=["scenario", "draw", "replication", outcome]
        )
    except (OSError, ValueError, KeyError) as error:
        if (folder / "runs.parquet").is_file() and not in_runs(folder, outcome):
            cure = "Take an outcome that some run has: figures.csv lists them"
            fault = Fault(Place(f"--outcome {outcome}"), "no run of the study has it", cure)
            raise ScenarioError([fault]) from error
        wrong = f"runs.parquet cannot be read ({type(error).__name__})"
        cure = "Make the tables again: caremarket sweep FOLDER"
        raise ScenarioError([Fault(Place(str(folder)), wrong, cure)]) from error
    mine = frame[frame["scenario"] == scenario]
    table = mine.pivot(index="draw", columns="replication", values=outcome).sort_index()
    runs = table.to_numpy(dtype=float)
    return mean_along(runs, 1), float((~np.isfinite(runs)).mean())


def in_runs(folder: Path, outcome: str) -> bool:
    """Whether a study's table of runs has an outcome, or cannot even be read."""
    import pyarrow as pa  # type: ignore[import-untyped]
    import pyarrow.parquet as pq  # type: ignore[import-untyped]

    try:
        return outcome in pq.read_schema(folder / "runs.parquet").names
    except (OSError, pa.ArrowException):
        return True


def limit_of(
    study: Study, outcome: str, values: Floats, above: float | None, below: float | None
) -> Limit:
    """What was asked for, or the worse quarter of the draws."""
    import numpy as np

    from experiments.study.discovery import Limit

    if above is not None:
        return Limit(outcome, above, above=True)
    if below is not None:
        return Limit(outcome, below, above=False)
    high_is_worse = study.declared[outcome].better != "higher"
    quantile = 1 - WORSE_SHARE if high_is_worse else WORSE_SHARE
    known = values[np.isfinite(values)]
    edge = float(np.quantile(known, quantile)) if known.size else 0.0
    return Limit(outcome, float(f"{edge:.3g}"), above=high_is_worse)


def write(
    study: Path, out: Path | None, name: str, found: Discovered, begun: Study, text: list[str]
) -> Path:
    """Tables, the chart and the words, in a folder of their own."""
    from experiments.results.outputs import new_folder, write_table
    from experiments.results.pictures import save
    from experiments.results.writing import write_text, written_into
    from experiments.study.boxes import boxes_chart
    from experiments.study.discovery import BOXES, POINTS, boxes_frame, points_frame
    from experiments.study.finished import finished_replications
    from experiments.study.pictures import footer

    folder = new_folder(out, name) if out is not None else numbered(study, name)
    with written_into(folder) as part:
        write_table(part, BOXES, boxes_frame(found))
        write_table(part, POINTS, points_frame(found))
        write_text(part / "summary.txt", "\n".join(text) + "\n")
        replications = finished_replications(study) or 0
        chart = boxes_chart(begun.draws, found, footer(begun, replications))
        if chart is not None:
            save(chart, part / "charts")
    return folder


def numbered(study: Path, name: str) -> Path:
    """A folder in the study's that is not there yet."""
    names = (name if n == 1 else f"{name}-{n}" for n in range(1, 10000))
    return next(study / one for one in names if not (study / one).exists())
