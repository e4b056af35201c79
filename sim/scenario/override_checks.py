"""Rows that named overrides would add, held against the county before anyone applies them."""

from __future__ import annotations

from collections.abc import Collection

from sim.scenario.draft import Draft
from sim.scenario.overrides import ADDED, add_rows
from sim.scenario.own_table_checks import shocks, who_fails


def check_added_rows(draft: Draft, applied: Collection[str]) -> None:
    """Find rows that name nobody and nowhere; those of the applied ones are checked as any row."""
    if any(draft.follows_from_a_gap((table, "code")) for table in ("areas", "providers")):
        return
    for name, override in draft.named_overrides.items():
        if name in applied or not isinstance(override, dict):
            continue
        trial = Draft(values={**draft.values, **{table: [] for table in ADDED}})
        add_rows(trial, name, override)
        draft.faults += [*trial.faults, *who_fails(trial), *shocks(trial)]
