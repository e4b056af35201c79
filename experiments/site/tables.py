"""The reference of tables: those that a county is given, and those that results hold."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from importlib import import_module
from pkgutil import iter_modules

from experiments.site.markdown import code, plain, table
from experiments.stress.tables import contingencies_table, ranking_table
from sim.outcomes.declaration import Table
from sim.scenario.faults import allowed_range
from sim.scenario.scenario import declaration_at
from sim.scenario.tables import ROW_TYPES

OF_THE_MODEL = ("contracts", "prices")
INPUT = """# Tables that a county is given

Made from the declarations. A county and a commissioning model are folders of CSV tables and TOML
settings; `caremarket new` copies one, and `caremarket check` tells every mistake in it, with file,
row and column. The settings are [parameters](parameters.md). How to write tables of your own:
[your own tables](../how-to/own-tables.md).
"""
OUTPUT = """# Tables that results hold

Made from the declarations. Every folder of results has the tables that answer its question, each as
CSV and as Parquet, and a `data_dictionary.csv` that says for each of them what stands here. The
table `runs` of a study, and `plausible` and `sets` of a calibration, are not here: they have a
column for each outcome and parameter that was asked for ([every outcome](outcomes_all.md)).
"""
ROOMS = {
    "sim.outcomes": "Facts and weekly tables of a run",
    "experiments.run": "Run",
    "experiments.stress": "Stress test",
    "experiments.adequacy": "Adequacy (N-1)",
    "experiments.bands": "Bands",
    "experiments.study": "Studies (sweep, compare, extend, merge, discover)",
    "experiments.models": "Ways of commissioning (compare-models)",
    "experiments.fit": "Fit",
    "experiments.history": "History",
    "experiments.hindcasts": "Recorded cases (history --case)",
    "experiments.calibration": "Calibration",
    "experiments.costs": "Benchmark",
}
"""Packages that declare tables, from the ground up: each table is told where it is declared."""
TIER = ("{tier}",)
MADE: Mapping[str, tuple[Callable[[], Table], ...]] = {
    "experiments.stress": (lambda: contingencies_table(TIER), lambda: ranking_table(TIER)),
}
"""Tables whose columns depend on what was asked."""


def input_page() -> str:
    """Every column of every table that a county or a commissioning model is given."""
    lines = [INPUT]
    for name in ROW_TYPES:
        lines += [
            "",
            f"## {name}.csv",
            "",
            *table(("column", "meaning", "allowed", "needed"), _columns(name)),
        ]
    return "\n".join(lines) + "\n"


def _columns(name: str) -> Iterator[tuple[str, str, str, str]]:
    where = ("commissioning", name) if name in OF_THE_MODEL else (name,)
    for column, declared in ROW_TYPES[name].model_fields.items():
        schema = declaration_at((*where, 0, column))
        needed = "yes" if declared.is_required() else "no"
        if declared.default is not None and not declared.is_required():
            needed = f"no; blank is {declared.default}"
        yield code(column), plain(declared.description or ""), plain(allowed_range(schema)), needed


def output_page() -> str:
    """Every declared table of results, by the question whose answer it is."""
    found = declared()
    lines = [OUTPUT]
    for room, title in ROOMS.items():
        lines += ["", f"## {title}"]
        for one in found[room]:
            rows = [
                (code(column.name), plain(column.meaning), plain(column.unit))
                for column in one.columns
            ]
            lines += ["", f"### {one.name}", "", plain(one.meaning), ""]
            lines += table(("column", "meaning", "unit"), rows)
    return "\n".join(lines) + "\n"


def declared() -> dict[str, list[Table]]:
    """Every table of results, by the package that declares it."""
    found: dict[str, list[Table]] = {}
    seen: set[int] = set()
    for room in ROOMS:
        package = import_module(room)
        modules = [import_module(f"{room}.{one.name}") for one in iter_modules(package.__path__)]
        held = [one for module in modules for one in vars(module).values()]
        own = {id(one): one for one in held if isinstance(one, Table) and id(one) not in seen}
        seen |= set(own)
        found[room] = [*own.values(), *(make() for make in MADE.get(room, ()))]
    return found
