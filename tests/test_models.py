"""Other councils' models on a county: what they are there, and that they can be checked."""

from __future__ import annotations

import csv
import json
import shutil
from collections import Counter
from datetime import date
from pathlib import Path

import pytest
from command_line import spawned
from pydantic import ValidationError

from experiments.models.blocks import Blocks, read_blocks
from experiments.models.rules import shipped_models, under
from sim.ledger import Cause
from sim.scenario import Scenario, load_scenario
from sim.scenario.plausibility import warnings
from sim.scenario.reading import COMMISSIONING_MODELS, COUNTIES
from sim.scenario.tables import CommissioningModel, Contract, Shock
from sim.simulation import simulate

BLOCKS = "staffordshire_capacity_blocks"
ONE_PROVIDER = "one_provider_each_area"
OTHERS = ("norfolk", "leicestershire", "rotherham", "small")
"""Counties that blocks can be put on."""
QUIET = {
    "calendar.warm_up_weeks": 8,
    "calendar.end": "2025-12-31",
    "quality.applies": False,
    "money.reserves_weeks": 50,
    "money.least_yearly_margin": -1,
}


def rows_in_blocks(scenario: Scenario) -> list[Contract]:
    return [
        row for row in scenario.commissioning.contracts if row.tier.startswith("capacity_block")
    ]


def share_in_blocks(scenario: Scenario) -> float:
    """Hours under blocks, of all hours of the county."""
    model = scenario.commissioning
    hours = {row.code: row.hours_per_four_weeks for row in scenario.areas}
    held = {(row.area, row.tier) for row in rows_in_blocks(scenario)}
    blocks = sum(hours[area] * (model.tier(tier).share_of_area_hours or 0) for area, tier in held)
    return blocks / sum(hours.values())


@pytest.fixture(scope="module")
def staffordshire() -> Scenario:
    return load_scenario("staffordshire")


# Blocks on another county -----------------------------------------------------------------------


@pytest.mark.parametrize("county", OTHERS)
def test_blocks_elsewhere_are_as_many_and_as_large_as_in_their_own_county(
    county: str, staffordshire: Scenario
) -> None:
    scenario = under(load_scenario(county), BLOCKS)
    rows, home = rows_in_blocks(scenario), rows_in_blocks(staffordshire)
    zones = len(staffordshire.areas) - len(home)
    assert len(rows) / len(scenario.areas) == pytest.approx(len(home) / zones, rel=0.15)
    assert share_in_blocks(staffordshire) == pytest.approx(0.166, abs=0.001)
    assert share_in_blocks(scenario) == pytest.approx(share_in_blocks(staffordshire), abs=0.025)


def test_norfolk_has_thirty_blocks_in_two_thirds_of_its_areas() -> None:
    """As eight of twelve zones have nineteen."""
    scenario = under(load_scenario("norfolk"), BLOCKS)
    rows = rows_in_blocks(scenario)
    assert len(rows) == 30 and len({row.area for row in rows}) == 12
    assert "30 blocks, each 10% of an area's hours, in 12 of 18 areas" in (
        scenario.commissioning.name
    )


@pytest.mark.parametrize("county", OTHERS)
def test_nobody_holds_more_blocks_than_the_largest_holder_does(
    county: str, staffordshire: Scenario
) -> None:
    most = max(Counter(row.provider for row in rows_in_blocks(staffordshire)).values())
    rows = rows_in_blocks(under(load_scenario(county), BLOCKS))
    assert max(Counter(row.provider for row in rows).values()) <= most == 5
    assert len({(row.provider, row.area) for row in rows}) == len(rows)


def test_the_cap_binds_where_one_provider_is_the_largest_everywhere() -> None:
    norfolk = load_scenario("norfolk")
    first = min(row.provider for row in norfolk.branches)
    like = next(row for row in norfolk.branches if row.provider == first)
    largest = tuple(
        like.model_copy(update={"area": area.code, "council_hours_per_week": 1e5})
        for area in norfolk.areas
    )
    rest = tuple(row for row in norfolk.branches if row.provider != first)
    rated = tuple(row.model_copy(update={"rating": "good"}) for row in norfolk.providers)
    greedy = norfolk.model_copy(update={"branches": (*rest, *largest), "providers": rated})
    held = Counter(row.provider for row in rows_in_blocks(under(greedy, BLOCKS)))
    assert held[first] == 5 and sum(held.values()) == 30


def test_an_area_with_too_few_teams_has_fewer_blocks_not_larger_ones() -> None:
    small = load_scenario("small")
    area = min(row.code for row in small.areas)
    blocks = read_blocks(COMMISSIONING_MODELS / BLOCKS)
    assert blocks is not None and blocks.numbers(small)[area] == 3
    mine = [row for row in small.branches if row.area == area]
    kept = tuple(row for row in small.branches if row.area != area or row in mine[:2])
    scenario = under(small.model_copy(update={"branches": kept}), BLOCKS)
    held = [row for row in rows_in_blocks(scenario) if row.area == area]
    tier = scenario.commissioning.tier(held[0].tier)
    assert len(held) <= 2 and tier.share_of_area_hours == pytest.approx(0.1 * len(held))


def test_each_block_is_a_tenth_of_its_area_and_paid_for_at_least_by_half() -> None:
    """Once hardly anybody is referred any more, the guarantee is what is paid."""
    small = load_scenario("small", settings=QUIET)
    fewer = Shock(date=date(2025, 1, 1), kind="referrals", size=0.05, source="test")
    scenario = under(small.model_copy(update={"shocks": (fewer,)}), BLOCKS)
    ledger = simulate(scenario, seed=1)
    hours = {row.code: row.hours_per_four_weeks for row in scenario.areas}
    names = ledger.labels
    begun: dict[tuple[int, int], tuple[float, int]] = {}
    ended: set[tuple[int, int]] = set()
    for day, branch, tier, most, cause in ledger.rows("contracted"):
        if names.tiers[int(tier)].startswith("capacity_block"):
            if cause == Cause.CONTRACT_STARTED:
                begun[int(branch), int(tier)] = day, int(most)
            elif cause == Cause.CONTRACT_ENDED:
                ended.add((int(branch), int(tier)))
    assert len(begun) == len(rows_in_blocks(scenario)) == 9
    topped_up = 0
    paid = ledger.columns("paid")
    columns = (paid[name].tolist() for name in ("day", "branch", "tier", "delivered", "minutes"))
    for day, branch, tier, delivered, minutes in zip(*columns, strict=True):
        if (branch, tier) not in begun or (branch, tier) in ended:
            continue
        started, most = begun[branch, tier]
        area = names.areas[names.branch_area[branch]]
        assert most == round(hours[area] / 4 * 0.1 * 60)
        if day - 28 >= started:
            assert 0.5 * 4 * most - 1 <= minutes <= 4 * most + 1
            topped_up += minutes > delivered
    assert topped_up > 20


def test_half_of_the_other_teams_stand_behind_the_blocks() -> None:
    """As 50 contracts stood behind those of nine block holders among 109 providers."""
    norfolk = load_scenario("norfolk")
    scenario = under(norfolk, BLOCKS)
    poor = {row.code for row in norfolk.providers if row.rating == "inadequate"}
    blocks = {(row.provider, row.area) for row in rows_in_blocks(scenario)}
    behind = Counter(r.area for r in scenario.commissioning.contracts if r.tier == "framework")
    for area in norfolk.areas:
        teams = {
            row.provider
            for row in norfolk.branches
            if row.area == area.code and row.provider not in poor
        }
        free = sum((team, area.code) not in blocks for team in teams)
        assert behind[area.code] == min(free, max(3, int(free / 2 + 0.5)))
    both = {(r.provider, r.area) for r in scenario.commissioning.contracts if r.tier == "framework"}
    assert not both & blocks


@pytest.mark.parametrize(
    ("changed", "wrong"),
    [
        ({"blocks_by_area": (3, 11)}, "more than all its hours"),
        ({"blocks_by_area": (2, -1)}, "fewer than 0"),
        ({"blocks_by_area": ()}, "at least 1 item"),
        ({"most_blocks_a_provider": 0}, "greater than or equal to 1"),
    ],
)
def test_blocks_that_cannot_be_are_refused(changed: dict[str, object], wrong: str) -> None:
    blocks = read_blocks(COMMISSIONING_MODELS / BLOCKS)
    assert blocks is not None
    with pytest.raises(ValidationError, match=wrong):
        Blocks.model_validate({**blocks.model_dump(), **changed})


# Every model ------------------------------------------------------------------------------------


@pytest.mark.parametrize("code", shipped_models())
def test_only_the_model_that_says_so_gives_an_area_to_one_provider(code: str) -> None:
    """A council's name on a model that no council has would mislead."""
    model = under(load_scenario("norfolk"), code).commissioning
    wholly = [
        tier
        for tier in model.tiers
        if tier.share_of_area_hours == 1
        and max(Counter(r.area for r in model.contracts if r.tier == tier.code).values()) == 1
    ]
    assert bool(wholly) == (code == ONE_PROVIDER)


@pytest.mark.parametrize("county", OTHERS)
@pytest.mark.parametrize("code", shipped_models())
def test_no_area_has_more_than_all_its_hours_under_contract(county: str, code: str) -> None:
    model = under(load_scenario(county), code).commissioning
    contracted: dict[str, float] = {}
    for area, tier in {(row.area, row.tier) for row in model.contracts}:
        share = model.tier(tier).share_of_area_hours or 0
        contracted[area] = contracted.get(area, 0) + share
    assert all(share <= 1 + 1e-9 for share in contracted.values())


@pytest.mark.parametrize("code", shipped_models())
def test_the_order_of_rows_does_not_matter(code: str) -> None:
    norfolk = load_scenario("norfolk")
    turned = norfolk.model_copy(
        update={name: getattr(norfolk, name)[::-1] for name in ("areas", "branches", "providers")}
    )
    assert under(turned, code).commissioning == under(norfolk, code).commissioning


def written(folder: Path, county: str, model: CommissioningModel) -> Path:
    """A county's folder with a model of its own inside."""
    shutil.copytree(COUNTIES / county, folder)
    (folder / model.code).mkdir()
    told = model.model_dump(mode="json", exclude_none=True)
    text = [f"{key} = {json.dumps(told[key])}" for key in told if key not in INSIDE]
    for table in ("tiers", "phases"):
        for row in told[table]:
            text += [f"[[{table}]]", *(f"{key} = {json.dumps(row[key])}" for key in row)]
    path = folder / model.code / "model.toml"
    path.write_text("\n".join(text) + "\n", encoding="utf-8", newline="\n")
    with (folder / model.code / "contracts.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(Contract.model_fields))
        writer.writeheader()
        writer.writerows(row.model_dump() for row in model.contracts)
    return folder


INSIDE = ("tiers", "phases", "contracts", "prices")


@pytest.mark.parametrize("county", ["norfolk", "small"])
@pytest.mark.parametrize("code", shipped_models())
def test_each_model_stands_every_check(tmp_path: Path, county: str, code: str) -> None:
    model = under(load_scenario(county), code).commissioning
    folder = written(tmp_path / "county", county, model)
    loaded = load_scenario(folder, commissioning=code)
    assert loaded.commissioning == model
    if code == BLOCKS and county == "norfolk":
        assert not [one for one in warnings(loaded) if "are meant" in one or "principal" in one]


def test_the_command_checks_blocks_too(tmp_path: Path) -> None:
    model = under(load_scenario("norfolk"), BLOCKS).commissioning
    folder = written(tmp_path / "county", "norfolk", model)
    done = spawned(tmp_path, "check", str(folder), "--commissioning", BLOCKS)
    assert done.code == 0, done.err
    assert "capacity_blocks_3" in done.out or "Capacity block" in done.out


@pytest.mark.parametrize(("county", "tier"), [("leicestershire", "lead"), ("rotherham", "zoned")])
@pytest.mark.parametrize("code", [BLOCKS, ONE_PROVIDER, "norfolk_principal_provider"])
def test_until_go_live_the_countys_own_holders_are_asked(county: str, tier: str, code: str) -> None:
    own = load_scenario(county)
    before = [row for row in own.commissioning.contracts if row.tier == tier]
    kept = [row for row in under(own, code).commissioning.contracts if row.tier == tier]
    assert kept == before != []


PAGE = (Path(__file__).parents[1] / "docs" / "explanation" / "comparison.md").read_text(
    encoding="utf-8"
)


@pytest.mark.parametrize("code", shipped_models())
def test_the_page_says_what_each_name_stands_for(code: str) -> None:
    assert f"| `{code}` |" in PAGE


def test_the_page_tells_of_the_blocks_that_norfolk_has() -> None:
    rows = rows_in_blocks(under(load_scenario("norfolk"), BLOCKS))
    held = Counter(row.provider for row in rows)
    areas = len({row.area for row in rows})
    assert f"{len(rows)} blocks in {areas} of 18 areas" in PAGE
    assert f"{len(held)} holders" in PAGE and max(held.values()) == 4
