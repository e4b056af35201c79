"""A question as a form: its answers, what is wrong with them, and the command they come to."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from experiments.app.places import Choice, County, capital
from experiments.asking.asked import Asked, scenario_asked_for
from experiments.asking.scripts import Scripts
from experiments.words.sentences import day_text
from sim.scenario import Fault, Scenario, ScenarioError
from sim.scenario.dates import date_at, iso_date
from sim.scenario.faults import Place
from sim.vocabulary import RESPONSES

FUTURES = (2, 10, 20, 50, 100)
USUAL_FUTURES = 10
FUTURES_MEAN = {
    2: "To try it out. Do not quote the answer.",
    10: "The fewest for a report.",
    20: "Narrower ranges.",
    50: "For small differences.",
    100: "For very small differences.",
}
EVERY_MONTHS = (3, 6, 12)
USUAL_MONTHS = 6
LONGEST_NOTICE_DAYS = 365
LONGEST_TEXT = 200
MOST_WHAT_IFS = 20
AS_IS = "as_is"
FIELD_OF = {
    "--fail": "who",
    "--on": "on-day",
    "--notice": "notice",
    "--response": "response",
    "--until": "until-day",
    "--override": "what-if-1",
}
"""The field of the form that each option comes from."""


@dataclass(frozen=True)
class Kind:
    """A kind of question: its verb, how it is asked, and which fields its form has."""

    code: str
    verb: str
    title: str
    hint: str
    fields: tuple[str, ...]


KINDS = {
    kind.code: kind
    for kind in (
        Kind(
            "failure",
            "run",
            "What happens if a provider fails?",
            "Choose who fails and when. The answer says who goes without care, where and for how "
            "long.",
            ("who", "on", "notice", "response", "what_ifs"),
        ),
        Kind(
            "worst",
            "stress",
            "Where and when would a failure do most harm?",
            "Every principal provider fails in turn, on several dates. The answer ranks them.",
            ("every", "what_ifs"),
        ),
        Kind(
            "fallback",
            "adequacy",
            "Could other providers take over?",
            "The answer says, for each area and month, how much of the principal provider’s care "
            "others could take on.",
            ("what_ifs",),
        ),
        Kind(
            "change",
            "compare",
            "What difference would a change make?",
            "Choose one or more changes. Each is compared with the county as it is, for the same "
            "people and carers.",
            ("changes",),
        ),
    )
}


@dataclass(frozen=True)
class Problem:
    """What is wrong with an answer, and the field to go to."""

    field: str
    text: str


@dataclass
class Form:
    """What somebody has filled in, as text; ``problems``: what is wrong with it."""

    kind: Kind
    county: County
    given: Mapping[str, str]
    what_ifs: Sequence[str] = ()
    problems: list[Problem] = field(default_factory=list)

    def text(self, name: str) -> str:
        """An answer; blank if there is none."""
        return self.given.get(name, "").strip()[:LONGEST_TEXT]

    def problem(self, name: str) -> str:
        """What is wrong with a field, if anything."""
        return next((one.text for one in self.problems if one.field == name), "")

    def has(self, name: str) -> bool:
        """Whether the question has this field."""
        return name in self.kind.fields

    @property
    def futures(self) -> int:
        """Simulated futures, of those offered."""
        return offered(self.text("futures"), FUTURES, USUAL_FUTURES)

    @property
    def every(self) -> int:
        """Months between the dates of ``stress``."""
        return offered(self.text("every"), EVERY_MONTHS, USUAL_MONTHS)

    @property
    def response(self) -> str:
        """What the council does."""
        return self.text("response") or "split"

    @property
    def notice(self) -> float:
        """Days of notice; 0 where there are none, or none that can be read."""
        text = self.text("notice") or "0"
        return float(text) if re.fullmatch(r"\d{1,4}", text) else 0.0

    def day(self, name: str) -> str | None:
        """A date of three fields as YYYY-MM-DD; None if all are blank or none can be made."""
        parts = [self.text(f"{name}-{part}") for part in ("year", "month", "day")]
        if not all(re.fullmatch(r"\d{1,4}", part) for part in parts):
            return None
        year, month, day = map(int, parts)
        return f"{year:04d}-{month:02d}-{day:02d}"

    def given_day(self, name: str) -> bool:
        """Whether anything stands in the three fields of a date."""
        return any(self.text(f"{name}-{part}") for part in ("year", "month", "day"))

    @property
    def query(self) -> list[tuple[str, str]]:
        """The answers as an address takes them."""
        kept = [(name, self.text(name)) for name in NAMES if self.text(name)]
        return kept + [("what_if", name) for name in self.what_ifs]


NAMES = (
    "who", "on-day", "on-month", "on-year", "notice", "response", "every", "futures",
    "until-day", "until-month", "until-year",
)  # fmt: skip
"""Every field of a form besides the what-ifs."""


def offered(text: str, choices: Sequence[int], usual: int) -> int:
    """A number of those that are offered."""
    return next((number for number in choices if str(number) == text), usual)


def usual_answers(county: County) -> dict[str, str]:
    """What stands in an empty form: a date in the middle of the simulated time."""
    calendar = county.scenario.calendar
    middle = calendar.start + (calendar.end - calendar.start) / 2
    first = date(middle.year, middle.month, 1)
    day = {"on-day": first.day, "on-month": first.month, "on-year": first.year}
    return {**{name: str(part) for name, part in day.items()}, "notice": "0", "response": "split"}


def example_date(county: County) -> str:
    """A date as it is to be typed."""
    day = usual_answers(county)
    return f"{day['on-day']} {day['on-month']} {day['on-year']}"


def checked(form: Form) -> Scenario | None:
    """The scenario that a form asks for; None with ``problems`` if anything is wrong."""
    form.problems = list(plain_problems(form))
    if form.problems:
        return None
    try:
        scenario = scenario_asked_for(asked(form))
        if form.has("changes"):
            for name in form.what_ifs:
                scenario_asked_for(asked(form, name))
        return scenario
    except ScenarioError as error:
        form.problems = [told(fault, form) for fault in error.faults]
        return None


def plain_problems(form: Form) -> Iterator[Problem]:
    """What can be seen without the county."""
    if form.has("who") and not form.text("who"):
        yield Problem("who", "Choose who fails")
    if form.has("on"):
        yield from day_problems(form, "on", "the day of the closure or notice", needed=True)
    yield from day_problems(form, "until", "the last day simulated", needed=False)
    if form.has("notice") and not fits(form.text("notice") or "0", LONGEST_NOTICE_DAYS):
        most = LONGEST_NOTICE_DAYS
        yield Problem("notice", f"Notice must be a whole number of days from 0 to {most}")
    if form.has("response") and form.response not in RESPONSES:
        yield Problem("response", "Choose what the council does")
    known = {choice.value for choice in form.county.what_ifs}
    if len(form.what_ifs) > MOST_WHAT_IFS or not set(form.what_ifs) <= known:
        yield Problem("what-if-1", f"Choose at most {MOST_WHAT_IFS} of the changes listed")
    if form.has("changes") and not form.what_ifs:
        yield Problem("what-if-1", "Choose at least one change")


def fits(text: str, most: int) -> bool:
    """Whether a text is a whole number up to so many."""
    return re.fullmatch(r"\d{1,4}", text) is not None and int(text) <= most


def day_problems(form: Form, name: str, what: str, *, needed: bool) -> Iterator[Problem]:
    """What is wrong with a date of three fields, and with where it lies."""
    if not form.given_day(name):
        if needed:
            yield Problem(f"{name}-day", f"Enter {what}")
        return
    text = form.day(name)
    if missing := [part for part in ("day", "month", "year") if not form.text(f"{name}-{part}")]:
        parts = " and a ".join(missing)
        yield Problem(f"{name}-{missing[0]}", f"{capital(what)} must include a {parts}")
        return
    day = None if text is None else date_at(Place(name), text)[0]
    calendar = form.county.scenario.calendar
    if day is None:
        yield Problem(f"{name}-day", f"{capital(what)} must be a real date")
    elif not calendar.start < day <= calendar.end:
        first, last = day_text(calendar.start + timedelta(days=1)), day_text(calendar.end)
        yield Problem(f"{name}-day", f"{capital(what)} must be from {first} to {last}")


def asked(form: Form, also: str = "") -> Asked:
    """What a form asks to simulate, quietly; ``also``: one of the changes that it compares."""
    scripts = Scripts()
    if form.has("who"):
        on, response = form.day("on") or "", form.response
        scripts = Scripts((form.text("who"),), (on,), "closure", form.notice, None, response)
    overrides = [also] if also else [] if form.has("changes") else list(form.what_ifs)
    return Asked(
        str(form.county.folder),
        overrides=overrides,
        until=form.day("until"),
        scripts=scripts,
        quietly=True,
    )


def told(fault: Fault, form: Form) -> Problem:
    """A fault of the command at the field of the form that it comes from."""
    option = fault.place.file.partition(" ")[0]
    text = plain(f"{capital(fault.wrong)}. {fault.cure}", form.county)
    if (name := FIELD_OF.get(option)) is not None:
        return Problem(name, text)
    return Problem("main", f"{form.county.title}: {fault.place}: {text}")


ISO = re.compile(r"\b\d{4}-\d{2}-\d{2}\b")
FAIL = re.compile(r"--fail ([\w:]+)")


def plain(text: str, county: County) -> str:
    """A message of the command line as a reader of the form wants it: dates and names in words."""
    names = {area.code: area.name for area in county.scenario.areas}
    text = FAIL.sub(lambda found: f"choose {county.who_is(found[1])}", text)
    text = ISO.sub(lambda found: day_text(iso_date(found[0])), text)
    return re.sub(r"(?<![\w:])[A-Z][A-Z0-9_]+\b", lambda found: names.get(found[0], found[0]), text)


def words(form: Form) -> list[str]:
    """The words of the command after ``caremarket``."""
    place = form.county.word
    if form.kind.verb == "compare":
        found = ["compare", AS_IS, *form.what_ifs, "--county", place]
    else:
        found = [form.kind.verb, place]
    if form.has("who"):
        found += ["--fail", form.text("who"), "--on", form.day("on") or ""]
        found += ["--notice", f"{form.notice:g}"] if form.notice else []
        found += ["--response", form.response] if form.response != "split" else []
    if form.has("every"):
        found += ["--every", str(form.every)]
    if form.has("what_ifs"):
        found += [word for name in form.what_ifs for word in ("--override", name)]
    if (until := form.day("until")) is not None:
        found += ["--until", until]
    return [*found, "--replications", str(form.futures)]


def title(form: Form) -> str:
    """The question in words."""
    county, changes = form.county, ""
    if form.has("what_ifs") and form.what_ifs:
        names = [meaning(county, name) for name in form.what_ifs]
        changes = f" Changes: {'; '.join(names)}."
    if form.kind.code == "failure":
        when, who = day_words(form, "on"), county.who_is(form.text("who"))
        days = f"{form.notice:g} day{'' if form.notice == 1 else 's'}’ notice"
        does = f"gives {days} on {when} and then closes" if form.notice else f"closes on {when}"
        head = f"{county.title}: what happens if {who} {does}?"
        if form.response != "split":
            head += f" Response: {RESPONSES[form.response].words}."  # type: ignore[index]
        return head + changes
    if form.kind.code == "worst":
        every = f"every {form.every} months"
        return (
            f"{county.title}: where and when would a failure do most harm, tried {every}?{changes}"
        )
    if form.kind.code == "fallback":
        return (
            f"{county.title}: could other providers take over from a principal provider?{changes}"
        )
    names = [meaning(county, name) for name in form.what_ifs]
    return f"{county.title}: what difference would it make? {'; '.join(names)}."


def meaning(county: County, name: str) -> str:
    """A what-if in words."""
    return next((one.label for one in county.what_ifs if one.value == name), name)


def pieces(form: Form, scenario: Scenario, futures: int) -> int:
    """How many pieces the work has, of those whose cost was measured."""
    if form.kind.verb == "stress":
        days = (scenario.calendar.end - scenario.calendar.start).days
        return futures * max(1, round(days / 30.4 / form.every))
    return futures * (1 + len(form.what_ifs)) if form.kind.verb == "compare" else futures


def responses() -> list[Choice]:
    """What the council may do."""
    return [
        Choice(code, capital(kind.words), f"{capital(kind.meaning)}.")
        for code, kind in RESPONSES.items()
    ]


def day_words(form: Form, name: str) -> str:
    """A date of the form as a reader writes it."""
    return day_text(iso_date(form.day(name) or ""))
