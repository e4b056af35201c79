"""Numbers in what a reader is told: how GOV.UK writes them, and what is not so."""

from __future__ import annotations

import re

WRONG = {
    "a space before a per cent sign": re.compile(r"\d %"),
    "brackets in brackets": re.compile(r"\([^()]*\([^()]*\)"),
    "a range without to": re.compile(r"\(−?[\d.,]+ ?[-–] ?[\d.,]+\)"),
    "a unit of money in words": re.compile(r"\d (?:pounds|GBP|million pounds)"),
    "a minus that is a hyphen": re.compile(r"(?:^|[ (])-\d[\d.,]*(?=[ ,;)%]|$)"),
    "a day with a nought": re.compile(
        r"\b0\d (?:January|February|March|April|May|June|July|August|September|October|November|"
        r"December)"
    ),
}  # fmt: skip
"""Numbers that are not written as GOV.UK writes them."""


def wrong_numbers(text: str) -> list[str]:
    """What is wrong with the numbers of a text."""
    return [f"{name}: {found.group()}" for name, one in WRONG.items()
            if (found := one.search(text)) is not None]  # fmt: skip
