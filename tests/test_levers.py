"""A lever that nothing in the model answers says so: what is read, what is declared, what is told.

Which values the model reads is watched while small counties run, value by value; so a new parameter
that nothing reads fails here until somebody says so where it is declared.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from command_line import Caremarket

from experiments.asking.asked import Asked, scenario_asked_for
from experiments.study.draws import with_values
from sim.ledger import FACTS, Ledger
from sim.outcomes.headline import summarise
from sim.scenario import Scenario, load_scenario
from sim.scenario.declaration import Frozen
from sim.scenario.draft import GivenRow
from sim.scenario.faults import Place
from sim.scenario.levers import NOTHING, SWITCHES, Switch, moves, notes, shown
from sim.scenario.parameters import SECTIONS
from sim.scenario.tables import ROW_TYPES
from sim.simulation import simulate
from sim.vocabulary import FAILURE_KINDS, RESPONSES, SHOCK_KINDS

TABLES = {name: row for name, row in ROW_TYPES.items() if name != "targets"}
"""Targets are what a run is held against, not what it is made from."""
NAMES = {row.__name__: name for name, row in {**SECTIONS, **TABLES}.items()}
DECLARED = {
    f"{name}.{key}": str((field.json_schema_extra or {}).get("moves", ""))  # type: ignore[union-attr]
    for name, row in {**SECTIONS, **TABLES}.items()
    for key, field in row.model_fields.items()
}
SHORT = {"calendar.end": "2024-12-31", "calendar.warm_up_weeks": 2}
A_MONTH = {**SHORT, "calendar.end": "2024-02-01"}
MONEY = {"sim.processes.money", "sim.market.accounts"}
SAYS_WHAT_IT_DOES = {
    "money.bridging_idle_paid_share",
    "money.insolvency_notice_days",
    "money.least_yearly_margin",
}
"""Read by the accounts alone, as they promise: who stops for money, how soon, from what day."""
Read = dict[str, set[str]]


@contextmanager
def watched() -> Iterator[Read]:
    """Which values the model reads, and the modules that do; reading by the scenario's own
    properties counts for whoever asked them, outcomes do not count."""
    read: Read = {}

    def noting(self: Frozen, name: str) -> Any:
        value = object.__getattribute__(self, name)
        if not name.startswith("_"):
            frame = sys._getframe(1)
            passed_through = ("sim.scenario", __name__)
            while str(frame.f_globals["__name__"]).startswith(passed_through) and frame.f_back:
                frame = frame.f_back
            reader = str(frame.f_globals["__name__"])
            if reader.startswith("sim.") and not reader.startswith("sim.outcomes"):
                holder = object.__getattribute__(self, "__class__").__name__
                read.setdefault(f"{NAMES.get(holder, holder)}.{name}", set()).add(reader)
        return value

    Frozen.__getattribute__ = noting  # type: ignore[method-assign, assignment]
    try:
        yield read
    finally:
        del Frozen.__getattribute__


def row(**cells: Any) -> GivenRow:
    return GivenRow(cells, {key: Place("test") for key in cells})


def loaded(failures: tuple[GivenRow, ...] = (), **settings: Any) -> Scenario:
    changed = {path.replace("__", "."): value for path, value in settings.items()}
    return load_scenario("small", settings={**SHORT, **changed}, failures=failures)


ALL_BY_CHANCE = {
    "failure__random": True,
    "failure__closures_per_year_small": 1.0,
    "failure__closures_per_year_large": 1.0,
    "failure__closures_per_year_principal": 1.0,
    "failure__shortfalls_per_year_principal": 1.0,
    "quality__inspections_per_year": 5.0,
    "quality__worsening_per_year": 10.0,
    "quality__revisit_days": 7.0,
    "providers__OAK__rating": "inadequate",
    "money__usual_margin": -0.2,
    "money__reserves_weeks": 0.5,
}


def own_tables(folder: Path) -> dict[str, Path]:
    """Referrals, somebody in care, and shocks of every kind."""
    texts = {
        "referrals": "date,area,hours_per_week,person\n2024-01-03,MARKET,10,A\n",
        "shocks": "date,kind,size,ends,areas,source\n"
        + "".join(f"2024-02-01,{kind},0.5,,,invented\n" for kind in SHOCK_KINDS),
        "caseload": "provider,area,hours_per_week,since\nBELL,MARKET,10,2023-05-01\n",
    }
    for name, text in texts.items():
        (folder / f"{name}.csv").write_text(text, encoding="utf-8", newline="\n")
    return {name: folder / f"{name}.csv" for name in texts}


def scenarios(folder: Path) -> list[Scenario]:
    """Between them, whatever a run can do with the values it is given."""
    failing = tuple(
        row(date="2024-08-01", who="largest:MARKET", kind=kind, areas="MARKET")
        for kind in FAILURE_KINDS
    )
    tables = own_tables(folder)
    responding = tuple(
        row(date="2024-08-01", who="largest:MARKET", response=response) for response in RESPONSES
    )
    return [
        loaded(failing),
        *(loaded((one,)) for one in responding),
        loaded(**ALL_BY_CHANCE),
        loaded(
            packages__hours_law="list", packages__hours_values=[10.0], packages__hours_shares=[1.0]
        ),
        loaded(commissioning__tiers__pcn_framework__retainer_starts="2024-03-01"),
        loaded(
            commissioning__tiers__legacy_framework__choose="price",
            commissioning__prices=[{"provider": "OAK", "gbp_per_hour": 30.0}],
        ),
        load_scenario("norfolk", overrides=["newcomers_by_place"], settings=A_MONTH),
        loaded(entry__providers_per_year=20.0),
        loaded(workforce__carers_lent="locality"),
        load_scenario("small", settings=SHORT, files=tables),
        load_scenario("small", settings=SHORT, files={"shocks": tables["shocks"]}),
        load_scenario("norfolk", settings=A_MONTH),
    ]


@pytest.fixture(scope="module")
def read(tmp_path_factory: pytest.TempPathFactory) -> Read:
    made = scenarios(tmp_path_factory.mktemp("tables"))
    with watched() as found:
        for scenario in made:
            simulate(scenario, seed=1)
    return found


LEFT_FOR_THE_REST = {"areas.isolated_share"}
"""Homes that are neither in towns, nor at their edge, nor in the country."""
KEPT_WITH_THE_CONTRACT = {"contracts.guaranteed_share", "contracts.notice_days"}
"""Read as the contract is agreed; test_contract_terms.py shows what they move later."""
ONLY_WITH_AN_END = {"procurement.planned_days"}
"""Read where a contract has an end: test_failure.py shows it."""


def test_every_parameter_is_read_or_declared_as_moving_nothing(read: Read) -> None:
    unread = set(DECLARED) - set(read) - LEFT_FOR_THE_REST - ONLY_WITH_AN_END
    assert unread == {path for path, told in DECLARED.items() if told.startswith(NOTHING)}


def test_what_the_accounts_alone_read_says_so(read: Read) -> None:
    of_money = {path for path, readers in read.items() if readers <= MONEY and path in DECLARED}
    declared = {path for path, told in DECLARED.items() if told and not told.startswith(NOTHING)}
    assert of_money - declared == SAYS_WHAT_IT_DOES
    also_elsewhere = declared - of_money - KEPT_WITH_THE_CONTRACT
    assert all("which packages they want" in DECLARED[path] for path in also_elsewhere)
    assert also_elsewhere == {
        "tiers.rate_ratio",
        "contracts.rate_ratio",
        "contracts.rate_gbp_per_hour",
        "prices.gbp_per_hour",
        "wages.framework_rate_gbp_per_hour",
        *(f"willingness.fee_ratio_{place}" for place in ("urban", "fringe", "rural", "isolated")),
    }


# What is declared is so -----------------------------------------------------------------------


def other_value(value: Any) -> Any:
    """Another value of the same kind, near by."""
    if isinstance(value, str):
        return f"{value} again"
    return value + 1 if isinstance(value, int) else value * 1.02 + 0.001


def facts(ledger: Ledger, *, money: bool) -> dict[str, bytes]:
    """Every fact; without ``money`` those that are not of payments and accounts."""
    left_out = () if money else ("paid", "accounts")
    return {
        name: np.concatenate([column.ravel() for column in ledger.columns(name).values()]).tobytes()
        for name in FACTS
        if name not in left_out
    }


ROWS_WITHOUT_A_CODE = ("shocks", "referrals", "phases", "contracts", "prices")
"""What contracts and prices move is shown in test_contract_terms.py."""


def paths_declared(start: Callable[[str], bool]) -> list[str]:
    """Dotted paths in the small county of what is declared to move so little."""
    places = {
        "wages": "wages.2024-04-01",
        "areas": "areas.MARKET",
        "providers": "providers.OAK",
        "tiers": "commissioning.tiers.principal",
    }
    return sorted(
        f"{places.get(path.split('.')[0], path.split('.')[0])}.{path.split('.')[1]}"
        for path, told in DECLARED.items()
        if told and start(told) and path.split(".")[0] not in ROWS_WITHOUT_A_CODE
    )


@pytest.fixture(scope="module")
def as_it_is() -> tuple[Scenario, Ledger]:
    scenario = loaded()
    return scenario, simulate(scenario, seed=1)


def changed(scenario: Scenario, path: str) -> Scenario:
    held = scenario
    for step in path.split("."):
        if isinstance(held, tuple):
            held = next(r for r in held if step in (getattr(r, "code", ""), str_of_start(r)))
        else:
            held = getattr(held, step)
    choices = {"block": "spot", "unconditional": "less_refused"}
    value = choices[held] if held in choices else other_value(held)
    return with_values(scenario, {path: value})


def str_of_start(row: Any) -> str:
    return str(getattr(row, "starts", ""))


@pytest.mark.parametrize("path", paths_declared(lambda told: told.startswith(NOTHING)))
def test_what_moves_nothing_moves_no_fact_and_no_figure(
    path: str, as_it_is: tuple[Scenario, Ledger]
) -> None:
    scenario, ledger = as_it_is
    other = changed(scenario, path)
    assert other != scenario
    again = simulate(other, seed=1)
    assert facts(again, money=True) == facts(ledger, money=True)
    before, after = (
        summarise(led, s, 0, None).figures for led, s in ((ledger, scenario), (again, other))
    )
    assert {k: repr(v) for k, v in after.items()} == {k: repr(v) for k, v in before.items()}


@pytest.mark.parametrize(
    "path",
    [
        path
        for path in paths_declared(lambda told: not told.startswith(NOTHING))
        if not path.endswith("rate_ratio") and "fee_ratio" not in path
    ],
)
def test_what_moves_money_alone_moves_nobody_as_long_as_nobody_stops(
    path: str, as_it_is: tuple[Scenario, Ledger]
) -> None:
    scenario, ledger = as_it_is
    again = simulate(changed(scenario, path), seed=1)
    assert facts(again, money=False) == facts(ledger, money=False)


def test_fees_of_places_move_what_providers_want_but_no_pay(read: Read) -> None:
    for path in ("tiers.rate_ratio", "willingness.fee_ratio_rural"):
        assert "sim.market.pay" in read[path]
        assert "sim.processes.workforce" not in read[path]


def off(switch: Switch) -> Any:
    """A value at which a switch is off."""
    laws = {
        "packages.hours_law": ("fixed", "list"),
        "care.stay_law": ("fixed",),
        "workforce.carers_lent": ("nowhere",),
        "entry.providers_per_year": (0.0,),
    }
    return next(v for v in (*laws.get(switch.path, ()), False) if not switch.is_on(v))


@pytest.mark.parametrize("switch", SWITCHES, ids=lambda s: f"{s.path}-{s.words}")
def test_what_acts_only_where_a_switch_is_on_is_not_read_where_it_is_off(switch: Switch) -> None:
    settings: dict[str, Any] = {switch.path: off(switch)}
    if settings.get("packages.hours_law") == "list":
        settings |= {"packages.hours_values": [10.0], "packages.hours_shares": [1.0]}
    scenario = load_scenario("small", settings={**SHORT, **settings})
    with watched() as found:
        simulate(scenario, seed=1)
    assert switch.path in found
    assert not set(switch.paths) & set(found)
    assert set(switch.paths) <= set(DECLARED)


# It is told -----------------------------------------------------------------------------------

FEE = "wages.2024-04-01.framework_rate_gbp_per_hour"


def test_a_note_for_each_lever_that_does_less_than_it_seems() -> None:
    told = notes(
        load_scenario(
            "small",
            settings={
                FEE: 30.0,
                "wages.2025-04-01.framework_rate_gbp_per_hour": 31.0,
                "money.residential_gbp_per_week": 950.0,
                "commissioning.tiers.pcn_framework.minimum_providers": 5,
                "failure.sudden_share": 0.3,
                "demand.growth_per_year": 0.03,
            },
        )
    )
    assert told == [
        f"{FEE} and wages.2025-04-01.framework_rate_gbp_per_hour: in this version it changes "
        "what the council pays and providers earn, and so which providers stop or hand thin "
        "rounds back; it does not change carers' pay, recruitment or turnover; if contracts or "
        "prices are in pounds, also which packages they want",
        "money.residential_gbp_per_week: in this version it changes nothing: spending in this "
        "model does not include residential care",
        "commissioning.tiers.pcn_framework.minimum_providers: in this version it changes "
        "nothing in a run: `check` warns if there are fewer; contracts.csv says who holds it",
        "failure.sudden_share: it has an effect only if failure.random is true; here it is false",
    ]


def test_nothing_is_told_of_values_that_nobody_set() -> None:
    assert notes(load_scenario("norfolk")) == []
    assert notes(load_scenario("norfolk", overrides=["quiet_market"])) == []


def test_a_switch_that_is_on_or_varied_is_not_told_of() -> None:
    sudden = {"failure.sudden_share": 0.3}
    assert notes(load_scenario("small", settings={**sudden, "failure.random": True})) == []
    assert notes(load_scenario("small", settings=sudden), switched=["failure.random"]) == []


def test_a_lever_of_a_study_is_told_of_like_a_setting() -> None:
    scenario = load_scenario("small")
    assert notes(scenario, [FEE]) == notes(load_scenario("small", settings={FEE: 30.0}))


def test_an_override_is_told_of_like_a_setting() -> None:
    scenario = load_scenario("norfolk", overrides=["squeeze_felt_in_full"])
    assert scenario.changed_values == ("money.common_squeeze_felt_share",)
    assert notes(scenario) == notes(load_scenario("norfolk"), scenario.changed_values) != []
    assert scenario.model_copy(update={"changed_values": ()}).identity == scenario.identity


def test_moves_knows_sections_and_rows() -> None:
    assert moves("money.residential_gbp_per_week").startswith(NOTHING)
    assert moves("areas.MARKET.grid_row").startswith(NOTHING)
    assert moves("demand.growth_per_year") == moves("nothing.here") == moves("calendar") == ""
    assert (shown(True), shown(0.5), shown("list")) == ("true", "0.5", "list")


SET = ("--set", "money.residential_gbp_per_week=950", "--set", "calendar.warm_up_weeks=1")
NOTE = "Note: money.residential_gbp_per_week: in this version it changes nothing"
VERBS: Mapping[str, tuple[str, ...]] = {
    "run": ("run", "small", "--until", "2024-01-31"),
    "check": ("check", "small"),
    "stress": ("stress", "small", "--until", "2024-11-30", "--trial", "--who",
               "principal:HARBOUR", "--on", "2024-08-01"),
    "history": ("history", "small", "-r", "2", "--from", "2024-07-01", "--to", "2024-07-31"),
    "trace": ("trace", "small", "--provider", "OAK", "--until", "2024-01-31"),
}  # fmt: skip


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_says_so_once(verb: str, caremarket: Caremarket) -> None:
    done = caremarket(*VERBS[verb], *SET)
    assert done.code == 0, done.err
    assert done.err.count(NOTE) == 1


STUDY = """\
name = "toy"
county = "small"
until = 2024-01-31
outcomes = ["list_people_peak"]
[replications]
number = 1
[[scenarios]]
name = "one"
set = { "money.residential_gbp_per_week" = 950.0 }
[draws]
method = "grid"
[[draws.levers]]
path = "wages.2024-04-01.framework_rate_gbp_per_hour"
values = [24.0, 26.0]
[[draws.uncertainties]]
path = "money.reserves_weeks"
values = [4.0, 6.0]
"""


def test_a_study_says_so_of_its_changes_and_levers(caremarket: Caremarket, tmp_path: Path) -> None:
    (tmp_path / "toy.toml").write_text(STUDY, encoding="utf-8", newline="\n")
    done = caremarket("sweep", "toy.toml", "--jobs", "1", "--out", "made")
    assert done.code == 0, done.err
    assert done.err.count(NOTE) == 1 and done.err.count(f"Note: {FEE}") == 1
    assert "reserves_weeks" not in done.err, "what is uncertain is not a lever"


def test_parameters_say_so(caremarket: Caremarket) -> None:
    done = caremarket("parameters", "small", "--section", "money")
    assert "residential care. In this version it changes nothing: spending in this" in " ".join(
        done.out.split()
    )


def test_history_turns_chance_on_itself(capsys: pytest.CaptureFixture[str]) -> None:
    for switched, told in (((), 1), (("failure.random",), 0)):
        asked = Asked("small", assignments=("failure.sudden_share=0.3",), switched=switched)
        scenario_asked_for(asked)
        assert capsys.readouterr().err.count("has an effect only if") == told
