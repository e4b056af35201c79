"""Pages on which a question is asked: its kind and county, its form, and a last look."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData, QueryParams
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from experiments.app import asking, places
from experiments.app.asking import KINDS, NAMES, Form, Problem
from experiments.app.jobs import Works, shown
from experiments.app.pages import page, refusal
from experiments.app.store import Question, Store
from experiments.app.waiting import Pace, Waiting, waiting
from experiments.words.sentences import day_text
from sim.scenario import Scenario, ScenarioError
from sim.scenario.levers import notes
from sim.scenario.plausibility import warnings
from sim.vocabulary import RESPONSES

Given = QueryParams | FormData


@dataclass(frozen=True)
class QuestionPages:
    """The pages, over the app's folder."""

    store: Store
    works: Works
    pace: Pace

    def routes(self) -> list[Route]:
        """Their addresses."""
        return [
            Route("/ask", self.choose),
            Route("/ask/{kind}/{county}", self.form),
            Route("/ask/{kind}/{county}/check", self.look),
            Route("/ask/{kind}/{county}/start", self.start, methods=["POST"]),
        ]

    def choose(self, request: Request) -> Response:
        """Choose a question and a county."""
        given = request.query_params
        kind, name = given.get("kind", ""), given.get("county", "")
        problems = []
        if given:
            if kind not in KINDS:
                problems.append(Problem("kind-1", "Choose a question"))
            if name not in (*places.shipped(), *self.store.own_counties()):
                problems.append(Problem("county-1", "Choose a county"))
            if not problems:
                return RedirectResponse(f"/ask/{kind}/{name}", status_code=303)
        told = {
            "kinds": list(KINDS.values()),
            "shipped": [
                (name, places.title_of(name), places.about(name)) for name in places.shipped()
            ],
            "own": self.store.own_counties(),
            "kind": kind,
            "county": name,
            "problems": problems,
        }
        return page("ask.html", told, 422 if problems else 200)

    def form(self, request: Request) -> Response:
        """The form of a question."""
        form = self.filled(request, request.query_params)
        return self.shown(form) if isinstance(form, Form) else form

    def look(self, request: Request) -> Response:
        """The form again with what is wrong with it, or a last look before it starts."""
        form = self.filled(request, request.query_params)
        if not isinstance(form, Form):
            return form
        scenario = asking.checked(form)
        return self.shown(form, 422) if scenario is None else self.last_look(form, scenario)

    async def start(self, request: Request) -> Response:
        """Begin the work, and go to its page."""
        given = await request.form(max_files=0, max_fields=100)
        return await run_in_threadpool(self.begin, request, given)

    def begin(self, request: Request, given: FormData) -> Response:
        """Keep the question, and begin its command."""
        form = self.filled(request, given)
        if not isinstance(form, Form):
            return form
        scenario = asking.checked(form)
        if scenario is None:
            return self.shown(form, 422)
        expected = self.waits().uncorrected(*self.size(form, scenario, form.futures))
        asked = Question(
            asking.title(form),
            form.county.title,
            tuple(asking.words(form)),
            datetime.now().astimezone().isoformat(timespec="seconds"),
            round(expected, 1),
        )
        kept = self.store.begin(asked)
        self.works.start(kept)
        return RedirectResponse(f"/results/{kept.name}", status_code=303)

    def filled(self, request: Request, given: Given) -> Form | Response:
        """The form as it was filled in, or a page that says why there is none."""
        kind = KINDS.get(request.path_params["kind"])
        name = request.path_params["county"]
        try:
            county = places.county(self.store, name)
        except ScenarioError:
            return RedirectResponse(f"/counties/{name}", status_code=303)
        if kind is None or county is None:
            return refusal(404, "Page not found", "Choose the question and the county again.")
        texts = {key: str(given[key]) for key in NAMES if key in given}
        what_ifs = tuple(dict.fromkeys(str(one) for one in given.getlist("what_if")))
        return Form(kind, county, texts or asking.usual_answers(county), what_ifs)

    def shown(self, form: Form, status: int = 200) -> Response:
        """The form."""
        waits, scenario = self.waits(), form.county.scenario
        futures = [
            (
                number,
                asking.FUTURES_MEAN[number],
                waits.words(waits.uncorrected(*self.size(form, scenario, number))),
            )
            for number in asking.FUTURES
        ]
        told = {
            "form": form,
            "futures": futures,
            "responses": asking.responses(),
            "example": asking.example_date(form.county),
            "first": day_text(scenario.calendar.start),
            "last": day_text(scenario.calendar.end),
            "estimate": estimate(waits),
            "problems": form.problems,
            "months": asking.EVERY_MONTHS,
        }
        return page("form.html", told, status)

    def last_look(self, form: Form, scenario: Scenario) -> Response:
        """What was asked, what it costs and the command, before it starts."""
        waits = self.waits()
        words = [*asking.words(form), "--resume", "--out", "results/…/answer"]
        others = [kept for kept in self.store.all() if self.works.is_at_work(kept)]
        told = {
            "form": form,
            "title": asking.title(form),
            "answers": answers(form, scenario),
            "wait": waits.words(waits.uncorrected(*self.size(form, scenario, form.futures))),
            "estimate": estimate(waits),
            "others": len(others),
            "command": shown(words),
            "folder": self.store.root,
            "odd": [*warnings(scenario), *notes(scenario)],
            "back": f"/ask/{form.kind.code}/{form.county.name}?{urlencode(form.query)}",
        }
        return page("look.html", told)

    def waits(self) -> Waiting:
        """What is known of this computer's pace."""
        finished = [kept for kept in self.store.all() if kept.finished]
        return waiting(self.pace, finished)

    def size(self, form: Form, scenario: Scenario, futures: int) -> tuple[str, Scenario, int]:
        """What the wait hangs on."""
        return form.kind.verb, scenario, asking.pieces(form, scenario, futures)


def estimate(waits: Waiting) -> str:
    """How the wait is estimated, in words."""
    told = (
        "Waits are estimates. They come from the size of the county and a test calculation that "
        f"took {waits.yardstick_seconds:.1f} seconds on this computer when the app started"
    )
    if waits.answers:
        past = "the last answer" if waits.answers == 1 else f"the last {waits.answers} answers"
        told += f", corrected by the time that {past} took"
    return f"{told}."


def answers(form: Form, scenario: Scenario) -> Mapping[str, Any]:
    """What was answered, by label."""
    found = {"County": form.county.title}
    if form.has("who"):
        who = form.county.who_is(form.text("who"))
        found["Who fails"] = who[:1].upper() + who[1:]
    if form.has("on"):
        found["Gives notice on" if form.notice else "Closes on"] = asking.day_words(form, "on")
    if form.has("notice"):
        found["Notice"] = f"{form.notice:g} days" if form.notice else "None"
    if form.has("response"):
        found["What the council does"] = places.capital(RESPONSES[form.response].words)  # type: ignore[index]
    if form.has("every"):
        found["Dates tried"] = f"Every {form.every} months"
    if form.kind.code == "change" or form.what_ifs:
        found["Changes"] = "; ".join(asking.meaning(form.county, one) for one in form.what_ifs)
    found["Last day simulated"] = day_text(scenario.calendar.end)
    found["Simulated futures"] = str(form.futures)
    return found
