"""Classes of values that are shaded alike: cut at round numbers, told in a key."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from experiments.charts.key import Entry
from experiments.charts.style import INK, TEXT_SHADES
from sim.outcomes.histories import Floats

MOST_CLASSES = 4
NO_VALUE = "#FFFFFF"


@dataclass(frozen=True)
class Form:
    """How values are printed: times ``factor``, with so many decimals."""

    digits: int
    factor: float = 1.0
    suffix: str = ""

    def rounded(self, values: Floats) -> Floats:
        """Values as they are printed."""
        printed: Floats = np.round(np.asarray(values, dtype=float) * self.factor, self.digits)
        return printed

    def text(self, value: float) -> str:
        """A value as it is printed, with a real minus sign and none at nought."""
        printed = round(value * self.factor, self.digits) + 0.0
        return f"{printed:,.{self.digits}f}{self.suffix}".replace("-", "−")


@dataclass(frozen=True)
class Classes:
    """Where values are cut, in the unit in which they are printed.

    ``lowest`` and ``highest``: the ends of the first and the last class; ``falling``: less is
    darker.
    """

    cuts: tuple[float, ...]
    lowest: float
    highest: float
    form: Form
    falling: bool = False

    def of(self, value: float) -> int:
        """Which class a value belongs to, counted from the lowest."""
        printed = self.form.rounded(np.array([value]))
        return int(np.searchsorted(self.cuts, printed[0], side="right"))

    @property
    def shades(self) -> list[str]:
        """The shade of each class, from the lowest."""
        found = shades(len(self.cuts) + 1)
        return found[::-1] if self.falling else found

    def shade(self, value: float) -> str:
        """Darker is more, unless it is falling; white where there is no value."""
        return self.shades[self.of(value)] if np.isfinite(value) else NO_VALUE

    def words(self, unit: str) -> list[str]:
        """Each class in words; the first has the unit."""

        def text(printed: float) -> str:
            return self.form.text(printed / self.form.factor)

        if not self.cuts:
            ends = dict.fromkeys((text(self.lowest), text(self.highest)))
            return [" to ".join(ends) + f" {unit}".rstrip()]
        inner = [
            f"{text(a)} to under {text(b)}" for a, b in zip(self.cuts, self.cuts[1:], strict=False)
        ]
        told = [f"Under {text(self.cuts[0])}", *inner, f"{text(self.cuts[-1])} or more"]
        return [f"{told[0]} {unit}".rstrip(), *told[1:]]

    def key(self, unit: str) -> list[Entry]:
        """The key of the shades."""
        told = zip(self.words(unit), self.shades, strict=True)
        return [Entry(words, face, INK) for words, face in told]


def shades(count: int) -> list[str]:
    """So many shades from light to dark, as far apart as they can be."""
    places = np.linspace(0, len(TEXT_SHADES) - 1, count).round().astype(int) if count > 1 else [0]
    return [TEXT_SHADES[place] for place in places]


def classes_of(values: Floats, form: Form) -> Classes:
    """At most four classes of values near to each other, so that an outlier stands alone."""
    from scipy.cluster.hierarchy import fcluster, linkage  # only maps and grids of areas need it

    known = form.rounded(np.asarray(values, dtype=float))
    known = np.sort(known[np.isfinite(known)])
    if known.size == 0:
        return Classes((), 0.0, 0.0, form)
    ends = float(known[0]), float(known[-1])
    different = np.unique(known)
    if different.size == 1:
        return Classes((), *ends, form)
    # Ward's classes of numbers on a line are stretches of it: natural breaks, here of proportions.
    usual = float(np.median(np.abs(known[known != 0])))
    tree = linkage(np.arcsinh(known / usual)[:, None], method="ward")
    names = fcluster(tree, t=min(MOST_CLASSES, different.size), criterion="maxclust")
    steps = np.flatnonzero((np.diff(names) != 0) & (np.diff(known) > 0))
    cuts = tuple(roundest(float(known[at]), float(known[at + 1])) for at in steps)
    return Classes(cuts, *ends, form)


def roundest(below: float, above: float) -> float:
    """The roundest number above one and at most another."""
    power = 10.0 ** np.ceil(np.log10(max(abs(below), abs(above), 1e-9)))
    for _ in range(12):
        for step in (power, power / 2, power / 5):
            first = (np.floor(below / step + 1e-9) + 1) * step
            if first <= above * (1 + 1e-12) + 1e-12:
                return float(np.round(first, 10))
        power /= 10
    return above
