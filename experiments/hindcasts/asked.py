"""Which recorded cases were asked for, and what is wrong with them or with what stands beside."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from pathlib import Path

from experiments.hindcasts.case import Case, Figure, read_case, scenario_of, shipped_cases
from experiments.hindcasts.readings import READINGS
from sim.scenario import Fault, Scenario, ScenarioError
from sim.scenario.faults import Place, nearest

ENDING = ".toml"


def cases_asked_for(
    names: Sequence[str], *, shipped: bool = False
) -> tuple[tuple[Case, ...], list[Fault]]:
    """The cases by their codes or files, and all that is wrong.

    ``shipped``: those that ship as well; they are all if none is named.
    """
    known = {case.code: case for case in shipped_cases()}
    found = dict(known) if shipped or not names else {}
    own = [name for name in dict.fromkeys(names) if name not in found]
    faults: list[Fault] = []
    for name in own:
        try:
            case = read_case(Path(name)) if name.endswith(ENDING) else known.get(name)
            if case is None:
                cure = nearest(name, list(known))
                faults.append(
                    Fault(Place(f"--case {name}"), "there is no such recorded case", cure)
                )
            elif case.code in found:
                cure = "Give each case a code of its own"
                faults.append(Fault(Place(f"--case {name}"), f"{case.code!r} is given twice", cure))
            else:
                faults += case_faults(case, scenario_of(case))
                found[case.code] = case
        except ScenarioError as error:
            faults += error.faults
    return tuple(found.values()), faults


def case_faults(case: Case, scenario: Scenario) -> list[Fault]:
    """What a figure of a case names that is not there, or not in the time that is simulated."""
    return [fault for one in case.figures for fault in _figure_faults(case, one, scenario)]


def _figure_faults(case: Case, figure: Figure, scenario: Scenario) -> Iterator[Fault]:
    place = Place(f"case {case.code}", None, f"figures.{figure.code}")
    of, calendar = figure.of, scenario.calendar
    if figure.reading not in READINGS:
        yield Fault(
            place, f"there is no reading {figure.reading!r}", nearest(figure.reading, [*READINGS])
        )
    providers = [row.code for row in scenario.providers]
    if of.provider and of.provider not in providers:
        yield Fault(place, f"there is no provider {of.provider!r}", nearest(of.provider, providers))
    areas = [row.code for row in scenario.areas]
    for area in (area for area in of.areas if area not in areas):
        yield Fault(place, f"there is no area {area!r}", nearest(area, areas))
    if of.on < calendar.start or of.on + timedelta(days=of.days - 1) > calendar.end:
        wrong = f"the run does not hold {of.days} days from {of.on} on"
        yield Fault(place, wrong, "Set calendar.start and calendar.end, which are now "
                                  f"{calendar.start} and {calendar.end}")  # fmt: skip


def beside_faults(given: Mapping[str, object]) -> list[Fault]:
    """What was given beside a case that has it already, by the words of the command line."""
    cure = "Leave this option out: nothing about a recorded case can be changed"
    return [
        Fault(Place(words), "a recorded case brings its own county, dates and values", cure)
        for words, value in given.items()
        if value
    ]
