"""What codes and names may be made of, so that a folder or a file can bear them on any system."""

from __future__ import annotations

import re

CAPITALS = r"^[A-Z][A-Z0-9_]*$"
SMALL_LETTERS = r"^[a-z][a-z0-9_]*$"
SAFE_NAME = r"^[A-Za-z0-9][A-Za-z0-9_-]*$"
STUDY_NAME = r"^[A-Za-z0-9][A-Za-z0-9_+-]*$"
LONGEST_CODE, LONGEST_NAME = 60, 120
"""Assumptions: short enough for Windows, whose paths end at 260 characters."""
NO_RESERVED_NAME = "beginning with a letter or digit, and no name such as CON that Windows reserves"
PATTERNS = {
    CAPITALS: "capital letters, digits and underscores, beginning with a letter",
    SMALL_LETTERS: "lower-case letters, digits and underscores, beginning with a letter",
    SAFE_NAME: f"letters, digits, _ and -, {NO_RESERVED_NAME}",
    STUDY_NAME: f"letters, digits, -, + and _, {NO_RESERVED_NAME}",
}
"""Each pattern in words."""
RESERVED = re.compile(r"CON|PRN|AUX|NUL|COM[0-9]|LPT[0-9]", re.IGNORECASE)


def unreserved(name: str) -> str:
    """The name. Raises ValueError if Windows keeps it for a device."""
    if RESERVED.fullmatch(name):
        raise ValueError("a name that Windows reserves")
    return name


def is_safe(name: str) -> bool:
    """Whether a folder may bear this code, and the code leads to no other folder."""
    fits = re.fullmatch(SAFE_NAME, name) is not None and len(name) <= LONGEST_CODE
    return fits and not RESERVED.fullmatch(name)
