"""The ten questions of ``caremarket new --ask``, what each allows, and the answers."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from math import ceil
from typing import Any, Literal

Buying = Literal["framework", "principal", "one"]
WAYS: dict[str, Buying] = {"1": "framework", "2": "principal", "3": "one"}
MOST_AREAS, MOST_PROVIDERS = 60, 500
FIRST_YEAR, LAST_YEAR = 2018, 2060
MOST_YEARS = 15
USUAL_HOURS_EACH = 13.45


@dataclass(frozen=True)
class Answers:
    """A county in ten answers. Hours are those that the council pays for, a week."""

    years: tuple[int, int]
    areas: tuple[str, ...]
    hours_per_week: tuple[float, ...]
    people: int
    countryside_share: float
    private_share: float
    providers: int
    largest_share: float
    buying: Buying
    rate_gbp_per_hour: float


Read = Callable[[str, dict[str, Any]], Any]


@dataclass(frozen=True)
class Question:
    """A question, the answer that Enter gives, and how an answer is read.

    ``usual`` may follow from the answers so far; ``read`` raises ValueError with what is allowed.
    """

    key: str
    words: str
    usual: str | Callable[[dict[str, Any]], str]
    read: Read

    def usually(self, so_far: dict[str, Any]) -> str:
        """The answer that Enter gives."""
        return self.usual if isinstance(self.usual, str) else self.usual(so_far)


def years(text: str, _: dict[str, Any]) -> tuple[int, int]:
    """A first and a last year."""
    found = re.fullmatch(r"\s*(\d{4})\s*(?:-|–|to)\s*(\d{4})\s*", text)
    allowed = f"two years from {FIRST_YEAR} to {LAST_YEAR}, at most {MOST_YEARS}, such as 2026-2030"
    if not found:
        raise ValueError(allowed)
    first, last = int(found[1]), int(found[2])
    if not FIRST_YEAR <= first <= last <= LAST_YEAR or last - first >= MOST_YEARS:
        raise ValueError(allowed)
    return first, last


def names(text: str, _: dict[str, Any]) -> tuple[str, ...]:
    """Names of areas."""
    told = tuple(" ".join(name.split()) for name in text.split(",") if name.strip())
    codes = [code_of(name) for name in told]
    if not 1 <= len(told) <= MOST_AREAS:
        raise ValueError(f"1 to {MOST_AREAS} names separated by commas, such as North, South")
    if unlike := [name for name, code in zip(told, codes, strict=True) if not code]:
        raise ValueError(f"names that contain letters, unlike {', '.join(unlike)}")
    if len(set(codes)) < len(codes):
        raise ValueError("names that differ in their letters and digits")
    return told


def hours(text: str, so_far: dict[str, Any]) -> tuple[float, ...]:
    """Hours of each area; one number is shared equally."""
    areas = len(so_far["areas"])
    cells = [cell.strip() for cell in text.split(";" if ";" in text else None) if cell.strip()]
    told = [number(cell, 1, 1e6, "hours a week") for cell in cells]
    if len(told) == 1:
        return (told[0] / areas,) * areas
    if len(told) != areas:
        raise ValueError(
            f"one number for the whole county, or {areas} numbers separated by spaces, one for "
            "each area"
        )
    return tuple(told)


def people(text: str, so_far: dict[str, Any]) -> int:
    """People with council home care, so that each has a likely number of hours."""
    whole = sum(map(int, so_far["hours_per_week"]))
    least, most = max(1, round(whole / 60)), max(1, round(whole / 3))
    told = number(text, least, most, f"people (3 to 60 hours a week each of {whole:,})")
    return round(told)


def number(text: str, low: float, high: float, what: str) -> float:
    """A number in a range; thousands may have commas, an amount a pound sign."""
    plain = text.replace(",", "").replace("£", "").strip()
    try:
        told = float(plain)
    except ValueError:
        told = float("nan")
    if not low <= told <= high:
        raise ValueError(f"a number from {low:,g} to {high:,g}: {what}")
    return told


def between(low: float, high: float, what: str) -> Read:
    """A reader of a number in a range."""
    return lambda text, _: number(text, low, high, what)


def percent(low: float, high: float) -> Read:
    """A reader of a percentage, as a share."""

    def read(text: str, _: dict[str, Any]) -> float:
        return number(text.strip().removesuffix("%"), low, high, "%") / 100

    return read


def whole(low: int, high: int, what: str) -> Read:
    """A reader of a whole number in a range."""

    def read(text: str, _: dict[str, Any]) -> int:
        told = number(text, low, high, what)
        if told != int(told):
            raise ValueError(f"a whole number from {low} to {high}: {what}")
        return int(told)

    return read


def largest(text: str, so_far: dict[str, Any]) -> float:
    """The largest provider's share: at least an equal one."""
    equal = 100 / so_far["providers"]
    most = 100.0 if so_far["providers"] == 1 else 90.0
    return number(text.strip().removesuffix("%"), equal, most, "%") / 100


def way(text: str, _: dict[str, Any]) -> Buying:
    """How the council buys."""
    if text.strip() not in WAYS:
        raise ValueError(f"one of {', '.join(WAYS)}")
    return WAYS[text.strip()]


def usual_people(so_far: dict[str, Any]) -> str:
    """People at as many hours a week each as in Norfolk (ID02: 13.45)."""
    return f"{max(1, round(sum(map(int, so_far['hours_per_week'])) / USUAL_HOURS_EACH))}"


def usual_largest(so_far: dict[str, Any]) -> str:
    """A fifth of the hours, or twice an equal share where there are few providers."""
    equal = 100 / so_far["providers"]
    return f"{100 if so_far['providers'] == 1 else max(20, min(90, ceil(2 * equal)))}"


def code_of(name: str) -> str:
    """A code of capitals for a name; nothing if it has no letter to begin with."""
    code = re.sub(r"[^A-Z0-9]+", "_", name.upper()).strip("_")
    return code[:40] if code[:1].isalpha() else ""


QUESTIONS = (
    Question("years", "1. Which years? Give the first and the last", "2026-2029", years),
    Question(
        "areas",
        "2. What are the areas called? Separate the names with commas",
        "North, South",
        names,
    ),
    Question(
        "hours_per_week",
        "3. How many hours of home care a week does the council pay for? Give one total, or "
        "one number for each area in their order, separated by spaces",
        "4,000",
        hours,
    ),
    Question("people", "4. How many people receive this care today?", usual_people, people),
    Question(
        "countryside_share",
        "5. What percentage of them live in the countryside?",
        "30",
        percent(0, 100),
    ),
    Question(
        "private_share",
        "6. What percentage of all home care hours do people pay for themselves?",
        "30",
        percent(0, 90),
    ),
    Question(
        "providers",
        "7. How many providers serve the council?",
        "12",
        whole(1, MOST_PROVIDERS, "providers"),
    ),
    Question(
        "largest_share",
        "8. What percentage of the council's hours does the largest provider deliver?",
        usual_largest,
        largest,
    ),
    Question(
        "buying",
        "9. How does the council buy care? 1: it asks every provider. 2: each area has a "
        "principal provider (its main provider), with other approved providers as backup. 3: "
        "one provider delivers all the care in an area",
        "1",
        way,
    ),
    Question(
        "rate_gbp_per_hour",
        "10. How much does the council pay for an hour of care in the first year, in £?",
        "24",
        between(5, 200, "£ an hour"),
    ),
)


def answered(ask: Callable[[Question, dict[str, Any]], Any]) -> Answers:
    """Every question asked in turn; ``ask`` gives an answer as its question reads it."""
    told: dict[str, Any] = {}
    for question in QUESTIONS:
        told[question.key] = ask(question, told)
    return Answers(**told)
