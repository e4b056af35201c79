"""The account of failures over replications: arms side by side, with intervals and the placebo."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from math import fsum

import numpy as np
import pandas as pd

from experiments.run.arms import Arm, Way
from experiments.run.branching import ArmFound
from experiments.run.tables import ACCOUNT, ACCOUNT_BY_AREA, BY_ARM, EACH_FAILURE
from experiments.statistics.chosen import Chosen, chosen_apart
from experiments.statistics.failed import too_many_failed
from experiments.statistics.intervals import t_interval
from sim.ledger import Payer
from sim.outcomes.account import AS_ASKED, HEADLINE_DAYS
from sim.outcomes.failures import TOTAL
from sim.outcomes.fates import FATES_BY_PAYER
from sim.outcomes.headline import FailureResult
from sim.outcomes.histories import Floats
from sim.outcomes.placebo import PLACEBO_OF

WHOSE = ("direct", "self_funders", "indirect", "total")


@dataclass(frozen=True)
class Arms:
    """What became of every arm, replication by replication.

    ``found``: by the name of an arm, by replication; a replication that failed, or in which nobody
    was there to be lost, is left out. ``asked``: replications that were to be carried out;
    ``failed``: those of them that failed, so that nothing is known of them. ``windows``: direct and
    indirect hours of compared arms over their window, likewise.
    """

    arms: Sequence[Arm]
    found: Mapping[str, Mapping[int, FailureResult]]
    asked: int
    failed: int = 0
    windows: Mapping[str, Mapping[int, tuple[float, float]]] = field(default_factory=dict)

    @property
    def too_many_failed(self) -> bool:
        """Whether so many failed that there is no headline: the others may not stand for them."""
        return too_many_failed(self.failed, self.asked)

    @property
    def main(self) -> Mapping[int, FailureResult]:
        """The failures as they are asked for."""
        return self.found.get(AS_ASKED, {})

    def of(self, way: Way) -> list[Arm]:
        """The arms of a kind."""
        return [arm for arm in self.arms if arm.way is way]

    def figures(self, arm: str, name: str) -> Floats:
        """An outcome of an arm, in the replications in which it was there to be lost."""
        return np.array([one.figures[name] for one in self.found.get(arm, {}).values()])

    def pairs(self, arm: str, other: str, name: str) -> tuple[Floats, Floats]:
        """An outcome of two arms in the replications that both have."""
        ours, theirs = self.found.get(arm, {}), self.found.get(other, {})
        both = sorted(set(ours) & set(theirs))
        return (
            np.array([ours[number].figures[name] for number in both]),
            np.array([theirs[number].figures[name] for number in both]),
        )

    @property
    def areas_held(self) -> frozenset[str]:
        """Where those who fail have a team in any replication: "the largest" may be another."""
        return frozenset(area for one in self.main.values() for area in one.areas_held)

    @property
    def days_known(self) -> float:
        """How many days after care stops every replication knows."""
        return min((one.days_known for one in self.main.values()), default=0.0)


def arms_of_replications(
    arms: Sequence[Arm], found: Sequence[ArmFound | None], replications: int
) -> Arms:
    """Arms side by side; ``found`` comes replication by replication, arm by arm."""
    by_arm: dict[str, dict[int, FailureResult]] = {arm.name: {} for arm in arms}
    windows: dict[str, dict[int, tuple[float, float]]] = {arm.name: {} for arm in arms}
    failed = sum(one is None for one in found[:: len(arms)])
    for place, one in enumerate(found):
        number, which = divmod(place, len(arms))
        if one is not None and one.failure is not None:
            by_arm[arms[which].name][number] = one.failure
            if one.window is not None:
                windows[arms[which].name][number] = one.window
    return Arms(arms, by_arm, replications, failed, windows)


def placebo_figures(told: Arms, replication: int) -> dict[str, float]:
    """The outcomes of a replication's placebo by name; none where there was none."""
    found = told.found.get(Way.PLACEBO.value, {}).get(replication)
    if found is None:
        return {}
    return {name: found.figures[beside] for beside, name in PLACEBO_OF.items()}


def spread(values: Floats) -> tuple[float, ...]:
    """Mean, ends of its 95% interval, tenth and ninetieth percentile, and how many are known."""
    known = values[np.isfinite(values)]
    found = t_interval(known)
    several = known.size > 1
    low, high = np.quantile(known, (0.1, 0.9)) if several else (np.nan, np.nan)
    return found.mean, found.low, found.high, float(low), float(high), found.count


def by_arm(told: Arms) -> pd.DataFrame:
    """The table BY_ARM."""
    rows = [
        (arm.name, name, *spread(told.figures(arm.name, name)))
        for arm in told.arms
        for name in next(iter(told.found[arm.name].values()), _NOTHING).figures
    ]
    return pd.DataFrame(rows, columns=[column.name for column in BY_ARM.columns])


class _NOTHING:
    figures: Mapping[str, float] = {}


def harm(told: Arms) -> pd.DataFrame:
    """The table HARM: every arm, replication, area and length of time."""
    return _stacked([one.harm for many in told.found.values() for one in many.values()])


def providers_lost(told: Arms) -> pd.DataFrame:
    """The table PROVIDERS_LOST."""
    return _stacked([one.providers_lost for many in told.found.values() for one in many.values()])


def _stacked(tables: Sequence[Mapping[str, np.ndarray]]) -> pd.DataFrame:
    frames = [pd.DataFrame(dict(table)) for table in tables]
    return pd.concat(frames, ignore_index=True) if frames else pd.DataFrame()


def account(rows: pd.DataFrame) -> pd.DataFrame:
    """The table ACCOUNT, from that of HARM."""
    names = [column.name for column in ACCOUNT.columns]
    if rows.empty:
        return pd.DataFrame(columns=names)
    hours = [f"{whose}_hours" for whose in WHOSE]
    # An area is a row: the county is the sum of its areas.
    county = rows.groupby(["arm", "replication", "days"], sort=False)[hours].sum().reset_index()
    found = []
    for (arm, days), group in county.groupby(["arm", "days"], sort=False):
        placebo = county[(county["arm"] == Way.PLACEBO) & (county["days"] == days)]
        for whose, column in zip(WHOSE, hours, strict=True):
            beside = spread(placebo[column].to_numpy(dtype=float))[:3]
            values = group[column].to_numpy(dtype=float)
            found.append((arm, days, whose, *spread(values), *beside))
    return pd.DataFrame(found, columns=names)


def account_by_area(rows: pd.DataFrame, held: Collection[str]) -> pd.DataFrame:
    """The table ACCOUNT_BY_AREA, from that of HARM; the most harmed first."""
    names = [column.name for column in ACCOUNT_BY_AREA.columns]
    if rows.empty:
        return pd.DataFrame(columns=names)
    found = []
    mine = rows[rows["arm"] == AS_ASKED]
    for (days, area), group in mine.groupby(["days", "area"], sort=False):
        means = group[[f"{whose}_hours" for whose in WHOSE]].mean()
        ends = t_interval(group["total_hours"].to_numpy(dtype=float))
        found.append((days, area, area in held, *means, ends.low, ends.high))
    table = pd.DataFrame(found, columns=names)
    return table.sort_values(["days", "total_hours"], ascending=[True, False], ignore_index=True)


def each_failure(told: Arms, words: Sequence[str]) -> pd.DataFrame:
    """The table EACH_FAILURE; ``words``: the failures in order of time. Empty for one failure."""
    names = [column.name for column in EACH_FAILURE.columns]
    alone = [arm.name for arm in told.of(Way.ALONE)]
    if not alone:
        return pd.DataFrame(columns=names)
    # Of two failures, all but one is the other alone.
    but = [arm.name for arm in told.of(Way.BUT_ONE)] or alone[::-1]
    rows: list[tuple[object, ...]] = []
    for number, what in enumerate(words):
        mine = told.figures(alone[number], TOTAL)
        whole, rest = told.pairs(AS_ASKED, but[number], TOTAL)
        on_top = t_interval(whole - rest)
        single = t_interval(mine[np.isfinite(mine)])
        rows.append(
            (str(number + 1), what, single.mean, single.low, single.high,
             on_top.mean, on_top.low, on_top.high, on_top.count)
        )  # fmt: skip
    together = t_interval(told.figures(AS_ASKED, TOTAL))
    blank = (np.nan, np.nan, np.nan)
    ends = (together.mean, together.low, together.high)
    rows.append(("together", "all failures together", *ends, *blank, together.count))
    beyond = t_interval(beyond_the_sum(told, alone))
    ends = (beyond.mean, beyond.low, beyond.high)
    rows.append(
        ("beyond_the_sum", "the effect of the failures on one another", *ends, *blank, beyond.count)
    )
    return pd.DataFrame(rows, columns=names)


def beyond_the_sum(told: Arms, alone: Sequence[str]) -> Floats:
    """All failures together less the sum of each alone, where all are known."""
    parts = [told.found[name] for name in (AS_ASKED, *alone)]
    everywhere = sorted(set.intersection(*(set(part) for part in parts)))
    return np.array(
        [
            parts[0][number].figures[TOTAL]
            - fsum(part[number].figures[TOTAL] for part in parts[1:])
            for number in everywhere
        ]
    )


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """An area outside those that the failing providers serve, as it was chosen and is told."""

    area: str
    chosen: Chosen


def most_elsewhere(
    rows: pd.DataFrame, held: Collection[str], days: float = HEADLINE_DAYS
) -> Elsewhere | None:
    """The area outside those held with the most hours added, from the table HARM.

    Odd replications choose it, even ones tell its hours. None without one of each.
    """
    mine = rows[(rows["arm"] == AS_ASKED) & (rows["days"] == days) & ~rows["area"].isin(held)]
    table = mine.pivot(index="replication", columns="area", values="total_hours")
    found = chosen_apart(table.to_numpy(dtype=float), range(len(table)), highest=True)
    return None if found is None else Elsewhere(str(table.columns[found.place]), found)


def fates_of(told: Sequence[FailureResult]) -> pd.DataFrame:
    """The table FATES: means over replications."""
    return _means_by_day([one.fates for one in told]) if told else pd.DataFrame()


def _means_by_day(tables: Sequence[Mapping[str, np.ndarray]]) -> pd.DataFrame:
    """Means of tables with a row a day; a run cut short by its end knows fewer days than others."""
    shortest = min(one["day_from_failure"].size for one in tables)
    return pd.DataFrame(
        {name: np.mean([one[name][:shortest] for one in tables], axis=0) for name in tables[0]}
    )


def fates_by_payer_of(told: Sequence[FailureResult]) -> pd.DataFrame:
    """The table FATES_BY_PAYER: means over replications."""
    parts = []
    for payer in Payer:
        word = payer.name.lower()
        mine = [_of_payer(one.fates_by_payer, word) for one in told]
        parts.append(_means_by_day(mine).assign(payer=word))
    names = [column.name for column in FATES_BY_PAYER.columns]
    return pd.concat(parts, ignore_index=True).reindex(columns=names) if told else pd.DataFrame()


def _of_payer(table: Mapping[str, np.ndarray], payer: str) -> dict[str, np.ndarray]:
    mine = table["payer"] == payer
    return {name: column[mine] for name, column in table.items() if name != "payer"}


def served_by_of(told: Sequence[FailureResult]) -> pd.DataFrame:
    """The table SERVED_BY: means over replications; who serves nobody in one counts as 0 there."""
    frame = _stacked([one.served_by for one in told])
    if frame.empty:
        return frame
    keys = ["day_from_failure", "tier", "provider"]
    counts = ["people", "self_funders"]
    sums = pd.DataFrame(frame.groupby(keys)[counts].sum() / len(told)).reset_index()
    order = ["day_from_failure", "people"]
    return sums.sort_values(order, ascending=[True, False], ignore_index=True)
