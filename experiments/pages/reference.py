"""The reference of parameters, made from their declarations."""

from __future__ import annotations

from dataclasses import dataclass

from sim.scenario import Scenario
from sim.scenario.declaration import Source
from sim.scenario.faults import allowed_range
from sim.scenario.parameters import SECTIONS
from sim.scenario.scenario import declaration_at
from sim.scenario.tables import Tier


@dataclass(frozen=True, slots=True)
class ParameterRow:
    """One parameter as shown to users."""

    path: str
    value: str
    unit: str
    allowed: str
    plausible: str
    meaning: str
    source: str
    sure: str
    moves: str = ""


def parameter_rows(scenario: Scenario) -> list[ParameterRow]:
    """Every parameter of a scenario, in the order of declaration."""
    rows = []
    for section, model in SECTIONS.items():
        for key in model.model_fields:
            value = getattr(getattr(scenario, section), key)
            rows.append(_row(scenario, f"{section}.{key}", value, (section, key)))
    for index, tier in enumerate(scenario.commissioning.tiers):
        for key in Tier.model_fields:
            if key not in ("code", "name"):
                path = f"commissioning.tiers.{tier.code}.{key}"
                where = ("commissioning", "tiers", 0, key)
                origin = f"commissioning.tiers.{index}.{key}"
                rows.append(_row(scenario, path, getattr(tier, key), where, origin))
    return rows


def _row(
    scenario: Scenario, path: str, value: object, where: tuple[object, ...], origin: str = ""
) -> ParameterRow:
    schema = declaration_at(where)
    source = scenario.sources.get(path) or scenario.sources.get(origin)
    return ParameterRow(
        path=path,
        value="blank" if value is None else str(value),
        unit=str(schema.get("unit", "")),
        allowed=allowed_range(schema) or "any",
        plausible=_plausible(source),
        meaning=str(schema.get("description", "")),
        source=source.source if source else "a choice of the model, not a figure",
        sure=source.sure if source else "rule",
        moves=str(schema.get("moves", "")),
    )


def moves_in_words(row: ParameterRow) -> str:
    """What the parameter moves, where that is less than its name promises."""
    return f". In this version it changes {row.moves}" if row.moves else ""


def _plausible(source: Source | None) -> str:
    if source is None or source.low is None or source.high is None:
        return ""
    return f"{source.low:g} to {source.high:g}"


def as_markdown(scenario: Scenario, rows: list[ParameterRow]) -> str:
    """The reference page of a county."""
    lines = [
        f"# Parameters of {scenario.name}",
        "",
        f"Made by `caremarket parameters {scenario.code} --markdown` from the declarations; "
        "do not edit it by hand. *Confidence* says how well a value is known: document (the "
        "councils' own documents), cited, derived, memory (to be verified), estimate, assumption; "
        "a rule is a choice of how the model works. *Plausible* is the range within which the "
        "value may lie.",
    ]
    section = ""
    for row in rows:
        head = row.path.rsplit(".", 1)[0]
        if head != section:
            section = head
            lines += [
                "",
                f"## {section}",
                "",
                "| parameter | value | unit | plausible | allowed | meaning | confidence | source "
                "|",
                "|---|---|---|---|---|---|---|---|",
            ]
        cells = (
            row.path.rsplit(".", 1)[1],
            row.value,
            row.unit,
            row.plausible,
            row.allowed,
            f"{row.meaning}{moves_in_words(row)}",
            row.sure,
            row.source,
        )
        lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    return "\n".join(lines)
