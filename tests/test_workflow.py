"""What holds a change before it lands: the hooks, the workflow, and .ci/run say the same."""

from __future__ import annotations

import importlib.util
import re
import shlex
import tomllib
from pathlib import Path
from typing import Any

import pytest

yaml = pytest.importorskip("yaml")  # comes with the extra `develop`, not with `test`

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
CI = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
HOOKS = ROOT / ".pre-commit-config.yaml"
WORKFLOW = ROOT / ".github" / "workflows" / "ci.yml"


def parsed(path: Path) -> dict[str, Any]:
    told: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return told


def hooks() -> list[dict[str, Any]]:
    return [hook for repo in parsed(HOOKS)["repos"] for hook in repo["hooks"]]


def said(job: str) -> list[str]:
    """What a job of the workflow types."""
    steps = parsed(WORKFLOW)["jobs"][job]["steps"]
    return [step["run"].strip() for step in steps if "run" in step]


def typed(language: str) -> list[str]:
    """The README's commands for a kind of shell that make their own environment."""
    blocks = re.findall(rf"```{language}\n(.*?)```", README, flags=re.DOTALL)
    lines = [line for block in blocks for line in block.splitlines()]
    return [line for line in lines if " -m venv .venv" in line]


def test_hooks_fetch_nothing() -> None:
    assert {repo["repo"] for repo in parsed(HOOKS)["repos"]} == {"local"}
    assert {hook["language"] for hook in hooks()} == {"system"}


@pytest.mark.parametrize("hook", hooks(), ids=lambda hook: hook["id"])
def test_a_hook_is_a_program_of_the_environment_that_ci_runs_too(hook: dict[str, Any]) -> None:
    python, dash_m, program, *words = shlex.split(hook["entry"])
    assert (python, dash_m) == ("python", "-m")
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    named = extras["project"]["optional-dependencies"]["develop"]
    assert any(re.match(rf"{program}\b", wanted) for wanted in named)
    ran = f'"$work/env/bin/{program}" {shlex.join(words)}'.strip().replace('"', "")
    assert ran in CI.replace('"', "")
    if "files" in hook:
        folders = re.search(r"\((.*)\)", hook["files"])
        assert folders and f"{ran} {folders[1].replace('|', ' ')}" in CI.replace('"', "")


def test_every_program_that_ci_calls_by_itself_is_a_hook() -> None:
    called = set(re.findall(r"env/bin/(ruff [a-z]+|mypy)", CI.replace('"', "")))
    assert called == {
        " ".join(shlex.split(hook["entry"])[2:]).removesuffix(" --check") for hook in hooks()
    }


def test_hooks_can_be_run_here() -> None:
    programs = {shlex.split(hook["entry"])[2] for hook in hooks()}
    here = {name for name in programs if importlib.util.find_spec(name)}
    if not here:
        pytest.skip("the extra `develop` is not installed")
    assert here == programs


def test_linux_runs_what_a_contributor_runs() -> None:
    assert said("linux") == ["bash .ci/run"]
    assert (ROOT / ".ci" / "run").is_file()
    assert "`bash .ci/run`" in (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(("job", "language"), [("macos", "bash"), ("windows", "powershell")])
def test_other_systems_run_the_readmes_two_commands_word_for_word(job: str, language: str) -> None:
    assert len(typed(language)) == 2
    assert said(job) == typed(language)
    told = parsed(WORKFLOW)["jobs"][job]
    assert told["runs-on"] == f"{job}-latest"
    assert told.get("defaults", {}).get("run", {}).get("shell", "bash") == language


def test_it_is_said_that_nobody_has_run_the_other_systems() -> None:
    comment = re.sub(r"\n# ", " ", WORKFLOW.read_text(encoding="utf-8"))
    contributing = " ".join((ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8").split())
    for text in (comment, contributing):
        assert "have not run the jobs for Windows and macOS" in text


def test_every_python_of_the_workflow_is_one_that_the_project_allows() -> None:
    named = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    lowest = re.search(r">=(3\.\d+)", named["project"]["requires-python"])
    assert lowest
    for job in parsed(WORKFLOW)["jobs"].values():
        versions = [step["with"]["python-version"] for step in job["steps"] if "with" in step]
        assert versions == [lowest[1]]
