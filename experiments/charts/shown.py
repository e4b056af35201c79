"""What a map of areas shows, whether it is drawn as tiles or as outlines: its words and classes."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from experiments.charts.classes import Classes, Form, classes_of
from experiments.charts.key import Entry
from experiments.words import claims


@dataclass(frozen=True)
class Shown:
    """The words of a map, and how its values are printed.

    ``unit``: measure and unit; ``short``: the unit as the key has it, if that is long. ``period``:
    when, as the subtitle says it; ``note``: what it says after that. ``falling``: less is worse,
    and darker. ``claim``: which area is the worst, as far as that is sure; None: judged by the
    values of every replication.
    """

    title: str
    unit: str
    form: Form
    period: str = ""
    note: str = ""
    short: str = ""
    falling: bool = False
    claim: str | None = None

    @property
    def column(self) -> str:
        """The column of the values in the table beside the chart."""
        spelt = self.unit.lower().replace("%", "percent").replace("£", "pounds")
        return "value_" + re.sub(r"[^a-z0-9]+", "_", spelt).strip("_")

    @property
    def measured(self) -> str:
        """Measure, place and time: the beginning of the subtitle."""
        when = f", {self.period}" if self.period else ""
        return f"{self.unit[:1].upper()}{self.unit[1:]}, by area{when}. {self.note}".rstrip()

    def table(self, areas: pd.DataFrame, values: pd.Series) -> pd.DataFrame:
        """The areas with their values, which are given by code."""
        table = areas[["code", "name", "locality", "grid_row", "grid_column"]]
        return table.assign(value=table["code"].map(values).astype(float)).reset_index(drop=True)

    def classes(self, table: pd.DataFrame) -> Classes:
        """Classes that fit the values."""
        found = classes_of(table["value"].to_numpy(dtype=float), self.form)
        return replace(found, falling=self.falling)

    def key(self, classes: Classes) -> list[Entry]:
        """The key of the shades."""
        return classes.key("" if self.form.suffix else self.short or self.unit)

    def text(self, value: float) -> str:
        """A value as it is printed on an area."""
        return self.form.text(value) if np.isfinite(value) else "no value"

    def alt(self, table: pd.DataFrame, kind: str, count: int, each: pd.DataFrame | None) -> str:
        """Alternative text: every value, and which is the worst, where that is sure.

        ``kind``: "Tile map"; ``count``: replications; ``each``: their values, a column an area.
        """
        areas = f"{len(table)} {'area' if len(table) == 1 else 'areas'}"
        start = f"{kind} of {areas}, {self.unit}: {self.title}."
        known, missing = (table[table["value"].notna() == there] for there in (True, False))
        names = ", ".join(missing["name"])
        rest = f" {len(missing)} without a value: {names}." if len(missing) else ""
        if known.empty:
            return start + rest
        order = known.sort_values("value", ascending=self.falling, kind="stable")
        listed = ", ".join(
            f"{place} {self.form.text(float(value))}"
            for place, value in zip(order["name"], order["value"], strict=True)
        )
        text = f"{start} Means {claims.futures(count)}: {listed}.{rest}"
        claim = self.claim if self.claim is not None else self._judged(order, each)
        return f"{text} {claim}." if claim else text

    def _judged(self, order: pd.DataFrame, each: pd.DataFrame | None) -> str:
        """Which area is the highest, or the lowest, and which cannot be distinguished from it."""
        if each is None or len(order) < 2:
            return ""
        values = self.form.factor * each[order["code"].tolist()].to_numpy(dtype=float)
        kind = "lowest" if self.falling else "highest"
        return claims.extreme(kind, order["name"].tolist(), values, lowest=self.falling)
