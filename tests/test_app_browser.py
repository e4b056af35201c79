"""``caremarket app`` in a real browser: three users' ways, keyboard, zoom, axe, kills."""

from __future__ import annotations

import io
import json
import os
import re
import shutil
import signal
import subprocess
import time
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from command_line import started
from pages import QUIET, RULES, browser

pytest.importorskip("starlette")  # the extra app; in the project's own environment it is there
pytest.importorskip("docxtpl")
pytest.importorskip("playwright")

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Error, Page, expect, sync_playwright

from experiments.app.jobs import State, Works
from experiments.app.store import ASKED, Question, Store, write_json
from sim.scenario.reading import COUNTIES

pytestmark = pytest.mark.long
SECONDS = 240
ADDRESS = re.compile(r"http://127\.0\.0\.1:\d+/\?token=\S+")
SHORT = {"until-day": "31", "until-month": "10", "until-year": "2024"}
ON = {"on-day": "1", "on-month": "8", "on-year": "2024"}
FAILURE = {"who": "principal:HARBOUR", **ON, "notice": "14", "futures": "2", **SHORT}


class App:
    """A server over a folder, begun and killed as often as a test wants."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.process: subprocess.Popen[str] | None = None
        self.first = ""

    def start(self) -> None:
        """Begin a server; its first address is known afterwards."""
        words = ("app", "--no-browser", "--folder", str(self.folder))
        self.process = started(*words, stdout=subprocess.PIPE, encoding="utf-8")
        assert self.process.stdout is not None
        found = ADDRESS.search(self.process.stdout.readline())
        assert found, "the app does not say its address"
        self.first = found[0]

    def kill(self) -> None:
        """End the server at once, as a crash does."""
        assert self.process is not None
        self.process.kill()
        self.process.wait()

    @property
    def origin(self) -> str:
        return self.first.partition("/?")[0]

    @property
    def works(self) -> Works:
        return Works(Store(self.folder))


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    made = App(tmp_path_factory.mktemp("app") / "caremarket")
    made.start()
    yield made
    made.kill()


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as play:
        opened = play.chromium.launch(executable_path=browser(), args=list(QUIET))
        yield opened
        opened.close()


@contextmanager
def window(chromium: Browser, app: App, **how: Any) -> Iterator[Page]:
    """A window of a browser that has opened the app's first address, without scripts."""
    usual = {"viewport": {"width": 1000, "height": 800}, "java_script_enabled": False}
    context = chromium.new_context(**{**usual, **how})  # type: ignore[arg-type]
    context.set_default_timeout(60_000)
    page = context.new_page()
    page.goto(app.first)
    yield page
    context.close()


@pytest.fixture
def page(chromium: Browser, app: App) -> Iterator[Page]:
    with window(chromium, app) as opened:
        yield opened


def fill_in(page: Page, answers: dict[str, str]) -> None:
    """Fill a form in as a user sees it."""
    while (closed := page.locator("form details:not([open]) > summary")).count():
        closed.first.click()
    for name, text in answers.items():
        field = page.locator(f'[name="{name}"]')
        if name in ("futures", "response", "every"):
            page.locator(f'[name="{name}"][value="{text}"]').check()
        elif name == "who":
            field.select_option(text)
        else:
            field.fill(text)


def ask(page: Page, title: str, county: str, answers: dict[str, str], *changes: str) -> str:
    """From the first page to the start of the work; the name of the question's folder."""
    page.get_by_role("link", name="Home care market model").click()
    page.get_by_role("link", name="Ask a question").last.click()
    page.get_by_label(title).check()
    page.get_by_label(county, exact=True).check()
    page.get_by_role("button", name="Continue").click()
    fill_in(page, answers)
    for change in changes:
        page.get_by_label(change).check()
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Check your question")
    page.get_by_role("button", name="Start").click()
    return page.url.rpartition("/")[2]


def until_answered(page: Page) -> None:
    """Wait as a user does: the page comes anew by itself."""
    expect(page.get_by_role("heading", name="The answer", exact=True)).to_be_visible(
        timeout=SECONDS * 1000
    )


def downloaded(page: Page, link: str) -> bytes:
    """What a link gives."""
    with page.expect_download(timeout=SECONDS * 1000) as waiting:
        page.get_by_role("link", name=link).click()
    path = waiting.value.path()
    assert not waiting.value.failure() and path is not None
    return Path(path).read_bytes()


FAILS = "What happens if a provider fails?"


@pytest.fixture(scope="module")
def answered(chromium: Browser, app: App) -> str:
    """A question that has been asked and answered."""
    with window(chromium, app) as opened:
        name = ask(opened, FAILS, "Small county", FAILURE)
        until_answered(opened)
    return name


# Three users' ways -------------------------------------------------------------------------------


def test_a_commissioner_asks_about_a_failure_and_takes_the_report(
    page: Page, app: App, answered: str
) -> None:
    page.get_by_role("link", name="My results").first.click()
    page.get_by_role("link", name=re.compile("what happens if the principal")).first.click()
    heading = page.get_by_role("heading", level=1)
    expect(heading).to_contain_text(
        "principal provider of Harbour gives 14 days’ notice on 1 August 2024"
    )
    expect(page.get_by_text("Do not quote: fewer than 10 simulated futures")).to_be_visible()
    assert page.locator("figure svg").count() > 3
    word = zipfile.ZipFile(io.BytesIO(downloaded(page, "Report (Word document)")))
    assert "principal provider of Harbour" in word.read("word/document.xml").decode("utf-8")
    assert downloaded(page, "Report (PDF)").startswith(b"%PDF")
    assert b"<!DOCTYPE html>" in downloaded(page, "Report (Web page in one file)")
    told = json.loads((app.folder / "results" / answered / ASKED).read_text(encoding="utf-8"))
    assert told["command"][:4] == ["run", "small", "--fail", "principal:HARBOUR"]


def test_an_analyst_brings_a_county_mends_it_and_takes_the_tables(
    page: Page, tmp_path: Path
) -> None:
    page.get_by_role("link", name="My counties").click()
    page.get_by_label("Name of your county").fill("my_council")
    page.get_by_label("County to copy").select_option("small")
    page.get_by_role("button", name="Copy").click()
    expect(page.get_by_text("No faults")).to_be_visible()
    whole = zipfile.ZipFile(io.BytesIO(downloaded(page, "Download its files (zip)")))
    areas = whole.read("my_council/areas.csv").decode("utf-8")
    file = tmp_path / "areas.csv"
    for text, right in ((areas.replace(",3600,", ",lots,"), False), (areas, True)):
        file.write_text(text, encoding="utf-8", newline="\n")
        page.get_by_label("Changed files, or a zip of them").set_input_files(file)
        page.get_by_role("button", name="Send and check").click()
        if not right:
            row = page.get_by_role("row").filter(has=page.get_by_role("rowheader", name="F2"))
            expect(row).to_contain_text("lots")
            expect(row).to_contain_text("is not allowed")
    page.get_by_role("link", name="Ask about").click()
    page.get_by_role("button", name="Continue").click()
    fill_in(page, {**FAILURE, "who": "largest"})
    page.get_by_role("button", name="Continue").click()
    page.get_by_role("button", name="Start").click()
    until_answered(page)
    book = zipfile.ZipFile(io.BytesIO(downloaded(page, "Workbook of tables")))
    assert "xl/workbook.xml" in book.namelist()
    names = zipfile.ZipFile(io.BytesIO(downloaded(page, "All tables and charts"))).namelist()
    kept = {name.split("/", 1)[1] for name in names}
    assert {"figures.csv", "data_dictionary.csv", "manifest.json", "summary.txt"} <= kept
    assert not [name for name in kept if name.startswith(("parts", "."))]


def test_a_clerk_weighs_a_change_and_learns_what_may_be_compared(page: Page, answered: str) -> None:
    ask(page, "What difference would a change make?", "Small county", {"futures": "2", **SHORT},
        "Half as many newcomers again look for care work")  # fmt: skip
    until_answered(page)
    assert b"<!DOCTYPE html>" in downloaded(page, "Report (Web page in one file)")
    page.get_by_role("link", name="Compare", exact=True).click()
    page.get_by_role("button", name="Compare").click()
    expect(page.get_by_role("link", name="Choose two results")).to_be_visible()
    for box in page.get_by_role("checkbox").all():
        if box.get_attribute("value") == answered or "compare" in (
            box.get_attribute("value") or ""
        ):
            box.check()
    page.get_by_role("button", name="Compare").click()
    expect(page.get_by_text("Do not compare the figures")).to_be_visible()
    expect(page.get_by_text("kind of question").first).to_be_visible()


# Keyboard, zoom, axe -----------------------------------------------------------------------------

FOCUSED = """() => {
  const one = document.activeElement;
  return [one.id, one.getAttribute('value') || '', one.textContent.trim()];
}"""
RING = """() => {
  const style = getComputedStyle(document.activeElement);
  return style.boxShadow !== 'none' || style.outlineStyle !== 'none';
}"""


def tab_to(page: Page, what: str) -> None:
    """Press Tab until the focus is on it; each stop must show that it has the focus."""
    for _ in range(200):
        page.keyboard.press("Tab")
        try:
            assert page.evaluate(RING), page.evaluate(FOCUSED)
            if what in page.evaluate(FOCUSED):
                return
        except Error:  # the page came anew just then, as that of progress does
            page.wait_for_load_state()
    raise AssertionError(f"no key leads to {what}")


def press(page: Page, what: str, key: str = "Enter") -> None:
    """Come to something by Tab, and press a key there; Enter leads to another page."""
    tab_to(page, what)
    if key != "Enter":
        page.keyboard.press(key)
        return
    with page.expect_navigation():
        page.keyboard.press(key)


def test_a_question_is_asked_and_stopped_by_keyboard_alone(chromium: Browser, app: App) -> None:
    with window(chromium, app, java_script_enabled=True) as page:
        page.keyboard.press("Tab")
        assert "Skip to main content" in page.evaluate(FOCUSED)
        page.keyboard.press("Enter")
        press(page, "Ask a question")
        press(page, "failure", "Space")
        press(page, "county-1", "Space")
        for _ in range(12):  # arrows choose among radio buttons
            if page.get_by_label("Small county").is_checked():
                break
            page.keyboard.press("ArrowDown")
        press(page, "Continue")
        tab_to(page, "who")
        page.keyboard.type("Principal provider of Har")
        for name, text in {**ON, "notice": "7"}.items():
            tab_to(page, name)
            page.keyboard.press("Control+a")
            page.keyboard.type(text)
        tab_to(page, "futures-10")
        page.keyboard.press("ArrowUp")
        press(page, "Continue")
        expect(page.get_by_role("heading", level=1)).to_have_text("Check your question")
        press(page, "Start")
        expect(page.get_by_role("heading", level=1)).to_have_text("Working on your question")
        press(page, "Stop updating this page")
        press(page, "Stop this question")
        expect(page.get_by_role("heading", level=1)).to_have_text(
            re.compile("Stopping|This question was stopped"), timeout=SECONDS * 1000
        )


@pytest.fixture(scope="module")
def addresses(app: App, answered: str) -> list[str]:
    """Every page there is, with every state of a question and of a county."""
    store = Store(app.folder)
    stopped = store.begin(Question("A question that was stopped", "small", ("run", "small"), NOW))
    failed = store.begin(Question("One that failed", "small", ("run", "small"), NOW))
    write_json(failed.folder / "ended.json", {"code": 2})
    twin = store.results / "twin"
    shutil.copytree(store.results / answered, twin)
    broken = store.counties / "broken"
    shutil.copytree(COUNTIES / "small", broken)
    text = (broken / "areas.csv").read_text(encoding="utf-8")
    (broken / "areas.csv").write_text(text.replace(",3600,", ",lots,"), encoding="utf-8")
    shutil.copytree(COUNTIES / "small", store.counties / "sound")
    form = "/ask/failure/small/check?"
    return [
        "/", "/ask", "/ask?kind=x", "/ask/failure/norfolk", "/ask/worst/small",
        "/ask/fallback/small", "/ask/change/small", f"{form}who=&notice=x&on-day=1",
        form + "&".join(f"{name}={text}" for name, text in FAILURE.items()),
        "/results", f"/results/{answered}", f"/results/{stopped.name}", f"/results/{failed.name}",
        "/compare", "/compare?result=x", f"/compare?result={answered}&result=twin",
        "/counties", "/counties/broken", "/counties/sound", "/nothing",
    ]  # fmt: skip


NOW = datetime(2026, 11, 28, 9, 30, tzinfo=UTC).isoformat()


def faults_of(page: Page) -> list[str]:
    """What axe-core finds, whether the page is too wide, and what the browser complains of."""
    page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true })")
    found = Axe().run(page, options=RULES).response["violations"]
    told = [f"{one['id']}: {one['nodes'][0]['html'][:120]}" for one in found]
    inner = page.evaluate("window.innerWidth")
    wide = page.evaluate("document.documentElement.scrollWidth")
    return told + ([f"{wide} wide in {inner}"] if wide > inner else [])


@pytest.mark.parametrize(
    "how",
    [
        {"viewport": {"width": 1000, "height": 800}},
        {"viewport": {"width": 320, "height": 800}},
        # 1,280 by 1,024 pixels at 400%
        {"viewport": {"width": 320, "height": 256}, "device_scale_factor": 4},
    ],
    ids=["wide", "320", "400%"],
)
def test_every_page_is_accessible_and_fits(
    chromium: Browser, app: App, addresses: list[str], how: dict[str, Any]
) -> None:
    with window(chromium, app, java_script_enabled=True, **how) as page:
        refused: list[str] = []
        page.on(
            "console", lambda told: refused.append(told.text) if "Policy" in told.text else None
        )
        wrong = {}
        for address in addresses:
            page.goto(app.origin + address)
            assert page.locator("h1").count() == 1, address
            if found := faults_of(page):
                wrong[address] = found
        assert wrong == {} and refused == []


def test_the_progress_of_a_question_is_accessible(chromium: Browser, app: App) -> None:
    """Its numbers are those of the work, and it says when it will be done."""
    with window(
        chromium, app, java_script_enabled=True, viewport={"width": 320, "height": 800}
    ) as page:
        name = ask(page, FAILS, "Small county", {**FAILURE, "futures": "10"})
        expect(page.locator("progress")).to_be_visible(timeout=SECONDS * 1000)
        page.goto(f"{app.origin}/results/{name}?still=1")
        assert faults_of(page) == []
        done, total = (page.locator("progress").get_attribute(key) for key in ("value", "max"))
        expect(page.locator("#bar-text")).to_have_text(f"{done} of {total} parts done")
        page.get_by_role("button", name="Stop this question").click()
        ended(app, name)
        page.goto(f"{app.origin}/results/{name}")
        expect(page.get_by_role("heading", level=1)).to_have_text("This question was stopped")


def test_fifty_results_are_listed(chromium: Browser, app: App, tmp_path: Path) -> None:
    other = App(tmp_path / "other")
    store = Store(other.folder)
    store.make()
    for number in range(50):
        when = datetime(2026, 11, 1, tzinfo=UTC) + timedelta(hours=number)
        store.begin(Question(f"Question {number}", "small", ("run", "small"), when.isoformat()))
    other.start()
    try:
        with window(
            chromium, other, java_script_enabled=True, viewport={"width": 320, "height": 800}
        ) as page:
            page.goto(f"{other.origin}/results")
            assert page.locator("tbody tr").count() == 50
            assert page.locator("tbody a").first.inner_text() == "Question 49"
            assert faults_of(page) == []
    finally:
        other.kill()


# Work that outlives the server -------------------------------------------------------------------


def ended(app: App, name: str) -> State:
    """How a question's work ends."""
    for _ in range(SECONDS * 2):
        kept = app.works.store.named(name)
        assert kept is not None
        state = app.works.standing(kept).state
        # Until the command holds its folder, a server that did not begin it sees nothing.
        if state != State.RUNNING and (kept.folder / "ended.json").exists() | kept.finished:
            return state
        time.sleep(0.5)
    raise AssertionError("it does not end")


def at_work(app: App, name: str) -> int:
    """The process that works on a question, once its first parts are done."""
    kept = app.works.store.named(name)
    assert kept is not None
    for _ in range(SECONDS * 5):
        if (note := kept.answer / ".at-work.json").exists():
            told = json.loads(note.read_text(encoding="utf-8"))
            if told.get("finished"):
                return int(told["process"])
        time.sleep(0.2)
    raise AssertionError("no part is done")


def test_two_questions_are_answered_at_once(page: Page, app: App) -> None:
    one = ask(page, FAILS, "Small county", FAILURE)
    two = ask(page, FAILS, "Small county", {**FAILURE, "notice": "0"})
    assert one != two
    assert {ended(app, name) for name in (one, two)} == {State.FINISHED}
    page.goto(f"{app.origin}/compare?result={one}&result={two}")
    expect(page.get_by_text("These results differ in who fails and inputs.")).to_be_visible()


def test_a_question_outlives_its_server_and_can_be_gone_on_with(
    chromium: Browser, tmp_path: Path
) -> None:
    """The server is killed in the middle of the work, then the work is; nothing is done twice."""
    app = App(tmp_path / "killed")
    app.start()
    with window(chromium, app) as page:
        name = ask(page, FAILS, "Small county", {**FAILURE, "futures": "10"})
    process = at_work(app, name)
    app.kill()
    os.kill(process, 0)  # it lives
    app.start()
    try:
        with window(chromium, app) as page:
            page.goto(f"{app.origin}/results/{name}?still=1")
            expect(page.get_by_role("heading", level=1)).to_have_text("Working on your question")
            assert page.locator("progress").get_attribute("max") != "0"
            os.kill(process, signal.SIGKILL)
            wait_for_end(process)
            # Its helpers hold the folder until they notice; the page that comes anew shows the end.
            page.goto(f"{app.origin}/results/{name}")
            expect(page.get_by_role("heading", level=1)).to_have_text(
                "This question was stopped", timeout=SECONDS * 1000
            )
            parts = set((app.folder / "results" / name / "answer").rglob("*.part"))
            assert parts
            page.get_by_role("button", name="Go on").click()
            until_answered(page)
            kept = app.folder / "results" / name / "answer"
            assert parts < set(kept.rglob("*.part"))
    finally:
        app.kill()


def wait_for_end(process: int) -> None:
    """Until a process is gone."""
    for _ in range(100):
        try:
            os.kill(process, 0)
        except ProcessLookupError:
            return
        if Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] == "Z":
            return
        time.sleep(0.1)
    raise AssertionError("it lives")


def test_nothing_of_a_users_folder_is_run(chromium: Browser, tmp_path: Path) -> None:
    """Neither a module in the app's folder nor one that comes with a county."""
    app = App(tmp_path / "data")
    folders = [app.folder, app.folder / "counties", app.folder / "counties" / "mine"]
    shutil.copytree(COUNTIES / "small", folders[-1])
    ran = tmp_path / "ran"
    for folder in folders:
        for module in ("sim", "experiments", "random", "sitecustomize", "numpy", "mine"):
            (folder / f"{module}.py").write_text(f"open({str(ran)!r}, 'w')", encoding="utf-8")
    app.start()
    try:
        with window(chromium, app) as page:
            name = ask(page, FAILS, "mine", FAILURE)
            until_answered(page)
            downloaded(page, "Report (Web page in one file)")
            assert ended(app, name) == State.FINISHED
    finally:
        app.kill()
    assert not ran.exists()


def test_a_hostile_upload_is_refused_and_told(page: Page, app: App, tmp_path: Path) -> None:
    file = tmp_path / "county.zip"
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("county.toml", "x = 1")
        archive.writestr("../../evil.csv", "x")
    page.goto(f"{app.origin}/counties")
    page.get_by_label("Name of the county").fill("evil")
    page.get_by_label("Zip of the county’s folder").set_input_files(file)
    page.get_by_role("button", name="Send and check").click()
    expect(page.get_by_role("alert")).to_contain_text("leads out of its folder")
    assert not list(app.folder.parent.rglob("evil*"))


def test_without_the_first_address_there_is_nothing(chromium: Browser, app: App) -> None:
    context = chromium.new_context()
    told = context.new_page().goto(app.origin)
    assert told is not None and told.status == 403
    context.close()


def test_a_form_of_another_site_does_nothing(chromium: Browser, app: App, tmp_path: Path) -> None:
    """The browser has the cookie, and another page sends a form."""
    before = sorted(app.folder.glob("counties/*"))
    evil = tmp_path / "evil.html"
    evil.write_text(
        f'<form method="post" action="{app.origin}/counties/copy"><input name="name" value="evil">'
        '<input name="from" value="small"><button>Win</button></form>',
        encoding="utf-8",
    )
    with window(chromium, app) as page:
        page.goto(evil.as_uri())
        page.get_by_role("button", name="Win").click()
        expect(page.get_by_role("heading", level=1)).to_have_text(
            re.compile("Another website asked|Open the app again")
        )
    assert sorted(app.folder.glob("counties/*")) == before


def test_questions_are_kept_as_they_were_asked(app: App, answered: str) -> None:
    kept = Store(app.folder).named(answered)
    assert kept is not None
    assert asdict(kept.question)["command"][-1] == "2" and kept.question.when.tzinfo is not None
