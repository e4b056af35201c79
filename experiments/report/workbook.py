"""A paper's tables and the numbers of its figures as an accessible workbook."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd

from experiments.report.blocks import Grid
from experiments.report.paper import Paper
from experiments.report.standing import WHAT_THIS_IS
from experiments.study.workbook import MADE, TEXT_IS_TEXT, plain

YEAR = re.compile(r"(?:19|20|21)\d\d$")
NUMBER = re.compile(r"−?-?[\d,]+(?:\.\d+)?(?:e[+-]?\d+)?$")


def write_workbook(paper: Paper, file: Path) -> None:
    """Write the workbook: cover, contents, notes, one table a sheet."""
    with warnings.catch_warnings():  # gptables warns of every blank cell, and of later pandas
        warnings.simplefilter("ignore")
        _write(paper, file)


def _write(paper: Paper, file: Path) -> None:
    import gptables

    api: Any = gptables  # typed in part only
    sheets = {
        **{
            f"Table {one.number}": sheet(api, f"table_{one.number}", one.grid, paper)
            for one in paper.tables
        },
        **{
            f"Figure {one.number}": sheet(
                api, f"figure_{one.number}", one.numbers, paper, f"{one.description} {one.note}"
            )
            for one in paper.figures
        },
    }
    made = api.produce_workbook(
        filename=str(file),
        sheets={name: one for name, one in sheets.items() if one is not None},
        cover=api.Cover(
            title=plain(paper.title),
            intro=[plain(text) for text in (paper.made, paper.watermark) if text],
            about=[plain(text) for text in (*WHAT_THIS_IS, *paper.notes)],
        ),
        notes_table=pd.DataFrame(
            {
                "Note reference": ["blank"],
                "Note text": ["A blank cell means that the value is not known or does not apply."],
            }
        ),
        workbook_options=TEXT_IS_TEXT,
    )
    made.set_properties({"title": paper.title, "created": MADE})
    made.close()


def sheet(api: Any, name: str, grid: Grid, paper: Paper, more: str = "") -> Any | None:
    """One table; none if every cell of it is blank, which gptables refuses."""
    if not any(cell for row in grid.rows for cell in row):
        return None
    head = [plain(text) or f"Column {place}" for place, text in enumerate(grid.head, start=1)]
    frame = pd.DataFrame([list(map(value, row)) for row in grid.rows], columns=head)
    return api.GPTable(
        table=frame,
        table_name=name,
        title=f"{plain(grid.caption)} $$blank$$",
        subtitles=[plain(text) for text in (more, grid.note) if text.strip()],
        source=plain(f"{paper.made}. A model, not a forecast."),
        index_columns={},
        additional_formatting=list(formats_of(grid)),
    )


def formats_of(grid: Grid) -> Iterator[dict[str, Any]]:
    """How each column of numbers is shown: thousands, as many decimals as the paper, a minus."""
    for place, column in enumerate(zip(*grid.rows, strict=True)):
        texts = [text for text in column if text]
        if texts and all(map(NUMBER.match, texts)):
            many = max(len(text.partition(".")[2]) for text in texts)
            whole = "0" if all(map(YEAR.match, texts)) else "#,##0"
            form = f"{whole}.{'0' * many}" if many else whole
            told = {"num_format": f"{form};−{form}"}
            yield {"column": {"columns": [place], "format": told, "include_names": False}}


def value(text: str) -> float | str | None:
    """A number where a cell is one, else its text; nothing where it is blank."""
    if not text:
        return None
    if NUMBER.match(text):
        return float(text.replace(",", "").replace("−", "-"))
    return plain(text)
