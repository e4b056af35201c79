"""One ledger everywhere: on any processor, with any mathematical library, under any Python."""

from __future__ import annotations

import os
import sys
import threading
import time
from math import fsum, nextafter
from pathlib import Path
from types import FrameType

import command_line
import numpy as np
import pytest

from sim.ledger import Cause, Ledger, Stage
from sim.market.deliveries import Deliveries
from sim.randomness import EXPONENTIAL, GRID, on_grid
from sim.scenario import load_scenario
from sim.simulation import simulate

ROOT = Path(__file__).parents[1]
PYTHONS = "CAREMARKET_PYTHONS"
"""Environment variable: interpreters to compare with this one, with the packages installed."""

# Every kind of fact and most figures: a whole small county, again with a closure, and
# the first months of Norfolk.
RUNS = """
import hashlib, sys
from sim.ledger import FACTS
from sim.outcomes.headline import summarise
from sim.processes.failure import ScriptedFailure
from sim.scenario import load_scenario
from sim.simulation import simulate

told = hashlib.sha256()
everything = {"failure.random": True, "calendar.end": "2026-06-30"}
small = load_scenario("small", settings=everything)
closure = ScriptedFailure("largest:" + small.areas[0].code, 400.0, 0.0)
for scenario, until, failures in (
    (small, None, []), (small, None, [closure]), (load_scenario("norfolk"), 90.0, []),
):
    ledger = simulate(scenario, seed=3, until=until, failures=failures)
    for name in FACTS:
        told.update(ledger.table(name).tobytes())
    if until is None:
        told.update(repr(summarise(ledger, scenario, 0).figures).encode())
print(told.hexdigest())
"""


def digest(python: str = sys.executable, **environment: str) -> str:
    """What the runs hash to in a process of its own."""
    done = command_line.python(ROOT, "-c", RUNS, program=python, **environment)
    assert done.code == 0, done.err[-2000:]
    return done.out.strip()


@pytest.fixture(scope="module")
def usual() -> str:
    return digest()


def optional_features() -> str:
    """What numpy uses of this processor beyond what every processor of its kind has."""
    from numpy._core import _multiarray_umath as built

    return " ".join(name for name in built.__cpu_dispatch__ if built.__cpu_features__.get(name))


OLD_LIBRARY = "glibc.cpu.hwcaps=-AVX2,-FMA,-AVX,-AVX2_Usable,-FMA_Usable,-FMA4_Usable"
"""GNU's mathematical library picks functions by the processor too; elsewhere this is ignored."""


@pytest.mark.parametrize("library", ["", OLD_LIBRARY], ids=["numpy", "numpy_and_library"])
def test_an_older_processor_gives_the_same_ledger(usual: str, library: str) -> None:
    features = optional_features()
    if not features and not (library and sys.platform == "linux"):
        pytest.skip("this processor has nothing that could be switched off")
    assert digest(NPY_DISABLE_CPU_FEATURES=features, GLIBC_TUNABLES=library) == usual


@pytest.mark.skipif(not os.environ.get(PYTHONS), reason=f"{PYTHONS} names no other interpreters")
@pytest.mark.parametrize("python", os.environ.get(PYTHONS, "").split(os.pathsep))
def test_another_python_gives_the_same_ledger(usual: str, python: str) -> None:
    assert digest(python) == usual


def test_a_last_bit_is_gone_on_the_grid() -> None:
    values = np.random.default_rng(1).lognormal(size=100_000)
    kept = on_grid(values)
    assert np.abs(kept - values).max() <= 0.5 / GRID
    assert (kept * GRID == np.rint(kept * GRID)).all()
    for neighbour in (0.0, np.inf):
        assert (on_grid(np.nextafter(values, neighbour)) == kept).all()
    for value, whole in zip(values[:1000].tolist(), kept[:1000].tolist(), strict=True):
        assert on_grid(value) == whole == on_grid(nextafter(value, 0.0))
    assert type(on_grid(0.1)) is float


def test_no_step_of_the_exponential_table_lies_near_the_middle_of_two() -> None:
    """So the table is the same everywhere, not only almost always."""
    exact = -np.log1p(-(np.arange(65536) + 0.5) / 65536)
    off = np.abs(exact * GRID % 1.0 - 0.5) / GRID
    assert off.min() > 100 * np.spacing(exact.max())
    assert min(EXPONENTIAL) > 0 and abs(fsum(EXPONENTIAL) / len(EXPONENTIAL) - 1) < 2e-5


# Sums


def modules(*packages: str) -> list[Path]:
    return [path for package in packages for path in sorted((ROOT / package).rglob("*.py"))]


WHOLE_SUM = """
from collections.abc import Iterable as _Terms
def sum(terms: _Terms[int]) -> int:
    return len(list(terms))
"""


def test_only_whole_numbers_are_added_by_the_built_in_sum(tmp_path: Path) -> None:
    """Python 3.12 changed how it adds floats: math.fsum adds those.

    The checker of types reads copies of all modules in which ``sum`` takes whole numbers only.
    """
    mypy = pytest.importorskip("mypy.api")
    for path in modules("sim", "experiments"):
        copy = tmp_path / path.relative_to(ROOT)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_text(path.read_text(encoding="utf-8") + WHOLE_SUM, encoding="utf-8")
    settings = ["--config-file", str(ROOT / "pyproject.toml"), "--no-incremental"]
    packages = [str(tmp_path / "sim"), str(tmp_path / "experiments")]
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path)
        told, errors, code = mypy.run([*settings, *packages])
    assert code == 0, told + errors


# The ledger's tables


def test_a_table_that_is_held_does_not_stop_the_ledger() -> None:
    """While a view on its columns lived, no fact more could be recorded."""
    ledger = Ledger()
    ledger.staffed(0.0, 1, 1, Cause.HIRED)
    ledger.staffed(1.0, 1, -1, Cause.LEFT)
    held = [ledger.table("staffed"), ledger.table("staffed", 1), ledger.columns("staffed")]
    ledger.staffed(2.0, 1, 1, Cause.HIRED)
    assert ledger.count("staffed") == 3
    assert ledger.table("staffed", 2).tolist() == [[2.0, 1.0, 1.0, float(Cause.HIRED)]]
    assert held[0].tolist() == ledger.table("staffed")[:2].tolist()
    assert ledger.table("staffed", 3).shape == (0, 4)


def test_what_is_done_to_a_table_does_not_touch_the_ledger() -> None:
    ledger = Ledger()
    ledger.staffed(0.0, 1, 1, Cause.HIRED)
    ledger.table("staffed")[:] = -1.0
    assert ledger.rows("staffed") == [(0.0, 1.0, 1.0, float(Cause.HIRED))]


def test_what_a_settlement_reads_does_not_stop_the_ledger() -> None:
    ledger = Ledger()
    deliveries = Deliveries(ledger, (1.0, 1.0, 1.0, 1.2))
    ledger.referred(0.0, 7, 0, 600, 1, 3, 0, 0, 0)
    ledger.moved(0.0, 7, Stage.IN_SERVICE, 0, 0, 600, Cause.STARTED)
    held = deliveries._new("moved"), deliveries.until(28.0, 1, 1)
    ledger.moved(28.0, 7, Stage.ENDED, -1, -1, 600, Cause.DIED)
    assert held and ledger.count("moved") == 2


def test_a_thread_that_keeps_frames_does_not_stop_a_run() -> None:
    """As profilers, debuggers and the workers of a cluster do."""
    main, over, kept = threading.get_ident(), threading.Event(), list[FrameType]()

    def watch() -> None:
        while not over.is_set():
            kept.append(sys._current_frames()[main])
            time.sleep(0.0005)

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        ledger = simulate(load_scenario("small"), seed=3)
    finally:
        over.set()
        watcher.join()
    assert len(kept) > 10 and ledger.count("paid") > 50
    assert ledger.rows("moved") == simulate(load_scenario("small"), seed=3).rows("moved")
