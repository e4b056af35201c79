"""The README's commands, word for word, except that few replications and years stand for many."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


MAKERS = ("samples", "new")
SHORTER = {
    "adequacy": "--replications 1 --sample 1 --until 2025-12-31",
    "bands": "--sets 8 --until 2026-09-30",
    "compare": "--until 2024-12-31",
    "compare-models": "-r 1 --until 2025-12-31 --model norfolk_countywide_spot",
    "stress": "--trial --who principal:GORLESTON --until 2025-12-31 --every 12",
    "fit": "--until 2025-12-31",
}


def commands() -> list[str]:
    """Every ``caremarket …`` line of a bash block."""
    blocks = re.findall(r"```bash\n(.*?)```", README, flags=re.DOTALL)
    lines = [line for block in blocks for line in block.splitlines()]
    return [line for line in lines if line.startswith("caremarket ")]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with what some commands make for others."""
    folder = tmp_path_factory.mktemp("readme")
    for command in commands():
        if command.split()[1] in MAKERS:
            assert carry_out(command, folder).returncode == 0
    return folder


def test_there_are_commands_for_every_kind_of_user() -> None:
    verbs = {line.split()[1] for line in commands()}
    assert verbs == {
        "run", "new", "check", "trace", "samples", "parameters", "benchmark",
        "stress", "adequacy", "bands", "fit", "sweep", "compare", "compare-models",
    }  # fmt: skip


@pytest.mark.parametrize("command", commands())
def test_a_command_of_the_readme_works(command: str, place: Path, tmp_path: Path) -> None:
    done = carry_out(command, tmp_path if command.split()[1] in MAKERS else place)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip()


def carry_out(command: str, place: Path) -> subprocess.CompletedProcess[str]:
    shorter = re.sub(r"--replications \d+", "--replications 2", command)
    shorter = re.sub(r"--sets \d+", "", shorter)
    words = shlex.split(f"{shorter} {SHORTER.get(command.split()[1], '')}")[1:]
    return subprocess.run(
        [sys.executable, "-m", "experiments", *words],
        cwd=place,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )


def test_the_two_commands_do_their_own_set_up() -> None:
    bash = [line for line in README.splitlines() if line.startswith("python3.11 -m venv")]
    powershell = [line for line in README.splitlines() if line.startswith("py -3.11 -m venv")]
    assert len(bash) == len(powershell) == 2
    assert all("-c constraints.txt" in line for line in (*bash, *powershell))
    assert all("&&" not in line for line in powershell)


def test_every_file_the_readme_names_exists() -> None:
    for target in re.findall(r"\]\(([^)h][^)]*)\)", README):
        assert (ROOT / target).exists(), target


def test_the_parameters_page_is_what_the_declarations_say() -> None:
    from experiments.pages.reference import as_markdown, parameter_rows
    from sim.scenario import load_scenario

    scenario = load_scenario("norfolk")
    page = (ROOT / "docs" / "parameters.md").read_text(encoding="utf-8")
    assert page.strip() == as_markdown(scenario, parameter_rows(scenario)).strip()
