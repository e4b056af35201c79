"""``caremarket trace``: one person's care, or one provider, in dated sentences."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from experiments.commands.options import (
    Caseload,
    Commissioning,
    County,
    Fail,
    Failures,
    Kind,
    Notice,
    On,
    Override,
    People,
    Referrals,
    Responder,
    Response,
    Seed,
    Set,
    Shocks,
    StaffMove,
    Until,
)
from experiments.commands.whole import within
from experiments.words.lines import wrapped
from sim import __version__
from sim.scenario import Fault, ScenarioError
from sim.scenario.faults import Place, nearest
from sim.scenario.text_files import LARGEST

if TYPE_CHECKING:
    from experiments.asking.asked import Asked
    from sim.ledger import Ledger
    from sim.outcomes.stories import Line
    from sim.scenario import Scenario

SHOWN = 5
QUICK_SECONDS = 2.0

EXAMPLES = {
    "One provider of the small county": "caremarket trace small --provider ANCHOR",
    "One person, by a number in the tables of a run": ("caremarket trace small --package 39873"),
}


def trace(
    county: County,
    package: Annotated[
        int | None,
        typer.Option(
            metavar="NUMBER",
            callback=within(0, LARGEST),
            help="The person, by the number of the package of care in a run's referrals.csv.",
        ),
    ] = None,
    provider: Annotated[
        str | None, typer.Option(metavar="CODE", help="The provider, by its code.")
    ] = None,
    seed: Seed = 1,
    replication: Annotated[
        int,
        typer.Option(
            metavar="NUMBER",
            callback=within(0, 10**6),
            help="Which replication of that seed, from 0.",
        ),
    ] = 0,
    out: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Also write the story to this new file.")
    ] = None,
    until: Until = None,
    set_: Set = None,
    override: Override = None,
    commissioning: Commissioning = None,
    fail: Fail = None,
    on: On = None,
    kind: Kind = "closure",
    notice: Notice = 0.0,
    staff_move: StaffMove = None,
    response: Response = "split",
    responder: Responder = None,
    failures: Failures = None,
    referrals: Referrals = None,
    caseload: Caseload = None,
    people: People = False,
    shocks: Shocks = None,
) -> None:
    """Tell the story of one person's care, or of one provider, in dated sentences."""
    from experiments.asking.asked import Asked
    from experiments.asking.scripts import Scripts

    asked = Asked(
        county,
        commissioning=commissioning,
        overrides=override or (),
        assignments=set_ or (),
        until=until,
        scripts=Scripts(fail or (), on or (), kind, notice, staff_move, response, responder),
        failures=failures,
        referrals=referrals,
        caseload=caseload,
        shocks=shocks,
    )
    scenario = _scenario(asked, provider, _option_faults(package, provider, out))
    refuse_private(scenario, people=people)
    ledger = simulated(scenario, seed, replication)
    lines = story_of(ledger, scenario, package, provider)
    subject = f"provider {provider}" if package is None else f"package {package}"
    text = [
        f"{scenario.name}: the story of {subject}",
        *(f"{line.date:%d %b %Y}  {line.text}" for line in lines),
        f"A model, not a forecast; {whose(scenario)}, providers are codes. caremarket "
        f"{__version__}, scenario {scenario.code} ({scenario.identity[:8]}), seed {seed}, "
        f"replication {replication}.",
    ]
    text = wrapped(text)
    typer.echo("\n".join(text))
    if out is not None:
        out.write_text("\n".join(text) + "\n", encoding="utf-8", newline="\n")


def whose(scenario: Scenario) -> str:
    """Whether the people of a story exist."""
    if scenario.caseload:
        return (
            "people in care on the first day are those of the caseload, but what happens to "
            "them is invented"
        )
    return "people are invented"


def _scenario(asked: Asked, provider: str | None, faults: list[Fault]) -> Scenario:
    """The scenario. Raises ScenarioError with every fault, an unknown provider among them."""
    from experiments.asking.asked import scenario_asked_for

    try:
        scenario = scenario_asked_for(asked, *faults)
    except ScenarioError as error:
        raise ScenarioError([*error.faults, *_unknown_provider(asked.county, provider)]) from None
    unknown = _provider_faults(scenario, provider)
    if unknown:
        raise ScenarioError(unknown)
    return scenario


def refuse_private(scenario: Scenario, *, people: bool) -> None:
    """Raise ScenarioError where a story may be of somebody who is there, and nobody asked for it.

    A provider's story counts people by month, and that may be one.
    """
    if scenario.caseload and not people:
        wrong = "a caseload is given, and stories are about single people"
        cure = "Add --people if the story does not leave this machine"
        raise ScenarioError([Fault(Place("caremarket trace"), wrong, cure)])


def _unknown_provider(county: str, provider: str | None) -> list[Fault]:
    """Whether the county as it ships knows the provider, where the scenario cannot be made."""
    from sim.scenario import load_scenario

    try:
        return _provider_faults(load_scenario(county), provider)
    except ScenarioError:
        return []


def _provider_faults(scenario: Scenario, provider: str | None) -> list[Fault]:
    codes = [row.code for row in scenario.providers]
    if provider is None or provider in codes:
        return []
    return [
        Fault(
            Place(f"--provider {provider}"), "there is no such provider", nearest(provider, codes)
        )
    ]


def _option_faults(package: int | None, provider: str | None, out: Path | None) -> list[Fault]:
    faults = []
    if (package is None) == (provider is None):
        wrong = (
            "both are given, but a story is about one of them"
            if package is not None
            else "no person and no provider is named"
        )
        cure = "Give either --package NUMBER or --provider CODE"
        faults.append(Fault(Place("--package, --provider"), wrong, cure))
    if out is not None and out.exists():
        faults.append(Fault(Place(f"--out {out}"), "it exists already", "Name a new file"))
    elif out is not None and not out.parent.is_dir():
        wrong = f"there is no folder {out.parent}"
        faults.append(Fault(Place(f"--out {out}"), wrong, "Name a file in a folder that exists"))
    return faults


def simulated(scenario: Scenario, seed: int, replication: int) -> Ledger:
    """The run whose story is told; one that is not quick shows how far it is on the terminal."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    from sim.simulation import Simulation

    columns = (TextColumn("{task.description}"), BarColumn(), TimeRemainingColumn())
    progress = Progress(*columns, console=Console(stderr=True), transient=True)
    task = progress.add_task("Days simulated", total=1.0)
    began = time.perf_counter()

    def advance(part: float) -> None:
        progress.update(task, completed=part)
        if time.perf_counter() - began > QUICK_SECONDS:
            progress.start()

    try:
        simulation = Simulation(scenario, seed=seed, replication=replication)
        return simulation.run(progress=advance)
    finally:
        progress.stop()


def story_of(
    ledger: Ledger, scenario: Scenario, package: int | None, provider: str | None
) -> list[Line]:
    """The story asked for. Raises ScenarioError if nobody has the package's number."""
    from sim.outcomes.provider_story import provider_story
    from sim.outcomes.stories import person_story

    if provider is not None:
        return provider_story(ledger, scenario, provider)
    assert package is not None
    try:
        return person_story(ledger, scenario, package)
    except KeyError:
        cure = (
            "Numbers are in referrals.csv and displacements.csv of a run with the same "
            f"options; for instance {', '.join(map(str, known_packages(ledger)))}"
        )
        fault = Fault(Place(f"--package {package}"), "nobody in this run has this number", cure)
        raise ScenarioError([fault]) from None


def known_packages(ledger: Ledger) -> list[int]:
    """A few numbers that exist: people who lost their provider, else the first referred."""
    from sim.outcomes.events import displacements

    displaced = displacements(ledger)["package"].tolist()
    return [int(number) for number in (displaced or ledger.table("referred")[:, 1])[:SHOWN]]
