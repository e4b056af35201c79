"""Counties as the app offers them: their names, who may fail there, and their what-ifs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from experiments.app.store import Store
from sim.scenario import Scenario, ScenarioError, load_scenario
from sim.scenario.reading import read_draft
from sim.scenario.shipped import COUNTIES

FIRST = "norfolk"
MEANT = {
    "small": "Invented, for learning. It answers quickly.",
    "theory": "Not a place. It tests the model against the theory of queues.",
}
"""Counties that ship and are no county."""


@dataclass(frozen=True)
class Choice:
    """Something to choose: the value, how it is called, and what it means."""

    value: str
    label: str
    hint: str = ""


@dataclass(frozen=True)
class Group:
    """Choices under a heading."""

    heading: str
    choices: tuple[Choice, ...]


@dataclass(frozen=True)
class County:
    """A county: ``word`` is how a command names it; ``what_ifs`` are its named overrides."""

    name: str
    word: str
    folder: Path
    scenario: Scenario
    what_ifs: tuple[Choice, ...]

    @property
    def title(self) -> str:
        """Its name for people."""
        return self.scenario.name

    def who(self) -> tuple[Group, ...]:
        """Who may fail."""
        groups = (
            Group("Principal providers, by area", tuple(self._principals())),
            Group("Largest providers", tuple(self._largest())),
            Group("Owners of several providers", tuple(self._owners())),
            Group("Any provider, by code", tuple(self._providers())),
        )
        return tuple(group for group in groups if group.choices)

    def _principals(self) -> Iterator[Choice]:
        tiers, scenario = self.scenario.commissioning.principal_tiers, self.scenario
        for area in scenario.areas:
            holders = {
                row.provider
                for row in scenario.commissioning.contracts
                if row.tier in tiers and row.area == area.code
            }
            if len(holders) == 1:
                yield Choice(f"principal:{area.code}", f"Principal provider of {area.name}")
            elif holders:  # each has to be named by its code
                for code in sorted(holders):
                    yield Choice(code, f"Provider {code}, a principal provider of {area.name}")

    def _largest(self) -> Iterator[Choice]:
        yield Choice("largest", f"Largest provider in {self.title} on that day")
        for area in self.scenario.areas:
            yield Choice(f"largest:{area.code}", f"Largest provider in {area.name} on that day")

    def _owners(self) -> Iterator[Choice]:
        owned = [row.owner for row in self.scenario.providers if row.owner]
        for code in sorted({code for code in owned if owned.count(code) > 1}):
            yield Choice(f"owner:{code}", f"All providers that {code} owns")

    def _providers(self) -> Iterator[Choice]:
        names = {area.code: area.name for area in self.scenario.areas}
        for row in self.scenario.providers:
            places = [names[b.area] for b in self.scenario.branches if b.provider == row.code]
            where = ", ".join(places[:2]) + (f" and {len(places) - 2} more" * (len(places) > 2))
            yield Choice(row.code, f"Provider {row.code}" + (f" ({where})" if where else ""))

    def who_is(self, rule: str) -> str:
        """Somebody who may fail, within a sentence."""
        for group in self.who():
            for choice in group.choices:
                if choice.value == rule:
                    text = choice.label.partition(" (")[0]
                    return text if text.startswith("Provider ") else f"the {lower_first(text)}"
        return f"“{rule}”"


def lower_first(text: str) -> str:
    """A label within a sentence."""
    return text[:1].lower() + text[1:]


def shipped() -> list[str]:
    """Counties that ship: the first one, then by name, those that are no county last."""
    names = [path.name for path in COUNTIES.iterdir() if (path / "county.toml").is_file()]
    return sorted(names, key=lambda name: (name in MEANT, name != FIRST, name))


def county(store: Store, name: str) -> County | None:
    """A county by its name on a page: of one's own before one that ships. None if there is none.

    Raises ScenarioError if its folder has faults.
    """
    if (own := store.county(name)) is not None:
        return opened(name, own, store.root / own)
    return shipped_county(name) if name in shipped() else None


@cache
def shipped_county(name: str) -> County:
    """A supplied county; it does not change while the app runs."""
    return opened(name, name, COUNTIES / name)


def opened(name: str, word: str, folder: Path) -> County:
    """A county from its folder. Raises ScenarioError."""
    scenario = load_scenario(folder)
    told = read_draft(folder).named_overrides
    what_ifs = tuple(
        Choice(key, capital(str(one.get("meaning", key))))
        for key, one in told.items()
        if isinstance(one, dict)
    )
    return County(name, word, folder, scenario, what_ifs)


def capital(text: str) -> str:
    """A text as a sentence begins; a name of a file's column stays as it is."""
    return text if "_" in text.partition(" ")[0] else text[:1].upper() + text[1:]


def about(name: str) -> str:
    """A county that ships, in a line."""
    if name in MEANT:
        return MEANT[name]
    scenario = shipped_county(name).scenario
    return (
        f"{len(scenario.areas)} areas and {len(scenario.providers)} providers, "
        f"{scenario.calendar.start.year} to {scenario.calendar.end.year}"
    )


def faults_of(folder: Path) -> ScenarioError | None:
    """What is wrong with a county's folder, if anything."""
    try:
        load_scenario(folder)
    except ScenarioError as error:
        return error
    return None


def title_of(name: str) -> str:
    """The name of a county that ships, for people."""
    return shipped_county(name).title
