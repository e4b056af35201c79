"""Named streams and counter-based uniforms: the promise of common random numbers.

The promise, in words: a person who is referred in one scenario is referred in every scenario with
the same seed and replication, on the same day, with the same hours, home, length of stay and
hospital admissions, whatever happens to the market around them. A carer who joins a branch as its
fifth recruit stays for the same time in every scenario. A run with a failure on day D is, fact for
fact, the run without it until D.

So nothing is drawn from a shared generator while the clock runs. What a person or a post needs is
tabulated beforehand from a stream of its own (:meth:`Draws.stream`); draws of unknown number come
from a hash of (purpose, entity, k), which needs no state (:meth:`Draws.key`, :func:`uniform`).
Streams are keyed by purpose and permanent code, never by position, display name or call order; what
is drawn for what, and from which numbers of a row, stands in :mod:`sim.draws`.

Scenarios that differ in demand share their people as well: see :mod:`sim.processes.arrivals`. And
no draw hangs on the processor, the build or the version of Python: see :func:`on_grid`.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable
from math import gamma
from typing import Final, overload
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from sim.draws import TENDER_START

Floats = NDArray[np.float64]

_MASK: Final = 0xFFFFFFFFFFFFFFFF
_GOLDEN: Final = 0x9E3779B97F4A7C15
GOLDEN_STEP: Final = 0.6180339887498949


def _mixed(value: int) -> int:
    """The SplitMix64 finaliser (Steele, Lea & Flood 2014): every input bit reaches every output."""
    value = ((value ^ (value >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
    value = ((value ^ (value >> 27)) * 0x94D049BB133111EB) & _MASK
    return value ^ (value >> 31)


def uniform(key: int, counter: int) -> float:
    """The ``counter``-th uniform on [0, 1) of the endless row that belongs to ``key``."""
    value = (key + counter * _GOLDEN) & _MASK
    value = ((value ^ (value >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
    value = ((value ^ (value >> 27)) * 0x94D049BB133111EB) & _MASK
    return ((value ^ (value >> 31)) >> 11) * 1.1102230246251565e-16


COIN_SIDES: Final = 1 << 64
COIN_MASK: Final = _MASK
COIN_FIRST: Final = 0xBF58476D1CE4E5B9
COIN_SECOND: Final = 0x94D049BB133111EB


def coin(key: int, salt: int) -> int:
    """A uniform whole number below 2^64 for a pair of keys: half the cost of a uniform."""
    value = ((key ^ salt) * COIN_FIRST) & COIN_MASK
    return ((value ^ (value >> 29)) * COIN_SECOND) & COIN_MASK


GRID = 2.0**20
"""Steps to one of :func:`on_grid`: with a mean stay of 140 days, a step is eleven seconds."""


@overload
def on_grid(values: float) -> float: ...
@overload
def on_grid(values: Floats) -> Floats: ...
def on_grid(values: Floats | float) -> Floats | float:
    """Values rounded to the nearest multiple of 2^-20; for draws whose mean is near 1.

    Logarithms, exponentials, powers and the inverses of distributions differ in their last bit
    between processors (AVX2, AVX-512), libraries and builds; sums, products, quotients and square
    roots do not. One bit in the day of an event would make another ledger. On the grid the bit is
    gone unless a value lies within it of the middle between two steps: some 2e-10 a value, and so
    about one run of Norfolk in a million.
    """
    if isinstance(values, float):
        return round(values * GRID) / GRID
    return np.rint(values * GRID) / GRID


_STEPS: Final = 65536
EXPONENTIAL = array("d", on_grid(-np.log1p(-(np.arange(_STEPS) + 0.5) / _STEPS)))
"""The unit exponential at the middle of 65,536 equal slices: no logarithm in an event."""


def exponential(key: int, counter: int) -> float:
    """The ``counter``-th unit exponential of the row that belongs to ``key``."""
    return EXPONENTIAL[int(uniform(key, counter) * _STEPS)]


class Draws:
    """Every random number of one replication."""

    def __init__(self, seed: int, replication: int) -> None:
        self._entropy = (seed, replication)
        self._seed_root = _mixed(seed & _MASK)
        self._root = _mixed(_mixed(seed & _MASK) + replication * _GOLDEN & _MASK)

    def stream(self, purpose: str, code: str) -> np.random.Generator:
        """A generator for tabulating draws before the clock starts."""
        words = [*self._entropy, crc32(purpose.encode()), crc32(code.encode())]
        return np.random.Generator(np.random.PCG64(np.random.SeedSequence(words)))

    def key(self, purpose: str, *entities: int | str) -> int:
        """The key of a row of counter-based uniforms for a purpose and an entity."""
        return self._key(self._root, purpose, *entities)

    @staticmethod
    def _key(root: int, purpose: str, *entities: int | str) -> int:
        key = _mixed(root ^ crc32(purpose.encode()))
        for entity in entities:
            number = crc32(entity.encode()) if isinstance(entity, str) else entity
            key = _mixed((key + number * _GOLDEN) & _MASK)
        return key

    def stratified(self, purpose: str, *entities: int | str) -> float:
        """A uniform that is spread evenly over replications: for what happens in one arm only.

        Replications step through [0, 1) by the golden ratio from a start of their own.
        """
        start = uniform(self._key(self._seed_root, purpose, *entities), TENDER_START)
        return (start + self._entropy[1] * GOLDEN_STEP) % 1.0

    def endless(
        self, purpose: str, code: str, block: Callable[[np.random.Generator, int], Floats]
    ) -> EndlessTable:
        """A table of draws that grows when it is read past its end."""
        return EndlessTable(self.stream(purpose, code), block)


class EndlessTable:
    """Draws made in blocks and read one by one by their ordinal, as plain floats."""

    __slots__ = ("_block", "_generator", "_values")

    BLOCK = 128

    def __init__(
        self,
        generator: np.random.Generator,
        block: Callable[[np.random.Generator, int], Floats],
    ) -> None:
        self._generator = generator
        self._block = block
        self._values: list[float] = []

    def __getitem__(self, ordinal: int) -> float:
        while ordinal >= len(self._values):
            self._values.extend(self._block(self._generator, self.BLOCK).tolist())
        return self._values[ordinal]


def unit_tenures(shape: float, generator: np.random.Generator, number: int) -> Floats:
    """Tenures of recruits, in mean tenures: Weibull with mean 1."""
    return on_grid(generator.weibull(shape, size=number) / gamma(1 + 1 / shape))
