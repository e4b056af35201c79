"""What contracts.csv and prices.csv must satisfy beyond each cell's range: one function per fault.

A cell that could move nothing is a fault too: whoever fills it in means something by it.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from math import fsum
from typing import Any

from sim.scenario.amounts import listed
from sim.scenario.draft import Draft, number_in
from sim.scenario.faults import Fault, shown
from sim.scenario.tables import as_list

CONTRACTS, PRICES = ("commissioning", "contracts"), ("commissioning", "prices")
SHARED_ORDERS = ("share", "rotation", "price")
"""Ways to choose by which several holders of a tier serve an area side by side."""
ROUNDING = 1e-9

Row = dict[str, Any]


def principal_tiers(draft: Draft) -> tuple[str, ...]:
    """The tiers that a draft names as principals'."""
    named = draft.value("commissioning", "principal_tier")
    return as_list(named) if isinstance(named, (str, list, tuple)) else ()


def two_principals(draft: Draft) -> Iterator[Fault]:
    """One principal a tier and area, but in tiers whose holders share the work."""
    tiers = tiers_by_code(draft)
    named = principal_tiers(draft)
    seen: dict[tuple[str, str], str] = {}
    for index, row in enumerate(draft.rows(*CONTRACTS)):
        tier = str(row.get("tier"))
        if tier not in named or tiers.get(tier, {}).get("choose") in SHARED_ORDERS:
            continue
        area, provider = str(row.get("area")), str(row.get("provider"))
        first = seen.setdefault((tier, area), provider)
        if first != provider:
            wrong = f"area {area} has two principal providers, {first} and {provider}"
            remedy = (
                "Keep one; its successor is found by procurement. For partners who share the work "
                'give the tier choose = "share" or "rotation"'
            )
            yield draft.fault((*CONTRACTS, index), wrong, remedy)


def hours_or_share(draft: Draft) -> Iterator[Fault]:
    """A contract's hours are told once."""
    for index, row in enumerate(draft.rows(*CONTRACTS)):
        if is_given(row, "hours_per_week") and is_given(row, "share"):
            yield draft.fault(
                (*CONTRACTS, index),
                "it has both hours_per_week and share",
                "Give its hours, or its share of the tier's hours, and leave the other blank",
            )


def shares_of_a_lot(draft: Draft) -> Iterator[Fault]:
    """Shares of a tier in an area add up to at most 1, and leave something for the rest."""
    tiers = tiers_by_code(draft)
    lots: dict[tuple[str, str], list[tuple[int, Row]]] = defaultdict(list)
    for index, row in enumerate(draft.rows(*CONTRACTS)):
        lots[str(row.get("tier")), str(row.get("area"))].append((index, row))
    for (tier, area), rows in lots.items():
        given = [number_in(row.get("share")) for _, row in rows if is_given(row, "share")]
        if not given or None in given:
            continue
        total, first = fsum(share or 0.0 for share in given), rows[0][0]
        rest = [row for _, row in rows if not (is_given(row, "share") or has_hours(row))]
        where = f"tier {shown(tier)} in area {shown(area)}"
        if total > 1 + ROUNDING:
            wrong = f"the shares of {where} add up to {total:g}"
            yield draft.fault((*CONTRACTS, first), wrong, "Make them add up to at most 1")
        elif rest and total > 1 - ROUNDING:
            wrong = f"the shares of {where} leave nothing for {len(rest)} more contracts"
            yield draft.fault((*CONTRACTS, first), wrong, "Give these a share too, or remove them")
        elif rest and tiers.get(tier, {}).get("choose") == "share":
            wrong = f"{where} has contracts with a share and others without"
            remedy = "Give each a share: the tier chooses by it"
            yield draft.fault((*CONTRACTS, first), wrong, remedy)


def one_rate(draft: Draft) -> Iterator[Fault]:
    """A contract's rate is told once."""
    for index, row in enumerate(draft.rows(*CONTRACTS)):
        if is_given(row, "rate_ratio") and is_given(row, "rate_gbp_per_hour"):
            yield draft.fault(
                (*CONTRACTS, index),
                "it has both rate_ratio and rate_gbp_per_hour",
                "Give its rate in pounds, or as a ratio, and leave the other blank",
            )


def maximum_below_hours(draft: Draft) -> Iterator[Fault]:
    """Nobody is contracted for more hours than they may serve."""
    for index, row in enumerate(draft.rows(*CONTRACTS)):
        hours = number_in(row.get("hours_per_week"))
        most = number_in(row.get("maximum_hours_per_week"))
        if hours is not None and most is not None and most < hours:
            wrong = f"its maximum of {most:g} hours lies below its {hours:g} contracted hours"
            path = (*CONTRACTS, index, "maximum_hours_per_week")
            yield draft.fault(path, wrong, "Raise the maximum, or lower hours_per_week")


def terms_that_move_nothing(draft: Draft) -> Iterator[Fault]:
    """Terms that its tier gives nothing to act on."""
    tiers = tiers_by_code(draft)
    for index, row in enumerate(draft.rows(*CONTRACTS)):
        tier = tiers.get(str(row.get("tier")))
        if tier is None:
            continue
        for column, wrong, remedy in idle_terms(row, tier):
            yield draft.fault((*CONTRACTS, index, column), f"it has no effect: {wrong}", remedy)


def idle_terms(row: Row, tier: Row) -> Iterator[tuple[str, str, str]]:
    """Columns of a row that move nothing under its tier: why, and how to mend it."""
    name = f"tier {shown(tier.get('code'))}"
    of_tier = is_given(tier, "share_of_area_hours")
    if tier.get("holders") == "all_branches":
        own = [column for column in OWN_TERMS if is_given(row, column)]
        if own:
            wrong = f"{name} is open to every provider with a team"
            yield own[0], wrong, 'Give the tier holders = "contracts", or remove the row'
        return
    if is_given(row, "share") and not of_tier and tier.get("choose") != "share":
        wrong = f"{name} has no share_of_area_hours and does not choose by share"
        yield "share", wrong, "Give hours_per_week instead"
    contracted = has_hours(row) or of_tier
    if is_given(row, "guaranteed_share"):
        if tier.get("pay_basis") != "block":
            wrong = f"{name} pays for hours delivered"
            yield "guaranteed_share", wrong, 'Give the tier pay_basis = "block"'
        elif not contracted:
            yield "guaranteed_share", "it has no contracted hours", "Give hours_per_week"
    grows = contracted or is_given(row, "maximum_hours_per_week")
    if is_given(row, "indexation_share_per_year") and not grows:
        yield "indexation_share_per_year", "it has no hours that could grow", "Give hours_per_week"


OWN_TERMS = (
    "hours_per_week",
    "share",
    "maximum_hours_per_week",
    "guaranteed_share",
    "rate_ratio",
    "rate_gbp_per_hour",
    "indexation_share_per_year",
    "notice_days",
)
"""Columns of contracts.csv that differ from the tier's."""


def priced_twice(draft: Draft) -> Iterator[Fault]:
    """One price for a tier, provider and class."""
    keys = [
        (row.get("tier"), row.get("provider"), row.get("settlement")) for row in draft.rows(*PRICES)
    ]
    times = Counter(keys)
    for index, key in enumerate(keys):
        if times[key] > 1:
            told = ", ".join("every one" if part is None else str(part) for part in key)
            wrong = f"the price of tier, provider and class {told} is given {times[key]} times"
            yield draft.fault((*PRICES, index), wrong, "Keep one row")


def prices_that_move_nothing(draft: Draft) -> Iterator[Fault]:
    """Prices are of tiers that pay for hours delivered, and a row without a tier finds one."""
    rows = draft.rows(*PRICES)
    tiers = tiers_by_code(draft)
    by_price = [code for code, tier in tiers.items() if tier.get("choose") == "price"]
    blocks = [code for code, tier in tiers.items() if tier.get("pay_basis") == "block"]
    for index, row in enumerate(rows):
        tier = row.get("tier")
        meant = by_price if tier is None else [tier]
        paid_so = [code for code in meant if code in blocks]
        if not meant:
            wrong = "it does not name a tier, and no tier chooses by price"
            remedy = 'Name the tier, or give one choose = "price"'
            yield draft.fault((*PRICES, index), wrong, remedy)
        elif tier is not None and tier not in tiers:
            continue  # told where names are checked
        elif paid_so:
            wrong = f"tier {listed(paid_so)} is paid as a block, at the contract's rate"
            remedy = 'Give rate_gbp_per_hour in contracts.csv, or the tier pay_basis = "spot"'
            yield draft.fault((*PRICES, index), wrong, remedy)


def tiers_by_code(draft: Draft) -> dict[str, Row]:
    """The tiers of a draft by their codes."""
    return {str(row.get("code")): row for row in draft.rows("commissioning", "tiers")}


def is_given(row: Row, column: str) -> bool:
    """Whether a cell says anything."""
    return row.get(column) is not None


def has_hours(row: Row) -> bool:
    """Whether a contract has hours of its own."""
    return is_given(row, "hours_per_week")
