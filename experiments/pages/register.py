"""The register of assumptions: every number and rule with evidence, quality x impact, and place.

Values, ranges and sources come from the scenario's declarations; impact from the measurement of
:mod:`experiments.pages.impact` where there is one, else from a judgement in
``docs/tables/register.csv``; rules from ``docs/tables/rules.csv``; where a number is read,
from the model's source.
"""

from __future__ import annotations

import ast
import csv
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path

import sim
from experiments.pages import impact
from experiments.pages.reference import ParameterRow, parameter_rows
from sim.scenario import Scenario
from sim.scenario.scenario import declaration_at
from sim.scenario.tables import ROW_TYPES

QUALITY = {
    "document": "high",
    "cited": "high",
    "derived": "medium",
    "memory": "low",
    "estimate": "low",
    "assumption": "assumption",
    "rule": "choice",
}
"""Quality of evidence by how sure a value is declared to be."""
WEAKNESS = {"choice": 0, "high": 1, "medium": 2, "low": 3, "assumption": 3}
WEIGHT = {"low": 1, "medium": 2, "high": 3}
NUMBERS = {"number", "integer"}
COLUMN_WORDS = ("date", "rating")
TABLES = (
    "areas",
    "providers",
    "branches",
    "contracts",
    "wages",
    "failures",
    "referrals",
    "caseload",
    "shocks",
)
LEFT_OUT = {"source", "code", "name", "locality", "provider", "area", "person", "who", "tier"}
SOURCE_SHOWN = 3


@dataclass(frozen=True, slots=True)
class Row:
    """One number or rule of the register."""

    path: str
    meaning: str
    value: str
    plausible: str
    evidence: str
    quality: str
    impact: str
    reason: str
    where: tuple[str, ...]

    @property
    def score(self) -> int:
        """Weakness of evidence x impact, 0 to 9: the larger, the more it wants attention."""
        return WEAKNESS[self.quality] * WEIGHT[self.impact]


@dataclass(frozen=True, slots=True)
class Judged:
    """A judgement of impact, and the evidence where a table holds none."""

    pattern: str
    impact: str
    reason: str
    evidence: str
    quality: str


def read_judged(path: Path) -> list[Judged]:
    """The judgements, first match first."""
    with path.open(encoding="utf-8", newline="") as file:
        return [Judged(**row) for row in csv.DictReader(file)]


def judged(judgements: Sequence[Judged], path: str) -> Judged:
    """The first judgement whose pattern fits. Raises KeyError if none does."""
    for judgement in judgements:
        if fnmatchcase(path, judgement.pattern):
            return judgement
    raise KeyError(f"no row of register.csv fits {path}")


def rows(scenario: Scenario, docs: Path) -> list[Row]:
    """Parameters, tier fields and columns of numbers, most wanting of attention first."""
    judgements = read_judged(docs / "tables" / "register.csv")
    measured = {row["parameter"]: row for row in impact.read(docs / "tables" / "impact.csv")}
    found = [of_parameter(row, judgements, measured) for row in parameter_rows(scenario)]
    found += columns(scenario, judgements)
    return sorted(found, key=lambda row: (-row.score, -WEIGHT[row.impact], row.path))


def of_parameter(
    row: ParameterRow, judgements: Sequence[Judged], measured: dict[str, dict[str, str]]
) -> Row:
    """A parameter's row: measured where it could be."""
    guess = judged(judgements, row.path)
    grade, reason = guess.impact, guess.reason
    if row.path in measured and row.path != impact.NOISE:
        told = measured[row.path]
        grade = impact.impact_of(told, measured[impact.NOISE])
        reason = impact_in_words(told, measured[impact.NOISE])
        if "acts only" in guess.reason:
            grade, reason = guess.impact, guess.reason
    unit = "" if row.unit in ("yes/no", "rule", "law", "basis", "date") else f" {row.unit}"
    return Row(
        row.path,
        row.meaning,
        f"{row.value}{unit}",
        row.plausible,
        row.source,
        QUALITY[row.sure],
        grade,
        reason,
        readers(row.path),
    )


def impact_in_words(told: dict[str, str], noise: dict[str, str]) -> str:
    """The outcomes a parameter moves beyond noise."""
    moved = [
        f"{words} {100 * float(told[name]):+.0f}%"
        for name, words in impact.measured(noise).items()
        if abs(float(told[name])) >= impact.NOISES * float(noise[name])
        and abs(float(told[name])) >= 0.005
    ]
    span = f"{told['low']} to {told['high']}"
    head = "" if told["range_from"] == "declared" else ", a quarter down and up"
    return f"measured, {span}{head}: {', '.join(moved) or 'nothing beyond noise'}"


# Tables ----------------------------------------------------------------------------------------


def columns(scenario: Scenario, judgements: Sequence[Judged]) -> list[Row]:
    """The columns of the tables that hold numbers, dates or ratings."""
    found = []
    for table in TABLES:
        held = table_rows(scenario, table)
        for key in ROW_TYPES[table].model_fields:
            if key in LEFT_OUT:
                continue
            where = ("commissioning", table) if table == "contracts" else (table,)
            schema = declaration_at((*where, 0, key))
            path = f"{table}.{key}"
            told = judged(judgements, path)
            values = [getattr(row, key) for row in held if getattr(row, key) is not None]
            evidence, quality = told.evidence, told.quality
            if not evidence:
                evidence, quality = source_of(held)
            found.append(
                Row(
                    path,
                    str(schema.get("description", "")),
                    f"{span(values)} {schema.get('unit', '')}".strip() if values else "blank",
                    "",
                    evidence,
                    QUALITY.get(quality, quality),
                    told.impact,
                    told.reason,
                    readers(path),
                )
            )
    return found


def table_rows(scenario: Scenario, table: str) -> Sequence[object]:
    """The rows of a table."""
    held: Sequence[object] = getattr(
        scenario.commissioning if table == "contracts" else scenario, table
    )
    return held


def span(values: Sequence[object]) -> str:
    """The values of a column in a few words."""
    numbers = [value for value in values if isinstance(value, (int, float))]
    rows = f"{len(values)} row{'' if len(values) == 1 else 's'}"
    if len(numbers) == len(values):
        return f"{min(numbers):g} to {max(numbers):g} in {rows}"
    kinds = sorted({str(value) for value in values})
    if len(kinds) > 4:
        return f"{kinds[0]} to {kinds[-1]} in {rows}"
    return f"{', '.join(kinds)} in {rows}"


def source_of(held: Sequence[object]) -> tuple[str, str]:
    """What the rows say of their sources, and the weakest kind they name."""
    said = list(dict.fromkeys(str(getattr(row, "source", "")) for row in held))
    said = [text for text in said if text]
    weakest = max(
        (kind for text in said for kind in QUALITY if kind in text.lower()),
        key=lambda kind: WEAKNESS[QUALITY[kind]],
        default="cited",
    )
    return "; ".join(said[:SOURCE_SHOWN]) or "the user", weakest


# Where a number is read ------------------------------------------------------------------------


@cache
def mentions() -> dict[str, tuple[frozenset[str], tuple[str, ...]]]:
    """For each module of the model: the attributes and names it mentions, and its f-strings."""
    root = Path(sim.__file__).parent
    found = {}
    charts = Path(__file__).parent.parent / "charts"
    for path in sorted([*root.rglob("*.py"), *charts.glob("*.py")]):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        names, starts = set(), []
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute):
                names.add(node.attr)
            elif isinstance(node, ast.Name) and "scenario" not in path.parts:
                names.add(node.id)
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                names.add(node.value)
            elif isinstance(node, ast.JoinedStr) and isinstance(node.values[0], ast.Constant):
                starts.append(str(node.values[0].value))
        where = path.relative_to(
            root.parent if root in path.parents else charts.parents[1]
        ).as_posix()
        found[where] = (frozenset(names), tuple(starts))
    return found


def readers(path: str) -> tuple[str, ...]:
    """The modules that read a parameter, a tier's field or a column, by the names they mention."""
    parts = path.split(".")
    key, holders = parts[-1], holders_of(parts)
    told_of = "sim/scenario/levers.py"  # it names parameters and reads none
    of_sim = [where for where in mentions() if where.startswith("sim/") and where != told_of]
    mine = [where for where in of_sim if not where.startswith("sim/scenario/")]
    for candidates, with_holder in (
        (mine, True),
        (mine, False),
        (of_sim, False),
        (list(mentions()), False),
    ):
        found = tuple(where for where in candidates if _reads(where, key, holders, with_holder))
        if found:
            return found
    return ()


def holders_of(parts: Sequence[str]) -> tuple[str, ...]:
    """The names by which code gets at a section, a tier or a table."""
    if parts[0] == "commissioning":
        return ("tiers", "tier")
    rows_of = {"areas": "AreaRow", "contracts": "ContractRow", "shocks": "Shock"}
    rows_of |= {"failures": "FailureRow", "referrals": "ReferralRow", "caseload": "CaseloadRow"}
    return (rows_of.get(parts[0], parts[0]),)


def _reads(where: str, key: str, holders: Sequence[str], with_holder: bool) -> bool:
    names, starts = mentions()[where]
    read = key in names or any(len(s) > len("fee_") and key.startswith(s) for s in starts)
    return read and (not with_holder or any(holder in names for holder in holders))


# Rules -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule of the model that is no number."""

    code: str
    rule: str
    evidence: str
    quality: str
    impact: str
    module: str

    @property
    def score(self) -> int:
        """As of a number."""
        return WEAKNESS[self.quality] * WEIGHT[self.impact]


def read_rules(path: Path) -> list[Rule]:
    """The rules, most wanting of attention first."""
    with path.open(encoding="utf-8", newline="") as file:
        found = [Rule(**row) for row in csv.DictReader(file)]
    return sorted(found, key=lambda rule: (-rule.score, rule.code))


# Page ------------------------------------------------------------------------------------------

HEAD = """# Assumptions register

Made by `python docs/make_pages.py assumptions`; do not edit it by hand. Every parameter, every
field of a tier, every column of numbers and every rule of the model, for Norfolk, with its
evidence.

- **Quality** of evidence: *high* (the councils' own documents, or a published source), *medium*
  (derived from such), *low* (from memory or estimated, to be verified), *assumption* (no source:
  what was assumed stands in its place), *choice* (a setting of the model, no figure of the world).
- **Impact**: *high*, *medium* or *low*. Where the column says *measured*, the parameter alone was
  moved to the ends of its range (or a quarter down and up) in Norfolk, whose first principal closes
  in April 2025: {replications} replications, {made}. High: the largest change is 25% or more of
  one of the first three of {outcomes}, or 5% of the last; medium: four tenths of that. A change
  below twice the noise of a market that has gone another way counts as none; the noise is {noise}
  of the four. One number is moved at a time: what two do together is not seen. The harm of one
  failure varies much by chance over so few replications: read changes of it below a half as hints.
  Other impacts are judgements.
- **Score** = weakness of evidence (0 choice, 1 high, 2 medium, 3 low or assumption) x impact (1 to
  3). The list begins where evidence is weak and impact high.
- **Where**: the modules of `sim/` that mention the number.

What these numbers do together is a matter for the fit ([validation.md](validation.md)); laws and
theory are in [verification.md](verification.md).
"""


def page(scenario: Scenario, docs: Path) -> str:
    """The register as Markdown."""
    found = rows(scenario, docs)
    noise = next(
        r for r in impact.read(docs / "tables" / "impact.csv") if r["parameter"] == impact.NOISE
    )
    measured = impact.measured(noise)
    shown = ", ".join(f"{100 * float(noise[name]):.0f}%" for name in measured)
    lines = [
        HEAD.format(
            replications=impact.REPLICATIONS,
            made=noise["range_from"],
            noise=shown,
            outcomes=", ".join(measured.values()),
        )
    ]
    lines += summary(found, read_rules(docs / "tables" / "rules.csv"))
    for title, part in parts(found):
        lines += ["", f"## {title}", "", *table(part)]
    lines += ["", "## Rules", "", *rule_table(read_rules(docs / "tables" / "rules.csv"))]
    return "\n".join(lines) + "\n"


def summary(found: Sequence[Row], rules: Sequence[Rule]) -> list[str]:
    """How many there are of each kind."""
    weak = [row for row in found if row.score == max(WEAKNESS.values()) * max(WEIGHT.values())]
    assumed = sum(row.quality == "assumption" for row in found)
    return [
        f"{len(found)} numbers and settings, {assumed} of them assumptions; {len(rules)} rules, "
        f"{sum(rule.quality == 'assumption' for rule in rules)} of them assumptions. "
        f"{len(weak)} numbers combine the weakest evidence with high impact."
    ]


def parts(found: Sequence[Row]) -> Iterator[tuple[str, list[Row]]]:
    """The register cut by score."""
    cuts = (
        ("Weak evidence, high impact (score 9)", range(9, 10)),
        ("Scores 6 to 8", range(6, 9)),
        ("Scores 1 to 5", range(1, 6)),
        ("Choices of the model, no figures (score 0)", range(1)),
    )
    for title, scores in cuts:
        yield title, [row for row in found if row.score in scores]


def table(found: Iterable[Row]) -> list[str]:
    """Rows as a Markdown table."""
    lines = [
        "| parameter | meaning | Norfolk | plausible | evidence | quality | impact | why | where |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for row in found:
        where = ", ".join(f"`{module.removeprefix('sim/')}`" for module in row.where)
        cells = (
            f"`{row.path}`",
            row.meaning,
            row.value,
            row.plausible,
            row.evidence,
            row.quality,
            row.impact,
            row.reason,
            where,
        )
        lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    return lines


def rule_table(rules: Sequence[Rule]) -> list[str]:
    """Rules as a Markdown table."""
    lines = ["| code | rule | evidence | quality | impact | where |", "|---|---|---|---|---|---|"]
    for rule in rules:
        where = f"`{rule.module.removeprefix('sim/')}`"
        cells = (rule.code, rule.rule, rule.evidence, rule.quality, rule.impact, where)
        lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    return lines
