"""Pages: the app's templates, and with them the parts of a report's page."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import ChoiceLoader, DictLoader, Environment, FileSystemLoader
from starlette.responses import HTMLResponse, Response

from experiments.app.guard import WITH_DRAWINGS
from experiments.report.html import TEMPLATES as REPORT_TEMPLATES
from experiments.report.html import environment_with
from experiments.words.sentences import day_text
from sim import __version__

TEMPLATES = Path(__file__).parent / "templates"
DOCUMENT = "<!DOCTYPE"
"""In the report's template its parts, as macros, stand above the document that uses them."""


@cache
def environment() -> Environment:
    """The templates. All text is escaped; a name that is missing is an error."""
    parts, document, _ = (
        (REPORT_TEMPLATES / "report.html").read_text(encoding="utf-8").partition(DOCUMENT)
    )
    assert document, "the report's template has no document"
    made = environment_with(
        ChoiceLoader([FileSystemLoader(TEMPLATES), DictLoader({"report_parts.html": parts})])
    )
    made.filters["moment"] = moment
    made.filters["day"] = lambda when: day_text(when.astimezone().date())
    made.globals.update(version=__version__)
    return made


def page(
    template: str, told: Mapping[str, Any], status: int = 200, *, drawings: bool = False
) -> Response:
    """A page; ``drawings``: it holds charts."""
    text = environment().get_template(template).render(**told)
    headers = {WITH_DRAWINGS: "yes"} if drawings else {}
    return HTMLResponse(text, status_code=status, headers=headers)


def refusal(status: int, heading: str, text: str) -> Response:
    """A page that says why something was not done."""
    return page("refused.html", {"title": heading, "text": text}, status)


def moment(when: datetime) -> str:
    """For example: 28 November 2026, 2:15pm."""
    here = when.astimezone()
    hour = here.hour % 12 or 12
    return f"{day_text(here.date())}, {hour}:{here.minute:02d}{'am' if here.hour < 12 else 'pm'}"
