"""Titles short enough to be read: what is longer goes on in the subtitle."""

from __future__ import annotations

import re

MOST_WORDS = 15
"""The Office for National Statistics asks for titles of 15 words or fewer."""
LEAST_WORDS = 4
LEAST_AFTER_COMMA = 3
CLAUSE = re.compile(r"; |(?<=[a-z%)])\. ")
COMMA = re.compile(r", (?![\d+−£])")
"""A comma before a number parts values, which a title keeps together."""
PAUSE = re.compile(r" (?=(?:when|if|with|and|in|of|after|than|who|which|that) )")
HANGING = re.compile(r"\b(?:when|if|with|and|in|of|on|or|to|a|an|the|after|than|who|which|that)$")


def fitted(title: str, subtitle: str) -> tuple[str, str]:
    """A title of at most 15 words, and the subtitle with the rest of what was said before it."""
    first, *others = CLAUSE.split(title)
    while others and count(f"{first}; {others[0]}") <= MOST_WORDS:
        first = f"{first}; {others.pop(0)}"
    if count(first) > MOST_WORDS:
        first, rest = parted(first)
        others.insert(0, rest)
    told = [f"{part[:1].upper()}{part[1:].rstrip('.')}." for part in others]
    return first, " ".join([*told, subtitle]).strip()


def count(text: str) -> int:
    """How many words a text has."""
    return len(text.split())


def parted(sentence: str) -> tuple[str, str]:
    """A sentence up to a pause within 15 words, and what is to be said of it below.

    After a comma the rest stands alone; otherwise half a sentence cannot be gone on with, and all
    of it is said again. One without a pause ends in an ellipsis.
    """
    for pause in (COMMA, PAUSE):
        ends = [found for found in pause.finditer(sentence) if whole(sentence[: found.start()])]
        if ends:
            last = ends[-1]
            rest = sentence[last.end() :] if pause is COMMA else sentence
            return sentence[: last.start()], rest
    return f"{' '.join(sentence.split()[:MOST_WORDS])} …", sentence


def whole(start: str) -> bool:
    """Whether the start of a sentence is a title: not too short or long, and nothing hangs."""
    _, comma, tail = start.rpartition(", ")
    hangs = HANGING.search(start) or (comma and count(tail) < LEAST_AFTER_COMMA)
    return LEAST_WORDS <= count(start) <= MOST_WORDS and not hangs
