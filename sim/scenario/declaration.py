"""How a parameter is declared: once, with meaning, unit and allowed range.

The value and its source stand in the county's ``county.toml``. Validation, error messages, the
reference page and ``caremarket parameters`` are all made from these declarations.
"""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

Sureness = Literal["seed", "cited", "derived", "memory", "estimate", "assumption"]


ISO_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")


def _iso_date(value: object) -> object:
    if value is None or (isinstance(value, date) and not isinstance(value, datetime)):
        return value
    if isinstance(value, str) and ISO_DATE.fullmatch(value):
        return value
    raise ValueError("not a date of the form YYYY-MM-DD")


IsoDate = Annotated[date, BeforeValidator(_iso_date)]


class Frozen(BaseModel):
    """A part of a scenario: immutable, and any key it does not know is refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Source(Frozen):
    """Where a value comes from and how sure it is."""

    source: str = Field(min_length=1, description="where the value comes from")
    sure: Sureness = Field(description="how sure the value is")
    low: float | None = Field(default=None, description="low end of what is plausible")
    high: float | None = Field(default=None, description="high end of what is plausible")


def parameter(
    meaning: str,
    *,
    unit: str,
    low: float | None = None,
    high: float | None = None,
    above: float | None = None,
    **more: Any,
) -> Any:
    """A field that carries its meaning, unit and allowed range (``low``/``high`` inclusive)."""
    return Field(
        description=meaning, ge=low, le=high, gt=above, json_schema_extra={"unit": unit}, **more
    )


def share(meaning: str) -> Any:
    """A parameter between 0 and 1."""
    return parameter(meaning, unit="share", low=0, high=1)
