"""docs/how-to/new-county.md: from exports to the first answer, word for word."""

from __future__ import annotations

import re
import shlex
import time
from pathlib import Path

import pytest
from command_line import Caremarket

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "how-to" / "new-county.md").read_text(encoding="utf-8")
MOST_COMMANDS, MOST_SECONDS = 10, 300


def commands() -> list[list[str]]:
    """The lines of the page's first block of commands, without the program's name."""
    block = re.findall(r"```bash\n(.*?)```", PAGE, flags=re.DOTALL)[0]
    return [shlex.split(line)[1:] for line in block.splitlines()]


def test_an_hour_from_exports_to_the_first_answer(caremarket: Caremarket, tmp_path: Path) -> None:
    pytest.importorskip("docxtpl")
    assert len(commands()) < MOST_COMMANDS
    began = time.process_time()
    said = {}
    for words in commands():
        done = caremarket(*words)
        assert done.code == 0, f"{words}: {done.err}"
        said[words[0]] = done.out + done.err
    assert time.process_time() - began < MOST_SECONDS
    assert "No faults" in said["check"]
    assert "people" in said["run"] and "lose their provider" in said["run"]
    assert (tmp_path / "paper" / "report.docx").is_file()
    told = (tmp_path / "paper" / "report.html").read_text(encoding="utf-8")
    assert "caremarket run my-county" in told
