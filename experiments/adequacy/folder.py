"""What ``caremarket adequacy`` leaves on disk: tables, charts, dictionary, manifest, summary."""

from __future__ import annotations

from collections.abc import Sequence

from experiments.adequacy.checked import errors_table, sample_table
from experiments.adequacy.columns import (
    BY_AREA,
    BY_PROVIDER,
    COUNTY,
    ERRORS,
    EXPECTED,
    LOWEST,
    SAMPLE,
    WARNING,
    YEARS,
)
from experiments.adequacy.estimates import COMPANY, TEAM, study_of
from experiments.adequacy.losses import losses_of
from experiments.adequacy.pictures import drawn
from experiments.adequacy.tables import (
    chosen_table,
    county_table,
    erosion_table,
    expected_table,
    n_minus_1_table,
    warning_table,
    years_table,
)
from experiments.adequacy.words import Findings, screen
from experiments.adequacy.work import Examined
from experiments.engine.question import Answers
from experiments.results.outputs import ENDS
from experiments.results.provenance import Failed, Inputs, manifest
from experiments.results.writing import Output
from sim.outcomes.adequacy import EROSION


def findings(inputs: Inputs, found: Sequence[Examined], level: float) -> Findings:
    """Everything that is told, from what the replications found."""
    study = study_of(inputs.scenario, found, level, losses_of(found))
    branched = sample_table(study, found)
    return Findings(
        inputs,
        study,
        years_table(study),
        chosen_table(study),
        branched,
        errors_table(branched),
        expected_table(study),
    )


def output_of(findings: Findings, found: Sequence[Examined], answers: Answers) -> Output:
    """Tables, charts and words."""
    inputs, study = findings.inputs, findings.study
    companies, teams = (n_minus_1_table(study, kind) for kind in (COMPANY, TEAM))
    faded = erosion_table(study, found)
    tables = {
        BY_PROVIDER: companies,
        BY_AREA: teams,
        COUNTY: county_table(study),
        YEARS: findings.years,
        LOWEST: findings.chosen,
        SAMPLE: findings.sample,
        ERRORS: findings.errors,
        EXPECTED: findings.expected,
        WARNING: warning_table(study),
        EROSION: faded,
    }
    ends = ("n_minus_1_*, erosion", "*_low, *_high", ENDS, "as the column")
    return Output(
        list(tables.items()),
        described(findings, answers.failed, answers.command),
        screen(findings),
        [] if findings.too_many_failed else drawn(inputs, study, companies, teams, faded),
        inputs.scenario,
        (ends,),
        seconds=answers.seconds,
    )


def described(
    findings: Findings, failed: Sequence[Failed], command: Sequence[str]
) -> dict[str, object]:
    """The manifest, with what the question was and how the loss was calibrated."""
    sample, losses = findings.sample, findings.study.losses
    return {
        **manifest(findings.inputs, command, failed),
        "suffices_at": findings.study.level,
        "branches": len(sample),
        "branches_failed": int((sample["status"] == "failed").sum()),
        **{
            f"loss_of_{kind}": {
                "first_days": constants.first_days,
                "left_over": constants.left_over,
                "measured_on_branches": constants.branches,
            }
            for kind, constants in ((COMPANY, losses.companies), (TEAM, losses.teams))
        },
    }
