"""``caremarket app``: who may ask, what forms take, how a question stands, what may be sent."""

from __future__ import annotations

import io
import json
import re
import stat
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from command_line import Caremarket

pytest.importorskip("starlette")  # the extra app; in the project's own environment it is there
pytest.importorskip("uvicorn")
pytest.importorskip("httpx2")
pytest.importorskip("docxtpl")

from jinja2 import meta, nodes
from starlette.testclient import TestClient

from experiments.app import asking, bundle, cells, county_files, jobs, places, waiting
from experiments.app.guard import MOST_FORM_BYTES, MOST_UPLOAD_BYTES, Key
from experiments.app.jobs import State, Works
from experiments.app.pages import TEMPLATES, environment
from experiments.app.result_pages import zipped
from experiments.app.site import site
from experiments.app.store import ASKED, ENDED, LOG, Kept, Question, Store, write_json
from experiments.engine.parts import AT_WORK, held, note_progress

PORT = 8123
KEY = Key(PORT)
HOST, ORIGIN = f"127.0.0.1:{PORT}", f"http://127.0.0.1:{PORT}"
WHEN = datetime(2026, 11, 28, 9, 30, tzinfo=UTC)
FAILURE = {
    "who": "principal:HARBOUR", "on-day": "1", "on-month": "7", "on-year": "2025",
    "notice": "28", "response": "whole_team", "futures": "2",
}  # fmt: skip


@pytest.fixture
def stranger(tmp_path: Path) -> TestClient:
    """A browser that was not given the first address."""
    app = site(tmp_path, KEY, waiting.Pace(1.0))
    return TestClient(app, base_url=ORIGIN, headers={"origin": ORIGIN}, follow_redirects=False)


@pytest.fixture
def client(stranger: TestClient) -> TestClient:
    """A browser that was let in."""
    assert stranger.get(f"/?token={KEY.token}").status_code == 303
    return stranger


@pytest.fixture
def begun(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """The commands that would have been begun; none of them is."""
    lines: list[list[str]] = []

    class Begun:
        """A process that ends at once."""

        def __init__(self, line: list[str], **how: Any) -> None:
            lines.append([*line, str(how["cwd"])])

        def wait(self) -> int:
            return 0

        def poll(self) -> int | None:
            return None

    monkeypatch.setattr(jobs.subprocess, "Popen", Begun)
    return lines


def question(store: Store, title: str = "What happens?", **more: Any) -> Kept:
    """A question that was asked."""
    told = {"county": "Small county", "command": ("run", "small"), "asked": WHEN.isoformat()}
    return store.begin(Question(title, **{**told, **more}))


@pytest.fixture
def store(tmp_path: Path) -> Store:
    made = Store(tmp_path)
    made.make()
    return made


# Who may ask -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "headers",
    [
        {"host": "localhost:8123"},
        {"host": "127.0.0.1"},
        {"host": "127.0.0.1:9999"},
        {"host": "attacker.example:8123"},
        {"origin": "http://attacker.example"},
        {"origin": "null"},
        {"origin": "http://127.0.0.1:9999"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_another_site_is_refused(client: TestClient, headers: dict[str, str], method: str) -> None:
    """Even with the cookie: a name that leads here, another page, another port."""
    assert client.get("/").status_code == 200
    assert client.request(method, "/", headers=headers).status_code == 403


def test_a_form_must_say_where_it_comes_from(client: TestClient) -> None:
    del client.headers["origin"]
    assert client.get("/").status_code == 200
    assert client.post("/counties/copy", data={}).status_code == 403


@pytest.mark.parametrize("method", ["PUT", "DELETE", "OPTIONS", "PATCH", "TRACE"])
def test_other_methods_are_refused(client: TestClient, method: str) -> None:
    assert client.request(method, "/").status_code == 405


@pytest.mark.parametrize("path", ["/", "/ask", "/results", "/counties", "/compare", "/nothing"])
def test_a_stranger_sees_nothing(stranger: TestClient, path: str) -> None:
    told = stranger.get(path)
    assert told.status_code == 403 and "Open the app again" in told.text
    assert stranger.get("/style.css").status_code == 200


@pytest.mark.parametrize(
    "token",
    ["", "x", "é", KEY.cookie, f"{KEY.token}x"],
    ids=["none", "short", "foreign", "the cookie", "longer"],  # the key is another each time
)
def test_a_wrong_token_is_refused(stranger: TestClient, token: str) -> None:
    told = stranger.get("/", params={"token": token})
    assert told.status_code == 403 and "set-cookie" not in told.headers


def test_the_token_is_exchanged_for_a_cookie_that_no_script_and_no_other_site_has(
    stranger: TestClient,
) -> None:
    told = stranger.get(f"/?token={KEY.token}")
    cookie = told.headers["set-cookie"]
    assert told.headers["location"] == "/"
    assert "HttpOnly" in cookie and "SameSite=strict" in cookie and KEY.token not in cookie
    assert Key(1).token != Key(1).token and len(KEY.token) > 40


@pytest.mark.parametrize("cookie", ["", "caremarket_8123=x", "caremarket_8123=", "a=b; ;=;"])
def test_a_wrong_cookie_opens_nothing(stranger: TestClient, cookie: str) -> None:
    assert stranger.get("/", headers={"cookie": cookie}).status_code == 403


@pytest.mark.parametrize("path", ["/", "/ask", "/style.css", "/nothing", "/ask/failure/small"])
def test_no_page_may_run_a_script(client: TestClient, path: str) -> None:
    told = client.get(path)
    policy = told.headers["content-security-policy"]
    assert "default-src 'none'" in policy and "script" not in policy and "unsafe" not in policy
    assert told.headers["x-content-type-options"] == "nosniff"
    assert told.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("file", sorted(TEMPLATES.iterdir()), ids=lambda path: path.name)
def test_no_template_holds_a_script_or_an_address_of_the_web(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    assert not re.search(r"<script|\son\w+=|javascript:|https?://|\bstyle=", text)
    assert "| safe" not in text.replace("""' aria-invalid="true"' | safe""", "")


@pytest.mark.parametrize("file", sorted(TEMPLATES.glob("*.html")), ids=lambda path: path.name)
def test_a_template_asks_for_nothing_that_is_not_there(file: Path) -> None:
    """The parts of a report too, which the page of an answer takes from the report's template."""
    made = environment()
    for name in (file.name, "report_parts.html"):
        text = made.loader.get_source(made, name)[0] if made.loader else ""
        asked = {one.name for one in made.parse(text).find_all(nodes.Filter)}
        assert asked <= set(made.filters)


def test_the_parts_of_a_report_need_no_more_than_is_given_everywhere() -> None:
    made = environment()
    assert made.loader is not None
    text = made.loader.get_source(made, "report_parts.html")[0]
    assert meta.find_undeclared_variables(made.parse(text)) <= set(made.globals)


@pytest.mark.parametrize("size", [MOST_FORM_BYTES + 1, 10**12])
def test_a_form_has_a_limit(client: TestClient, size: int) -> None:
    headers = {"content-type": "application/x-www-form-urlencoded", "content-length": str(size)}
    assert client.post("/counties/copy", content=b"a", headers=headers).status_code == 413


def test_a_form_that_lies_about_its_length_has_the_same(client: TestClient) -> None:
    def pieces() -> Iterator[bytes]:
        for _ in range(1 + 2 * MOST_FORM_BYTES // 65_536):
            yield b"a" * 65_536

    headers = {"content-type": "application/x-www-form-urlencoded"}
    told = client.post("/counties/copy", content=pieces(), headers=headers)
    assert told.status_code == 413 and "too large" in told.text


# No name leads out of the folder -----------------------------------------------------------------

LEADING_OUT = [
    "%2e%2e",
    "%2e%2e%2f%2e%2e",
    "..%2foutside",
    "..%5coutside",
    "a%00b",
    ".x",
    "C:",
    "x" * 300,
]


@pytest.mark.parametrize("name", LEADING_OUT)
def test_no_name_leads_out_of_the_folder(client: TestClient, tmp_path: Path, name: str) -> None:
    outside = tmp_path.parent / "outside"
    outside.mkdir(exist_ok=True)
    (outside / ASKED).write_text("{}", encoding="utf-8")
    for path in ("/results/{}", "/results/{}/tables.zip", "/results/{}/report.html",
                 "/counties/{}", "/counties/{}/files.zip", "/ask/failure/{}"):  # fmt: skip
        assert client.get(path.format(name)).status_code == 404
    name = unquote(name)
    assert Store(tmp_path).named(name) is None and Store(tmp_path).county(name) is None


def test_a_link_to_another_folder_is_no_result(store: Store, tmp_path: Path) -> None:
    kept = question(Store(tmp_path))
    elsewhere = tmp_path / "elsewhere"
    kept.folder.rename(elsewhere)
    (store.results / "link").symlink_to(elsewhere, target_is_directory=True)
    assert store.named("link") is None and store.all() == []


def test_only_the_answers_own_files_are_sent(store: Store, tmp_path: Path) -> None:
    kept = question(store)
    secret = tmp_path / "secret.csv"
    for name in ("figures.csv", "charts/a.svg", "parts/aa/x.csv", ".lock", ".tables/t.csv", "x.py"):
        file = kept.answer / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("x", encoding="utf-8")
    secret.write_text("secret", encoding="utf-8")
    (kept.answer / "link.csv").symlink_to(secret)
    names = zipfile.ZipFile(io.BytesIO(zipped(kept))).namelist()
    assert names == [f"{kept.name}/charts/a.svg", f"{kept.name}/figures.csv"]


# Commands ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "command",
    [
        ["run", "small", "--own-code"],
        ["run", "small", "--people"],
        ["run", "small", "--out=/tmp"],
        ["compare", "a", "b", "--study=x"],
        ["sweep", "study.toml"],
        ["import", "x"],
        [],
        "run small",
        ["run", 1],
    ],
)
def test_a_command_that_the_app_would_not_ask_is_not_begun(store: Store, command: Any) -> None:
    kept = question(store)
    told = {**asdict(kept.question), "command": command}
    write_json(kept.folder / ASKED, told)
    assert store.all() == [] and store.named(kept.name) is None


def test_a_command_runs_apart_and_finds_no_module_in_the_folder(
    store: Store, begun: list[list[str]]
) -> None:
    kept = question(store)
    works = Works(store)
    assert works.start(kept) and not works.start(kept)
    assert " ".join(begun[0][1:4]) == "-P -m experiments" and begun[0][-1] == str(store.root)
    out = f"results/{kept.name}/answer"
    assert kept.words == ["run", "small", "--resume", "--out", out]
    assert begun[0][4:-1] == kept.words
    assert "start_new_session" in jobs.apart() or "creationflags" in jobs.apart()


# Forms -------------------------------------------------------------------------------------------


def links_of_errors(text: str) -> list[tuple[str, str]]:
    """The problems at the head of a page, with the fields that they lead to."""
    summary = re.search(r'<div class="error-summary".*?</div>', text, re.DOTALL)
    return re.findall(r'<a href="#([^"]+)">([^<]+)', summary[0]) if summary else []


WRONG: list[tuple[str, dict[str, str], str]] = [
    ("failure", {"who": ""}, "Choose who fails"),
    ("failure", {"who": "principal:NOWHERE"}, "There is no area"),
    (
        "failure",
        {"on-year": "2024", "on-month": "3"},
        "Harbour has no principal provider then (it goes live on 1 July 2024). Choose a later "
        "date, or choose the largest provider in Harbour",
    ),
    ("failure", {"who": "x" * 500}, "There is no provider"),
    ("failure", {"on-day": ""}, "must include a day"),
    ("failure", {"on-day": "", "on-month": "", "on-year": ""}, "Enter the day"),
    ("failure", {"on-day": "31", "on-month": "2"}, "must be a real date"),
    ("failure", {"on-year": "1999"}, "must be from 2 January 2024 to 31 December 2026"),
    ("failure", {"on-year": "; rm"}, "must be a real date"),
    ("failure", {"notice": "soon"}, "Notice must be a whole number"),
    ("failure", {"notice": "-1"}, "Notice must be a whole number"),
    ("failure", {"notice": "9999"}, "Notice must be a whole number"),
    ("failure", {"response": "hope"}, "Choose what the council does"),
    ("failure", {"until-day": "1"}, "must include a month and a year"),
    ("failure", {"until-day": "1", "until-month": "1", "until-year": "2025"}, ""),
    ("failure", {"what_if": "no_such"}, "Choose at most"),
    ("change", {}, "Choose at least one change"),
    ("change", {"what_if": "no_such"}, "Choose at most"),
]


@pytest.mark.parametrize(("kind", "given", "says"), WRONG, ids=lambda value: str(value)[:40])
def test_a_wrong_answer_is_told_at_its_field(
    client: TestClient, kind: str, given: dict[str, str], says: str
) -> None:
    told = client.get(f"/ask/{kind}/small/check", params={**FAILURE, **given})
    assert told.status_code == 422 and "<title>Error: " in told.text
    links = links_of_errors(told.text)
    assert links and any(says in unescape(text) for _, text in links)
    for field, _ in links:
        assert f'id="{field}"' in told.text
    assert f'id="{links[0][0].rpartition("-")[0] or links[0][0]}' in told.text


def test_what_was_filled_in_stays_when_something_is_wrong(client: TestClient) -> None:
    given = {**FAILURE, "notice": "soon", "what_if": "more_newcomers"}
    text = client.get("/ask/failure/small/check", params=given).text
    assert 'value="soon"' in text and '<option value="principal:HARBOUR" selected>' in text
    assert re.search(r'value="more_newcomers" checked', text)
    assert re.search(r'value="whole_team" checked', text)


def test_a_question_is_asked_as_its_command_says(
    client: TestClient, tmp_path: Path, begun: list[list[str]]
) -> None:
    given = {**FAILURE, "what_if": ["more_newcomers"]}
    look = client.get("/ask/failure/small/check", params=given)
    assert (
        look.status_code == 200
        and "gives 28 days’ notice on 1 July 2025 and then closes?" in look.text
    )
    hidden = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', look.text)
    fields: dict[str, list[str]] = {}
    for name, value in hidden:
        fields.setdefault(name, []).append(value)
    told = client.post("/ask/failure/small/start", data=fields)
    kept = Store(tmp_path).all()[0]
    assert told.headers["location"] == f"/results/{kept.name}"
    command = "run small --fail principal:HARBOUR --on 2025-07-01 --notice 28 --response whole_team"
    assert kept.question.command == (
        *command.split(), "--override", "more_newcomers", "--replications", "2",
    )  # fmt: skip
    assert begun[0][4:-1] == kept.words
    shown = unescape(re.search(r"<pre[^>]*><code>(.*?)</code>", look.text, re.DOTALL)[1])  # type: ignore[index]
    assert shown.startswith(f"caremarket {command}")
    assert kept.question.expected_seconds > 0
    page = client.get(f"/results/{kept.name}")
    assert page.headers["refresh"] and "updates itself" in page.text
    assert "refresh" not in client.get(f"/results/{kept.name}?still=1").headers


@pytest.mark.parametrize(
    ("kind", "given", "words"),
    [
        ("worst", {"every": "12"}, "stress small --every 12 --replications 10"),
        ("fallback", {}, "adequacy small --replications 10"),
        (
            "change",
            {"what_if": "more_newcomers"},
            "compare as_is more_newcomers --county small --replications 10",
        ),
    ],
)
def test_every_kind_of_question_is_a_command_that_is_known(
    client: TestClient, tmp_path: Path, begun: list[list[str]], kind: str, given: Any, words: str
) -> None:
    assert client.get(f"/ask/{kind}/small").status_code == 200
    assert (
        client.get(f"/ask/{kind}/small/check", params=given or {"futures": "10"}).status_code == 200
    )
    assert client.post(f"/ask/{kind}/small/start", data=given).status_code == 303
    assert " ".join(Store(tmp_path).all()[0].question.command) == words


def test_nothing_begins_by_a_link(client: TestClient, begun: list[list[str]]) -> None:
    for path in ("/ask/failure/small/start", "/counties/copy", "/counties/send"):
        assert client.get(path, params=FAILURE).status_code in (404, 405)
    assert begun == []


@pytest.mark.parametrize("given", [{"kind": "x"}, {"county": "small"}, {"kind": "", "county": ""}])
def test_a_question_and_a_county_must_be_chosen(client: TestClient, given: dict[str, str]) -> None:
    told = client.get("/ask", params=given)
    assert told.status_code == 422
    assert all(f'id="{field}"' in told.text for field, _ in links_of_errors(told.text))


def test_two_results_must_be_chosen_once_the_form_is_sent(store: Store, client: TestClient) -> None:
    for number in range(2):
        kept = question(store, f"Question {number}")
        kept.answer.mkdir()
        (kept.answer / "manifest.json").write_text("{}", encoding="utf-8")
    for address, code in (("", 200), ("?sent=1", 422), (f"?result={kept.name}&sent=1", 422),
                          (f"?result={kept.name}&choose=1", 200), ("?result=x", 422)):  # fmt: skip
        told = client.get(f"/compare{address}")
        assert told.status_code == code, address
        assert bool(links_of_errors(told.text)) == (code == 422)
    assert (
        f'value="{kept.name}" checked' in client.get(f"/compare?result={kept.name}&choose=1").text
    )


def test_counties_that_ship_can_be_asked_about() -> None:
    assert places.shipped()[0] == "norfolk" and set(places.MEANT) < set(places.shipped())
    assert len(places.shipped()) == 6
    for name in places.shipped():
        county = places.shipped_county(name)
        rules = [choice.value for group in county.who() for choice in group.choices]
        assert len(rules) == len(set(rules)) > 2
        form = asking.Form(asking.KINDS["failure"], county, {"who": rules[0]})
        form.given = {**asking.usual_answers(county), "who": rules[0]}
        assert asking.checked(form) is not None, form.problems


# How a question stands ---------------------------------------------------------------------------

STATES: list[tuple[Any, str, State]] = [
    (None, "", State.STOPPED),
    (None, "Interrupted. 3 of 8 arms are kept", State.STOPPED),
    (None, "1 fault; nothing was run or written:", State.FAILED),
    (None, "Traceback (most recent call last):", State.FAILED),
    (None, "1 of 4 arms, 19 s left", State.STOPPED),
    (130, "", State.STOPPED),
    (-9, "", State.STOPPED),
    (-15, "", State.STOPPED),
    (1, "Stopped: the disk is full", State.FAILED),
    (2, "1 fault; nothing was run", State.FAILED),
    (3, "FAILED: replication 1", State.FAILED),
    (0, "", State.FAILED),
]


@pytest.mark.parametrize(("code", "said", "state"), STATES)
def test_the_folder_says_how_a_question_stands(
    store: Store, client: TestClient, code: int | None, said: str, state: State
) -> None:
    kept = question(store)
    (kept.folder / LOG).write_text(said, encoding="utf-8")
    if code is not None:
        write_json(kept.folder / ENDED, {"code": code})
    assert Works(store).standing(kept).state == state
    page = client.get(f"/results/{kept.name}")
    assert page.status_code == 200
    assert ("could not be answered" in page.text) == (state == State.FAILED)
    assert f'action="/results/{kept.name}/go-on"' in page.text


def test_a_server_that_starts_later_sees_what_is_at_work(store: Store) -> None:
    """The lock is the system's: a note that an ended process has left says nothing."""
    kept = question(store)
    kept.answer.mkdir()
    with held(kept.answer):
        note_progress(kept.answer, 3, 8, "arms")
        standing = Works(store).standing(kept)
        assert (standing.state, standing.done, standing.total) == (State.RUNNING, 3, 8)
        assert not Works(store).start(kept)
        left = (kept.answer / AT_WORK).read_text(encoding="utf-8")
    (kept.answer / AT_WORK).write_text(left, encoding="utf-8")
    assert Works(store).standing(kept).state == State.STOPPED


def test_an_answer_is_there_when_its_manifest_is(store: Store) -> None:
    kept = question(store)
    kept.answer.mkdir()
    assert not kept.finished and kept.version == ""
    (kept.answer / "manifest.json").write_text('{"program": "caremarket 1.2"}', encoding="utf-8")
    assert Works(store).standing(kept).state == State.FINISHED and kept.version == "1.2"


@pytest.mark.parametrize("content", ["", "[]", "{", '{"title": 1}', '{"a": "b"}'])
def test_a_damaged_question_is_left_out_and_breaks_nothing(
    store: Store, client: TestClient, content: str
) -> None:
    kept = question(store, "Sound")
    broken = question(store, "Broken")
    (broken.folder / ASKED).write_text(content, encoding="utf-8")
    (store.results / "a file").write_text("x", encoding="utf-8")
    assert [one.name for one in store.all()] == [kept.name]
    assert client.get("/results").status_code == 200


def test_fifty_results_are_listed_the_latest_first(store: Store, client: TestClient) -> None:
    for number in range(50):
        asked = (WHEN + timedelta(minutes=number)).isoformat()
        question(store, f"Question {number}", asked=asked)
    text = client.get("/results").text
    found = [int(number) for number in re.findall(r">Question (\d+)</a>", text)]
    assert found == list(range(49, -1, -1)) and "50 questions" in text
    assert len(re.findall(r">Question \d+</a>", client.get("/").text)) == 5


def test_what_somebody_wrote_is_shown_as_text(store: Store, client: TestClient) -> None:
    kept = question(store, "<script>alert(1)</script>")
    (kept.folder / LOG).write_text("<img src=x onerror=y>", encoding="utf-8")
    for path in ("/", "/results", f"/results/{kept.name}", "/compare"):
        text = client.get(path).text
        assert "<script" not in text and "<img" not in text


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(3, "up to half a minute"), (30, "about half a minute"), (61, "about 1 minute"),
     (3500, "about 58 minutes"), (3700, "about 1 hour"), (40_000, "about 11 hours"),
     (400_000, "about 5 days")],
)  # fmt: skip
def test_a_wait_in_words(seconds: float, words: str) -> None:
    assert waiting.in_words(seconds) == words


def test_the_wait_follows_the_computer_the_county_and_past_answers(store: Store) -> None:
    small, norfolk = (places.shipped_county(name).scenario for name in ("small", "norfolk"))
    slow, quick = waiting.waiting(waiting.Pace(2.0), []), waiting.waiting(waiting.Pace(1.0), [])
    assert slow.uncorrected("run", norfolk, 10) == pytest.approx(
        2 * quick.uncorrected("run", norfolk, 10)
    )
    assert quick.uncorrected("run", norfolk, 10) > 3 * quick.uncorrected("run", small, 10)
    kept = question(store, expected_seconds=10.0)
    write_json(kept.folder / "begun.json", {"at": WHEN.timestamp()})
    kept.answer.mkdir()
    (kept.answer / "timings.json").write_text('{"seconds": 30}', encoding="utf-8")
    assert waiting.waiting(waiting.Pace(1.0), [kept]).factor == 3
    write_json(kept.folder / "begun.json", {"at": WHEN.timestamp() + 3600})  # gone on with later
    assert waiting.waiting(waiting.Pace(1.0), [kept]).factor == 1


# What may be sent --------------------------------------------------------------------------------


def zip_of(
    files: dict[str, bytes], change: Callable[[zipfile.ZipInfo], None] | None = None
) -> bytes:
    """A zip of files; ``change`` makes it a strange one."""
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            entry = zipfile.ZipInfo(name)
            entry.compress_type = zipfile.ZIP_DEFLATED
            if change is not None:
                change(entry)
            archive.writestr(entry, content)
    return whole.getvalue()


def a_link(entry: zipfile.ZipInfo) -> None:
    entry.external_attr = (stat.S_IFLNK | 0o777) << 16


def a_device(entry: zipfile.ZipInfo) -> None:
    entry.external_attr = (stat.S_IFBLK | 0o777) << 16


def unusual(entry: zipfile.ZipInfo) -> None:
    entry.compress_type = zipfile.ZIP_LZMA


def locked(content: bytes) -> bytes:
    """The same with the mark of a password."""
    marked = re.compile(rb"(PK\x01\x02.{4})..", re.DOTALL)
    return marked.sub(lambda found: found[1] + b"\x01\x00", content)


COUNTY = {"county.toml": b"x = 1"}
HOSTILE = {
    "no zip": b"PK but no zip",
    "empty": b"",
    "cut short": zip_of(COUNTY)[:60],
    "out of the folder": zip_of({**COUNTY, "../evil.csv": b"x"}),
    "far out": zip_of({**COUNTY, "a/../../../evil.csv": b"x"}),
    "absolute": zip_of({**COUNTY, "/tmp/evil.csv": b"x"}),
    "a drive": zip_of({**COUNTY, "C:evil.csv": b"x"}),
    "backslashes": zip_of({**COUNTY, "..\\evil.csv": b"x"}),
    "a link": zip_of({"county.toml": b"/etc/passwd"}, a_link),
    "a device": zip_of(COUNTY, a_device),
    "locked": locked(zip_of(COUNTY)),
    "unusual": zip_of(COUNTY, unusual),
    "a bomb": zip_of({**COUNTY, "big.csv": b"0" * (county_files.MOST_BYTES + 1)}),
    "many files": zip_of({f"f{number}.csv": b"" for number in range(county_files.MOST_FILES + 1)}),
    "twice": zip_of({**COUNTY, "COUNTY.toml": b"x"}),
    "no county": zip_of({"areas.csv": b"x"}),
    "deep": zip_of({**COUNTY, "a/b/c.csv": b"x"}),
}


@pytest.mark.parametrize("what", HOSTILE)
def test_a_hostile_upload_is_refused_and_leaves_nothing(
    client: TestClient, tmp_path: Path, what: str
) -> None:
    before = sorted(tmp_path.parent.rglob("*"))
    files = {"files": ("county.zip", HOSTILE[what], "application/zip")}
    told = client.post("/counties/send", data={"new-name": "mine"}, files=files)
    assert told.status_code == 422, what
    assert [field for field, _ in links_of_errors(told.text)] == ["new-files"]
    assert sorted(tmp_path.parent.rglob("*")) == before


def test_an_upload_that_is_too_large_is_refused(client: TestClient) -> None:
    files = {"files": ("county.zip", b"0" * (MOST_UPLOAD_BYTES + 1), "application/zip")}
    told = client.post("/counties/send", data={"new-name": "mine"}, files=files)
    assert told.status_code == 413


@pytest.mark.parametrize("name", ["", "a b", "../x", "CON", "norfolk", "x" * 200, "é", "a/b"])
def test_a_county_needs_a_name_that_is_safe_and_free(client: TestClient, name: str) -> None:
    for path, field in (("/counties/copy", "name"), ("/counties/send", "new-name")):
        told = client.post(path, data={field: name, "from": "small"})
        assert told.status_code == 422
        assert [where for where, _ in links_of_errors(told.text)] == [field]


@pytest.fixture
def mine(caremarket: Caremarket, tmp_path: Path, client: TestClient) -> Path:
    """A county of one's own."""
    assert caremarket("new", "counties/mine", "--from", "small").code == 0
    return tmp_path / "counties" / "mine"


def test_each_fault_stands_beside_its_cell(client: TestClient, mine: Path) -> None:
    assert "No faults" in client.get("/counties/mine").text
    areas = (mine / "areas.csv").read_text(encoding="utf-8").splitlines()
    areas[2] = areas[2].replace(",3000,", ",many,")
    content = ("\n".join(areas)).encode()
    told = client.post("/counties/mine/files", files={"files": ("areas.csv", content, "text/csv")})
    row = re.search(r'<tr><th scope="row">F3</th>(.*?)</tr>', told.text, re.DOTALL)
    assert row is not None
    assert [unescape(re.sub("<[^>]+>", "", cell)) for cell in row[1].split("</td>")[:-1]] == [
        "hours_per_four_weeks, row 3",
        "It says: many",
        "Wrong: 'many' is not allowed",
        "To do: Allowed: a number at least 0 and at most 1,000,000 (hours/4 weeks)",
    ]
    assert "1 to put right" in client.get("/counties").text
    assert client.get("/ask/failure/mine").headers["location"] == "/counties/mine"


def test_a_county_goes_out_and_comes_back_as_it_was(client: TestClient, mine: Path) -> None:
    content = client.get("/counties/mine/files.zip").content
    files = {"files": ("mine.zip", content, "application/zip")}
    told = client.post("/counties/send", data={"new-name": "again"}, files=files)
    assert told.status_code == 200 and "No faults" in told.text
    again = mine.parent / "again"
    names = [path.relative_to(mine) for path in sorted(mine.rglob("*")) if path.is_file()]
    assert len(names) > 6
    for name in names:
        assert (again / name).read_bytes() == (mine / name).read_bytes()


def test_a_file_goes_where_the_county_has_one_of_its_name(client: TestClient, mine: Path) -> None:
    model = next(mine.glob("*/contracts.csv"))
    content = model.read_bytes() + b"\n"
    told = client.post("/counties/mine/files", files={"files": ("contracts.csv", content)})
    assert told.status_code == 200 and model.read_bytes() == content
    assert not (mine / "contracts.csv").exists()


def test_people_and_code_are_left_out_and_said_so(client: TestClient, mine: Path) -> None:
    files = {name: (mine / name).read_bytes() for name in ("county.toml", "areas.csv")}
    more = {
        "caseload.csv": b"secret", "private/names.csv": b"secret", "run.py": b"boom",
        "__MACOSX/x.csv": b"", ".DS_Store": b"", "notes.xlsx": b"",
    }  # fmt: skip
    sent = {"files": ("mine.zip", zip_of({**files, **more}), "application/zip")}
    told = client.post("/counties/send", data={"new-name": "other"}, files=sent)
    kept = {path.name for path in (mine.parent / "other").rglob("*")}
    assert kept == set(files)
    assert "single people: caseload.csv, names.csv" in told.text and "secret" not in told.text
    assert "run.py" in told.text


def test_rows_about_people_are_not_shown(client: TestClient, mine: Path) -> None:
    """Also those of a table that somebody has put into the folder by hand."""
    text = "reference,area,provider,hours_per_week\nMRS-BROWN,NOWHERE,NOBODY,secret\n"
    (mine / "caseload.csv").write_text(text, encoding="utf-8")
    told = client.get("/counties/mine").text
    assert "caseload.csv" in told and "MRS-BROWN" not in told and "secret" not in told
    names = zipfile.ZipFile(io.BytesIO(client.get("/counties/mine/files.zip").content)).namelist()
    assert not [name for name in names if "caseload" in name]


@pytest.mark.parametrize(("number", "name"), [(0, "A"), (25, "Z"), (26, "AA"), (701, "ZZ")])
def test_columns_are_named_as_spreadsheets_do(number: int, name: str) -> None:
    assert cells.letters(number) == name


# The bundle, and the verb ------------------------------------------------------------------------


def test_starters_say_what_they_need(tmp_path: Path) -> None:
    wheelhouse = tmp_path / bundle.WHEELHOUSE
    wheelhouse.mkdir()
    for name in ("pip-26.1-py3-none-any.whl", "caremarket-1-py3-none-any.whl"):
        (wheelhouse / name).write_bytes(b"")
    bundle.write_starters(tmp_path)
    for name in (*bundle.UNIX, bundle.WINDOWS):
        text = (tmp_path / name).read_text(encoding="utf-8")
        assert "pip-26.1-py3-none-any.whl" in text and "--no-index" in text
        assert bundle.PYTHON in text and "{" not in text.replace("stop() {", "").replace("|| {", "")
    assert b"\r\n" in (tmp_path / bundle.WINDOWS).read_bytes()
    assert b"\r" not in (tmp_path / bundle.UNIX[0]).read_bytes()
    assert (tmp_path / bundle.UNIX[0]).stat().st_mode & stat.S_IXUSR


def test_a_port_that_is_taken_is_told(caremarket: Caremarket, tmp_path: Path) -> None:
    import socket

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = caremarket("app", "--no-browser", "--folder", "data", "--port", port)
    assert done.code == 2 and f"--port {port}" in done.err and "Leave out --port" in done.err


def test_a_folder_that_is_a_file_is_told(caremarket: Caremarket, tmp_path: Path) -> None:
    (tmp_path / "data").write_text("x", encoding="utf-8")
    done = caremarket("app", "--no-browser", "--folder", "data")
    assert done.code == 2 and "--folder data" in done.err


def test_the_server_listens_to_this_machine_alone() -> None:
    from experiments.app.server import listening

    with listening(0) as opened:
        assert opened.getsockname()[0] == "127.0.0.1"
        assert json.dumps(opened.getsockname()[1])
