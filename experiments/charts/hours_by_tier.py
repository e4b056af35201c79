"""Chart: planned hours a week by tier, with the dates on which localities go live."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

import numpy as np
import pandas as pd

from experiments.charts.chart import Chart, Provenance
from experiments.charts.futures import Told, told_of
from experiments.charts.go_live import (
    between,
    draw_go_live,
    failures_in_brief,
    failures_in_words,
    headroom,
    in_words,
)
from experiments.charts.key import band_entry
from experiments.charts.sheet import (
    Heading,
    Label,
    Panel,
    Sheet,
    date_axis,
    draw_band,
    draw_line,
    end_labels,
    value_axis,
)
from experiments.charts.style import MOST_SERIES, TEXT_SIZE, WIDTH, house_style
from experiments.charts.text import wrap
from experiments.charts.weeks import (
    BOUNDS,
    bands_in_words,
    day_numbers,
    floats,
    reach,
    totals,
    whole_weeks,
)
from experiments.words import sentences as words

HOURS = "planned_hours"
UNIT = "planned_hours_per_week"
REST = "Other tiers"
LABEL_ROOM = 96.0
HEIGHT = 195.0
LEFT, RIGHT = 52.0, 118.0


def hours_by_tier(
    weekly_by_tier: pd.DataFrame,
    tier_names: Mapping[str, str],
    go_live: Mapping[str, date],
    provenance: Provenance,
    each: Sequence[pd.DataFrame] = (),
    *,
    weeks: pd.DatetimeIndex | None = None,
    failures: Mapping[str, date] | None = None,
) -> Chart:
    """Lines of the county's planned hours in service.

    ``each``: the table of every replication, without which nothing is claimed; ``weeks``: those of
    seven days; ``failures``: what happens on the day on which care stops, marked by a line.
    """
    kept = whole_weeks(weekly_by_tier, weeks)
    named = kept.assign(tier=kept["tier"].map(lambda code: tier_names.get(code, code)))
    named = named.assign(tier=at_most_four(named))
    table, note = totals(named, [HOURS], ["week_start", "tier"])
    tiers = in_order(table, list(tier_names.values()))
    first, last = table["week_start"].min(), table["week_start"].max()
    others = [code for code in tier_names if tier_names[code] not in tiers]
    codes = {code: REST if code in others else name for code, name in tier_names.items()}
    told = shares_told(table, [renamed_tiers(one, codes, weeks) for one in each], provenance)
    live = between(go_live, table["week_start"])
    failed = between(failures or {}, table["week_start"])
    under = subtitle(first, last, bool(live)) + failures_in_brief(failed)
    heading = Heading(title(table, tiers, told), under, provenance.footer(note))
    with house_style():
        above = headroom(live | failed, table["week_start"], WIDTH - LEFT - RIGHT)
        key = [band_entry(bands_in_words(note, reach(table, [HOURS])))] if note else []
        sheet = Sheet(heading, [Panel("Planned hours a week", HEIGHT + above)], LEFT, RIGHT, key)
        draw(sheet, table, tiers, live | failed, above)
    renamed = {HOURS + end: UNIT + end for end in ("", *BOUNDS)}
    data = table.rename(columns=renamed).reset_index(drop=True)
    text = alt(table, tiers, live, told) + failures_in_words(failed)
    return Chart("hours_by_tier", sheet.figure, data, text)


def at_most_four(named: pd.DataFrame) -> pd.Series:
    """Tier names, with the smallest tiers as one if there are more than four."""
    size = named.groupby("tier")[HOURS].sum()
    if len(size) <= MOST_SERIES:
        return named["tier"]
    largest = size.nlargest(MOST_SERIES - 1).index
    return named["tier"].where(named["tier"].isin(largest), REST)


def in_order(table: pd.DataFrame, names: list[str]) -> list[str]:
    """Tiers in the order of their names as given, others after."""
    present = list(dict.fromkeys(table["tier"]))
    return [n for n in dict.fromkeys(names) if n in present] + sorted(set(present) - set(names))


def hours_at(table: pd.DataFrame, week: pd.Timestamp) -> pd.Series:
    """Hours by tier in a week."""
    return table[table["week_start"] == week].set_index("tier")[HOURS]


def renamed_tiers(
    weekly: pd.DataFrame, names: Mapping[str, str], weeks: pd.DatetimeIndex | None
) -> pd.DataFrame:
    """One replication's hours under the names that are drawn."""
    kept = whole_weeks(weekly, weeks)
    return kept.assign(tier=kept["tier"].map(lambda code: names.get(code, code)))


def shares_of(table: pd.DataFrame, tiers: Sequence[str], weeks: list[pd.Timestamp]) -> pd.DataFrame:
    """Per cent of a week's hours under each tier, and all its hours."""
    hours = table.pivot_table(index="week_start", columns="tier", values=HOURS, aggfunc="sum")
    hours = hours.reindex(index=weeks, columns=list(tiers)).fillna(0.0)
    whole = hours.sum(axis=1)
    shares = 100 * hours.div(whole.where(whole > 0), axis=0)
    return shares.assign(**{HOURS: whole})


def shares_told(table: pd.DataFrame, each: Sequence[pd.DataFrame], provenance: Provenance) -> Told:
    """What may be said of the share of each tier, and of all hours."""
    tiers = list(dict.fromkeys(table["tier"]))
    weeks = table["week_start"].drop_duplicates().sort_values().tolist()
    parts = [shares_of(one, tiers, weeks) for one in each]
    seen = {name: np.stack([floats(part[name]) for part in parts])
            for name in [*tiers, HOURS]} if parts else {}  # fmt: skip
    means = shares_of(table, tiers, weeks).reset_index()
    return told_of(means, seen, provenance.replications)


def title(table: pd.DataFrame, tiers: list[str], told: Told) -> str:
    """How the share of the tier with most hours at the end came there."""
    last = table["week_start"].max()
    after = hours_at(table, last)
    if not after.sum() > 0 or len(tiers) == 1:
        return told.short(HOURS, "Planned hours a week", plural=True)
    return told.short(str(after.idxmax()), f"Share of hours in {after.idxmax()}", per_cent=True)


def subtitle(first: pd.Timestamp, last: pd.Timestamp, live: bool) -> str:
    """Measure, place and time."""
    text = (
        f"Planned carer hours a week in service, whole county, by tier, "
        f"{words.month_text(first)} to {words.month_text(last)}."
    )
    return text + (" Vertical lines: new contracts go live in a locality." if live else "")


def draw(
    sheet: Sheet, table: pd.DataFrame, tiers: list[str], live: Mapping[str, date], above: float
) -> None:
    """Lines, bands, marked dates and labels; their names take up the room ``above``."""
    axes = sheet.axes[0]
    days = day_numbers(table["week_start"].drop_duplicates().sort_values())
    date_axis(axes, days)
    value_axis(axes, reach(table, [HOURS]).top, 6 + above, whole=True)
    draw_go_live(axes, live)
    labels = []
    for look, tier in enumerate(tiers):
        one = table[table["tier"] == tier].sort_values("week_start")
        x = day_numbers(one["week_start"])
        draw_line(axes, x, floats(one[HOURS]), look)
        draw_band(axes, x, one, HOURS, look)
        name = wrap(tier, LABEL_ROOM, TEXT_SIZE)
        final = float(one[HOURS].iloc[-1])
        labels.append(Label("\n".join([*name, words.of(round(final), "hour")]), final, look))
    end_labels(axes, labels)


def alt(table: pd.DataFrame, tiers: list[str], live: Mapping[str, date], told: Told) -> str:
    """Alternative text."""
    first, last = table["week_start"].min(), table["week_start"].max()
    before, after = hours_at(table, first), hours_at(table, last)
    changes = "; ".join(
        f"{tier} from {words.number(float(before.get(tier, np.nan)))} "
        f"to {words.number(float(after.get(tier, np.nan)))}"
        for tier in tiers
    )
    text = (
        f"Line chart of planned hours a week in service by tier, whole county, between the "
        f"weeks of {words.day_text(first)} and {words.day_text(last)}: {changes}."
    )
    if len(tiers) > 1:
        shares = [told.full(tier, f"the share of {tier}", per_cent=True) for tier in tiers]
        text = f"{text} Of all planned hours: {'; '.join(shares)}."
    return text + in_words(live)
