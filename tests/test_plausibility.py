"""What is legal but odd: every warning fires on one changed county, and on none that ships."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from command_line import Caremarket

from experiments.asking.telling import tell_odd_of
from experiments.commands.new import new
from sim.scenario import Scenario, load_scenario, odd_contracts, odd_markets, odd_volumes
from sim.scenario import plausibility as look
from sim.scenario.plausibility import LOOKS, warnings
from sim.scenario.tables import CaseloadRow, Contract, ReferralRow

SHIPPED = {
    "norfolk": [look.odd_contracts.thin_tiers],  # the public record has two areas short
    "leicestershire": [look.odd_contracts.thin_tiers],  # its rural zone was let to nobody
    "rotherham": [],
    "staffordshire": [],
    "small": [],
    "theory": [],
}
Change = Callable[[Scenario], Scenario]


def base() -> Scenario:
    return load_scenario("small")


def setting(**values: Any) -> Change:
    """Values at dotted paths, with ``__`` for the dot."""
    settings = {path.replace("__", "."): value for path, value in values.items()}
    return lambda scenario: load_scenario(scenario.code, settings=settings)


def rows(table: str, change: Callable[[Any], dict[str, Any]], only: int | None = None) -> Change:
    """A change of rows of a table: of all, or of one."""

    def changed(scenario: Scenario) -> Scenario:
        kept = list(getattr(scenario, table))
        for place, row in enumerate(kept):
            if only is None or place == only:
                kept[place] = row.model_copy(update=change(row))
        return scenario.model_copy(update={table: tuple(kept)})

    return changed


def model(change: Callable[[Any], dict[str, Any]]) -> Change:
    """A change of the commissioning model."""

    def changed(scenario: Scenario) -> Scenario:
        told = scenario.commissioning
        return scenario.model_copy(update={"commissioning": told.model_copy(update=change(told))})

    return changed


def contracts(tier: str, area: str | None = None, **values: Any) -> Change:
    """The contracts of a tier (in an area) with other values."""
    return model(
        lambda told: {
            "contracts": tuple(
                row.model_copy(update=values)
                if row.tier == tier and area in (None, row.area)
                else row
                for row in told.contracts
            )
        }
    )


def tiers(code: str, **values: Any) -> Change:
    return model(
        lambda told: {
            "tiers": tuple(
                tier.model_copy(update=values) if tier.code == code else tier for tier in told.tiers
            )
        }
    )


def without_contract(tier: str, area: str) -> Change:
    return model(
        lambda told: {
            "contracts": tuple(
                row for row in told.contracts if (row.tier, row.area) != (tier, area)
            )
        }
    )


def second_contract(told: Any) -> dict[str, Any]:
    """The principal of an area holds a framework contract there too."""
    row = next(row for row in told.contracts if row.tier == "principal" and row.area == "HARBOUR")
    more = Contract(tier="pcn_framework", area=row.area, provider=row.provider, rank=9, starts=None)
    return {"contracts": (*told.contracts, more)}


def referrals(per_week: int, hours: float, areas: int = 5, weeks: int = 156) -> Change:
    """So many referrals a week of the user's own, area after area."""

    def changed(scenario: Scenario) -> Scenario:
        codes = [area.code for area in scenario.areas][:areas]
        told = tuple(
            ReferralRow(
                date=scenario.calendar.start + timedelta(days=7 * (n // per_week)),
                area=codes[n % areas],
                hours_per_week=hours,
            )
            for n in range(per_week * weeks)
        )
        return scenario.model_copy(update={"referrals": told})

    return changed


def caseload(hours: float) -> Change:
    """As many people of one size in each area as would have its hours at 10 hours a week."""

    def changed(scenario: Scenario) -> Scenario:
        team = {row.area: row.provider for row in scenario.branches}
        told = tuple(
            CaseloadRow(provider=team[area.code], area=area.code, hours_per_week=hours)
            for area in scenario.areas
            for _ in range(round(area.hours_per_four_weeks / 4 / 10))
        )
        return scenario.model_copy(update={"caseload": told})

    return changed


def failing(who: str, kind: str = "closure", areas: str | None = None, **more: float) -> Change:
    cells = {"date": "2025-06-01", "who": who, "kind": kind, "areas": areas, **more}
    from sim.scenario.tables import FailureRow

    row = FailureRow.model_validate(cells)
    return lambda scenario: scenario.model_copy(update={"failures": (row,)})


@dataclass(frozen=True)
class Odd:
    """A change that makes a county odd, the look that finds it, and some of its words."""

    change: Change
    look: Any
    words: str


NAMES = (unicodedata.normalize("NFC", "Café Row"), unicodedata.normalize("NFD", "café  row"))
ODD = {
    "contract ends before it starts": Odd(
        contracts("principal", "HARBOUR", ends=date(2024, 6, 1)),
        odd_contracts.never_runs,
        "1 contract ends before it starts: NORTH_STAR in Harbour (2024-07-01 to 2024-06-01)",
    ),
    "contract over at the start": Odd(
        contracts("principal", "HARBOUR", starts=date(2020, 1, 1), ends=date(2022, 1, 1)),
        odd_contracts.over_at_the_start,
        "1 contract had ended by the first day, 2024-01-01: NORTH_STAR in Harbour (2022-01-01)",
    ),
    "tier over at the start": Odd(
        tiers("legacy_framework", ends=date(2020, 1, 1)),
        odd_contracts.tiers_over_at_the_start,
        "1 tier had ended by the first day, 2024-01-01",
    ),
    "too few providers": Odd(
        tiers("pcn_framework", minimum_providers=5),
        odd_contracts.thin_tiers,
        "5 areas go live with fewer than the 5 providers intended",
    ),
    "no principal": Odd(
        without_contract("principal", "HARBOUR"),
        odd_contracts.no_principal,
        "1 area goes live without a principal provider: Harbour (2024-07-01)",
    ),
    "live after the last day": Odd(
        setting(areas__HILLS__go_live="2027-03-01"),
        odd_contracts.live_too_late,
        "1 area goes live after the last day, 2026-12-31: Hills (2027-03-01)",
    ),
    "too many lots": Odd(
        contracts("principal", provider="ANCHOR"),
        odd_contracts.too_many_lots,
        "1 provider holds more principal provider contracts than the cap of",
    ),
    "principal and framework": Odd(
        model(second_contract),
        odd_contracts.both_at_once,
        "1 principal provider holds a second contract in the same area, so that two tiers ask "
        "the same provider: NORTH_STAR in Harbour (PCN framework and Principal provider)",
    ),
    "tier twice in a phase": Odd(
        model(
            lambda told: {
                "phases": tuple(
                    phase.model_copy(update={"tiers": (*phase.tiers, phase.tiers[0])})
                    for phase in told.phases
                )
            }
        ),
        odd_contracts.tiers_twice,
        "2 tiers are asked twice",
    ),
    "weekly hours": Odd(
        rows("areas", lambda row: {"hours_per_four_weeks": row.hours_per_four_weeks / 4}),
        odd_volumes.hours_of_teams,
        "They may be weekly hours",
    ),
    "weekly hours in one area": Odd(
        setting(areas__HARBOUR__hours_per_four_weeks=900),
        odd_volumes.hours_of_teams,
        "1 area has hours in four weeks that differ from those of its teams: Harbour (900, its "
        "teams 3,600). They may be weekly hours",
    ),
    "yearly hours": Odd(
        rows("areas", lambda row: {"hours_per_four_weeks": row.hours_per_four_weeks * 13}),
        odd_volumes.hours_of_teams,
        "They may be yearly hours",
    ),
    "times 52": Odd(
        rows("areas", lambda row: {"hours_per_four_weeks": row.hours_per_four_weeks * 52}),
        odd_volumes.hours_of_teams,
        "They may be yearly hours",
    ),
    "teams' hours": Odd(
        rows("branches", lambda row: {"council_hours_per_week": row.council_hours_per_week * 4}),
        odd_volumes.hours_of_teams,
        "5 areas have hours in four weeks that differ from those of its teams",
    ),
    "tiny area": Odd(
        setting(areas__HARBOUR__hours_per_four_weeks=90),
        odd_volumes.usual_area,
        "1 area lies outside the usual 400 to 25,000 care hours in four weeks: Harbour (90)",
    ),
    "hectares": Odd(
        rows("areas", lambda row: {"area_km2": min(20000, row.area_km2 * 100)}),
        odd_volumes.density,
        "5 areas lie outside the usual 0.5 to 1,000 care hours a week on a km2: Harbour (0.23)",
    ),
    "people a provider": Odd(
        rows("areas", lambda row: {"hours_per_four_weeks": row.hours_per_four_weeks / 4}),
        odd_volumes.people_per_provider,
        "a provider serves 6 people of the council on average (56 people, 9 providers)",
    ),
    "huge packages": Odd(
        setting(packages__mean_carer_hours_per_week=150),
        odd_volumes.package_hours,
        "a package has 150 hours a week, but in England a package had 13.67",
    ),
    "posts": Odd(
        rows("branches", lambda row: {"posts": 100_000}, only=0),
        odd_volumes.posts_of_teams,
        "(100,000 posts",
    ),
    "referrals end early": Odd(
        referrals(5, 13.0, weeks=52),
        odd_volumes.gaps_in_own_referrals,
        "your referrals end on 2024-12-23",
    ),
    "referrals leave areas out": Odd(
        referrals(5, 13.0, areas=3),
        odd_volumes.gaps_in_own_referrals,
        "your referrals have nobody in 2 areas: Hills, Marsh",
    ),
    "too many referrals": Odd(
        referrals(8, 13.0),
        odd_volumes.demand_of_own_referrals,
        "your referrals bring 8.0 people a week with 105 hours",
    ),
    "referrals with too many hours": Odd(
        referrals(4, 40.0),
        odd_volumes.demand_of_own_referrals,
        "your referrals bring 4.0 people a week with 161 hours",
    ),
    "people in care with too many hours": Odd(
        caseload(12.0),
        odd_volumes.hours_of_caseload,
        "the hours a week of your caseload differ by more than 10% from those of areas.csv in 5 "
        "areas: Harbour (1,080, stated 900)",
    ),
    "no newcomers": Odd(
        setting(workforce__turnover_per_year=2, workforce__new_applicants_per_week=0),
        odd_markets.carers_run_out,
        "carers run out: 1.3 of 100 in post leave home care for good each week, but 0.0",
    ),
    "nobody is hired": Odd(
        setting(workforce__matching_per_week=0), odd_markets.carers_run_out, "nobody is ever hired"
    ),
    "hiring takes a year": Odd(
        setting(
            workforce__turnover_per_year=1.5,
            workforce__fastest_hire_weeks=52,
            workforce__applicants_limited=False,
        ),
        odd_markets.carers_run_out,
        "no more than 40% of posts can be filled",
    ),
    "growth": Odd(
        setting(demand__growth_per_year=0.5),
        odd_markets.demand_explodes,
        "referrals grow to 3.38 times their number by 2026-12-31, at 50% a year",
    ),
    "patience": Odd(
        setting(brokerage__mean_patience_days=0),
        odd_markets.endless_patience,
        "nobody who waits ever finds another way",
    ),
    "brokers": Odd(
        setting(brokerage__handling_days=4),
        odd_markets.busy_brokers,
        "there are 2 brokers, but 3.0 are needed: 0.6 people are referred a day",
    ),
    "names": Odd(
        lambda scenario: rows("areas", lambda _: {"name": NAMES[1]}, only=3)(
            rows("areas", lambda _: {"name": NAMES[0]}, only=0)(scenario)
        ),
        look.names_twice,
        "1 display name belongs to several areas: HARBOUR and HILLS",
    ),
    "failure without a contract": Odd(
        failing("ANCHOR", "contract_returned"),
        look.failures_of_nobody,
        "1 failure finds no principal provider contract of the provider as the market starts: ",
    ),
    "failure without a team": Odd(
        lambda scenario: failing("ANCHOR")(
            scenario.model_copy(
                update={
                    "branches": tuple(row for row in scenario.branches if row.provider != "ANCHOR")
                }
            )
        ),
        look.failures_of_nobody,
        "1 failure finds no team of the provider",
    ),
    "a length of a closure": Odd(
        failing("ANCHOR", lasts_days=30.0),
        look.cells_without_effect,
        "1 cell of failures.csv or of an option has no effect: lasts_days of the closure on 2025",
    ),
    "wages of old": Odd(
        lambda scenario: scenario.model_copy(update={"wages": scenario.wages[:-1]}),
        look.national_figures_of_old,
        "changes on 2026-04-01, but wages.csv has no row",
    ),
    "no source": Odd(
        lambda scenario: scenario.model_copy(
            update={
                "sources": {
                    path: told
                    for path, told in scenario.sources.items()
                    if path != "care.hold_days"
                }
            }
        ),
        look.no_source,
        "care.hold_days has no source",
    ),
}


@pytest.mark.parametrize("odd", ODD.values(), ids=ODD)
def test_a_warning_fires_on_a_county_that_is_odd(odd: Odd) -> None:
    scenario = base()
    told = list(odd.look(odd.change(scenario)))
    assert any(odd.words in line for line in told), told
    assert set(told) <= set(warnings(odd.change(scenario)))
    assert not list(odd.look(scenario)), "it fires on the county as it ships"


def test_every_warning_has_a_county_that_is_odd() -> None:
    assert {odd.look for odd in ODD.values()} == set(LOOKS)


@pytest.mark.parametrize("county", SHIPPED)
def test_counties_that_ship_are_odd_only_where_they_are(county: str) -> None:
    scenario = load_scenario(county)
    deserved = [line for look_ in SHIPPED[county] for line in look_(scenario)]
    assert warnings(scenario) == deserved


@pytest.mark.parametrize("odd", ODD.values(), ids=ODD)
def test_no_warning_knows_a_county_by_its_name(odd: Odd) -> None:
    scenario = odd.change(base())
    renamed = scenario.model_copy(update={"code": "my", "name": "My county"})
    assert list(odd.look(renamed)) == list(odd.look(scenario))


def test_a_new_county_keeps_the_warnings_of_the_one_it_is_made_from(tmp_path: Path) -> None:
    new(tmp_path / "my", from_="norfolk")
    settings = {"areas.GORLESTON.hours_per_four_weeks": 15000}
    mine = warnings(load_scenario(tmp_path / "my", settings=settings))
    assert mine == warnings(load_scenario("norfolk", settings=settings))
    assert any("Gorleston (15,000, its teams 11,599)" in line for line in mine)


@pytest.mark.parametrize("odd", ODD.values(), ids=ODD)
def test_a_warning_is_one_short_line_a_kind(odd: Odd) -> None:
    for line in odd.look(odd.change(base())):
        assert "\n" not in line and len(line) < 420, line


def test_a_contract_that_ends_before_it_starts_is_not_called_a_missing_one() -> None:
    scenario = contracts("principal", "HARBOUR", starts=date(2025, 1, 1), ends=date(2024, 8, 1))(
        base()
    )
    told = warnings(scenario)
    assert len(told) == 1 and told[0].startswith("1 contract ends before it starts")


def test_own_referrals_as_the_county_has_them_are_not_odd() -> None:
    assert not warnings(referrals(4, 13.0)(base()))


def test_a_county_that_is_scaled_a_little_needs_no_other_teams() -> None:
    assert not warnings(load_scenario("norfolk", overrides=["tender_scaled_hours"]))[1:]


def test_a_study_says_which_scenario_is_odd(capsys: pytest.CaptureFixture[str]) -> None:
    impatient = setting(brokerage__mean_patience_days=0)(base())
    tell_odd_of({"as_is": base(), "endless": impatient})
    told = capsys.readouterr()
    assert not told.out
    assert told.err.startswith("Warning: nobody who waits")
    assert told.err.rstrip().endswith("(endless)")
    tell_odd_of({"as_is": impatient, "endless": impatient})
    assert "(endless)" not in capsys.readouterr().err


STUDY = """
name = "busy"
county = "small"
until = 2024-02-28
outcomes = ["list_people_peak"]
set = { "brokerage.handling_days" = 4.0 }
[replications]
number = 2
[[scenarios]]
name = "as_is"
"""


@pytest.mark.parametrize(
    "words",
    [
        ["run", "small", "--set", "brokerage.handling_days=4", "--until", "2024-02-28"],
        ["sweep", "busy.toml", "--jobs", "1"],
    ],
    ids=["run", "sweep"],
)
def test_what_is_odd_is_told_before_a_run_and_moves_no_result(
    words: list[str], caremarket: Caremarket, tmp_path: Path
) -> None:
    (tmp_path / "busy.toml").write_text(STUDY, encoding="utf-8")
    told = caremarket(*words, "--out", "out")
    assert told.err.count("there are 2 brokers, but 3.0 are needed") == 1
    assert "Warning" not in told.out
    assert "Warning" not in (tmp_path / "out" / "summary.txt").read_text(encoding="utf-8")
