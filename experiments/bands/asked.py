"""Which plausible sets a question over them was asked for, and of which reading."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from experiments.asking.asked import Asked, scenario_asked_for
from experiments.study.draws import UNTAUGHT, Draws, held_already, plausible_sets
from sim.scenario import Fault, Scenario, ScenarioError
from sim.scenario.faults import Place
from sim.scenario.reading import county_folder

AS_IT_IS = "as_it_is"
"""The reading of a county without any override."""
AND = "+"
"""Between the overrides of a reading that takes several."""
Values = Mapping[int, Mapping[str, float]]


@dataclass(frozen=True)
class Reading:
    """A way to read what nobody knows: a scenario, and plausible sets by number.

    ``fitted``: whether the sets were fitted to this reading, or to the county without it;
    ``untaught``: whether what no published figure teaches varies too.
    """

    name: str
    scenario: Scenario
    values: Values
    fitted: bool
    untaught: bool = False


def reading_of(
    asked: Asked,
    sets: int,
    more: Iterable[Fault] = (),
    *,
    unfitted: bool = False,
    untaught: bool = False,
) -> Reading:
    """The reading that a verb was asked for. Raises ScenarioError with every fault.

    ``unfitted``: where it has no plausible sets of its own, those of the county as it is are taken.
    ``untaught``: what no published figure teaches varies too.
    """
    draws, faults, fitted = _draws(asked, sets, unfitted=unfitted, untaught=untaught)
    scenario = scenario_asked_for(asked, *faults, *more)
    if wrong := held_already(draws, scenario, Place(_options(asked.overrides) or "--set")):
        raise ScenarioError(wrong)
    values = {place: draws.values(place) for place in range(len(draws))}
    name = AND.join((*asked.overrides, *[UNTAUGHT] * untaught)) or AS_IT_IS
    return Reading(name, scenario, values, fitted, untaught)


def _draws(
    asked: Asked, sets: int, *, unfitted: bool, untaught: bool
) -> tuple[Draws, list[Fault], bool]:
    """The sets of the reading, what is wrong with them, and whether they were fitted to it."""
    try:
        folder = county_folder(asked.county)
    except ScenarioError:
        return Draws(), [], True  # told by whoever reads the county
    draws, faults = plausible_sets(asked.county, folder, asked.overrides, sets, untaught=untaught)
    if not (faults and asked.overrides and unfitted):
        return draws, faults, True
    draws, faults = plausible_sets(asked.county, folder, (), sets, untaught=untaught)
    return draws, faults, False


def _options(overrides: Sequence[str]) -> str:
    return " ".join(f"--override {name}" for name in overrides)


def readings_of(
    asked: Asked, names: str, sets: int, more: Sequence[Fault] = (), *, unfitted: bool = False
) -> list[Reading]:
    """The readings of a list such as ``as_it_is,vacancies_10,vacancies_8+overtime_0``.

    Raises ScenarioError with the faults of all of them.
    """
    wanted = [name.strip() for name in names.split(",")]
    faults: list[Fault] = []
    if len(set(wanted)) < len(wanted) or len(wanted) < 2 or not all(wanted):
        cure = f"Give two or more different readings separated by commas, such as {AS_IT_IS},NAME"
        faults.append(
            Fault(
                Place(f"--readings {names}"),
                "this does not name two or more different readings",
                cure,
            )
        )
        raise ScenarioError(faults)
    found = []
    for place, name in enumerate(wanted):
        parts = [part for part in name.split(AND) if part != AS_IT_IS]
        untaught = UNTAUGHT in parts
        named = tuple(part for part in parts if part != UNTAUGHT)
        one = replace(asked, overrides=(*asked.overrides, *named), quietly=place > 0)
        try:
            reading = reading_of(one, sets, more, unfitted=unfitted, untaught=untaught)
            found.append(replace(reading, name=name))
        except ScenarioError as error:
            faults += error.faults
    if faults:
        raise ScenarioError(list(dict.fromkeys(faults)))
    return found
