"""What is too large to be simulated: refused from the scenario alone, before anything is built.

The limits are assumptions about what anybody would still call a run, not properties of the market.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from sim.scenario.amounts import count, counted, duration, size
from sim.scenario.draft import Draft, Path_
from sim.scenario.expected import most_referrals_per_day, people_in_care, referred
from sim.scenario.faults import Fault
from sim.scenario.size import Part, parts_of, size_of

if TYPE_CHECKING:
    from sim.scenario.scenario import Scenario
    from sim.scenario.tables import Area

MOST_PEOPLE_PER_AREA = 390_000
"""In care at once: an area has 400,000 permanent numbers for them, and chance may want some more
than the mean. Norfolk's areas have two hundred people each."""
MOST_REFERRALS_PER_AREA = 490_000
"""From the warm-up to the end: an area has 500,000 permanent numbers for them. Norfolk's areas have
1,400 in seven years."""
MOST_REFERRALS_PER_AREA_AND_DAY = 490.0
"""On the day on which most are: 500 at the most can be told apart. All Norfolk has nine."""
MOST_BYTES = 32e9
"""Memory of one process: more than an analyst's computer has (assumption)."""
MOST_SECONDS = 24 * 3600.0
"""Processor time of one replication: longer than anybody waits for one story (assumption)."""

CROWDED = (
    "Check its hours, packages.mean_carer_hours_per_week, care.mean_stay_days, shocks, growth "
    "and the length of the run"
)
DEMAND: tuple[Path_, ...] = (
    ("packages", "mean_carer_hours_per_week"),
    ("packages", "hours_values"),
    ("care", "mean_stay_days"),
    ("demand", "growth_per_year"),
    ("calendar", "end"),
)
"""What makes people many, beside the hours of areas."""
CONTACT: tuple[Path_, ...] = (
    ("workforce", "paid_hours_per_week"),
    ("workforce", "absence_share"),
)
"""What makes carers many, where posts are not given."""
WHAT: dict[str, str] = {
    "areas.hours_per_four_weeks": "people referred",
    "care.hospital_admissions_per_year": "admissions to hospital",
    "care.review_interval_days": "reviews of packages",
    "care.review_change_share": "reviews until one changes hours",
    "branches.posts": "carers",
    "brokerage.brokers": "lists of people who wait for a broker",
    "calendar.end": "the weeks of areas and teams",
    "bridging.reablement_hours_per_person": "people who miss reablement",
    "rollout.stage_days": "stages in which work moves",
    "quality.revisit_days": "visits to inadequate providers",
}


def hopeless(draft: Draft, scenario: Scenario) -> list[Fault]:
    """Why a scenario is too large to be simulated, if it is."""
    return list(_crowded_areas(draft, scenario)) or list(_too_costly(draft, scenario))


def _crowded_areas(draft: Draft, scenario: Scenario) -> Iterator[Fault]:
    """Areas with more people than can be told apart: the worst one, for the first reason."""
    coming = referred(scenario)
    limits: tuple[tuple[str, float, Callable[[Area], float]], ...] = (
        ("in care", MOST_PEOPLE_PER_AREA, lambda area: people_in_care(scenario, area)),
        ("referred", MOST_REFERRALS_PER_AREA, lambda area: coming[area.code]),
        (
            "referred on a day",
            MOST_REFERRALS_PER_AREA_AND_DAY,
            lambda area: most_referrals_per_day(scenario, area),
        ),
    )
    for what, most, number in limits:
        crowded = [area for area in scenario.areas if number(area) > most]
        if crowded:
            worst = max(crowded, key=number)
            wrong = f"{worst.name} would have {count(number(worst))} people {what}"
            if len(crowded) > 1:
                wrong += (
                    f", and {counted(len(crowded) - 1, 'other area')} would have too many as well"
                )
            cure = f"At most {most:,.0f} in an area. {CROWDED}"
            yield draft.fault(_cause_of_demand(draft, scenario, worst), wrong, cure)
            return


def _too_costly(draft: Draft, scenario: Scenario) -> Iterator[Fault]:
    """More time or memory than anybody has, told where most of it comes from."""
    whole = size_of(scenario)
    if whole.bytes <= MOST_BYTES and whole.seconds <= MOST_SECONDS:
        return
    parts = parts_of(scenario)
    worst = max(parts, key=lambda name: _weight(parts[name]))
    wrong = (
        f"one replication would take {duration(whole.seconds)} and {size(whole.bytes)} of memory "
        f"(estimate), most of it for {WHAT[worst]}"
    )
    path = _path_of(draft, scenario, worst)
    most = f"At most {duration(MOST_SECONDS)} and {size(MOST_BYTES)}"
    cure = f"{most}. Check {path[0]}.{path[-1]}, or simulate a shorter time"
    yield draft.fault(path, wrong, cure)


def _weight(part: Part) -> float:
    return max(part.bytes / MOST_BYTES, part.seconds / MOST_SECONDS)


def _path_of(draft: Draft, scenario: Scenario, name: str) -> Path_:
    """Where the value stands that would have to change."""
    table, key = name.split(".")
    if table == "areas":
        largest = max(scenario.areas, key=lambda area: area.hours_per_four_weeks)
        return _cause_of_demand(draft, scenario, largest)
    if table == "branches":
        posts = [row.posts or 0 for row in scenario.branches]
        if max(posts) == 0:
            return _given_by_option(draft, CONTACT)
        return (table, posts.index(max(posts)), key)
    return (table, key)


def _cause_of_demand(draft: Draft, scenario: Scenario, area: Area) -> Path_:
    """What an option set for this run and makes people many; else the area's hours."""
    hours: Path_ = ("areas", scenario.areas.index(area), "hours_per_four_weeks")
    return _given_by_option(draft, (hours, *DEMAND))


def _given_by_option(draft: Draft, paths: Sequence[Path_]) -> Path_:
    """The first of some values that an option gave; else the first of all."""
    return next((path for path in paths if draft.place(path).file.startswith("--")), paths[0])
