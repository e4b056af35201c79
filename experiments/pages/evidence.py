"""What the pages say of ways of commissioning and of what the model is held against."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from experiments.bands.asked import AS_IT_IS
from experiments.calibration.folder import strongest_ties
from experiments.calibration.search import read_search
from experiments.calibration.taught import LEARNS, learning_markdown
from experiments.fit.verdicts import VERDICTS, FitLine, Interval, in_words, published, tally
from experiments.history.words import CHANCE, OWN, RECORDS, Mean, mean_of, share_of
from experiments.models.figures import ADEQUACY, IN_CHARTS, LOSS, PEOPLE
from experiments.pages.kept import Form, Kept, between, markdown, percent, plausible_place, rows
from experiments.statistics.claims import Finding
from experiments.study.draws import UNTAUGHT
from experiments.words import claims
from experiments.words.amounts import Row
from experiments.words.claims import two_figures
from experiments.words.sentences import capital, count, day_text
from sim.outcomes.adequacy import USUAL_STAFF_MOVE_SHARE
from sim.scenario import ScenarioError
from sim.scenario.tables import TargetRow

MODELS = {
    "norfolk_principal_provider": "Norfolk: principal",
    "norfolk_countywide_spot": "countywide spot",
    "leicestershire_open_framework": "open framework (L)",
    "leicestershire_prime_providers": "primes (L)",
    "rotherham_zoned": "zoned (R)",
    "rotherham_open_framework": "open framework (R)",
    "staffordshire_capacity_blocks": "blocks (S)",
    "one_provider_each_area": "one provider for each area",
}
"""What the pages call each way of commissioning, in the order in which they show them."""
OWN_MODEL = "norfolk_principal_provider"
COMPARED = {
    "concentration": "concentration (1: one provider has all)",
    "list_people_last_year": "people who wait",
    "travel_minutes_per_contact_hour": "minutes of travel for an hour with people",
    "missed_hours_per_year": "visits that nobody makes, hours a year",
    "changes_of_provider_per_100_years": "changes of provider, 100 person-years",
    "gbp_per_delivered_hour_last_year": "an hour delivered costs",
    "spend_last_year": "the council spends, £ million a year",
    ADEQUACY: f"others could take on (N-1), if {percent(USUAL_STAFF_MOVE_SHARE)} of carers move",
    LOSS: "hours without care in the county within 91 days if the largest provider closes",
}
"""Outcomes that the page shows of each."""
FITTED = ("norfolk", "leicestershire", "rotherham", "staffordshire")


def form_of(unit: str) -> Form:
    """How a figure with this unit is written."""
    if unit == "share":
        return percent
    if unit == "GBP/hour":
        return "£{:.2f}".format
    return in_millions if unit == "GBP/year" else two_figures


def in_millions(value: float) -> str:
    """Pounds in millions, where the words beside it say so."""
    return f"{value / 1e6:.1f}"


# Ways of commissioning ---------------------------------------------------------------------------


def models_found(kept: Kept) -> dict[tuple[str, str], dict[str, Any]]:
    """Rows of the comparison by model and outcome."""
    told = rows(kept.table("models", "models"))
    return {(row["model"], row["outcome"]): row for row in told}


def findings_of(found: Mapping[tuple[str, str], Mapping[str, Any]]) -> dict[Any, Finding]:
    """What may be claimed of each difference from the county's own model: one family."""
    return claims.of_rows(
        {
            key: Row(row["difference"], row["difference_low"], row["difference_high"],
                     int(row["replications"]), np.nan, np.nan)
            for key, row in found.items()
            if np.isfinite(row["difference"])
        }
    )  # fmt: skip


def models(kept: Kept) -> str:
    """Every way of commissioning, an outcome a row; then what may be claimed, and the pictures."""
    found = models_found(kept)
    shown = [code for code in MODELS if (code, LOSS) in found]
    lines = [
        [words, *(between(found[code, name], form_of(found[code, name]["unit"])) for code in shown)]
        for name, words in COMPARED.items()
    ]
    table = markdown(["last year unless said", *(MODELS[code] for code in shown)], lines)
    pictures = "\n\n".join(map(kept.image, kept.pictures("models")))
    return f"{models_set(kept)}\n\n{table}\n\n{claimed(found)}\n\n{pictures}"


def models_set(kept: Kept) -> str:
    """What was compared, how often, and when the failure comes."""
    told = kept.manifest("models")
    day = day_text(pd.Timestamp(told["largest_closes_on"]))
    return (
        f"{count(told['replications'], 'simulated future')} of each of {len(told['models'])} "
        f"models, seed {told['seed']}; in brackets 95% intervals of the mean, of chance alone. The "
        f"county's largest provider closes on {day}."
    )


def claimed(found: Mapping[tuple[str, str], Mapping[str, Any]]) -> str:
    """Which differences from Norfolk's own model may be claimed, and by what rule."""
    findings = findings_of(found)
    first = next(iter(findings.values()))
    rule = claims.family_words(first.comparisons, first.needed)
    lines = []
    for name, words in COMPARED.items():
        better = next(row["better"] for (_, outcome), row in found.items() if outcome == name)
        told = [
            f"{MODELS[code]} {claims.verdict(findings[code, name], better)}"
            for code in MODELS
            if (code, name) in findings and findings[code, name].verdict in ("higher", "lower")
        ]
        lines += [f"- {capital(words)}: {', '.join(told)}."] if told else []
    if not lines:
        return (
            f"{rule} None is claimed here: what the table and the pictures show is what was seen."
        )
    return "\n".join(["Beside Norfolk's principal providers:", "", *lines, "", rule])


def safer(kept: Kept) -> str:
    """The largest provider's closure under each way of commissioning."""
    found = models_found(kept)
    findings = findings_of(found)
    told = []
    for code in MODELS:
        if (code, LOSS) not in found:
            continue
        sure = (code, LOSS) in findings and findings[code, LOSS].verdict in ("higher", "lower")
        verdict = f", {claims.verdict(findings[code, LOSS], 'lower')}" if sure else ""
        people = found[code, PEOPLE]["mean"]
        told.append(f"{MODELS[code]} {between(found[code, LOSS])}{verdict}, {people:,.0f} people")
    pictures = kept.pictures("models")
    shown = next(name for name in pictures if capital(IN_CHARTS[LOSS]) in kept.alternative(name))
    apart = any(one.verdict in ("higher", "lower") for key, one in findings.items() if LOSS in key)
    unsure = "" if apart else " No difference between them is claimed from so few futures."
    return (
        f"{answer_of(found)}\n\n{kept.image(shown)}\n\n{models_set(kept)} More hours "
        f"without care in the county within 91 days, and people who lose their provider: "
        f"{'; '.join(told)}.{unsure} Who fails is the largest provider of that day, another one in "
        "each. N-1 in the picture is the estimate for one area's team that stops, another figure "
        "than above ([docs/explanation/adequacy.md](docs/explanation/adequacy.md) has its error)."
    )


def answer_of(found: Mapping[tuple[str, str], Mapping[str, Any]]) -> str:
    """Whether one principal provider is safer, as far as these futures can say."""
    own = found[OWN_MODEL, LOSS]
    clear = [
        MODELS[code]
        for code in MODELS
        if (row := found.get((code, LOSS))) is not None
        and (row["difference_low"] > 0 or row["difference_high"] < 0)
    ]
    listed = f" but for {' and '.join(clear)}" if clear else ""
    return (
        f"**{own['replications']:.0f} simulated futures do not say.** The 95% interval of the "
        f"difference from Norfolk's own way has nought in it{listed}, before any allowance for so "
        "many comparisons."
    )


# The fit -----------------------------------------------------------------------------------------


def fit_lines(kept: Kept, county: str) -> list[FitLine]:
    """A fit as it was kept."""
    told = kept.table(f"fit_{county}", "fit").astype({"note": object})
    return [fit_line(row) for row in rows(told)]


def fit_line(row: dict[str, Any]) -> FitLine:
    """A published figure and what the model gives beside it."""
    known = {name: row[name] for name in TargetRow.model_fields if name in row}
    known |= {"low": row["tolerance_low"], "high": row["tolerance_high"]}
    known["note"] = None if isinstance(row["note"], float) else row["note"]
    known |= {name: str(row[name]) for name in ("period", "published_when", "scope")}
    ends = {name: row[name] for name in ("mean", "low_95", "high_95", "low_99", "high_99")}
    model = Interval(**ends, replications=int(row["replications"]))
    verdict = next(one for one in VERDICTS if one == row["verdict"])
    return FitLine(TargetRow(**known), model, verdict)


def beside(line: FitLine) -> str:
    """A figure with the published one beside it, and the first sentence of what is noted of it."""
    row, model = line.row, line.model
    note = f". {capital(FIRST_SENTENCE.split(row.note)[0])}." if row.note else ""
    if row.unit != "share":
        return f"{row.meaning}, {in_words(line)} {row.unit} (published: {published(row)}){note}"
    own = between({"mean": model.mean, "low": model.low_95, "high": model.high_95}, percent)
    return f"{row.meaning}, {own} (published: {percent(row.published)}){note}"


FIRST_SENTENCE = re.compile(r"; |\. ")


def fit(kept: Kept) -> str:
    """Norfolk's fit, whole."""
    return kept.text("fit_norfolk", "fit.md")


def fit_shows(kept: Kept) -> str:
    """How many figures hold, by what they are good for, and which independent ones fail."""
    lines = fit_lines(kept, "norfolk")
    must = [line for line in lines if line.row.role == "must_hold"]
    own = [line for line in lines if line.row.use == "independent"]
    failing = [f"  - {beside(line)}" for line in own if line.verdict == "fails"]
    given = sum(line.row.use != "independent" for line in must)
    return "\n".join(
        [
            f"- Of {len(must)} figures that must hold, {tally(must)}. {given} of them were fitted "
            "or given, so this is verification rather than proof.",
            f"- **Of {len(own)} independent figures, {tally(own)}.** Those that fail:",
            *failing,
        ]
    )


def wrong(kept: Kept) -> str:
    """What the model gets wrong, for the README."""
    lines = fit_lines(kept, "norfolk")
    must = [line for line in lines if line.row.role == "must_hold"]
    own = [line for line in lines if line.row.use == "independent"]
    failing = [f"  - {capital(beside(line))}" for line in own if line.verdict == "fails"]
    return (
        f"- **What it gets wrong.** Of {len(own)} published figures that it was not fitted to, "
        f"{tally(own)}. Of the {len(must)} figures that it is required to match, {tally(must)}, "
        "which proves little: each was fitted or given. Figure by figure: "
        "[docs/explanation/validation.md](docs/explanation/validation.md). Those that fail:\n"
        + "\n".join(failing)
    )


def fits(kept: Kept) -> str:
    """How many figures hold in each county."""
    lines = []
    for county in FITTED:
        told = fit_lines(kept, county)
        must = [line for line in told if line.row.role == "must_hold"]
        watched = [line for line in told if line.row.role == "watch"]
        many = max(line.model.replications for line in told)
        lines.append([f"`{county}`", str(many), tally(must), tally(watched)])
    return markdown(["county", "simulated futures", "must hold", "watched"], lines)


# Plausible sets ----------------------------------------------------------------------------------


def plausible(kept: Kept) -> str:
    """The plausible sets that ship, and which parameters only go together where all are varied."""
    lines = [set_line(kept, reading, name) for reading, name in SHIPPING.items()]
    sets = kept.plausible(UNTAUGHT)
    paths = [name for name in map(str, sets.columns) if "." in name]
    ties = [
        f"`{one}` and `{other}` ({strength:+.2f})".replace("(-", "(−")
        for one, other, strength in strongest_ties(paths, sets[paths].to_numpy())
    ]
    heads = ["reading", "varied", "sets that pass", "of those simulated", "figures to meet"]
    return (
        f"{markdown(heads, lines)}\n\nParameters that only go together where all are varied "
        f"(rank correlation): {', '.join(ties) or 'none'}."
    )


SHIPPING = {
    AS_IT_IS: "as it ships",
    "vacancies_12": "`vacancies_12`",
    "vacancies_10": "`vacancies_10`",
    UNTAUGHT: "as it ships, with what no figure teaches",
}
"""Readings with plausible sets of their own, as a table names them."""


def set_line(kept: Kept, reading: str, name: str) -> list[str]:
    """How the plausible sets of one reading were found."""
    told = tomllib.loads(plausible_place(reading).with_suffix(".toml").read_text("utf-8"))
    varied = sum("." in column for column in kept.plausible(reading).columns)
    simulated = sum(wave["sets"] for wave in told["waves"])
    figures = len(told["waves"][-1]["emulator_error"])
    return [name, str(varied), str(told["sets_passing"]), str(simulated), str(figures)]


def learning(kept: Kept) -> str:
    """What each parameter learns: where only those vary that learn, and where all are varied."""
    return "\n\n".join((learned_of(kept, "calibrate"), learned_of(kept, "untaught")))


def learned_of(kept: Kept, name: str) -> str:
    """What each parameter of one search learns."""
    learned, told = kept.table(name, "learning"), kept.manifest(name)
    taught = learned["verdict"].str.startswith(LEARNS).sum()
    judged = ", ".join(sorted(set(learned["judged_by"])))
    return (
        f"*{HEADINGS[name]}.* {taught} of {len(learned)} parameters learn from a published figure. "
        f"{told['sets_simulated']} sets were simulated, and {told['sets_passing']} pass; judged by "
        f"{judged}:\n\n{learning_markdown(learned)}"
    )


HEADINGS = {
    "calibrate": "Only what learns is varied",
    "untaught": "All that is not known is varied",
}


def untaught(_: Kept) -> str:
    """The parameters that are not calibrated: why each is unknown, and its readings or its gap."""
    search, faults = read_search("norfolk")
    if search is None:
        raise ScenarioError(faults)
    lines = [
        [f"`{one.path}`", one.why, ", ".join(f"`{name}`" for name in one.readings) or one.gap]
        for one in search.untaught
    ]
    return markdown(
        ["parameter", "why it is unknown", "readings, or what one would need to know"], lines
    )


# Principals that fail of themselves --------------------------------------------------------------


def spans(mean: Mean, form: Form = "{:.2f}".format) -> str:
    """A mean with its interval."""
    return between({"mean": mean.mean, "low": mean.low, "high": mean.high}, form)


def world_of(kept: Kept, name: str) -> pd.DataFrame:
    """Counts of one world, a row a replication."""
    told = kept.table("history", "principals_by_replication")
    return told[told["world"] == name]


def as_on_record(counts: pd.DataFrame) -> Mean:
    """Share of simulated futures with as many shortfalls as are on record, or more."""
    hits = int((counts["shortfalls"] >= RECORDS["norfolk"].shortfalls).sum())
    return share_of(hits, len(counts))


def history(kept: Kept) -> str:
    """The two worlds side by side, with the picture."""
    worlds = [world_of(kept, name) for name in (OWN, CHANCE)]
    gone = kept.table("history", "absences")
    rests = kept.table("history", "suspensions")
    first, last = (day_text(pd.Timestamp(day)) for day in kept.manifest("history")["window"])

    def means(column: str, form: Form = "{:.2f}".format) -> list[str]:
        return [spans(mean_of(counts[column].tolist()), form) for counts in worlds]

    def absent(name: str) -> str:
        days = gone.loc[gone["world"] == name, "days"]
        return f"{len(days)}; {days.median():.0f} days" if len(days) else "0"

    def suspended(name: str, counts: pd.DataFrame) -> str:
        mine = rests[rests["world"] == name]
        handing = share_of(int((mine["people_told"] > 0).sum()), len(mine))
        return f"{len(mine) / len(counts):.1f}; {spans(handing, percent)} hand packages back"

    record = RECORDS["norfolk"]
    lines = [
        ["principals that fall short", *means("shortfalls")],
        ["of them, those for whom a successor is sought", *means("losses")],
        [
            f"futures with {record.shortfalls} or more, as on record",
            *(spans(as_on_record(counts), percent) for counts in worlds),
        ],
        [
            "times that an area is without a principal, in all futures; median length",
            *map(absent, (OWN, CHANCE)),
        ],
        [
            "providers of any kind suspended in a future; of them",
            *(suspended(name, one) for name, one in zip((OWN, CHANCE), worlds, strict=True)),
        ],
        ["providers of any kind that close", *means("closures", "{:.1f}".format)],
        ["people given notice by principals that go on", *means("notices", "{:.1f}".format)],
    ]
    return (
        f"Between {first} and {last}, {len(worlds[0])} simulated futures of each world, means with "
        "95% intervals:\n\n"
        + markdown(["", OWN, CHANCE], lines)
        + f"\n\n{kept.image('principals')}"
    )


def own_exits(kept: Kept) -> str:
    """How often principals fail if left to themselves, for the README."""
    counts = world_of(kept, OWN)
    record = RECORDS["norfolk"]
    first, last = (day_text(pd.Timestamp(day)) for day in kept.manifest("history")["window"])
    return (
        f"- **Principals left to themselves.** Between {first} and {last} "
        f"{spans(mean_of(counts['shortfalls'].tolist()))} fall short in the model without any "
        f"failure by chance; {record.shortfalls} are on record. So many or more were seen in "
        f"{spans(as_on_record(counts), percent)} of {len(counts)} simulated futures "
        "([docs/explanation/history.md](docs/explanation/history.md))."
    )
