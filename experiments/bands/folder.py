"""What ``caremarket bands`` tells and leaves on disk."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from textwrap import wrap

import numpy as np
import pandas as pd

from experiments.adequacy.pictures import first_go_live, provider_name
from experiments.bands.figures import ADEQUACY_AT_END, FADING, HEADLINES, TOLD, Headline
from experiments.bands.work import (
    Band,
    Flip,
    Matter,
    SetFound,
    bands_of,
    flips,
    matters,
    splits,
)
from experiments.charts.chart import Chart
from experiments.charts.erosion import erosion as draw_erosion
from experiments.charts.left_over import COUNTY, exceeded, left_over
from experiments.engine.question import Answers
from experiments.results.provenance import Failed, Inputs, made_by, manifest
from experiments.results.writing import Output
from experiments.statistics.failed import too_many_failed
from experiments.statistics.intervals import t_interval
from experiments.statistics.placebos import beside_placebo
from experiments.words import claims
from experiments.words.failed import no_headline
from experiments.words.failures import closure
from experiments.words.first_screen import NO_FORECAST, FirstScreen
from experiments.words.placebos import placebo_words
from experiments.words.sentences import count
from sim.outcomes.adequacy import month_starts
from sim.outcomes.declaration import Column, Table
from sim.outcomes.failures import INDIRECT
from sim.outcomes.histories import Flags, Floats, Ints
from sim.outcomes.placebo import PLACEBO

SURE = 0.05
HALF = 0.5
STEPS = 201
MEANING_WIDE = 46
OVER_SETS = "one run for each plausible set; lines: medians, bands: 5% to 95% of the sets"

BANDS = Table(
    "bands",
    "One row for each headline: nine out of ten plausible sets lie between low and high.",
    (
        Column("headline", "name of the headline", "name"),
        Column("meaning", "what it is", "text"),
        Column("median", "half of the sets give less", "as unit"),
        Column("low", "one set in twenty gives less", "as unit"),
        Column("high", "one set in twenty gives more", "as unit"),
        Column("unit", "unit of the headline", "unit"),
        Column("sets", "sets that were run", "sets"),
    ),
)
MATTERS = Table(
    "matters",
    "One row for each unknown and headline.",
    (
        Column("parameter", "the unknown", "path"),
        Column("headline", "name of the headline", "name"),
        Column("correlation", "rank correlation over the sets", "ratio"),
        Column(
            "p_value",
            "probability of so strong a correlation without any effect, allowing for all rows",
            "share",
        ),
    ),
)
FLIPS = Table(
    "flips",
    "One row for each unknown: in how many sets the fallback is enough at the end.",
    (
        Column("parameter", "the unknown", "path"),
        Column(
            "low_third",
            "share of the lowest third of sets in which the fallback is enough",
            "share",
        ),
        Column(
            "high_third",
            "share of the highest third of sets in which the fallback is enough",
            "share",
        ),
        Column("below", "where the lowest third ends", "as the parameter"),
        Column("above", "where the highest third begins", "as the parameter"),
        Column("low_sets", "sets in the lowest third", "sets"),
        Column("high_sets", "sets in the highest third", "sets"),
        Column(
            "p_value", "share of shuffles in which any unknown separates the sets as much", "share"
        ),
    ),
)
SETS = Table(
    "sets",
    "One row for each plausible set, in the order of plausible.csv, with every headline.",
    (
        Column("number", "place in plausible.csv, from 0", "id"),
        *(Column(one.name, one.meaning, one.unit) for one in TOLD),
    ),
)


LEFT = Table(
    "left_over",
    "One row for each provider and month in which it is a principal provider in at least half "
    "of the sets.",
    (
        Column(
            "provider", "code of the provider; county: mean over all principal providers", "code"
        ),
        Column("month", "first day of the month", "date"),
        Column(
            "left_hours",
            "hours a week without care four weeks after it closes, estimated as (1 - N-1) x "
            "hours at stake: median of the sets",
            "hours/week",
        ),
        Column("left_hours_low", "one set in twenty gives less", "hours/week"),
        Column("left_hours_high", "one set in twenty gives more", "hours/week"),
        Column("sets", "sets in which it is a principal provider", "sets"),
    ),
)
EXCEEDED = Table(
    "left_over_exceeded",
    "How often a closure in any month and set leaves more than a number of hours without care, "
    "over the same principal providers in every year: those that had begun by the first year "
    "shown.",
    (
        Column("year", "year of the closure", "year"),
        Column("providers", "principal providers compared, the same in every year", "count"),
        Column("left_hours", "hours a week without care four weeks later", "hours/week"),
        Column("share", "share of closures that leave more", "share"),
    ),
)


@dataclass(frozen=True)
class Findings:
    """Everything told of the sets that were run."""

    inputs: Inputs
    level: float
    found: tuple[SetFound, ...]
    failed: tuple[Failed, ...]
    values: Mapping[int, Mapping[str, float]]
    fitted: bool = True
    untaught: bool | None = None

    def values_of(self, name: str) -> Floats:
        """A headline, set by set; nan where it is not known."""
        return np.array([one.headlines.get(name, np.nan) for one in self.found])

    @property
    def too_many_failed(self) -> bool:
        """Whether so many sets failed that there is no headline."""
        return too_many_failed(len(self.failed), self.inputs.replications)

    @property
    def bands(self) -> list[Band]:
        """The band of every headline."""
        return bands_of(self.found)

    @property
    def matters(self) -> list[Matter]:
        """How much every unknown matters."""
        return matters(self.found, self.values)

    @property
    def flips(self) -> list[Flip]:
        """Which unknown would change the answer."""
        return flips(self.found, self.values, self.level)


def amount(headline: Headline, value: float) -> str:
    """A headline's value in words."""
    return f"{100 * value:.0f}%" if headline.unit == "share" else claims.two_figures(value)


def first_screen(told: Findings) -> FirstScreen:
    """Whether the fallback is enough, and what flips that; then every headline."""
    scenario, failure = told.inputs.scenario, told.inputs.scenario.failures[0]
    if told.too_many_failed:
        many, where = told.inputs.replications, "bands.csv and sets.csv"
        none = no_headline(len(told.failed), many, "plausible sets", where)
        head = f"{scenario.name}: headlines over {many} plausible sets of parameters"
        return FirstScreen([head], [none], foot=_made_by(told))
    at_end = [one.headlines[ADEQUACY_AT_END] >= told.level for one in told.found]
    suffices = float(np.mean(at_end))
    where = claims.of_sets(suffices, len(told.found))
    answer = [
        f"Is the fallback enough in {scenario.calendar.end.year}? N-1 is "
        f"{100 * told.level:.0f}% or more in {where}. N-1 is the share of "
        "a closed principal provider's care that is available four weeks later, weighted by "
        "hours.",
        *_flips(told),
    ]
    bands = ["Median of the sets (5% to 95% of them)"]
    for band in told.bands:
        one = band.headline
        ends = f"{amount(one, band.low)} to {amount(one, band.high)}"
        bands += in_columns(one.meaning, f"{amount(one, band.median)} ({ends})")
    asked = f"The failure: {closure(failure)}; each set has its own share of carers who move"
    return FirstScreen(
        [f"{scenario.name}: headlines over {len(told.found)} plausible sets of parameters"],
        answer,
        [bands, _placebo(told), [asked], _what_matters(told)],
        foot=_made_by(told),
    )


def _placebo(told: Findings) -> list[str]:
    """Whether an effect on others may be claimed, over sets as pairs with the placebo's."""
    indirect, placebo = (told.values_of(name) for name in (INDIRECT, PLACEBO))
    bound, finding = t_interval(placebo), beside_placebo(indirect, placebo)
    words = placebo_words(f"mean {claims.told_range(placebo)}", bound, finding)
    others = f"Harm to others: {claims.told_range(indirect)} hours, mean of the sets. {words}"
    return [others]


def in_columns(meaning: str, value: str, wide: int = MEANING_WIDE) -> list[str]:
    """A meaning in as many lines as it needs, its value behind the last."""
    *lines, last = wrap(meaning, wide, subsequent_indent="  ")
    return [*(f"  {line}" for line in lines), f"  {last:{wide}} {value}"]


def _flips(told: Findings) -> list[str]:
    paths, parted = splits(told.found, told.values, told.level)
    return [f"{claims.flips(parted, paths, 'the fallback is enough')}."] if parted else []


def _what_matters(told: Findings) -> list[str]:
    text = ["Unknowns that are correlated with each headline"]
    ranked = told.matters
    if not any(one.p_value < SURE for one in ranked):
        return [
            f"In {len(told.found)} sets no unknown is correlated with any headline beyond chance."
        ]
    for headline in HEADLINES:
        if not np.isfinite(told.values_of(headline.name)).any():
            continue  # of a year that was not simulated
        mine = [one for one in ranked if one.headline == headline.name and one.p_value < SURE]
        names = ", ".join(f"{one.parameter} ({one.correlation:+.2f})" for one in mine[:3])
        text.append(
            f"  {headline.meaning}: {names or 'no unknown can be distinguished from chance'}"
        )
    how = (
        "  In brackets: rank correlation over the sets; p is below 0.05 after allowing for all "
        f"that is shown. {claims.SAME_SETS}"
    )
    return [*text, how]


def _made_by(told: Findings) -> list[str]:
    from sim import __version__

    inputs = told.inputs
    return [
        f"The bands show the effect of unknowns and of chance. {NO_FORECAST}",
        met_in_words(fitted=told.fitted),
        *varied_in_words(len(told.values[min(told.values)]), untaught=told.untaught),
        f"Made by caremarket {__version__} from scenario {inputs.scenario.code} "
        f"({inputs.scenario.identity[:8]}), seed {inputs.seed}, {len(told.found)} sets.",
    ]


def met_in_words(*, fitted: bool) -> str:
    """Whether the sets meet the published figures."""
    if fitted:
        return "Every set of parameters meets the county's published figures."
    return (
        "The sets were fitted to the county as it is. It is not known whether they meet the "
        "published figures in this reading."
    )


def varied_in_words(many: int, *, untaught: bool | None) -> list[str]:
    """How many parameters vary from set to set, and what does not."""
    if untaught is None:
        return []
    varied = f"{count(many, 'parameter')} {'varies' if many == 1 else 'vary'} from set to set"
    if untaught:
        return [f"{varied}, including those that no published figure says anything about."]
    rest = (
        "Parameters that no published figure says anything about keep the values of the "
        "supplied county, and the bands do not show their effect"
    )
    return [
        f"{varied}: those that published figures say something about. {rest}. Add "
        "--untaught to vary them too."
    ]


def erosion_over_sets(told: Findings) -> pd.DataFrame:
    """Erosion month by month: median of the sets, with the ends of nine tenths of them."""
    months, _ = month_starts(told.inputs.scenario)
    table: dict[str, object] = {"month": pd.to_datetime(months)}
    for name in FADING:
        values = np.array([one.fading[name] for one in told.found])
        low, median, high = np.quantile(values, (0.05, 0.5, 0.95), axis=0)
        table |= {name: median, f"{name}_low": low, f"{name}_high": high}
    return pd.DataFrame(table)


def left_by_provider(told: Findings) -> pd.DataFrame:
    """The table LEFT."""
    months, _ = month_starts(told.inputs.scenario)
    providers, hours = hours_left(told)
    known = np.isfinite(hours)
    count = known.sum(axis=1)
    # Not nanmean: months without any principal would warn, and mean nothing.
    mean = np.where(known, hours, 0).sum(axis=1) / np.where(count > 0, count, 1)
    county = np.where(count > 0, mean, np.nan)
    parts = []
    each = ((code, hours[:, place]) for place, code in enumerate(providers))
    for provider, values in ((COUNTY, county), *each):
        there = np.isfinite(values).sum(axis=0)
        kept = there >= HALF * len(told.found)
        if not kept.any():
            continue
        low, middle, high = np.nanquantile(values[:, kept], (0.05, 0.5, 0.95), axis=0)
        parts.append(
            pd.DataFrame(
                {
                    "provider": provider,
                    "month": pd.to_datetime(np.array(months)[kept]),
                    "left_hours": middle,
                    "left_hours_low": low,
                    "left_hours_high": high,
                    "sets": there[kept],
                }
            )
        )
    return pd.concat(parts, ignore_index=True)


def hours_left(told: Findings) -> tuple[list[str], Floats]:
    """Providers that are a principal in any set, and their hours by set, provider and month."""
    providers = sorted({code for one in told.found for code in one.left})
    months, _ = month_starts(told.inputs.scenario)
    nowhere = [np.nan] * len(months)
    hours = [[one.left.get(code, nowhere) for code in providers] for one in told.found]
    return providers, np.array(hours, dtype=float).reshape(len(told.found), -1, len(months))


def exceedance(told: Findings) -> pd.DataFrame:
    """The table EXCEEDED, at evenly spaced hours."""
    months, _ = month_starts(told.inputs.scenario)
    years = np.array([month.year for month in months])
    _, hours = hours_left(told)
    compared, same = compared_years(hours, years)
    grid = np.linspace(0.0, float(np.nanmax(hours[:, same])), STEPS)
    parts = []
    for year in compared:
        mine = hours[:, same][:, :, years == year]
        mine = mine[np.isfinite(mine)]
        shares = (mine[None, :] > grid[:, None]).mean(axis=1)
        columns = {"year": year, "providers": int(same.sum()), "left_hours": grid, "share": shares}
        parts.append(pd.DataFrame(columns))
    return pd.concat(parts, ignore_index=True)


def compared_years(hours: Floats, years: Ints) -> tuple[list[int], Flags]:
    """Years of which the same principals can be compared, and which principals these are.

    ``hours``: by set, provider and month, nan where it is no principal. The first year is the one
    by which at least half of all principals have begun; who is not one in each later year is left
    out, for years of different providers are no trend.
    """
    there = np.isfinite(hours).mean(axis=0) >= HALF
    told = sorted(set(years.tolist()))
    in_year = np.stack([there[:, years == year].any(axis=1) for year in told])
    begun = np.maximum.accumulate(in_year, axis=0).sum(axis=1)
    first = int(np.flatnonzero(begun >= HALF * begun[-1])[0])
    # A market may end without any principal: then the last year that had some stands alone.
    last = int(np.flatnonzero(in_year.any(axis=1))[-1])
    same: Flags = np.all(in_year[first : last + 1], axis=0)
    if not same.any():
        return told[last : last + 1], in_year[last]
    return told[first : last + 1], same


def pictures(told: Findings, left: pd.DataFrame | None, beyond: pd.DataFrame | None) -> list[Chart]:
    """Erosion and, where there are principals, what would be left over, over the sets."""
    scenario, maker = told.inputs.scenario, made_by(told.inputs)
    live = first_go_live(scenario)
    faded = draw_erosion(erosion_over_sets(told), live, maker, OVER_SETS)
    if left is None or beyond is None:
        return [faded]
    there = sorted(set(left["provider"]) - {COUNTY})
    names = {code: provider_name(scenario, code) for code in there}
    years = sorted(set(beyond["year"].tolist()))
    shown = sorted({years[0], years[len(years) // 2], years[-1]})
    return [
        faded,
        *left_over(left, names, maker, OVER_SETS),
        exceeded(beyond, shown, maker, "one run for each plausible set"),
    ]


def output_of(told: Findings, answers: Answers) -> Output:
    """Tables, charts and words."""
    tables = {
        BANDS: pd.DataFrame(
            [
                (b.headline.name, b.headline.meaning, b.median, b.low, b.high, b.headline.unit,
                 b.sets)
                for b in told.bands
            ],
            columns=[column.name for column in BANDS.columns],
        ),
        MATTERS: _frame(MATTERS, told.matters),
        FLIPS: _frame(FLIPS, told.flips),
        SETS: pd.DataFrame([{"number": one.number, **one.headlines} for one in told.found]),
    }  # fmt: skip
    principals = any(one.left for one in told.found)
    left, beyond = (left_by_provider(told), exceedance(told)) if principals else (None, None)
    if left is not None and beyond is not None:
        tables |= {LEFT: left, EXCEEDED: beyond}
    described = {
        **manifest(told.inputs, answers.command, told.failed),
        "sets": [one.number for one in told.found],
        "suffices_at": told.level,
    }
    charts = [] if told.too_many_failed else pictures(told, left, beyond)
    return Output(
        list(tables.items()),
        described,
        first_screen(told),
        charts,
        told.inputs.scenario,
        seconds=answers.seconds,
    )


def _frame(table: Table, rows: Sequence[Matter] | Sequence[Flip]) -> pd.DataFrame:
    names = [column.name for column in table.columns]
    return pd.DataFrame([[getattr(row, name) for name in names] for row in rows], columns=names)
