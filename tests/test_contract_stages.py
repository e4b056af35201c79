"""A contract goes from stage to stage by legal steps alone, and is opened in one way."""

from __future__ import annotations

import ast
from itertools import product
from pathlib import Path

import pytest

from sim.market.contract import Contract, Terms, open_contract
from sim.market.contract_stage import LEGAL_STEPS, ContractStage, IllegalStepError
from sim.market.market import Market
from sim.scenario import load_scenario
from sim.simulation import Simulation

MODEL = Path(__file__).parents[1] / "sim"
NEW, OPEN, WON, RUNNING, HELPING, HELPING_WON, HELPED, HELPED_WON, ENDED = ContractStage
TERMS = Terms(6000, 30.0, mobilisation_days=10.0, ramp_start=0.5, ramp_days=20.0)
PATHS: dict[ContractStage, tuple[str, ...]] = {
    NEW: (),
    OPEN: ("begin",),
    WON: ("award",),
    RUNNING: ("award", "begin"),
    HELPING: ("help_out",),
    HELPING_WON: ("help_out", "award"),
    HELPED: ("help_out", "stop_helping"),
    HELPED_WON: ("help_out", "stop_helping", "award"),
    ENDED: ("award", "begin", "end"),
}
"""How each stage comes about."""


@pytest.fixture(scope="module")
def market() -> Market:
    settings = {"calendar.warm_up_weeks": 0, "calendar.end": "2024-02-01"}
    return Simulation(load_scenario("small", settings=settings), seed=1).market


def take(contract: Contract, step: str) -> None:
    if step == "award":
        contract.award(TERMS)
    else:
        getattr(contract, step)()


def contract_in(market: Market, stage: ContractStage) -> Contract:
    """A contract that has come to a stage by its own steps."""
    branch = market.branches[0]
    tier = 10 + len(branch.contracts)  # of no tier that is there: its area asks nobody for it
    contract = open_contract(branch, tier, TERMS)
    if stage in (NEW, OPEN):
        branch.area.hold(contract)
    for step in PATHS[stage]:
        take(contract, step)
    assert contract.stage is stage
    return contract


@pytest.mark.parametrize(("stage", "step"), list(product(ContractStage, LEGAL_STEPS)))
def test_a_step_leads_on_or_is_refused(market: Market, stage: ContractStage, step: str) -> None:
    contract = contract_in(market, stage)
    leads_to = LEGAL_STEPS[step].get(stage)
    if leads_to is None:
        before = {name: getattr(contract, name) for name in Contract.__slots__}
        with pytest.raises(IllegalStepError, match=f"{stage.name}: {step} is not allowed"):
            take(contract, step)
        assert before == {name: getattr(contract, name) for name in Contract.__slots__}
    else:
        if contract.emergency and contract not in contract.branch.area.contracts[contract.tier]:
            contract.branch.area.hold(contract)  # as one that closed while it helped still is
        take(contract, step)
        assert contract.stage is leads_to


def test_every_stage_is_left_by_some_step_and_reached_by_some() -> None:
    reached = {leads_to for steps in LEGAL_STEPS.values() for leads_to in steps.values()}
    assert reached | {NEW} == set(ContractStage)
    for stage in ContractStage:
        assert any(stage in steps for step, steps in LEGAL_STEPS.items() if step != "end")


def test_what_offers_read_is_the_stages_own(market: Market) -> None:
    for stage in ContractStage:
        contract = contract_in(market, stage)
        read = (contract.lot, contract.running, contract.emergency)
        assert read == (stage.lot, stage.running, stage.emergency)
    flags = {stage: (stage.lot, stage.running, stage.emergency) for stage in ContractStage}
    assert flags[NEW] == flags[ENDED], "they differ in what may follow"
    assert len(set(flags.values())) == len(flags) - 1


def test_a_contract_that_is_there_is_not_opened_again(market: Market) -> None:
    won = contract_in(market, WON)
    assert open_contract(won.branch, won.tier, Terms(None, 0.0)) is won
    assert (won.maximum_minutes, won.starts_day, won.mobilises_day) == (6000, 30.0, 20.0)
    assert won.contracted_minutes(19.9) == 0
    assert won.contracted_minutes(40.0) == 4500


def files() -> list[Path]:
    own = ("contract.py", "contract_stage.py")
    return [path for path in sorted(MODEL.rglob("*.py")) if path.name not in own]


@pytest.mark.parametrize("path", files(), ids=lambda path: path.name)
def test_nobody_else_sets_a_contract_up_or_its_stage(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    nouns = {
        alias.asname or alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module == "sim.market.contract"
        for alias in node.names
        if alias.name == "Contract"
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            assert node.func.id not in nouns, f"line {node.lineno}"
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            assert node.attr not in ("lot", "running", "emergency") or (
                path.name == "deliveries.py"  # which contracts run, as the ledger tells
            ), f"line {node.lineno}"
