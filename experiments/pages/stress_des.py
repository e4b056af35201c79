"""The parts of the STRESS-DES page that are made from declarations: between its markers."""

from __future__ import annotations

import ast
import re
import tomllib
from collections import Counter
from collections.abc import Callable, Sequence
from math import fsum
from pathlib import Path

import sim
from experiments.pages.reference import parameter_rows
from experiments.words.sentences import day_text
from sim import __version__
from sim.clock import Rank
from sim.outcomes.catalogue import declared
from sim.scenario import Scenario
from sim.scenario.parameters import SECTIONS

MARKED = re.compile(r"(<!-- generated: (\w+) -->\n).*?(<!-- end -->)", flags=re.DOTALL)
DRAWN_BY = ("key", "stream", "stratified", "endless")


def filled(text: str, scenario: Scenario, root: Path) -> str:
    """The page with every marked part made anew. Raises KeyError for a part nobody makes."""
    makers: dict[str, Callable[[], Sequence[str]]] = {
        "outputs": lambda: outputs(scenario),
        "scenarios": lambda: scenarios(scenario),
        "sources": lambda: sources(scenario),
        "inputs": lambda: inputs(scenario),
        "run": lambda: run(scenario),
        "software": lambda: software(root),
        "streams": streams,
        "ranks": ranks,
    }
    return MARKED.sub(
        lambda found: found[1] + "\n".join(["", *makers[found[2]](), "", found[3]]), text
    )


def parts(text: str) -> list[str]:
    """The names of the marked parts."""
    return [found[2] for found in MARKED.finditer(text)]


def outputs(scenario: Scenario) -> list[str]:
    """Every outcome of a whole run."""
    tiers = [tier.code for tier in scenario.commissioning.tiers]
    return [
        "| outcome | unit | meaning |",
        "|---|---|---|",
        *(f"| `{o.name}` | {o.unit} | {o.meaning} |" for o in declared(tiers)),
    ]


def scenarios(scenario: Scenario) -> list[str]:
    """The named overrides that ship with the county."""
    path = Path(sim.__file__).parent / "counties" / scenario.code / "overrides.toml"
    told = tomllib.loads(path.read_text(encoding="utf-8"))
    return [
        "| scenario | what differs | why, and its source |",
        "|---|---|---|",
        *(f"| `{name}` | {row['meaning']} | {row['source']} |" for name, row in told.items()),
    ]


def sources(scenario: Scenario) -> list[str]:
    """How sure the values are."""
    found = Counter(row.sure for row in parameter_rows(scenario))
    total = sum(found.values())
    rows = sorted(found.items(), key=lambda item: (-item[1], item[0]))
    return [
        "| confidence | values |",
        "|---|---|",
        *(f"| {kind} | {count} |" for kind, count in rows),
        f"| all | {total} |",
    ]


def inputs(scenario: Scenario) -> list[str]:
    """Tables and sections."""
    model = scenario.commissioning
    hours = fsum(area.hours_per_four_weeks for area in scenario.areas) / 4
    tables = (
        ("areas", scenario.areas, f"{hours:,.0f} council hours a week in total"),
        ("providers", scenario.providers, "codes with a rating"),
        ("branches", scenario.branches, "teams of a provider in an area"),
        ("wages", scenario.wages, "dated living wage, insurance and framework rate"),
        ("contracts", model.contracts, f"of {model.name}"),
        ("tiers", model.tiers, ", ".join(tier.name for tier in model.tiers)),
        ("phases", model.phases, ", ".join(phase.name for phase in model.phases)),
        ("failures", scenario.failures, "none scripted in the supplied county"),
        ("shocks", scenario.shocks, "none in the supplied county"),
        ("referrals", scenario.referrals, "none: generated"),
        ("caseload", scenario.caseload, "none: drawn"),
    )
    sections = ", ".join(f"{name} ({len(kind.model_fields)})" for name, kind in SECTIONS.items())
    return [
        "| table | rows | what |",
        "|---|---|---|",
        *(f"| {name} | {len(rows)} | {what} |" for name, rows, what in tables),
        "",
        f"Parameters by section: {sections}. Scenario identity: `{scenario.identity[:16]}`.",
    ]


def run(scenario: Scenario) -> list[str]:
    """Calendar and warm-up."""
    calendar = scenario.calendar
    return [
        f"Warm-up {calendar.warm_up_weeks} weeks; first day {day_text(calendar.start)}, last "
        f"day {day_text(calendar.end)} ({scenario.days:,.0f} days). Default random seed 1; "
        "failures by chance "
        f"{'on' if scenario.failure.random else 'off'}; accounts "
        f"{'on' if scenario.money.applies else 'off'}; ratings "
        f"{'on' if scenario.quality.applies else 'off'}.",
    ]


def software(root: Path) -> list[str]:
    """Language and libraries as the project file has them."""
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return [
        f"caremarket {__version__}; Python {project['requires-python']}; "
        f"{', '.join(f'`{name}`' for name in project['dependencies'])}. `constraints.txt` has "
        "the exact versions used for the tests; the `manifest.json` of a run has that run's "
        "versions.",
    ]


def streams() -> list[str]:
    """The purposes for which numbers are drawn, as the model's source names them."""
    found: dict[str, set[str]] = {}
    root = Path(sim.__file__).parent
    for path in sorted(root.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            purpose = purpose_of(node)
            if purpose:
                found.setdefault(purpose, set()).add(path.relative_to(root).as_posix())
    return [
        "| purpose | drawn in |",
        "|---|---|",
        *(f"| {p} | {', '.join(f'`{w}`' for w in sorted(found[p]))} |" for p in sorted(found)),
    ]


def purpose_of(node: ast.AST) -> str | None:
    """The purpose that a call of a stream or key names first."""
    if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.args):
        return None
    whose = node.func.value
    name = whose.attr if isinstance(whose, ast.Attribute) else getattr(whose, "id", "")
    if name != "draws" or node.func.attr not in DRAWN_BY:
        return None
    first = node.args[0]
    if isinstance(first, ast.JoinedStr):
        pieces = (part.value if isinstance(part, ast.Constant) else "…" for part in first.values)
        return "".join(map(str, pieces))
    return str(first.value) if isinstance(first, ast.Constant) else None


def ranks() -> list[str]:
    """The order of things that are due at the same instant."""
    return [", ".join(f"{rank.value} {rank.name.lower()}" for rank in Rank) + "."]
