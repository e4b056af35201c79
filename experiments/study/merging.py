"""Putting the parts of a study together, checked by identity: the same bytes as one go.

Nothing is merged unless every part is there once, of this study and this version, with every run.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from experiments.engine.folder import short
from experiments.engine.parts import DamagedError, write_whole
from experiments.study.begun import parts_of, read_study, version_faults
from experiments.study.shares import Share, read_share
from experiments.study.study import Study
from sim.scenario import Fault, ScenarioError
from sim.scenario.amounts import counted
from sim.scenario.faults import Place

MOST_NAMED = 12


@dataclass(frozen=True)
class Part:
    """A folder with a share of a study."""

    folder: Path
    study: Study
    share: Share

    @property
    def place(self) -> Place:
        """Where it is, for messages about what is wrong with it."""
        return Place(str(self.folder))


def parts_in(folders: Sequence[Path], *, with_failed: bool = False) -> list[Part]:
    """The parts of one study, all of them. Raises ScenarioError with all that is wrong.

    ``with_failed``: runs that failed are taken as they are.
    """
    found: list[Part] = []
    faults: list[Fault] = []
    for folder in folders:
        try:
            found.append(_part(folder))
        except ScenarioError as error:
            faults += error.faults
    if found:
        for part in found:
            faults += _study_faults(part, found[0])
            faults += _run_faults(part, with_failed=with_failed)
        faults += _share_faults(found, whole=len(found) == len(folders))
    if faults:
        raise ScenarioError(list(dict.fromkeys(faults)))
    return sorted(found, key=lambda part: part.share.number)


def _part(folder: Path) -> Part:
    study, share = read_study(folder), read_share(folder)
    if share is None:
        cure = "Name folders that caremarket sweep STUDY --part made"
        raise ScenarioError([Fault(Place(str(folder)), "it does not hold a part of a study", cure)])
    return Part(folder, study, share)


def _study_faults(part: Part, first: Part) -> Iterator[Fault]:
    """Why a part is not one of the first one's study, or of this version."""
    yield from version_faults(part.folder, part.study)
    was, now = ({"name": one.study.name, **one.study.depends_on} for one in (first, part))
    cure = "Merge only parts of one study"
    for key in dict.fromkeys([*was, *now]):
        if was.get(key) != now.get(key):
            told = f"{short(now.get(key))}, there {short(was.get(key))}"
            yield Fault(part.place, f"it has another {key} than {first.folder} ({told})", cure)


def _share_faults(parts: Sequence[Part], *, whole: bool) -> Iterator[Fault]:
    """Parts that are missing, stand twice, or overlap because a study was parted in two ways.

    ``whole``: every folder could be read, so that what is not there is missing.
    """
    ways = Counter(part.share.of for part in parts)
    of = ways.most_common(1)[0][0]
    for part in parts:
        if part.share.of != of:
            wrong = f"it is part {part.share}, and others are parts of {of}: their runs overlap"
            yield Fault(
                part.place, wrong, "Merge only parts that were made with the same number of parts"
            )
    seen: dict[Share, Part] = {}
    for part in parts:
        if part.share in seen:
            wrong = f"it is part {part.share}, as is {seen[part.share].folder}"
            yield Fault(part.place, wrong, "Name one of them")
        seen.setdefault(part.share, part)
    missing = [Share(n, of) for n in range(1, of + 1) if Share(n, of) not in seen]
    if missing and whole:
        named = ", ".join(map(str, missing[:MOST_NAMED])) + (" …" if missing[MOST_NAMED:] else "")
        wrong = f"{counted(len(missing), 'part')} of {of} missing ({named})"
        cure = f"Name their folders too; one is made by caremarket sweep STUDY --part {missing[0]}"
        yield Fault(Place("merge"), wrong, cure)


def _run_faults(part: Part, *, with_failed: bool) -> Iterator[Fault]:
    """Runs of a part that are not there, are damaged, or failed."""
    store = parts_of(part.folder)
    states: Counter[str] = Counter()
    for cell in part.share.cells(part.study):
        try:
            done = store.look(part.study.identity(cell))
        except DamagedError:
            states["damaged"] += 1
            continue
        states["missing" if done is None else "failed" if done.failed else "finished"] += 1
    every = part.share.runs(part.study)
    again = f"caremarket sweep {part.folder}"
    if states["missing"] or states["damaged"]:
        told = [f"{states[name]:,} {name}" for name in ("missing", "damaged") if states[name]]
        wrong = f"of its {every:,} runs, {' and '.join(told)}"
        yield Fault(part.place, wrong, f"Go on with it: {again}")
    if states["failed"] and not with_failed:
        wrong = f"of its {every:,} runs, {states['failed']:,} failed"
        cure = f"Try them again: {again} --retry-failed; or accept them: --with-failed"
        yield Fault(part.place, wrong, cure)


def bring_together(parts: Sequence[Part], folder: Path) -> None:
    """Copy every run of every part into a study's folder. Raises KeepingError."""
    target = parts_of(folder)
    for part in parts:
        store = parts_of(part.folder)
        for cell in part.share.cells(part.study):
            identity = part.study.identity(cell)
            if not target.path(identity).exists():
                write_whole(target.path(identity), store.path(identity).read_bytes())
