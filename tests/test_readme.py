"""The README and its page of commands, word for word, but for few replications and years."""

from __future__ import annotations

import re
import shlex
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from command_line import Done, spawned

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
QUESTIONS = ROOT / "docs" / "how-to" / "ask-another-question.md"


MAKERS = ("samples", "new")
EXTRA = ("report",)
"""Verbs that need an extra; what they read, the command before them makes."""
START = date(2024, 1, 1)
WARM_UP = "--set calendar.warm_up_weeks=8"
SHORTER = {
    "adequacy": f"--replications 1 --sample 1 --until 2025-12-31 {WARM_UP}",
    "bands": f"--sets 8 --until 2026-09-30 {WARM_UP}",
    "compare": "--until 2024-12-31",
    "compare-models": f"-r 1 --until 2025-12-31 --model norfolk_countywide_spot {WARM_UP}",
    "run": WARM_UP,
    "stress": f"--trial --who principal:GORLESTON --until 2025-12-31 --every 12 {WARM_UP}",
    "trace": WARM_UP,
    "fit": "--until 2025-12-31",
}


def commands() -> list[str]:
    """Every ``caremarket …`` line of a bash block of README and of the page that it leads to."""
    text = README + QUESTIONS.read_text(encoding="utf-8")
    blocks = re.findall(r"```bash\n(.*?)```", text, flags=re.DOTALL)
    lines = [line for block in blocks for line in block.splitlines()]
    return [line for line in lines if line.startswith("caremarket ")]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Done]]:
    """A folder with what some commands make for others, and how these commands ended."""
    folder = tmp_path_factory.mktemp("readme")
    makers = [line for line in commands() if line.split()[1] in MAKERS or " --out " in line]
    return folder, {command: carry_out(command, folder) for command in makers}


def test_there_are_commands_for_every_kind_of_user() -> None:
    verbs = {line.split()[1] for line in commands()}
    assert verbs == {
        "run", "new", "check", "trace", "samples", "parameters", "benchmark",
        "stress", "adequacy", "bands", "fit", "sweep", "compare", "compare-models", "report",
    }  # fmt: skip


SLOW = (
    "adequacy", "bands", "benchmark", "compare", "compare-models", "fit", "run", "stress",
)  # fmt: skip
"""Verbs whose shortest run takes long; tests of their own carry them out as well."""


def carried_out() -> list[Any]:
    """Every command but the study's; the slow ones by the long tests."""
    lines = [line for line in commands() if line.split()[1] != "sweep"]
    slow = [line.split()[1] in SLOW for line in lines]
    return [
        pytest.param(line, marks=pytest.mark.long if is_slow else [])
        for line, is_slow in zip(lines, slow, strict=True)
    ]


@pytest.mark.parametrize("command", carried_out())
def test_a_command_of_the_readme_works(command: str, made: tuple[Path, dict[str, Done]]) -> None:
    if command.split()[1] in EXTRA:
        pytest.importorskip("docxtpl")
    place, ended = made
    done = ended[command] if command in ended else carry_out(command, place)
    assert done.code == 0, done.err
    assert done.out.strip()


def carry_out(command: str, place: Path) -> Done:
    return spawned(place, *shlex.split(shortened(command))[1:])


def shortened(command: str) -> str:
    """A command with few replications, a short warm-up, and an end soon after what happens."""
    verb = command.split()[1]
    shorter = re.sub(r"--replications \d+", "--replications 2", command)
    shorter = re.sub(r"--sets \d+", "", shorter)
    if verb in ("run", "trace") and "--failures" not in command:
        fails = re.search(r"--on (\S+)", command)
        begins = date.fromisoformat(fails[1]) if fails else START
        shorter = re.sub(r"--until \S+", "", shorter)
        shorter += f" --until {begins + timedelta(days=182)}"
    return f"{shorter} {SHORTER.get(verb, '')}"


@pytest.mark.long
def test_the_study_is_the_one_that_ships_and_is_shortened_to_two_replications(
    tmp_path: Path,
) -> None:
    """As the command stands it says what it would do; carried out, it is short."""
    command = next(line for line in commands() if line.split()[1] == "sweep")
    name = command.split()[2]
    text = (ROOT / "experiments" / "studies" / f"{name}.toml").read_text(encoding="utf-8")
    told = spawned(tmp_path, *command.split()[1:], "--dry-run")
    assert told.code == 0 and re.search(r"runs +10\b", told.out), told.out
    short = text.replace("number = 5", "number = 2").replace("2025-12-31", "2025-08-31")
    (tmp_path / "short.toml").write_text(short, encoding="utf-8")
    done = spawned(tmp_path, "sweep", "short.toml")
    assert done.code == 0 and done.out.strip(), done.err


def test_the_two_commands_do_their_own_set_up() -> None:
    bash = [line for line in README.splitlines() if line.startswith("python3.11 -m venv")]
    powershell = [line for line in README.splitlines() if line.startswith("py -3.11 -m venv")]
    assert len(bash) == len(powershell) == 2
    assert all("-c constraints.txt" in line for line in (*bash, *powershell))
    assert all("&&" not in line for line in powershell)


def test_every_file_the_readme_names_exists() -> None:
    for target in re.findall(r"\]\(([^)h#][^)]*)\)", README):
        assert (ROOT / target.partition("#")[0]).exists(), target


def test_every_heading_the_readme_leads_to_is_there() -> None:
    headings = re.findall(r"^#+ (.+)$", README, re.MULTILINE)
    there = {re.sub(r"[^a-z0-9 -]", "", line.lower()).replace(" ", "-") for line in headings}
    wanted = set(re.findall(r"\]\(#([^)]+)\)", README))
    assert wanted and wanted <= there


def test_the_parameters_page_is_what_the_declarations_say() -> None:
    from experiments.pages.reference import as_markdown, parameter_rows
    from sim.scenario import load_scenario

    scenario = load_scenario("norfolk")
    page = (ROOT / "docs" / "reference" / "parameters.md").read_text(encoding="utf-8")
    assert page.strip() == as_markdown(scenario, parameter_rows(scenario)).strip()
