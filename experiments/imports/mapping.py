"""What a mapping file says of an extract: which column is what, and how its cells are written."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

from pydantic import Field

from sim.scenario import Fault, ScenarioError
from sim.scenario.declaration import Frozen, IsoDate, days, parameter, validated
from sim.scenario.faults import Place, dotted
from sim.scenario.text_files import read_toml

TO_BE_SAID = "?"
"""What a proposal leaves for the reader to fill in."""
SHIPPED = {"client_level_data": Path(__file__).with_name("client_level_data.toml")}
"""Mappings that ship, by the name that stands for a file."""
Kind = Literal["home_care", "direct_payment", "left_out"]
DateOrder = Literal["day_first", "month_first", "year_first"]


class FileRules(Frozen):
    """How the file is written, and what time it tells of."""

    encoding: str = parameter("encoding, such as utf-8 or cp1252", unit="name", min_length=1)
    separator: str = parameter("the mark between cells", unit="text", min_length=1, max_length=1)
    heading_row: int = parameter("row of the heading", unit="row", low=1, high=1000)
    sheet: str | None = parameter("sheet of a workbook", unit="name", default=None)
    date_order: DateOrder = parameter("order of day, month and year in a date", unit="order")
    decimal: Literal["point", "comma"] = parameter(
        "mark before decimals", unit="mark", default="point"
    )
    extracted_on: IsoDate | None = parameter(
        "day the extract was made; later ends are plans", unit="date", default=None
    )
    complete_from: IsoDate | None = parameter(
        "day from which the extract holds everybody in care, including those who have left "
        "since; left out only if nobody in it has left",
        unit="date",
        default=None,
    )


class Tables(Frozen):
    """How the other tables are written: directory, places, known hours, workforce."""

    encoding: str = parameter("encoding", unit="name", min_length=1, default="utf-8")
    separator: str = parameter(
        "the mark between cells", unit="text", min_length=1, max_length=1, default=","
    )


class Columns(Frozen):
    """The heading of each column that is read; those that are left out are not there."""

    person: str = parameter("reference of the person", unit="heading", min_length=1)
    start: str = parameter("first day of the package", unit="heading", min_length=1)
    end: str = parameter("last day of the package", unit="heading", min_length=1)
    hours: str = parameter("planned hours a week", unit="heading", min_length=1)
    service: str = parameter("type of service", unit="heading", min_length=1)
    provider: str | None = parameter("name of the provider", unit="heading", default=None)
    provider_id: str | None = parameter(
        "the regulator's location ID of the provider", unit="heading", default=None
    )
    package: str | None = parameter("reference of the package", unit="heading", default=None)
    carers: str | None = parameter("carers a visit", unit="heading", default=None)
    place: str | None = parameter("postcode, district, LSOA or area", unit="heading", default=None)
    referral_source: str | None = parameter("who referred", unit="heading", default=None)
    cost: str | None = parameter("cost a week", unit="heading", default=None)
    rate: str | None = parameter("cost of an hour", unit="heading", default=None)
    died: str | None = parameter("date of death", unit="heading", default=None)

    def given(self) -> dict[str, str]:
        """The heading of each role that has a column."""
        return {role: heading for role, heading in self.model_dump().items() if heading}


class Rules(Frozen):
    """Rules of reading that are the council's to choose."""

    hours_count: Literal["visits", "carers"] = parameter(
        "visits: planned hours are counted once, however many carers come; carers: each "
        "carer's hours are counted",
        unit="rule",
    )
    join_gap_days: int = parameter(
        "a person who comes back within this number of days has not left",
        unit="days",
        low=0,
        high=365,
    )
    most_hours_per_week: float = parameter(
        "more hours a week than this are taken for a typing error",
        unit="hours/week",
        low=1,
        high=168,
    )
    unreadable: Literal["refuse", "leave_out"] = parameter(
        "what happens to rows with a date or number that cannot be read", unit="rule"
    )
    place_is: Literal["as_given", "postcode"] = parameter(
        "postcode: its first half is looked up if the whole is not found", unit="rule"
    )
    smallest_count_shown: int = parameter(
        "counts of people below this are not shown", unit="people", low=1, high=100
    )
    died_within_days: float = days(
        "a death within this number of days after the end is the reason why care ended", high=60
    )


class Mapping(Frozen):
    """How an extract is read."""

    file: FileRules
    columns: Columns
    services: dict[str, Kind] = Field(description="what each type of service is")
    two_carers: tuple[str, ...] = Field(
        default=(),
        description="cells of columns.carers that stand for two carers without giving a number",
    )
    hospital: tuple[str, ...] = Field(default=(), description="referral sources that are hospitals")
    only: dict[str, tuple[str, ...]] = Field(
        default_factory=dict,
        description="by heading, the values of rows that are read; other rows are left out",
    )
    direct_payments: dict[str, tuple[str, ...]] = Field(
        default_factory=dict, description="by heading, values that make home care a direct payment"
    )
    rules: Rules
    tables: Tables = Tables()


def read_mapping(given: str) -> Mapping:
    """A mapping from its file, or one that ships. Raises ScenarioError with every fault."""
    path = SHIPPED.get(given, Path(given))
    values, faults = read_toml(path, given=True)
    if values is None:
        raise ScenarioError(faults)
    if open_questions := list(_open_questions(path.name, (), values)):
        raise ScenarioError(open_questions)
    return validated(Mapping, values, values, path.name)


def _open_questions(file: str, path: tuple[Any, ...], value: Any) -> list[Fault]:
    """A fault for each question that a proposal has asked and nobody has answered."""
    if isinstance(value, dict):
        return [
            fault
            for key, inner in value.items()
            for fault in _open_questions(file, (*path, key), inner)
        ]
    if value != TO_BE_SAID:
        return []
    cure = (
        "Replace it with what is true of your file: the comment above it says what the file shows"
    )
    return [Fault(Place(file, None, dotted("", path)), "it still needs an answer", cure)]
