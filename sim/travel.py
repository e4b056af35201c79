"""Travel: from how densely a branch's homes lie to the minutes of a carer's week spent with people.

A closed round of n visits in a compact patch of A km2 is about 0.7124 sqrt(nA) + 0.16 perimeter
long (Beardwood, Halton & Hammersley 1959, with a boundary term). For fewer than five visits that
is far too long; those rounds are tabulated (mean shortest tour of n random points in a square,
10^6 samples, reproduced by a test).
"""

from __future__ import annotations

from math import sqrt

from sim.scenario import Scenario
from sim.scenario.parameters import Travel, Workforce
from sim.scenario.tables import Area

TOUR_CONSTANT = 0.7124
BOUNDARY = 0.16 * 4
TWO_POINTS = 0.5214
"""Mean distance of two random points of a unit square: (2 + sqrt 2 + 5 ln(1 + sqrt 2)) / 15."""
SHORT_ROUNDS = {2: 1.0430, 3: 1.5640, 4: 1.8904}
"""Mean length of the shortest closed round of n points in a unit square."""


def round_length(visits: float, boundary: bool) -> float:
    """Mean length of a closed round of ``visits`` homes in a patch of 1 km2, in km."""
    if boundary and visits < 5:
        low = int(visits)
        high = SHORT_ROUNDS.get(low + 1, TOUR_CONSTANT * sqrt(5) + BOUNDARY)
        return SHORT_ROUNDS[low] + (visits - low) * (high - SHORT_ROUNDS[low])
    return TOUR_CONSTANT * sqrt(visits) + (BOUNDARY if boundary else 0.0)


def km_per_visit(travel: Travel, area: Area, homes: float, homes_in_area: float) -> float:
    """Road kilometres per visit of a branch with ``homes`` of the area's ``homes_in_area``."""
    together = max(2.0, homes * travel.share_visited_together)
    visits = min(travel.visits_per_round, together)
    patch_share = min(1.0, max(homes, 1.0) / max(homes_in_area, 1.0)) ** travel.territoriality
    patch_km2 = area.area_km2 * patch_share * visits / together
    crow = round_length(visits, travel.boundary_term) * sqrt(patch_km2) / visits
    return crow * travel.road_factor


def minutes_per_visit(travel: Travel, area: Area, km: float) -> float:
    """Driving time of ``km``, at the speeds of the area's settlement mix, in minutes."""
    town = area.urban_share + area.fringe_share
    hours_per_km = (
        town / travel.speed_urban_km_per_hour + (1 - town) / travel.speed_rural_km_per_hour
    )
    return km * hours_per_km * 60


def km_across(travel: Travel, region_km2: float) -> float:
    """Mean road kilometres between two places of a region: a trip from one area to another."""
    return TWO_POINTS * sqrt(region_km2) * travel.road_factor


def travel_tables(scenario: Scenario) -> dict[str, TravelTable]:
    """Each area's table, by its code."""
    per_person = scenario.packages.published_hours
    private: dict[str, float] = {}
    for team in scenario.branches:
        private[team.area] = private.get(team.area, 0.0) + team.private_people
    return {
        row.code: TravelTable(
            scenario.travel,
            scenario.workforce,
            row,
            row.hours_per_four_weeks / 4 / per_person + private.get(row.code, 0.0),
            scenario.packages.mean_visit_minutes,
        )
        for row in scenario.areas
    }


class TravelTable:
    """Travel and contact time in one area by the number of homes a branch visits."""

    __slots__ = ("_area", "_homes_in_area", "_km", "_travel", "_visit", "_week", "contact")

    def __init__(
        self,
        travel: Travel,
        workforce: Workforce,
        area: Area,
        homes_in_area: float,
        visit_minutes: float,
    ) -> None:
        self._travel, self._area, self._homes_in_area = travel, area, homes_in_area
        self._visit = visit_minutes
        self._week = workforce.paid_hours_per_week * 60 * (1 - workforce.absence_share)
        self._km: list[float] = []
        self.contact: list[int] = []

    def contact_minutes(self, homes: int) -> int:
        """Minutes a week that one carer spends with people, when the branch visits ``homes``."""
        try:
            return self.contact[homes]
        except IndexError:
            self._tabulate(homes)
            return self.contact[homes]

    def km_per_visit(self, homes: int) -> float:
        """Road kilometres per visit, when the branch visits ``homes``."""
        self.contact_minutes(homes)
        return self._km[homes]

    def travel_minutes_per_visit(self, homes: int) -> float:
        """Driving minutes per visit, when the branch visits ``homes``."""
        return minutes_per_visit(self._travel, self._area, self.km_per_visit(homes))

    def share_on_the_way(self, km_a_week: float) -> float:
        """Share of a carer's working time that so many kilometres a week take, on roads as here."""
        return minutes_per_visit(self._travel, self._area, km_a_week) / self._week

    def contact_share(self, homes: int) -> float:
        """Share of working time spent with people."""
        return self.contact_minutes(homes) / self._week

    def _tabulate(self, homes: int) -> None:
        travel = self._travel
        for n in range(len(self.contact), homes + 64):
            if not travel.applies:
                self._km.append(0.0)
                self.contact.append(int(self._week + 1e-6))
                continue
            km = km_per_visit(travel, self._area, n, self._homes_in_area)
            lost = (
                minutes_per_visit(travel, self._area, km)
                + travel.parking_minutes
                + travel.gap_minutes
            )
            self._km.append(km)
            self.contact.append(int(self._week * self._visit / (self._visit + lost)))
