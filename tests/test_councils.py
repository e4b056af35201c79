"""Four councils on one engine: what their documents tell can be written as data and appears."""

from __future__ import annotations

import re

import numpy as np
import pytest

from experiments.models.rules import holders, shipped_models, under
from sim.ledger import IDS_PER_AREA, LOSSES, NUMBERS, Cause, Ledger, Stage
from sim.market.pay import wanting
from sim.outcomes.histories import spells
from sim.outcomes.measures import measured
from sim.scenario import Scenario, load_scenario
from sim.scenario.reading import COMMISSIONING_MODELS, COUNTIES
from sim.simulation import simulate

COUNCILS = ("leicestershire", "norfolk", "rotherham", "staffordshire", "small")
FIRMS = r"mears|allied|radis|harmony|homestay|castlerock|archangel|nexxus|icare|custom care|london"
SHORT = {"calendar.warm_up_weeks": 8}


def accepted_by_tier(ledger: Ledger, scenario: Scenario, area: str | None = None) -> dict[str, int]:
    """Packages accepted from the first day on, by tier."""
    told = ledger.columns("accepted")
    kept = told["day"] >= 0
    if area is not None:
        kept &= told["package"] // IDS_PER_AREA == ledger.labels.areas.index(area)
    counts = np.bincount(told["tier"][kept], minlength=len(ledger.labels.tiers))
    return dict(zip(ledger.labels.tiers, counts.tolist(), strict=True))


def loaded(county: str, **changes: object) -> Scenario:
    settings = {**SHORT, **{k.replace("__", "."): v for k, v in changes.items()}}
    return load_scenario(county, settings=settings)


@pytest.mark.parametrize("county", COUNCILS)
def test_a_council_loads_without_a_fault_and_names_no_firm(county: str) -> None:
    scenario = load_scenario(county)
    assert scenario.areas and scenario.commissioning.tiers
    for folder in (COUNTIES / county, COMMISSIONING_MODELS / scenario.commissioning.code):
        for path in (path for path in folder.rglob("*") if path.is_file()):
            text = path.read_text(encoding="utf-8").lower()
            found = re.findall(rf"\\b(?:{FIRMS})\\b", text)
            assert not set(found) - {"allied"} or path.suffix == ".toml", (path, found)


@pytest.mark.parametrize("name", ["leicestershire", "rotherham", "staffordshire"])
def test_every_override_of_a_council_can_be_applied(name: str) -> None:
    import tomllib

    text = (COUNTIES / name / "overrides.toml").read_text(encoding="utf-8")
    base = load_scenario(name)
    for override in tomllib.loads(text):
        assert load_scenario(name, overrides=[override]).identity != base.identity, override


# Leicestershire ---------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def leicestershire() -> Scenario:
    zones = ("CHARNWOOD_NORTH", "MELTON", "HARBOROUGH_RURAL")
    whole = loaded(
        "leicestershire",
        calendar__end="2022-06-30",
        **{f"areas__{zone}__go_live": "2020-07-01" for zone in zones},
    )
    model = whole.commissioning
    rows = tuple(row for row in model.contracts if row.area in zones)
    return whole.model_copy(
        update={
            "areas": tuple(row for row in whole.areas if row.code in zones),
            "branches": tuple(row for row in whole.branches if row.area in zones),
            "commissioning": model.model_copy(update={"contracts": rows}),
        }
    )


def test_fourteen_zones_of_five_kinds_and_two_primes_in_all_but_the_free_one() -> None:
    scenario = load_scenario("leicestershire")
    kinds = [row.locality for row in scenario.areas]
    assert {kind: kinds.count(kind) for kind in set(kinds)} == {
        "large": 6, "medium": 3, "small town": 3, "small rural": 1, "rural free": 1,
    }  # fmt: skip
    primes: dict[str, int] = {}
    for row in scenario.commissioning.contracts:
        if row.tier == "prime":
            primes[row.area] = primes.get(row.area, 0) + 1
    assert set(primes.values()) == {2} and len(primes) == 13
    assert "HARBOROUGH_RURAL" not in primes


def test_prices_follow_four_levels() -> None:
    rules = load_scenario("leicestershire").willingness
    levels = [18.75 * rules.fee_ratio_fringe, 18.75 * rules.fee_ratio_rural]
    levels.append(18.75 * rules.fee_ratio_isolated)
    assert levels == pytest.approx([19.95, 22.95, 26.15], abs=0.02)


def test_primes_take_a_quarter_where_there_are_any_and_none_in_the_free_zone(
    leicestershire: Scenario,
) -> None:
    by_primes = of_all = 0
    for seed in range(1, 7):
        ledger = simulate(leicestershire, seed=seed)
        free = accepted_by_tier(ledger, leicestershire, "HARBOROUGH_RURAL")
        assert free["prime"] == 0 and free["supplementary"] > 0
        town = accepted_by_tier(ledger, leicestershire, "CHARNWOOD_NORTH")
        assert town["supplementary"] > 0
        by_primes, of_all = by_primes + town["prime"], of_all + sum(town.values())
    assert by_primes > 0.25 * of_all


@pytest.mark.long
def test_first_refusal_lets_primes_leave_the_country_to_others(leicestershire: Scenario) -> None:
    """Cherry-picking (SL28): with one price primes want homes in the country less; obliged, not."""
    prime = leicestershire.commissioning.tier("prime")
    rules = leicestershire.willingness
    one_price = rules.model_copy(
        update={"fee_ratio_fringe": 1.0, "fee_ratio_rural": 1.0, "fee_ratio_isolated": 1.0}
    )
    picking = wanting(one_price, prime.obligation, prime.rate_ratio)
    assert picking[0] > picking[1] > picking[2] > picking[3]
    assert len(set(wanting(one_price, 1.0, prime.rate_ratio))) == 1
    assert wanting(rules, prime.obligation, prime.rate_ratio)[3] > picking[3]

    # Where carers are scarce, room decides; so nobody lacks any here, and primes are not obliged.
    free = {"commissioning.tiers.prime.obligation": 0.0, "workforce.unlimited_capacity": True}
    priced = load_scenario("leicestershire", settings={**SHORT, **free})
    flat = priced.model_copy(update={"willingness": one_price})
    assert far_homes_taken_by_primes(flat) < far_homes_taken_by_primes(priced) - 0.02


def far_homes_taken_by_primes(scenario: Scenario) -> float:
    """Of homes in the country, the share that primes take; two runs, so to 0.01."""
    by_primes = of_all = 0
    for seed in (2, 3):
        ledger = simulate(scenario, seed=seed)
        told, referred = ledger.columns("accepted"), ledger.columns("referred")
        homes = dict(
            zip(referred["package"].tolist(), referred["settlement"].tolist(), strict=True)
        )
        after = told["day"] > 250
        far = np.array([homes[p] >= 2 for p in told["package"][after].tolist()])
        tiers = told["tier"][after][far]
        prime, supplementary = (
            ledger.labels.tiers.index(code) for code in ("prime", "supplementary")
        )
        by_primes += int((tiers == prime).sum())
        of_all += int(np.isin(tiers, (prime, supplementary)).sum())
    return by_primes / of_all


def test_in_an_open_framework_roles_emerge() -> None:
    """Nobody is named, and yet three have a fifth more than their share (SL25)."""
    scenario = load_scenario(
        "leicestershire",
        commissioning="leicestershire_open_framework",
        settings={**SHORT, "calendar.end": "2022-12-31"},
    )
    ledger = simulate(scenario, seed=1)
    histories = spells(ledger)
    last = histories.where(histories.in_stage(Stage.IN_SERVICE) & (histories.end >= scenario.days))
    owners = np.array(ledger.labels.branch_provider)[last.branch]
    for area in range(len(ledger.labels.areas)):
        mine = owners[last.area == area]
        counts = np.sort(np.bincount(mine))[::-1]
        serving = int((counts > 0).sum())
        if mine.size > 50 and serving >= 8:
            assert counts[:3].sum() > 1.2 * 3 / serving * mine.size


def test_the_shock_of_2020_moves_starts_and_people_as_published() -> None:
    scenario = load_scenario(
        "leicestershire",
        overrides=["demand_shock_2020"],
        settings={"calendar.end": "2021-01-03"},
    )
    found = measured(simulate(scenario, seed=1), scenario)
    assert 1.35 < found["SHOCK_STARTS_SUMMER"] < 2.1
    assert 1.15 < found["SHOCK_PEOPLE"] < 1.35
    assert 1.07 < found["SHOCK_HOURS_EACH"] < 1.2
    usual = load_scenario("leicestershire", settings={"calendar.end": "2021-01-03"})
    without = measured(simulate(usual, seed=1), usual)
    assert without["SHOCK_PEOPLE"] < 1.08
    assert scenario.targets != usual.targets  # with it, its rows must hold


# Rotherham --------------------------------------------------------------------------------------


def test_zoned_providers_come_first_and_back_ups_take_the_rest() -> None:
    scenario = loaded("rotherham", calendar__end="2018-12-31")
    ledger = simulate(scenario, seed=1)
    taken = accepted_by_tier(ledger, scenario)
    assert taken["zoned"] > taken["back_up"] > 0
    holder = {row.area: row.provider for row in scenario.commissioning.contracts
              if row.tier == "zoned"}  # fmt: skip
    told = ledger.columns("accepted")
    zoned = (told["tier"] == ledger.labels.tiers.index("zoned")) & (told["day"] >= 0)
    for branch in set(told["branch"][zoned].tolist()):
        provider, area = ledger.labels.branches[int(branch)].split(":")
        assert holder[area] == provider


def test_costly_packages_go_to_a_mini_tender_and_others_do_not() -> None:
    scenario = loaded("rotherham", calendar__end="2018-12-31")
    ledger = simulate(scenario, seed=1)
    told, referred = ledger.columns("accepted"), ledger.columns("referred")
    minutes = dict(zip(referred["package"].tolist(), referred["minutes"].tolist(), strict=True))
    tender = told["tier"] == ledger.labels.tiers.index("mini_tender")
    sizes = np.array([minutes[package] for package in told["package"].tolist()])
    first = (told["day"] >= 0) & tender
    assert first.sum() > 10
    assert (sizes[first] >= 0.7 * 40 * 60).all()  # reviews change hours meanwhile
    without = scenario.commissioning.model_copy(
        update={
            "tiers": tuple(
                tier.model_copy(update={"from_hours_per_week": 500.0})
                if tier.code == "mini_tender" else tier
                for tier in scenario.commissioning.tiers
            )
        }
    )  # fmt: skip
    spared = scenario.model_copy(update={"commissioning": without})
    assert accepted_by_tier(simulate(spared, seed=1), spared)["mini_tender"] == 0


def test_payment_is_for_hours_delivered_a_tenth_below_planned() -> None:
    scenario = loaded("rotherham", calendar__end="2018-12-31")
    ledger = simulate(scenario, seed=1)
    found = measured(ledger, scenario)
    assert 0.87 < found["DELIVERED"] < 0.91
    paid = ledger.columns("paid")
    spot = paid["spending"] == 1
    assert (paid["minutes"][spot] <= paid["delivered"][spot] + 1).all()


def test_the_failure_of_a_national_provider_is_taken_over_inside_the_framework() -> None:
    scenario = load_scenario(
        "rotherham",
        overrides=["national_provider_fails"],
        settings={**SHORT, "calendar.end": "2019-06-30"},
    )
    assert [row.who for row in scenario.failures] == ["P008"]
    ledger = simulate(scenario, seed=1)
    causes = {Cause(int(cause)) for _, who, _, cause in ledger.rows("traded")
              if ledger.labels.providers[int(who)] == "P008"}  # fmt: skip
    assert Cause.CLOSED in causes
    assert not [row for row in ledger.rows("contracted") if row[-1] == Cause.TENDERED]


@pytest.mark.parametrize("overrides", [(), ("national_provider_fails",)])
def test_the_base_is_calm_and_stays_so_when_a_national_provider_fails(
    overrides: tuple[str, ...],
) -> None:
    """Document 003: capacity broadly meets demand, and few discharges wait for a package."""
    scenario = load_scenario(
        "rotherham", overrides=overrides, settings={"calendar.end": "2019-01-31"}
    )
    found = [measured(simulate(scenario, seed=1, replication=n), scenario) for n in range(2)]
    rows = {row.code: row for row in scenario.targets}
    for code in ("LIST", "UNDELIVERED", "DELAYED_DAYS"):
        mean = float(np.mean([one[code] for one in found]))
        assert rows[code].low <= mean <= rows[code].high, code


def test_bridging_costs_reablement_where_a_council_says_so_alone() -> None:
    """Norfolk does (SM29); document 003 has a fast-response team of its own."""
    causes = {
        county: set(
            simulate(load_scenario(county), seed=1, until=-180.0).columns("moved")["cause"].tolist()
        )
        for county in ("norfolk", "rotherham")
    }
    assert Cause.REABLEMENT_NOT_DONE in causes["norfolk"]
    assert Cause.REABLEMENT_NOT_DONE not in causes["rotherham"]


# Staffordshire ----------------------------------------------------------------------------------


def test_blocks_lie_in_eight_zones_one_provider_each() -> None:
    scenario = load_scenario("staffordshire")
    blocks = [row for row in scenario.commissioning.contracts if row.tier == "capacity_block"]
    assert len({row.area for row in blocks}) == len(blocks) == 19
    assert len({row.provider for row in blocks}) == 9
    held: dict[str, int] = {}
    for row in blocks:
        held[row.provider] = held.get(row.provider, 0) + 1
    assert held["BLOCK_2"] == 5 and held["BLOCK_7"] == 3
    names = {row.code: row.name for row in scenario.areas}
    assert len({names[row.area].split(",")[0] for row in blocks}) == 8
    contracted = {row.provider for row in scenario.commissioning.contracts}
    assert len(contracted) == 59


def test_inside_a_block_all_need_goes_to_its_holder_and_rounds_are_short() -> None:
    scenario = loaded("staffordshire", calendar__end="2018-12-31")
    ledger = simulate(scenario, seed=1)
    block = next(row for row in scenario.commissioning.contracts if row.tier == "capacity_block")
    inside = accepted_by_tier(ledger, scenario, block.area)
    assert inside["capacity_block"] > 0.6 * sum(inside.values())
    rest = accepted_by_tier(ledger, scenario, "TAMWORTH")
    assert rest["capacity_block"] == 0
    from sim.travel import travel_tables

    rows = {row.code: row for row in scenario.areas}
    tables = travel_tables(scenario)
    assert rows[block.area].area_km2 < 0.1 * rows["EAST_STAFFORDSHIRE"].area_km2
    assert tables is not None


def test_the_failure_of_one_holder_hits_five_zones_at_once() -> None:
    scenario = load_scenario(
        "staffordshire",
        overrides=["holder_of_five_zones_fails"],
        settings={**SHORT, "calendar.end": "2020-03-31", "money.applies": False},
    )
    ledger = simulate(scenario, seed=1)
    moved = ledger.columns("moved")
    day = float((scenario.failures[0].date - scenario.calendar.start).days)
    lost = (moved["day"] == day) & np.isin(moved["cause"], LOSSES)
    areas = {ledger.labels.areas[int(a)] for a in set(moved["package"][lost] // IDS_PER_AREA)}
    zones = {area.removesuffix("_BLOCK_2") for area in areas}
    assert len(zones) == 5


@pytest.mark.long
def test_winter_rotas_double_what_is_bridged() -> None:
    usual = loaded("staffordshire", calendar__end="2019-04-30")
    rotas = load_scenario(
        "staffordshire",
        overrides=["winter_rotas"],
        settings={**SHORT, "calendar.end": "2019-04-30"},
    )

    def bridged(scenario: Scenario, begins: float, ends: float) -> float:
        told = spells(simulate(scenario, seed=1))
        kept = told.where(told.in_stage(Stage.BRIDGED))
        length = np.clip(np.minimum(kept.end, ends) - np.maximum(kept.start, begins), 0, None)
        return float((length * kept.minutes).sum())

    assert bridged(rotas, 0, 330) == pytest.approx(bridged(usual, 0, 330))
    assert bridged(rotas, 340, 450) > 1.3 * bridged(usual, 340, 450)


# All --------------------------------------------------------------------------------------------


def test_the_countywide_framework_goes_on_without_principals() -> None:
    scenario = load_scenario(
        "norfolk",
        commissioning="norfolk_countywide_spot",
        settings={**SHORT, "calendar.end": "2024-12-31"},
    )
    taken = accepted_by_tier(simulate(scenario, seed=1), scenario)
    assert set(taken) == {"legacy_framework", "off_framework", "direct_payment"}
    assert taken["legacy_framework"] > 1000


def story(ledger: Ledger, upto: float) -> list[tuple[float, ...]]:
    """Every move but its tier, whose number differs between models."""
    return [(*row[:4], *row[5:]) for row in ledger.rows("moved") if row[0] < upto]


def test_every_model_can_be_put_on_a_county_with_the_same_people() -> None:
    base = load_scenario("small", settings={**SHORT, "calendar.end": "2025-06-30"})
    usual = simulate(base, seed=3)
    for code in shipped_models():
        scenario = under(base, code)
        ledger = simulate(scenario, seed=3)
        for fact in ("referred",):
            mine, theirs = ledger.columns(fact), usual.columns(fact)
            own = {p: m for p, m in zip(mine["package"], mine["minutes"], strict=True)
                   if p % IDS_PER_AREA < NUMBERS["no reablement"].start}  # fmt: skip
            other = {p: m for p, m in zip(theirs["package"], theirs["minutes"], strict=True)
                     if p % IDS_PER_AREA < NUMBERS["no reablement"].start}  # fmt: skip
            assert own == other
        live = min(row.go_live for row in base.areas if row.go_live)
        day = float((live - base.calendar.start).days)
        upto = day - 140  # holders recruit ahead of their first day
        assert story(ledger, upto) == story(usual, upto) != []


def test_holders_follow_the_stated_rules() -> None:
    norfolk = load_scenario("norfolk")
    scenario = under(norfolk, "leicestershire_prime_providers")
    rows = scenario.commissioning.contracts
    ratings = {row.code: row.rating for row in norfolk.providers}
    hours = {(row.provider, row.area): row.council_hours_per_week for row in norfolk.branches}
    held: dict[str, int] = {}
    for row in rows:
        assert row.tier == "prime" and ratings[row.provider] not in (
            "requires_improvement", "inadequate",
        )  # fmt: skip
        held[row.provider] = held.get(row.provider, 0) + 1
    assert max(held.values()) <= norfolk.procurement.lots_cap
    for area in norfolk.areas:
        mine = [row for row in rows if row.area == area.code]
        sizes = [hours[row.provider, area.code] for row in mine]
        assert sizes == sorted(sizes, reverse=True) and len(mine) <= 2
    assert holders(norfolk, scenario.commissioning.tiers) == list(rows)
