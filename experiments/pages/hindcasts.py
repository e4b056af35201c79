"""What the history page says of recorded cases: the kept table beside what is declared."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from experiments.hindcasts.case import Case, shipped_cases
from experiments.hindcasts.verdicts import LEAST
from experiments.hindcasts.words import amount, heading, with_ends
from experiments.pages.kept import Cells, Kept, markdown, rows
from experiments.words.sentences import capital

TABLE = "hindcasts"
IN_SAMPLE = "\\*"
HEAD = ["", "on record", "in the model", "without it", "verdict", "in sample"]


def hindcasts(kept: Kept) -> str:
    """Case by case: what is on record, what the model says, the verdict, what is guessed."""
    told = rows(kept.table(TABLE, TABLE))
    runs = kept.manifest(TABLE)["replications"]
    first = (
        f"Each case was run with {runs} replications; a verdict needs {LEAST} that know the "
        "figure. In the model: the median, in brackets the central 80% of replications. On "
        "record: in brackets what the record allows. Without it: the same market without the "
        "failure or shock."
    )
    cases = [of_case(case, mine, runs) for case in shipped_cases() if (mine := of(told, case))]
    return "\n\n".join([first, *cases])


def of(told: Sequence[Cells], case: Case) -> list[Cells]:
    """The figures of a case that were kept."""
    return [row for row in told if row["case"] == case.code]


def of_case(case: Case, figures: Sequence[Cells], runs: int) -> str:
    """One case under its heading."""
    lines = [
        [
            row["meaning"],
            with_ends(row["observed"], row["record_low"], row["record_high"], row["unit"]),
            in_model(row, runs),
            without(row),
            row["verdict"] if pd.isna(row["why"]) else f"{row['verdict']}: {row['why']}",
            "yes" if row["in_sample"] else "no",
        ]
        for row in figures
    ]
    shaped = [f"{row['meaning']}: {row['shaped']}" for row in figures if row["in_sample"]]
    parts = [
        f"### {heading(case)}",
        f"**On record.** {case.record} *{case.source}.*",
        markdown(HEAD, lines),
        f"**In sample, and why.** {capital('; '.join(shaped))}." if shaped else "",
        f"**Known before the first run.** {case.seen}" if case.seen else "",
        f"**Guessed.** {' '.join(case.guessed)}",
    ]
    return "\n\n".join(part for part in parts if part)


def in_model(row: Cells, runs: int) -> str:
    """The median with the central 80%, and how many replications know it if some do not."""
    told = with_ends(row["middle"], row["low"], row["high"], row["unit"])
    most = row["possible_high"]
    if row["unit"] == "days" and row["high"] >= most:
        told += f"; {amount(most, row['unit'])}: not in this time"
    known = row["replications"]
    return told if known == runs else f"{told}; known in {known} replications"


def without(row: Cells) -> str:
    """The same market without the failure or shock."""
    ends = (row["without_middle"], row["without_low"], row["without_high"])
    return "" if pd.isna(ends[0]) else with_ends(*ends, row["unit"])


RECORD_HEAD = ["recorded case", "figure", "on record", "in the model", "the record lies"]


def record(kept: Kept) -> str:
    """What recorded cases say of the model, figure by figure; verdicts are not added up."""
    told = rows(kept.table(TABLE, TABLE))
    runs = kept.manifest(TABLE)["replications"]
    called = {case.code: heading(case) for case in shipped_cases()}
    lines = [
        [
            called[row["case"]],
            f"{row['meaning']}{IN_SAMPLE if row['in_sample'] else ''}",
            with_ends(row["observed"], row["record_low"], row["record_high"], row["unit"]),
            in_model(row, runs),
            LIES.get(row["verdict"], row["verdict"]),
        ]
        for row in told
    ]
    return (
        "**Held against recorded cases.** In the model: the middle of the simulated futures, in "
        f"brackets eight futures of ten.\n\n{markdown(RECORD_HEAD, lines)}\n\n{IN_SAMPLE} The "
        "model was made with this figure in view. What is guessed in each case, and who says what "
        "is on record: [docs/explanation/history.md](docs/explanation/history.md)."
    )


LIES = {"uninformative": "the case cannot say", "no verdict": "not known: too few futures have it"}
"""What verdicts that are no word of place are called."""
