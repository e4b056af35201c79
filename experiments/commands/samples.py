"""``caremarket samples``: example tables of one's own, right and wrong."""

from __future__ import annotations

from dataclasses import astuple, dataclass, fields
from pathlib import Path
from typing import Annotated, Any

import typer

from experiments.results.csv_files import write_rows
from sim.scenario import Fault, ScenarioError
from sim.scenario.faults import Place, allowed_range

SAMPLES = Path(__file__).parent.parent / "samples"
PURPOSES = {
    "referrals.csv": "240 invented people, referred from January to June 2024",
    "failures.csv": "one failure of each kind, with notice, with areas, with shares of carers",
    "shocks.csv": "fewer newcomers to care work for two years; carers lost at once in two areas",
    "caseload.csv": "some 200 invented people in care in the county small on 1 January 2024",
    "exports/package_extract.csv": "an extract of a case-management system, to be imported",
    "exports/client_level_data.csv": "the national Client Level Data return of the same council",
    "exports/cqc_directory.csv": "a care directory of the regulator: ratings and owners",
    "exports/postcode_areas.csv": "the area of each postcode district",
    "broken/referrals_dates_rewritten.csv": "dates that a spreadsheet program rewrote",
    "broken/referrals_semicolons.csv": "semicolons between cells",
    "broken/referrals_not_utf8.csv": "saved in the encoding of an older Windows program",
    "broken/referrals_decimal_comma.csv": "numbers with a decimal comma",
    "broken/referrals_unknown_area.csv": "areas by name, misspelt, in small letters, blank",
    "broken/referrals_hours.csv": "hours of 0 and 800, blank, and in words",
    "broken/referrals_doubled_person.csv": "one reference for two rows",
    "broken/referrals_missing_column.csv": "no column hours_per_week",
    "broken/referrals_misspelt_column.csv": "two columns with a misspelt name",
    "broken/referrals_too_many_cells.csv": "a row that is too long and one too short",
    "broken/referrals_outside_the_run.csv": "dates before the first day and after the last",
    "broken/referrals_several_faults.csv": "many mistakes at once, all told at once",
    "broken/failures_dates_rewritten.csv": "dates that a spreadsheet program rewrote",
    "broken/failures_semicolons.csv": "semicolons between cells",
    "broken/failures_not_utf8.csv": "saved in the encoding of an older Windows program",
    "broken/failures_decimal_comma.csv": "shares with a decimal comma",
    "broken/failures_percent.csv": "percentages where shares are wanted",
    "broken/failures_unknown_names.csv": "a provider, areas and a kind that do not exist",
    "broken/failures_before_go_live.csv": "a principal provider that fails before there is one",
    "broken/failures_outside_the_run.csv": "dates before the first day and after the last",
    "broken/failures_missing_column.csv": "no column who",
    "broken/failures_misspelt_column.csv": "notice where notice_days is meant",
    "broken/failures_too_many_cells.csv": "areas with a comma between them",
    "broken/shocks_several_faults.csv": "an unknown area, a share above 1, an end too early",
    "broken/caseload_several_faults.csv": "teams that do not exist, hours of 0, dates rewritten",
}
"""What each file of the samples is for."""
NAMED_ELSEWHERE = {
    "area": "a code of areas.csv",
    "provider": "a code of providers.csv",
    "areas": "codes of areas.csv or blank",
    "who": "codes of areas.csv and providers.csv",
}
"""Columns whose values other tables of the county allow."""


@dataclass(frozen=True, slots=True)
class ColumnOfTable:
    """One column of a table that a user may bring, as its declaration tells of it."""

    column: str
    meaning: str
    unit: str
    allowed: str
    required: str


def samples(
    folder: Annotated[Path, typer.Argument(help="The folder to make.")],
) -> None:
    """Write example tables of failures, referrals, shocks and people in care, and mistakes."""
    from experiments.results.writing import written_into
    from sim.scenario.reading import OPTIONAL_TABLES

    refuse_taken(folder)
    with written_into(folder) as part:
        for name in PURPOSES:
            (part / name).parent.mkdir(exist_ok=True)
            (part / name).write_bytes((SAMPLES / name).read_bytes())
        for table in OPTIONAL_TABLES:
            write_columns(part / dictionary_name(table), table)
    for line in told(folder):
        typer.echo(line)


def refuse_taken(folder: Path) -> None:
    """Raise ScenarioError if the folder exists or cannot be made."""
    if folder.exists():
        cure = "Name a folder that does not exist yet"
        raise ScenarioError([Fault(Place(str(folder)), "it exists already", cure)])
    for parent in folder.parents:
        if parent.is_file():
            raise ScenarioError([Fault(Place(str(folder)), f"{parent} is a file", "Name a folder")])


def dictionary_name(table: str) -> str:
    """The file that explains a table's columns."""
    return f"{table}_columns.csv"


def columns_of(table: str) -> list[ColumnOfTable]:
    """The columns of a table, in the order of their declaration."""
    from sim.scenario.reading import OPTIONAL_TABLES
    from sim.scenario.scenario import declaration_at

    columns = []
    for name, declared in OPTIONAL_TABLES[table].model_fields.items():
        schema = declaration_at((table, 0, name))
        default = "" if declared.default is None else f", blank = {shown(declared.default)}"
        columns.append(
            ColumnOfTable(
                name,
                str(schema["description"]),
                str(schema["unit"]),
                NAMED_ELSEWHERE.get(name) or words_for(schema),
                "yes" if declared.is_required() else f"no{default}",
            )
        )
    return columns


def words_for(schema: dict[str, Any]) -> str:
    """The allowed values of a column, as a spreadsheet would say them."""
    return allowed_range(schema).replace("true or false", "yes or no")


def shown(value: object) -> str:
    """A value as one would type it."""
    return f"{value:g}" if isinstance(value, float) else str(value)


def write_columns(path: Path, table: str) -> None:
    """The columns of a table as CSV."""
    heading = [field.name for field in fields(ColumnOfTable)]
    write_rows(path, [heading, *(astuple(column) for column in columns_of(table))])


def as_markdown(table: str) -> str:
    """The columns of a table as they stand in docs/how-to/own-tables.md."""
    heading = [field.name for field in fields(ColumnOfTable)]
    rows = [heading, ["---"] * len(heading), *(list(astuple(row)) for row in columns_of(table))]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def told(folder: Path) -> list[str]:
    """What each file is for, and what to type next."""
    from sim.scenario.reading import OPTIONAL_TABLES

    named = {
        **{name: purpose for name, purpose in PURPOSES.items() if "/" not in name},
        **{dictionary_name(table): f"every column of {table}.csv" for table in OPTIONAL_TABLES},
        **{name: purpose for name, purpose in PURPOSES.items() if "/" in name},
    }
    width = max(len(name) for name in named)
    typed = {name: in_quotes(folder / f"{name}.csv") for name in OPTIONAL_TABLES}
    failures, referrals = typed["failures"], typed["referrals"]
    broken = in_quotes(folder / "broken" / "referrals_several_faults.csv")
    return [
        f"Made {folder}:",
        *(f"  {name:{width}}  {purpose}" for name, purpose in named.items()),
        "Put your own rows into a copy of any of the first four. No names, no NHS numbers.",
        "Next, see what would be simulated, simulate it, and see how mistakes are told:",
        f"  caremarket check norfolk --referrals {referrals} --failures {failures}",
        f"  caremarket run norfolk --referrals {referrals} --until 2024-06-30",
        f"  caremarket run norfolk --failures {failures}",
        f"  caremarket run norfolk --shocks {typed['shocks']}",
        f"  caremarket run small --caseload {typed['caseload']}",
        f"  caremarket check norfolk --referrals {broken}",
    ]


def in_quotes(path: Path) -> str:
    """A path as it can be typed."""
    return f'"{path}"' if " " in str(path) else str(path)
