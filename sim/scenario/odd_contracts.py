"""What is odd about contracts, tiers, phases and go-live dates: one function a warning."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from datetime import date
from typing import TYPE_CHECKING

from sim.scenario.amounts import counted, listed

if TYPE_CHECKING:
    from sim.scenario.scenario import Scenario
    from sim.scenario.tables import Area, Contract

CONTRACTS = "Check contracts.csv"
MODEL = "Check model.toml"


def never_runs(scenario: Scenario) -> Iterator[str]:
    """Contracts that are over before they have begun."""
    areas = {area.code: area for area in scenario.areas}
    over = [
        f"{row.provider} in {areas[row.area].name} "
        f"({first_day(scenario, row, areas[row.area])} to {row.ends})"
        for row in scenario.commissioning.contracts
        if is_over_before_it_starts(scenario, row, areas[row.area])
    ]
    if over:
        many = f"{len(over):,} contracts end before they start"
        told = "1 contract ends before it starts" if len(over) == 1 else many
        yield f"{told}: {listed(over)}. {CONTRACTS}"


def first_day(scenario: Scenario, row: Contract, area: Area) -> date | None:
    """A contract's first day: its own, else the first on which a phase asks its tier there."""
    if row.starts is not None:
        return row.starts
    days = {"start": scenario.calendar.start, "go_live": area.go_live}
    begins = (
        days[phase.starts] if isinstance(phase.starts, str) else phase.starts
        for phase in scenario.commissioning.phases
        if row.tier in phase.tiers
    )
    return min((day for day in begins if day is not None), default=None)


def is_over_before_it_starts(scenario: Scenario, row: Contract, area: Area) -> bool:
    """Whether a contract ends by its first day."""
    first = first_day(scenario, row, area)
    return row.ends is not None and first is not None and row.ends <= first


def over_at_the_start(scenario: Scenario) -> Iterator[str]:
    """Contracts that had ended when the run begins."""
    start = scenario.calendar.start
    areas = {area.code: area for area in scenario.areas}
    over = [
        f"{row.provider} in {areas[row.area].name} ({row.ends})"
        for row in scenario.commissioning.contracts
        if row.ends is not None
        and row.ends <= start
        and not is_over_before_it_starts(scenario, row, areas[row.area])
    ]
    if over:
        yield (
            f"{counted(len(over), 'contract')} had ended by the first day, {start}: "
            f"{listed(over)}. {CONTRACTS}"
        )


def tiers_over_at_the_start(scenario: Scenario) -> Iterator[str]:
    """Tiers that had ended when the run begins, and are never asked."""
    start = scenario.calendar.start
    over = [
        f"{tier.name} ({tier.ends})"
        for tier in scenario.commissioning.tiers
        if tier.ends is not None and tier.ends <= start
    ]
    if over:
        yield (
            f"{counted(len(over), 'tier')} had ended by the first day, {start}, and will never "
            f"be asked: {listed(over)}. {MODEL}"
        )


def thin_tiers(scenario: Scenario) -> Iterator[str]:
    """Tiers with fewer providers in an area, as it goes live, than are meant."""
    areas = {area.code: area for area in scenario.areas}
    for tier in scenario.commissioning.tiers:
        held = Counter(
            row.area
            for row in scenario.commissioning.contracts
            if row.tier == tier.code and is_there_at_go_live(scenario, row, areas[row.area])
        )
        thin = [
            f"{area.name} ({held[area.code]})"
            for area in scenario.areas
            if area.go_live and held[area.code] < tier.minimum_providers
        ]
        if thin:
            yield (
                f"{counted(len(thin), 'area goes', 'areas go')} live with fewer than the "
                f"{tier.minimum_providers} providers intended for tier '{tier.name}': "
                f"{listed(thin)}. {CONTRACTS}"
            )


def is_there_at_go_live(scenario: Scenario, row: Contract, area: Area) -> bool:
    """Whether it starts in time; one that is over before it starts is told by itself."""
    in_time = row.starts is None or area.go_live is None or row.starts <= area.go_live
    return in_time or is_over_before_it_starts(scenario, row, area)


def no_principal(scenario: Scenario) -> Iterator[str]:
    """Areas that go live without a principal provider, where each is meant to have one.

    A model whose principals' tiers need no provider (minimum_providers = 0) leaves areas out.
    """
    model = scenario.commissioning
    meant = any(model.tier(tier).minimum_providers for tier in model.principal_tiers)
    held = {row.area for row in model.principal_contracts}
    without = [
        f"{area.name} ({area.go_live})"
        for area in scenario.areas
        if meant and area.go_live and area.code not in held
    ]
    if without:
        yield (
            f"{counted(len(without), 'area goes', 'areas go')} live without a principal "
            f"provider: {listed(without)}. {CONTRACTS}, or, if these areas need none, give the "
            "tier minimum_providers = 0"
        )


def live_too_late(scenario: Scenario) -> Iterator[str]:
    """Areas that go live after the last day: nobody sees it."""
    end = scenario.calendar.end
    late = [
        f"{area.name} ({area.go_live})"
        for area in scenario.areas
        if area.go_live is not None and area.go_live > end
    ]
    if late:
        yield (
            f"{counted(len(late), 'area goes', 'areas go')} live after the last day, {end}: "
            f"{listed(late)}. Check go_live in areas.csv, or the end of the run"
        )


def too_many_lots(scenario: Scenario) -> Iterator[str]:
    """Providers that are principal of more areas than the cap allows."""
    cap = scenario.procurement.lots_cap
    held = Counter(row.provider for row in scenario.commissioning.principal_contracts)
    many = [f"{provider} ({lots})" for provider, lots in sorted(held.items()) if lots > cap]
    if many:
        yield (
            f"{counted(len(many), 'provider holds', 'providers hold')} more principal provider "
            f"contracts than the cap of {cap}: {listed(many)}. Check contracts.csv and "
            "procurement.lots_cap"
        )


def both_at_once(scenario: Scenario) -> Iterator[str]:
    """Principals that hold a contract of another tier in the same area: two steps, one provider."""
    model = scenario.commissioning
    if not model.principal_tiers:
        return
    names = {tier.code: tier.name for tier in model.tiers if tier.holders == "contracts"}
    held: dict[tuple[str, str], list[str]] = defaultdict(list)
    for row in model.contracts:
        if row.tier in names:
            held[row.provider, row.area].append(row.tier)
    where = {area.code: area.name for area in scenario.areas}
    both = [
        f"{provider} in {where[area]} ({' and '.join(names[tier] for tier in sorted(tiers))})"
        for (provider, area), tiers in held.items()
        if len(tiers) > 1 and any(tier in model.principal_tiers for tier in tiers)
    ]
    if both:
        yield (
            f"{counted(len(both), 'principal provider holds', 'principal providers hold')} a "
            "second contract in the same area, so that two tiers ask the same provider: "
            f"{listed(both)}. {CONTRACTS}"
        )


def tiers_twice(scenario: Scenario) -> Iterator[str]:
    """Tiers that a phase names more than once."""
    twice = [
        f"'{tier}' in phase '{phase.name}'"
        for phase in scenario.commissioning.phases
        for tier, times in Counter(phase.tiers).items()
        if times > 1
    ]
    if twice:
        yield f"{counted(len(twice), 'tier is', 'tiers are')} asked twice: {listed(twice)}. {MODEL}"


LOOKS: tuple[Callable[[Scenario], Iterator[str]], ...] = (
    never_runs,
    over_at_the_start,
    tiers_over_at_the_start,
    thin_tiers,
    no_principal,
    live_too_late,
    too_many_lots,
    both_at_once,
    tiers_twice,
)
