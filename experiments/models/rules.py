"""Every way of commissioning that ships, put on one county: the same people, carers and providers.

What is held equal: people, carers, providers and their teams, the reference rate, wages, travel,
shocks, and the market until each area goes live, which is that of the county's own model. From an
area's go-live on, the last phase of the other model holds there. Who holds its contracts follows
two rules. A tier's holders in an area are the providers with the most council hours there that are
rated well enough, have taken no earlier tier of the model there, and, for its first tier, hold no
more areas than the county lets one provider hold (``procurement.lots_cap``). There are as many as
the tier is meant to have (``minimum_providers``, at least one). A model that is held in blocks says
for itself how many holders there are and how many blocks one may hold
(:mod:`experiments.models.blocks`).
Tiers for costly packages alone are left out, since who would bid is not known. The county's own
model keeps its own contracts.
"""

from __future__ import annotations

import tomllib
from collections import Counter
from collections.abc import Sequence
from math import floor, inf

from experiments.models.blocks import Blocks, plain, read_blocks
from sim.scenario import Scenario
from sim.scenario.shipped import COMMISSIONING_MODELS, shipped
from sim.scenario.tables import RATINGS, Area, CommissioningModel, Contract, Phase, Tier

LEFT_OUT = ("theory_", "small_")
"""Models made for tests of theory and for teaching."""


def shipped_models() -> list[str]:
    """The codes of the models that can be put on a county, in order."""
    return [code for code in shipped(COMMISSIONING_MODELS) if not code.startswith(LEFT_OUT)]


def read_model(code: str) -> CommissioningModel:
    """A shipped model without its contracts."""
    text = (COMMISSIONING_MODELS / code / "model.toml").read_text(encoding="utf-8")
    return CommissioningModel.model_validate({**plain(tomllib.loads(text)), "contracts": ()})


def under(scenario: Scenario, code: str) -> Scenario:
    """The county under a model from each area's go-live on."""
    own = scenario.commissioning
    if code == own.code:
        return scenario
    model, blocks = read_model(code), read_blocks(COMMISSIONING_MODELS / code)
    before = next(phase for phase in own.phases if phase.starts == "start")
    last = model.phases[-1]
    asked = [model.tier(name) for name in last.tiers if not model.tier(name).from_hours_per_week]
    given = holders(scenario, [tier for tier in asked if tier.code not in before.tiers], blocks)
    name = model.name
    if blocks:
        asked = blocks.in_place(asked, given)
        name = f"{name} ({blocks.words(given, len(scenario.areas))})"
    new = [tier for tier in asked if tier.code not in before.tiers]
    codes = tuple(tier.code for tier in asked)
    after = (Phase(name=last.name, starts="go_live", tiers=codes),) if new else ()
    changed = CommissioningModel(
        code=code,
        name=name,
        principal_tier=principals_among(new, model),
        tiers=(*(own.tier(tier) for tier in before.tiers), *new),
        phases=(before, *after),
        contracts=(*(row for row in own.contracts if row.tier in before.tiers), *given),
    )
    return scenario.model_copy(update={"commissioning": changed, "targets": ()})


def principals_among(tiers: Sequence[Tier], model: CommissioningModel) -> str | list[str] | None:
    """Those of some tiers whose holders are principals under a model, as its file would say it."""
    named = [tier.code for tier in tiers if tier.code in model.principal_tiers]
    return named if len(named) > 1 else next(iter(named), None)


def holders(
    scenario: Scenario, tiers: Sequence[Tier], blocks: Blocks | None = None
) -> list[Contract]:
    """Who holds which tier where, by the rules above."""
    numbers = blocks.numbers(scenario) if blocks else {}
    taken: set[tuple[str, str]] = set()
    lots: Counter[str] = Counter()
    rows = []
    for place, tier in enumerate(tier for tier in tiers if tier.holders == "contracts"):
        in_blocks = blocks is not None and tier.code == blocks.tier
        most = most_lots(scenario, blocks if in_blocks else None) if place == 0 else inf
        for area, able in areas_and_teams(scenario, tier):
            free = [one for one in able if (one, area) not in taken and lots[one] < most]
            number = wanted(tier, len(free), blocks, numbers.get(area, 0))
            chosen = free[:number]
            taken.update((one, area) for one in chosen)
            lots.update(chosen if place == 0 else ())
            code = blocks.code_of(len(chosen)) if blocks and in_blocks else tier.code
            rows += [
                Contract(tier=code, area=area, provider=one, starts=None, rank=rank)
                for rank, one in enumerate(chosen, start=1)
            ]
    return sorted(rows, key=lambda row: (row.tier, row.area, row.rank))


def areas_and_teams(scenario: Scenario, tier: Tier) -> list[tuple[str, list[str]]]:
    """Areas, largest first, with the providers that may hold a tier there, largest there first."""
    ratings = {row.code: row.rating for row in scenario.providers}
    served: dict[str, list[tuple[float, str]]] = {row.code: [] for row in scenario.areas}
    for row in scenario.branches:
        if good_enough(ratings[row.provider], tier.minimum_rating):
            served[row.area].append((-row.council_hours_per_week, row.provider))

    def by_size(row: Area) -> tuple[float, str]:
        return (-row.hours_per_four_weeks, row.code)

    return [
        (area.code, [provider for _, provider in sorted(served[area.code])])
        for area in sorted(scenario.areas, key=by_size)
    ]


def most_lots(scenario: Scenario, blocks: Blocks | None) -> int:
    """Most contracts of its first tier that a model lets one provider hold."""
    return blocks.most_blocks_a_provider if blocks else scenario.procurement.lots_cap


def wanted(tier: Tier, teams: int, blocks: Blocks | None, number: int) -> int:
    """Holders that a tier is to have in an area with so many teams and so many blocks."""
    if blocks is not None and tier.code == blocks.tier:
        return number
    if blocks is not None and tier.code == blocks.behind:
        return max(tier.minimum_providers, floor(teams * blocks.behind_share_of_teams + 0.5))
    return max(1, tier.minimum_providers)


def good_enough(rating: str, minimum: str) -> bool:
    """Whether a provider may hold a contract; one that is not rated yet may."""
    if minimum == "any" or rating == "not_rated":
        return True
    return RATINGS.index(rating) >= RATINGS.index(minimum)
