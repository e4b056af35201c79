"""What a parameter that somebody sets does not move, told before anyone reads the result.

A parameter says where it is declared what it moves, if that is less than one would think
(``moves``). Others act only where a switch is on; those switches stand here, beside each other.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from sim.scenario.declaration import Frozen
from sim.scenario.parameters import SECTIONS
from sim.scenario.scenario import Scenario
from sim.scenario.tables import ROW_TYPES

NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class Switch:
    """A parameter without one of whose values others of its section are never looked at.

    ``on``: those values; none: any above 0.
    """

    path: str
    on: tuple[Any, ...]
    keys: tuple[str, ...]

    @property
    def paths(self) -> tuple[str, ...]:
        """What acts only where the switch is on."""
        section = self.path.split(".")[0]
        return tuple(f"{section}.{key}" for key in self.keys)

    @property
    def words(self) -> str:
        """Where it is on, in words."""
        return f"{self.path} is {' or '.join(map(shown, self.on)) or 'above 0'}"

    def is_on(self, value: Any) -> bool:
        """Whether it is on at a value."""
        return value in self.on if self.on else value > 0


def _section(name: str, *still: str) -> Switch:
    """The switch of a whole section; ``still``: what acts without it too."""
    keys = [key for key in SECTIONS[name].model_fields if key not in ("applies", *still)]
    return Switch(f"{name}.applies", (True,), tuple(keys))


SWITCHES = (
    _section("travel", "visits_per_round"),
    _section("overload", "pressing_after_days", "thin_round_fall"),
    _section("self_funders", "call_on_council"),
    _section("money"),
    _section("quality"),
    Switch(
        "failure.random",
        (True,),
        (
            "small_provider_hours_per_week",
            "closures_per_year_small",
            "closures_per_year_large",
            "closures_per_year_principal",
            "shortfalls_per_year_principal",
            "losses_per_year_principal",
            "first_year_share",
            "sudden_share",
            "shortfall_suspension_share",
        ),
    ),
    Switch(
        "entry.providers_per_year",
        (),
        ("days_between_rounds", "where", "posts", "build_up_days"),
    ),
    Switch("workforce.carers_lent", ("locality", "county"), ("lent_trips_per_week",)),
    Switch("packages.hours_law", ("list",), ("hours_values", "hours_shares")),
    Switch("packages.hours_law", ("lognormal",), ("hours_log_sd",)),
    Switch("packages.hours_law", ("lognormal", "fixed"), ("mean_carer_hours_per_week",)),
    Switch("care.stay_law", ("lognormal",), ("stay_log_sd",)),
    Switch("care.reviews", (True,), ("review_change", "review_change_share")),
    Switch(
        "workforce.posts_follow_work",
        (True,),
        ("posts_growth_per_month", "posts_cut_per_month", "refused_work_weight"),
    ),
    Switch(
        "workforce.applicants_limited",
        (True,),
        ("matching_per_week", "matching_exponent", "applicant_patience_weeks"),
    ),
)


def notes(scenario: Scenario, also: Iterable[str] = (), switched: Iterable[str] = ()) -> list[str]:
    """What overrides, settings and the levers ``also`` do not move, a sentence each.

    ``switched`` are switches that are turned on later, or varied.
    """
    paths = list(dict.fromkeys([*scenario.changed_values, *also]))
    said: dict[str, list[str]] = {}
    for path in paths:
        for words in (*_declared(path), *_switched_off(scenario, path, switched)):
            said.setdefault(words, []).append(path)
    return [f"{' and '.join(named)}: {words}" for words, named in said.items()]


def moves(path: str) -> str:
    """What is declared of a parameter, by its dotted path; empty where nothing is."""
    parts = path.split(".")
    table: type[Frozen] | None = SECTIONS.get(parts[0])
    if len(parts) > 2:
        table = ROW_TYPES.get(parts[-3])
    field = None if table is None else table.model_fields.get(parts[-1])
    extra = None if field is None else field.json_schema_extra
    return str(extra.get("moves", "")) if isinstance(extra, dict) else ""


def _declared(path: str) -> Iterator[str]:
    if told := moves(path):
        yield f"in this version it changes {told}"


def _switched_off(scenario: Scenario, path: str, switched: Iterable[str]) -> Iterator[str]:
    for switch in SWITCHES:
        if path not in switch.paths or switch.path in (*switched,):
            continue
        section, key = switch.path.split(".")
        value = getattr(getattr(scenario, section), key)
        if not switch.is_on(value):
            yield f"it has an effect only if {switch.words}; here it is {shown(value)}"


def shown(value: object) -> str:
    """A value as a settings file has it."""
    return str(value).lower() if isinstance(value, bool) else str(value)
