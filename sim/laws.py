"""The laws that every run obeys, checked on its ledger and against the market's own books.

A broken law is an error in the model, never in the user's data; it names the law, the time and the
thing, so that the run can be stopped there and looked at.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.commissioning import SETTLEMENTS
from sim.ledger import (
    FACTS,
    GONE,
    IDS_PER_AREA,
    TO_PROVIDERS,
    Cause,
    Ledger,
    Spending,
    Stage,
    moves_of_each,
    pay_themselves,
)
from sim.market.market import Market
from sim.processes.self_funders import followed_minutes
from sim.vocabulary import CAUSES_OF

Columns = dict[str, NDArray[Any]]

ENTERING = (Cause.REFERRED, Cause.WARM_START, Cause.REABLEMENT_NOT_DONE, Cause.SELF_FUNDED)
ACCEPTING = (Cause.ACCEPTED, Cause.HANDED_OVER)
SETTING_LIMITS = (Cause.CONTRACT_STARTED, Cause.HOURS_INDEXED)
ENDING_LIMITS = (
    Cause.CONTRACT_ENDED,
    Cause.CONTRACT_RETURNED,
    Cause.NEIGHBOUR_CALLED,
    Cause.OPEN_TIER,
)
WITH_BRANCH = (Stage.RESERVED, Stage.RESERVED_BRIDGED, Stage.IN_SERVICE)
WEEKS_OF_A_PERIOD = 4
WITHOUT_BRANCH = (Stage.WAITING, Stage.DISPLACED, Stage.BRIDGED, *GONE)


class BrokenLawError(AssertionError):
    """A law of the model does not hold."""

    def __init__(self, law: str, day: float, thing: str) -> None:
        super().__init__(f"law broken on day {day:.3f}: {law}: {thing}")
        self.law, self.day, self.thing = law, day, thing


@dataclass(frozen=True, slots=True)
class Held:
    """Up to where the laws are known to hold: a day, and how many facts of each kind."""

    day: float = -np.inf
    facts: Mapping[str, int] = field(default_factory=lambda: dict.fromkeys(FACTS, 0))


def held_to(ledger: Ledger, day: float) -> Held:
    """All that a ledger tells of, up to a day."""
    return Held(day, {name: ledger.count(name) for name in FACTS})


NOTHING_HELD = Held()


def check(market: Market, held: Held = NOTHING_HELD) -> None:
    """Check every law up to the ledger's day. Raises BrokenLawError at the first that fails.

    ``held``: up to where they were found to hold, so that what is slow is not done again.
    """
    ledger = market.ledger
    times_never_decrease(ledger, held)
    causes_are_known(ledger, held)
    moved = moves_of_each(ledger)
    one_chain_each(moved)
    provider_only_where_due(moved)
    books_agree(market, moved, held.day)
    private_work_is_conserved(market, moved)
    acceptances_fit(ledger)
    contracts_are_kept(market, held.day)
    carers_balance(market)
    nothing_after_closing(market, held)
    nothing_before_go_live(market)
    payments_balance(market)


def _require(holds: NDArray[np.bool_], law: str, days: NDArray[Any], things: NDArray[Any]) -> None:
    if not holds.all():
        first = int(np.argmin(holds))
        raise BrokenLawError(law, float(days[first]), str(things[first]))


def times_never_decrease(ledger: Ledger, held: Held = NOTHING_HELD) -> None:
    """Law 9: event times never decrease, and every number is finite."""
    for name in FACTS:
        table = ledger.table(name, max(0, held.facts[name] - 1))
        if not np.isfinite(table).all():
            raise BrokenLawError("all numbers are finite", ledger.day, name)
        days = table[:, 0]
        _require(np.diff(days) >= 0, f"times of {name} never decrease", days[1:], days[1:])


def causes_are_known(ledger: Ledger, held: Held = NOTHING_HELD) -> None:
    """Law 9: every fact has one of the causes that its kind may have."""
    for name, allowed in CAUSES_OF.items():
        facts = ledger.columns(name, held.facts[name])
        known = np.zeros(max(Cause) + 1, dtype=bool)
        known[list(allowed)] = True
        _require(known[facts["cause"]], f"causes of {name} are known", facts["day"], facts["cause"])


def first_of_each(ids: NDArray[Any]) -> NDArray[np.bool_]:
    """Where a new id begins in an ordered column."""
    first = np.ones(ids.size, dtype=bool)
    first[1:] = ids[1:] != ids[:-1]
    return first


def one_before(column: NDArray[Any], first: NDArray[np.bool_], nothing: int) -> NDArray[Any]:
    """Each row's predecessor with the same id, or ``nothing``."""
    before = np.full_like(column, nothing)
    before[1:] = column[:-1]
    before[first] = nothing
    return before


def one_chain_each(moved: Columns) -> None:
    """Laws 1 and 2: a package has one history; it begins once and nothing follows its end."""
    first = first_of_each(moved["package"])
    gone_before = np.isin(one_before(moved["stage"], first, Stage.WAITING), GONE)
    _require(~gone_before, "nothing follows a package's end", moved["day"], moved["package"])
    entering = np.isin(moved["cause"], ENTERING)
    _require(entering == first, "a package enters once", moved["day"], moved["package"])


def provider_only_where_due(moved: Columns) -> None:
    """Law 2: a package has a provider exactly where its stage says so."""
    has_branch = moved["branch"] >= 0
    must = np.isin(moved["stage"], WITH_BRANCH)
    must_not = np.isin(moved["stage"], WITHOUT_BRANCH)
    law = "a package is with at most one provider, and with none while it waits"
    _require(~(must & ~has_branch) & ~(must_not & has_branch), law, moved["day"], moved["package"])


def books_agree(market: Market, moved: Columns, since: float) -> None:
    """Laws 1 and 3: hours in use are the sum of packages, never negative, as the market says."""
    package, minutes, branch = moved["package"], moved["minutes"], moved["branch"]
    latest = first_of_each(package[::-1])[::-1]
    count = len(market.branches)
    here = latest & (branch >= 0)
    used = np.bincount(branch[here], minutes[here], count)
    expected = np.array([b.used_minutes for b in market.branches], dtype=float)
    codes = np.array([b.code for b in market.branches])
    day = np.full(count, market.ledger.day)
    _require(used == expected, "hours in use are the sum of a branch's packages", day, codes)
    waiting = latest & np.isin(moved["stage"], (Stage.WAITING, Stage.DISPLACED, Stage.BRIDGED))
    listed = sum(len(area.list) for area in market.areas)
    if int(waiting.sum()) != listed:
        thing = f"{int(waiting.sum())} in the ledger, {listed} on the list"
        raise BrokenLawError("everyone who waits is on the list", market.ledger.day, thing)
    never_below_zero(moved, count, since)


def private_work_is_conserved(market: Market, moved: Columns) -> None:
    """Law 3: what a team served privately is what its self-funders need as they become people.

    From then on they are on their area's books until their need ends.
    """
    entered = np.flatnonzero(moved["cause"] == Cause.SELF_FUNDED)
    if not entered.size:
        return
    private = market.ledger.columns("private")
    days, teams, minutes = (moved[name][entered] for name in ("day", "branch", "minutes"))
    for day, team in set(zip(days, teams, strict=True)):
        before = private["minutes"][(private["branch"] == team) & (private["day"] <= day)]
        if before[-1] != 0 or before[-2] != minutes[(teams == team) & (days == day)].sum():
            thing = market.branches[team].code
            law = "self-funders need the hours that their team gave privately"
            raise BrokenLawError(law, float(day), thing)
    latest = first_of_each(moved["package"][::-1])[::-1]
    there = latest & pay_themselves(moved["package"]) & ~np.isin(moved["stage"], GONE)
    area = moved["package"][there] // IDS_PER_AREA
    told = np.bincount(area, moved["minutes"][there], len(market.areas))
    books = np.array([followed_minutes(area) for area in market.areas], dtype=float)
    codes = np.array([area.code for area in market.areas])
    law = "self-funders are on their area's books until their need ends"
    _require(told == books, law, np.full(codes.size, market.ledger.day), codes)


def never_below_zero(moved: Columns, branches: int, since: float = -np.inf) -> None:
    """Law 3: a branch's hours in use never fall below zero, from a day on."""
    package, minutes, branch = moved["package"], moved["minutes"], moved["branch"]
    first = first_of_each(package)
    before, before_minutes = one_before(branch, first, -1), one_before(minutes, first, 0)
    later = moved["day"] >= since
    # The move that holds on the day is the last one before it.
    holds = ~later & np.append(later[1:] | first[1:], True) & (branch >= 0)
    level = np.bincount(branch[holds], minutes[holds], branches)
    days = np.tile(moved["day"][later], 2)
    teams = np.concatenate([before[later], branch[later]])
    changes = np.concatenate([-before_minutes[later], minutes[later]])
    days, teams, changes = (one[teams >= 0] for one in (days, teams, changes))
    # Within an instant gains count before losses: only the order between instants is at stake.
    order = np.lexsort((-changes, days, teams))
    totals = np.cumsum(changes[order])
    team = teams[order]
    starts = first_of_each(team)
    offset = np.maximum.accumulate(np.where(starts, np.arange(team.size), 0))
    base = np.append(0, totals)[offset] - level[team]
    law = "hours in use are never below zero"
    _require(totals - base >= 0, law, days[order], team)


def acceptances_fit(ledger: Ledger) -> None:
    """Law 3: at acceptance a branch's work fits its carers, with those who come with the person."""
    accepted = ledger.columns("accepted")
    fits = accepted["committed"] <= accepted["capacity"] + accepted["extra"]
    _require(fits, "accepted work fits the branch's capacity", accepted["day"], accepted["package"])


def contracts_are_kept(market: Market, since: float = -np.inf) -> None:
    """Law 3: nobody is accepted beyond the most that a contract allows, from a day on.

    Reviews and planned changes of provider may take a contract beyond it; limits that lapse while a
    principal is missing are left out.
    """
    limits = limits_in_force(market)
    if not limits:
        return
    ledger = market.ledger
    width = len(ledger.labels.tiers)
    moved = ledger.columns("moved")
    key = np.where(moved["branch"] >= 0, moved["branch"] * width + moved["tier"], -1)
    touched = np.isin(moved["package"], moved["package"][np.isin(key, list(limits))])
    key, minutes, package, day, cause = (
        column[touched]
        for column in (key, moved["minutes"], moved["package"], moved["day"], moved["cause"])
    )
    order = np.argsort(package, kind="stable")
    first = first_of_each(package[order])
    before, before_minutes = np.empty_like(key), np.empty_like(minutes)
    before[order] = one_before(key[order], first, -1)
    before_minutes[order] = one_before(minutes[order], first, 0)
    accepted = np.isin(cause, ACCEPTING) & (day >= since)
    for mine, steps in limits.items():
        used = np.cumsum((key == mine) * minutes - (before == mine) * before_minutes)
        here = accepted & (key == mine)
        days = np.array([step[0] for step in steps])
        most = np.array([step[1] for step in steps])
        # A limit that changes in the very instant may be asked for before or after it.
        at = day[here]
        now = most[np.maximum(0, np.searchsorted(days, at, side="right") - 1)]
        then = most[np.maximum(0, np.searchsorted(days, at, side="left") - 1)]
        law = "nobody is accepted beyond the most that a contract allows"
        _require(used[here] <= np.maximum(now, then), law, at, package[here])


def limits_in_force(market: Market) -> dict[int, list[tuple[float, float]]]:
    """By contract (team times tiers, plus tier) the days on which its limit changed, and to what.

    Infinite while it does not run, or has no limit.
    """
    labels, tiers = market.ledger.labels, market.scenario.commissioning.tiers
    found: dict[int, list[tuple[float, float]]] = {}
    for day, branch, tier, maximum, cause in market.ledger.rows("contracted"):
        if tier >= len(tiers) or tiers[int(tier)].limit_lapses_on_principal_failure:
            continue
        key = int(branch) * len(labels.tiers) + int(tier)
        if cause in SETTING_LIMITS:
            limit = maximum if maximum >= 0 else np.inf
            found.setdefault(key, [(-np.inf, np.inf)]).append((day, limit))
        elif cause in ENDING_LIMITS and key in found:
            found[key].append((day, np.inf))
    return {key: steps for key, steps in found.items() if any(most < np.inf for _, most in steps)}


def nobody_is_forgotten(market: Market) -> None:
    """Law 5: nobody stands on a list whom a provider that is asked would take now.

    It looks at the market as it is, so it is called between two instants.
    """
    brokerage = market.brokerage
    for area in market.areas:
        for waiting in (area.list, area.leaving):
            for package in waiting.packages:
                if not package.seeking or package.offer_open:
                    continue
                # A bar that ends at this very instant is lifted by an event that is still to come.
                if market.clock.now in (package.barred or {}).values():
                    continue
                taker = brokerage.would_take(package)
                if taker is not None:
                    thing = f"package {package.id} and team {taker.branch.code}"
                    law = "nobody is on the list whom a provider would take"
                    raise BrokenLawError(law, market.clock.now, thing)


def carers_balance(market: Market) -> None:
    """Law 6: carers = initial + hired + moved in - left - moved out; vacancies = posts - carers."""
    staffed, posts = market.ledger.columns("staffed"), market.ledger.columns("established")
    count = len(market.branches)
    carers = np.bincount(staffed["branch"], staffed["change"].astype(float), count)
    codes = np.array([b.code for b in market.branches])
    day = np.full(count, market.ledger.day)
    law = "carers are those who joined less those who left"
    _require(carers == [len(b.carers) for b in market.branches], law, day, codes)
    latest = np.zeros(count)
    latest[posts["branch"]] = posts["posts"]
    law = "posts are those last set"
    _require(latest == [b.whole_posts for b in market.branches], law, day, codes)
    vacancies = sum(area.vacancies for area in market.areas)
    expected = int(np.maximum(0, latest - carers).sum())
    if vacancies != expected:
        raise BrokenLawError("vacancies = posts - carers", market.ledger.day, f"{vacancies}")


def nothing_after_closing(market: Market, held: Held = NOTHING_HELD) -> None:
    """Law 9: nothing happens at a provider after it has closed."""
    traded = market.ledger.columns("traded")
    closed = (traded["cause"] == Cause.CLOSED) & (traded["area"] == -1)
    if not closed.any():
        return
    closing = np.full(len(market.providers), np.inf)
    closing[traded["provider"][closed]] = traded["day"][closed]
    provider = np.array(market.ledger.labels.branch_provider)
    for name in ("moved", "accepted", "staffed", "established"):
        facts = market.ledger.columns(name, held.facts[name])
        here = facts["branch"] >= 0
        ends = closing[provider[facts["branch"][here]]]
        law = f"nothing happens at a provider after it has closed ({name})"
        _require(facts["day"][here] <= ends, law, facts["day"][here], facts["branch"][here])


def payments_balance(market: Market) -> None:
    """Law 8: what the council pays providers is what they book, to the penny; and each payment is
    its minutes at its rate, never more than delivered but under a guarantee."""
    paid, accounts = market.ledger.columns("paid"), market.ledger.columns("accounts")
    if not paid["day"].size:
        return
    retained = paid["spending"] == Spending.RETAINER
    at_a_rate = paid["rate"] > 0
    due = (2 * paid["minutes"] * paid["rate"] + 60) // 120
    most = most_by_contract(market.ledger)
    idle = (paid["spending"] == Spending.BLOCK) & (paid["minutes"] > paid["delivered"])
    allowed = [
        most.get((int(branch), int(tier)), 0.0) * WEEKS_OF_A_PERIOD
        for branch, tier in zip(paid["branch"][idle], paid["tier"][idle], strict=True)
    ]
    law = "a guarantee never pays beyond the most that its contract allows"
    within = paid["minutes"][idle] <= np.array(allowed)
    _require(within, law, paid["day"][idle], paid["branch"][idle])
    law = "a payment is its minutes at its rate, to the penny"
    _require(~at_a_rate | (paid["amount"] == due), law, paid["day"], paid["branch"])
    block = paid["spending"] == Spending.BLOCK
    fees = all(
        getattr(market.scenario.willingness, f"fee_ratio_{place}") == 1.0 for place in SETTLEMENTS
    )
    if fees:
        law = "only a block contract pays for other hours than those delivered"
        other = block | retained | ~at_a_rate
        _require(other | (paid["minutes"] == paid["delivered"]), law, paid["day"], paid["branch"])
    mine = np.isin(paid["spending"], TO_PROVIDERS)
    owner = np.array(market.ledger.labels.branch_provider)[paid["branch"][mine]]
    # A period in which the council paid nobody has accounts too: private work goes on.
    ends = np.unique(np.concatenate([paid["day"], accounts["day"]]))
    period = np.searchsorted(ends, paid["day"])
    count = len(market.providers)
    sums = np.bincount(period[mine] * count + owner, paid["amount"][mine], ends.size * count)
    cell = np.searchsorted(ends, accounts["day"]) * count + accounts["provider"]
    law = "the council's payments are the providers' income from it"
    _require(sums[cell] == accounts["council"], law, accounts["day"], accounts["provider"])
    if int(sums.sum()) != int(accounts["council"].sum()):
        raise BrokenLawError("every payment is somebody's income", market.ledger.day, "council")


def most_by_contract(ledger: Ledger) -> dict[tuple[int, int], float]:
    """The most minutes a week that each contract, by team and tier, has allowed at any time."""
    found: dict[tuple[int, int], float] = {}
    for _, branch, tier, maximum, cause in ledger.rows("contracted"):
        if cause in SETTING_LIMITS:
            key = (int(branch), int(tier))
            found[key] = max(maximum, found.get(key, 0.0))
    return found


def nothing_before_go_live(market: Market) -> None:
    """Law 9: no work goes to a principal before its area is live."""
    start = market.scenario.calendar.start
    live = [
        (row.go_live - start).days if row.go_live else np.inf
        for row in sorted(market.scenario.areas, key=lambda row: row.code)
    ]
    accepted = market.ledger.columns("accepted")
    principal = market.principal_places
    phases = {phase.starts for phase in market.scenario.commissioning.phases}
    if not principal or "go_live" not in phases:
        return
    ours = np.isin(accepted["tier"], principal)
    area = np.array(market.ledger.labels.branch_area)[accepted["branch"][ours]]
    days = accepted["day"][ours]
    law = "no work goes to a principal provider before its area is live"
    _require(days >= np.array(live)[area], law, days, accepted["package"][ours])
