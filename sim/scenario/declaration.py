"""How a parameter is declared: once, with meaning, unit and allowed range.

The value and its source stand in the county's ``county.toml``. Validation, error messages, the
reference page and ``caremarket parameters`` are all made from these declarations.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Annotated, Any, Literal, Self, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
)

from sim.scenario.codes import LONGEST_CODE, LONGEST_NAME, SAFE_NAME, STUDY_NAME, unreserved
from sim.scenario.dates import iso_date
from sim.scenario.faults import Fault, Place, ScenarioError, dotted
from sim.scenario.schema import checked, schema_of

Part = TypeVar("Part", bound=BaseModel)
Sureness = Literal["document", "cited", "derived", "memory", "estimate", "assumption"]
OLDER_WORDS = {"seed": "document"}
"""What a folder made before version 0.6.0 says: "seed" is the random one now."""


def todays_word(sure: object) -> object:
    """How sure a value is, in the words of this version."""
    return OLDER_WORDS.get(sure, sure) if isinstance(sure, str) else sure


Sure = Annotated[Sureness, BeforeValidator(todays_word)]


def _iso_date(value: object) -> object:
    if value is None or (isinstance(value, date) and not isinstance(value, datetime)):
        return value
    if isinstance(value, str):
        return iso_date(value)
    raise ValueError("not a date of the form YYYY-MM-DD")


IsoDate = Annotated[date, BeforeValidator(_iso_date)]
SafeName = Annotated[
    str, Field(pattern=SAFE_NAME, max_length=LONGEST_CODE), AfterValidator(unreserved)
]
"""A code that a folder may bear."""
StudyName = Annotated[
    str, Field(pattern=STUDY_NAME, max_length=LONGEST_NAME), AfterValidator(unreserved)
]
LONGEST_LIST = 1000
LEAST_DAYS, LEAST_WEEKS = 1.0, 0.2
"""Assumptions: the least that a time above nought may be; a run steps by some of them."""


class Frozen(BaseModel):
    """A part of a scenario: immutable, and any key it does not know is refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:
        """A copy with other values, each validated anew.

        Raises ScenarioError with every value that is not allowed. Whether values agree with each
        other is not looked at: ``Scenario.changed`` does.
        """
        if update is None:
            return super().model_copy(deep=deep)
        kept = {name: getattr(self, name) for name in self.model_fields_set}
        return validated(type(self), {**kept, **update}, update)


def validated(
    model: type[Part], values: Mapping[str, Any], new: Mapping[str, Any], file: str = ""
) -> Part:
    """A part of a scenario from its values. Raises ScenarioError with every fault among the new.

    ``file``: where they stand, if they stand in one.
    """
    found, wrong = checked(model, values, new.items())
    if found is None:
        schema, where = schema_of(model), file or model.__name__
        raise ScenarioError(
            [
                Fault(
                    Place(where, None, dotted("", path)),
                    *schema.refusal(path, *told),
                )
                for path, told in wrong.items()
            ]
        )
    return found


class Source(Frozen):
    """Where a value comes from and how sure it is."""

    source: str = Field(min_length=1, description="where the value comes from")
    sure: Sure = Field(description="how certain the value is")
    low: float | None = Field(default=None, description="low end of what is plausible")
    high: float | None = Field(default=None, description="high end of what is plausible")


def parameter(
    meaning: str,
    *,
    unit: str,
    low: float | None = None,
    high: float | None = None,
    above: float | None = None,
    moves: str = "",
    default_source: str = "",
    private: bool = False,
    **more: Any,
) -> Any:
    """A field that carries its meaning, unit and allowed range (``low``/``high`` inclusive).

    ``moves`` says what it moves where that is less than its name promises; see ``levers.py``.
    ``default_source`` says where the ``default`` of a county's parameter comes from, for counties
    that were written before the parameter was. A ``private`` value tells of a single person: no
    message ever repeats it.
    """
    told = {"moves": moves, "default_source": default_source, "private": private}
    extra: dict[str, Any] = {"unit": unit, **{key: value for key, value in told.items() if value}}
    return Field(description=meaning, ge=low, le=high, gt=above, json_schema_extra=extra, **more)


def share(meaning: str, *, moves: str = "", **more: Any) -> Any:
    """A parameter between 0 and 1."""
    return parameter(meaning, unit="share", low=0, high=1, moves=moves, **more)


def days(meaning: str, *, high: float, **more: Any) -> Any:
    """A parameter in days that is above nought: at least a day."""
    return parameter(meaning, unit="days", low=LEAST_DAYS, high=high, **more)


def weeks(meaning: str, *, high: float, **more: Any) -> Any:
    """A parameter in weeks that is above nought: at least a working day."""
    return parameter(meaning, unit="weeks", low=LEAST_WEEKS, high=high, **more)


A_NAME = "nothing except names in tables and charts"
ON_THE_MAP = "nothing except the place of the area on the map"
EVIDENCE = "nothing: it says where the row comes from"
DELIVERED = "the hours reported as delivered and what is paid for them; not who is served or missed"
SPENDING = "only what the council spends"
FEES = (
    "what the council pays and providers earn, and so which providers stop or hand thin rounds "
    "back; it does not change carers' pay, recruitment or turnover"
)
WANTED = FEES.replace("and so which providers", "which packages they want, and so which providers")
FRAMEWORK = f"{FEES}; if contracts or prices are in pounds, also which packages they want"
COSTS = (
    "what care costs providers, and so which providers stop or hand thin rounds back; it does "
    "not change recruitment or turnover: carers come and go as before"
)
ACCOUNTS = "providers' accounts, and so which providers stop or hand thin rounds back"
"""What a parameter moves (``moves``) where it moves less than its name promises."""
