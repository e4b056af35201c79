"""Pages of counties of one's own: copy one, send files, see what is wrong with them."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData, UploadFile
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from experiments.app import places
from experiments.app.asking import Problem
from experiments.app.cells import by_file
from experiments.app.county_files import (
    MOST_BYTES,
    RefusedError,
    Taken,
    keep_changed,
    keep_new,
    sent_files,
    zipped,
)
from experiments.app.guard import MOST_UPLOAD_BYTES
from experiments.app.jobs import command_line, environment, shown
from experiments.app.pages import page, refusal
from experiments.app.result_pages import sent
from experiments.app.store import COUNTIES, Store
from experiments.fit.targets import target_faults
from sim.scenario import Fault, ScenarioError, load_scenario
from sim.scenario.codes import is_safe
from sim.scenario.plausibility import warnings

MOST_SENT = 50
COPY_SECONDS = 60
NAME_RULE = "Use letters, digits, _ and -, with no spaces"


@dataclass(frozen=True)
class CountyPages:
    """The pages, over the app's folder."""

    store: Store

    def routes(self) -> list[Route]:
        """Their addresses."""
        return [
            Route("/counties", self.overview),
            Route("/counties/copy", self.copy, methods=["POST"]),
            Route("/counties/send", self.send, methods=["POST"]),
            Route("/counties/{name}", self.show),
            Route("/counties/{name}/files", self.change, methods=["POST"]),
            Route("/counties/{name}/files.zip", self.files),
        ]

    def overview(self, request: Request) -> Response:
        """Counties of one's own, and how to make one."""
        return self.listed({}, [])

    def listed(self, given: dict[str, str], problems: Sequence[Problem]) -> Response:
        """The same with what is wrong with a form of it."""
        told = {
            "own": [(name, self.faults(name)) for name in self.store.own_counties()],
            "shipped": [(name, places.title_of(name)) for name in places.shipped()],
            "given": given,
            "problems": problems,
            "most": MOST_UPLOAD_BYTES // 1_000_000,
            "most_unpacked": MOST_BYTES // 1_000_000,
        }
        return page("counties.html", told, 422 if problems else 200)

    async def copy(self, request: Request) -> Response:
        """Copy a county that ships."""
        form = await request.form(max_files=0, max_fields=10)
        return await run_in_threadpool(self.copied, form)

    def copied(self, form: FormData) -> Response:
        """The same, by ``caremarket new``."""
        name, parent = str(form.get("name", "")).strip(), str(form.get("from", ""))
        given = {"name": name, "from": parent}
        if wrong := self.wrong_name(name):
            return self.listed(given, [Problem("name", wrong)])
        if parent not in places.shipped():
            return self.listed(given, [Problem("from", "Choose the county to copy")])
        words = ["new", f"{COUNTIES}/{name}", "--from", parent]
        done = subprocess.run(
            command_line(words),
            cwd=self.store.root,
            env=environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=COPY_SECONDS,
            check=False,
        )
        if done.returncode != 0:
            told = done.stderr.decode("utf-8", errors="replace").strip()
            return self.listed(given, [Problem("name", told or "The copy could not be made")])
        return RedirectResponse(f"/counties/{name}", status_code=303)

    def wrong_name(self, name: str) -> str:
        """Why a new county cannot have a name, if so."""
        if not name:
            return "Enter a name for your county"
        if not is_safe(name):
            return f"This name cannot be used. {NAME_RULE}"
        if name in places.shipped() or (self.store.counties / name).exists():
            return f"There is a county named {name} already. Choose another name"
        return ""

    async def send(self, request: Request) -> Response:
        """Take the files of a new county."""
        form = await request.form(max_files=MOST_SENT, max_fields=10)
        sent_ = await contents(form)
        return await run_in_threadpool(self.taken, str(form.get("new-name", "")).strip(), sent_)

    def taken(self, name: str, sent_: list[tuple[str, bytes]]) -> Response:
        """Keep the files of a new county."""
        given = {"new-name": name}
        if wrong := self.wrong_name(name):
            return self.listed(given, [Problem("new-name", wrong)])
        try:
            taken = sent_files(sent_)
            keep_new(self.store.counties / name, taken)
        except RefusedError as error:
            return self.listed(given, [Problem("new-files", str(error))])
        return self.shown(name, taken=taken)

    def show(self, request: Request) -> Response:
        """A county, and what is wrong with it."""
        name = request.path_params["name"]
        return self.shown(name) if name in self.store.own_counties() else no_county()

    async def change(self, request: Request) -> Response:
        """Take files over those of a county."""
        form = await request.form(max_files=MOST_SENT, max_fields=10)
        sent_ = await contents(form)
        return await run_in_threadpool(self.changed, request.path_params["name"], sent_)

    def changed(self, name: str, sent_: list[tuple[str, bytes]]) -> Response:
        """Keep changed files of a county."""
        if name not in self.store.own_counties():
            return no_county()
        try:
            taken = sent_files(sent_)
            changed = keep_changed(self.store.counties / name, taken)
        except RefusedError as error:
            return self.shown(name, problems=[Problem("files", str(error))])
        return self.shown(name, taken=taken, changed=changed)

    def shown(
        self,
        name: str,
        *,
        problems: Sequence[Problem] = (),
        taken: Taken | None = None,
        changed: Sequence[str] = (),
    ) -> Response:
        """A county's page."""
        folder = self.store.counties / name
        faults = self.faults(name)
        told: dict[str, Any] = {
            "name": name,
            "title": name,
            "files": by_file(folder, faults),
            "number": len(faults),
            "odd": [],
            "notes": taken.notes if taken else [],
            "changed": changed,
            "problems": problems,
            "command": shown(["check", f"{COUNTIES}/{name}"]),
            "folder": self.store.root,
            "most": MOST_UPLOAD_BYTES // 1_000_000,
        }
        if not faults:
            scenario = load_scenario(folder)
            told |= {"title": scenario.name, "odd": warnings(scenario), "about": described(folder)}
        return page("county.html", told, 422 if problems else 200)

    def faults(self, name: str) -> list[Fault]:
        """What is wrong with a county; what ``caremarket check`` finds."""
        folder = self.store.counties / name
        try:
            load_scenario(folder)
        except ScenarioError as error:
            return [*error.faults, *target_faults(str(folder))]
        return target_faults(str(folder))

    def files(self, request: Request) -> Response:
        """A county's files in one."""
        name = request.path_params["name"]
        if name not in self.store.own_counties():
            return no_county()
        return sent(zipped(self.store.counties / name), f"{name}.zip", "application/zip")


def described(folder: Path) -> str:
    """A sound county in a sentence."""
    scenario = load_scenario(folder)
    return (
        f"{len(scenario.areas)} areas, {len(scenario.providers)} providers and "
        f"{len(scenario.branches)} teams, simulated from {scenario.calendar.start.year} to "
        f"{scenario.calendar.end.year}."
    )


def no_county() -> Response:
    """The page for a county that is not there."""
    return refusal(404, "There is no such county", "Choose it from the list of your counties.")


async def contents(form: FormData) -> list[tuple[str, bytes]]:
    """Names and contents of the files that a form brings; a field without a file brings none."""
    sent_ = [one for one in form.getlist("files") if isinstance(one, UploadFile)]
    return [(one.filename, await one.read()) for one in sent_ if one.filename]
