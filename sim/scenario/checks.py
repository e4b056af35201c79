"""What a scenario must satisfy beyond each value's own range: one function per fault.

Faults stop a run (what is legal but odd: ``plausibility``). Every function takes the draft, so that
all faults are found at once even where single values are wrong.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date
from math import fsum
from typing import Any

from sim.scenario.codes import CAPITALS
from sim.scenario.dates import date_in
from sim.scenario.draft import ROW_KEYS, Draft, Path_, number_in
from sim.scenario.faults import Fault, nearest, shown
from sim.scenario.tables import parts_of
from sim.scenario.target_checks import target_notes, target_periods, target_ranges, target_scopes

MOST_NAMES = 50

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
        prefix = ("commissioning", table) if table in ("tiers", "contracts") else (table,)
        codes = [_code(row, keys) for row in draft.rows(*prefix)]
        yield from _doubled(draft, prefix, codes, " and ".join(keys), "Keep one row of {}")


def _doubled(
    draft: Draft, prefix: Path_, codes: Sequence[str | None], noun: str, remedy: str, *column: str
) -> Iterator[Fault]:
    """A fault for each row that bears a name of another row."""
    times = Counter(code for code in codes if code is not None)
    for index, code in enumerate(codes):
        if code is not None and times[code] > 1:
            wrong = f"{noun} {shown(code)} stands {times[code]} times"
            yield draft.fault((*prefix, index, *column), wrong, remedy.format(shown(code)))


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
        for prefix in (("branches",), ("commissioning", "contracts")):
            yield from _unknown(draft, prefix, key, known)


def _unknown(draft: Draft, prefix: Path_, key: str, codes: Sequence[str]) -> Iterator[Fault]:
    """Rows of a table that name an area, provider or tier which there is not."""
    known = set(codes)
    remedies: dict[str, str] = {}
    for index, row in enumerate(draft.rows(*map(str, prefix))):
        if (value := row.get(key)) is not None and str(value) not in known:
            name = str(value)
            if name not in remedies:  # comparing names takes long: not for thousands of them
                remedies[name] = nearest(name if len(remedies) < MOST_NAMES else "", list(codes))
            wrong = f"{key} {shown(value)} is not known"
            yield draft.fault((*prefix, index, key), wrong, remedies[name])


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


def _calendar_order(draft: Draft) -> Iterator[Fault]:
    start, end = _calendar(draft)
    if start is None or end is None:
        return
    if end < start:
        yield draft.fault(("calendar", "end"), f"{end} lies before {start}", "Swap them")
    elif (end - start).days > 36600:
        yield draft.fault(("calendar", "end"), f"{end} is far off", "At most a hundred years")
    elif (end - start).days < 6:
        wrong = f"{end} is less than a week after {start}"
        yield draft.fault(("calendar", "end"), wrong, "Simulate at least seven days")


def _calendar(draft: Draft) -> tuple[date | None, date | None]:
    """The first and the last day simulated, as far as they can be read."""
    calendar = draft.values.get("calendar")
    told = calendar if isinstance(calendar, dict) else {}
    return date_in(told.get("start")), date_in(told.get("end"))


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
    model = draft.values.get("commissioning")
    codes = [str(row.get("code")) for row in draft.rows("commissioning", "tiers")]
    if isinstance(model, dict) and (name := model.get("principal_tier")) not in (None, *codes):
        path = ("commissioning", "principal_tier")
        yield draft.fault(path, f"tier {shown(name)} is not known", nearest(str(name), codes))


def _hours_list(draft: Draft) -> Iterator[Fault]:
    packages = draft.values.get("packages")
    if not isinstance(packages, dict) or packages.get("hours_law") != "list":
        return
    values, shares = packages.get("hours_values") or [], packages.get("hours_shares") or []
    if not (isinstance(values, list) and isinstance(shares, list)):
        return
    if not values or len(values) != len(shares):
        wrong = f"{len(values)} hours_values and {len(shares)} hours_shares"
        yield draft.fault(("packages", "hours_values"), wrong, "Give as many of each")
    elif abs(fsum(number_in(share) or 0.0 for share in shares) - 1) > 1e-6:
        yield draft.fault(("packages", "hours_shares"), "they do not add up to 1", "Mend them")


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
    start, _ = _calendar(draft)
    known = [str(row.get("starts")) for row in draft.rows("wages")]
    if start is not None and not any(day <= start.isoformat() for day in known):
        wrong = f"no wage is known on {start}"
        yield draft.fault(("wages",), wrong, "Add a row that starts on that day or before")


def _shocks(draft: Draft) -> Iterator[Fault]:
    codes = [str(row.get("code")) for row in draft.rows("areas")]
    for index, row in enumerate(draft.rows("shocks")):
        yield from _unknown_areas(draft, ("shocks", index), row, codes, "area {} is not known")
        size = number_in(row.get("size"))
        if row.get("kind") == "carers_lost" and size is not None and size > 1:
            wrong = f"{size:g} is more than all carers"
            yield draft.fault(("shocks", index, "size"), wrong, "Write a share of carers, 0 to 1")
        begins, ends = date_in(row.get("date")), date_in(row.get("ends"))
        if begins is not None and ends is not None and ends <= begins:
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
        str(row.get("area"))
        for row in draft.rows("branches")
        if number_in(row.get("council_hours_per_week")) != 0  # who cannot be read may serve some
    }
    for index, row in enumerate(draft.rows("areas")):
        hours = number_in(row.get("hours_per_four_weeks")) or 0
        if hours > 0 and str(row.get("code")) not in served:
            wrong = f"area {shown(row.get('code'))} has care hours but no team that serves any"
            remedy = "Give branches.csv a row for it with council_hours_per_week above 0"
            yield draft.fault(("areas", index, "hours_per_four_weeks"), wrong, remedy)


def _who_fails(draft: Draft) -> Iterator[Fault]:
    areas = [str(row.get("code")) for row in draft.rows("areas")]
    providers = [str(row.get("code")) for row in draft.rows("providers")]
    for index, row in enumerate(draft.rows("failures")):
        kind, code = parts_of(str(row.get("who") or ""))
        path = ("failures", index, "who")
        if row.get("who") is None:
            continue
        if kind == "provider" and code not in providers:
            remedy = "Give a provider's code, principal:AREA, largest or largest:AREA. "
            wrong = f"no provider {shown(code)}"
            yield draft.fault(path, wrong, remedy + nearest(code, providers))
        elif kind != "provider" and code not in areas and (kind, code) != ("largest", ""):
            yield draft.fault(path, f"no area {shown(code)}", nearest(code, areas))
        yield from _unknown_areas(draft, ("failures", index), row, areas, "no area {}")


def _unknown_areas(
    draft: Draft, path: Path_, row: dict[str, Any], known: list[str], words: str
) -> Iterator[Fault]:
    """Codes of a list of areas that no area bears."""
    for code in str(row.get("areas") or "").split():
        if known and code not in known:
            wrong = words.format(shown(code))
            yield draft.fault((*path, "areas"), wrong, nearest(code, known))


def _when_it_fails(draft: Draft) -> Iterator[Fault]:
    live = {str(row.get("code")): date_in(row.get("go_live")) for row in draft.rows("areas")}
    for index, row in enumerate(draft.rows("failures")):
        path = ("failures", index, "date")
        day = date_in(row.get("date"))
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
    start, end = _calendar(draft)
    if start and end and not start <= day <= end:
        wrong = f"{'' if _by_option(draft, path) else f'{day} is '}outside the run"
        yield draft.fault(path, wrong, f"Choose a date from {start} to {end}")


def _own_referrals(draft: Draft) -> Iterator[Fault]:
    rows = draft.rows("referrals")
    yield from _unknown(draft, ("referrals",), "area", _area_codes(draft))
    for index, row in enumerate(rows):
        if (day := date_in(row.get("date"))) is not None:
            yield from _outside_the_run(draft, ("referrals", index, "date"), day)
    people = [None if row.get("person") is None else str(row["person"]) for row in rows]
    remedy = "Keep one row of {}, or leave the reference blank"
    yield from _doubled(draft, ("referrals",), people, "person", remedy, "person")


def _area_codes(draft: Draft) -> list[str]:
    return [str(row.get("code")) for row in draft.rows("areas")]


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
