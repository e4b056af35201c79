"""Every CSV file that is written, so that text stays text in whatever program opens it.

A spreadsheet program takes a cell that begins with ``=``, ``+``, ``-`` or ``@`` for a formula, even
where it is somebody's name. Such a text gets an apostrophe in front; a number never does. Whoever
reads such a file back takes it away again (``read_rows``).
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

if TYPE_CHECKING:
    import pandas as pd

LIKE_A_FORMULA = re.compile(r"'*[\s\x00-\x1f\u200b\ufeff]*[=+\-@﹢﹣﹦﹫＋－＝＠]")
"""Blanks before the sign do not help, nor do its full-width and small forms. Apostrophes that stand
there already count, so that what ``written`` adds can be told from them."""
NUMBERS_AND_TIMES = "biufcmM"
"""Kinds of columns that hold no text."""


def written(text: str) -> str:
    """A text as a cell holds it: an apostrophe before what would be taken for a formula."""
    if text[:1].isalnum():  # nearly every text there is
        return text
    return f"'{text}" if LIKE_A_FORMULA.match(text) else text


def as_it_was(cell: str) -> str:
    """The text that ``written`` made a cell of."""
    return cell[1:] if cell.startswith("'") and LIKE_A_FORMULA.match(cell) else cell


def line(cells: Iterable[object]) -> str:
    """One line of a file; texts are written as such, numbers as they are."""
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\n").writerow(map(_cell, cells))
    return buffer.getvalue()


def write_rows(path: Path, rows: Iterable[Iterable[object]]) -> None:
    """Write a file from its rows, the heading first."""
    path.write_text("".join(map(line, rows)), encoding="utf-8", newline="\n")


def read_rows(path: Path) -> list[dict[str, str]]:
    """The rows of a file that was written here, each text as it was."""
    with path.open(encoding="utf-8", newline="") as file:
        return [
            {name: as_it_was(cell) if isinstance(cell, str) else cell for name, cell in row.items()}
            for row in csv.DictReader(file)
        ]


def write_frame(
    target: Path | TextIO,
    frame: pd.DataFrame,
    number_format: str | None = "%.6g",
    *,
    header: bool = True,
) -> None:
    """Write a table to a file, or to one that is open; fractions have six figures unless told."""
    told = frame.copy(deep=False)
    for name in told.columns:
        if told[name].dtype.kind not in NUMBERS_AND_TIMES:
            told[name] = told[name].astype(object).map(_cell)
    told.columns = told.columns.map(_cell)
    told.to_csv(target, index=False, header=header, lineterminator="\n", float_format=number_format)


def _cell(value: Any) -> Any:
    return written(value) if isinstance(value, str) else value
