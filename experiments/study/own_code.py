"""Python that a study brings: outcomes and rules of the user's own, carried out wherever it runs.

The text of its files is all there is to it. It is part of every run's identity, goes to workers
with the run, and is kept in the study's folder; so no worker needs the files, and nothing is run
that the identity does not know. It is Python and can do whatever its user can: a study that has
some is carried out only by who says so (``--own-code``).
"""

from __future__ import annotations

import hashlib
import importlib
import json
import sys
import threading
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache, wraps
from importlib.abc import InspectLoader, MetaPathFinder
from importlib.machinery import ModuleSpec
from importlib.util import spec_from_loader
from inspect import isgeneratorfunction
from pathlib import Path
from types import CodeType
from typing import Any

from simpy.events import ProcessGenerator

from sim.market.market import Market
from sim.outcomes.declaration import About, Outcome
from sim.outcomes.registry import outcome_told, outcomes_apart, told_of, with_own_outcomes
from sim.processes.own_rules import Rule, declared_rules, with_rules

FOLDER = "own_code"
"""Where a study's folder keeps its files, and how their places are told in an error."""
ABOUT = (About.RUN, About.FAILURE)
"""What a user's own outcomes may be about."""
ONE_AT_A_TIME = threading.Lock()


class OwnCodeError(RuntimeError):
    """An error in a study's own code; the message tells its file and line."""


@dataclass(frozen=True, slots=True)
class OwnCode:
    """The files of a study's own code, by name and text, in the order in which they are listed."""

    files: tuple[tuple[str, str], ...]

    @property
    def identity(self) -> str:
        """A hash of the files."""
        return hashlib.sha256(json.dumps(self.files).encode()).hexdigest()

    @property
    def hashes(self) -> dict[str, str]:
        """The SHA-256 of each file, by its name."""
        return {name: hashlib.sha256(text.encode()).hexdigest() for name, text in self.files}


@dataclass(frozen=True)
class Declared:
    """What own code declares: outcomes by name, and rules."""

    outcomes: Mapping[str, Outcome]
    rules: tuple[Rule, ...]


@dataclass(frozen=True)
class Brought:
    """Own code as a study knows it: its files, its outcomes without their functions, its rules."""

    code: OwnCode
    outcomes: tuple[Outcome, ...]
    rules: tuple[str, ...]

    @contextmanager
    def told(self) -> Iterator[None]:
        """Have its outcomes told after the model's meanwhile; none of its code is run."""
        with with_own_outcomes({one.name: one for one in self.outcomes}):
            yield


def brought(code: OwnCode) -> Brought:
    """Own code with what it declares, which takes running it. Raises OwnCodeError."""
    declared = loaded(code)
    outcomes = tuple(outcome_told(told_of(one)) for one in declared.outcomes.values())
    return Brought(code, outcomes, tuple(one.__name__ for one in declared.rules))


@contextmanager
def in_force(code: OwnCode | None) -> Iterator[None]:
    """Have markets begin with own rules, and runs told with own outcomes, meanwhile."""
    if code is None:
        yield
        return
    declared = loaded(code)
    with with_own_outcomes(declared.outcomes), with_rules(declared.rules):
        yield


@cache
def loaded(code: OwnCode) -> Declared:
    """Run own code once in this process, for what it declares. Raises OwnCodeError."""
    files = OwnFiles(code)
    with ONE_AT_A_TIME, outcomes_apart() as outcomes, declared_rules() as rules:
        try:
            with importable(files):
                for name in files.texts:
                    importlib.import_module(name)
        except (Exception, SystemExit) as error:
            raise OwnCodeError(in_place(error)) from error
    for one in outcomes.values():
        if one.about not in ABOUT:
            allowed = " or ".join(f"About.{about.name}" for about in ABOUT)
            raise OwnCodeError(f"{begins(one.of)}: {one.name} is about {one.about}; take {allowed}")
    for rule in rules:
        if not isgeneratorfunction(rule):
            wrong = f"the rule {rule.__name__} has no yield, so it never waits"
            raise OwnCodeError(f"{begins(rule)}: {wrong}")
    return Declared(
        {name: replace(one, of=measuring(one.of)) for name, one in outcomes.items()},
        tuple(map(acting, rules)),
    )


class OwnFiles(MetaPathFinder, InspectLoader):
    """Finds the modules of own code, from their text."""

    def __init__(self, code: OwnCode) -> None:
        self.texts = {Path(name).stem: text for name, text in code.files}

    def find_spec(
        self, fullname: str, path: object = None, target: object = None
    ) -> ModuleSpec | None:
        """The module of a file that is listed; None for any other."""
        return spec_from_loader(fullname, self) if fullname in self.texts else None

    def is_package(self, fullname: str) -> bool:
        """A file is no package."""
        return False

    def get_source(self, fullname: str) -> str:
        """Its text, which tracebacks show where the file is not there."""
        return self.texts[fullname]

    def get_code(self, fullname: str) -> CodeType:
        """Its text, compiled. Raises SyntaxError."""
        name = f"{FOLDER}/{fullname}.py"
        code: CodeType = compile(self.texts[fullname], name, "exec", dont_inherit=True)
        return code


@contextmanager
def importable(files: OwnFiles) -> Iterator[None]:
    """Let the files import each other meanwhile; afterwards nobody finds them by name."""
    hidden = {name: sys.modules.pop(name) for name in files.texts if name in sys.modules}
    sys.meta_path.insert(0, files)
    try:
        yield
    finally:
        sys.meta_path.remove(files)
        for name in files.texts:
            sys.modules.pop(name, None)
        sys.modules.update(hidden)


def measuring(of: Callable[..., Any]) -> Callable[..., float]:
    """An own outcome's function, whose errors tell where they arose."""

    @wraps(of)
    def measured(*about: Any, **more: Any) -> float:
        try:
            return float(of(*about, **more))
        except Exception as error:
            raise OwnCodeError(in_place(error, of)) from error

    return measured


def acting(rule: Rule) -> Rule:
    """An own rule, whose errors tell where they arose."""

    @wraps(rule)
    def acted(market: Market) -> ProcessGenerator:
        try:
            yield from rule(market)
        except Exception as error:
            raise OwnCodeError(in_place(error, rule)) from error

    return acted


def in_place(error: BaseException, of: Callable[..., Any] | None = None) -> str:
    """An error with the file and line of own code that it passed last, or where ``of`` begins."""
    if isinstance(error, SyntaxError) and (error.filename or "").startswith(FOLDER):
        return f"{told(error.filename or '', error.lineno)}: {error.msg}"
    frames = traceback.extract_tb(error.__traceback__)
    places = [told(one.filename, one.lineno) for one in frames if one.filename.startswith(FOLDER)]
    places = places or [begins(of) if of else FOLDER]
    return " ".join(f"{places[-1]}: {type(error).__name__}: {error}".split())


def begins(of: Callable[..., Any]) -> str:
    """The file and line where a function of own code begins; its name where it has no code."""
    code = getattr(of, "__code__", None)
    return told(code.co_filename, code.co_firstlineno) if code else str(of)


def told(file: str, line: int | None) -> str:
    """A place in own code."""
    return f"{file.removeprefix(f'{FOLDER}/')}, line {line}"
