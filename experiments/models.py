"""Every way of commissioning that ships, put on one county: the same people, carers and providers.

What is held equal: people, carers, providers and their teams, the reference rate, wages, travel,
shocks, and the market until each area goes live, which is that of the county's own model. From an
area's go-live on, the last phase of the other model holds there. Who holds its contracts follows
two rules. A tier's holders in an area are the providers with the most council hours there that are
rated well enough, have taken no earlier tier of the model there, and, for its first tier, hold no
more areas than the county lets one provider hold (``procurement.lots_cap``). There are as many as
the tier is meant to have (``minimum_providers``, at least one). Tiers for costly packages alone are
left out, since who would bid is not known. The county's own model keeps its own contracts.
"""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from typing import Any

from sim.scenario import Scenario
from sim.scenario.reading import COMMISSIONING_MODELS
from sim.scenario.tables import RATINGS, CommissioningModel, Contract, Phase, Tier

LEFT_OUT = ("theory_", "small_")
"""Models made for tests of theory and for teaching."""


def shipped_models() -> list[str]:
    """The codes of the councils' models, in order."""
    found = sorted(path.name for path in COMMISSIONING_MODELS.iterdir() if path.is_dir())
    return [code for code in found if not code.startswith(LEFT_OUT)]


def read_model(code: str) -> CommissioningModel:
    """A shipped model without its contracts."""
    text = (COMMISSIONING_MODELS / code / "model.toml").read_text(encoding="utf-8")
    return CommissioningModel.model_validate({**_plain(tomllib.loads(text)), "contracts": ()})


def _plain(told: Any) -> Any:
    """Values without their sources."""
    if isinstance(told, dict):
        return told["value"] if "value" in told else {k: _plain(v) for k, v in told.items()}
    return [_plain(one) for one in told] if isinstance(told, list) else told


def under(scenario: Scenario, code: str) -> Scenario:
    """The county under a model from each area's go-live on."""
    own = scenario.commissioning
    if code == own.code:
        return scenario
    model = read_model(code)
    before = next(phase for phase in own.phases if phase.starts == "start")
    after = model.phases[-1]
    kept = [own.tier(name) for name in before.tiers]
    names = {tier.code for tier in kept}
    asked = [name for name in after.tiers if not model.tier(name).from_hours_per_week]
    new = [model.tier(name) for name in asked if name not in names]
    phases = [before]
    if new:
        phases.append(Phase(name=after.name, starts="go_live", tiers=tuple(asked)))
    principal = model.principal_tier if model.principal_tier in {t.code for t in new} else None
    changed = CommissioningModel(
        code=code,
        name=model.name,
        principal_tier=principal,
        tiers=(*kept, *new),
        phases=tuple(phases),
        contracts=tuple(holders(scenario, new)),
    )
    return scenario.model_copy(update={"commissioning": changed, "targets": ()})


def holders(scenario: Scenario, tiers: Sequence[Tier]) -> list[Contract]:
    """Who holds which tier where, by the rules above."""
    ratings = {row.code: row.rating for row in scenario.providers}
    served: dict[str, list[tuple[float, str]]] = {}
    for row in scenario.branches:
        served.setdefault(row.area, []).append((-row.council_hours_per_week, row.provider))
    taken: set[tuple[str, str]] = set()
    lots: dict[str, int] = {}
    rows = []
    held = [tier for tier in tiers if tier.holders == "contracts"]
    areas = sorted(scenario.areas, key=lambda row: (-row.hours_per_four_weeks, row.code))
    for place, tier in enumerate(held):
        for area in areas:
            chosen = [
                provider
                for _, provider in sorted(served.get(area.code, []))
                if good_enough(ratings[provider], tier.minimum_rating)
                and (provider, area.code) not in taken
                and (place > 0 or lots.get(provider, 0) < scenario.procurement.lots_cap)
            ][: max(1, tier.minimum_providers)]
            for rank, provider in enumerate(chosen, start=1):
                taken.add((provider, area.code))
                if place == 0:
                    lots[provider] = lots.get(provider, 0) + 1
                rows.append(
                    Contract(
                        tier=tier.code, area=area.code, provider=provider, starts=None, rank=rank
                    )
                )
    return sorted(rows, key=lambda row: (row.tier, row.area, row.rank))


def good_enough(rating: str, minimum: str) -> bool:
    """Whether a provider may hold a contract; one that is not rated yet may."""
    if minimum == "any" or rating == "not_rated":
        return True
    return RATINGS.index(rating) >= RATINGS.index(minimum)
