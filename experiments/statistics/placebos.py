"""When an effect on others may be claimed: it is a claim, and lies beyond what a placebo comes to.

A failure moves chance along: who falls ill and who is asked first differs in the whole county ever
after. A team of one to three people that closes on the same day does the same, and next to
nothing else. What that comes to, by the 95% interval of its mean, is the bound.
"""

from __future__ import annotations

from dataclasses import replace

from experiments.statistics.claims import LEAST_PAIRS, Finding, Floats, Paired, alone
from experiments.statistics.intervals import Interval, t_interval


def held_against(finding: Finding, placebo: Interval) -> Finding:
    """A finding about others beside the placebo's mean: no claim unless it lies beyond the bound.

    A finding that is no claim stays what it is.
    """
    if not finding.claimed:
        return finding
    if placebo.count == 0:
        return replace(finding, verdict="no placebo")
    if placebo.count < LEAST_PAIRS:
        return replace(finding, verdict="few placebos")
    mean = finding.interval.mean
    beyond = mean > placebo.high if mean > 0 else mean < placebo.low
    return finding if beyond else replace(finding, verdict="not beyond the placebo")


def beside_placebo(values: Floats, placebo: Floats) -> Finding:
    """The finding of an effect on others that is shown by itself, and its placebo (nan: none)."""
    return held_against(alone(Paired(values)), t_interval(placebo))
