"""In which conditions a limit is broken, in words."""

from __future__ import annotations

from math import inf

import numpy as np

from experiments.statistics.failed import MOST_FAILED
from experiments.study.discovery import Box, Discovered
from experiments.words import claims


def box_words(box: Box) -> str:
    """A box in plain words."""
    parts = []
    for name, (low, high) in box.bounds.items():
        if low == -inf:
            parts.append(f"{name} is at most {high:.3g}")
        elif high == inf:
            parts.append(f"{name} is above {low:.3g}")
        else:
            parts.append(f"{name} is above {low:.3g} and at most {high:.3g}")
    parts += [f"{name} is {' or '.join(values)}" for name, values in box.among.items()]
    return (
        f"where {' and '.join(parts)}: {100 * box.density:.0f}% of draws break the limit "
        f"({box.breaks} of {box.draws}; {100 * box.coverage:.0f}% of all that break)"
    )


def lines(found: Discovered, meaning: str, unit: str, missing: float = 0.0) -> list[str]:
    """The answer in words. ``missing``: the share of the scenario's runs without a value."""
    limit, known = found.limit, np.isfinite(found.values)
    beyond = "above" if limit.above else "below"
    count, broken = int(known.sum()), int(found.broken[known].sum())
    text = [
        f"In which conditions is the limit broken? {limit.outcome} ({meaning}) {beyond} "
        f"{limit.value:,.6g} {unit}:",
        f"{broken} of {count} draws break the limit ({100 * broken / count:.0f}%)",
        *left_out_lines(found, missing),
        "",
    ]
    if not broken or broken == count:
        return [*text, "So there are no conditions to find: choose another limit."]
    if not found.boxes:
        return [*text, f"{claims.more_often('it breaks', '', 0, 0, sure=False)}."]
    text += [f"{number}. {box_words(box)}" for number, box in enumerate(found.boxes, start=1)]
    told = f"{100 * found.coverage:.0f}% of all that break, density {100 * found.density:.0f}%"
    text += ["", f"All these together: {told}."]
    text.append(held_out_words(found, broken / count))
    return text


def left_out_lines(found: Discovered, missing: float) -> list[str]:
    """What the answer leaves out: draws without a value, and parameters that cannot bound a box."""
    known = np.isfinite(found.values)
    text = []
    if not known.all():
        text.append(f"Left out: {(~known).sum()} of {known.size} draws, which have no value.")
    if missing > MOST_FAILED:
        text.append(
            f"WARNING: {100 * missing:.0f}% of the runs have no value (they failed, or have no "
            "such outcome), so the rest may not be typical."
        )
    if found.left_out:
        text.append(f"Left out of this analysis: {', '.join(found.left_out)}.")
    return text


def held_out_words(found: Discovered, usual: float) -> str:
    """How well such boxes hold on draws that they were not made from."""
    if not np.isfinite(found.held_out_density):
        return "None of the draws left out lies in these boxes: do not rely on them."
    weak = found.held_out_density < usual + (found.density - usual) / 2
    warn = " WARNING: much of this is chance; more draws are needed." if weak else ""
    return (
        "Checked on draws left out of the search, these boxes hold "
        f"{100 * found.held_out_coverage:.0f}% of the draws that break the limit, at a density "
        f"of {100 * found.held_out_density:.0f}%.{warn}"
    )
