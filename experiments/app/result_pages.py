"""Pages of questions that were asked: their progress, their answers, and what can be downloaded."""

from __future__ import annotations

import subprocess
import threading
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from importlib.util import find_spec
from io import BytesIO
from pathlib import Path
from typing import Any

from starlette.requests import Request
from starlette.responses import FileResponse, RedirectResponse, Response
from starlette.routing import Route

from experiments.app.jobs import Standing, State, Works, command_line, environment, shown
from experiments.app.pages import page, refusal
from experiments.app.store import REPORT, RESULTS, Kept, Store
from experiments.app.waiting import in_words
from experiments.engine.folder import PARTS
from experiments.report.paper import Paper, Section, paper_of
from experiments.report.result import read_results
from sim.scenario import ScenarioError

UPDATE_SECONDS = 5
REPORT_SECONDS = 300
"""A report of a large study with 30 charts takes half a minute; PDF a minute."""


@dataclass(frozen=True)
class Format:
    """A format of the report: what it is called, what makes it, and what it is sent as."""

    ending: str
    name: str
    library: str
    media: str


FORMATS = {
    one.ending: one
    for one in (
        Format(
            "docx",
            "Word document",
            "docxtpl",
            "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        ),
        Format("pdf", "PDF", "weasyprint", "application/pdf"),
        Format("html", "Web page in one file", "jinja2", "text/html"),
        Format(
            "xlsx",
            "Workbook of tables",
            "gptables",
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        ),
    )
}
CHARTS, DETAIL = "result-1-figures", "result-1"
ELSEWHERE = ("summary", "result-1-answer", "quality", "accessibility")
"""Sections that the page shows at its head, or that only make sense in a paper."""
ZIPPED = (".csv", ".json", ".txt", ".png", ".svg", ".geojson")
"""What goes into the zip of an answer; its Parquet tables hold what its CSV tables do."""


@dataclass(frozen=True)
class ResultPages:
    """The pages, over the app's folder."""

    store: Store
    works: Works
    guard: threading.Lock = field(default_factory=threading.Lock)

    def routes(self) -> list[Route]:
        """Their addresses."""
        return [
            Route("/results", self.overview),
            Route("/results/{name}", self.show),
            Route("/results/{name}/stop", self.stop, methods=["POST"]),
            Route("/results/{name}/go-on", self.go_on, methods=["POST"]),
            Route("/results/{name}/tables.zip", self.tables),
            Route("/results/{name}/report.{form}", self.report),
        ]

    def overview(self, request: Request) -> Response:
        """All questions, the latest first."""
        rows = [(kept, self.works.standing(kept)) for kept in self.store.all()]
        return page("results.html", {"rows": rows})

    def show(self, request: Request) -> Response:
        """How a question stands, or its answer."""
        kept = self.store.named(request.path_params["name"])
        if kept is None:
            return no_result()
        standing = self.works.standing(kept)
        told = {"kept": kept, "command": shown(kept.words), "folder": self.store.root}
        if standing.state == State.FINISHED:
            return answer_page(kept, told)
        if standing.state == State.RUNNING:
            return progress_page(standing, told, still="still" in request.query_params)
        return page("ended.html", {**told, "standing": standing})

    def stop(self, request: Request) -> Response:
        """Ask the work to stop."""
        return self._then_show(request, self.works.stop)

    def go_on(self, request: Request) -> Response:
        """Go on with work that has ended before its answer."""
        return self._then_show(request, self.works.start)

    def _then_show(self, request: Request, do: Any) -> Response:
        kept = self.store.named(request.path_params["name"])
        if kept is None:
            return no_result()
        do(kept)
        return RedirectResponse(f"/results/{kept.name}", status_code=303)

    def tables(self, request: Request) -> Response:
        """Tables, charts and manifest of an answer in one file."""
        kept = self.store.named(request.path_params["name"])
        if kept is None or not kept.finished:
            return no_result()
        return sent(zipped(kept), f"{kept.name}-tables.zip", "application/zip")

    def report(self, request: Request) -> Response:
        """The report in a format; made when it is asked for first."""
        kept = self.store.named(request.path_params["name"])
        form = FORMATS.get(request.path_params["form"])
        if kept is None or form is None or not kept.finished:
            return no_result()
        file = kept.report / f"report.{form.ending}"
        if not newer(file, kept):
            with self.guard:
                wrong = made(self.store, kept, form)
            if wrong:
                return refusal(500, f"The report could not be made as {form.name}", wrong)
        return FileResponse(file, media_type=form.media, filename=f"{kept.name}.{form.ending}")


def no_result() -> Response:
    """The page for a result that is not there."""
    return refusal(404, "There is no such result", "Choose it from the list of your results.")


def progress_page(standing: Standing, told: dict[str, Any], *, still: bool) -> Response:
    """How far the work is; the page comes anew by itself unless it is to be ``still``."""
    left = ""
    if 0 < standing.done < standing.total:
        left = in_words(standing.seconds / standing.done * (standing.total - standing.done))
    told = {
        **told,
        "standing": standing,
        "still": still,
        "every": UPDATE_SECONDS,
        "elapsed": in_words(standing.seconds),
        "left": left,
    }
    response = page("progress.html", told)
    if not still:
        response.headers["Refresh"] = str(UPDATE_SECONDS)
    return response


def answer_page(kept: Kept, told: dict[str, Any]) -> Response:
    """The answer: what the report says, in the app's frame."""
    try:
        paper = paper_in(kept)
    except ScenarioError as error:
        return refusal(500, "The answer cannot be shown", "; ".join(error.lines))
    told = {
        **told,
        "paper": paper,
        "sections": in_order(paper),
        "formats": [one for one in FORMATS.values() if find_spec(one.library)],
        "missing": [one.name for one in FORMATS.values() if not find_spec(one.library)],
        "manifest": kept.manifest,
        "report_command": shown(report_words(kept, "docx")),
    }
    return page("result.html", told, drawings=True)


def in_order(paper: Paper) -> list[tuple[int, Section]]:
    """The report's sections as a screen shows them: the charts first, without what is signed."""
    found = [(level, one) for level, one in paper.walk() if one.key not in ELSEWHERE]
    charts = [(2, replace(one, heading="Charts")) for _, one in found if one.key == CHARTS]
    rest = [(level, one) for level, one in found if one.key != CHARTS]
    detail = [
        (level, replace(one, heading="The answer in detail") if one.key == DETAIL else one)
        for level, one in rest
    ]
    return [*charts, *sorted(detail, key=lambda row: not row[1].key.startswith(DETAIL))]


def paper_in(kept: Kept) -> Paper:
    """The report of an answer. Raises ScenarioError if its files are damaged."""
    return paper_of(read_results([kept.answer]), kept.question.title, [], kept.question.when.date())


def report_words(kept: Kept, form: str) -> list[str]:
    """The words of the command that makes a report, from the app's folder."""
    folder = f"{RESULTS}/{kept.name}"
    out = ["--to", form, "--out", f"{folder}/{REPORT}"]
    return ["report", f"{folder}/answer", *out, "--title", kept.question.title]


def made(store: Store, kept: Kept, form: Format) -> str:
    """Make a report; why it could not be made, if so."""
    try:
        done = subprocess.run(
            command_line(report_words(kept, form.ending)),
            cwd=store.root,
            env=environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=REPORT_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return f"It took longer than {in_words(REPORT_SECONDS)}."
    told = done.stderr.decode("utf-8", errors="replace").strip()
    return "" if done.returncode == 0 else told or f"The command ended with {done.returncode}."


def newer(file: Path, kept: Kept) -> bool:
    """Whether a report is there and not older than its answer."""
    try:
        return file.stat().st_mtime >= (kept.answer / "manifest.json").stat().st_mtime
    except OSError:
        return False


def zipped(kept: Kept) -> bytes:
    """An answer's files, without the work behind them."""
    whole = BytesIO()
    with zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in files_of(kept.answer):
            archive.write(path, f"{kept.name}/{path.relative_to(kept.answer).as_posix()}")
    return whole.getvalue()


def files_of(answer: Path) -> Iterator[Path]:
    """The files of an answer: tables, charts, texts. No link is followed."""
    for path in sorted(answer.rglob("*")):
        inner = path.relative_to(answer).parts
        hidden = inner[0] == PARTS or any(part.startswith(".") for part in inner)
        if path.suffix in ZIPPED and path.is_file() and not path.is_symlink() and not hidden:
            yield path


def sent(content: bytes, name: str, media: str) -> Response:
    """A file to keep."""
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(content, media_type=media, headers=headers)
