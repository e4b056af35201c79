"""Pages that a reader follows step by step: what they quote is what their commands say.

Commands stand in ``bash`` blocks, Python in ``python`` blocks. A comment before a block says what
else it is:

=====================  ==========================================================================
``file: NAME``         the text of this file; a .docx has a paragraph for each line
``change: NAME``       a diff of this file
``fails``              commands that are refused
``said``               what the block before said; ``said: People, Harm`` only the entries that
                       begin with these words, each with the lines that stand further in below it;
                       ``Hours added ...`` the whole paragraph that begins so
=====================  ==========================================================================
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

STEP = re.compile(
    r"(?P<head>(?:<!-- (?P<mark>file|change|said|fails)(?:: (?P<what>[^\n]+?))? -->\n)?"
    r"```(?P<kind>\w+)\n)(?P<body>.*?)(?P<tail>^```$)",
    re.DOTALL | re.MULTILINE,
)
COLUMNS = 80
PROGRAM = "caremarket"
ALL = "..."
BETWEEN = "\x1e"
"""Stands between what one Python block prints and what the next does."""


def indent(line: str) -> int:
    """How far in a line stands."""
    return len(line) - len(line.lstrip())


def entries(said: str, starts: Sequence[str]) -> str:
    """The lines that begin with these words, with what stands further in below each.

    Where the words end with three points, all to the next empty line. Raises ValueError if no line
    begins with one of them.
    """
    lines, found = said.splitlines(), []
    for start in starts:
        words, whole = start.removesuffix(ALL).rstrip(), start.endswith(ALL)
        at = next((at for at, line in enumerate(lines) if line.lstrip().startswith(words)), None)
        if at is None:
            raise ValueError(f"no line begins with {start!r} in:\n{said}")
        found.append(lines[at])
        for line in lines[at + 1 :]:
            if not line.strip() or (indent(line) <= indent(lines[at]) and not whole):
                break
            found.append(line)
    return "\n".join(found)


def changed(text: str, diff: str) -> str:
    """A text after a diff. Raises ValueError unless what is changed stands in it just once."""
    lines = diff.splitlines()
    before = "\n".join(line[1:] for line in lines if line[:1] in " -")
    after = "\n".join(line[1:] for line in lines if line[:1] in " +")
    if text.count(before) != 1:
        raise ValueError(f"{text.count(before)} places have:\n{before}")
    return text.replace(before, after)


def commands(text: str) -> list[list[str]]:
    """Every command of a page, without the name of the program."""
    blocks = [step["body"] for step in STEP.finditer(text) if step["kind"] == "bash"]
    return [words_of(line) for block in blocks for line in block.splitlines()]


def words_of(line: str) -> list[str]:
    """The words of a command. Raises ValueError if it is a command of another program."""
    program, *words = shlex.split(line, comments=True)
    if program != PROGRAM:
        raise ValueError(f"a page that is followed has commands of {PROGRAM} alone: {line}")
    return words


def told(folder: Path, *words: str, code: int = 0) -> str:
    """What a Python tells in a folder. Raises RuntimeError if it ends otherwise than is meant."""
    surroundings = {**os.environ, "COLUMNS": str(COLUMNS), "PYTHONIOENCODING": "utf-8"}
    done = subprocess.run(
        [sys.executable, *words],
        cwd=folder,
        env=surroundings,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    if done.returncode != code:
        raise RuntimeError(f"{' '.join(words)} ended with {done.returncode}:\n{done.stderr}")
    return done.stderr if code else done.stdout


@dataclass
class Reader:
    """Somebody who follows a page in a folder."""

    folder: Path
    scripts: list[str]
    heard: str = ""
    printed: Iterator[str] | None = field(default=None)

    def step(self, found: re.Match[str]) -> str:
        """Do what a block says; the block, with what was said if it quotes that."""
        mark, what, kind, body = found["mark"], found["what"], found["kind"], found["body"]
        if mark == "said":
            return f"{found['head']}{self.quoted(what)}\n{found['tail']}"
        if mark == "file":
            write(self.folder / what, body)
        elif mark == "change":
            file = self.folder / what
            text = changed(file.read_text(encoding="utf-8"), body)
            file.write_text(text, encoding="utf-8", newline="\n")
        elif kind == "bash":
            code = 2 if mark == "fails" else 0
            lines = map(words_of, body.splitlines())
            self.heard = "".join(
                told(self.folder, "-m", "experiments", *words, code=code) for words in lines
            )
        elif kind == "python":
            self.heard = next(self.prints())
        return found[0]

    def quoted(self, what: str | None) -> str:
        """What was said last, or the entries of it that are asked for."""
        told = entries(self.heard, what.split(", ")) if what else self.heard.strip("\n")
        return "\n".join(line.rstrip() for line in told.splitlines())

    def prints(self) -> Iterator[str]:
        """What each Python block prints; they are one script, run when the first is reached."""
        if self.printed is None:
            script = f"\nprint({BETWEEN!r}, end='')\n".join(self.scripts)
            self.printed = iter(told(self.folder, "-c", script).split(BETWEEN))
        return self.printed


def write(file: Path, body: str) -> None:
    """A file that the page has its reader write."""
    if file.suffix != ".docx":
        file.write_text(body, encoding="utf-8", newline="\n")
        return
    from docx import Document

    document = Document()
    for line in body.splitlines():
        document.add_paragraph(line)
    document.save(str(file))


def followed(text: str, folder: Path) -> str:
    """A page whose steps were carried out in a folder, with what they said."""
    scripts = [step["body"] for step in STEP.finditer(text) if step["kind"] == "python"]
    return STEP.sub(Reader(folder, scripts).step, text)
