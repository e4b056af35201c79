"""There is no headline because too many runs failed: one sentence of every question."""

from __future__ import annotations

from experiments.statistics.failed import MOST_FAILED


def no_headline(failed: int, of: int, what: str, where: str) -> str:
    """Why there is no headline, and where what the others give stands.

    ``what`` was counted, in the plural; ``where``: the files of the tables, which keep it.
    """
    return (
        f"No headline: {failed:,} of {of:,} {what} FAILED, more than {100 * MOST_FAILED:.0f}%, "
        f"so the rest may not be typical. Figures from the others are in {where}."
    )
