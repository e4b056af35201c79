"""Pages made from declarations: complete, true to the source, and up to date."""

from __future__ import annotations

from math import exp
from pathlib import Path

import numpy as np
import pytest

from experiments.history.words import poisson_at_least
from experiments.pages import impact, register, stress_des, verification
from experiments.pages.reference import parameter_rows
from sim.outcomes.catalogue import declared
from sim.scenario import Scenario

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"


def test_each_parameter_has_a_row_and_a_place(norfolk: Scenario) -> None:
    rows = {row.path: row for row in register.rows(norfolk, DOCS)}
    assert {row.path for row in parameter_rows(norfolk)} <= set(rows)
    nowhere = {path for path, row in rows.items() if not row.where}
    assert nowhere <= {"money.residential_gbp_per_week"}  # declared, read by nothing yet
    for row in rows.values():
        for place in row.where:
            assert (ROOT / place).is_file()


def test_weak_evidence_with_high_impact_comes_first(norfolk: Scenario) -> None:
    scores = [row.score for row in register.rows(norfolk, DOCS)]
    assert scores == sorted(scores, reverse=True)
    assert scores[0] == 9


def test_every_rule_lives_in_a_module() -> None:
    rules = register.read_rules(DOCS / "tables" / "rules.csv")
    assert len({rule.code for rule in rules}) == len(rules)
    assert all((ROOT / rule.module).is_file() for rule in rules)


def test_every_test_named_in_the_log_exists() -> None:
    claims = verification.read_claims(DOCS / "tables" / "verification.csv")
    claims += verification.rungs(DOCS / "reference" / "theory.md")
    named = {test for claim in claims for test in claim.tests}
    assert named - verification.tests_in(ROOT / "tests") == set()


@pytest.mark.parametrize("item", ["1.1", "1.3", "2.4", "2.5.5", "3.4", "4.3", "5.4", "6.1"])
def test_every_item_of_the_checklist_is_answered(item: str) -> None:
    assert f"\n## {item} " in (DOCS / "reference" / "stress_des.md").read_text(encoding="utf-8")


def test_the_pages_are_up_to_date(norfolk: Scenario) -> None:
    read = {
        name: (DOCS / "reference" / f"{name}.md").read_text(encoding="utf-8")
        for name in ("assumptions", "verification", "stress_des")
    }
    assert read["assumptions"] == register.page(norfolk, DOCS)
    assert read["verification"] == verification.page(DOCS)
    assert read["stress_des"] == stress_des.filled(read["stress_des"], norfolk, ROOT)


def test_two_or_more_of_a_poisson_law() -> None:
    assert poisson_at_least(2, 1.0) == pytest.approx(1 - 2 * exp(-1))


def test_what_impact_is_measured_by_is_an_outcome_of_a_run(norfolk: Scenario) -> None:
    known = {one.name for one in declared([t.code for t in norfolk.commissioning.tiers])}
    assert set(impact.OUTCOMES) <= known
    assert not set(impact.MEASURED_BEFORE) & known
    measured = impact.measured(impact.read(ROOT / "docs" / "tables" / "impact.csv")[0])
    assert len(measured) == len(impact.OUTCOMES)


@pytest.mark.parametrize(
    "head",
    [("parameter", "low", "high", "range_from", "other"), impact.HEAD],
    ids=["other outcomes", "another version"],
)
def test_another_measurement_is_not_gone_on_with(tmp_path: Path, head: tuple[str, ...]) -> None:
    file = tmp_path / "impact.csv"
    impact.write(file, head, mode="w")
    impact.write(file, (impact.NOISE, "", "", "caremarket 0.1.0", *("0.1",) * (len(head) - 4)))
    before = file.read_bytes()
    with pytest.raises(ValueError, match="measured otherwise"):
        impact.measure(file)
    assert file.read_bytes() == before


@pytest.mark.long
def test_the_outcomes_of_impact_are_known_where_a_principal_closes() -> None:
    found = impact.figures({})
    assert found is not None and np.isfinite(found).all() and (found > 0).all()
