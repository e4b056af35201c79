"""Make the README's figures, pictures and alternative texts anew with the installed version.

    python docs/make_readme.py            run every command (about an hour on two cores), then write
    python docs/make_readme.py --write    write the page again from the tables in docs/figures

Each command is a row of ``MADE``; its tables and manifest are kept in ``docs/figures``, its charts
and their alternative texts in ``docs/images``. What stands in README.md and docs/adequacy.md
between ``<!-- made: NAME -->`` and ``<!-- end -->`` is worked out from those tables; a test
compares the two. Interrupted work goes on where it stopped, in ``caremarket-results/readme``.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from experiments.words.claims import two_figures
from experiments.words.sentences import month_text

DOCS = Path(__file__).parent
README = DOCS.parent / "README.md"
PAGES = (README, DOCS / "adequacy.md")
IMAGES, FIGURES = DOCS / "images", DOCS / "figures"
WORK = Path("caremarket-results") / "readme"
FAILURE = "--fail principal:KINGS_LYNN --on 2026-07-01"
BLOCK = re.compile(r"(<!-- made: (\w+) -->\n)(.*?)(<!-- end -->)", re.DOTALL)
Rows = list[dict[str, Any]]


@dataclass(frozen=True)
class Made:
    """A command, the charts and the tables that are kept of it."""

    command: str
    charts: tuple[str, ...]
    tables: tuple[str, ...]


MADE = {
    "run": Made(
        f"run norfolk {FAILURE} --replications 20",
        ("service_level", "staff_move", "fates", "fallback", "hours_by_tier"),
        ("account", "account_by_area", "fates", "figures", "figures_by_arm"),
    ),
    "adequacy": Made("adequacy norfolk", ("adequacy",), ("n_minus_1_by_year", "estimator_error")),
    "stress": Made("stress norfolk -r 10", ("stress",), ("ranking", "places")),
    "bands": Made(
        f"bands norfolk {FAILURE} --sets 60",
        ("erosion", "left_over", "left_over_exceeded"),
        ("bands", "flips"),
    ),
}


def main(words: list[str]) -> None:
    """Carry the commands out unless only to write; then write the page."""
    if "--write" not in words:
        for name in MADE:
            make(name)
    for page in PAGES:
        page.write_text(written(page), encoding="utf-8", newline="\n")


def make(name: str) -> None:
    """Carry one command out and keep what it made."""
    made, out = MADE[name], WORK / name
    begun = ["--resume"] if out.exists() else []
    words = [sys.executable, "-m", "experiments", *made.command.split(), "--out", str(out), *begun]
    subprocess.run(words, check=True)
    keep(name, out)


def keep(name: str, out: Path) -> None:
    """Copy the charts that are shown, their alternative texts, and the tables behind sentences."""
    made, place = MADE[name], FIGURES / name
    place.mkdir(parents=True, exist_ok=True)
    for table in made.tables:
        shutil.copy(out / f"{table}.csv", place)
    shutil.copy(out / "manifest.json", place)
    for chart in made.charts:
        # A chart that does not fit a page has several parts: chart_1, chart_2 …
        for path in sorted((out / "charts").glob(f"{chart}*")):
            if re.fullmatch(rf"{chart}(_\d+)?\.(png|txt)", path.name):
                shutil.copy(path, IMAGES)


def written(page: Path, text: str | None = None) -> str:
    """A page with every block made anew from the tables; ``text``: of it, if not as it stands."""
    told = page.read_text(encoding="utf-8") if text is None else text
    return BLOCK.sub(lambda found: f"{found[1]}{block(found[2], page)}\n{found[4]}", told)


def block(name: str, page: Path) -> str:
    """What stands on a page under a name; pictures are named from where the page is."""
    text = BLOCKS[name]()
    return text if page == README else text.replace("](docs/images/", "](images/")


def table(name: str, of: str) -> pd.DataFrame:
    """A table that was kept."""
    return pd.read_csv(FIGURES / of / f"{name}.csv")


def rows(frame: pd.DataFrame) -> Rows:
    """A table's rows by name."""
    return frame.to_dict("records")  # type: ignore[return-value]


def image(name: str) -> str:
    """A picture with the alternative text that its chart was made with."""
    alt = " ".join((IMAGES / f"{name}.txt").read_text(encoding="utf-8").split())
    return f"![{alt.replace('[', '(').replace(']', ')')}](docs/images/{name}.png)"


def between(row: dict[str, Any], form: Callable[[float], str] = two_figures) -> str:
    """A mean with its 95 % interval."""
    mean, low, high = (form(row[end]) for end in ("mean", "low", "high"))
    return mean if low == high else f"{mean} ({low} to {high})"


def percent(share: float) -> str:
    """A share as a whole percentage."""
    return f"{100 * share:.0f}%"


def whole(value: float) -> str:
    """A whole number."""
    return f"{value:,.0f}"


def harm(whose: str, days: int = 91, arm: str = "as asked") -> dict[str, Any]:
    """A row of the account."""
    told = table("account", "run")
    kept = told[(told["arm"] == arm) & (told["days"] == days) & (told["whose"] == whose)]
    return rows(kept)[0]


def figure(name: str, arm: str | None = None) -> dict[str, Any]:
    """A row of the figures of the run, or of an arm's."""
    told = table("figures" if arm is None else "figures_by_arm", "run")
    kept = told[told["outcome"] == name]
    return rows(kept if arm is None else kept[kept["arm"] == arm])[0]


def failure() -> str:
    """The closure of King's Lynn's principal."""
    total, direct, indirect = (harm(whose) for whose in ("total", "direct", "indirect"))
    people, there = figure("displaced_people"), figure("n_minus_1")
    fates = table("fates", "run").set_index("day_from_failure")
    nobody = fates["without_anybody"] + fates["served_then_lost"]
    placebo = {end: indirect[f"placebo_{end}"] for end in ("mean", "low", "high")}
    beyond = (
        "The indirect harm lies beyond it."
        if indirect["low"] > 0 and indirect["mean"] > placebo["high"]
        else "The indirect harm cannot be distinguished from it."
    )
    return (
        f"{image('service_level')}\n\n"
        f"**{between(people, whole)} people lose their provider, and {between(total)} more hours "
        f"of care are missing in Norfolk within 91 days** ({total['replications']:.0f} simulated "
        f"futures; in brackets the 95% interval of the mean; in eight futures of ten "
        f"{two_figures(total['p10'])} to {two_figures(total['p90'])}). {between(direct)} of these "
        f"hours are missed by those people, {between(indirect)} by everybody else, who wait "
        f"longer for the same carers. A placebo, a provider of one to three people that closes "
        f"instead, comes to {between(placebo)}. {beyond} A week after the closure "
        f"{whole(nobody[7])} people have nobody, after four weeks {whole(nobody[28])}, "
        f"after thirteen {whole(nobody[91])}. "
        f"Four weeks after it, {between(there, percent)} of the care that they still need is "
        "there, counting everybody in the county (N-1)."
    )


def shares() -> str:
    """The share of carers who move."""
    arms = {
        "none": "0% of carers move", "30%": "as asked", "60%": "60% of carers move"
    }  # fmt: skip
    hours = ", ".join(
        f"{between(harm('total', arm=arm))} if {share} move" for share, arm in arms.items()
    )
    again = ", ".join(
        f"{percent(figure('served_again_in_7_days', arm)['mean'])} if {share}"
        for share, arm in arms.items()
    )
    return (
        f"{image('staff_move')}\n\n"
        f"*More hours without care in the county within 91 days: {hours}. Served again by another "
        f"provider within a week: {again} move.*"
    )


def adequacy() -> str:
    """N-1 of principal providers by year, over one fixed set."""
    told = table("n_minus_1_by_year", "adequacy")
    told = told[(told["stops"] == "provider") & told["compared"].str.startswith("fixed")]
    shown = [2026, 2027, 2028, 2029]
    lines = [
        "| if so many carers move | " + " | ".join(str(year) for year in shown) + " |",
        "|---|" + "---|" * len(shown),
    ]
    for share in sorted(set(told["staff_move_share"])):
        mine = told[told["staff_move_share"] == share].set_index("year")
        cells = [
            f"{percent(mine.loc[year, 'n_minus_1'])} "
            f"({percent(mine.loc[year, 'n_minus_1_low'])} to "
            f"{percent(mine.loc[year, 'n_minus_1_high'])})"
            if year in mine.index
            else ""
            for year in shown
        ]
        lines.append(f"| {percent(share)} | " + " | ".join(cells) + " |")
    one = rows(told)[0]
    error = table("estimator_error", "adequacy")
    errors = error[
        (error["stops"] == "provider")
        & (error["role"] == "all")
        & (error["figure"] == "n_minus_1")
        & error["staff_move_share"].notna()
    ]
    off = ", ".join(
        f"{100 * row['rmse']:.0f} ({100 * row['bias']:+.0f} on average)".replace("(-", "(−")
        for row in rows(errors)
    )
    return (
        "\n".join(lines)
        + f"\n\n*Share of the care of a principal provider that would be there four weeks after it "
        f"closed (N-1), mean weighted by hours over those providers that had begun by the first "
        f"year that is compared, so that like is compared with like. "
        f"{one['replications']:.0f} simulated futures; in brackets the 95% interval, of chance "
        f"alone. These are estimates from the state of the market; where providers were really "
        f"closed, {errors['branches'].iloc[0]:.0f} at each share, the estimate was typically off "
        f"by {off} percentage points.*"
    )


def bands() -> str:
    """Headlines over the plausible sets."""
    told = rows(table("bands", "bands"))
    lines = ["| | middle set | nine tenths of the sets |", "|---|---|---|"]
    for row in told:
        form = percent if row["unit"] == "share" else two_figures
        lines.append(
            f"| {row['meaning']} | {form(row['median'])} | "
            f"{form(row['low'])} to {form(row['high'])} |"
        )
    return "\n".join(lines) + f"\n\n*{told[0]['sets']:.0f} plausible sets of parameters.*"


def flips() -> str:
    """The unknown that flips the answer, if one does."""
    first = rows(table("flips", "bands"))[0]
    low, high = (percent(first[end]) for end in ("low_third", "high_third"))
    return (
        f"In the lowest third of `{first['parameter']}` (to {percent(first['below'])}) the "
        f"fallback suffices in {low} of {first['low_sets']:.0f} sets, in its highest (from "
        f"{percent(first['above'])}) in {high} of {first['high_sets']:.0f}. No other unknown parts "
        f"the sets as much, and shuffled sets seldom do (p = {two_figures(first['p_value'])})."
    )


def left_over() -> str:
    """Hours that nobody would take on, by plausible set."""
    names = sorted(path.stem for path in IMAGES.glob("left_over*.png"))
    return "\n\n".join(image(name) for name in names)


def erosion() -> str:
    """The fallback over plausible sets."""
    return image("erosion")


def stress() -> str:
    """The worst places and dates."""
    ranked = table("ranking", "stress")
    first = rows(ranked)[0]
    same = ranked[ranked["group"] == first["group"]]
    others = len(ranked) - 1
    apart = (
        f"So few futures cannot say which of the {others + 1} places and dates is worst."
        if len(same) > others
        else f"{len(same) - 1} of the other {others} places and dates cannot be distinguished "
        "from it."
    )
    when = month_text(pd.Timestamp(first["date"]))
    name = "total_hours_in_91_days"
    row = {"mean": first[name], "low": first[f"{name}_low"], "high": first[f"{name}_high"]}
    return (
        f"{image('stress')}\n\n"
        f"`caremarket stress norfolk` takes every principal away on many dates. The largest mean "
        f"of {first['replications']:.0f} simulated futures is {first['place']}, {when}: "
        f"{between(row)} more hours without care in the county within 91 days. {apart} "
        "[docs/stress-test.md](docs/stress-test.md)"
    )


def market() -> str:
    """What else the run says of the market."""

    def mean(name: str, form: Callable[[float], str] = two_figures) -> str:
        return between(figure(name), form)

    def millions(value: float) -> str:
        return f"£{value / 1e6:.1f} million"

    return "\n".join(
        [
            f"{image('fallback')}",
            "",
            "From the same 20 simulated futures (seed 1; 95% intervals in brackets), all with "
            "King's Lynn's closure in them:",
            "",
            "- **70/30 is not reached by 2029**: principals have "
            f"{mean('share_principal_last_year', percent)}, the PCN framework "
            f"{mean('share_pcn_framework_last_year', percent)}, the legacy framework "
            f"{mean('share_legacy_framework_last_year', percent)} of hours in the last year; "
            f"{mean('live_areas_at_split', whole)} of {mean('live_areas', whole)} live areas have "
            "their split.",
            "- **The fallback shrinks**: teams without a contract of their own have "
            f"{mean('legacy_only_hours_first_year')} hours a week and "
            f"{mean('legacy_only_carers_first_year')} carers in the first year, "
            f"{mean('legacy_only_hours_last_year')} and {mean('legacy_only_carers_last_year')} in "
            "the last.",
            f"- **Providers fail for reasons**: {mean('providers_at_start', whole)} trade at the "
            f"start, {mean('providers_at_end', whole)} at the end. "
            f"{mean('hand_backs_per_year')} packages are handed back a year, and "
            f"{mean('missed_hours_per_year')} hours of visits missed. Spending is "
            f"{mean('spend_first_year', millions)} in the first year and "
            f"{mean('spend_last_year', millions)} in the last.",
        ]
    )


BLOCKS: dict[str, Callable[[], str]] = {
    "failure": failure,
    "shares": shares,
    "adequacy": adequacy,
    "bands": bands,
    "flips": flips,
    "left_over": left_over,
    "erosion": erosion,
    "stress": stress,
    "market": market,
}
"""What stands on the pages under each name."""


if __name__ == "__main__":
    main(sys.argv[1:])
