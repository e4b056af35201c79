"""What is drawn for what: every purpose and every number of a row stands in one table."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path
from zlib import crc32

import pytest

from sim import draws
from sim.draws import PURPOSES, Part
from sim.processes.arrivals import COLUMNS

MODEL = Path(__file__).parents[1] / "sim"
READERS = ("uniform", "exponential")
NAMED = {
    name: value
    for name, value in vars(draws).items()
    if isinstance(value, int) and not name.startswith("_")
}


def trees() -> Iterator[tuple[Path, ast.Module]]:
    for path in sorted(MODEL.rglob("*.py")):
        yield path, ast.parse(path.read_text(encoding="utf-8"))


def drawn_for() -> Iterator[str]:
    """Every purpose of a stream or a key in the model; with a star where it begins so."""
    for _, tree in trees():
        for node in ast.walk(tree):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
                continue
            if node.func.attr in ("stream", "key", "stratified", "endless") and node.args:
                first = node.args[0]
                if isinstance(first, ast.Constant) and isinstance(first.value, str):
                    yield first.value
                elif isinstance(first, ast.JoinedStr):
                    start = first.values[0]
                    assert isinstance(start, ast.Constant)
                    yield f"{start.value}*"


def numbers_read() -> Iterator[tuple[str, ast.expr]]:
    """Where a number of a row is read: the file and line, and what the number is made of."""
    for path, tree in trees():
        for node in ast.walk(tree):
            called = node.func if isinstance(node, ast.Call) else None
            name = getattr(called, "id", getattr(called, "attr", ""))
            if name in READERS and path.name != "randomness.py":
                assert isinstance(node, ast.Call)
                yield f"{path.relative_to(MODEL).as_posix()}:{node.lineno}", node.args[1]


def test_every_purpose_stands_in_the_table_and_no_two_have_one_key() -> None:
    told = set(drawn_for())
    starts = {purpose.removesuffix("*") for purpose in told if purpose.endswith("*")}
    plain = {purpose for purpose in told if not purpose.endswith("*")}
    begun = {purpose for purpose in PURPOSES if purpose.startswith(tuple(starts))}
    assert plain | begun == set(PURPOSES)
    assert all(any(purpose.startswith(start) for purpose in begun) for start in starts)
    assert len({crc32(purpose.encode()) for purpose in PURPOSES}) == len(PURPOSES)


def meet(one: Part, other: Part) -> bool:
    """Whether two progressions share a number; most are far too long to be listed."""
    low = max(one.numbers.start, other.numbers.start)
    high = min(one.numbers[-1], other.numbers[-1])
    whole = one.step * other.step  # after so many numbers the pattern of both repeats
    return any(
        n in one.numbers and n in other.numbers for n in range(low, min(high, low + whole) + 1)
    )


@pytest.mark.parametrize("purpose", [name for name, told in PURPOSES.items() if told.parts])
def test_no_two_parts_of_a_row_share_a_number(purpose: str) -> None:
    parts = PURPOSES[purpose].parts
    assert all(part.first >= 0 and part.most > 0 and part.decides for part in parts)
    clashes = [(a, b) for a, b in combinations(parts, 2) if meet(a, b)]
    assert not clashes


@pytest.mark.parametrize(
    ("one", "other", "shared"),
    [
        (Part(0, 10, "a"), Part(10, 5, "b"), False),
        (Part(0, 11, "a"), Part(10, 5, "b"), True),
        (Part(0, 10**9, "a", 2), Part(1, 10**9, "b", 2), False),
        (Part(0, 10**9, "a", 2), Part(10**9 + 1, 1, "b"), False),
        (Part(1, 10**9, "a", 2), Part(10**9 + 1, 1, "b"), True),
        (Part(0, 10**9, "a", 3), Part(7, 10**9, "b", 2), True),
    ],
)
def test_parts_that_meet_are_found(one: Part, other: Part, shared: bool) -> None:
    assert meet(one, other) == meet(other, one) == shared


def pattern_of(number: ast.expr) -> tuple[str, str]:
    """A number's first and step, by name: FIRST, FIRST + n, or FIRST + STEP * n."""
    match number:
        case ast.Name(id=first):
            return first, ""
        case ast.BinOp(
            left=ast.Name(id=first),
            op=ast.Add(),
            right=ast.BinOp(left=ast.Name(id=step), op=ast.Mult()),
        ):
            return first, step
        case ast.BinOp(left=ast.Name(id=first), op=ast.Add(), right=right):
            assert not any(isinstance(part, ast.BinOp | ast.Constant) for part in ast.walk(right))
            return first, ""
    raise AssertionError(ast.unparse(number))


@pytest.mark.parametrize(("where", "number"), [pytest.param(w, n, id=w) for w, n in numbers_read()])
def test_no_draw_is_read_by_a_bare_number(where: str, number: ast.expr) -> None:
    """Its first, and its step if it has one, are names of the table, and stand there together."""
    first, step = pattern_of(number)
    assert first in NAMED, f"{where}: {ast.unparse(number)}"
    steps = {part.step for told in PURPOSES.values() for part in told.parts
             if part.first == NAMED[first]}  # fmt: skip
    assert (NAMED[step] if step else 1) in steps


def test_every_number_of_the_table_is_read() -> None:
    read = {name for _, number in numbers_read() for name in pattern_of(number) if name}
    assert read | {"TENDER_START"} == set(NAMED)


def test_a_row_of_the_users_own_has_room_for_a_whole_person() -> None:
    assert PURPOSES["own referrals"].parts[0].most > COLUMNS
