"""Where labels find room on a map: each within its own area, or as near to it as nothing is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from matplotlib.path import Path
from numpy.typing import NDArray

from sim.outcomes.histories import Flags, Floats, Ints

CELL = 2.0
"""How finely room is looked for, in points."""
NOBODY = -1
OFF_CENTRE = 0.05
"""Of places as far from an area's edge, the one nearest to its middle is taken."""

Point = tuple[float, float]
Size = tuple[float, float]


@dataclass
class Room:
    """The cells of a map: which area each belongs to, and where a label lies already.

    ``wide`` and ``high``: the map's, in points; labels are asked for one after another.
    """

    wide: float
    high: float
    areas: Sequence[Path]
    owner: Ints = field(init=False)
    taken: Flags = field(init=False)

    def __post_init__(self) -> None:
        rows, columns = int(self.high // CELL), int(self.wide // CELL)
        self.owner = np.full((rows, columns), NOBODY, dtype=np.int64)
        self.taken = np.zeros((rows, columns), dtype=bool)
        for number, path in enumerate(self.areas):
            self._own(number, path)

    def _own(self, number: int, path: Path) -> None:
        """Give an area the cells whose middles lie in it."""
        corners = np.asarray(path.vertices, dtype=float)
        low, high = corners.min(axis=0), corners.max(axis=0)
        rows, columns = self.owner.shape
        first = np.clip(low // CELL, 0, (columns - 1, rows - 1)).astype(int)
        last = np.clip(high // CELL + 1, 1, (columns, rows)).astype(int)
        x, y = np.meshgrid(np.arange(first[0], last[0]), np.arange(first[1], last[1]))
        middles = (np.stack([x.ravel(), y.ravel()], axis=1) + 0.5) * CELL
        inside = path.contains_points(middles).reshape(x.shape)
        self.owner[y[inside], x[inside]] = number

    def within(self, number: int, size: Size) -> Point | None:
        """The middle of a label of this size within an area, furthest from its edge, if it fits."""
        from scipy.ndimage import distance_transform_edt  # only maps need it

        mine = self.owner == number
        if not mine.any():
            return None
        depth: Floats = distance_transform_edt(np.pad(mine, 1))[1:-1, 1:-1]
        rows, columns = np.indices(mine.shape)
        away = np.hypot(rows - rows[mine].mean(), columns - columns[mine].mean())
        return self._best(mine & ~self.taken, size, depth - OFF_CENTRE * away)

    def near(self, point: Point, size: Size) -> Point | None:
        """The middle of a label of this size, as near to a point as no other label lies."""
        rows, columns = np.indices(self.taken.shape)
        away = np.hypot((columns + 0.5) * CELL - point[0], (rows + 0.5) * CELL - point[1])
        return self._best(~self.taken, size, -away)

    def take(self, middle: Point, size: Size) -> None:
        """Keep a place for a label: others keep off."""
        left, bottom = (int((m - s / 2) // CELL) for m, s in zip(middle, size, strict=True))
        right, top = (int(np.ceil((m + s / 2) / CELL)) for m, s in zip(middle, size, strict=True))
        self.taken[max(0, bottom) : top, max(0, left) : right] = True

    def anchor(self, number: int) -> Point:
        """A point in an area, furthest from its edge; the middle of its corners if it is tiny."""
        found = self.within(number, (CELL, CELL))
        if found is not None:
            return found
        x, y = np.asarray(self.areas[number].vertices, dtype=float).mean(axis=0)
        return float(x), float(y)

    def _best(self, free: Flags, size: Size, merit: Floats) -> Point | None:
        """The middle of the best window of free cells that is so large."""
        wide, high = (int(np.ceil(part / CELL)) for part in size)
        rows, columns = free.shape
        if high > rows or wide > columns:
            return None
        fits = window_sums(free, high, wide) == high * wide
        if not fits.any():
            return None
        down, along = high // 2, wide // 2
        worth = merit[down : down + fits.shape[0], along : along + fits.shape[1]]
        at = int(np.where(fits, worth, -np.inf).argmax())
        row, column = divmod(at, fits.shape[1])
        return (column + wide / 2) * CELL, (row + high / 2) * CELL


def window_sums(cells: Flags, high: int, wide: int) -> NDArray[np.int64]:
    """How many cells of each window of this size are set; windows by their lowest corner."""
    total = np.pad(cells.astype(np.int64), ((1, 0), (1, 0))).cumsum(axis=0).cumsum(axis=1)
    found: NDArray[np.int64] = (
        total[high:, wide:] - total[:-high, wide:] - total[high:, :-wide] + total[:-high, :-wide]
    )
    return found
