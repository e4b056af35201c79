"""What the pages say of a failure, of the fallback and of the market, from tables that are kept."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from experiments.bands.asked import AS_IT_IS
from experiments.pages.kept import (
    Cells,
    Form,
    Kept,
    between,
    markdown,
    millions,
    percent,
    pounds,
    rows,
    tenths,
    whole,
)
from experiments.statistics.effects import Split
from experiments.study.draws import UNTAUGHT
from experiments.words import claims
from experiments.words.claims import two_figures
from experiments.words.sentences import month_text
from sim.outcomes.account import AS_ASKED
from sim.outcomes.adequacy import USUAL_STAFF_MOVE_SHARE
from sim.outcomes.levels import SUFFICES

HARM = "total_hours_in_91_days"


def harm(kept: Kept, whose: str, days: int = 91, arm: str = "as asked") -> dict[str, Any]:
    """A row of the account."""
    told = kept.table("run", "account")
    return rows(told[(told["arm"] == arm) & (told["days"] == days) & (told["whose"] == whose)])[0]


def figure(kept: Kept, name: str, arm: str | None = None) -> dict[str, Any]:
    """A row of the figures of the run, or of an arm's."""
    told = kept.table("run", "figures" if arm is None else "figures_by_arm")
    mine = told[told["outcome"] == name]
    return rows(mine if arm is None else mine[mine["arm"] == arm])[0]


def responses(kept: Kept) -> str:
    """Notices and responses to one closure, in the words of the run that compared them."""
    lines = kept.text("responses", "summary.txt").splitlines()
    first = next(n for n, line in enumerate(lines) if line.startswith("Hours without care added"))
    last = next(n for n, line in enumerate(lines) if line.startswith("How many carers come"))
    last += next(n for n, line in enumerate(lines[last:]) if not line.strip())
    shown = "\n".join(("```text", *lines[first:last], "```"))
    return f"{shown}\n\n{how_to_read_responses(kept)}"


def how_to_read_responses(kept: Kept) -> str:
    """What the tables of responses leave out: intervals, missed visits, prices, the window."""
    told = kept.table("responses", "notice_and_response").set_index("arm")
    at_once = told[told["notice_days"] == 0]
    wide = (told["total_high"] - told["total_low"]) / 2 / told["total_mean"]
    ends = [percent(float(wide.quantile(share))) for share in (0.1, 0.9)]
    step_in = at_once[at_once["response"] == "step_in"].iloc[0]
    direct = {end: step_in[f"direct_{end}"] for end in ("mean", "low", "high")}
    split = at_once[at_once["response"] == "split"].iloc[0]
    return (
        f"- *How sure:* 95% intervals of the hours are plus or minus {ends[0]} to {ends[1]} of "
        "each figure, of chance alone. They are in "
        "[notice_and_response.csv](docs/figures/responses/notice_and_response.csv), by whose hours "
        "they are.\n"
        "- *Without anybody* means that no provider is found. Somebody who is with a team that has "
        "too few carers does not count, though visits are missed: where the council steps in, the "
        f"people concerned miss {between(direct)} hours more if "
        f"{percent(USUAL_STAFF_MOVE_SHARE)} of carers come.\n"
        f"- *Another window:* hours are counted over {split['window_days']:.0f} days from the "
        "announcement here, so that each notice has as long, and over 91 at the top of this "
        f"page, in {split['replications']:.0f} simulated futures here.\n"
        "- *Cost* is at prices that are assumptions "
        "([docs/reference/parameters.md](docs/reference/parameters.md)); care that is not given is "
        "not paid for, and that is not in it."
    )


def failure(kept: Kept) -> str:
    """The closure of King's Lynn's principal."""
    total, direct, indirect = (harm(kept, whose) for whose in ("total", "direct", "indirect"))
    people, there = figure(kept, "displaced_people"), figure(kept, "n_minus_1")
    own = figure(kept, "self_funders_displaced_people")
    fates = kept.table("run", "fates").set_index("day_from_failure")
    nobody = fates["without_anybody"] + fates["served_then_lost"]
    placebo = {end: indirect[f"placebo_{end}"] for end in ("mean", "low", "high")}
    beyond = (
        "The indirect harm lies beyond it."
        if indirect["low"] > 0 and indirect["mean"] > placebo["high"]
        else "The indirect harm cannot be distinguished from it."
    )
    return (
        f"{kept.image('service_level')}\n\n"
        f"**{between(people, whole)} people lose their provider, {whole(own['mean'])} of whom pay "
        f"for their own care, and {between(total, hundreds)} more hours "
        f"of care are missing in Norfolk within 91 days** ({total['replications']:.0f} simulated "
        f"futures; in brackets the 95% interval of the mean; in eight futures of ten "
        f"{hundreds(total['p10'])} to {hundreds(total['p90'])}). {between(direct, hundreds)} of "
        f"these hours are missed by those people, {between(indirect, hundreds)} by everybody else, "
        f"who wait "
        f"longer for the same carers. A placebo, a team of one to three people that closes "
        f"instead, comes to {between(placebo)}. {beyond} A week after the closure "
        f"{whole(nobody[7])} people have nobody, after four weeks {whole(nobody[28])}, after "
        f"thirteen {two_figures(nobody[91])} (means). "
        f"Four weeks after it, {between(there, percent)} of the care that they still need is "
        "there, counting everybody in the county (N-1)."
    )


def shares(kept: Kept) -> str:
    """The share of carers who move."""
    arms = {
        "none": "0% of carers move",
        percent(USUAL_STAFF_MOVE_SHARE): AS_ASKED,
        "60%": "60% of carers move",
    }  # fmt: skip
    hours = ", ".join(
        f"{between(harm(kept, 'total', arm=arm), hundreds)} if {share} move"
        for share, arm in arms.items()
    )
    again = ", ".join(
        f"{between(figure(kept, 'served_again_in_7_days', arm), percent)} if {share}"
        for share, arm in arms.items()
    )
    return (
        f"{kept.image('staff_move')}\n\n"
        f"*{how_many(kept)} More hours without care in the county within 91 days: {hours}. Served "
        f"again by another provider within a week: {again} move.*"
    )


def how_many(kept: Kept) -> str:
    """In how many of the simulated futures the provider is there to fail."""
    there = int(harm(kept, "total")["replications"])
    asked = int(figure(kept, "live_areas")["replications"])
    gone = asked - there
    if not gone:
        return f"Means of {asked} simulated futures."
    whose = "one it has" if gone == 1 else f"{gone} it has"
    return (
        f"Means of those {there} of {asked} simulated futures in which the provider trades on that "
        f"day; in {whose} stopped by itself before."
    )


def hundreds(value: float) -> str:
    """Hours to the next hundred: parts and their sum are read together."""
    return f"{round(value, -2):,.0f}".replace("-", "−")


def market(kept: Kept) -> str:
    """What else the run says of the market."""

    def mean(name: str, form: Form = two_figures) -> str:
        return between(figure(kept, name), form)

    futures = figure(kept, "live_areas")["replications"]
    return "\n".join(
        [
            f"{kept.image('fallback')}",
            "",
            f"From the same {futures:.0f} simulated futures (seed "
            f"{kept.manifest('run')['seed']}; 95% intervals in brackets), King's Lynn's closure in "
            "those in which the provider still trades:",
            "",
            "- **70/30.** Principals have "
            f"{mean('share_principal_last_year', percent)}, the PCN framework "
            f"{mean('share_pcn_framework_last_year', percent)}, the legacy framework "
            f"{mean('share_legacy_framework_last_year', percent)} of hours in the last year. "
            f"In {mean('live_areas_at_split', whole)} of {mean('live_areas', whole)} areas that "
            "have changed over, the principal delivers nearly all that its contract allows "
            "(contracted hours are those first let). In "
            f"{mean('live_areas_below_guarantee', tenths)} areas the guarantee pays for hours that "
            "nobody delivers.",
            "- **The fallback.** Teams without a contract of their own have "
            f"{mean('legacy_only_hours_first_year')} hours a week and "
            f"{mean('legacy_only_carers_first_year')} carers in the first year, "
            f"{mean('legacy_only_hours_last_year')} and {mean('legacy_only_carers_last_year')} in "
            "the last.",
            f"- **Providers.** {mean('providers_at_start', whole)} trade at the "
            f"start, {mean('providers_at_end', whole)} at the end. "
            f"{mean('hand_backs_per_year', whole)} packages are handed back a year, and "
            f"{mean('missed_hours_per_year')} hours of visits missed. Spending is "
            f"{mean('spend_first_year', millions)} in the first year and "
            f"{mean('spend_last_year', millions)} in the last, in the prices of the day: "
            f"{mean('gbp_per_delivered_hour_first_year', pounds)} and "
            f"{mean('gbp_per_delivered_hour_last_year', pounds)} for an hour delivered. What it "
            "would be without principals: "
            "[docs/explanation/comparison.md](docs/explanation/comparison.md).",
        ]
    )


def stress(kept: Kept) -> str:
    """The worst places and dates."""
    ranked = kept.table("stress", "ranking")
    # Chosen on the odd replications and told on the even ones, as on the screen and the picture.
    first = rows(ranked[ranked["chosen"].notna()])[0]
    same = ranked[ranked["group"] == first["group"]]
    others = len(ranked) - 1
    apart = (
        f"So few futures cannot say which of the {others + 1} places and dates is worst."
        if len(same) > others
        else f"{len(same) - 1} of the other {others} places and dates cannot be distinguished "
        "from it."
    )
    row = {end: first[f"even_{end}"] for end in ("mean", "low", "high")}
    return (
        f"{kept.image('stress')}\n\n"
        f"`caremarket stress norfolk` takes every principal away on many dates. "
        f"{first['odd_replications']:.0f} of {first['replications']:.0f} simulated futures choose "
        f"{first['place']}, {month_text(pd.Timestamp(first['date']))}, by the largest mean; in the "
        f"{first['even_replications']:.0f} others its loss adds {between(row)} hours without care "
        f"in the county within 91 days. {apart} {dates_of_places(kept)} "
        "[docs/explanation/stress-test.md](docs/explanation/stress-test.md)"
    )


def dates_of_places(kept: Kept) -> str:
    """Over which dates the picture's means of places are, and the closure above among them."""
    many = int(kept.table("stress", "places")["dates"].max())
    ranked = kept.table("stress", "ranking")
    above = ranked["place"].str.startswith("King's Lynn") & (ranked["date"] == "2026-07-01")
    row = rows(ranked[above])[0]
    hours = {"mean": row[HARM], "low": row[f"{HARM}_low"], "high": row[f"{HARM}_high"]}
    return (
        f"A place's mean is over the {many} dates on which every place has a principal, the last "
        f"ones; King's Lynn's in July 2026 alone adds {between(hours)} in these "
        f"{row['replications']:.0f} futures."
    )


# Does enough fallback remain? ------------------------------------------------------------------


def cell_of(row: Cells) -> str:
    """N-1 with its interval."""
    return between({"mean": row["n_minus_1"], "low": row["n_minus_1_low"],
                    "high": row["n_minus_1_high"]}, percent)  # fmt: skip


def errors_of(kept: Kept, stops: str, role: str) -> list[dict[str, Any]]:
    """How far the estimate of N-1 is off, by share of carers who move."""
    error = kept.table("adequacy", "estimator_error")
    mine = (error["stops"] == stops) & (error["role"] == role) & (error["figure"] == "n_minus_1")
    return rows(error[mine & error["staff_move_share"].notna()])


def adequacy(kept: Kept) -> str:
    """N-1 of principal providers by year, over one fixed set."""
    told = kept.table("adequacy", "n_minus_1_by_year")
    told = told[(told["stops"] == "provider") & told["compared"].str.startswith("fixed")]
    years = sorted(set(told["year"]))
    lines = []
    for share in sorted(set(told["staff_move_share"])):
        mine = {row["year"]: row for row in rows(told[told["staff_move_share"] == share])}
        cells = [cell_of(mine[year]) if year in mine else "" for year in years]
        lines.append([percent(share), *cells])
    errors = errors_of(kept, "provider", "all")
    off = "; ".join(
        f"{100 * abs(row['bias']):.0f} points too {'high' if row['bias'] > 0 else 'low'} on "
        f"average if {percent(row['staff_move_share'])} move (typically off by "
        f"{100 * row['rmse']:.0f}; {percent(row['reference_mean'])} was there)"
        for row in errors
    )
    return (
        f"{enough(told, errors)}\n\n"
        + markdown(["if so many carers move", *years_told(told)], lines)
        + "\n\n*Share of the care of a principal provider that would be there four weeks after "
        "it closed (N-1), mean weighted by hours over the "
        f"{told['principals'].mean():.0f} providers that had begun by the first year that is "
        "compared, so that like is compared with like. "
        f"{told['replications'].iloc[0]:.0f} simulated futures; in brackets the 95% interval, of "
        f"chance alone. {all_of_them(kept)} All are estimates from the state of the market. Where "
        f"providers were really closed, {errors[0]['branches']:.0f} at each share, the estimate "
        f"was {off}.*"
    )


def enough(told: pd.DataFrame, errors: Sequence[Cells]) -> str:
    """Whether the level that is called enough is reached in the last year, share by share."""
    last = told[told["year"] == told["year"].max()]
    bias = {row["staff_move_share"]: row["bias"] for row in errors}
    said = [
        f"{cell_of(row)} if {percent(row['staff_move_share'])} of carers move "
        f"({percent(row['n_minus_1'] - bias[row['staff_move_share']])} once the estimate's average "
        "error is taken off)"
        for row in rows(last.sort_values("staff_move_share"))
    ]
    return (
        f"Enough means {percent(SUFFICES)} here, which is a choice. The estimate for "
        f"{last['year'].iloc[0]}: {'; '.join(said)}."
    )


def years_told(told: pd.DataFrame) -> list[str]:
    """The years as heads of columns; of a year in part, how many months."""
    months = told.groupby("year")["months"].max()
    return [
        str(year) if many >= MONTHS_A_YEAR else f"{year} ({many:.0f} months)"
        for year, many in months.items()
    ]


MONTHS_A_YEAR = 12


def all_of_them(kept: Kept) -> str:
    """The same of all principals in the last year, at the usual share of carers who move."""
    told = kept.table("adequacy", "n_minus_1_by_year")
    mine = (told["stops"] == "provider") & (told["compared"] == "all")
    mine &= told["staff_move_share"] == USUAL_STAFF_MOVE_SHARE
    row = rows(told[mine & (told["year"] == told["year"].max())])[0]
    return (
        f"All {row['principals']:.0f} principal providers of {row['year']:.0f}, those that began "
        f"later among them: {cell_of(row)} if {percent(USUAL_STAFF_MOVE_SHARE)} move."
    )


STOPS = (
    ("the company", "provider", "principal"),
    ("the team of one area alone", "team", "principal"),
    ("the largest provider, before an area has a principal", "team", "largest"),
)


def estimator(kept: Kept) -> str:
    """The estimate of N-1 beside what really closing a provider gave."""
    lines = [
        [
            words,
            percent(row["staff_move_share"]),
            percent(row["reference_mean"]),
            f"{100 * abs(row['bias']):.0f} points too {'high' if row['bias'] > 0 else 'low'}",
            f"{100 * row['rmse']:.0f} points",
            f"{row['correlation']:.2f}",
            f"{row['branches']:.0f}",
        ]
        for words, stops, role in STOPS
        for row in errors_of(kept, stops, role)
    ]
    head = ["what stops", "carers who move", "N-1", "estimate, on average", "typical error",
            "correlation", "stops"]  # fmt: skip
    worst = max(row["rmse"] for row in errors_of(kept, "provider", "principal"))
    return (
        f"{markdown(head, lines)}\n\nThe typical error is the root of the mean square. Read a "
        f"figure for one provider and month to the nearest {100 * worst:.0f} points."
    )


def bands(kept: Kept) -> str:
    """Headlines over plausible sets: all that is not known at once, then what figures teach."""
    told, by_reading = rows(kept.table("bands", "bands")), kept.table("bands_readings", "readings")
    readings = list(dict.fromkeys(by_reading["reading"]))
    table = by_reading.set_index(["reading", "headline"])
    lines = []
    for row in told:
        beside = [band_of(table.loc[(name, row["headline"])]) for name in readings]
        lines.append([row["meaning"], band_of(row), *beside])
    there = min(len(kept.plausible(name)) for name in (UNTAUGHT, *readings))
    wide, each = int(told[0]["sets"]), int(by_reading["sets"].max())
    return (
        f"{there} or more sets of parameters of each kind agree with the published figures "
        f"([docs/explanation/validation.md](docs/explanation/validation.md)). {wide} of the first "
        f"kind and {each} of each other kind were run with and without King's Lynn's closure. In "
        "each cell: the middle set, and between what nine tenths of the sets lie. In the first "
        "column all varies that nobody "
        "knows; in the others only what a published figure teaches, so that those bands leave out "
        "most of what is not known. Readings are never pooled:\n\n"
        + markdown(["", "all that is not known", *map(heading, readings)], lines)
    )


HEADINGS = {AS_IT_IS: "as it ships"}


def heading(reading: str) -> str:
    """A reading as the head of a column."""
    return HEADINGS.get(reading) or f"`{reading}`"


def band_of(row: Any) -> str:
    """A headline's middle set, and the ends of nine tenths of the sets."""
    form: Form = percent if row["unit"] == "share" else two_figures
    return f"{form(row['median'])} ({form(row['low'])} to {form(row['high'])})"


def statements(kept: Kept) -> str:
    """In which readings each statement holds."""
    told = kept.table("bands_readings", "statements").drop_duplicates("statement")
    readings = ", ".join(
        heading(name) for name in dict.fromkeys(kept.table("bands_readings", "readings")["reading"])
    )
    lines = "\n".join(
        f"- {row['statement']}: {row['where']}.".replace("as_it_is", "the county as it ships")
        for row in rows(told)
    )
    return f"Over the plausible sets of each reading ({readings}):\n\n{lines}"


def flips(kept: Kept) -> str:
    """The unknown that flips the answer, if one does."""
    told = rows(kept.table("bands", "flips"))
    splits = [
        Split(number, row["low_third"], row["high_third"], row["below"], row["above"],
              int(row["low_sets"]), int(row["high_sets"]), row["p_value"])
        for number, row in enumerate(told)
    ]  # fmt: skip
    names = [f"`{row['parameter']}`" for row in told]
    return f"{claims.flips(splits, names, 'the fallback suffices')}."


def left_over(kept: Kept) -> str:
    """Hours that nobody would take on, by plausible set."""
    names = [*kept.pictures("left_over"), *kept.pictures("left_over_exceeded")]
    return "\n\n".join(map(kept.image, names))


def erosion(kept: Kept) -> str:
    """The fallback over plausible sets."""
    told = kept.table("bands", "erosion")
    sets = int(kept.table("bands", "bands")["sets"].max())
    first, last = (rows(told)[place] for place in (0, -1))

    def ends(row: dict[str, Any], name: str) -> str:
        return between({"mean": row[name], "low": row[f"{name}_low"], "high": row[f"{name}_high"]})

    return (
        f"{kept.image('erosion')}\n\n*Medians of {sets} plausible sets in which all varies that "
        "nobody knows; in brackets, and shaded, between what nine tenths of the sets lie. Carers "
        f"of teams without a contract of their own: {ends(first, 'carers')} in the first month, "
        f"{ends(last, 'carers')} in the last; hours a week that they could take on within 28 days: "
        f"{ends(first, 'absorbable')} and {ends(last, 'absorbable')}. Most of this is the plan "
        "itself: a team that wins a contract leaves the group.*"
    )
