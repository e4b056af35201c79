"""The site: which address shows which page, and what a form does."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route

from experiments.app.comparing import compared
from experiments.app.county_pages import CountyPages
from experiments.app.guard import STYLE, Guard, Key, TooLargeError, too_large
from experiments.app.jobs import Works
from experiments.app.pages import TEMPLATES, page, refusal
from experiments.app.question_pages import QuestionPages
from experiments.app.result_pages import ResultPages
from experiments.app.store import Store
from experiments.app.waiting import Pace

LATEST_SHOWN = 5


def site(folder: Path, key: Key, pace: Pace | None = None) -> Guard:
    """The site over a folder, guarded. Raises OSError if the folder cannot be made."""
    store = Store(folder)
    store.make()
    works = Works(store)
    pace = pace or Pace()
    pace.measure()
    questions, results = QuestionPages(store, works, pace), ResultPages(store, works)
    counties = CountyPages(store)

    def start(request: Request) -> Response:
        latest = [(kept, works.standing(kept)) for kept in store.all()[:LATEST_SHOWN]]
        return page("start.html", {"latest": latest, "folder": folder})

    def compare(request: Request) -> Response:
        given = request.query_params
        return compared(store, given.getlist("result"), choosing=not given or "choose" in given)

    routes = [
        Route("/", start),
        Route(STYLE, style),
        Route("/compare", compare),
        *questions.routes(),
        *results.routes(),
        *counties.routes(),
    ]
    handlers: dict[Any, Any] = {
        404: not_found,
        405: not_found,
        500: went_wrong,
        TooLargeError: lambda request, error: too_large(refusal, error),
    }
    return Guard(Starlette(routes=routes, exception_handlers=handlers), key, refusal)


def style(request: Request) -> Response:
    """The stylesheet."""
    return FileResponse(TEMPLATES / "style.css", media_type="text/css")


def not_found(request: Request, error: Exception) -> Response:
    """The page for an address that has none."""
    return refusal(404, "Page not found", "Check the address, or start from the first page.")


def went_wrong(request: Request, error: Exception) -> Response:
    """The page for a fault of the program; the window of the app shows all of it."""
    text = f"The program has a fault: {type(error).__name__}. Questions and results are kept."
    return refusal(500, "Something went wrong", text)
