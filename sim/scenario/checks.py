"""What a scenario must satisfy beyond each value's own range: one function per fault.

Faults stop a run (what is legal but odd: ``plausibility``). Every function takes the draft, so that
all faults are found at once even where single values are wrong.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from math import fsum
from typing import Any

from sim.scenario.codes import CAPITALS
from sim.scenario.contract_checks import (
    CONTRACTS,
    PRICES,
    hours_or_share,
    maximum_below_hours,
    one_rate,
    priced_twice,
    prices_that_move_nothing,
    principal_tiers,
    shares_of_a_lot,
    terms_that_move_nothing,
    two_principals,
)
from sim.scenario.draft import ROW_KEYS, WITH_BLANKS, Draft, number_in
from sim.scenario.faults import Fault, nearest, shown
from sim.scenario.name_checks import doubled_names, unknown_names
from sim.scenario.own_table_checks import (
    own_caseload,
    own_referrals,
    owners_of_owners,
    shocks,
    when_it_fails,
    who_fails,
)
from sim.scenario.target_checks import (
    target_memories,
    target_notes,
    target_periods,
    target_ranges,
    target_scopes,
)

OF_THE_MODEL = ("tiers", "contracts")
MIX = ("urban_share", "fringe_share", "rural_share", "isolated_share")


def faults(draft: Draft) -> list[Fault]:
    """Everything that is wrong between values, except what only follows from an unread part."""
    return [
        fault
        for check, needed in CHECKS
        if not any(draft.follows_from_a_gap(part) for part in needed)
        for fault in check(draft)
    ]


def _doubled_rows(draft: Draft) -> Iterator[Fault]:
    for table, keys in ROW_KEYS.items():
        if table in WITH_BLANKS:
            continue  # contract_checks looks at these
        prefix = ("commissioning", table) if table in OF_THE_MODEL else (table,)
        codes = [_code(row, keys) for row in draft.rows(*prefix)]
        yield from doubled_names(draft, prefix, codes, " and ".join(keys), "Keep one row of {}")


def _code(row: dict[str, Any], keys: tuple[str, ...]) -> str | None:
    """What names a row; nothing where part of it is missing."""
    parts = [row.get(key) for key in keys]
    return None if None in parts else ":".join(str(part) for part in parts)


def _unknown_codes(draft: Draft) -> Iterator[Fault]:
    tables = {"area": ("areas",), "provider": ("providers",), "tier": ("commissioning", "tiers")}
    for key, table in tables.items():
        if not _codes_are_sound(draft, table):
            continue
        known = [str(row.get("code")) for row in draft.rows(*table)]
        for prefix in (("branches",), CONTRACTS, PRICES):
            yield from unknown_names(draft, prefix, key, known)


def _codes_are_sound(draft: Draft, table: tuple[str, ...]) -> bool:
    """Whether a table was read whole and its codes are codes; else what follows is noise."""
    if any(draft.follows_from_a_gap((*table, *key)) for key in ((), ("code",))):
        return False
    codes = [str(row.get("code")) for row in draft.rows(*table)]
    return bool(codes) and all(re.fullmatch(CAPITALS, code.upper()) for code in codes)


def _settlement_mix(draft: Draft) -> Iterator[Fault]:
    for index, row in enumerate(draft.rows("areas")):
        shares = [number_in(row.get(key)) for key in MIX]
        if None not in shares and abs(fsum(share or 0.0 for share in shares) - 1) > 1e-6:
            total = fsum(share or 0.0 for share in shares)
            wrong = f"{', '.join(MIX)} add up to {total:g}"
            yield draft.fault(("areas", index), wrong, "Make them add up to 1")


def _labour_ratios(draft: Draft) -> Iterator[Fault]:
    """A county whose newcomers come by place says how many look for work in every area."""
    if draft.value("workforce", "newcomers_by") != "place":
        return
    rows = draft.rows("areas")
    missing = [index for index, row in enumerate(rows) if row.get("labour_ratio") is None]
    why = "newcomers come by place (workforce.newcomers_by)"
    cure = (
        "working-age people for each person over 65, relative to the county (1 = as in the "
        'county), or set newcomers_by = "posts"'
    )
    if missing and len(missing) == len(rows):
        wrong = f"no area has a labour_ratio, and {why}"
        yield draft.fault(("areas",), wrong, f"Give the table a column labour_ratio: {cure}")
        return
    for index in missing:
        wrong = f"area {shown(rows[index].get('code'))} has no labour_ratio, and {why}"
        yield draft.fault(("areas", index, "labour_ratio"), wrong, f"Give {cure}")


def _calendar_order(draft: Draft) -> Iterator[Fault]:
    start, end = draft.calendar()
    if start is None or end is None:
        return
    if end < start:
        yield draft.fault(("calendar", "end"), f"{end} lies before {start}", "Swap them")
    elif (end - start).days > 36600:
        yield draft.fault(
            ("calendar", "end"),
            f"{end} is too far in the future",
            "Simulate at most a hundred years",
        )
    elif (end - start).days < 6:
        wrong = f"{end} is less than a week after {start}"
        yield draft.fault(("calendar", "end"), wrong, "Simulate at least seven days")


def _phase_tiers(draft: Draft) -> Iterator[Fault]:
    codes = [str(row.get("code")) for row in draft.rows("commissioning", "tiers")]
    phases = draft.rows("commissioning", "phases")
    for index, phase in enumerate(phases):
        tiers = phase.get("tiers")
        for tier in tiers if isinstance(tiers, list) else []:
            if tier not in codes:
                yield draft.fault(
                    ("commissioning", "phases", index, "tiers"),
                    f"tier {shown(tier)} is not known",
                    nearest(str(tier), codes),
                )
    if phases and phases[0].get("starts") != "start":
        yield draft.fault(
            ("commissioning", "phases", 0, "starts"),
            "the first phase does not begin at the start",
            'Give it: starts = "start"',
        )


def _principal_tier(draft: Draft) -> Iterator[Fault]:
    codes = [str(row.get("code")) for row in draft.rows("commissioning", "tiers")]
    for name in principal_tiers(draft):
        if name not in codes:
            path = ("commissioning", "principal_tier")
            yield draft.fault(path, f"tier {shown(name)} is not known", nearest(name, codes))


def _entrants_as_principals(draft: Draft) -> Iterator[Fault]:
    model = draft.values.get("commissioning")
    named = model.get("principal_tier") if isinstance(model, dict) else None
    principals = named if isinstance(named, list) else [named]
    for index, row in enumerate(draft.rows("commissioning", "tiers")):
        if row.get("entrants_join") is True and row.get("code") in principals:
            wrong = (
                f"tier {shown(row.get('code'))} is for principal providers: new providers "
                "cannot join it"
            )
            path = ("commissioning", "tiers", index, "entrants_join")
            yield draft.fault(path, wrong, "Set it for a tier of the framework")


def _hours_list(draft: Draft) -> Iterator[Fault]:
    packages = draft.values.get("packages")
    if not isinstance(packages, dict) or packages.get("hours_law") != "list":
        return
    values, shares = packages.get("hours_values") or [], packages.get("hours_shares") or []
    if not (isinstance(values, list) and isinstance(shares, list)):
        return
    if not values or len(values) != len(shares):
        wrong = f"there are {len(values)} hours_values and {len(shares)} hours_shares"
        yield draft.fault(("packages", "hours_values"), wrong, "Give as many of each")
    elif abs(fsum(number_in(share) or 0.0 for share in shares) - 1) > 1e-6:
        yield draft.fault(("packages", "hours_shares"), "they do not add up to 1", "Correct them")


def _endings(draft: Draft) -> Iterator[Fault]:
    care = draft.values.get("care")
    if isinstance(care, dict):
        parts = [number_in(care.get(key)) for key in ("ends_by_death", "ends_by_residential_care")]
        if None not in parts and fsum(part or 0.0 for part in parts) > 1 + 1e-9:
            wrong = "ends_by_death and ends_by_residential_care add up to more than 1"
            yield draft.fault(("care", "ends_by_death"), wrong, "Lower one of them")


def _nobody_to_serve(draft: Draft) -> Iterator[Fault]:
    if not draft.rows("areas"):
        yield draft.fault(("areas",), "there is no area", "Add at least one row")


def _no_wage_at_the_start(draft: Draft) -> Iterator[Fault]:
    start, _ = draft.calendar()
    known = [str(row.get("starts")) for row in draft.rows("wages")]
    if start is not None and not any(day <= start.isoformat() for day in known):
        wrong = f"no wage is known on {start}"
        yield draft.fault(("wages",), wrong, "Add a row that starts on that day or before")


def _warm_start_needs_branches(draft: Draft) -> Iterator[Fault]:
    if not _codes_are_sound(draft, ("areas",)):
        return
    served = {
        str(row.get("area"))
        for row in draft.rows("branches")
        if number_in(row.get("council_hours_per_week")) != 0  # who cannot be read may serve some
    }
    for index, row in enumerate(draft.rows("areas")):
        hours = number_in(row.get("hours_per_four_weeks")) or 0
        if hours > 0 and str(row.get("code")) not in served:
            wrong = f"area {shown(row.get('code'))} has care hours but no team that gives care"
            remedy = "Give branches.csv a row for it with council_hours_per_week above 0"
            yield draft.fault(("areas", index, "hours_per_four_weeks"), wrong, remedy)


AREAS, BRANCHES = ("areas",), ("branches",)
MODEL = ("commissioning",)
CHECKS: tuple[tuple[Callable[[Draft], Iterable[Fault]], tuple[tuple[str, ...], ...]], ...] = (
    (_doubled_rows, ()),
    (_unknown_codes, ()),
    (_settlement_mix, (AREAS,)),
    (_labour_ratios, (AREAS,)),
    (_calendar_order, ()),
    (_phase_tiers, (MODEL,)),
    (_principal_tier, (MODEL,)),
    (_entrants_as_principals, (MODEL,)),
    (_hours_list, ()),
    (_endings, ()),
    (_nobody_to_serve, (AREAS,)),
    (two_principals, (MODEL, CONTRACTS)),
    (hours_or_share, (CONTRACTS,)),
    (shares_of_a_lot, (CONTRACTS,)),
    (one_rate, (CONTRACTS,)),
    (maximum_below_hours, (CONTRACTS,)),
    (terms_that_move_nothing, (MODEL, CONTRACTS)),
    (priced_twice, (PRICES,)),
    (prices_that_move_nothing, (MODEL, PRICES)),
    (_no_wage_at_the_start, (("wages",), ("wages", "starts"))),
    (owners_of_owners, (("providers",),)),
    (who_fails, (AREAS, ("providers",), ("failures",))),
    (when_it_fails, (AREAS, MODEL, CONTRACTS, ("failures",), ("failures", "date"))),
    (own_referrals, (AREAS, ("referrals",))),
    (own_caseload, (AREAS, ("providers",), BRANCHES, ("caseload",))),
    (shocks, (AREAS, ("shocks",))),
    (_warm_start_needs_branches, (AREAS, BRANCHES, (*BRANCHES, "council_hours_per_week"))),
    (target_ranges, ()),
    (target_notes, ()),
    (target_memories, ()),
    (target_periods, ()),
    (target_scopes, (AREAS, MODEL, (*AREAS, "code"), (*AREAS, "locality"))),
)
