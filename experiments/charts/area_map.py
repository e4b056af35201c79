"""Chart: a map of areas, of their outlines where they are known, otherwise of tiles."""

from __future__ import annotations

import pandas as pd

from experiments.charts.chart import Chart, Provenance
from experiments.charts.outline_map import outline_map
from experiments.charts.shown import Shown
from experiments.charts.tile_map import tile_map
from sim.scenario.outlines import outlines_of


def area_map(
    areas: pd.DataFrame,
    values: pd.Series,
    shown: Shown,
    provenance: Provenance,
    *,
    name: str,
    outlines: str = "",
    each: pd.DataFrame | None = None,
) -> Chart:
    """Areas shaded by ``values`` (by area code), printed as ``shown`` has it.

    ``areas``: code, name, locality and place on the tile map. ``outlines``: the scenario's, as
    GeoJSON; an area without one makes it a map of tiles. ``each``: the values of every
    replication, a column an area: doubt is drawn and told from them.
    """
    table = shown.table(areas, values)
    each = None if each is None else each.reindex(columns=table["code"])
    known = outlines_of(outlines)
    if set(table["code"]) <= set(known.polygons):
        return outline_map(table, shown, known, provenance, name=name, each=each)
    return tile_map(table, shown, provenance, name=name, each=each)
