"""Files damaged at random: a county loads, or says what is wrong with it; it never breaks down."""

from __future__ import annotations

import random
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from sim.scenario import ScenarioError, load_scenario
from sim.scenario.reading import COMMISSIONING_MODELS, COUNTIES

MODEL = "small_principal_provider"
SEEDS, EACH = 40, 8
NUMBERS = ["nan", "inf", "-inf", "1e400", "-1", "0", "-0", "1e-300", "007", "1_000", "7.000,00"]
WORDS = ["£5", "30%", "true", "[]", "{}", "[[1]]", "0x10", "31/12/2024", "9999-12-31", "0001-01-01"]
MARKS = ["#", "[a]", "=", ",", ";", "\t", "\\", "../up", "'", '"', '"""', ""]
ODD = (*NUMBERS, *WORDS, *MARKS, "9" * 400, "9" * 5000)
BYTES = (b"\x00", b"\xff", b"\xe2", b"\xef\xbb\xbf", b"\r", b"\x1a", "\u2028".encode(), b'"', b",,")
FAILURES = b"date,who,areas\n2024-06-01,largest,\n2024-07-01,ANCHOR,COASTAL\n"


def broken_bytes(content: bytes, chance: random.Random) -> bytes:
    at = chance.randrange(len(content) + 1)
    return content[:at] + chance.choice(BYTES) + content[at + chance.randrange(3) :]


def swapped_separators(content: bytes, chance: random.Random) -> bytes:
    one, other = chance.sample([b",", b";", b"\t", b"\n", b"=", b".", b"[", b"]", b'"'], 2)
    return content.replace(one, other, chance.choice([1, 3, -1]))


def odd_values(content: bytes, chance: random.Random) -> bytes:
    mark = b"," if b"=" not in content else b"= "
    parts = content.split(mark)
    at = chance.randrange(len(parts))
    rest = parts[at].split(b"\n", 1)[1:] if b"\n" in parts[at] else []
    parts[at] = b"\n".join([chance.choice(ODD).encode(), *rest])
    return mark.join(parts)


def deleted_column(content: bytes, chance: random.Random) -> bytes:
    rows = [line.split(b",") for line in content.split(b"\n")]
    at = chance.randrange(max(map(len, rows)))
    return b"\n".join(b",".join(row[:at] + row[at + 1 :]) for row in rows)


def shuffled_lines(content: bytes, chance: random.Random) -> bytes:
    lines = content.split(b"\n")
    at, to = chance.randrange(len(lines)), chance.randrange(len(lines))
    lines.insert(to, lines.pop(at) if chance.random() < 0.5 else lines[at])
    return b"\n".join(lines)


def cut_short(content: bytes, chance: random.Random) -> bytes:
    return content[: chance.randrange(len(content) + 1)]


def other_encoding(content: bytes, chance: random.Random) -> bytes:
    return content.decode("utf-8", "replace").encode(
        chance.choice(["utf-16", "utf-16-le", "utf-32", "cp037"]), "replace"
    )


Change = Callable[[bytes, random.Random], bytes]
CHANGES: tuple[Change, ...] = (
    broken_bytes,
    swapped_separators,
    odd_values,
    odd_values,
    deleted_column,
    shuffled_lines,
    cut_short,
    other_encoding,
)


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small county with its model and failures of its own."""
    folder = tmp_path_factory.mktemp("mutations") / "mine"
    shutil.copytree(COUNTIES / "small", folder)
    shutil.copytree(COMMISSIONING_MODELS / MODEL, folder / MODEL)
    area = (folder / "areas.csv").read_text(encoding="utf-8").splitlines()[1].partition(",")[0]
    (folder / "failures.csv").write_bytes(FAILURES.replace(b"COASTAL", area.encode()))
    assert load_scenario(folder).failures
    return folder


@pytest.mark.parametrize("seed", range(SEEDS))
def test_a_damaged_county_loads_or_is_refused(sound: Path, tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    for number in range(EACH):
        folder = tmp_path / str(number)
        shutil.copytree(sound, folder)
        files = sorted(path for path in folder.rglob("*") if path.is_file())
        for path in chance.sample(files, chance.choice([1, 1, 1, 3])):
            change = chance.choice(CHANGES)
            path.write_bytes(change(path.read_bytes(), chance))
        try:
            assert load_scenario(folder).identity
        except ScenarioError as error:
            lines = str(error).split("\n")
            assert all(20 < len(line) < 1000 and line.isprintable() for line in lines)
        shutil.rmtree(folder)
