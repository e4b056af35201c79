"""The ledger: every fact of a run, in order, in typed columns.

Each kind of fact is declared once, as a method of :class:`Ledger`: its name, meaning, fields and
units. Calling the method records one fact. Folded to a time, the ledger gives every package,
carer and branch; whatever is reported is computed from it (:mod:`sim.outcomes`), and the laws are
checked against it (:mod:`sim.laws`).
"""

from __future__ import annotations

import inspect
from array import array
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Annotated, Any, ParamSpec, get_args, get_type_hints

import numpy as np
from numpy.typing import NDArray

# Whoever reads facts needs their codes: both are to be had here.
from sim.vocabulary import BRIDGING as BRIDGING
from sim.vocabulary import COVERED as COVERED
from sim.vocabulary import GONE as GONE
from sim.vocabulary import HIRES as HIRES
from sim.vocabulary import LOSSES as LOSSES
from sim.vocabulary import ON_LIST as ON_LIST
from sim.vocabulary import TO_PROVIDERS as TO_PROVIDERS
from sim.vocabulary import UNCOVERED as UNCOVERED
from sim.vocabulary import Cause as Cause
from sim.vocabulary import Considered as Considered
from sim.vocabulary import Payer as Payer
from sim.vocabulary import Spending as Spending
from sim.vocabulary import Stage as Stage

P = ParamSpec("P")

DIRECT_PAYMENT = "direct_payment"
"""The last tier of every ledger: care on a direct payment, outside the council's tiers."""

IDS_PER_AREA = 100_000_000
NUMBERS = {
    "referred": range(50_000_000),
    "warm start": range(50_000_000, 80_000_000),
    "own referrals": range(80_000_000, 85_000_000),
    "caseload": range(85_000_000, 90_000_000),
    "no reablement": range(90_000_000, 91_000_000),
    "self-funders": range(91_000_000, IDS_PER_AREA),
}
"""People's numbers in an area, by how they come to home care.

Referred: strip x 100,000 + candidate (:mod:`sim.processes.arrivals`), so that a person has one
number in every scenario. In care as the market starts, of the user's own tables, or referred for
want of reablement: one after another. Self-funders of a provider that stops: provider x 3,000 +
home (:mod:`sim.processes.self_funders`), so that two markets call nobody by another's number.
"""


def package_id(area: int, kind: str, number: int) -> int:
    """The id of a package: the area's id and the person's number among those of a kind.

    Raises ValueError if the kind has no such number.
    """
    numbers = NUMBERS[kind]
    if not 0 <= number < len(numbers):
        raise ValueError(f"{kind}: {number:,} is not below {len(numbers):,}, the most in an area")
    return area * IDS_PER_AREA + numbers[number]


def pay_themselves(packages: NDArray[Any]) -> NDArray[np.bool_]:
    """Which packages are those of people who pay for their own care: their numbers tell."""
    found: NDArray[np.bool_] = packages % IDS_PER_AREA >= NUMBERS["self-funders"].start
    return found


def order_of(numbers: NDArray[np.int64]) -> NDArray[np.int64]:
    """The order of whole numbers; equal ones stay in the order in which they stand.

    Numbers that all differ are sorted ten times as fast as those that must keep an order, so each
    is given its place as its last bits.
    """
    bits = numbers.size.bit_length()
    places: NDArray[np.int64] = np.sort(numbers << bits | np.arange(numbers.size))
    places &= (1 << bits) - 1
    return places


def moves_of_each(ledger: Ledger) -> dict[str, NDArray[Any]]:
    """Moves ordered by package, then in the order in which they happened."""
    moved = ledger.columns("moved")
    order = order_of(moved["package"])
    return {name: column.take(order) for name, column in moved.items()}


@dataclass(frozen=True, slots=True)
class Of:
    """What a field means and its unit."""

    meaning: str
    unit: str


Day = Annotated[
    float, Of("time since the first simulated morning; negative in the warm-up", "days")
]
PackageId = Annotated[int, Of("the package: area number x 100,000,000 + number in the area", "id")]
AreaId = Annotated[int, Of("the area, by its place in labels.areas", "id")]
AreaOrAll = Annotated[int, Of("the area, by its place in labels.areas; -1: all", "id")]
BranchId = Annotated[
    int, Of("the provider's team, by its place in labels.branches; -1: none", "id")
]
ProviderId = Annotated[int, Of("the provider, by its place in labels.providers", "id")]
TierId = Annotated[int, Of("the tier, by its place in labels.tiers; -1: none", "id")]
StageId = Annotated[int, Of("stage of the package, see Stage", "id")]
CauseId = Annotated[int, Of("why, see Cause", "id")]
Minutes = Annotated[int, Of("carer minutes a week", "minutes/week")]
YesNo = Annotated[int, Of("1 yes, 0 no", "yes/no")]
Number = Annotated[int, Of("how many", "count")]
Pence = Annotated[int, Of("amount", "pence")]


@dataclass(frozen=True, slots=True)
class Field:
    """One column of a fact: declared by the annotation of a parameter."""

    name: str
    kind: type
    meaning: str
    unit: str


@dataclass(frozen=True, slots=True)
class Fact:
    """One kind of fact: declared by a method of Ledger."""

    name: str
    meaning: str
    fields: tuple[Field, ...]


def fact(method: Callable[P, None]) -> Callable[P, None]:
    """Mark a method of Ledger as the declaration of a kind of fact."""
    method.is_fact = True  # type: ignore[attr-defined]
    return method


@dataclass(slots=True)
class Labels:
    """What the ids in the ledger stand for: permanent codes, in order of id."""

    areas: list[str] = field(default_factory=list)
    providers: list[str] = field(default_factory=list)
    owners: list[str] = field(default_factory=list)
    branches: list[str] = field(default_factory=list)
    branch_area: list[int] = field(default_factory=list)
    branch_provider: list[int] = field(default_factory=list)
    tiers: list[str] = field(default_factory=list)


State = tuple[Labels, float, dict[str, "array[float]"]]
"""What a ledger takes to another process: the recorders are made anew there."""


class Ledger:
    """The facts of one run. ``labels`` names the ids, ``day`` is how far the run has come."""

    def __init__(self) -> None:
        self.labels = Labels()
        self.day = 0.0
        self._columns: dict[str, array[float]] = {}
        for name in FACTS:
            self._columns[name] = array("d")
        self._record_into_columns()

    def _record_into_columns(self) -> None:
        # The recorder shadows the declaring method: one C call a fact, about 0.4 µs.
        for name, values in self._columns.items():
            setattr(self, name, _recorder(values))

    def __getstate__(self) -> State:
        return self.labels, self.day, self._columns

    def __setstate__(self, state: State) -> None:
        self.labels, self.day, self._columns = state
        self._record_into_columns()

    @fact
    def referred(
        self,
        day: Day,
        package: PackageId,
        area: AreaId,
        minutes: Minutes,
        carers: Number,
        settlement: Annotated[int, Of("0 urban, 1 fringe, 2 rural, 3 isolated", "class")],
        hospital: Annotated[int, Of("1 by hospital discharge, 0 from the community", "yes/no")],
        vulnerable: YesNo,
        critical: YesNo,
    ) -> None:
        """A person is referred for home care, or is known to it as the market starts."""

    @fact
    def moved(
        self,
        day: Day,
        package: PackageId,
        stage: StageId,
        branch: BranchId,
        tier: TierId,
        minutes: Minutes,
        cause: CauseId,
    ) -> None:
        """A package enters a stage, or changes its hours in it."""

    @fact
    def asked(
        self,
        day: Day,
        package: PackageId,
        tier: TierId,
        asked: Number,
        accepted: Annotated[int, Of("providers that accepted", "count")],
        no_carers: Annotated[int, Of("refused for want of carers", "count")],
        at_limit: Annotated[int, Of("refused because the contract's maximum is reached", "count")],
        unwilling: Annotated[int, Of("did not want it", "count")],
    ) -> None:
        """A tier answers the offer of a package."""

    @fact
    def accepted(
        self,
        day: Day,
        package: PackageId,
        branch: BranchId,
        tier: TierId,
        committed: Annotated[int, Of("the branch's committed work after it", "minutes/week")],
        capacity: Annotated[int, Of("the branch's capacity", "minutes/week")],
        extra: Annotated[
            int,
            Of(
                "for someone who lost their provider: carers who come with them, and overtime",
                "minutes/week",
            ),
        ],
        waited: Annotated[
            float, Of("time since it joined the list (or its provider gave notice)", "days")
        ],
    ) -> None:
        """A provider accepts a package."""

    @fact
    def staffed(
        self,
        day: Day,
        branch: BranchId,
        change: Annotated[int, Of("carers gained or, negative, lost", "carers")],
        cause: CauseId,
    ) -> None:
        """A branch gains or loses carers."""

    @fact
    def established(
        self,
        day: Day,
        branch: BranchId,
        posts: Annotated[int, Of("posts, filled or not", "posts")],
        cause: CauseId,
    ) -> None:
        """A branch sets its posts."""

    @fact
    def contracted(
        self,
        day: Day,
        branch: BranchId,
        tier: TierId,
        maximum: Annotated[int, Of("maximum, -1: none", "minutes/week")],
        cause: CauseId,
    ) -> None:
        """A contract starts or ends."""

    @fact
    def traded(self, day: Day, provider: ProviderId, area: AreaOrAll, cause: CauseId) -> None:
        """A provider gives notice, closes, is suspended, loses carers, or is well again."""

    @fact
    def failed(
        self,
        day: Day,
        branch: BranchId,
        kind: Annotated[int, Of("its kind, by its place in FAILURE_KINDS", "id")],
        stops: Annotated[
            float, Of("when care stops: the same day, or the end of the notice", "days")
        ],
    ) -> None:
        """A failure that a script asks for is announced to a team, or happens to it at once."""

    @fact
    def responded(
        self,
        day: Day,
        branch: BranchId,
        response: Annotated[int, Of("its kind, by its place in RESPONSES", "id")],
        taker: Annotated[int, Of("team that takes over; -1 if there is none", "id")],
        people: Annotated[int, Of("people whom it takes over", "people")],
        carers: Annotated[int, Of("carers who come with them", "carers")],
        standby: Annotated[int, Of("carers who join from standby", "carers")],
        pence_an_hour: Annotated[
            int, Of("what an hour costs while the council runs the team; 0 else", "pence/hour")
        ],
        pence_a_year: Annotated[
            int, Of("what the carers on standby cost, used or not", "pence/year")
        ],
    ) -> None:
        """The council responds to a closure for one team."""

    @fact
    def strained(
        self,
        day: Day,
        branch: BranchId,
        overtime: Annotated[int, Of("work done in overtime", "minutes/week")],
        missed: Annotated[int, Of("council work that is missed", "minutes/week")],
        missed_critical: Annotated[
            int, Of("the part of it that is critical visits", "minutes/week")
        ],
    ) -> None:
        """A team's carers fall short of its work, by so much from now on."""

    @fact
    def private(
        self,
        day: Day,
        branch: BranchId,
        minutes: Minutes,
        homes: Annotated[int, Of("homes of people who pay for their own care", "homes")],
    ) -> None:
        """The work that a team does for people who pay themselves, from now on."""

    @fact
    def self_funded(
        self,
        day: Day,
        package: PackageId,
        branch: BranchId,
        minutes: Minutes,
        ends: Annotated[float, Of("when the need ends, whatever happens to the provider", "days")],
        cause: Annotated[int, Of("how it ends, see Cause", "id")],
    ) -> None:
        """Someone who pays for their own care is followed one by one: their provider stops."""

    @fact
    def round_offered(
        self,
        day: Day,
        branch: Annotated[int, Of("the team that stops, by its place in labels.branches", "id")],
        tier: TierId,
        people: Annotated[int, Of("people in the round", "people")],
        minutes: Minutes,
        asked: Number,
        taker: BranchId,
    ) -> None:
        """A tier answers the offer of a whole round of a provider that stops."""

    @fact
    def round_considered(
        self,
        day: Day,
        branch: BranchId,
        taker: Annotated[int, Of("the team it moves to, or -1", "id")],
        people: Annotated[int, Of("people in the round", "people")],
        minutes: Minutes,
        vulnerable: Annotated[int, Of("those of them who should not be moved", "people")],
        by_choice: Annotated[int, Of("those of them who stay on a direct payment", "people")],
        carers: Annotated[int, Of("carers who move with it", "carers")],
        outcome: Annotated[int, Of("what became of it, see Considered", "id")],
    ) -> None:
        """At roll-out, a round is considered for a move to another contract's holder."""

    @fact
    def sought_work(
        self,
        day: Day,
        area: AreaId,
        applicants: Annotated[float, Of("people looking for care work", "people")],
    ) -> None:
        """The labour market of an area, once a week."""

    @fact
    def paid(
        self,
        day: Day,
        branch: BranchId,
        tier: TierId,
        delivered: Annotated[int, Of("carer minutes delivered in the period", "minutes")],
        minutes: Annotated[
            int, Of("carer minutes paid for: weighted by fee, or guaranteed", "minutes")
        ],
        rate: Annotated[int, Of("hourly rate", "pence/hour")],
        amount: Pence,
        spending: Annotated[int, Of("what it is for, see Spending", "id")],
    ) -> None:
        """The council pays for four weeks."""

    @fact
    def accounts(
        self,
        day: Day,
        provider: ProviderId,
        council: Annotated[int, Of("income from the council", "pence")],
        direct: Annotated[int, Of("income from people on direct payments", "pence")],
        private: Annotated[int, Of("income from people who pay for their own care", "pence")],
        pay: Annotated[int, Of("carers' pay with absence and on-costs", "pence")],
        mileage: Annotated[int, Of("mileage paid to carers", "pence")],
        overheads: Annotated[int, Of("overheads: relative, see accounts", "pence")],
        cash: Annotated[int, Of("reserves after the period", "pence")],
    ) -> None:
        """A provider's four weeks."""

    @fact
    def rated(
        self,
        day: Day,
        provider: ProviderId,
        rating: Annotated[
            int,
            Of("0 inadequate, 1 requires improvement, 2 good, 3 outstanding", "rating"),
        ],
        cause: CauseId,
    ) -> None:
        """A visit finds how well a provider does."""

    def __len__(self) -> int:
        return sum(self.count(name) for name in FACTS)

    def count(self, name: str) -> int:
        """How many facts of a kind there are."""
        return len(self._columns[name]) // len(FACTS[name].fields)

    def table(self, name: str, since: int = 0) -> NDArray[np.float64]:
        """The facts of a kind from number ``since`` on as one array: a row a fact, a column a
        field.

        A copy: while anything at all held a view of the ledger's own columns (a debugger or a
        profiler that keeps a frame is enough), the next fact could not be recorded.
        """
        width = len(FACTS[name].fields)
        copied = self._columns[name][since * width :]
        return np.frombuffer(copied, dtype=np.float64).reshape(-1, width)

    def columns(self, name: str, since: int = 0) -> dict[str, NDArray[Any]]:
        """The facts of a kind from number ``since`` on as one array per field, as they happened."""
        declared = FACTS[name].fields
        table = self.table(name, since)
        return {
            column.name: table[:, i].astype(np.int64) if column.kind is int else table[:, i].copy()
            for i, column in enumerate(declared)
        }

    def rows(self, name: str) -> list[tuple[float, ...]]:
        """The facts of a kind as tuples, in the order in which they happened."""
        width = len(FACTS[name].fields)
        values = self._columns[name]
        return [tuple(values[i : i + width]) for i in range(0, len(values), width)]


def _recorder(values: array[float]) -> Callable[..., None]:
    extend = values.extend

    def record(*facts: float) -> None:
        extend(facts)

    return record


def _declared() -> dict[str, Fact]:
    found = {}
    for name, method in vars(Ledger).items():
        if not getattr(method, "is_fact", False):
            continue
        hints = get_type_hints(method, include_extras=True)
        fields = []
        for parameter in list(inspect.signature(method).parameters)[1:]:
            kind, told = get_args(hints[parameter])
            fields.append(Field(parameter, kind, told.meaning, told.unit))
        found[name] = Fact(name, inspect.getdoc(method) or "", tuple(fields))
    return found


FACTS: dict[str, Fact] = _declared()
"""Every kind of fact by name: the data dictionary is made from it."""
