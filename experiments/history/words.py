"""What replications without a scripted failure tell about principals, in words and tables.

Two worlds are read side by side: one in which providers stop only of themselves (no money, poor
quality), and one in which they also fail by chance at the declared hazards. What is on record in
Norfolk stands beside them, with its source.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from math import exp, fsum, isfinite, sqrt

import numpy as np
import pandas as pd

from experiments.history.work import Absence, History, Shortfall, Suspension
from experiments.results.provenance import Inputs
from experiments.statistics.failed import too_many_failed
from experiments.statistics.intervals import t_interval
from experiments.words.failed import no_headline
from experiments.words.first_screen import IN_BRACKETS, FirstScreen, people
from experiments.words.sentences import capital, day_text
from sim import __version__
from sim.clock import DAYS_PER_YEAR, days_between
from sim.outcomes.declaration import Column, Table
from sim.scenario import Scenario

CONFIDENCE_Z = 1.959964
SURPRISE = 0.05
YEARS_SHOWN = 2
FOLLOWED_DAYS = 365
Row = tuple[object, ...]
OWN, CHANCE = "own exits only", "own exits and hazards by chance"
SAID = {OWN: "market exits only", CHANCE: "market exits and random failures"}
"""The worlds as sentences and charts name them: tables keep the words they always had."""


@dataclass(frozen=True, slots=True)
class Record:
    """What is on record of principals, and where; a figure of the record is nowhere else."""

    shortfalls: int
    shortfalls_source: str
    absence_days: int
    absence_source: str
    first_tranche: int
    gap_share: float
    gap_days: int
    spiral_source: str


RECORDS = {
    "norfolk": Record(
        shortfalls=2,
        shortfalls_source="SN45: principal provider briefing note, March 2026 (document 000)",
        absence_days=159,
        absence_source="P007: tender of 22 October 2025 to start on 30 March 2026, North Norfolk "
        "3 and 4 (Find a Tender 028023-2026)",
        first_tranche=10,
        gap_share=0.5,
        gap_days=14,
        spiral_source="P120 to P122: a Norfolk provider in the 2010s, EDP article 1494128",
    )
}
"""By county. In the recorded suspension the provider was rated inadequate, then handed packages
back because its rounds were no longer sustainable."""


@dataclass(frozen=True, slots=True)
class Window:
    """The time looked at; days count from the scenario's first."""

    first: date
    last: date
    first_day: float
    end_day: float

    def holds(self, day: float) -> bool:
        """Whether a day lies in it."""
        return self.first_day <= day < self.end_day


def window_of(scenario: Scenario, first: date | None, last: date | None) -> Window:
    """The time between two dates; without them two years from the first go-live on."""
    live = [area.go_live for area in scenario.areas if area.go_live is not None]
    start = scenario.calendar.start
    begins = first or max(start, min(live, default=start))
    two_years = date(begins.year + YEARS_SHOWN, begins.month, min(begins.day, 28))
    ends = last or min(two_years - timedelta(days=1), scenario.calendar.end)
    return Window(begins, ends, days_between(start, begins), days_between(start, ends) + 1)


def followed_until(scenario: Scenario, window: Window) -> date:
    """Runs go on for a year, so that what begins in the window can end."""
    return min(window.last + timedelta(days=FOLLOWED_DAYS), scenario.calendar.end)


@dataclass(frozen=True, slots=True)
class Mean:
    """A mean over replications with its 95% interval (nan where there is one replication)."""

    mean: float
    low: float
    high: float

    def words(self, form: str = "{:.2f}") -> str:
        """For example: 0.50 (0.21 to 0.79)."""
        told = form.format(self.mean)
        ends = form.format(self.low), form.format(self.high)
        if not isfinite(self.low) or told == ends[0] == ends[1]:
            return told
        return f"{told} ({ends[0]} to {ends[1]})"


def mean_of(values: Sequence[float]) -> Mean:
    """The mean of counts, with Student's interval, no lower than 0."""
    array = np.asarray(values, dtype=float)
    mean = float(array.mean())
    if array.size < 2:
        return Mean(mean, np.nan, np.nan)
    found = t_interval(array)
    return Mean(mean, max(0.0, found.low), found.high)


def share_of(hits: int, count: int) -> Mean:
    """A share with Wilson's interval."""
    if count == 0:
        return Mean(np.nan, np.nan, np.nan)
    z = CONFIDENCE_Z
    share = hits / count
    # Wilson's, not the usual one: with few replications and a share near 0 that would be empty.
    middle = (share + z * z / (2 * count)) / (1 + z * z / count)
    half = z / (1 + z * z / count) * sqrt(share * (1 - share) / count + (z / count) ** 2 / 4)
    return Mean(share, max(0.0, middle - half), min(1.0, middle + half))


def poisson_at_least(count: int, mean: float) -> float:
    """The chance of ``count`` or more where events come independently at a mean."""
    below = 0.0
    term = exp(-mean)
    for k in range(count):
        below += term
        term *= mean / (k + 1)
    return max(0.0, 1 - below)


@dataclass(frozen=True)
class World:
    """All replications of one world, seen through the window."""

    name: str
    histories: tuple[History, ...]
    window: Window

    def shortfalls(self, history: History) -> list[Shortfall]:
        """Those that begin in the window."""
        return [s for s in history.shortfalls if self.window.holds(s.day)]

    def losses(self, history: History) -> list[Shortfall]:
        """Those for which a successor is sought in the window."""
        return [s for s in history.shortfalls if s.lost and self.window.holds(s.tendered_day)]

    def absences(self) -> list[Absence]:
        """Those of every replication that begin in the window."""
        return [a for h in self.histories for a in h.absences if self.window.holds(a.first_day)]

    def suspensions(self) -> list[Suspension]:
        """Those of every replication that begin in the window."""
        return [s for h in self.histories for s in h.suspensions if self.window.holds(s.day)]

    @property
    def principal_area_years(self) -> float:
        """Years for which areas were to have a principal provider in the window, a replication."""
        days = [
            self.window.end_day - max(day, self.window.first_day)
            for history in self.histories
            for day in history.first_days.values()
            if day < self.window.end_day
        ]
        return fsum(days) / DAYS_PER_YEAR / len(self.histories)

    def too_many_failed(self, asked: int) -> bool:
        """Whether so many of the replications asked for failed that there is no headline."""
        return too_many_failed(asked - len(self.histories), asked)

    @property
    def years(self) -> float:
        """Length of the window."""
        return (self.window.end_day - self.window.first_day) / DAYS_PER_YEAR

    def counts(self) -> list[int]:
        """Shortfalls in each replication."""
        return [len(self.shortfalls(history)) for history in self.histories]

    def loss_counts(self) -> list[int]:
        """Losses in each replication."""
        return [len(self.losses(history)) for history in self.histories]

    def closures_per_year(self) -> Mean:
        """Providers that close everywhere, a year, as a share of those at the start."""
        return mean_of(
            [
                sum(map(self.window.holds, history.closed)) / self.years / history.providers
                for history in self.histories
            ]
        )


SHORTFALLS = Table(
    "shortfalls",
    "One row for each principal provider that falls short in the window, in one or more areas.",
    (
        Column(
            "world",
            "whether providers only leave the market by themselves, or also fail at random",
            "word",
        ),
        Column("replication", "number of the replication", "id"),
        Column("provider", "code of the provider", "code"),
        Column("date", "first day of the shortfall", "date"),
        Column("cause", "why", "word"),
        Column("areas", "areas in which it is the principal provider and falls short", "codes"),
        Column("tendered", "date on which a successor is first sought; blank if never", "date"),
    ),
)
ABSENCES = Table(
    "absences",
    "One row for each time an area has no principal provider that takes new work, from a day "
    "in the window on. A principal provider that may take no new packages only because of its "
    "rating counts as present.",
    (
        Column(
            "world",
            "whether providers only leave the market by themselves, or also fail at random",
            "word",
        ),
        Column("replication", "number of the replication", "id"),
        Column("area", "code of the area", "code"),
        Column("date", "first day", "date"),
        Column("days", "length; a minimum if it is not over", "days"),
        Column("over", "whether it is over when the run ends", "yes/no"),
        Column("tendered", "whether a successor was sought", "yes/no"),
    ),
)
SUSPENSIONS = Table(
    "suspensions",
    "One row for each provider that may take no new work, from a day in the window on.",
    (
        Column(
            "world",
            "whether providers only leave the market by themselves, or also fail at random",
            "word",
        ),
        Column("replication", "number of the replication", "id"),
        Column("provider", "code of the provider", "code"),
        Column("date", "first day", "date"),
        Column("principal", "whether it is a principal provider on that day", "yes/no"),
        Column("found_inadequate", "whether an inspection rating is the reason", "yes/no"),
        Column("days", "length; a minimum if it is not over", "days"),
        Column("over", "whether it is over when the run ends", "yes/no"),
        Column("days_to_notice", "days to the first package handed back; blank if none", "days"),
        Column("people_told", "people given notice while it lasts", "people"),
        Column(
            "first_tranche", "those of them who get notice within four weeks of the first", "people"
        ),
        Column(
            "without_provider",
            "those of them whose notice ran out before a new provider was found",
            "people",
        ),
        Column("days_to_tender", "days to the loss of its contracts; blank if kept", "days"),
        Column("days_to_closure", "days to its closure; blank if it goes on", "days"),
    ),
)
COUNTS = Table(
    "principals_by_replication",
    "One row for each world and replication.",
    (
        Column(
            "world",
            "whether providers only leave the market by themselves, or also fail at random",
            "word",
        ),
        Column("replication", "number of the replication", "id"),
        Column("shortfalls", "principal providers that fall short in the window", "providers"),
        Column("losses", "principal providers for which a successor is sought", "providers"),
        Column("absences", "times that an area is left without a principal provider", "areas"),
        Column("notices", "people given notice by a principal provider that goes on", "people"),
        Column("closures", "providers of any kind that close everywhere", "providers"),
        Column("found_inadequate", "inspections that find a provider inadequate", "visits"),
    ),
)
TABLES = (COUNTS, SHORTFALLS, ABSENCES, SUSPENSIONS)


def tables(worlds: Sequence[World], scenario: Scenario) -> list[pd.DataFrame]:
    """The tables of TABLES, in their order."""
    start = scenario.calendar.start

    def when(day: float) -> str:
        return str(start + timedelta(days=int(day))) if isfinite(day) else ""

    counts: list[Row] = []
    shortfalls: list[Row] = []
    absences: list[Row] = []
    suspensions: list[Row] = []
    for world in worlds:
        held = world.window.holds
        for h in world.histories:
            key = (world.name, h.replication)
            gone = [a for a in h.absences if held(a.first_day)]
            sums = (within(world, days) for days in (h.notices, h.closed, h.inadequate))
            found = world.shortfalls(h)
            counts.append((*key, len(found), len(world.losses(h)), len(gone), *sums))
            for s in found:
                areas = " ".join(s.areas)
                row = (s.provider, when(s.day), s.cause, areas, when(s.tendered_day))
                shortfalls.append((*key, *row))
            for a in gone:
                days = round(a.days, 2)
                absences.append((*key, a.area, when(a.first_day), days, a.over, a.tendered))
            for spell in (s for s in h.suspensions if held(s.day)):
                suspensions.append((*key, *row_of(spell, when(spell.day))))
    rows = (counts, shortfalls, absences, suspensions)
    return [
        pd.DataFrame(found, columns=[column.name for column in table.columns])
        for table, found in zip(TABLES, rows, strict=True)
    ]


def row_of(spell: Suspension, when: str) -> tuple[object, ...]:
    """A suspension as the table has it."""
    return (
        spell.provider,
        when,
        spell.principal,
        spell.found_inadequate,
        round(spell.lasts_days, 2),
        spell.over,
        round(spell.days_to_notice, 2),
        spell.told,
        spell.first_tranche,
        spell.notices_over,
        round(spell.days_to_tender, 2),
        round(spell.days_to_closure, 2),
    )


# Words -----------------------------------------------------------------------------------------


def first_screen(worlds: Sequence[World], record: Record | None, inputs: Inputs) -> FirstScreen:
    """How often a principal is lost; then for how long, and what a suspension does."""
    window = worlds[0].window
    runs = len(worlds[0].histories)
    title = [
        f"{inputs.scenario.name}: principal providers from {day_text(window.first)} to "
        f"{day_text(window.last)}, without any scripted failure",
        f"{runs} replication{'' if runs == 1 else 's'} of each of two simulated worlds. In this "
        f"time areas should have a principal provider for {worlds[0].principal_area_years:.1f} "
        "area-years in total.",
    ]
    answer = [
        f"{capital(SAID[world.name])}: {fall_short(world, record, inputs.replications)}"
        for world in worlds
    ]
    sections = [
        [f"{capital(SAID[world.name])}:", *(f"  {line}" for line in of(world, record))]
        for world in worlds
        if not world.too_many_failed(inputs.replications)
    ]
    return FirstScreen(title, answer, sections, foot=[IN_BRACKETS, made_with(inputs)])


def made_with(inputs: Inputs) -> str:
    """What made it."""
    scenario = inputs.scenario
    return (
        f"Made by caremarket {__version__} from scenario {scenario.code} "
        f"({scenario.identity[:8]}), seed {inputs.seed}, run {inputs.identity[:8]}."
    )


def fall_short(world: World, record: Record | None, asked: int) -> str:
    """The answer of one world: principals that fall short, and what the record says to that.

    ``asked``: replications that were to be carried out.
    """
    if world.too_many_failed(asked):
        failed, where = asked - len(world.histories), "principals_by_replication.csv"
        return no_headline(failed, asked, "replications", where)
    counts = world.counts()
    told = f"{mean_of(counts).words()} principal providers fall short"
    if record is None:
        return f"{told}."
    least = record.shortfalls
    many = share_of(sum(count >= least for count in counts), len(counts))
    few = share_of(sum(count <= least for count in counts), len(counts))
    return f"{told}; on record: {least}. {verdict(many.mean, few.mean)}"


def of(world: World, record: Record | None) -> list[str]:
    """What one world tells."""
    return [*how_often(world, record), *how_long(world, record), *spiral(world, record)]


def how_often(world: World, record: Record | None) -> list[str]:
    """How many principal providers fall short, and whether the record would be a surprise."""
    counts = world.counts()
    mean = mean_of(counts)
    text = [
        f"{mean_of(world.loss_counts()).words()} principal providers are lost, so that a "
        "successor is sought.",
        f"By cause: {causes(world)}.",
    ]
    if record is not None:
        least = record.shortfalls
        many = share_of(sum(count >= least for count in counts), len(counts))
        few = share_of(sum(count <= least for count in counts), len(counts))
        text.append(
            f"The number on record or more occurs in {percent(many)} of replications (a Poisson "
            "distribution with this mean gives "
            f"{100 * poisson_at_least(least, mean.mean):.0f}%). The number on record or fewer "
            f"occurs in {percent(few)}."
        )
    closing = world.closures_per_year()
    inadequate = mean_of([within(world, history.inadequate) for history in world.histories])
    notices = mean_of([within(world, history.notices) for history in world.histories])
    text.append(
        f"{closing.words('{:.1%}')} of all providers close each year. Inspections find a "
        f"provider inadequate {inadequate.words('{:.1f}')} times. Principal providers that go "
        f"on give notice to {notices.words('{:.0f}')} people."
    )
    return text


def within(world: World, days: Sequence[float]) -> int:
    """How many of these days lie in the window."""
    return sum(world.window.holds(day) for day in days)


def verdict(at_least: float, at_most: float) -> str:
    """Whether the record is a surprise to the model."""
    if at_least < SURPRISE:
        return "The model loses too few principal providers: the record would be a surprise."
    if at_most < SURPRISE:
        return "The model loses too many principal providers: the record would be a surprise."
    return "The record agrees with the model."


def causes(world: World) -> str:
    """How often each cause stands at the beginning of a shortfall, a replication."""
    found: dict[str, int] = {}
    for history in world.histories:
        for shortfall in world.shortfalls(history):
            found[shortfall.cause] = found.get(shortfall.cause, 0) + 1
    runs = len(world.histories)
    ordered = sorted(found.items(), key=lambda item: (-item[1], item[0]))
    return ", ".join(f"{cause} {count / runs:.2f}" for cause, count in ordered) or "none"


def how_long(world: World, record: Record | None) -> list[str]:
    """How long areas are without a principal that takes new work."""
    found = world.absences()
    if not found:
        return ["No area is ever without a principal provider."]
    text = []
    kinds = (("after a loss", True), ("while a principal provider is suspended", False))
    for words, tendered in kinds:
        days = sorted(a.days for a in found if a.tendered is tendered)
        if not days:
            continue
        still = sum(not a.over for a in found if a.tendered is tendered)
        censored = f", {still} of them still going on when the run ends" if still else ""
        text.append(
            f"Areas are without a principal provider {words} {len(days)} times{censored}; "
            f"median {np.median(days):.0f} days, nine out of ten between "
            f"{np.quantile(days, 0.05):.0f} and {np.quantile(days, 0.95):.0f} days."
        )
    if record is not None:
        text.append(
            f"On record: {record.absence_days} days from tender to start. The model uses this "
            "number as the length of an emergency procurement, so it is an input and not a "
            "test. The model adds tenders that find nobody, and suspensions before tenders."
        )
    return text


def spiral(world: World, record: Record | None) -> list[str]:
    """What suspended providers do, and how it compares with the recorded case."""
    found = world.suspensions()
    principals = [spell for spell in found if spell.principal]
    text = [spiral_line("suspended principal providers", principals, len(world.histories))]
    text.append(spiral_line("suspended providers of any kind", found, len(world.histories)))
    handing = [spell for spell in found if spell.told]
    if handing:
        tranche = [spell.first_tranche for spell in handing]
        told = sum(spell.told for spell in handing)
        over = sum(spell.notices_over for spell in handing)
        gaps = [d for spell in handing for d in spell.gaps_days if isfinite(d)]
        low, middle, high = map(people, np.quantile(tranche, (0.05, 0.5, 0.95)).tolist())
        line = (
            f"Providers that hand packages back give notice to {middle} people in the first four "
            f"weeks (median; nine out of ten between {low} and {high}). For "
            f"{percent(share_of(over, told))} of these people no new provider is found before "
            "the notice ends"
        )
        if gaps:
            line += f", and their gap in care is {np.median(gaps):.0f} days (median of {len(gaps)})"
        text.append(line + ".")
    if record is not None:
        text.append(
            "On record is one case, of a provider that was not a principal provider. It was "
            f"rated inadequate and suspended, and then handed back {record.first_tranche} "
            f"people at first, {100 * record.gap_share:.0f}% of them with a gap in care, in one "
            f"case of {record.gap_days} days."
        )
    return text


def spiral_line(who: str, found: Sequence[Suspension], runs: int) -> str:
    """How many are suspended, hand packages back, lose their contracts and close."""
    head = f"{len(found) / runs:.2f} {who} in each replication"
    if not found:
        return head + "."
    handed = [spell.days_to_notice for spell in found if spell.told]
    tendered = [spell.days_to_tender for spell in found if isfinite(spell.days_to_tender)]
    closed = [spell.days_to_closure for spell in found if isfinite(spell.days_to_closure)]
    parts = (
        ("hand packages back", handed),
        ("lose their contracts", tendered),
        ("close", closed),
    )
    told = [
        f"{percent(share_of(len(days), len(found)))} {verb}"
        + (f" (median {np.median(days):.0f} days later)" if days else "")
        for verb, days in parts
    ]
    return f"{head}: {'; '.join(told)}, while suspended."


def percent(share: Mean) -> str:
    """A share with its interval, as percentages."""
    return f"{100 * share.mean:.0f}% ({100 * share.low:.0f}% to {100 * share.high:.0f}%)"
