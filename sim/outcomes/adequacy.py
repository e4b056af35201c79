"""N-1 by an estimate: could the rest of the market take on a provider's work within 28 days?

The power engineers' test for care, asked at the first moment of every month. Two stops are looked
at: a *company* closes, everywhere it works (each provider that holds a principal contract that
month); or a *team* alone stops, in one area (its principal; where there is none, the largest
provider stands in its place, and the row says so: ROLES). The second is the kinder half of the
question: a provider fails, not a team.

Estimated from the state of the market alone, without stopping anybody, area by area:

    A    = max(0, sum over the other teams that would be asked, of
                  max(0, carers who work alone x contact hours x (1 + overtime) - committed hours
                         + hours of the carers hired after the stop who work alone within 28 days)
                + hours of the carers whom neighbouring principals would lend
                - hours of the people who wait for a provider already)
    N-1  = min(1, (A + s H) / H); of a company, over its areas, sum of min(H, A + s H) / sum of H

H are the hours at stake, s the share of carers who move with their people. A team that is short
already adds nothing: its recruits first make good what it misses. Those on the interim care list
compete for the same capacity. Room in one area helps nobody in another, but for carers whom
neighbours lend; where a company stops in several areas, each lent carer is counted once, shared by
hours at stake. Without room N-1 is s, with no end of it 1. What it estimates stands in
:mod:`sim.outcomes.n_minus_1`; the estimate is never below 0 nor above 1, the figure itself may be.

In: teams that trade, take new work, are rated well enough and are asked by a tier of the phase in
force; overtime; neighbours; the flood of applicants whom the stop sets free. Not in, and really
helping: the bridging service; people of the other teams leave (7% in four weeks), so that room
comes up again. Not in, and really hindering: somebody with 14 hours needs one team with 14 hours
that wants them, more people are referred, carers of the others leave, and carers move with single
people only as whole carers. Nor are maxima of contracts (the framework's lapse, the last tier has
none) and private work that gives way. How far the two sides cancel is measured by really stopping
providers (:mod:`experiments.adequacy.work`): the estimate is never to be read without its error.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.clock import DAYS_PER_WEEK, days_between
from sim.ledger import HIRES, ON_LIST, Cause, Ledger, Stage
from sim.outcomes.declaration import Column, Table
from sim.outcomes.histories import Flags, Floats, Ints, Spells, spells
from sim.outcomes.n_minus_1 import ON_DAY
from sim.outcomes.roles import BEGINS, ENDS
from sim.outcomes.strain import steps
from sim.outcomes.weekly import HOURS
from sim.scenario import Scenario
from sim.scenario.tables import RATINGS, Tier
from sim.scenario.tables import Area as AreaRow
from sim.travel import travel_tables

USUAL_STAFF_MOVE_SHARE = 0.3
"""The share of carers who move with their people that is shown where one share is, and in the
middle where several are. Nobody knows the true one
(docs/explanation/adequacy.md), so it stands here alone."""
PRINCIPAL, LARGEST, AFTER_LOSS = 0, 1, 2
ROLES = ("principal", "largest", "largest_after_loss")
"""The principal; before there is one, the largest provider; where the principal is gone, too."""

EROSION = Table(
    "erosion",
    "Teams without a contract of their own, at the first moment of every month, whole county.",
    (
        Column("month", "first day of the month", "date"),
        Column("providers", "providers that serve anybody with such a team", "providers"),
        Column("carers", "carers employed", "carers"),
        Column("slack", "hours their carers could serve beyond what they have promised", HOURS),
        Column("overtime", "hours they could add in overtime", HOURS),
        Column("hires", "hours of recruits who work alone within 28 days", HOURS),
        Column("absorbable", "slack, overtime and hires together", HOURS),
        Column("replications", "of how many; 1: a single simulated run", "count"),
    ),
)


@dataclass(frozen=True, slots=True)
class Teams:
    """Every team at every moment: arrays of shape (moments, teams); hours a week.

    ``served``: placed by the council. ``calling``: of people who pay for their own care and would
    call on the council if the team stopped.
    """

    served: Floats
    calling: Floats
    committed: Floats
    homes: Floats
    carers: Floats
    working_alone: Floats
    vacancies: Floats
    contact: Floats
    takes_work: Flags
    asked: Flags
    own_contract: Flags
    principal: Flags


@dataclass(frozen=True, slots=True)
class Fallback:
    """Who would stop and what the others could do; arrays by moment and area, or moment and team.

    ``team``: the one that would stop, by its place in labels.branches; -1: nobody serves there.
    ``at_stake``: hours a week it serves, whoever pays. ``others``: which teams would be asked in
    its place. ``spare``: their hours with overtime, below zero where carers are short; ``slack``:
    of those, within normal hours. ``open_hours``: what they would gain if every vacancy were
    filled. ``lent``: hours of carers from next door. ``vacancies``, ``applicants`` of the area and
    ``carers`` of the team that stops: what hires come from. ``waiting``: hours of the people of the
    area who are on the interim care list, and would be asked for too.
    """

    days: Floats
    place: Ints
    role: Ints
    team: Ints
    at_stake: Floats
    others: Flags
    spare: Floats
    slack: Floats
    open_hours: Floats
    lent: Floats
    vacancies: Floats
    applicants: Floats
    carers: Floats
    waiting: Floats


@dataclass(frozen=True, slots=True)
class Companies:
    """What every provider has at stake, and what others could do if it closed everywhere.

    ``held``: who holds a principal contract, by moment and provider; the rest by moment, provider
    and area, for those alone. ``absorbable`` is by share of carers who move, first.
    """

    held: Flags
    at_stake: Floats
    absorbable: Floats

    def n_minus_1(self, staff_move_shares: Floats) -> Floats:
        """The estimate by share, moment and provider; not a number for who is no principal."""
        stake = np.where(self.held[:, :, None], self.at_stake, 0.0)
        shares = staff_move_shares[:, None, None, None]
        return county_adequacy(
            np.broadcast_to(stake, self.absorbable.shape), self.absorbable, shares
        )


@dataclass(frozen=True, slots=True)
class Moments:
    """The state of the market at some moments, whoever is to stop; by moment and team, or area."""

    days: Floats
    place: Ints
    teams: Teams
    spare: Floats
    slack: Floats
    vacancies: Floats
    applicants: Floats
    waiting: Floats
    role: Ints
    team: Ints


def month_starts(scenario: Scenario, until: float | None = None) -> tuple[list[date], Floats]:
    """First days of the months of a scenario, as dates and as days; none after ``until``."""
    first, last = scenario.calendar.start, scenario.days if until is None else until
    months = []
    month = first.replace(day=1)
    while days_between(first, month) < last:
        if month >= first:
            months.append(month)
        month = (month + timedelta(days=31)).replace(day=1)
    return months, np.array([days_between(first, month) for month in months])


def adequacy(at_stake: Floats, absorbable: Floats, staff_move_share: float) -> Floats:
    """Share of the hours at stake that others take on within 28 days; not a number if none are."""
    share = _ratio(absorbable, at_stake) + staff_move_share
    return np.where(np.isnan(share), np.nan, np.minimum(1.0, share))


def county_adequacy(
    at_stake: Floats, absorbable: Floats, staff_move_share: Floats | float
) -> Floats:
    """Adequacy of all areas together, weighted by hours at stake; areas are the last axis.

    An area's surplus helps nobody elsewhere. Not a number where nothing is at stake.
    """
    taken = np.minimum(at_stake, absorbable + staff_move_share * at_stake).sum(axis=-1)
    return _ratio(taken, np.broadcast_to(at_stake.sum(axis=-1), taken.shape))


def weighted(at_stake: Floats, n_minus_1: Floats) -> Floats:
    """Mean weighted by hours at stake over the last axis; not a number where nothing is at stake.

    Not a number counts as nobody: whoever has nothing at stake has no N-1.
    """
    known = np.where(np.isnan(n_minus_1), 0.0, n_minus_1)
    hours = np.broadcast_to(np.where(np.isnan(n_minus_1), 0.0, at_stake), known.shape)
    return _ratio((hours * known).sum(axis=-1), hours.sum(axis=-1))


def absorbable(fallback: Fallback, scenario: Scenario, staff_move_share: float) -> Floats:
    """Hours a week that the others could take on: A of the formula, by moment and area."""
    filled = filled_share(fallback, scenario, staff_move_share)
    with_hires = fallback.spare + fallback.open_hours * filled[:, fallback.place]
    counted = np.where(fallback.others, np.maximum(0.0, with_hires), 0.0)
    there = _by_area(counted, fallback.place, fallback.role.shape[1]) + fallback.lent
    return np.maximum(0.0, there - fallback.waiting)


def filled_share(fallback: Fallback, scenario: Scenario, staff_move_share: float) -> Floats:
    """Share of the others' vacancies whose recruits work alone within 28 days of the stop.

    By the area's matching function after the stop: the vacancies of the stopped team are gone, and
    its carers who do not move, less those who leave the sector, look for work. Vacancies run down
    as they are filled. The observed rate of hires would not know of those carers.
    """
    rules = scenario.workforce
    stay = (1 - staff_move_share) * (1 - scenario.failure.staff_leaving_sector)
    vacancies, applicants = fallback.vacancies, fallback.applicants + stay * fallback.carers
    a_week = vacancies / rules.fastest_hire_weeks
    if rules.applicants_limited:
        weight = rules.matching_exponent
        matched = rules.matching_per_week * vacancies**weight * applicants ** (1 - weight)
        a_week = np.minimum(a_week, matched)
    weeks = max(0.0, ON_DAY - rules.induction_days) / DAYS_PER_WEEK
    left = np.exp(-weeks * np.nan_to_num(_ratio(a_week, vacancies)))
    # The last bit of a power or an exponential depends on the processor; tables do not.
    return np.round(1 - left, 9)


def _ratio(part: Floats, whole: Floats) -> Floats:
    blank = np.full(np.broadcast(part, whole).shape, np.nan)
    share: Floats = np.divide(part, whole, out=blank, where=np.asarray(whole) > 0)
    return share


def fallback_of(ledger: Ledger, scenario: Scenario, days: Floats) -> Fallback:
    """Which team would stop at each of these moments, area by area, and what the others could do.

    A moment is the instant before anything happens on that day.
    """
    now = moments_of(ledger, scenario, days)
    help_ = lent(ledger, scenario, now, now.team, apart=True)
    return if_stopped(scenario, now, now.role, now.team, help_)


def companies_of(
    ledger: Ledger, scenario: Scenario, days: Floats, staff_move_shares: Floats
) -> Companies:
    """What others could do at these moments if a principal provider closed everywhere it works."""
    now = moments_of(ledger, scenario, days)
    owner = np.array(ledger.labels.branch_provider, dtype=np.int64)
    providers, areas = len(ledger.labels.providers), now.role.shape[1]
    held = np.zeros((days.size, providers), dtype=bool)
    stake = np.zeros((days.size, providers, areas))
    room = np.zeros((staff_move_shares.size, days.size, providers, areas))
    for provider in np.unique(owner[now.teams.principal.any(axis=0)]):
        mine = np.flatnonzero(owner == provider)
        held[:, provider] = now.teams.principal[:, mine].any(axis=1)
        team = np.full((days.size, areas), -1, dtype=np.int64)
        team[:, now.place[mine]] = mine
        found = if_stopped(
            scenario, now, now.role, team, lent(ledger, scenario, now, team, apart=False)
        )
        stake[:, provider] = found.at_stake
        for number, share in enumerate(staff_move_shares):
            room[number, :, provider] = absorbable(found, scenario, float(share))
    return Companies(held, stake, room)


def moments_of(ledger: Ledger, scenario: Scenario, days: Floats) -> Moments:
    """The state of the market at these moments, and which team stands for each area."""
    histories = spells(ledger)
    teams = teams_of(ledger, scenario, days, histories)
    place = np.array(ledger.labels.branch_area, dtype=np.int64)
    count = len(ledger.labels.areas)
    role, team = who_stops(ledger, scenario, teams, place, count, days)
    return Moments(
        days,
        place,
        teams,
        *spare_and_slack(teams, scenario),
        _by_area(teams.vacancies, place, count),
        applicants_at(ledger, days),
        waiting_at(histories, count, days),
        role,
        team,
    )


def if_stopped(
    scenario: Scenario, now: Moments, role: Ints, team: Ints, lent_hours: Floats
) -> Fallback:
    """What the others could do if these teams stopped; ``team`` by moment and area, -1: none."""
    teams, place, count = now.teams, now.place, role.shape[1]
    stops = team[:, place] == np.arange(place.size)

    def of_team(values: Floats) -> Floats:
        return _by_area(np.where(stops, values, 0.0), place, count)

    return Fallback(
        now.days,
        place,
        role,
        team,
        of_team(teams.served + teams.calling),
        teams.asked & teams.takes_work & ~stops,
        now.spare,
        now.slack,
        teams.vacancies * teams.contact * stretch(scenario),
        lent_hours,
        now.vacancies - of_team(teams.vacancies),
        now.applicants,
        of_team(teams.carers),
        now.waiting,
    )


def waiting_at(histories: Spells, areas: int, days: Floats) -> Floats:
    """Hours a week of the people on the interim care list, bridged or not, by moment and area."""
    listed = histories.where(histories.in_stage(*ON_LIST))
    hours = listed.minutes / 60
    times = np.concatenate([listed.start, _ends(listed, days)])
    area = np.concatenate([listed.area, listed.area])
    return levels(times, np.concatenate([hours, -hours]), area, areas, days)


def _ends(kept: Spells, days: Floats) -> Floats:
    """Ends of spells; one that the end of the run cuts off goes on, and must not count as ended."""
    return np.where(kept.end >= days[-1], np.inf, kept.end)


def stretch(scenario: Scenario) -> float:
    """Hours that carers can work with overtime, to their normal hours."""
    return 1.0 + (scenario.overload.overtime_share if scenario.overload.applies else 0.0)


def spare_and_slack(teams: Teams, scenario: Scenario) -> tuple[Floats, Floats]:
    """Hours a week that each team has left with overtime (below zero: it is short), and without."""
    if scenario.workforce.unlimited_capacity:
        endless = np.full(teams.served.shape, np.inf)
        return endless, endless
    capacity = teams.working_alone * teams.contact
    slack = np.maximum(0.0, capacity - teams.committed)
    return capacity * stretch(scenario) - teams.committed, slack


def who_stops(
    ledger: Ledger, scenario: Scenario, teams: Teams, place: Ints, count: int, days: Floats
) -> tuple[Ints, Ints]:
    """The role and the team that would stop, by moment and area."""
    shape = (days.size, count)
    role = np.full(shape, LARGEST, dtype=np.int64)
    team = np.full(shape, -1, dtype=np.int64)
    begun = first_principals(ledger, scenario, place, count)
    for area in range(count):
        here = np.flatnonzero(place == area)
        if here.size == 0:
            continue
        served, holds = teams.served[:, here], teams.principal[:, here]
        largest = np.argmax(served, axis=1)
        chosen = np.argmax(np.where(holds, served, -1.0), axis=1)
        has = holds.any(axis=1)
        picked = here[np.where(has, chosen, largest)]
        team[:, area] = np.where(has | (served.max(axis=1) > 0), picked, -1)
        role[:, area] = np.where(has, PRINCIPAL, np.where(days > begun[area], AFTER_LOSS, LARGEST))
    return role, team


def first_principals(ledger: Ledger, scenario: Scenario, place: Ints, count: int) -> Floats:
    """When each area first had a principal; infinity if it never had one."""
    tiers = scenario.commissioning.principal_places
    begun = np.full(count, np.inf)
    for day, branch, held, _, cause in ledger.rows("contracted"):
        if held in tiers and cause in BEGINS:
            area = place[int(branch)]
            begun[area] = min(begun[area], day)
    return begun


def lent(ledger: Ledger, scenario: Scenario, now: Moments, team: Ints, *, apart: bool) -> Floats:
    """Hours of the whole carers whom principals of the same locality do not need and would lend.

    ``team`` stops, by moment and area; an area is helped if it is its principal. ``apart``: each
    area is a question of its own; if not, all stop at once and share whom a neighbour lends, by
    hours at stake.
    """
    teams, role = now.teams, now.role
    model = scenario.commissioning
    helps = any(model.tiers[tier].neighbours_help for tier in model.principal_places)
    if not helps or scenario.workforce.unlimited_capacity:
        return np.zeros(role.shape)
    locality = {row.code: row.locality for row in scenario.areas}
    places = np.array([locality[code] for code in ledger.labels.areas])
    near = (places[:, None] == places) & ~np.eye(places.size, dtype=bool)
    rows = np.arange(role.shape[0])[:, None]
    # Whole carers are lent, as in the market: shares of a carer help nobody.
    idle = np.maximum(0.0, teams.working_alone * teams.contact - teams.committed)
    spare = np.floor(idle / np.maximum(teams.contact, 1e-9))
    lends = (role == PRINCIPAL) & teams.takes_work[rows, now.team]
    carers = np.where(lends, spare[rows, now.team], 0.0)
    owner = np.array([*ledger.labels.branch_provider, -1])
    helped = (role == PRINCIPAL) & (team >= 0) & (now.team == team)
    # By moment, area that is helped and area that lends.
    other = owner[team][:, :, None] != owner[now.team][:, None, :]
    pairs = (near & other & helped[:, :, None]).astype(float)
    if not apart:
        pairs *= teams.served[rows, team][:, :, None]
        pairs = np.nan_to_num(_ratio(pairs, pairs.sum(axis=1, keepdims=True)))
    coming = (pairs @ carers[:, :, None])[:, :, 0]
    # They work in the area that is helped; how densely, the team that stopped there shows.
    hours: Floats = coming * teams.contact[rows, team] * stretch(scenario)
    return hours


def applicants_at(ledger: Ledger, days: Floats) -> Floats:
    """People looking for care work in each area, as last counted before each moment."""
    sought = ledger.columns("sought_work")
    found = np.zeros((days.size, len(ledger.labels.areas)))
    for area in range(found.shape[1]):
        here = sought["area"] == area
        # Before each moment: what is counted at that very moment has not happened yet.
        at = np.searchsorted(sought["day"][here], days, side="left") - 1
        known = at >= 0
        found[known, area] = sought["applicants"][here][at[known]]
    return found


def teams_of(ledger: Ledger, scenario: Scenario, days: Floats, histories: Spells) -> Teams:
    """The state of every team at each of these moments."""
    labels = ledger.labels
    count = len(labels.branches)
    served, committed, visited = packages_of(histories, days, count)
    private = ledger.columns("private")
    bought = _told(private, "minutes", days, count)
    call = scenario.self_funders.call_on_council == "all"
    carers, alone, vacancies = staff_of(ledger, scenario, days)
    homes = visited + _told(private, "homes", days, count)
    own, principal = contracts_of(ledger, scenario, days)
    return Teams(
        served=served / 60,
        calling=bought / 60 if call else np.zeros_like(bought),
        committed=(committed + bought) / 60,
        homes=homes,
        carers=carers,
        working_alone=alone,
        vacancies=vacancies,
        # One home more: what a team could do with the next person, as brokerage reckons.
        contact=contact_hours(ledger, scenario, homes + 1),
        takes_work=takes_work(ledger, days),
        asked=asked(ledger, scenario, days, own),
        own_contract=np.any(own, axis=2),
        principal=principal,
    )


def packages_of(histories: Spells, days: Floats, count: int) -> tuple[Floats, Floats, Floats]:
    """Minutes served, minutes promised (places kept in hospital too) and homes, team by team."""
    held = histories.where(histories.branch >= 0)
    minutes = held.minutes.astype(float)
    serving = held.in_stage(Stage.IN_SERVICE)
    times = np.concatenate([held.start, _ends(held, days)])
    team = np.concatenate([held.branch, held.branch])

    def level(weights: Floats) -> Floats:
        return levels(times, np.concatenate([weights, -weights]), team, count, days)

    return level(minutes * serving), level(minutes), level(np.ones(minutes.size))


def staff_of(ledger: Ledger, scenario: Scenario, days: Floats) -> tuple[Floats, Floats, Floats]:
    """Carers, those who work alone (inducted), and vacancies, team by team."""
    count = len(ledger.labels.branches)
    staffed = ledger.columns("staffed")
    day, team, change = staffed["day"], staffed["branch"], staffed["change"].astype(float)
    carers = levels(day, change, team, count, days)
    hired = np.isin(staffed["cause"], HIRES)
    inducted = day[hired] + scenario.workforce.induction_days
    one = np.ones(int(hired.sum()))
    learning = levels(day[hired], one, team[hired], count, days)
    learning -= levels(inducted, one, team[hired], count, days)
    posts = _told(ledger.columns("established"), "posts", days, count)
    alone = carers - np.minimum(learning, carers)
    return carers, alone, np.maximum(0.0, posts - carers)


def levels(times: Floats, changes: Floats, groups: Ints, count: int, days: Floats) -> Floats:
    """Step functions at moments, before anything happens on that day: shape (moments, groups)."""
    first = np.searchsorted(days, times, side="right")
    seen = first < days.size
    cell = first[seen] * count + groups[seen]
    table = np.bincount(cell, changes[seen], days.size * count).reshape(days.size, count)
    found: Floats = np.cumsum(table, axis=0)
    return found


def _told(facts: dict[str, NDArray[Any]], name: str, days: Floats, count: int) -> Floats:
    told = steps(facts, name)
    return levels(told.days, told.change, told.branch, count, days)


def contact_hours(ledger: Ledger, scenario: Scenario, homes: Floats) -> Floats:
    """Hours a week that one carer of each team spends with people, by its homes."""
    tables = travel_tables(scenario)
    whole = np.rint(homes).astype(np.int64)
    most = int(whole.max(initial=0)) + 1
    hours = {
        code: np.array([t.contact_minutes(n) for n in range(most)]) / 60
        for code, t in tables.items()
    }
    found = np.zeros(homes.shape)
    for team, area in enumerate(ledger.labels.branch_area):
        found[:, team] = hours[ledger.labels.areas[area]][whole[:, team]]
    return found


def contracts_of(ledger: Ledger, scenario: Scenario, days: Floats) -> tuple[Flags, Flags]:
    """Contracts of their own (moments, teams, tiers), and who is a principal (moments, teams)."""
    labels = ledger.labels
    holds = np.zeros((days.size, len(labels.branches), len(labels.tiers)), dtype=bool)
    for day, branch, tier, _, cause in ledger.rows("contracted"):
        if cause in BEGINS:
            holds[days > day, int(branch), int(tier)] = True
        elif cause in ENDS:
            holds[days > day, int(branch), int(tier)] = False
    principals = list(scenario.commissioning.principal_places)
    return holds, np.logical_or.reduce(holds[:, :, principals], axis=2)


def takes_work(ledger: Ledger, days: Floats) -> Flags:
    """Which teams trade and may be given new work: no notice given, not closed, not suspended."""
    labels = ledger.labels
    owner, place = np.array(labels.branch_provider), np.array(labels.branch_area)
    gone = np.zeros((days.size, owner.size), dtype=bool)
    suspended = np.zeros((days.size, owner.size), dtype=np.int64)
    for day, provider, area, cause in ledger.rows("traded"):
        teams = (owner == provider) & ((place == area) | (area == -1))
        cells = (days > day)[:, None] & teams
        if cause in (Cause.NOTICE_GIVEN, Cause.CLOSED):
            gone |= cells
        elif cause == Cause.SUSPENDED:
            suspended[cells] += 1
        elif cause == Cause.SUSPENSION_ENDED:
            suspended[cells] -= 1
    return ~gone & (suspended <= 0)


def asked(ledger: Ledger, scenario: Scenario, days: Floats, own: Flags) -> Flags:
    """Which teams a tier of the phase in force asks, for the contract or as any team."""
    labels, model = ledger.labels, scenario.commissioning
    rows = {row.code: row for row in scenario.areas}
    ratings = ratings_at(ledger, scenario, days)
    open_to = {
        (int(branch), int(tier))
        for _, branch, tier, _, cause in ledger.rows("contracted")
        if cause == Cause.OPEN_TIER
    }
    found = np.zeros(own.shape[:2], dtype=bool)
    for area, code in enumerate(labels.areas):
        phase = phases_at(scenario, rows[code], days)
        for team in np.flatnonzero(np.array(labels.branch_area) == area):
            rating = ratings[:, labels.branch_provider[team]]
            barred = np.zeros(days.size, dtype=bool)
            for number, tier in enumerate(model.tiers):
                barred |= own[:, team, number] & ~good_enough(rating, tier.standard)
            for number, tier in enumerate(model.tiers):
                anybody = tier.providers_share == 1 or (int(team), number) in open_to
                holds = own[:, team, number] if tier.holders == "contracts" else anybody
                named = np.array([tier.code in p.tiers for p in model.phases])[phase]
                needed = tier.standard if tier.holders == "contracts" else tier.minimum_rating
                enough = good_enough(rating, needed) & still_asked(scenario, tier, days)
                found[:, team] |= named & holds & enough & ~barred
    return found


NOT_RATED = -1


def ratings_at(ledger: Ledger, scenario: Scenario, days: Floats) -> Ints:
    """Every provider's rating at each moment, as its place in RATINGS; NOT_RATED without one."""
    first = {row.code: row.rating for row in scenario.providers}
    known = [first.get(code, "not_rated") for code in ledger.labels.providers]
    begins = [RATINGS.index(rating) if rating in RATINGS else NOT_RATED for rating in known]
    found = np.tile(np.array(begins, dtype=np.int64), (days.size, 1))
    for day, provider, rating, _ in ledger.rows("rated"):
        found[days > day, int(provider)] = int(rating)
    return found


def good_enough(rating: Ints, standard: str) -> Flags:
    """Whether providers of these ratings reach a standard; one not yet rated does."""
    if standard == "any":
        return np.ones(rating.shape, dtype=bool)
    enough: Flags = (rating == NOT_RATED) | (rating >= RATINGS.index(standard))
    return enough


def still_asked(scenario: Scenario, tier: Tier, days: Floats) -> Flags:
    """Whether a tier has not come to its end."""
    if tier.ends is None:
        return np.ones(days.size, dtype=bool)
    ended: Flags = days <= days_between(scenario.calendar.start, tier.ends)
    return ended


def phases_at(scenario: Scenario, row: AreaRow, days: Floats) -> Ints:
    """The phase in force in an area at each moment, by its place."""
    found = np.zeros(days.size, dtype=np.int64)
    start = scenario.calendar.start
    begins = []
    for number, phase in enumerate(scenario.commissioning.phases):
        day = {"start": start, "go_live": row.go_live}.get(str(phase.starts), phase.starts)
        if isinstance(day, date):
            begins.append((max(day, start), number))
    for day, number in sorted(begins):
        found[days > days_between(start, day)] = number
    return found


def erosion(ledger: Ledger, scenario: Scenario, days: Floats) -> dict[str, Floats]:
    """The table EROSION without its dates: what is left of teams without a contract of their own.

    Their hires are those of a market in which nobody stops.
    """
    now = moments_of(ledger, scenario, days)
    teams, spare, slack = now.teams, now.spare, now.slack
    nobody = np.full(now.role.shape, -1, dtype=np.int64)
    legacy = ~teams.own_contract
    stopped = if_stopped(scenario, now, now.role, nobody, np.zeros(now.role.shape))
    # What they could take on, whoever waits for it.
    areas = replace(stopped, others=stopped.others & legacy, waiting=np.zeros(now.role.shape))
    at_once = np.where(areas.others, np.maximum(0.0, spare), 0.0).sum(axis=1)
    normal = np.where(areas.others, slack, 0.0).sum(axis=1)
    whole = absorbable(areas, scenario, 0.0).sum(axis=1)
    return {
        "providers": providers_of(ledger, legacy & (teams.served > 0)),
        "carers": np.where(legacy, teams.carers, 0.0).sum(axis=1),
        "slack": normal,
        "overtime": at_once - normal,
        "hires": whole - at_once,
        "absorbable": whole,
    }


def providers_of(ledger: Ledger, keep: Flags) -> Floats:
    """How many providers have at least one of the teams that a condition keeps."""
    owner = np.array(ledger.labels.branch_provider, dtype=np.int64)
    found = np.zeros((keep.shape[0], len(ledger.labels.providers)), dtype=bool)
    for team, provider in enumerate(owner):
        found[:, provider] |= keep[:, team]
    serving: Floats = found.sum(axis=1).astype(float)
    return serving


def _by_area(values: Floats, place: Ints, count: int) -> Floats:
    found = np.zeros((values.shape[0], count))
    np.add.at(found.T, place, values.T)
    return found
