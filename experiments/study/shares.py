"""Shares of a study: part 3 of 20, for machines that share no disk, or a cluster's array jobs.

A share is every twentieth replication of a draw, with all its scenarios: pairs stay together, and
shares take as long as each other. Each is carried out in a folder of its own, which says which it
is; ``merging.py`` puts them together.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from experiments.engine.carrying import Engine
from experiments.engine.parts import write_whole
from experiments.engine.work import Done, WorkItem
from experiments.study.progress import Progress
from experiments.study.study import Cell, Study
from sim.scenario import Fault, ScenarioError
from sim.scenario.faults import Place
from sim.scenario.text_files import is_file

SHARE = "part.json"
MOST_SHARES = 100_000


@dataclass(frozen=True, slots=True)
class Share:
    """A part of a study's runs, by its number, the first is 1, and how many parts there are."""

    number: int
    of: int

    def __str__(self) -> str:
        return f"{self.number}/{self.of}"

    def cells(self, study: Study) -> Iterator[Cell]:
        """Its runs, in the study's order."""
        for pair in self._pairs(study):
            place, draw = divmod(pair, len(study.draws))
            for scenario in range(len(study.scenarios)):
                yield Cell(scenario, draw, study.replications.begin + place)

    def runs(self, study: Study) -> int:
        """How many runs it has."""
        return len(self._pairs(study)) * len(study.scenarios)

    def _pairs(self, study: Study) -> range:
        """Its replications of draws, by their places in the study's order."""
        return range(self.number - 1, study.replications.asked_for * len(study.draws), self.of)


def share_of(text: str) -> tuple[Share | None, list[Fault]]:
    """The share that an option names, or why there is none."""
    place = Place(f"--part {text}")
    found = re.fullmatch(r"([0-9]{1,6})/([0-9]{1,6})", text)
    if found is None:
        return None, [
            Fault(
                place,
                "it is not a part of a number of parts",
                "Write it as 3/20: the third of 20 parts",
            )
        ]
    share = Share(int(found[1]), int(found[2]))
    if not 1 <= share.number <= share.of:
        cure = f"Give 1/{share.of} to {share.of}/{share.of}" if share.of else "Give 1/1 or more"
        return None, [Fault(place, f"there is no part {share.number} of {share.of}", cure)]
    return share, []


def parting_faults(share: Share, study: Study) -> list[Fault]:
    """Why a study cannot be parted so, if it cannot."""
    place = Place(f"--part {share}")
    if study.replications.within is not None:
        wrong = "how many replications the study takes is not known before it has run"
        cure = "Give replications.number in place of replications.within"
        return [Fault(place, wrong, cure)]
    most = min(MOST_SHARES, study.replications.asked_for * len(study.draws))
    if share.of <= most:
        return []
    cure = f"Give 1 to {most:,} parts: scenarios of a draw and replication are kept together"
    return [Fault(place, f"the study cannot be divided into {share.of:,} parts", cure)]


def folder_of(folder: Path, share: Share) -> Path:
    """Where a share goes unless the user says: beside the study's own folder."""
    return folder.with_name(f"{folder.name}-part-{share.number}-of-{share.of}")


def read_share(folder: Path) -> Share | None:
    """Which share a folder holds; None if it holds a whole study. Raises ScenarioError."""
    path = folder / SHARE
    if not is_file(path):
        return None
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
        return Share(int(told["number"]), int(told["of"]))
    except (OSError, ValueError, KeyError, TypeError) as error:
        wrong = f"it cannot be read ({type(error).__name__})"
        raise ScenarioError([Fault(Place(str(path)), wrong, "Start the part again")]) from error


def keep_share(folder: Path, share: Share) -> None:
    """Write which share a folder holds."""
    write_whole(folder / SHARE, (json.dumps(asdict(share)) + "\n").encode("utf-8"))


def share_faults(folder: Path, asked: Share | None) -> list[Fault]:
    """Why work in a folder is not that of the share asked for, if it is not."""
    begun = read_share(folder)
    if begun == asked:
        return []
    was, now = (f"part {one}" if one else "the whole study" for one in (begun, asked))
    cure = "Name another folder, or leave out --part and name this folder in place of the study"
    return [Fault(Place(str(folder)), f"{was} was begun there, not {now}", cure)]


def carry_out_share(study: Study, share: Share, engine: Engine, progress: Progress) -> None:
    """Carry a share out; ``progress`` hears of each run. Raises KeepingError or WorkersError."""

    def heard(item: WorkItem, done: Done) -> None:
        progress.note(study.cell(item.label), done)
        engine.told(engine, share.runs(study))

    engine.carry_out(study.items(share.cells(study)), heard)
