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
    moves: str = "",
    **more: Any,
) -> Any:
    """A field that carries its meaning, unit and allowed range (``low``/``high`` inclusive).

    ``moves`` says what it moves where that is less than its name promises; see ``levers.py``.
    """
    extra: dict[str, Any] = {"unit": unit, **({"moves": moves} if moves else {})}
    return Field(description=meaning, ge=low, le=high, gt=above, json_schema_extra=extra, **more)


def share(meaning: str, *, moves: str = "") -> Any:
    """A parameter between 0 and 1."""
    return parameter(meaning, unit="share", low=0, high=1, moves=moves)


A_NAME = "nothing but words: tables and charts show it"
ON_THE_MAP = "nothing but the map: where the area stands on it"
EVIDENCE = "nothing: it says where the row comes from"
DELIVERED = "hours told as delivered and what is paid for them; not who is served or missed"
SPENDING = "what the council spends, and nothing else"
FEES = (
    "what the council pays and providers earn, and so who of them stops or hands thin rounds back; "
    "it does not move carers' pay, recruitment or turnover"
)
WANTED = FEES.replace("and so who", "which packages they want, and so who")
COSTS = (
    "what care costs providers, and so who of them stops or hands thin rounds back; it does not "
    "move recruitment or turnover: carers come and go as before"
)
ACCOUNTS = "providers' accounts, and so who of them stops or hands thin rounds back"
"""What a parameter moves (``moves``) where it moves less than its name promises."""
