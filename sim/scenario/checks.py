"""What a scenario must satisfy beyond each value's own range: one function per fault.

Faults stop a run (what is legal but odd: ``plausibility``). Every function takes the draft, so that
all faults are found at once even where single values are wrong.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from datetime import date
from math import fsum
from typing import Any

from sim.scenario.declaration import ISO_DATE
from sim.scenario.draft import ROW_KEYS, Draft, Path_
from sim.scenario.faults import Fault, nearest
from sim.scenario.tables import CODE, parts_of
from sim.scenario.target_checks import target_notes, target_periods, target_ranges, target_scopes

MIX = ("urban_share", "fringe_share", "rural_share", "isolated_share")


def faults(draft: Draft) -> list[Fault]:
    """Everything that is wrong between values, except what only follows from an unread part."""
    return [
        fault
        for check, needed in CHECKS
        if not any(draft.follows_from_a_gap(part) for part in needed)
        for fault in check(draft)
    ]


def _number(value: Any) -> float | None:
    try:
        return float(value)
    except (TypeError, ValueError):
        return None


def _doubled_rows(draft: Draft) -> Iterator[Fault]:
    for table, keys in ROW_KEYS.items():
        prefix = ("commissioning", table) if table in ("tiers", "contracts") else (table,)
        rows = draft.rows(*prefix)
        codes = [code for row in rows if (code := _code(row, keys)) is not None]
        for code, times in Counter(codes).items():
            if times > 1:
                last = max(i for i, row in enumerate(rows) if _code(row, keys) == code)
                wrong = f"{' and '.join(keys)} {code!r} stands {times} times"
                yield draft.fault((*prefix, last), wrong, "Keep one row")


def _code(row: dict[str, Any], keys: tuple[str, ...]) -> str | None:
    """What names a row; nothing where part of it is missing."""
    parts = [row.get(key) for key in keys]
    return None if None in parts else ":".join(str(part) for part in parts)


def _unknown_codes(draft: Draft) -> Iterator[Fault]:
    known = {
        "area": [str(row.get("code")) for row in draft.rows("areas")],
        "provider": [str(row.get("code")) for row in draft.rows("providers")],
        "tier": [str(row.get("code")) for row in draft.rows("commissioning", "tiers")],
    }
    tables = {"area": ("areas",), "provider": ("providers",), "tier": ("commissioning", "tiers")}
    known = {key: codes for key, codes in known.items() if _codes_are_sound(draft, tables[key])}
    for prefix in (("branches",), ("commissioning", "contracts")):
        for index, row in enumerate(draft.rows(*prefix)):
            for key, codes in known.items():
                value = row.get(key)
                if key in row and value is not None and value not in codes:
                    wrong = f"{key} {value!r} is not known"
                    yield draft.fault((*prefix, index, key), wrong, nearest(str(value), codes))


def _codes_are_sound(draft: Draft, table: tuple[str, ...]) -> bool:
    """Whether a table was read whole and its codes are codes; else what follows is noise."""
    if any(draft.follows_from_a_gap((*table, *key)) for key in ((), ("code",))):
        return False
    codes = [str(row.get("code")) for row in draft.rows(*table)]
    return bool(codes) and all(re.fullmatch(CODE, code.upper()) for code in codes)


def _settlement_mix(draft: Draft) -> Iterator[Fault]:
    for index, row in enumerate(draft.rows("areas")):
        shares = [_number(row.get(key)) for key in MIX]
        if None not in shares and abs(fsum(share or 0.0 for share in shares) - 1) > 1e-6:
            total = fsum(share or 0.0 for share in shares)
            wrong = f"{', '.join(MIX)} add up to {total:g}"
            yield draft.fault(("areas", index), wrong, "Make them add up to 1")


def _calendar_order(draft: Draft) -> Iterator[Fault]:
    calendar = draft.values.get("calendar")
    if isinstance(calendar, dict):
        start, end = calendar.get("start"), calendar.get("end")
        if not (type(start) is date and type(end) is date):
            return
        if end < start:
            yield draft.fault(("calendar", "end"), f"{end} lies before {start}", "Swap them")
        elif (end - start).days > 36600:
            yield draft.fault(("calendar", "end"), f"{end} is far off", "At most a hundred years")
        elif (end - start).days < 6:
            wrong = f"{end} is less than a week after {start}"
            yield draft.fault(("calendar", "end"), wrong, "Simulate at least seven days")


def _phase_tiers(draft: Draft) -> Iterator[Fault]:
    codes = [str(row.get("code")) for row in draft.rows("commissioning", "tiers")]
    phases = draft.rows("commissioning", "phases")
    for index, phase in enumerate(phases):
        for tier in phase.get("tiers") or []:
            if tier not in codes:
                yield draft.fault(
                    ("commissioning", "phases", index, "tiers"),
                    f"tier {tier!r} is not known",
                    nearest(str(tier), codes),
                )
    if phases and phases[0].get("starts") != "start":
        yield draft.fault(
            ("commissioning", "phases", 0, "starts"),
            "the first phase does not begin at the start",
            'Give it: starts = "start"',
        )


def _principal_tier(draft: Draft) -> Iterator[Fault]:
    model = draft.values.get("commissioning")
    codes = [str(row.get("code")) for row in draft.rows("commissioning", "tiers")]
    if isinstance(model, dict) and (name := model.get("principal_tier")) not in (None, *codes):
        path = ("commissioning", "principal_tier")
        yield draft.fault(path, f"tier {name!r} is not known", nearest(str(name), codes))


def _hours_list(draft: Draft) -> Iterator[Fault]:
    packages = draft.values.get("packages")
    if not isinstance(packages, dict) or packages.get("hours_law") != "list":
        return
    values, shares = packages.get("hours_values") or [], packages.get("hours_shares") or []
    if not values or len(values) != len(shares):
        wrong = f"{len(values)} hours_values and {len(shares)} hours_shares"
        yield draft.fault(("packages", "hours_values"), wrong, "Give as many of each")
    elif abs(fsum(_number(share) or 0.0 for share in shares) - 1) > 1e-6:
        yield draft.fault(("packages", "hours_shares"), "they do not add up to 1", "Mend them")


def _endings(draft: Draft) -> Iterator[Fault]:
    care = draft.values.get("care")
    if isinstance(care, dict):
        parts = [_number(care.get(key)) for key in ("ends_by_death", "ends_by_residential_care")]
        if None not in parts and fsum(part or 0.0 for part in parts) > 1 + 1e-9:
            wrong = "ends_by_death and ends_by_residential_care add up to more than 1"
            yield draft.fault(("care", "ends_by_death"), wrong, "Lower one of them")


def _nobody_to_serve(draft: Draft) -> Iterator[Fault]:
    if not draft.rows("areas"):
        yield draft.fault(("areas",), "there is no area", "Add at least one row")


def _no_wage_at_the_start(draft: Draft) -> Iterator[Fault]:
    calendar = draft.values.get("calendar")
    start = calendar.get("start") if isinstance(calendar, dict) else None
    known = [str(row.get("starts")) for row in draft.rows("wages")]
    if type(start) is date and not any(day <= start.isoformat() for day in known):
        wrong = f"no wage is known on {start}"
        yield draft.fault(("wages",), wrong, "Add a row that starts on that day or before")


def _shocks(draft: Draft) -> Iterator[Fault]:
    codes = [str(row.get("code")) for row in draft.rows("areas")]
    for index, row in enumerate(draft.rows("shocks")):
        for code in str(row.get("areas") or "").split():
            if codes and code not in codes:
                wrong = f"area {code!r} is not known"
                yield draft.fault(("shocks", index, "areas"), wrong, nearest(code, codes))
        size = _number(row.get("size"))
        if row.get("kind") == "carers_lost" and size is not None and size > 1:
            wrong = f"{size:g} is more than all carers"
            yield draft.fault(("shocks", index, "size"), wrong, "Write a share of carers, 0 to 1")
        begins, ends = str(row.get("date") or ""), str(row.get("ends") or "")
        if ISO_DATE.fullmatch(ends) and ISO_DATE.fullmatch(begins) and ends <= begins:
            wrong = f"it ends on {ends}, before it has begun"
            yield draft.fault(("shocks", index, "ends"), wrong, f"Give a day after {begins}")


def _two_principals(draft: Draft) -> Iterator[Fault]:
    model = draft.values.get("commissioning")
    principal = model.get("principal_tier") if isinstance(model, dict) else None
    seen: dict[str, str] = {}
    for index, row in enumerate(draft.rows("commissioning", "contracts")):
        if row.get("tier") != principal or principal is None:
            continue
        area, provider = str(row.get("area")), str(row.get("provider"))
        if seen.setdefault(area, provider) != provider:
            wrong = f"area {area} has two principal providers, {seen[area]} and {provider}"
            path = ("commissioning", "contracts", index)
            yield draft.fault(path, wrong, "Keep one; its successor is found by procurement")


def _warm_start_needs_branches(draft: Draft) -> Iterator[Fault]:
    if not _codes_are_sound(draft, ("areas",)):
        return
    served = {
        row.get("area")
        for row in draft.rows("branches")
        if (_number(row.get("council_hours_per_week")) or 0) > 0
    }
    for index, row in enumerate(draft.rows("areas")):
        if (_number(row.get("hours_per_four_weeks")) or 0) > 0 and row.get("code") not in served:
            wrong = f"area {row.get('code')!r} has care hours but no team that serves any"
            cure = "Give branches.csv a row for it with council_hours_per_week above 0"
            yield draft.fault(("areas", index, "hours_per_four_weeks"), wrong, cure)


def _who_fails(draft: Draft) -> Iterator[Fault]:
    areas = [str(row.get("code")) for row in draft.rows("areas")]
    providers = [str(row.get("code")) for row in draft.rows("providers")]
    for index, row in enumerate(draft.rows("failures")):
        kind, code = parts_of(str(row.get("who") or ""))
        path = ("failures", index, "who")
        if row.get("who") is None:
            continue
        if kind == "provider" and code not in providers:
            cure = "Give a provider's code, principal:AREA, largest or largest:AREA. "
            yield draft.fault(path, f"no provider {code!r}", cure + nearest(code, providers))
        elif kind != "provider" and code not in areas and (kind, code) != ("largest", ""):
            yield draft.fault(path, f"no area {code!r}", nearest(code, areas))
        for area in str(row.get("areas") or "").split():
            if area not in areas:
                where = ("failures", index, "areas")
                yield draft.fault(where, f"no area {area!r}", nearest(area, areas))


def _when_it_fails(draft: Draft) -> Iterator[Fault]:
    live = {row.get("code"): _date(row.get("go_live")) for row in draft.rows("areas")}
    for index, row in enumerate(draft.rows("failures")):
        path = ("failures", index, "date")
        day = _date(row.get("date"))
        if day is None:
            continue
        yield from _outside_the_run(draft, path, day)
        kind, code = parts_of(str(row.get("who") or ""))
        begins = live.get(code)
        if kind == "principal" and code in live and (begins is None or day < begins):
            then = "then" if _by_option(draft, path) else f"on {day}"
            wrong = f"{code} has no principal provider {then} "
            wrong += f"(it goes live on {begins or 'no date'})"
            yield draft.fault(
                path, wrong, f"Choose a later date, or {_instead(draft, index, code)}"
            )


def _instead(draft: Draft, index: int, area: str) -> str:
    """How to name an area's largest provider, as this failure was asked for."""
    by_option = _by_option(draft, ("failures", index, "who"))
    return f"{'--fail ' if by_option else ''}largest:{area}"


def _by_option(draft: Draft, path: Path_) -> bool:
    """Whether a value was given by an option, whose place shows it, and not by a file."""
    return draft.place(path).file.startswith("--")


def _outside_the_run(draft: Draft, path: Path_, day: date) -> Iterator[Fault]:
    calendar = draft.values.get("calendar")
    start, end = (
        (_date(calendar.get(key)) for key in ("start", "end"))
        if isinstance(calendar, dict)
        else (None, None)
    )
    if start and end and not start <= day <= end:
        wrong = f"{'' if _by_option(draft, path) else f'{day} is '}outside the run"
        yield draft.fault(path, wrong, f"Choose a date from {start} to {end}")


def _date(value: Any) -> date | None:
    """A date, or a text that is one; nothing where it is neither."""
    if type(value) is date:
        return value
    if isinstance(value, str) and ISO_DATE.fullmatch(value):
        try:
            return date.fromisoformat(value)
        except ValueError:
            return None
    return None


def _own_referrals(draft: Draft) -> Iterator[Fault]:
    areas = [str(row.get("code")) for row in draft.rows("areas")]
    seen: dict[str, int] = {}
    for index, row in enumerate(draft.rows("referrals")):
        area, person, day = row.get("area"), row.get("person"), _date(row.get("date"))
        if area is not None and area not in areas:
            path = ("referrals", index, "area")
            yield draft.fault(path, f"area {area!r} is not known", nearest(str(area), areas))
        if day is not None:
            yield from _outside_the_run(draft, ("referrals", index, "date"), day)
        if person is not None and seen.setdefault(str(person), index) != index:
            wrong = f"person {person!r} stands twice"
            cure = "Give each person one row, or leave the reference blank"
            yield draft.fault(("referrals", index, "person"), wrong, cure)


AREAS, BRANCHES = ("areas",), ("branches",)
MODEL, CONTRACTS = ("commissioning",), ("commissioning", "contracts")
CHECKS: tuple[tuple[Callable[[Draft], Iterable[Fault]], tuple[tuple[str, ...], ...]], ...] = (
    (_doubled_rows, ()),
    (_unknown_codes, ()),
    (_settlement_mix, (AREAS,)),
    (_calendar_order, ()),
    (_phase_tiers, (MODEL,)),
    (_principal_tier, (MODEL,)),
    (_hours_list, ()),
    (_endings, ()),
    (_nobody_to_serve, (AREAS,)),
    (_two_principals, (MODEL, CONTRACTS)),
    (_no_wage_at_the_start, (("wages",), ("wages", "starts"))),
    (_who_fails, (AREAS, ("providers",), ("failures",))),
    (_when_it_fails, (AREAS, ("failures",), ("failures", "date"))),
    (_own_referrals, (AREAS, ("referrals",))),
    (_shocks, (AREAS, ("shocks",))),
    (_warm_start_needs_branches, (AREAS, BRANCHES, (*BRANCHES, "council_hours_per_week"))),
    (target_ranges, ()),
    (target_notes, ()),
    (target_periods, ()),
    (target_scopes, (AREAS, MODEL, (*AREAS, "code"), (*AREAS, "locality"))),
)
