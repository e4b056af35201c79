"""Headlines in several readings, side by side and never pooled: each has plausible sets of its own.

No reading is more likely than another, so no band is made over them. What is told instead is in
which readings a statement holds.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from experiments.bands.asked import Reading
from experiments.bands.figures import HEADLINES, TOLD, Headline
from experiments.bands.folder import SETS, amount, in_columns
from experiments.bands.question import depends_on
from experiments.bands.statements import Statement, claimed, denied, reaches
from experiments.bands.work import SET_RUNS, Band, SetFound, bands_of, items_of
from experiments.engine.question import Answers, Question
from experiments.engine.work import WorkItem
from experiments.results.provenance import Failed, Inputs, manifest
from experiments.results.writing import Output
from experiments.statistics.claims import Finding, Paired, judged, pairs_needed
from experiments.statistics.failed import too_many_failed
from experiments.statistics.intervals import t_interval
from experiments.statistics.placebos import held_against
from experiments.words import claims
from experiments.words.failed import no_headline
from experiments.words.failures import closure
from experiments.words.first_screen import NO_FORECAST, FirstScreen
from experiments.words.sentences import capital
from sim import __version__
from sim.outcomes.declaration import Column, Table
from sim.outcomes.failures import INDIRECT, TOTAL
from sim.outcomes.histories import Floats
from sim.outcomes.placebo import PLACEBO

LEVELS = tuple(one for one in HEADLINES if one.name.startswith("adequacy"))
"""Headlines that reach the level from which the fallback suffices, or do not."""
LEFT = tuple(one for one in HEADLINES if one.name in ("carers_left", "room_left"))
"""Headlines of what is left of the fallback at the end."""
HALF = 0.5
"""The fallback is said to wither where less than half of it is left (a choice)."""
TITLE_WIDE = 24
COUNTED = "plausible sets of all readings"

READINGS = Table(
    "readings",
    "One row for each reading and headline: nine out of ten plausible sets of the reading lie "
    "between low and high. Readings are not pooled.",
    (
        Column(
            "reading", "overrides of the reading; as_it_is: the county without overrides", "name"
        ),
        Column("headline", "name of the headline", "name"),
        Column("meaning", "what it is", "text"),
        Column("median", "half of the sets give less", "as unit"),
        Column("low", "one set in twenty gives less", "as unit"),
        Column("high", "one set in twenty gives more", "as unit"),
        Column("unit", "unit of the headline", "unit"),
        Column("sets", "sets that were run", "sets"),
        Column("fitted", "whether the sets were fitted to this reading", "flag"),
        Column("beside", "comparison with the first reading, over pairs of sets", "text"),
    ),
)
STATEMENTS = Table(
    "statements",
    "One row for each statement and reading: whether the statement holds in it.",
    (
        Column("statement", "the statement", "text"),
        Column("reading", "overrides of the reading", "name"),
        Column("verdict", "holds, does not hold, or cannot tell", "text"),
        Column("where", "in which readings it holds, in words", "text"),
    ),
)
SETS_OF = Table(
    "sets",
    "One row for each reading and plausible set, with every headline.",
    (Column("reading", "overrides of the reading", "name"), *SETS.columns),
)


@dataclass(frozen=True)
class Found:
    """What the sets of one reading give."""

    reading: Reading
    sets: tuple[SetFound, ...]

    def values(self, name: str) -> Floats:
        """A headline by the number of its set; nan where it is not known."""
        known = {one.number: one.headlines.get(name, np.nan) for one in self.sets}
        return np.array([known.get(number, np.nan) for number in self.reading.values])

    @property
    def bands(self) -> list[Band]:
        """The band of every headline."""
        return bands_of(self.sets)


@dataclass(frozen=True)
class SideBySide:
    """All readings that were run, and the level from which the fallback suffices."""

    found: tuple[Found, ...]
    level: float
    seed: int
    failed: tuple[Failed, ...]

    @property
    def names(self) -> list[str]:
        """Names of the readings, in the order in which they were asked for."""
        return [one.reading.name for one in self.found]

    @property
    def asked(self) -> int:
        """Sets that were to be run, of all readings."""
        return sum(len(one.reading.values) for one in self.found)

    @property
    def too_many_failed(self) -> bool:
        """Whether so many sets failed that there is no headline."""
        return too_many_failed(len(self.failed), self.asked)

    @property
    def comparisons(self) -> int:
        """Everything that is claimed or denied in one screen."""
        many = len(self.found)
        return many * (len(LEVELS) + len(LEFT) + 2) + (many - 1) * len(HEADLINES)

    @property
    def needed(self) -> int:
        """Sets that each reading needs, so that anything is claimed."""
        return pairs_needed(self.comparisons)

    @cached_property
    def findings(self) -> dict[tuple[str, str], Finding]:
        """Effects in each reading, and differences from the first reading, as one family.

        By reading and outcome; a difference has the name of its headline after "beside ".
        """
        first = self.found[0]
        family: dict[tuple[str, str], Paired] = {}
        for one in self.found:
            for name in (TOTAL, INDIRECT):
                family[one.reading.name, name] = Paired(one.values(name))
            if one is not first:
                for headline in HEADLINES:
                    mine, theirs = padded(one.values(headline.name), first.values(headline.name))
                    family[one.reading.name, f"beside {headline.name}"] = Paired(mine - theirs)
        # Statements about a level are told in the same screen: they count in the family's size.
        levels = {
            (one.reading.name, f"level {headline.name}"): Paired(np.array([np.nan]))
            for one in self.found
            for headline in (*LEVELS, *LEFT)
        }
        return judged({**family, **levels})

    def _reach(
        self, headline: Headline, level: float, words: str, *, below: bool = False
    ) -> Statement:
        """That a headline reaches a level, or is ``below`` it, in each reading."""
        verdicts = {
            found.reading.name: reaches(found.values(headline.name), level, self.needed)
            for found in self.found
        }
        if below:
            verdicts = {name: denied(verdict) for name, verdict in verdicts.items()}
        return Statement(f"{capital(headline.meaning)}: {words}", verdicts)

    @property
    def statements(self) -> list[Statement]:
        """What may be said, and in which readings it holds."""
        findings = self.findings
        enough = f"{100 * self.level:.0f}% or more"
        told = [self._reach(one, self.level, enough) for one in LEVELS]
        told += [self._reach(one, HALF, "less than half is left", below=True) for one in LEFT]
        total = {name: claimed(findings[name, TOTAL]) for name in self.names}
        others = {
            found.reading.name: claimed(
                held_against(
                    findings[found.reading.name, INDIRECT], t_interval(found.values(PLACEBO))
                )
            )
            for found in self.found
        }
        return [
            *told,
            Statement("The closure leaves more hours without care", total),
            Statement("Others are harmed, beyond the placebo", others),
        ]


def padded(one: Floats, other: Floats) -> tuple[Floats, Floats]:
    """Two series as long as the longer: nan where a set of that number is missing."""
    many = max(len(one), len(other))
    ends = [np.pad(each, (0, many - len(each)), constant_values=np.nan) for each in (one, other)]
    return ends[0], ends[1]


def question(readings: Sequence[Reading], seed: int, suffices: float) -> Question:
    """Every set of every reading run twice, with its scenario's failure and without."""
    items = {one.name: named_items(one, seed) for one in readings}
    asked = {
        f"{key} of {one.name}": value
        for one in readings
        for key, value in depends_on(one.scenario, seed, one.values).items()
    }
    scenario = readings[0].scenario
    also = tuple((one.name, one.scenario.identity, one.values) for one in readings)
    inputs = Inputs(scenario, seed, sum(len(one.values) for one in readings), also)

    def told(answers: Answers) -> Output | None:
        done = iter(answers.found)
        found = tuple(
            Found(
                one,
                tuple(kept for _, kept in zip(items[one.name], done, strict=False) if kept),
            )
            for one in readings
        )
        if not any(one.sets for one in found):
            return None
        side = SideBySide(found, suffices, seed, tuple(answers.failed))
        return output_of(side, inputs, answers)

    return Question(
        SET_RUNS,
        [item for one in readings for item in items[one.name]],
        asked,
        f"{scenario.code}-readings-{inputs.identity[:8]}",
        COUNTED,
        seed,
        told,
    )


def named_items(reading: Reading, seed: int) -> list[WorkItem]:
    """The sets of a reading, each under a label that names the reading."""
    return [
        WorkItem(one.identity, f"{reading.name}, {one.label}", one.task)
        for one in items_of(reading.scenario, seed, reading.values)
    ]


def output_of(side: SideBySide, inputs: Inputs, answers: Answers) -> Output:
    """Tables and words."""
    described = {
        **manifest(inputs, answers.command, side.failed),
        "readings": {one.reading.name: one.reading.scenario.identity for one in side.found},
        "suffices_at": side.level,
    }
    tables = [
        (READINGS, readings_table(side)),
        (STATEMENTS, statements_table(side)),
        (SETS_OF, sets_table(side)),
    ]
    return Output(tables, described, screen_of(side), seconds=answers.seconds)


def readings_table(side: SideBySide) -> pd.DataFrame:
    """The table READINGS."""
    findings = side.findings
    rows = [
        (
            found.reading.name, band.headline.name, band.headline.meaning, band.median, band.low,
            band.high, band.headline.unit, band.sets, found.reading.fitted,
            beside(findings, found.reading.name, band.headline),
        )
        for found in side.found
        for band in found.bands
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=[column.name for column in READINGS.columns])


def statements_table(side: SideBySide) -> pd.DataFrame:
    """The table STATEMENTS; none where too many sets failed."""
    told = [] if side.too_many_failed else side.statements
    rows = [
        (one.words, name, verdict, one.where)
        for one in told
        for name, verdict in one.verdicts.items()
    ]
    return pd.DataFrame(rows, columns=[column.name for column in STATEMENTS.columns])


def sets_table(side: SideBySide) -> pd.DataFrame:
    """The table SETS_OF."""
    rows = [
        {
            "reading": found.reading.name,
            "number": one.number,
            **{headline.name: one.headlines.get(headline.name, np.nan) for headline in TOLD},
        }
        for found in side.found
        for one in found.sets
    ]
    return pd.DataFrame(rows)


def beside(findings: Mapping[tuple[str, str], Finding], reading: str, headline: Headline) -> str:
    """What a reading's headline is beside the first's; empty for the first."""
    finding = findings.get((reading, f"beside {headline.name}"))
    return "" if finding is None else claims.verdict(finding, "neither")


def screen_of(side: SideBySide) -> FirstScreen:
    """In which readings each statement holds; then every headline, reading by reading."""
    first = side.found[0].reading.scenario
    title = f"{first.name}: headlines in {len(side.found)} readings, side by side"
    if side.too_many_failed:
        where = "readings.csv and sets.csv"
        none = no_headline(len(side.failed), side.asked, "plausible sets", where)
        return FirstScreen([title], [none], foot=_foot(side))
    failure = first.failures[0]
    asked = f"The failure: {closure(failure)}."
    return FirstScreen(
        [title],
        [f"{one.words}: {one.where}." for one in side.statements],
        [_how(side), *(_headline(side, one) for one in HEADLINES), [asked], _unfitted(side)],
        foot=_foot(side),
    )


def _how(side: SideBySide) -> list[str]:
    text = [
        "Nobody knows which reading is right, so no band covers all of them. A level holds in "
        "a reading if nine out of ten of its sets have it; claims allow for all "
        f"{side.comparisons} comparisons shown here and need {side.needed} sets for each "
        "reading.",
        "Figures below are medians of the sets (5% to 95% of them). Where no difference from "
        f"{side.names[0]} is named, it cannot be distinguished from chance.",
    ]
    few = [one.reading.name for one in side.found if len(one.sets) < side.needed]
    if few:
        text.append(f"Too few sets for any claim: {', '.join(few)}.")
    return text


def _headline(side: SideBySide, headline: Headline) -> list[str]:
    """A headline in each reading: median, band, and what it is beside the first reading."""
    findings = side.findings
    text = [capital(headline.meaning)]
    for found in side.found:
        band = next((one for one in found.bands if one.headline == headline), None)
        told = "not known"
        if band is not None:
            ends = f"{amount(headline, band.low)} to {amount(headline, band.high)}"
            told = f"{amount(headline, band.median)} ({ends})"
        finding = findings.get((found.reading.name, f"beside {headline.name}"))
        more = f"; {finding.verdict}" if finding is not None and finding.claimed else ""
        text += in_columns(found.reading.name, f"{told}{more}", TITLE_WIDE)
    return text


def _unfitted(side: SideBySide) -> list[str]:
    """Readings whose sets were fitted to the county without them."""
    names = [one.reading.name for one in side.found if not one.reading.fitted]
    if not names:
        return []
    return [
        f"The sets of {', '.join(names)} were fitted to the county as it is. It is not known "
        "whether they meet the published figures in the reading."
    ]


def _foot(side: SideBySide) -> list[str]:
    first = side.found[0].reading.scenario
    sets = ", ".join(f"{len(one.sets)} of {one.reading.name}" for one in side.found)
    return [
        f"The bands show the effect of unknowns and of chance. {NO_FORECAST}",
        f"Made by caremarket {__version__} from scenario {first.code} in {len(side.found)} "
        f"readings, seed {side.seed}; sets: {sets}.",
    ]
