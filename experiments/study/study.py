"""A study: scenarios x draws x replications, frozen before anything is run.

Three words, never mixed: a *scenario* is a named, ordered set of changes to a county; a *draw* is
one set of values of what is varied; a *run* is one replication of one scenario under one draw.
Replication r of every scenario meets the same people, carers and shocks, in every draw too unless
draws have people of their own.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import nullcontext
from dataclasses import asdict, dataclass, field
from itertools import groupby
from typing import Any, Literal

from experiments.engine.branches import can_fork
from experiments.engine.work import WorkItem, identity_of, made_with
from experiments.run.work import unfailing
from experiments.study import own_files
from experiments.study.draws import Draws, Varied
from experiments.study.own_code import Brought
from experiments.study.work import CELLS, CellTask, Keep
from sim.outcomes.catalogue import declared
from sim.outcomes.declaration import Outcome
from sim.scenario import Scenario
from sim.scenario.caseload import depends_on as caseload_of

DRAWS = "draws"
"""What a study depends on, and may have more of later."""


@dataclass(frozen=True)
class Named:
    """A scenario of a study. ``compared``: its runs are also simulated without their failures."""

    name: str
    meaning: str
    scenario: Scenario
    compared: bool = True


@dataclass(frozen=True, slots=True)
class Replications:
    """How many: a number; or, with ``within``, as many as a first stage shows to be needed.

    ``within``: half the width that the 95% interval of the outcome's difference may have.
    ``extended``: a number asked for later, which is carried out if it is higher. ``begin``: the
    number of the first, so that a study may go on where another has ended.
    """

    number: int
    within: float | None = None
    outcome: str = ""
    at_most: int = 0
    extended: int = 0
    begin: int = 0

    @property
    def asked_for(self) -> int:
        """How many are carried out at least."""
        return max(self.number, self.extended)


@dataclass(frozen=True, slots=True)
class Cell:
    """A run's place in a study."""

    scenario: int
    draw: int
    replication: int


@dataclass(frozen=True)
class Study:
    """Everything a study's results depend on. The first scenario is what others are held against.

    ``made_with`` is the version of model and libraries; ``identities`` those of the scenarios.
    """

    name: str
    question: str
    seed: int
    outcomes: tuple[str, ...]
    scenarios: tuple[Named, ...]
    draws: Draws
    replications: Replications
    keep: Keep = "county"
    intervals: Literal["t", "bootstrap"] = "t"
    made_with: str = field(default_factory=made_with)
    placebo: bool = True
    """Whether runs with failures also live the placebo."""
    own: Brought | None = None
    """Outcomes and rules of the user's own."""

    def __post_init__(self) -> None:
        told = tuple(named.scenario.identity for named in self.scenarios)
        object.__setattr__(self, "identities", told)
        bases = tuple(unfailing(named.scenario).identity for named in self.scenarios)
        object.__setattr__(self, "bases", bases)

    identities: tuple[str, ...] = field(init=False, default=())
    bases: tuple[str, ...] = field(init=False, default=())
    """The identities of the scenarios without their failures: what is the same is lived once."""
    so_far: str = ""
    """How much of it is tabulated, if not all; stands on every page."""

    @property
    def title(self) -> str:
        """Its name, and that it is not finished."""
        return f"{self.name}, SO FAR {self.so_far}" if self.so_far else self.name

    def identity(self, cell: Cell) -> str:
        """The identity of a run."""
        return identity_of(
            CELLS.name,
            self.identities[cell.scenario],
            self.draws.values(cell.draw),
            self.seed,
            self.world(cell),
            self.scenarios[cell.scenario].compared,
            self.keep,
            *self._placebo,
            *self._own_code,
            version=self.made_with,
        )

    def world(self, cell: Cell) -> int:
        """Which people, carers and shocks a run meets."""
        return self.draws.world(cell.draw, cell.replication)

    def item(self, cell: Cell) -> WorkItem:
        """A run as it is sent to a worker."""
        named = self.scenarios[cell.scenario]
        values = self.draws.values(cell.draw)
        world = self.world(cell)
        task = CellTask(
            named.scenario,
            values,
            self.seed,
            world,
            named.compared,
            self.keep,
            self.placebo,
            None if self.own is None else self.own.code,
        )
        identity = self.identity(cell)
        # Where no past can be shared, each run is a batch of its own.
        batch = f"{self.bases[cell.scenario]}/{cell.draw}/{cell.replication}"
        return WorkItem(identity, self.told(cell), task, batch if can_fork() else identity)

    def items(self, cells: Iterable[Cell]) -> Iterator[WorkItem]:
        """Runs as they are sent to workers: what shares a past comes together."""
        for _, pair in groupby(cells, key=lambda cell: (cell.draw, cell.replication)):
            together = sorted(pair, key=lambda cell: self.bases.index(self.bases[cell.scenario]))
            yield from map(self.item, together)

    def cell(self, told: str) -> Cell:
        """The place of a run by its words. Raises ValueError if it has no such run."""
        name, draw, replication = told.rsplit("/", 2)
        number = [named.name for named in self.scenarios].index(name)
        return Cell(number, int(draw), int(replication))

    def cells(self, places: range) -> Iterator[Cell]:
        """The frozen list of runs, replication by replication, so that pairs come together.

        ``places``: of the replications, the study's first at 0.
        """
        for place in places:
            for draw in range(len(self.draws)):
                for scenario in range(len(self.scenarios)):
                    yield Cell(scenario, draw, self.replications.begin + place)

    def place(self, cell: Cell) -> int:
        """The place of a run's replication, the study's first at 0."""
        return cell.replication - self.replications.begin

    def told(self, cell: Cell) -> str:
        """A run in words that ``caremarket sweep --run`` understands."""
        return f"{self.scenarios[cell.scenario].name}/{cell.draw}/{cell.replication}"

    @property
    def declared(self) -> dict[str, Outcome]:
        """Every outcome of any of its scenarios, by name, in the order of their declaration."""
        found: dict[str, Outcome] = {}
        with nullcontext() if self.own is None else self.own.told():
            for named in self.scenarios:
                tiers = [tier.code for tier in named.scenario.commissioning.tiers]
                found |= {outcome.name: outcome for outcome in declared(tiers)}
        return found

    @property
    def depends_on(self) -> dict[str, str]:
        """What results must not be mixed over, hashed part by part."""

        def hashed(value: Any) -> str:
            text = json.dumps(value, sort_keys=True, default=str)
            return hashlib.sha256(text.encode()).hexdigest()

        scenarios = {
            named.name: [identity, named.compared]
            for named, identity in zip(self.scenarios, self.identities, strict=True)
        }
        varied = [[one.path, one.role] for one in self.draws.varied]
        return {
            **{f"scenario {name}": hashed(told) for name, told in scenarios.items()},
            "order of scenarios": hashed(list(scenarios)),
            DRAWS: hashed([varied, self.draws.rows, *self._own_people]),
            "seed": str(self.seed),
            "kept": self.keep,
            "placebo": ", ".join(self._placebo),
            **({"own code": self.own.code.identity} if self.own else {}),
            **caseload_of(self.scenarios[0].scenario),
            "outcomes": hashed([self.outcomes, self.intervals]),
            "replications": hashed(
                [
                    self.replications.number,
                    self.replications.within,
                    self.replications.outcome,
                    self.replications.at_most,
                    self.replications.begin,
                ]
            ),
            "version of the model or of a library": self.made_with,
        }

    @property
    def of_real_people(self) -> bool:
        """Whether a caseload is given: then small counts of people are told to nobody."""
        return any(named.scenario.caseload for named in self.scenarios)

    @property
    def _own_people(self) -> list[str]:
        """Nothing where all draws meet the same people, as in studies of before."""
        return [] if self.draws.people == "same" else [self.draws.people]

    @property
    def _placebo(self) -> list[str]:
        """Nothing where it is left out, as in studies of before."""
        return ["placebo"] if self.placebo else []

    @property
    def _own_code(self) -> list[str]:
        """Nothing where there is none."""
        return [] if self.own is None else [self.own.code.identity]

    @property
    def whole_identity(self) -> str:
        """A hash of everything it depends on."""
        text = json.dumps([self.name, self.depends_on], sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()


def as_json(study: Study) -> dict[str, Any]:
    """A study as it is kept in its folder; the scenarios stand in files of their own."""
    return {
        "name": study.name,
        "question": study.question,
        "seed": study.seed,
        "outcomes": list(study.outcomes),
        "kept": study.keep,
        "intervals": study.intervals,
        "scenarios": [
            {"name": one.name, "meaning": one.meaning, "compared": one.compared}
            for one in study.scenarios
        ],
        "draws": {
            "method": study.draws.method,
            "varied": [asdict(one) for one in study.draws.varied],
            "rows": [list(row) for row in study.draws.rows],
            "people": study.draws.people,
        },
        "replications": asdict(study.replications),
        "made_with": study.made_with,
        "placebo": study.placebo,
        "own_code": None if study.own is None else own_files.as_json(study.own),
        "depends_on": study.depends_on,
    }


def from_json(
    told: Mapping[str, Any], scenarios: Mapping[str, Scenario], own: Brought | None = None
) -> Study:
    """A study from its folder. Raises KeyError, TypeError or ValueError if it is not one."""
    draws = told["draws"]
    varied = (Varied(**{**one, "values": tuple(one["values"])}) for one in draws["varied"])
    study = Study(
        told["name"],
        told["question"],
        told["seed"],
        tuple(told["outcomes"]),
        tuple(
            Named(one["name"], one["meaning"], scenarios[one["name"]], one["compared"])
            for one in told["scenarios"]
        ),
        Draws(
            draws["method"],
            tuple(varied),
            tuple(tuple(row) for row in draws["rows"]),
            draws.get("people", "same"),
        ),
        Replications(**told["replications"]),
        told["kept"],
        told["intervals"],
        told["made_with"],
        told.get("placebo", False),
        own,
    )
    if study.depends_on != told["depends_on"]:
        raise ValueError("its files were changed after it was begun")
    return study
