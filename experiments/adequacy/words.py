"""The first screen of N-1 adequacy: where, and from when, the fallback does not suffice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from experiments.adequacy.tables import Adequacy, fails_from, interval
from experiments.adequacy.work import STAFF_MOVE_SHARES
from experiments.results.provenance import Inputs
from experiments.words.sentences import month_text
from sim import __version__
from sim.outcomes.adequacy import PRINCIPAL
from sim.outcomes.histories import Floats

USUAL = 1
USUALLY, MOST = (f"{100 * STAFF_MOVE_SHARES[place]:.0f} %" for place in (USUAL, -1))
INDENT = " " * 19
WORST_SHOWN = 5
WARN_BIAS = 0.05
FEW = 10


@dataclass(frozen=True)
class Findings:
    """All that the first screen is told from."""

    inputs: Inputs
    told: Adequacy
    county: pd.DataFrame
    sample: pd.DataFrame
    errors: pd.DataFrame
    expected: pd.DataFrame
    warning: pd.DataFrame


def lines(found: Findings) -> list[str]:
    """The summary, a line each; an empty line parts the paragraphs."""
    return [
        *_title(found),
        "",
        *_where(found.told),
        *_worst(found.told),
        *_trend(found),
        *_decide(found),
        *_expected(found.expected),
        "",
        *_trust(found),
        *_reading(found),
    ]


def _title(found: Findings) -> list[str]:
    scenario, count = found.inputs.scenario, found.inputs.replications
    calendar = scenario.calendar
    many = "one replication" if count == 1 else f"{count} replications"
    return [
        f"{scenario.name}, {calendar.start:%d %B %Y} to {calendar.end:%d %B %Y}: "
        f"N-1 adequacy, {many}",
        f"{scenario.commissioning.name}",
        "",
        "The question       if the principal of an area stopped tonight, what share of its hours "
        "would other providers",
        f"{INDENT}really take on within 28 days? The fallback suffices at "
        f"{percent(found.told.level)} or more, in at least half of the replications",
    ]


def percent(share: float) -> str:
    """A share as a percentage of whole points."""
    return f"{100 * share:.0f} %" if np.isfinite(share) else "no value"


def moves(share: float) -> str:
    """How many carers move, in words."""
    return "no carer moves" if share == 0 else f"{100 * share:.0f} % of its carers move"


def _where(told: Adequacy) -> list[str]:
    """Area by area for the usual share, in short for the others."""
    principals = int((told.usual_role[-1] == PRINCIPAL).sum())
    if not principals:
        return ["No principals      no area has a principal provider in the last month"]
    said = []
    for number, share in enumerate(STAFF_MOVE_SHARES):
        begins = [fails_from(told, number, area) for area in range(len(told.areas))]
        fails = {told.areas[a]: begin for a, begin in enumerate(begins) if begin is not None}
        head = f"If {moves(share)},"
        if not fails:
            said.append(f"{head} the fallback suffices everywhere in the last month")
            continue
        said.append(
            f"{head} it does not suffice for {len(fails)} of {principals} principals in the last "
            f"month (it suffices for {suffices_in(told, number)} of all their months)"
        )
        if number == USUAL:
            said += _area_by_area(told, fails)
    return said


def suffices_in(told: Adequacy, share: int) -> str:
    """Share of the area-months of principals, over replications, in which the fallback suffices."""
    held = told.has_principal
    return percent(float((told.adequacy[:, share][held] >= told.level).mean()))


def _area_by_area(told: Adequacy, fails: dict[str, int]) -> list[str]:
    names = {area.code: area.name for area in told.scenario.areas}
    first = {
        area: int(np.argmax(told.usual_role[:, place] == PRINCIPAL))
        for place, area in enumerate(told.areas)
    }
    always = [names[area] for area, begin in fails.items() if begin <= first[area]]
    later: dict[int, list[str]] = {}
    for area, begin in sorted(fails.items(), key=lambda item: item[1]):
        if begin > first[area]:
            later.setdefault(begin, []).append(names[area])
    said = [f"{', '.join(always)}: from the first month"] if always else []
    said += [
        f"{', '.join(areas)}: from {month_text(told.months[begin])}"
        for begin, areas in later.items()
    ]
    return [f"{INDENT}{text}" for text in ("for good, that is in every month from then on:", *said)]


def _worst(told: Adequacy) -> list[str]:
    """The area-months in which most care would be lost, one an area."""
    names = {area.code: area.name for area in told.scenario.areas}
    hours = np.where(told.usual_role == PRINCIPAL, interval(told.uncovered[1])[0], np.nan)
    usual = hours[USUAL]
    if np.isnan(usual).all():
        return []
    peaks = np.nanmax(np.where(np.isnan(usual), -1.0, usual), axis=0)
    said = [
        f"Worst              hours without care within 91 days, if {USUALLY} move (none; {MOST}):"
    ]
    for area in np.argsort(-peaks)[:WORST_SHOWN]:
        if peaks[area] < 0:
            continue
        month = int(np.nanargmax(usual[:, area]))
        low, high = hours[0, month, area], hours[2, month, area]
        stake = float(told.at_stake[:, month, area].mean())
        said.append(
            f"{INDENT}{names[told.areas[area]]}, {month_text(told.months[month])}: "
            f"{peaks[area]:,.0f} ({low:,.0f}; {high:,.0f}) of {stake:,.0f} hours a week at stake"
        )
    return said


def by_year(found: Findings, number: int) -> dict[int, Floats]:
    """County adequacy by year and replication: means over the months that have principals."""
    from experiments.adequacy.tables import county_adequacy

    years = np.array([month.year for month in found.told.months])
    county = county_adequacy(found.told)[:, number]
    means = {}
    for year in sorted(set(years.tolist())):
        part = county[:, years == year]
        if not np.isnan(part).all():
            means[year] = np.nanmean(part, axis=1)
    return means


def _trend(found: Findings) -> list[str]:
    """From the first year with principals to the last."""
    said = []
    for number, share in enumerate(STAFF_MOVE_SHARES):
        means = by_year(found, number)
        if not means:
            return []
        first, last = min(means), max(means)
        head = "County adequacy    " if number == 0 else INDENT
        said.append(
            f"{head}{banded(means[first])} in {first}, {banded(means[last])} in {last} if "
            f"{moves(share)}"
        )
    said[0] += " (all principals, by hours at stake)"
    return said


def banded(values: Floats) -> str:
    """A share with its interval, if there are several replications."""
    mean, low, high = interval(values, 0.0, 1.0)
    if values.size < 2:
        return percent(float(mean))
    return f"{percent(float(mean))} ({100 * float(low):.0f} to {100 * float(high):.0f})"


def _decide(found: Findings) -> list[str]:
    """The latest date by which to decide, for the highest level that is still held for a while."""
    table = found.warning
    usual = table[table["staff_move_share"] == STAFF_MOVE_SHARES[USUAL]]
    planned = found.told.scenario.procurement.planned_days
    head = "Decide by          "
    if not found.told.has_principal.any():
        return []
    falls = usual[usual["decide_by"].notna()]
    if falls.empty:
        return [
            f"{head}county adequacy falls below none of the levels looked at, if {USUALLY} move"
        ]
    said = []
    for row in falls.itertuples():
        when, by = as_date(row.below_from), as_date(row.decide_by)
        past = (
            " (before the first simulated day)" if by < found.told.scenario.calendar.start else ""
        )
        said.append(
            f"{percent(float(str(row.level)))}: below for good from {month_text(when)}, so by "
            f"{by.day} {month_text(by)}{past}"
        )
    return [
        f"{head}to keep county adequacy above a level, capacity tendered {planned:.0f} days ahead "
        f"must be decided, if {USUALLY} move:",
        *(f"{INDENT}{text}" for text in said),
    ]


def as_date(value: object) -> date:
    """A table's date."""
    return pd.Timestamp(str(value)).date()


def _expected(table: pd.DataFrame) -> list[str]:
    last = table[table["year"] == table["year"].max()]
    usual = last[last["staff_move_share"] == STAFF_MOVE_SHARES[USUAL]]
    if usual.empty or not usual["principals"].iloc[0] > 0:
        return []
    row = usual.iloc[0]
    ends = [
        last[last["staff_move_share"] == share].iloc[0]
        for share in (STAFF_MOVE_SHARES[0], STAFF_MOVE_SHARES[-1])
    ]
    return [
        f"To be expected     {row['closures']:,.0f} hours without care a year in {row['year']:.0f} "
        f"from closures of principals ({row['closures_at_low_hazard']:,.0f} to "
        f"{row['closures_at_high_hazard']:,.0f} over the range of the hazard; "
        f"{ends[0]['closures']:,.0f} if none move, {ends[1]['closures']:,.0f} if {MOST});",
        f"{INDENT}shortfalls add at most {row['shortfalls_at_most']:,.0f}. One closure in twenty "
        f"would cost more than {row['loss_p95']:,.0f} hours",
    ]


def _trust(found: Findings) -> list[str]:
    """How far the estimate is off, and what it is not."""
    errors = found.errors
    head = "How sure           "
    failed = int((found.sample["status"] == "failed").sum()) if len(found.sample) else 0
    warned = [f"{INDENT}{failed} branches FAILED: see sample.csv"] if failed else []
    if errors.empty:
        return [
            f"{head}WARNING: all of this is estimated, and nothing was compared with it: no team "
            "was really stopped in this run",
            *warned,
        ]
    whole = errors[(errors["role"] == "all") & errors["staff_move_share"].isna()]
    said = [
        f"{head}all area-months are estimates; {int(whole['branches'].iloc[0])} times a team was "
        "really stopped, and the estimate compared:"
    ]
    role = "principal" if (errors["role"] == "principal").any() else "all"
    for share in STAFF_MOVE_SHARES:
        told = one_error(errors, role, share)
        if told is None:
            continue
        alike, count = told["correlation"], told["branches"]
        r = "" if np.isnan(alike) or count < FEW else f", correlation {alike:.2f}"
        said.append(
            f"{INDENT}if {moves(share)}: {percent(told['reference_mean'])} really taken on; "
            f"estimate {bias_words(told['bias'])}, typical error {100 * told['rmse']:.0f} points{r}"
            f" ({count:.0f} {'principals' if role == 'principal' else 'stops'})"
        )
    said += [f"{INDENT}{text}" for text in beyond(found.sample)]
    return said + warned


def one_error(errors: pd.DataFrame, role: str, share: float) -> dict[str, float] | None:
    """The error of estimated adequacy, for a role and a share."""
    here = errors[
        (errors["role"] == role)
        & (errors["staff_move_share"] == share)
        & (errors["figure"] == "adequacy")
    ]
    if here.empty:
        return None
    row = here.iloc[0]
    names = ("branches", "reference_mean", "bias", "rmse", "correlation")
    return {name: float(row[name]) for name in names}


def bias_words(bias: float) -> str:
    """A bias as a reader would say it."""
    points = f"{abs(100 * bias):.0f} points"
    if abs(bias) < 0.005:
        return "right on average"
    side = "too high" if bias > 0 else "too low"
    return f"{points} {side}{' (WARNING: biased)' if abs(bias) > WARN_BIAS else ''}"


def beyond(sample: pd.DataFrame) -> list[str]:
    """What is lost outside the area, which the estimates leave out."""
    good = sample[sample["status"] == "finished"]
    here, whole = (
        good["added_hours_in_area_in_91_days"].sum(),
        good["added_hours_in_county_in_91_days"].sum(),
    )
    if not here > 0:
        return []
    return [
        f"hours without care are those of the area itself; in the branches the whole county lost "
        f"{whole / here:.1f} times as many"
    ]


def _reading(found: Findings) -> Sequence[str]:
    scenario, inputs = found.inputs.scenario, found.inputs
    applied = f", with {', '.join(scenario.overrides)}" if scenario.overrides else ""
    bands = (
        "One replication is one story: add --replications 5 for intervals. "
        if inputs.replications == 1
        else "In brackets after shares: 95 % interval of the mean. "
    )
    return [
        "Before go-live     an area has no principal; its largest provider stands for one in the "
        "tables and is hatched in the charts",
        f"{bands}This is a model, not a forecast: many of its parameters are assumptions "
        f"(caremarket parameters {scenario.code}).",
        f"Made by caremarket {__version__} from scenario {scenario.code} "
        f"({scenario.identity[:8]}){applied}, seed {inputs.seed}, run {inputs.identity[:8]}.",
    ]
