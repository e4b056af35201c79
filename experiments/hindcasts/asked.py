"""Which recorded cases were asked for, and what may not be asked beside them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from experiments.hindcasts.case import Case, shipped_cases
from sim.scenario import Fault
from sim.scenario.faults import Place, nearest


def cases_named(codes: Sequence[str]) -> tuple[tuple[Case, ...], list[Fault]]:
    """The cases with these codes, all that ship if none is named, and codes of no case."""
    known = {case.code: case for case in shipped_cases()}
    faults = [
        Fault(Place(f"--case {code}"), "no such recorded case", nearest(code, list(known)))
        for code in dict.fromkeys(codes)
        if code not in known
    ]
    named = tuple(known[code] for code in known if code in codes) if codes else shipped_cases()
    return named, faults


def beside_faults(given: Mapping[str, object]) -> list[Fault]:
    """What was given beside a case that has it already, by the words of the command line."""
    cure = "Leave it out: nothing about a case can be chosen when it is run"
    return [
        Fault(Place(words), "a recorded case brings its own county, dates and values", cure)
        for words, value in given.items()
        if value
    ]
