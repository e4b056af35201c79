"""What ``caremarket adequacy`` leaves on disk: tables, charts, dictionary, manifest, summary."""

from __future__ import annotations

from collections.abc import Sequence

from experiments.adequacy.columns import ADEQUACY, COUNTY, ERRORS, EXPECTED, SAMPLE, WARNING
from experiments.adequacy.pictures import drawn
from experiments.adequacy.tables import (
    adequacy_of,
    adequacy_table,
    calibrated,
    county_table,
    early_warning,
    erosion_table,
    errors_table,
    expected_table,
    sample_table,
    sampled,
)
from experiments.adequacy.words import Findings, lines
from experiments.adequacy.work import Examined
from experiments.engine.question import Answers
from experiments.results.outputs import ENDS
from experiments.results.provenance import Failed, Inputs, manifest
from experiments.results.writing import Output
from sim.outcomes.adequacy import EROSION


def findings(inputs: Inputs, found: Sequence[Examined], level: float) -> Findings:
    """Everything that is told, from what the replications found."""
    sample = sampled(found)
    told = adequacy_of(inputs.scenario, found, level, calibrated(sample))
    branched = sample_table(told, found, sample)
    return Findings(
        inputs,
        told,
        county_table(told),
        branched,
        errors_table(branched),
        expected_table(told),
        early_warning(told),
    )


def output_of(findings: Findings, found: Sequence[Examined], answers: Answers) -> Output:
    """Tables, charts and words."""
    inputs, told = findings.inputs, findings.told
    table, faded = adequacy_table(told), erosion_table(told, found)
    tables = {
        ADEQUACY: table,
        COUNTY: findings.county,
        SAMPLE: findings.sample,
        ERRORS: findings.errors,
        EXPECTED: findings.expected,
        WARNING: findings.warning,
        EROSION: faded,
    }
    ends = ("adequacy, county, erosion", "*_low, *_high", ENDS, "as the column")
    return Output(
        list(tables.items()),
        described(findings, answers.failed, answers.command),
        lines(findings),
        drawn(inputs, told, table, faded),
        inputs.scenario,
        (ends,),
        seconds=answers.seconds,
    )


def described(
    findings: Findings, failed: Sequence[Failed], command: Sequence[str]
) -> dict[str, object]:
    """The manifest, with what the question was and how the loss was calibrated."""
    constants, sample = findings.told.calibration, findings.sample
    return {
        **manifest(findings.inputs, command, failed),
        "suffices_at": findings.told.level,
        "branches": len(sample),
        "branches_failed": int((sample["status"] == "failed").sum()),
        "loss_first_days": constants.first_days,
        "loss_left_over": constants.left_over,
        "loss_measured_on_branches": constants.branches,
    }
