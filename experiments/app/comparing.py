"""Two results beside each other: what differs between the questions, and what may be concluded."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from starlette.responses import Response

from experiments.app.asking import KINDS, Problem
from experiments.app.jobs import shown
from experiments.app.pages import page
from experiments.app.result_pages import paper_in, report_words
from experiments.app.store import RESULTS, Kept, Store
from experiments.report.paper import Section
from experiments.words.sentences import day_text
from sim.scenario import ScenarioError
from sim.scenario.dates import iso_date

TWO = 2
TITLES = {kind.verb: kind.title for kind in KINDS.values()}
UNLIKE = ("County", "Kind of question", "Program", "Model and data")
"""What must agree before figures of two results may be held against each other at all."""


def compared(store: Store, names: Sequence[str], *, choosing: bool) -> Response:
    """Choose two results, or see the two that were chosen; ``choosing``: the form was not sent."""
    finished = [kept for kept in store.all() if kept.finished]
    chosen = [kept for name in dict.fromkeys(names) if (kept := store.named(name)) is not None]
    chosen = [kept for kept in chosen if kept.finished]
    problems = []
    if not choosing and len(chosen) != TWO:
        problems = [Problem("result-1", "Choose two results")]
    if choosing or problems:
        told = {"finished": finished, "chosen": list(names), "problems": problems}
        return page("compare.html", told, 422 if problems else 200)
    first, second = chosen
    rows = [(label, a, b) for (label, a), (_, b) in zip(facts(first), facts(second), strict=True)]
    told = {
        "pair": chosen,
        "rows": rows,
        "differ": [label for label, a, b in rows if a != b],
        "verdict": verdict([label for label, a, b in rows if a != b]),
        "summaries": [summary(kept) for kept in chosen],
        "command": report_of_both(first, second),
        "folder": store.root,
    }
    return page("compared.html", told)


def facts(kept: Kept) -> list[tuple[str, str]]:
    """What two questions must share, or may differ in, by label."""
    told = kept.manifest
    scenario: dict[str, Any] = told.get("scenario") or {}
    failures = [failure(row) for row in told.get("failures") or []]
    return [
        ("County", kept.question.county),
        ("Kind of question", TITLES[kept.question.command[0]]),
        ("Program", str(told.get("program", ""))),
        ("Model and data", str(told.get("code_version", told.get("made_with", "")))[:8]),
        ("Way of buying care", str(scenario.get("commissioning_model", ""))),
        ("Who fails", "; ".join(failures) or "nobody is named"),
        ("Changes to the county", ", ".join(scenario.get("overrides") or []) or "none"),
        ("Inputs", str(scenario.get("identity", ""))[:8]),
        ("Seed", str(told.get("seed", ""))),
        ("Simulated futures", str(told.get("replications", ""))),
    ]


def failure(row: dict[str, Any]) -> str:
    """A failure as a result's manifest tells it, in words."""
    day = day_text(iso_date(str(row["date"])))
    notice = float(row.get("notice_days") or 0)
    given = f"{notice:g} days’ notice" if notice else "no notice"
    return f"{row['who']} on {day}, {given}, response: {row.get('response') or 'split'}"


def verdict(differ: Sequence[str]) -> tuple[str, ...]:
    """What may be concluded from two results that differ in this."""
    if not differ:
        return ("Both results come from one question and one set of inputs.",)
    if unlike := [label for label in differ if label in UNLIKE]:
        return (
            f"Do not compare the figures of these two results: they differ in {listed(unlike)}.",
        )
    told = [f"These results differ in {listed(differ)}."]
    if "Seed" in differ:
        told.append(
            "Their seeds differ, so chance differs too: each has people and carers of its own."
        )
    told.append(
        "This page shows the two answers side by side. It does not work out whether a difference "
        "between them is more than chance. For that, ask “What difference would a change make?”, "
        "which compares the same people and carers with and without the change."
    )
    return tuple(told)


def listed(labels: Sequence[str]) -> str:
    """Labels within a sentence."""
    small = [label[:1].lower() + label[1:] for label in labels]
    return small[0] if len(small) == 1 else f"{', '.join(small[:-1])} and {small[-1]}"


def summary(kept: Kept) -> Section | None:
    """The answer's sentences, as its report says them."""
    try:
        return next(one for one in paper_in(kept).sections if one.key == "summary")
    except ScenarioError:
        return None


def report_of_both(first: Kept, second: Kept) -> str:
    """The command that makes one report of both."""
    _, one, *_ = report_words(first, "docx")
    _, two, *_ = report_words(second, "docx")
    return shown(["report", one, two, "--to", "docx", "--out", f"{RESULTS}/both"])
