"""Who made an output: scenario, seed, version and a hash of the installed source and data."""

from __future__ import annotations

import hashlib
import json
import platform
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import sim
from experiments.statistics.small_counts import LEAST, count_shown
from sim.build import build
from sim.processes.failure import ScriptedFailure, scripted
from sim.scenario import Scenario
from sim.scenario.caseload import told_of

if TYPE_CHECKING:
    from experiments.charts.chart import Provenance

DEPENDENCIES = (
    "simpy",
    "numpy",
    "scipy",
    "pandas",
    "matplotlib",
    "pydantic",
    "pyarrow",
    "afcharts",
)
HASHED = {".py", ".toml", ".csv"}
PYTHON = ".".join(platform.python_version_tuple()[:2])
TELLING = frozenset(
    {
        "app",
        "asking",
        "charts",
        "commands",
        "costs",
        "imports",
        "pages",
        "results",
        "samples",
        "words",
    }
)
"""Rooms that tell of what was found, or what it costs, and cannot change it."""
TELLING_FILES = frozenset(
    {"__main__.py", "account_words.py", "api.py", "boxes.py", "columns.py", "folder.py",
     "picture.py", "pictures.py", "tables.py", "words.py", "workbook.py"}
)  # fmt: skip
"""Files of other rooms of which the same is true; a test looks that no work imports them."""


@cache
def code_version() -> str:
    """A hash of the installed model's source and data (line endings do not count)."""
    return _hash_of(Path(sim.__file__).parent)


@cache
def questions_version() -> str:
    """A hash of the source that asks the model and reduces its answers; words and charts do not."""
    return _hash_of(Path(__file__).parents[1], TELLING, TELLING_FILES)


def _hash_of(
    root: Path, rooms: frozenset[str] = frozenset(), files: frozenset[str] = frozenset()
) -> str:
    digest = hashlib.sha256()
    for path in sorted(root.rglob("*"), key=lambda path: path.relative_to(root).as_posix()):
        parts = path.relative_to(root).parts
        if "__pycache__" in parts or parts[0] in rooms or path.name in files:
            continue
        if path.suffix in HASHED:
            digest.update(path.relative_to(root).as_posix().encode())
            digest.update(path.read_bytes().replace(b"\r\n", b"\n"))
    return digest.hexdigest()


@dataclass(frozen=True, slots=True)
class Failed:
    """An item without a result, as people are told of it."""

    label: str
    error: str


def versions() -> dict[str, str]:
    """What a result was computed with, by name, for people to read."""
    named = {name: version(name) for name in ("simpy", "numpy", "scipy")}
    program = f"caremarket {sim.__version__}"
    return {"program": program, "build": build(), "python": PYTHON, **named}


@dataclass(frozen=True, slots=True)
class Inputs:
    """All that decides a run's results; ``also``: what a question adds to the scenario."""

    scenario: Scenario
    seed: int
    replications: int
    also: tuple[Any, ...] = ()

    @property
    def failures(self) -> tuple[ScriptedFailure, ...]:
        """The failures of the scenario, in order of time."""
        told = [scripted(self.scenario, row) for row in self.scenario.failures]
        return tuple(sorted(told, key=lambda failure: (failure.day, failure.who)))

    @property
    def identity(self) -> str:
        """A hash of the inputs and of the model's code and data."""
        text = json.dumps(
            [
                self.scenario.identity,
                self.seed,
                self.replications,
                code_version(),
                *self.also,
            ],
            sort_keys=True,
            default=str,
        )
        return hashlib.sha256(text.encode()).hexdigest()


def made_by(inputs: Inputs) -> Provenance:
    """Which runs a chart shows."""
    from experiments.charts.chart import Provenance

    scenario = inputs.scenario
    return Provenance(
        "caremarket",
        scenario.code,
        scenario.identity[:8],
        inputs.seed,
        inputs.replications,
        sim.__version__,
    )


def manifest(inputs: Inputs, command: Sequence[str], failed: Sequence[Failed]) -> dict[str, Any]:
    """What made an output; no times, so that the same inputs give the same bytes."""
    scenario = inputs.scenario
    return {
        "what": "output of a model, not an observation or a forecast",
        "program": f"caremarket {sim.__version__}",
        "code_version": code_version(),
        "run_identity": inputs.identity,
        "scenario": {
            "county": scenario.code,
            "commissioning_model": scenario.commissioning.code,
            "identity": scenario.identity,
            "overrides": list(scenario.overrides),
        },
        "failures": [row.model_dump(mode="json") for row in scenario.failures],
        "referrals": len(scenario.referrals) or "generated",
        "caseload": few_hidden(told_of(scenario)) or "drawn",
        "seed": inputs.seed,
        "replications": inputs.replications,
        **how_made(command, failed),
    }


def few_hidden(told: dict[str, Any] | None) -> dict[str, Any] | None:
    """What is told of a caseload, of few people without their number and hours."""
    if told is None or told["people"] >= LEAST:
        return told
    return {**told, "people": count_shown(told["people"], LEAST), "hours_per_week": None}


def how_made(command: Sequence[str], failed: Sequence[Failed]) -> dict[str, Any]:
    """What was typed, what failed, and what it was computed with: the end of every manifest."""
    return {
        "replications_failed": [asdict(failure) for failure in failed],
        "command": list(command),
        "build": build(),
        "python": platform.python_version(),
        "dependencies": {name: version(name) for name in DEPENDENCIES},
    }
