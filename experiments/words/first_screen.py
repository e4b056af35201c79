"""The first screen: the answer in a few short lines, then sections, no wider than 80 columns."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import isfinite, isnan
from typing import Any

from experiments.statistics.small_counts import hides, nearest, too_small
from experiments.words.claims import two_figures
from experiments.words.lines import wrapped

NO_FORECAST = "A model, not a forecast."
IN_BRACKETS = f"In brackets: 95% intervals of means. {NO_FORECAST}"


@dataclass(frozen=True)
class FirstScreen:
    """What a reader is told: title, answer, sections, sections for who wants all, and a foot.

    A section is a list of lines; the first of ``title`` is the heading of the screen, the first of
    ``foot`` says how to read it. These two and the answer are what is told in brief. ``said``: the
    answer as whole sentences, where its lines are none.
    """

    title: Sequence[str]
    answer: Sequence[str]
    sections: Sequence[Sequence[str]] = ()
    more: Sequence[Sequence[str]] = ()
    foot: Sequence[str] = ()
    said: Sequence[str] = ()

    def lines(self, *, brief: bool = False, full: bool = False) -> list[str]:
        """All lines, wrapped: the answer alone, with its sections, or with every section."""
        if brief:
            parts = [self.title[:1], self.answer, self.foot[:1]]
        else:
            sections = [*self.sections, *(self.more if full else ())]
            parts = [self.title, self.answer, *sections, self.foot]
        text = "\n\n".join("\n".join(wrapped(part)) for part in parts if part)
        return text.split("\n")

    def parts(self) -> dict[str, Any]:
        """The same by its parts, unwrapped: for documents that are made of it."""
        return {
            "title": list(self.title),
            "answer": list(self.answer),
            "sections": [list(part) for part in self.sections],
            "more": [list(part) for part in self.more],
            "foot": list(self.foot),
            "said": list(self.said),
        }


def rounded(value: float) -> str:
    """A number with two significant figures and a thousands separator: 8,248 is 8,200."""
    if isnan(value):
        return "not known"
    return two_figures(value) if isfinite(value) else "no limit"


def signed(value: float) -> str:
    """The same with its sign."""
    return f"+{rounded(value)}" if value > 0 else rounded(value)


def interval(mean: float, low: float, high: float, form: Callable[[float], str] = rounded) -> str:
    """A mean and, if it is known and wider than its rounding, its interval in brackets."""
    told = form(mean)
    if isnan(low) or isnan(mean) or told == form(low) == form(high):
        return told
    return f"{told} ({form(low)} to {form(high)})"


def people(value: float) -> str:
    """People, whole; "fewer than 1" where some are, and no end of an interval below none.

    Of real people no small count is told, and others are rounded.
    """
    if isnan(value):
        return "not known"
    if hides():
        return too_small(value) or f"{max(0.0, nearest(value)):,.0f}"
    return "fewer than 1" if 0 < value < 0.5 else f"{max(0.0, value):,.0f}"


def people_in_cell(value: float, digits: int = 0) -> str:
    """People as a column has room for them; of real people few are not told."""
    if hides() and not isnan(value):
        return too_small(value).replace("fewer than ", "under ") or f"{nearest(value):,.0f}"
    return f"{value:,.{digits}f}"


def percentage(share: float) -> str:
    """A share as a whole percentage."""
    return "not known" if isnan(share) else f"{100 * share:.0f}%".replace("-", "−")
