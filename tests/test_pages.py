"""Every page of the repository: links lead somewhere, and commands are ones that exist."""

from __future__ import annotations

import re
import shlex
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import typer

from experiments.commands import VERBS, app
from sim.scenario.reading import COMMISSIONING_MODELS, COUNTIES

ROOT = Path(__file__).parents[1]
PAGES = [
    *sorted(ROOT.glob("*.md")),
    *(path for path in sorted((ROOT / "docs").rglob("*.md")) if "figures" not in path.parts),
]
NAMES = [page.relative_to(ROOT).as_posix() for page in PAGES]
FENCED = re.compile(r"^( *)(`{3,})(\w*)[^\n]*\n(.*?)^\1\2 *$", re.DOTALL | re.MULTILINE)
LINK = re.compile(r"(?<!\\)\]\(\s*<?([^)\s>]+)>?(?:\s+\"[^\"]*\")?\s*\)")
HEADING = re.compile(r"^ {0,3}#{1,6} +(.+?) *#* *$", re.MULTILINE)
ANCHOR = re.compile(r"<a (?:id|name)=\"([^\"]+)\"|^\(([\w-]+)\)=$", re.MULTILINE)
ELSEWHERE = ("http://", "https://", "mailto:")


def links_of(text: str) -> list[str]:
    """Where the links and pictures of a page lead; code is no link."""
    prose = re.sub(r"(`+)(?!`).*?(?<!`)\1(?!`)", "", FENCED.sub("", text), flags=re.DOTALL)
    return [link for link in LINK.findall(prose) if not link.startswith(ELSEWHERE)]


@cache
def anchors_in(page: Path) -> set[str]:
    """The names of a page's headings, as GitHub and the documentation site give them."""
    text = FENCED.sub("", page.read_text(encoding="utf-8"))
    found: set[str] = {name for pair in ANCHOR.findall(text) for name in pair if name}
    for heading in HEADING.findall(text):
        shown = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).replace("`", "").replace("*", "")
        slug = re.sub(r"[^\w\- ]", "", shown.strip().lower()).replace(" ", "-")
        again = sum(name == slug or re.fullmatch(rf"{re.escape(slug)}-\d+", name) is not None
                    for name in found)  # fmt: skip
        found.add(f"{slug}-{again}" if again else slug)
    return found


def leads_nowhere(page: Path, text: str) -> list[str]:
    """The links of a page to files and headings that are not there."""
    wrong = []
    for link in links_of(text):
        name, _, anchor = link.partition("#")
        target = (page.parent / name).resolve() if name else page
        if not target.exists():
            wrong.append(f"{link}: no such file")
        elif anchor and target.suffix == ".md" and anchor not in anchors_in(target):
            wrong.append(f"{link}: no such heading")
    return wrong


@pytest.mark.parametrize("page", PAGES, ids=NAMES)
def test_every_link_leads_somewhere(page: Path) -> None:
    assert leads_nowhere(page, page.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    "text",
    ["[a](nowhere.md)", "[a](#nowhere)", "[a](README.md#nowhere)", "![picture](docs/nowhere.png)"],
)
def test_a_link_to_nowhere_would_be_found(text: str) -> None:
    assert len(leads_nowhere(ROOT / "CHANGELOG.md", text)) == 1
    assert leads_nowhere(ROOT / "CHANGELOG.md", f"`{text}`\n\n```text\n{text}\n```\n") == []


# Commands ------------------------------------------------------------------------------------

SHELLS = ("bash", "powershell", "sh", "console")
MADE_UP = re.compile(r"^[A-Z][A-Z_0-9/]*$|\.\.\.|…")
"""A word that stands for what the reader types."""


@cache
def commands() -> dict[str, Any]:
    """The verbs, as the command line reads them."""
    group: Any = typer.main.get_command(app)
    return {verb: group.commands[verb] for verb in VERBS}


def lines_of(text: str) -> list[str]:
    """Every ``caremarket …`` line of a block that is typed into a shell."""
    lines: list[str] = []
    for _, _, language, block in FENCED.findall(text):
        whole = re.sub(r"[\\`]\n *", " ", block)
        if language in SHELLS:
            lines += [line.strip().removeprefix("$ ") for line in whole.splitlines()]
    return [line for line in lines if re.match(r"(caremarket|python -m experiments) ", line)]


def refused(line: str) -> str:
    """Why a command is refused before it does anything; empty if it is not."""
    words = shlex.split(line, comments=True)
    words = words[1:] if words[0] == "caremarket" else words[3:]
    if words[0].startswith("-"):
        return "" if words[0] in ("--help", "-h", "--version") else f"no option {words[0]}"
    if words[0] not in commands():
        return f"no command {words[0]}"
    command = commands()[words[0]]
    try:
        given = command.make_context(words[0], words[1:], resilient_parsing=False).params
    except Exception as error:
        return str(getattr(error, "message", error)) or type(error).__name__
    county = given.get("county")
    known = {path.name for path in COUNTIES.iterdir()}
    if county and "_" not in county and is_bare(county) and county not in known | OWN:
        return f"no county {county}"
    model = given.get("commissioning")
    if (
        model
        and is_bare(model)
        and model not in {path.name for path in COMMISSIONING_MODELS.iterdir()}
    ):
        return f"no commissioning model {model}"
    return ""


OWN = {"mine", "ours", "another", "my-county", "our-county", "my-council", "somerset"}
"""Counties that a page has its reader make."""


def is_bare(name: str) -> bool:
    """Whether a name is one of those that ship, and no path or word that stands for something."""
    return not re.search(r"[/\\.]", name) and not MADE_UP.search(name)


TYPED = [(name, line) for name, page in zip(NAMES, PAGES, strict=True)
         for line in lines_of(page.read_text(encoding="utf-8"))]  # fmt: skip


def test_every_command_on_a_page_is_one_that_exists() -> None:
    wrong = [f"{name}: {line}: {why}" for name, line in TYPED if (why := refused(line))]
    assert len(TYPED) > 60
    assert wrong == []


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("caremarket rum norfolk", "no command rum"),
        ("caremarket run norfolk --faill largest", "--faill"),
        ("caremarket run norfok", "no county norfok"),
        ("caremarket run", "Missing"),
        ("caremarket run norfolk --notice soon", "a valid number"),
        ("caremarket run norfolk --commissioning spot", "no commissioning model spot"),
        ("caremarket --versio", "no option --versio"),
    ],
)
def test_a_command_that_does_not_exist_would_be_found(line: str, told: str) -> None:
    assert told.lower() in refused(line).lower()
