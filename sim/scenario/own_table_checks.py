"""What a user's own failures, referrals, caseload and shocks must satisfy: a function a fault."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from typing import Any

from sim.scenario.amounts import listed
from sim.scenario.contract_checks import CONTRACTS, principal_tiers
from sim.scenario.dates import date_in
from sim.scenario.draft import Draft, Path_, number_in
from sim.scenario.faults import Fault, nearest, shown
from sim.scenario.name_checks import unknown_areas, unknown_names
from sim.scenario.tables import parts_of
from sim.vocabulary import SHOCK_KINDS, WHO_FAILS


def who_fails(draft: Draft) -> Iterator[Fault]:
    """Who is to fail is a provider, or can be found in an area."""
    areas = [str(row.get("code")) for row in draft.rows("areas")]
    providers = [str(row.get("code")) for row in draft.rows("providers")]
    owners = sorted({str(row.get("owner") or row.get("code")) for row in draft.rows("providers")})
    for index, row in enumerate(draft.rows("failures")):
        kind, code = parts_of(str(row.get("who") or ""))
        path = ("failures", index, "who")
        if row.get("who") is None:
            continue
        if kind == "provider" and code not in providers:
            remedy = f"Give {WHO_FAILS}. "
            wrong = f"there is no provider {shown(code)}"
            yield draft.fault(path, wrong, remedy + nearest(code, providers))
        elif kind == "owner" and code not in owners:
            remedy = "Give an owner from the column owner of providers.csv. "
            yield draft.fault(
                path, f"no provider has the owner {shown(code)}", remedy + nearest(code, owners)
            )
        elif (
            kind in ("principal", "largest")
            and code not in areas
            and (kind, code) != ("largest", "")
        ):
            yield draft.fault(path, f"there is no area {shown(code)}", nearest(code, areas))
        elif kind == "principal" and len(partners := principals_of(draft, code)) > 1:
            wrong = f"{code} has {len(partners)} principal providers: {', '.join(partners)}"
            yield draft.fault(
                path, wrong, "Name one of them by its code, or each of them in a separate row"
            )
        yield from unknown_areas(draft, ("failures", index), row, areas, "there is no area {}")
        responder = row.get("responder")
        if responder is not None and responder not in providers:
            wrong, remedy = f"there is no provider {shown(responder)}", "Give a provider's code. "
            yield draft.fault(
                ("failures", index, "responder"), wrong, remedy + nearest(str(responder), providers)
            )


def owners_of_owners(draft: Draft) -> Iterator[Fault]:
    """An owner that is a provider too belongs to itself: else who owns whom would be open."""
    owned = {str(row.get("code")): row.get("owner") for row in draft.rows("providers")}
    for index, row in enumerate(draft.rows("providers")):
        owner = row.get("owner")
        over = owned.get(str(owner))
        if owner is not None and over not in (None, owner):
            wrong = f"its owner {shown(owner)} is a provider that has the owner {shown(over)}"
            remedy = f"Give {over} here too: providers that fail together must have one owner"
            yield draft.fault(("providers", index, "owner"), wrong, remedy)


def when_it_fails(draft: Draft) -> Iterator[Fault]:
    """It fails within the run, and a principal once its area has one."""
    for index, row in enumerate(draft.rows("failures")):
        path = ("failures", index, "date")
        day = date_in(row.get("date"))
        if day is None:
            continue
        yield from _outside_the_run(draft, path, day)
        kind, code = parts_of(str(row.get("who") or ""))
        if kind != "principal" or code not in _area_codes(draft):
            continue
        begins, why = principal_begins(draft, code)
        if begins is None or day < begins:
            then = "then" if _by_option(draft, path) else f"on {day}"
            wrong = f"{code} has no principal provider {then} ({why})"
            yield draft.fault(
                path, wrong, f"Choose a later date, or {_instead(draft, index, code)}"
            )


def principals_of(draft: Draft, area: str) -> list[str]:
    """Codes of an area's principals as contracts.csv has them, each once."""
    return list(dict.fromkeys(str(row.get("provider")) for row in _principal_rows(draft, area)))


def _principal_rows(draft: Draft, area: str) -> list[dict[str, Any]]:
    named = principal_tiers(draft)
    return [
        row
        for row in draft.rows(*CONTRACTS)
        if str(row.get("tier")) in named and str(row.get("area")) == area
    ]


def principal_begins(draft: Draft, area: str) -> tuple[date | None, str]:
    """The first day on which an area has a principal, and what that follows from in words."""
    live = next(
        date_in(row.get("go_live")) for row in draft.rows("areas") if row.get("code") == area
    )
    if live is not None:
        return live, f"it goes live on {live}"
    days = [_first_day(draft, row) for row in _principal_rows(draft, area)]
    known = [day for day in days if day is not None]
    why = (
        "it has no contract of a principal provider's tier"
        if not days
        else "it has no go-live date"
    )
    return (min(known), f"its contract begins on {min(known)}") if known else (None, why)


def _first_day(draft: Draft, row: dict[str, Any]) -> date | None:
    """A contract's own first day, else the first on which a phase that waits for no go-live asks
    its tier."""
    if (own := date_in(row.get("starts"))) is not None:
        return own
    start, _ = draft.calendar()
    asked = [
        start if phase.get("starts") == "start" else date_in(phase.get("starts"))
        for phase in draft.rows("commissioning", "phases")
        if isinstance(phase.get("tiers"), list) and row.get("tier") in phase["tiers"]
    ]
    return min((day for day in asked if day is not None), default=None)


def _instead(draft: Draft, index: int, area: str) -> str:
    """How to name an area's largest provider, as this failure was asked for."""
    by_option = _by_option(draft, ("failures", index, "who"))
    return f"{'--fail ' if by_option else ''}largest:{area}"


def _by_option(draft: Draft, path: Path_) -> bool:
    """Whether a value was given by an option, whose place shows it, and not by a file."""
    return draft.place(path).file.startswith("--")


def own_referrals(draft: Draft) -> Iterator[Fault]:
    """People live in known areas, are referred within the run, and once each."""
    rows = draft.rows("referrals")
    yield from unknown_names(draft, ("referrals",), "area", _area_codes(draft))
    for index, row in enumerate(rows):
        if (day := date_in(row.get("date"))) is not None:
            yield from _outside_the_run(draft, ("referrals", index, "date"), day)
    people: dict[str, list[int]] = defaultdict(list)
    for index, row in enumerate(rows):
        if row.get("person") is not None:
            people[str(row["person"])].append(index)
    for places in people.values():
        first = draft.place(("referrals", places[0])).row
        wrong = f"the reference of row {first} is given {len(places)} times"
        remedy = f"Keep one row of the person of row {first}, or leave the reference blank"
        for index in places if len(places) > 1 else ():
            yield draft.fault(("referrals", index, "person"), wrong, remedy)


def own_caseload(draft: Draft) -> Iterator[Fault]:
    """People are served by a team that there is, and no later than from the first day on.

    A message names the row and the column; what stands there tells of a person.
    """
    providers = {str(row.get("code")) for row in draft.rows("providers")}
    areas = set(_area_codes(draft))
    teams = {(str(row.get("provider")), str(row.get("area"))) for row in draft.rows("branches")}
    start, _ = draft.calendar()
    for index, row in enumerate(draft.rows("caseload")):
        provider, area = row.get("provider"), row.get("area")
        here = ("caseload", index)
        if provider is not None and str(provider) not in providers:
            remedy = "Give the code of a provider of providers.csv"
            yield draft.fault((*here, "provider"), "no provider has this code", remedy)
        elif area is not None and str(area) not in areas:
            remedy = f"Known: {listed(sorted(areas))}"
            yield draft.fault((*here, "area"), "no area has this code", remedy)
        elif None not in (provider, area) and (str(provider), str(area)) not in teams:
            wrong = "the provider has no team in the area"
            remedy = "Give branches.csv a row for it, with council_hours_per_week = 0 if necessary"
            yield draft.fault((*here, "provider"), wrong, remedy)
        since = date_in(row.get("since"))
        if start is not None and since is not None and since > start:
            wrong = f"it is after the first day of the run ({start})"
            remedy = "Leave out people who come later, or begin the run later (calendar.start)"
            yield draft.fault((*here, "since"), wrong, remedy)


def shocks(draft: Draft) -> Iterator[Fault]:
    """Shocks end after they begin, in known areas, and take no more than there is."""
    codes = [str(row.get("code")) for row in draft.rows("areas")]
    of_carers = [code for code, kind in SHOCK_KINDS.items() if kind.of_carers]
    for index, row in enumerate(draft.rows("shocks")):
        yield from unknown_areas(draft, ("shocks", index), row, codes, "area {} is not known")
        size = number_in(row.get("size"))
        if row.get("kind") in of_carers and size is not None and size > 1:
            wrong = f"{size:g} is more than all carers"
            yield draft.fault(("shocks", index, "size"), wrong, "Write a share of carers, 0 to 1")
        begins, ends = date_in(row.get("date")), date_in(row.get("ends"))
        if begins is not None and ends is not None and ends <= begins:
            wrong = f"it ends on {ends}, before it begins"
            yield draft.fault(("shocks", index, "ends"), wrong, f"Give a day after {begins}")


def _outside_the_run(draft: Draft, path: Path_, day: date) -> Iterator[Fault]:
    start, end = draft.calendar()
    if start and end and not start <= day <= end:
        wrong = f"{'' if _by_option(draft, path) else f'{day} is '}outside the run"
        yield draft.fault(path, wrong, f"Choose a date from {start} to {end}")


def _area_codes(draft: Draft) -> list[str]:
    return [str(row.get("code")) for row in draft.rows("areas")]
