"""What caremarket costs, as the page on performance has it: from a benchmark's kept tables."""

from __future__ import annotations

from experiments.costs.words import LABELS, NAMES, WHAT
from experiments.pages.kept import Cells, Kept, markdown, rows
from experiments.words.first_screen import rounded
from sim.scenario.amounts import counted, duration

OF = "benchmark"
TYPED = {
    "help": "`caremarket --help`",
    "small": "`caremarket run small`",
    "one_process": "`run norfolk -r 4 --jobs 1`",
    "two_processes": "`run norfolk -r 4 --jobs 2`",
}


def costs(kept: Kept) -> str:
    """Waits, costs in yardsticks, whole commands, and every target with whether it is met."""
    parts = (machine(kept), waits(kept), pieces(kept), commands(kept), targets(kept))
    return "\n\n".join(parts)


def machine(kept: Kept) -> str:
    """Where it was measured, and beside what."""
    told = kept.manifest(OF)["machine"]
    return (
        f"Measured on {told['processor']} with {counted(told['cores'], 'core')}, {told['system']}, "
        f"{told['python']}. Just before, {told['load_before']:.1f} other programs on average "
        "were waiting for a core; an idle machine needs fewer CPU seconds."
    )


def waits(kept: Kept) -> str:
    """How long one waits."""
    by_question: dict[str, list[Cells]] = {}
    for row in rows(kept.table(OF, "waits")):
        by_question.setdefault(row["question"], []).append(row)
    numbers = [row["processes"] for row in next(iter(by_question.values()), [])]
    lines = [
        [question, *(duration(float(f"{row['seconds']:.2g}")) for row in each)]
        for question, each in by_question.items()
    ]
    head = [f"on {counted(number, 'process', 'processes')}, about" for number in numbers]
    return markdown(["question", *head], lines)


def by_figure(kept: Kept, measure: str) -> dict[str, Cells]:
    """The figures of a measure by name."""
    return {
        row["figure"]: row for row in rows(kept.table(OF, "costs")) if row["measure"] == measure
    }


def pieces(kept: Kept) -> str:
    """Pieces of work in yardsticks, CPU seconds and memory."""
    lines = []
    for measure, what in WHAT.items():
        mine = by_figure(kept, measure)
        if mine:
            branch = mine.get("memory_of_a_branch")
            memory = f"{mine['memory']['value']:.0f} MB"
            memory += "" if branch is None else f"; a branch {branch['value']:.0f} MB"
            cells = [ends(mine["yardsticks"]), ends(mine["seconds"]), memory]
            lines.append([f"{LABELS[measure]}: {what}", *cells])
    return markdown(["work", "yardsticks", "CPU seconds", "peak memory"], lines)


def commands(kept: Kept) -> str:
    """Whole commands."""
    lines = [
        [name, ends(mine["seconds"]), ends(mine["wait"])]
        for measure, name in TYPED.items()
        if (mine := by_figure(kept, measure))
    ]
    return markdown(["command", "CPU seconds", "seconds to wait"], lines)


def targets(kept: Kept) -> str:
    """Every target, met or missed."""
    lines = [
        [
            LABELS.get(row["measure"], row["measure"]),
            NAMES.get(row["figure"], row["figure"].replace("_", " ")),
            f"{ends(row)} {row['unit']}",
            row["target"],
            "met" if row["met"] == "yes" else "**missed**",
        ]
        for row in rows(kept.table(OF, "costs").fillna({"target": ""}))
        if row["target"]
    ]
    return markdown(["of", "what", "measured", "target", ""], lines)


def ends(row: Cells) -> str:
    """A median, with the lowest and the highest of several rounds."""
    told = rounded(row["value"])
    if row["rounds"] == 1:
        return told
    return f"{told} ({rounded(row['low'])} to {rounded(row['high'])})"
