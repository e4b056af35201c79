"""What recorded cases leave on disk: words, tables and what made them."""

from __future__ import annotations

from experiments.engine.question import Answers
from experiments.hindcasts.findings import Findings, tables
from experiments.hindcasts.words import first_screen
from experiments.hindcasts.work import WITH
from experiments.results.provenance import code_version, how_made
from experiments.results.writing import Output
from sim import __version__


def output_of(findings: Findings, identity: str, answers: Answers) -> Output:
    """Tables and words."""
    scenarios = {task.case: task.scenario for task in findings.tasks if task.arm == WITH}
    described = {
        "what": "output of a model, not an observation or a forecast",
        "program": f"caremarket {__version__}",
        "code_version": code_version(),
        "run_identity": identity,
        "cases": {code: scenario.identity for code, scenario in scenarios.items()},
        "seed": findings.seed,
        "replications": findings.asked,
        **how_made(answers.command, findings.failed),
    }
    screen = first_screen(findings)
    return Output(tables(findings), described, screen, seconds=answers.seconds)
