"""Files as text, whatever a user may give for one: a value, or what is wrong with the file."""

from __future__ import annotations

import codecs
import errno
import os
import re
import stat
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sim.scenario.dates import OTHER_DATE, date_hint
from sim.scenario.faults import Fault, Place, dotted, shown

MOST_BYTES = 50_000_000
"""Assumption: a table of 200,000 rows, the most that is read, has some 20 MB."""
DEEPEST = 20
"""Groups within groups; a county has four. Python itself gives up at a thousand."""
LARGEST = 2**63 - 1
"""What TOML promises of whole numbers."""
NO_TOML = "not valid TOML"
MARKS = {
    codecs.BOM_UTF32_LE: "UTF-32",
    codecs.BOM_UTF32_BE: "UTF-32",
    codecs.BOM_UTF16_LE: "UTF-16",
    codecs.BOM_UTF16_BE: "UTF-16",
}
SPREADSHEET = "In the spreadsheet program choose 'Save as', 'CSV UTF-8 (comma delimited)'"
EDITOR = "In the text editor choose 'Save as' with the encoding UTF-8"


def read_text(path: Path, *, given: bool = False) -> tuple[str | None, list[Fault]]:
    """The text of a file, or one fault; ``given``: the user named it, it is not one of a folder."""
    found = _content(path, given=given)
    if isinstance(found, Fault):
        return None, [found]
    wrong = _not_text(path, found)
    return (None, [wrong]) if wrong else (found.decode("utf-8-sig"), [])


def _content(path: Path, *, given: bool) -> bytes | Fault:
    place = Place(path.name)
    kind = "a CSV file" if path.suffix.lower() == ".csv" else "a file"
    name_it = f"Name {kind}" if given else f"Put a {path.name} into {path.parent.name}/"
    try:
        told = path.stat()
        if stat.S_ISDIR(told.st_mode):
            return Fault(place, "it is a folder, not a file", name_it)
        if not stat.S_ISREG(told.st_mode):  # to open a pipe would wait for ever
            return Fault(place, "it is a pipe or a device, not a file", name_it)
        if told.st_size > MOST_BYTES:
            wrong = f"it has {told.st_size / 1e6:,.0f} MB"
            most = f"At most {MOST_BYTES / 1e6:.0f} MB are read"
            return Fault(place, wrong, f"{most}: leave out what the run does not need")
        return path.read_bytes()
    except FileNotFoundError:
        wrong = "it is a link that leads nowhere" if path.is_symlink() else "the file is missing"
        return Fault(place, wrong, name_it)
    except (OSError, ValueError) as error:
        if getattr(error, "errno", None) == errno.ELOOP:
            return Fault(place, "it is a link that leads back to itself", name_it)
        why = getattr(error, "strerror", None) or str(error)
        return Fault(place, f"the file cannot be read ({why})", name_it)


def is_folder(path: Path) -> bool:
    """Whether it is a folder; unlike Path's own question, one of any name may be asked."""
    return os.path.isdir(path)  # noqa: PTH112


def is_file(path: Path) -> bool:
    """Whether it is a file; see ``is_folder``."""
    return os.path.isfile(path)  # noqa: PTH113


def is_there(path: Path) -> bool:
    """Whether anything has that name, even a link that leads nowhere."""
    return os.path.lexists(path)


def _not_text(path: Path, content: bytes) -> Fault | None:
    """Why a file is not UTF-8 text, and where it first shows."""
    table = path.suffix.lower() == ".csv"
    by_whom = " (a spreadsheet program may have rewritten it)" if table else ""
    wrong = f"the file is not UTF-8 text{by_whom}"
    remedy = SPREADSHEET if table else EDITOR
    place = Place(path.name)
    for mark, name in MARKS.items():
        if content.startswith(mark):
            return Fault(place, wrong, f"{remedy}; it is {name}")
    if (at := content.find(b"\0")) >= 0:
        if content[:1000].count(b"\0") > len(content[:1000]) // 4:
            return Fault(place, wrong, f"{remedy}; it seems to be UTF-16")
        wrong = f"a NUL character in line {_line(content, at)} (byte {at + 1:,} of the file)"
        return Fault(place, wrong, "Remove it; the file may be damaged")
    try:
        content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        at = error.start + (len(codecs.BOM_UTF8) if content.startswith(codecs.BOM_UTF8) else 0)
        where = f"line {_line(content, at)} (byte {at + 1:,} of the file, 0x{content[at]:02x})"
        return Fault(place, wrong, f"{remedy}; what cannot be read begins in {where}")
    return None


def _line(content: bytes, at: int) -> int:
    return content.count(b"\n", 0, at) + 1


def read_toml(path: Path, *, given: bool = False) -> tuple[dict[str, Any] | None, list[Fault]]:
    """The values of a TOML file, or what is wrong with it."""
    text, faults = read_text(path, given=given)
    if text is None:
        return None, faults
    return parsed_toml(text, path.name)


def parsed_toml(text: str, file: str) -> tuple[dict[str, Any] | None, list[Fault]]:
    """The values of a TOML text, or what is wrong with it; ``file`` is what a fault calls it."""
    place = Place(file)
    too_deep = Fault(place, "groups are nested too deeply", f"Nest at most {DEEPEST}")
    try:
        values = tomllib.loads(text)
    except RecursionError:
        return None, [too_deep]
    except ValueError as error:  # tomllib's own, and Python's of numbers of thousands of digits
        if not isinstance(error, tomllib.TOMLDecodeError):
            return None, [Fault(place, "a number of thousands of digits", _range_of_integers())]
        wrong = f"{NO_TOML}: {_one_line(str(error))}"
        return None, [Fault(place, wrong, _mend_toml(text, str(error)))]
    if _depth_exceeds(values, DEEPEST):
        return None, [too_deep]
    large = [
        Fault(Place(file, None, dotted("", path)), _too_large(number), _range_of_integers())
        for path, number in _integers((), values)
        if not -LARGEST - 1 <= number <= LARGEST
    ]
    return (None, large) if large else (values, [])


def _too_large(number: int) -> str:
    return f"{shown(number)} is too large" if abs(number) < 10**40 else "a number is too large"


def _range_of_integers() -> str:
    return f"Give a whole number from {-LARGEST - 1} to {LARGEST}"


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _mend_toml(text: str, error: str) -> str:
    """How to mend a line that is no TOML, by what is likely to have been meant."""
    found = re.search(r"at line (\d+)", error)
    lines = text.split("\n")
    line = lines[int(found[1]) - 1] if found and int(found[1]) <= len(lines) else ""
    value = line.partition("=")[2]
    if (date := OTHER_DATE.search(value)) and '"' not in value[: date.start()]:
        return f"Write dates as YYYY-MM-DD{date_hint(date[0])}"
    if number := re.search(r"(?<![\w.\"'+-])[+-]?0(\d+)\b(?![-:])", value):
        return f"Write numbers without a leading zero: {number[1].lstrip('0') or '0'}"
    if number := re.search(r"=\s*(\d+),(\d+)", line):
        return f"Numbers have a decimal point: {number[1]}.{number[2]}"
    return 'Correct the line (text in "quotes", lists in [brackets], true and false without quotes)'


def _depth_exceeds(value: Any, most: int) -> bool:
    """Whether groups stand deeper than so many; without recursion, which has its own limit."""
    level = [value]
    for _ in range(most):
        level = [inner for outer in level for inner in _inside(outer)]
    return any(isinstance(value, (dict, list)) for value in level)


def _inside(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []


def _integers(path: tuple[Any, ...], value: Any) -> Iterator[tuple[tuple[Any, ...], int]]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _integers((*path, key), inner)
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _integers((*path, index), inner)
    elif isinstance(value, int):
        yield path, value
