"""Notice and response in a paper: what was compared, or what was assumed and how to compare."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from math import isfinite, isnan
from typing import Any

import pandas as pd

from experiments.report.blocks import Bullets, Grid, Paragraph
from experiments.report.result import Result
from experiments.run.compared_said import FILE
from experiments.statistics.small_counts import LEAST
from experiments.words.failures import response_words
from experiments.words.first_screen import interval, people, percentage, rounded
from sim.vocabulary import FAILURE_KINDS, RESPONSES

TABLE = "notice_and_response"
SAME = re.compile(r"Hours without care added in the county from |If \d+% of carers come: people")
"""How the tables of the screen begin that this section has in full."""
OTHERS = ("--notices 0,28,91", "--responses split,whole_team,step_in,emergency")
"""What the command of a run that compared nothing would need besides."""


def parts_of(result: Result) -> list[Paragraph | Bullets | Grid]:
    """The section on notice and response of a run with failures; nothing of other results."""
    failures = result.manifest.get("failures") or []
    if TABLE not in result.tables or not failures:
        return []
    table = pd.read_csv(result.tables[TABLE])
    if table.empty:
        return [Paragraph(simulated(result, failures))]
    said = (result.folder / FILE).read_text(encoding="utf-8").splitlines()
    return [Paragraph(said[0]), Bullets(tuple(said[1:])), *grids(result, table)]


def told_of(lines: Sequence[str]) -> bool:
    """Whether a section of the screen is a table of what this section tells."""
    return bool(lines) and bool(SAME.match(lines[0]))


def simulated(result: Result, failures: list[Mapping[str, Any]]) -> str:
    """The one notice and response that were simulated, and the command that compares others."""
    given = [row for row in failures if "notice_days" in FAILURE_KINDS[row["kind"]].uses]
    if not given:
        return "The failures of this result have neither notice nor response."
    told = "; ".join(dict.fromkeys(map(one_simulated, given)))
    if len(failures) > 1:
        return f"Simulated: {told}. To compare others, ask about one closure by itself."
    return (
        f"One notice and one response were simulated: {told}. To compare others, run: "
        f"{without_out(result)} {' '.join(OTHERS)}"
    )


def one_simulated(row: Mapping[str, Any]) -> str:
    """A failure's notice and the council's response."""
    notice = f"{row['notice_days']:g} days' notice" if row["notice_days"] else "no notice"
    return f"{notice}, and {response_words(row['response'], row.get('responder'))}"


def without_out(result: Result) -> str:
    """The command without the folder that it wrote."""
    words = iter(result.command.split(" ")) if result.command else iter(())
    kept = []
    for word in words:
        if word == "--out":
            next(words, None)
        elif not word.startswith("--out="):
            kept.append(word)
    return " ".join(kept)


def grids(result: Result, table: pd.DataFrame) -> Iterator[Grid]:
    """Notices and responses as the scenario has it, and by the share of carers who come."""
    plain, shared = table[table["carers_share"].isna()], table[table["carers_share"].notna()]
    window = f"from the announcement, over {table['window_days'].iloc[0]:g} days"
    note = (
        f"Hours without care {window}. In brackets: 95% intervals of means. People: at home "
        "without anybody for so long on end. Cost: beyond usual fees."
    )
    head = ("Hours added", "Of the people concerned", "24 hours alone, people",
            "7 days alone, people", "Cover back at 95%", "Cost")  # fmt: skip
    if len(plain):
        yield Grid(
            "Hours without care added, by notice and response",
            ("Notice", "Response", *head),
            tuple((f"{row['notice_days']:g} days", *cells(row, result)) for row in records(plain)),
            note,
        )
    if len(shared):
        yield Grid(
            "Hours without care added, by the carers who come and response",
            ("Carers who come", "Response", *head),
            tuple(
                (percentage(row["carers_share"]), *cells(row, result)) for row in records(shared)
            ),
            note,
        )


def records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """A table's rows by name."""
    rows: list[Any] = frame.to_dict("records")
    return rows


def cells(row: Mapping[str, Any], result: Result) -> tuple[str, ...]:
    """A row after its first cell."""
    return (
        RESPONSES[row["response"]].words,
        *(interval(*(row[f"{whose}_{end}"] for end in ("mean", "low", "high")))
          for whose in ("total", "direct")),
        *(of_people(row[f"alone_{days}"], result) for days in ("1_day", "7_days")),
        back(row["days_to_95_from_announcement"], row["window_days"]),
        f"£{rounded(row['response_cost'])}" if isfinite(row["response_cost"]) else "not known",
    )  # fmt: skip


def of_people(value: float, result: Result) -> str:
    """People; a blank cell of a caseload's result is a small count."""
    if isnan(value) and result.hides_small_counts:
        return f"fewer than {LEAST}"
    return people(value)


def back(days: float, window: float) -> str:
    """When cover is back, counted from the announcement."""
    if isnan(days):
        return "not known"
    return f"day {days:.0f}" if isfinite(days) else f"not by day {window:.0f}"
