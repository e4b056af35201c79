"""What users wait for, in pieces: a part of each question's own work, as the question makes it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from experiments.adequacy import question as of_adequacy
from experiments.asking.asked import Asked, scenario_asked_for
from experiments.asking.scripts import Scripts
from experiments.bands import question as of_bands
from experiments.bands.asked import reading_of
from experiments.calibration.history_matching import trial_of
from experiments.calibration.search import calibration_of
from experiments.calibration.work import TRIALS, Base
from experiments.calibration.work import items_of as items_of_trials
from experiments.costs.replication import LIVES, SEED, several
from experiments.costs.taking import Piece
from experiments.engine.question import Question
from experiments.engine.work import WorkItem
from experiments.run import question as of_run
from experiments.stress import question as of_stress
from experiments.stress.work import Manner, places_of
from sim.clock import date_of
from sim.outcomes.levels import SUFFICES
from sim.scenario import Scenario, ScenarioError, load_scenario

WHO = "largest"
POINTS = 4
"""Area-months at which adequacy closes a provider; the cost of one is the cost of any."""
FEWEST_SETS = 8
GROWTH_END = "2025-12-31"
FACTORS = (1, 2, 4)


@dataclass(frozen=True)
class County:
    """What is measured about which county; ``on``: the day of the closures."""

    name: str
    scenario: Scenario
    on: date

    @property
    def typed(self) -> str:
        """What is typed for it in any folder."""
        return str(Path(self.name).resolve()) if Path(self.name).is_dir() else self.name

    @property
    def failing(self) -> Asked:
        """The county with its largest provider closing."""
        scripts = Scripts((WHO,), (self.on.isoformat(),))
        return Asked(self.name, scripts=scripts, quietly=True)


def county_of(name: str) -> County:
    """A county, and the first day of the month in the middle of its time. Raises ScenarioError."""
    scenario = load_scenario(name)
    middle = date_of(scenario.calendar.start, scenario.days / 2)
    return County(name, scenario, middle.replace(day=1))


def replication(county: County) -> Iterator[Piece]:
    """One replication as it is."""
    yield lived("replication", "a replication", county.scenario)


def lived(code: str, label: str, scenario: Scenario) -> Piece:
    """A replication of a scenario."""
    return Piece(code, label, LIVES, [WorkItem(code, label, scenario)])


def run(county: County) -> Iterator[Piece]:
    """A replication of ``run`` without a failure, with all that is kept of it."""
    asked = of_run.question(county.scenario, SEED, 1)
    yield piece("run", "a replication of a run", asked)


def failure(county: County) -> Iterator[Piece]:
    """A replication of ``run --fail``: the market without the failure, and every arm."""
    asked = of_run.question(scenario_asked_for(county.failing), SEED, 1)
    yield piece("failure", "a replication of a failure question", asked, 1)


def contingency(county: County) -> Iterator[Piece]:
    """Every principal lost on one day, in one replication of ``stress``."""
    scenario = county.scenario
    asked = of_stress.question(scenario, SEED, 1, places_of(scenario), [county.on], Manner())
    yield piece("contingency", "contingencies of one day", asked)


def adequacy(county: County) -> Iterator[Piece]:
    """A replication of ``adequacy``, with few of the points at which a provider really closes."""
    asked = of_adequacy.question(county.scenario, SEED, 1, POINTS, SUFFICES)
    months = round(county.scenario.days / 365.25 * 12)
    yield piece("adequacy", "a replication of adequacy", asked, months)


def calibration(county: County) -> Iterator[Piece]:
    """One set of values, held against the published figures. Nothing for a county without any."""
    try:
        search = calibration_of(Base(county.name))
    except ScenarioError:
        return
    point = search.point({one.path: one.own for one in search.parameters})
    trials = [trial_of(search, 0, point, 0)]
    items = items_of_trials(trials, search.identity)
    yield Piece("calibration", "a set of a calibration", TRIALS, items)


def bands(county: County) -> Iterator[Piece]:
    """One plausible set. Nothing for a county that ships none."""
    try:
        reading = reading_of(county.failing, FEWEST_SETS)
    except ScenarioError:
        return
    asked = of_bands.question(reading.scenario, SEED, {0: reading.values[0]}, SUFFICES)
    yield piece("bands", "a plausible set", asked)


def growth(county: County, factors: tuple[int, ...] = FACTORS) -> Iterator[Piece]:
    """The county once, twice and four times side by side, for its first two years."""
    short = load_scenario(county.name, settings={"calendar.end": GROWTH_END})
    for factor in factors:
        yield lived(f"growth_{factor}", f"the county {factor} times over", several(short, factor))


def piece(code: str, label: str, asked: Question, counted: int | None = None) -> Piece:
    """All the work of a question that was asked for little of it."""
    return Piece(code, label, asked.work, asked.items, counted)


PIECES: dict[str, Callable[[County], Iterator[Piece]]] = {
    "replication": replication,
    "failure": failure,
    "contingency": contingency,
    "adequacy": adequacy,
    "calibration": calibration,
    "bands": bands,
}
"""By the names that ``--only`` knows; growth, start and processes are measured otherwise."""
