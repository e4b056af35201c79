"""The draws that a study's file asks for, or all that is wrong with them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from experiments.study.draws import (
    OWN_PEOPLE,
    SAMPLED,
    Draws,
    People,
    Role,
    Varied,
    drawn,
    plausible_sets,
)
from experiments.study.file import StudyFile, WantedDraws, WantedVaried
from experiments.study.limits import draw_faults
from experiments.study.varying import varied_of
from sim.scenario import Fault, Scenario
from sim.scenario.faults import Place
from sim.scenario.reading import county_folder


def draws_of(
    told: StudyFile, base: Scenario, county: str, file: Path, faults: list[Fault]
) -> Draws:
    """The draws, none where they cannot be; ``faults`` gets whatever is wrong with them."""
    wanted = told.draws
    many = (*wanted.uncertainties, *wanted.levers)
    place = Place(file.name, None, "draws")
    faults += _untaught_faults(wanted, file)
    if wanted.method == "none":
        if many:
            cure = "Give draws.method: grid, list, latin_hypercube, sobol or morris"
            faults.append(Fault(place, "parameters are listed but there is no method", cure))
        return Draws()
    if wanted.method == "plausible":
        if many:
            wrong, cure = (
                "plausible sets already say which parameters vary",
                "Remove the listed parameters",
            )
            faults.append(Fault(place, wrong, cure))
        return _plausible(told, county, faults)
    if not many:
        cure = "List them under [[draws.uncertainties]] or [[draws.levers]]"
        faults.append(Fault(place, "no parameter is varied", cure))
        return Draws()
    before = len(faults)
    varied = list(_varied(told, base, file, faults))
    paths = [one.path for one in varied]
    for path in sorted({path for path in paths if paths.count(path) > 1}):
        faults.append(Fault(place, f"{path!r} is given twice", "Remove one of them"))
    if wanted.method in SAMPLED and wanted.number is None:
        cure = "Give the number of draws"
        faults.append(Fault(Place(file.name, None, "draws.number"), "'number' is missing", cure))
    if wanted.method == "sobol" and wanted.number and wanted.number & (wanted.number - 1):
        near = 1 << (wanted.number.bit_length() - 1)
        where = Place(file.name, None, "draws.number")
        wrong = f"{wanted.number} is not a power of two, which Sobol' sampling needs"
        faults.append(Fault(where, wrong, f"Take {near} or {2 * near}"))
    if len(faults) == before:
        faults += draw_faults(wanted.method, varied, wanted.number or 1, place)
    if len(faults) > before:
        return Draws()
    if wanted.method == "list":
        return _listed(varied, file, faults)
    try:
        return drawn(wanted.method, varied, wanted.number or 1, wanted.seed, _people(wanted))
    except ImportError:
        cure = 'Install it: python -m pip install "caremarket[sensitivity]"'
        faults.append(Fault(place, f"the method {wanted.method} needs SALib", cure))
        return Draws()


def _untaught_faults(wanted: WantedDraws, file: Path) -> list[Fault]:
    """Plausible sets in which all varies, where the draws are none."""
    if not wanted.untaught or wanted.method == "plausible":
        return []
    cure = 'Leave it out, or take the method "plausible"'
    wrong = "it chooses among plausible sets, but the draws are not plausible sets"
    return [Fault(Place(file.name, None, "draws.untaught"), wrong, cure)]


def _varied(told: StudyFile, base: Scenario, file: Path, faults: list[Fault]) -> Iterator[Varied]:
    """The parameters that are varied; faults where they cannot be."""
    wanted = told.draws
    roles: tuple[tuple[Role, str, Sequence[WantedVaried]], ...] = (
        ("uncertainty", "uncertainties", wanted.uncertainties),
        ("lever", "levers", wanted.levers),
    )
    for role, part, rows in roles:
        for number, row in enumerate(rows, start=1):
            place = Place(file.name, None, f"draws.{part}[{number}]")
            one, wrong = varied_of(row, role, wanted.method, base, place)
            faults += wrong
            if one is not None:
                yield one


def _plausible(told: StudyFile, county: str, faults: list[Fault]) -> Draws:
    """The plausible sets of the reading that the whole study is of."""
    folder, wanted = county_folder(county), told.draws
    draws, wrong = plausible_sets(
        told.county, folder, told.overrides, wanted.number, untaught=wanted.untaught
    )
    faults += wrong
    return replace(draws, people=_people(told.draws))


def _people(wanted: WantedDraws) -> People:
    """Whose people the draws meet; rows of Sobol' draws have their own unless the file says not."""
    return wanted.people or ("own" if wanted.method == "sobol" else "same")


def people_faults(told: StudyFile, file: Path) -> list[Fault]:
    """Own people where draws are not a sample, or where replications of the same are counted."""
    wanted = told.draws
    if _people(wanted) == "same":
        return []
    if wanted.method not in OWN_PEOPLE:
        place = Place(file.name, None, "draws.people")
        wrong = f"draws of the method {wanted.method} meet the same people"
        return [Fault(place, wrong, 'Leave it out, or take the method "latin_hypercube"')]
    if told.replications.within is not None:
        place = Place(file.name, None, "replications.within")
        wrong = "it counts replications with the same people, and each draw has its own"
        return [Fault(place, wrong, 'Give replications.number, or draws.people = "same"')]
    return []


def _listed(varied: Sequence[Varied], file: Path, faults: list[Fault]) -> Draws:
    lengths = {len(one.values) for one in varied}
    if len(lengths) != 1:
        place = Place(file.name, None, "draws")
        wrong = f"the lists have different lengths ({', '.join(map(str, sorted(lengths)))})"
        faults.append(Fault(place, wrong, "Give each parameter a value for every draw"))
        return Draws()
    rows = tuple(zip(*(one.values for one in varied), strict=True))
    return Draws("list", tuple(varied), rows)
