"""Titles short enough to be read: what is longer goes on in the subtitle."""

from __future__ import annotations

import re

MOST_WORDS = 15
"""The Office for National Statistics asks for titles of 15 words or fewer."""
LEAST_WORDS = 4
CLAUSE = re.compile(r"; |(?<=[a-z%)])\. ")
PAUSE = re.compile(r"(?:, | (?=(?:when|if|with|and|in|of|after|than) ))")


def fitted(title: str, subtitle: str) -> tuple[str, str]:
    """A title of at most 15 words, and the subtitle with the rest of what was said before it."""
    first, *others = CLAUSE.split(title)
    while others and count(f"{first}; {others[0]}") <= MOST_WORDS:
        first = f"{first}; {others.pop(0)}"
    if count(first) > MOST_WORDS:
        # Half a sentence cannot be gone on with: the subtitle has all of it.
        others.insert(0, first)
        first = shortened(first)
    told = [f"{part[:1].upper()}{part[1:].rstrip('.')}." for part in others]
    return first, " ".join([*told, subtitle]).strip()


def count(text: str) -> int:
    """How many words a text has."""
    return len(text.split())


def shortened(sentence: str) -> str:
    """A sentence up to its last pause within 15 words; cut where there is none."""
    starts = [sentence[: found.start()] for found in PAUSE.finditer(sentence)]
    fit = [start for start in starts if LEAST_WORDS <= count(start) <= MOST_WORDS]
    return f"{fit[-1] if fit else ' '.join(sentence.split()[:MOST_WORDS])} …"
