"""Contracts in blocks on a county whose areas are not cut into blocks.

Where a model is held in blocks, its folder says in ``elsewhere.toml`` how it is put on another
county: how many blocks an area has, which share of the area's hours each is, how many a provider
may hold, and how many providers stand behind them. A block is then a part of an area's hours, not
a place of its own: the people, their homes and the areas stay as they are.
"""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from itertools import cycle
from pathlib import Path
from typing import Any, Self

from pydantic import Field, model_validator

from sim.scenario import Scenario
from sim.scenario.declaration import Frozen
from sim.scenario.tables import Contract, Tier

ELSEWHERE = "elsewhere.toml"


class Blocks(Frozen):
    """How a model's blocks are put on another county."""

    tier: str
    block_share_of_area_hours: float = Field(gt=0, le=1)
    blocks_by_area: tuple[int, ...] = Field(min_length=1)
    most_blocks_a_provider: int = Field(ge=1)
    behind: str
    behind_share_of_teams: float = Field(ge=0, le=1)

    @model_validator(mode="after")
    def _no_more_than_all_hours(self) -> Self:
        if min(self.blocks_by_area) < 0:
            raise ValueError("an area cannot have fewer than 0 blocks")
        if max(self.blocks_by_area) * self.block_share_of_area_hours > 1:
            raise ValueError("the blocks of an area add up to more than all its hours")
        return self

    def numbers(self, scenario: Scenario) -> dict[str, int]:
        """Blocks of each area: the list, dealt to areas in order of code, over and over."""
        codes = sorted(area.code for area in scenario.areas)
        return dict(zip(codes, cycle(self.blocks_by_area), strict=False))

    def code_of(self, number: int) -> str:
        """The code of the tier of areas with so many blocks."""
        return f"{self.tier}s_{number}"

    def in_place(self, tiers: Sequence[Tier], given: Sequence[Contract]) -> list[Tier]:
        """A model's tiers, with one for each number of blocks that areas were given.

        The holders of a tier share its hours equally, so areas with as many blocks share a tier.
        """
        codes = {row.tier for row in given}
        numbers = [n for n in range(max(self.blocks_by_area), 0, -1) if self.code_of(n) in codes]
        rows: list[Tier] = []
        for tier in tiers:
            held = tier.code == self.tier
            rows += [self.tier_of(tier, n) for n in numbers] if held else [tier]
        return rows

    def tier_of(self, tier: Tier, number: int) -> Tier:
        """The tier of areas with so many blocks, each with the model's own terms.

        All its holders are asked at once: a home lies in one block, and chance says in which.
        Other areas are meant to have none, so no holder is missed there.
        """
        changed = {
            "code": self.code_of(number),
            "name": f"{tier.name}, {number} in the area",
            "offer": "simultaneous",
            "choose": "first_answer",
            "share_of_area_hours": number * self.block_share_of_area_hours,
            "neighbours_help": False,
            "minimum_providers": 0,
        }
        return Tier.model_validate({**tier.model_dump(), **changed})

    def words(self, given: Sequence[Contract], areas: int) -> str:
        """What was put on the county, for the model's name."""
        numbers = range(1, max(self.blocks_by_area) + 1)
        held = [row for row in given if row.tier in map(self.code_of, numbers)]
        size = f"{100 * self.block_share_of_area_hours:g}%"
        where = len({row.area for row in held})
        return f"{len(held)} blocks, each {size} of an area's hours, in {where} of {areas} areas"


def read_blocks(folder: Path) -> Blocks | None:
    """How the model of a folder is put elsewhere in blocks; None if it has none."""
    path = folder / ELSEWHERE
    if not path.is_file():
        return None
    return Blocks.model_validate(plain(tomllib.loads(path.read_text(encoding="utf-8"))))


def plain(told: Any) -> Any:
    """Values without their sources."""
    if isinstance(told, dict):
        return told["value"] if "value" in told else {k: plain(v) for k, v in told.items()}
    return [plain(one) for one in told] if isinstance(told, list) else told
