"""What ``--help`` says of each verb: whole at 80 columns, in plain words, with true examples."""

from __future__ import annotations

import re
import shlex
import shutil
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any, get_type_hints

import pytest
import typer
from command_line import Caremarket

from experiments import commands
from experiments.asking.asked import Asked, scenario_asked_for
from experiments.commands import VERBS, module_of
from experiments.commands.verb import scripts_in
from experiments.commands.whole import NOTED
from experiments.hindcasts.asked import cases_asked_for
from experiments.models.rules import shipped_models
from sim.outcomes.catalogue import declared
from sim.scenario.shipped import COUNTIES, shipped

STUDIES = Path(__file__).parents[1] / "experiments" / "studies"
WIDTH = 80
TOP = ""
FRAME = re.compile(r"[│╭╮╰╯─\s]")
MINE = ("my-", "extract.csv", "mapping.toml")
"""Names in examples that stand for a reader's own folder or file."""
JARGON = ("docs/", "<", "…", "unless you say", " told ", "[x")
NUMBERS = (int, float, int | None, float | None)
UNITS = {"NUMBER", "DAYS", "MONTHS", "HOURS", "SHARE", "VALUE"}
"""What an option says it wants where it wants a number."""


@cache
def all_verbs() -> dict[str, Any]:
    """The verbs as the command line knows them."""
    return typer.main.get_command(commands.app).commands  # type: ignore[attr-defined]


def command_of(verb: str) -> Any:
    return all_verbs()[verb]


def examples_of(verb: str) -> dict[str, str]:
    module = import_module(f"experiments.commands.{module_of(verb)}")
    found: dict[str, str] = module.EXAMPLES
    return found


@pytest.fixture
def narrow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", str(WIDTH))


@pytest.mark.usefixtures("narrow")
@pytest.mark.parametrize("verb", [TOP, *VERBS])
def test_help_is_whole_at_80_columns(verb: str, caremarket: Caremarket) -> None:
    told = caremarket(*filter(None, [verb]), "--help").out
    assert max(len(line) for line in told.splitlines()) <= WIDTH
    assert [word for word in JARGON if word in told] == []
    joined = FRAME.sub("", told)
    shown = command_of(verb).params if verb else map(command_of, VERBS)
    for one in shown:
        assert FRAME.sub("", one.help.split("\n\n")[0]) in joined, one.name
        if has_default(one):
            assert FRAME.sub("", f"[default: {one.default}]") in joined, one.name
    asks = bool(verb) and any(one.metavar == "COUNTY" for one in command_of(verb).params)
    assert (FRAME.sub("", ", ".join(shipped(COUNTIES))) in joined) == asks


def has_default(shown: Any) -> bool:
    """Whether it is an option whose default the help text has."""
    of_a_value = isinstance(getattr(shown, "default", None), str | int | float)
    return of_a_value and shown.default != "" and shown.show_default and not is_switch(shown)


def is_switch(param: Any) -> bool:
    return getattr(param, "is_flag", False)


@pytest.mark.parametrize("verb", VERBS)
def test_help_is_plain(verb: str) -> None:
    """One short sentence for the verb, whole sentences for options, units where a number goes."""
    command = command_of(verb)
    first = command.help.split("\n\n")[0]
    assert len(first) <= 100 and first.endswith(".") and first.count(". ") == 0
    asked = get_type_hints(command.callback)
    for param in command.params:
        assert re.match(r"[A-Z`0-9]", param.help) and param.help.endswith("."), param.name
        assert len(param.help) <= 260, param.name
        if not is_switch(param):
            assert param.metavar and param.metavar.rstrip(".").isupper(), param.name
            if asked.get(param.name) in NUMBERS:
                assert param.metavar in UNITS, param.name


@pytest.fixture(scope="module")
def mine(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with what the examples call the reader's own: a county, and tables."""
    folder = tmp_path_factory.mktemp("mine")
    shutil.copytree(COUNTIES / "small", folder / "my-county")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        with pytest.raises(SystemExit, match="0"):
            commands.app(["samples", "my-tables"])
    return folder


@pytest.mark.parametrize(
    ("verb", "example"),
    [(verb, words) for verb in VERBS for words in examples_of(verb).values()],
    ids=str,
)
def test_what_an_example_asks_for_exists(
    verb: str, example: str, mine: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(mine)
    program, called, *words = shlex.split(example)
    assert (program, called in VERBS) == ("caremarket", True)
    context = command_of(called).make_context(called, words)
    assert NOTED not in context.meta
    assert list(unknown(context.params)) == []


def test_an_example_of_what_is_not_there_would_be_seen() -> None:
    for wrong in (
        {"county": "norfok"},
        {"county": "small", "set_": ["demand.growth=1"]},
        {"county": "small", "set_": None, "fail": ["principal:HARBOR"], "on": ["2025-07-01"]},
        {"scenarios": ["as_is", "more_newcomer"], "county": "small"},
        {"model": ["rotherham"]},
        {"study": "first_step"},
        {"outcome": "hours"},
        {"case": ["rothram"]},
    ):
        assert list(unknown(wrong)), wrong


def unknown(params: dict[str, Any]) -> Iterator[str]:
    """What an example names and nobody has."""
    county = params.get("county") or params.get("from_")
    if county is not None and "set_" in params:
        yield from refused(params)
    elif county is not None and county not in shipped(COUNTIES):
        yield county
    known: dict[str, Any] = {
        "model": shipped_models(),
        "outcome": {outcome.name for outcome in declared(())},
        "study": {path.stem for path in STUDIES.glob('*.toml')},
        "folder": (), "folders": (), "extract": (), "mapping": (),
    }  # fmt: skip
    for name, allowed in known.items():
        given = params.get(name) or ()
        for one in map(str, given if isinstance(given, list | tuple) else [given]):
            if one not in allowed and not one.startswith(MINE):
                yield f"{name}: {one}"
    for one in params.get("scenarios") or ():
        if one != "as_is":
            overrides = one.split("+")
            yield from refused({"county": county, "override": overrides, "set_": None})
    if params.get("case"):
        yield from map(str, cases_asked_for(params["case"])[1])


def refused(params: dict[str, Any]) -> Iterator[str]:
    """Why a scenario cannot be had."""
    from sim.scenario import ScenarioError

    asked = Asked(
        params["county"],
        params.get("commissioning"),
        params.get("override") or (),
        params["set_"] or (),
        params.get("until"),
        scripts_in(params),
        failures=params.get("failures"),
    )
    try:
        scenario_asked_for(asked)
    except ScenarioError as error:
        yield str(error)
