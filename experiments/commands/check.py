"""``caremarket check``: is this county sound, and what would it simulate?"""

from __future__ import annotations

from math import fsum
from typing import TYPE_CHECKING

import typer

from experiments.commands.options import (
    Caseload,
    Commissioning,
    County,
    Failures,
    Override,
    Referrals,
    Set,
    Shocks,
)
from experiments.words.lines import wrapped

if TYPE_CHECKING:
    from sim.scenario import Scenario
    from sim.scenario.tables import Tier

EXAMPLES = {
    "Your own county": "caremarket check my-county",
    "Norfolk with a table of failures": (
        "caremarket check norfolk --failures my-tables/failures.csv"
    ),
}


def check(
    county: County,
    set_: Set = None,
    override: Override = None,
    commissioning: Commissioning = None,
    failures: Failures = None,
    referrals: Referrals = None,
    caseload: Caseload = None,
    shocks: Shocks = None,
) -> None:
    """Check a county: list every mistake, point out what is odd, and say what it describes."""
    from experiments.asking.asked import Asked, scenario_asked_for
    from experiments.fit.targets import target_faults
    from sim.scenario.plausibility import warnings

    scenario = scenario_asked_for(
        Asked(
            county,
            commissioning=commissioning,
            overrides=override or (),
            assignments=set_ or (),
            failures=failures,
            referrals=referrals,
            caseload=caseload,
            shocks=shocks,
        ),
        *target_faults(county),
        silent=True,
    )
    odd = warnings(scenario)
    lines = [*(f"Warning: {warning}" for warning in odd), *described(scenario)]
    typer.echo("\n".join(wrapped(lines)))
    typer.echo(f"No faults, {len(odd)} warning{'' if len(odd) == 1 else 's'}.")


def described(scenario: Scenario) -> list[str]:
    """What the scenario would simulate, in words."""
    from experiments.asking.telling import sizes
    from sim.scenario.expected import referrals_per_day
    from sim.scenario.size import size_of

    calendar, model = scenario.calendar, scenario.commissioning
    hours = fsum(area.hours_per_four_weeks for area in scenario.areas) / 4
    people = hours / scenario.packages.published_hours
    weekly = 7 * fsum(referrals_per_day(scenario, area) for area in scenario.areas)
    coming = "own referrals" if scenario.referrals else f"{weekly:.0f} referrals a week"
    live = sorted(area.go_live for area in scenario.areas if area.go_live)
    roll_out = f"from {live[0]} to {live[-1]}" if live else "never"
    warm = (
        f"after {calendar.warm_up_weeks} weeks of warm-up"
        if calendar.warm_up_weeks
        else f"from {'your caseload' if scenario.caseload else 'an empty market'}"
    )
    return [
        f"{scenario.name}: {calendar.start} to {calendar.end}, {warm}",
        f"  {len(scenario.areas)} areas, {hours:,.0f} hours a week for about {people:,.0f} "
        f"people, {coming}",
        f"  {len(scenario.providers)} providers with {len(scenario.branches)} teams",
        f"  commissioning: {model.name}; areas go live {roll_out}",
        *(f"    tier {tier.name}: {_held(scenario, tier)}" for tier in model.tiers),
        *_given(scenario),
        f"  a run (estimate): {sizes(size_of(scenario))}",
        f"  identity {scenario.identity[:8]}"
        + (f", with {', '.join(scenario.overrides)}" if scenario.overrides else ""),
    ]


def _given(scenario: Scenario) -> list[str]:
    """Tables of failures, referrals, people in care and shocks, if there are any."""
    lines = []
    if scenario.referrals:
        people = len(scenario.referrals)
        lines.append(f"  {people:,} referrals of your own are used instead of generated ones")
    lines += _caseload(scenario)
    for row in scenario.failures:
        lines.append(f"  failure: {row.kind} of {row.who} on {row.date}")
    for shock in scenario.shocks:
        until = f" until {shock.ends}" if shock.ends else ""
        where = f" in {', '.join(shock.areas.split())}" if shock.areas else ""
        lines.append(f"  shock: {shock.kind} {shock.size:g} from {shock.date}{until}{where}")
    if scenario.failure.random:
        lines.append("  providers also fail by chance (failure.*)")
    return lines


def _caseload(scenario: Scenario) -> list[str]:
    """People in care on the first day, and their hours area by area beside those of areas.csv."""
    from experiments.statistics.small_counts import (
        LEAST,
        NOT_SHOWN,
        count_shown,
        counts_shown,
        hidden,
    )
    from sim.scenario.caseload import hours_by_area, people_by_area

    if not scenario.caseload:
        return []
    people, hours = people_by_area(scenario), hours_by_area(scenario)
    directly = sum(1 for row in scenario.caseload if row.direct_payment)
    together = f"{fsum(hours.values()):,.0f}" if len(scenario.caseload) >= LEAST else NOT_SHOWN
    lines = [
        f"  {count_shown(len(scenario.caseload), LEAST)} people of your caseload are in care on "
        f"the first day, with {together} hours a week; {count_shown(directly, LEAST)} of them pay "
        "by direct payment"
    ]
    numbers = [people[area.code] for area in scenario.areas]
    unseen = hidden(numbers, LEAST)
    for place, told in enumerate(counts_shown(numbers, LEAST)):
        area = scenario.areas[place]
        week = NOT_SHOWN if place in unseen else f"{hours[area.code]:,.0f}"
        usual = f"areas.csv: {area.hours_per_four_weeks / 4:,.0f}"
        lines.append(f"    {area.name}: {told} people, {week} hours a week ({usual})")
    return lines


def _held(scenario: Scenario, tier: Tier) -> str:
    if tier.holders == "all_branches":
        some = f", for {100 * tier.providers_share:.0f}% of providers, drawn at random"
        share = some if tier.providers_share < 1 else ""
        return f"every team in the area{share}"
    contracts = [row for row in scenario.commissioning.contracts if row.tier == tier.code]
    providers = len({row.provider for row in contracts})
    return f"{len(contracts)} contracts held by {providers} providers"
