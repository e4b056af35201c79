"""From a study's file to a frozen study: everything wrong is told at once, before anything runs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import Any

from experiments.engine.limits import MOST_REPLICATIONS
from experiments.study.drawing import draws_of, people_faults
from experiments.study.draws import Draws, held_already
from experiments.study.file import (
    StudyFile,
    WantedReplications,
    WantedScenario,
    find_file,
    flat,
    read_file,
)
from experiments.study.limits import run_faults
from experiments.study.own_code import Brought
from experiments.study.own_files import brought_by
from experiments.study.possible import impossible_faults, left_out_faults
from experiments.study.study import Named, Replications, Study
from sim.outcomes.catalogue import RENAMED, REPLACED, declared
from sim.scenario import Fault, Scenario, ScenarioError, load_scenario
from sim.scenario.draft import GivenRow
from sim.scenario.faults import Place, nearest


def study_of(
    study: str | Path,
    *more: Fault,
    changed: Mapping[str, Any] | None = None,
    own_code: bool = False,
) -> Study:
    """Read and freeze a study. Raises ScenarioError with every fault, ``more`` included.

    ``changed``: top-level keys of the file in place of its own. ``own_code``: whether Python that
    the study brings may be run.
    """
    path, faults = find_file(study)
    if faults:
        raise ScenarioError([*faults, *more])
    faults += more
    told, wrong = read_file(path)
    if told is None:
        raise ScenarioError([*faults, *wrong])
    told = told.model_copy(update=dict(changed or {}))
    return frozen(told, path, *faults, own_code=own_code)


def frozen(told: StudyFile, path: Path, *more: Fault, own_code: bool = False) -> Study:
    """A study as its file tells it. Raises ScenarioError with every fault."""
    faults = list(more)
    county = _county(told.county, path)
    scenarios = tuple(_named(told, county, path, faults))
    names = [one.name.lower() for one in told.scenarios]  # each becomes the name of a file
    for place, one in enumerate(told.scenarios):
        if one.name.lower() in names[:place]:
            where = Place(path.name, None, f"scenarios[{place + 1}].name")
            faults.append(Fault(where, f"{one.name!r} is given twice", "Give each its own name"))
    draws = Draws()
    if scenarios:
        draws = draws_of(told, scenarios[0].scenario, county, path, faults)
        if draws.method == "plausible":
            where = Place(path.name, None, "draws")
            for named in scenarios:
                faults += held_already(draws, named.scenario, where)
        faults += _draw_faults(told, draws, county, path) if not faults else []
    own, wrong = _own_code(told, scenarios, path, allowed=own_code)
    faults += wrong
    # Without its own code nobody knows which outcomes the study has.
    if len(scenarios) == len(told.scenarios) and not wrong:
        with nullcontext() if own is None else own.told():
            faults += _outcome_faults(told, scenarios, path)
    replications = _replications(told, path, faults)
    faults += people_faults(told, path)
    where = Place(path.name, None, "replications")
    faults += run_faults(len(told.scenarios), len(draws), replications.number, where)
    if faults:
        raise ScenarioError(list(dict.fromkeys(faults)))
    return Study(
        told.name,
        told.question,
        told.seed,
        tuple(RENAMED.get(name, name) for name in told.outcomes),
        scenarios,
        draws,
        replications,
        told.weekly,
        told.intervals,
        placebo=told.placebo,
        own=own,
    )


def _own_code(
    told: StudyFile, scenarios: Sequence[Named], file: Path, *, allowed: bool
) -> tuple[Brought | None, list[Fault]]:
    """The Python that the study brings, or what is wrong with it."""
    if not told.own_code:
        return None, []
    from experiments.study.tables import RUN_KEYS

    tiers = {tier.code for one in scenarios for tier in one.scenario.commissioning.tiers}
    taken = [column.name for column in RUN_KEYS]
    return brought_by(told.own_code, file, sorted(tiers), taken, allowed=allowed)


def _county(name: str, file: Path) -> str:
    """A county that ships, or a folder beside the file or from where the command is given."""
    beside = file.parent / name
    return str(beside) if (beside / "county.toml").is_file() else name


def _named(told: StudyFile, county: str, file: Path, faults: list[Fault]) -> Iterator[Named]:
    for place, wanted in enumerate(told.scenarios):
        try:
            scenario = resolved(told, wanted, county, file, place)
        except ScenarioError as error:
            faults += [_in_file(fault, told, wanted, file, place) for fault in error.faults]
        else:
            yield Named(wanted.name, wanted.meaning, scenario, wanted.compared)


def resolved(
    told: StudyFile,
    wanted: WantedScenario,
    county: str,
    file: Path,
    place: int,
    values: Mapping[str, Any] | None = None,
) -> Scenario:
    """A scenario of the file, with a draw's values last. Raises ScenarioError."""
    settings = {**flat(told.set), **flat(wanted.set), **(values or {})}
    if told.until is not None:
        settings["calendar.end"] = told.until
    rows = []
    for number, cells in enumerate(wanted.failures, start=1):
        head = f"scenarios[{place + 1}].failures[{number}]"
        places = {name: Place(file.name, None, f"{head}.{name}") for name in cells}
        places = places or {"who": Place(file.name, None, head)}
        rows.append(GivenRow(dict(cells), places))
    return load_scenario(
        county,
        overrides=(*told.overrides, *wanted.overrides),
        settings=settings,
        commissioning=wanted.commissioning or told.commissioning,
        failures=rows,
    )


def _in_file(
    fault: Fault, told: StudyFile, wanted: WantedScenario, file: Path, place: int
) -> Fault:
    """A fault told where the file has its cause, not where a command line would."""
    option, _, name = fault.place.file.partition(" ")
    head = f"scenarios[{place + 1}]."
    if option == "--set":
        here = head if name.partition("[")[0] in flat(wanted.set) else ""
        key = f"{here}set.{name}"
        if name == "calendar.end" and told.until is not None:
            key = "until"
    elif option == "--override":
        key = f"{head if name in wanted.overrides else ''}overrides, {name}"
    elif option == "--commissioning":
        key = f"{head if wanted.commissioning else ''}commissioning"
    elif str(fault.place) == told.county:
        key = "county"
    else:
        return fault
    return Fault(Place(file.name, None, key), fault.wrong, fault.cure)


def _draw_faults(told: StudyFile, draws: Draws, county: str, file: Path) -> list[Fault]:
    """What is wrong with the values of draws: each by itself, and the ends all together."""
    if not draws.varied:
        return []
    faults: list[Fault] = []
    for values in _trials(draws):
        for place, wanted in enumerate(told.scenarios):
            try:
                resolved(told, wanted, county, file, place, values)
            except ScenarioError as error:
                faults += [_of_draw(fault, file, values) for fault in error.faults]
        if faults:
            return faults
    return faults


def _trials(draws: Draws) -> Iterator[dict[str, Any]]:
    """Sets of values with which every scenario is resolved beforehand."""
    if draws.method in ("list", "plausible") and len(draws) <= 100:
        yield from (draws.values(number) for number in range(len(draws)))
        return
    ends: list[dict[str, Any]] = [{}, {}]
    for place, one in enumerate(draws.varied):
        column = [row[place] for row in draws.rows]
        unique = list(dict.fromkeys(column)) if one.values else [min(column), max(column)]
        yield from ({one.path: value} for value in unique if one.values)
        ends[0][one.path], ends[1][one.path] = unique[0], unique[-1]
    yield from ends


def _of_draw(fault: Fault, file: Path, values: Mapping[str, Any]) -> Fault:
    option, _, path = fault.place.file.partition(" ")
    if option == "--set" and path.partition("[")[0] in values:
        return Fault(Place(file.name, None, f"draws, {path}"), fault.wrong, fault.cure)
    return fault


def _outcome_faults(told: StudyFile, scenarios: Sequence[Named], file: Path) -> list[Fault]:
    """Outcomes that no scenario has, or can have."""
    tiers = {tier.code for one in scenarios for tier in one.scenario.commissioning.tiers}
    known = {outcome.name: outcome for outcome in declared(sorted(tiers))}
    asked = {f"outcomes[{number}]": name for number, name in enumerate(told.outcomes, start=1)}
    if told.replications.outcome is not None:
        asked["replications.outcome"] = told.replications.outcome
    every = [named.scenario for named in scenarios]
    varied = {one.path: one.values for one in (*told.draws.uncertainties, *told.draws.levers)}
    faults: list[Fault] = []
    for key, name in asked.items():
        place, outcome = Place(file.name, None, key), known.get(RENAMED.get(name, name))
        if outcome is None:
            cure = REPLACED.get(name) or nearest(name, list(known))
            faults.append(Fault(place, f"there is no outcome {name!r}", cure))
        else:
            faults += impossible_faults(place, outcome, every, varied)
            faults += left_out_faults(place, outcome, placebo=told.placebo)
    return faults


def _replications(told: StudyFile, file: Path, faults: list[Fault]) -> Replications:
    wanted: WantedReplications = told.replications
    place = Place(file.name, None, "replications")
    if (wanted.number is None) == (wanted.within is None):
        cure = "Give replications.number, or replications.within with an outcome"
        faults.append(Fault(place, "the number of replications is not clear", cure))
        return Replications(1)
    last = wanted.begin + (wanted.number or wanted.at_most)
    if last > MOST_REPLICATIONS:
        wrong = f"replications up to number {last - 1:,}"
        cure = f"The last allowed number is {MOST_REPLICATIONS - 1:,}: begin earlier or take fewer"
        faults.append(Fault(Place(file.name, None, "replications.begin"), wrong, cure))
    if wanted.within is None:
        return Replications(wanted.number or 1, begin=wanted.begin)
    if wanted.at_most < wanted.first:
        wrong = f"at_most {wanted.at_most} is below first {wanted.first}"
        faults.append(Fault(place, wrong, "Set at_most higher"))
    asked = wanted.outcome or told.outcomes[0]
    # A file written for 0.5.0 keeps its meaning: only names have changed since.
    outcome = RENAMED.get(asked, asked)
    return Replications(wanted.first, wanted.within, outcome, wanted.at_most, begin=wanted.begin)
