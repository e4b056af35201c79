"""The verification log: each law or theorem, the test that holds the model to it, and its result.

Laws and relations stand in ``docs/tables/verification.csv``; the rungs of the theory ladder in the
table of ``docs/reference/theory.md``; the measured means beside the theoretical ones in
``docs/tables/theory_results.csv``, which is made by running the tests.
"""

from __future__ import annotations

import ast
import csv
import re
import subprocess
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from experiments.results.csv_files import write_rows
from sim import __version__

RESULT = re.compile(
    r"^(\S+) \+- (\S+), theory (\S+), p = (\S+)$",
)
SECTION = re.compile(r"^_{3,} (test_\w+)(?:\[(.*)\])? _{3,}$")
RESULT_HEAD = ("test", "case", "part", "model", "standard_error", "theory", "p", "made_by")


@dataclass(frozen=True, slots=True)
class Claim:
    """Something that must hold, where it comes from, how it is checked, and by which tests."""

    code: str
    holds: str
    source: str
    how: str
    tests: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Result:
    """One number of a theory test: the model's mean beside the theoretical value."""

    test: str
    case: str
    model: float
    standard_error: float
    theory: float
    p: float
    made_by: str


def read_claims(path: Path) -> list[Claim]:
    """The claims of a file."""
    with path.open(encoding="utf-8", newline="") as file:
        return [
            Claim(row["code"], row["holds"], row["from"], row["how"], tuple(row["tests"].split()))
            for row in csv.DictReader(file)
        ]


def tests_in(folder: Path) -> set[str]:
    """Every test function as ``tests/file.py::name``, read from the source."""
    found = set()
    for path in sorted(folder.glob("test_*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        names = [node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
        found |= {f"{folder.name}/{path.name}::{n}" for n in names if n.startswith("test_")}
    return found


def rungs(theory: Path) -> list[Claim]:
    """The rungs of the ladder, from the table of the theory page."""
    text = theory.read_text(encoding="utf-8")
    found = []
    for line in text.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("|") and len(cells) == 5 and cells[4].startswith("`test_"):
            name = cells[4].strip("`")
            holds = f"{cells[0]}: {cells[2]}"
            how = f"hypothesis test; laws of stay: {cells[3]}"
            if "exact" in cells[2]:
                how = "exact"
            found.append(Claim("", holds, "theory", how, (f"tests/test_theory.py::{name}",)))
    return [
        Claim(f"H{number:02}", claim.holds, claim.source, claim.how, claim.tests)
        for number, claim in enumerate(found, start=1)
    ]


def measure(root: Path, path: Path) -> None:
    """Run the quick theory tests and keep the numbers that they compare."""
    words = ["-m", "pytest", "-q", "-rP", "-p", "no:cacheprovider", "tests/test_theory.py"]
    done = subprocess.run(
        [sys.executable, *words], cwd=root, capture_output=True, encoding="utf-8", check=False
    )
    found = results_of(done.stdout.splitlines())
    if done.returncode or not found:
        raise RuntimeError(done.stdout[-2000:])
    write_rows(path, [RESULT_HEAD, *found])


def results_of(lines: Iterable[str]) -> list[tuple[object, ...]]:
    """The numbers printed by tests that passed."""
    found: list[tuple[object, ...]] = []
    test = case = ""
    part = 0
    for line in lines:
        section, result = SECTION.match(line), RESULT.match(line)
        if section:
            test, case, part = section[1], section[2] or "", 0
        elif result and test:
            part += 1
            numbers = map(Decimal, result.groups())
            found.append((test, case, part, *numbers, f"caremarket {__version__}"))
    return found


def read_results(path: Path) -> list[Result]:
    """The measured numbers."""
    with path.open(encoding="utf-8", newline="") as file:
        return [
            Result(
                row["test"],
                row["case"],
                float(row["model"]),
                float(row["standard_error"]),
                float(row["theory"]),
                float(row["p"]),
                row["made_by"],
            )
            for row in csv.DictReader(file)
        ]


HEAD = """# Verification log

Made by `python docs/make_pages.py verification`; do not edit it by hand. Each law, relation or
theorem that the model must obey whatever its parameters, the tests that hold it to it, and the
result. A test named here exists (a test of its own checks that), and the whole suite passes before
a version is published; so "holds" says that the tests passed, not more. How near the model comes
to what is on record in a county is another matter: the [validation log](validation.md). How each
theory rung is set up, and its rate of false alarms: [theory.md](theory.md).

- **every run**: checked on the ledger of every replication that anybody runs; a broken law stops
  it.
- **replayed**, **second way**: worked out again from the ledger in the tests.
- **hypothesis test**: means over replications against the theoretical value, two-sided, rejected
  below p = 0.001; numbers below.
"""


def page(docs: Path) -> str:
    """The log as Markdown."""
    results = read_results(docs / "tables" / "theory_results.csv")
    claims = read_claims(docs / "tables" / "verification.csv")
    ladder = rungs(docs / "reference" / "theory.md")
    groups = (
        ("Laws", "L", claims),
        ("Relations", "R", claims),
        ("Queueing theory, with everything else switched off", "H", ladder),
        ("Travel", "G", claims),
        ("Money", "M", claims),
        ("Quality", "Q", claims),
        ("Failure", "F", claims),
        ("Overload", "O", claims),
        ("Roll-out", "T", claims),
        ("Shape of the code", "A", claims),
        ("Work that is disturbed", "W", claims),
    )
    lines = [HEAD]
    for title, letter, held in groups:
        mine = [claim for claim in held if claim.code.startswith(letter)]
        lines += [f"## {title}", "", *table(mine, results), ""]
    lines += ["## Theory, number by number", "", *numbers(results)]
    return "\n".join(lines) + "\n"


def table(claims: Sequence[Claim], results: Sequence[Result]) -> list[str]:
    """Claims as a Markdown table."""
    lines = ["| code | must hold | from | how | result | tests |", "|---|---|---|---|---|---|"]
    for claim in claims:
        tests = ", ".join(f"`{test.split('::')[1]}`" for test in claim.tests)
        cells = (claim.code, claim.holds, claim.source, claim.how, result(claim, results), tests)
        lines.append("| " + " | ".join(cells) + " |")
    return lines


NOT_MET = "not met"
"""In a row's ``how``: its test is known to fail, and says so when it no longer does."""


def result(claim: Claim, results: Sequence[Result]) -> str:
    """What the tests found."""
    if NOT_MET in claim.how:
        return "does not hold"
    names = {test.split("::")[1] for test in claim.tests}
    mine = [row for row in results if row.test in names]
    if not mine:
        return "holds"
    return f"not rejected in {len(mine)} comparison{'s' * (len(mine) > 1)}; least p = " + (
        f"{min(row.p for row in mine):.3f}"
    )


def numbers(results: Sequence[Result]) -> list[str]:
    """Every comparison with theory."""
    made = ", ".join(sorted({row.made_by for row in results}))
    lines = [
        f"{len(results)} comparisons, {made}; model: mean over replications ± standard error.",
        "",
        "| test | case | model | theory | p |",
        "|---|---|---|---|---|",
    ]
    for row in results:
        told = f"{row.model:.5g} ± {row.standard_error:.2g}"
        lines.append(f"| `{row.test}` | {row.case} | {told} | {row.theory:.5g} | {row.p:.3f} |")
    return lines
