"""The Python interface: a function a question, its answer as tables. Provisional until 1.0.

Nothing is written unless a folder is asked for. Each function takes a scenario, as ``scenario``
makes it, and gives an ``Answer``: DataFrames by name, charts, and the first screen in words. They
raise ScenarioError with every fault of what was asked, and WorkersError if processes cannot be
used, as in a script without ``if __name__ == "__main__":``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from experiments.engine.carrying import Engine, StoppedError
from experiments.engine.executors import Workers, on_cores
from experiments.engine.folder import at_work
from experiments.engine.limits import all_cores
from experiments.engine.own_processes import on_own_processes
from experiments.engine.parts import InMemory, Store
from experiments.engine.question import Answers, Question
from experiments.engine.runner import Runner
from experiments.engine.screen import Screen, stopping
from experiments.engine.work import Work
from experiments.results.provenance import Failed
from sim.outcomes.levels import SUFFICES
from sim.scenario import Fault, Scenario, ScenarioError, load_scenario
from sim.scenario.dates import date_at
from sim.scenario.faults import Place as FaultPlace
from sim.simulation import simulate
from sim.vocabulary import FailureKind, ResponseKind

if TYPE_CHECKING:
    import pandas as pd

    from experiments.charts.chart import Chart
    from experiments.results.writing import Output

__all__ = [
    "Answer",
    "adequacy",
    "bands",
    "compare_models",
    "fit",
    "hindcasts",
    "history",
    "report",
    "run",
    "scenario",
    "simulate",
    "story",
    "stress",
    "study",
]

Day = date | str
FOLDER = "python"


class NoAnswerError(RuntimeError):
    """Nothing can be told, because every piece of the work failed; the message names the first."""


@dataclass(frozen=True)
class Answer:
    """What a question found: ``tables`` by name, the first screen, charts and the manifest.

    ``failed``: pieces of the work without a result, which the tables leave out.
    """

    tables: Mapping[str, pd.DataFrame]
    summary: Sequence[str]
    charts: Sequence[Chart]
    manifest: Mapping[str, Any]
    failed: Sequence[Failed] = field(default=())

    def __str__(self) -> str:
        return "\n".join(self.summary)

    def __getitem__(self, table: str) -> pd.DataFrame:
        """A table by its name. Raises KeyError."""
        return self.tables[table]

    def chart(self, name: str) -> Chart:
        """A chart by its name: ``figure``, ``data``, ``alt`` and ``title``. Raises KeyError."""
        return {chart.name: chart for chart in self.charts}[name]


def scenario(
    county: str | Path,
    *,
    overrides: Sequence[str] = (),
    settings: Mapping[str, Any] | None = None,
    until: Day | None = None,
    commissioning: str | None = None,
    failures: Sequence[Mapping[str, Any]] = (),
    caseload: Path | str | None = None,
) -> Scenario:
    """A county that ships, or a folder of your own, with changes. Raises ScenarioError.

    ``settings``: values by dotted path, as ``--set``; ``failures``: rows of the table of failures,
    such as ``{"who": "principal:KINGS_LYNN", "date": "2026-07-01"}``; ``caseload``: a file of the
    people in care on the first day.
    """
    values = dict(settings or {})
    if until is not None:
        values["calendar.end"] = until
    loaded = load_scenario(
        county,
        overrides=overrides,
        settings=values,
        commissioning=commissioning,
        files={} if caseload is None else {"caseload": Path(caseload)},
    )
    return loaded.changed({"failures": [dict(row) for row in failures]}) if failures else loaded


def run(
    scenario: Scenario,
    *,
    replications: int = 1,
    seed: int = 1,
    jobs: int | None = None,
    out: Path | str | None = None,
    people: bool = False,
) -> Answer:
    """How the market holds: ``figures``, weekly tables, and what follows each failure.

    ``people``: with a caseload, also tables that tell of single people.
    """
    _refuse_less_than_one(replications=replications, jobs=jobs)
    from experiments.run.question import question

    return _answered(question(scenario, seed, replications, people=people), jobs, out)


def stress(
    scenario: Scenario,
    *,
    who: Sequence[str] = (),
    on: Sequence[Day] = (),
    every_months: int = 6,
    kind: FailureKind = "closure",
    notice_days: float = 0.0,
    staff_move_share: float | None = None,
    response: ResponseKind = "split",
    responder: str | None = None,
    replications: int = 5,
    choose_within: float | None = None,
    at_most: int = 100,
    seed: int = 1,
    jobs: int | None = None,
    out: Path | str | None = None,
) -> Answer:
    """The worst place and time to lose a provider: ``ranking``, ``places``, ``contingencies``.

    ``who``: rules such as ``principal:KINGS_LYNN`` or ``largest``; all principals unless given.
    ``on``: dates; every so many months unless given. ``choose_within``: go on until the worst place
    is known (``selection``), where so many hours do not matter; ``at_most``: replications for it.
    """
    _refuse_less_than_one(replications=replications, jobs=jobs, at_most=at_most)
    from experiments.stress.asked import choosing_faults, date_faults, places_named
    from experiments.stress.question import question
    from experiments.stress.stages import Choosing
    from experiments.stress.work import Manner, dates_of

    manner = Manner(kind, notice_days, staff_move_share, response, responder)
    choosing = None if choose_within is None else Choosing(choose_within, at_most)
    if wrong := [*choosing_faults(choose_within, at_most, replications)]:
        raise ScenarioError(wrong)
    dates = [_date(day) for day in on] or dates_of(scenario, every_months, manner)
    if wrong := date_faults(scenario, dates, manner):
        raise ScenarioError(wrong)
    row: dict[str, Any] = {
        "kind": kind,
        "date": dates[-1],
        "notice_days": notice_days,
        "response": response,
    }
    row |= {"responder": responder} if responder else {}
    if who:  # whoever is not there is told before anything is run
        scenario.changed({"failures": [{**row, "who": rule} for rule in who]})
    plain = scenario.model_copy(update={"failures": ()})
    places = places_named(plain, list(dict.fromkeys(who)))
    asked = question(plain, seed, replications, places, dates, manner, choosing)
    return _answered(asked, jobs, out)


def adequacy(
    scenario: Scenario,
    *,
    sample: int | None = None,
    suffices: float = SUFFICES,
    replications: int = 5,
    seed: int = 1,
    jobs: int | None = None,
    out: Path | str | None = None,
) -> Answer:
    """N-1: ``n_minus_1_by_provider``, ``n_minus_1_by_area`` by month, ``erosion``.

    ``sample``: area-months at which the principal is really closed, and its team alone stopped;
    ``suffices``: N-1 from which the fallback suffices.
    """
    _refuse_less_than_one(replications=replications, jobs=jobs)
    from experiments.adequacy.question import question

    return _answered(question(scenario, seed, replications, sample, suffices), jobs, out)


def bands(
    scenario: Scenario,
    values: Mapping[int, Mapping[str, float]],
    *,
    suffices: float = SUFFICES,
    seed: int = 1,
    jobs: int | None = None,
    out: Path | str | None = None,
) -> Answer:
    """The headlines over sets of parameters: ``bands``, ``matters``, ``flips``.

    The scenario has the failure that is measured. ``values``: sets by number, values by path.
    Raises ScenarioError if there is no failure.
    """
    _refuse_less_than_one(jobs=jobs)
    from experiments.bands.question import question

    if not scenario.failures:
        wrong, mend = "there is no failure to measure", "Give the scenario one: failures=[...]"
        raise ScenarioError([Fault(FaultPlace("failures"), wrong, mend)])
    return _answered(question(scenario, seed, values, suffices), jobs, out)


def compare_models(
    scenario: Scenario,
    *,
    models: Sequence[str] = (),
    on: Day | None = None,
    replications: int = 5,
    seed: int = 1,
    jobs: int | None = None,
    out: Path | str | None = None,
) -> Answer:
    """Every way of commissioning on the same people and carers: ``models``, ``holders``."""
    _refuse_less_than_one(replications=replications, jobs=jobs)
    from experiments.models.asked import closing_day, model_faults, models_of, never_live
    from experiments.models.question import question
    from experiments.models.rules import under

    if wrong := [*model_faults(models), *never_live(scenario)]:
        raise ScenarioError(wrong)
    closes = closing_day(scenario, None if on is None else str(on))
    chosen = {code: under(scenario, code) for code in models_of(scenario, models)}
    return _answered(question(scenario, seed, replications, chosen, closes), jobs, out)


def fit(
    scenario: Scenario,
    *,
    replications: int = 10,
    seed: int = 1,
    jobs: int | None = None,
    out: Path | str | None = None,
) -> Answer:
    """The model beside the county's published figures: ``fit``."""
    _refuse_less_than_one(replications=replications, jobs=jobs)
    from experiments.fit.question import question

    if not scenario.targets:
        wrong, mend = "there are no published figures", "Give the county a targets.csv"
        raise ScenarioError([Fault(FaultPlace("targets.csv"), wrong, mend)])
    return _answered(question(scenario, seed, replications), jobs, out)


def history(
    scenario: Scenario,
    *,
    first: Day | None = None,
    last: Day | None = None,
    replications: int = 30,
    seed: int = 1,
    jobs: int | None = None,
    out: Path | str | None = None,
) -> Answer:
    """How often principals are lost with no failure scripted: counts, absences, suspensions."""
    _refuse_less_than_one(replications=replications, jobs=jobs)
    from experiments.history.asked import worlds_of
    from experiments.history.question import question

    days = (None if first is None else _date(first), None if last is None else _date(last))
    worlds = worlds_of(scenario, *days)
    return _answered(question(scenario, seed, replications, worlds, days), jobs, out)


def hindcasts(
    *cases: str,
    replications: int = 30,
    seed: int = 1,
    jobs: int | None = None,
    out: Path | str | None = None,
) -> Answer:
    """Recorded cases beside what is on record of them: by code or file, all if none is named.

    Raises ScenarioError with all that is wrong with them.
    """
    _refuse_less_than_one(replications=replications, jobs=jobs)
    from experiments.hindcasts.asked import cases_asked_for
    from experiments.hindcasts.question import question

    named, faults = cases_asked_for(cases)
    if faults:
        raise ScenarioError(faults)
    return _answered(question(named, seed, replications), jobs, out)


def study(
    file: Path | str,
    *,
    jobs: int | None = None,
    out: Path | str | None = None,
    own_code: bool = False,
) -> Answer:
    """A study of scenarios, draws and replications from its TOML file, or one that ships.

    ``out``: the folder of the study, which is gone on with if it was begun. ``own_code``: whether
    Python that the study brings may be run.
    """
    _refuse_less_than_one(jobs=jobs)
    from experiments.study.freezing import study_of

    asked = study_of(str(file), own_code=own_code)
    if out is not None:
        return _studied(asked, Path(out), jobs)
    with TemporaryDirectory(prefix="caremarket-") as folder:
        return _studied(asked, Path(folder) / "study", jobs)


def story(
    scenario: Scenario, package: int, *, seed: int = 1, replication: int = 0, people: bool = False
) -> pd.DataFrame:
    """What happens to one person, in dated sentences: ``date`` and ``text``, in one replication.

    ``package``: the person's number in the tables ``referrals`` and ``displacements`` of a run.
    ``people``: needed where the scenario has a caseload, whose rows may be somebody.
    Raises KeyError if nobody has that number.
    """
    import pandas as pd

    from sim.outcomes.stories import person_story

    if scenario.caseload and not people:
        wrong = "a caseload is given, and stories are about single people"
        mend = "Give people=True if they are for this machine alone"
        raise ScenarioError([Fault(FaultPlace("story"), wrong, mend)])
    ledger = simulate(scenario, seed=seed, replication=replication)
    lines = person_story(ledger, scenario, package)
    return pd.DataFrame(
        {"date": [line.date for line in lines], "text": [line.text for line in lines]}
    )


def report(
    *folders: Path | str,
    to: Sequence[str] = ("html", "docx"),
    out: Path | str | None = None,
    title: str = "",
    template: Path | str | None = None,
) -> list[str]:
    """A committee paper from result folders: the files made, and what must be said of them.

    ``to``: html, docx, pdf, xlsx; ``template``: a Word template of your own. Needs the extra
    ``report``. Raises ScenarioError.
    """
    from experiments.report.making import make

    mine = None if template is None else Path(template)
    return list(make([*map(Path, folders)], to, None if out is None else Path(out), title, mine))


def _studied(asked: Any, folder: Path, jobs: int | None) -> Answer:
    from experiments.study.begun import opened, parts_of
    from experiments.study.folder import manifest, write_results
    from experiments.study.pictures import drawn
    from experiments.study.progress import Progress, carried_out
    from experiments.study.work import CELLS

    workers = _workers(CELLS, jobs)
    with opened(folder, asked, resume=True) as begun, Runner(workers, CELLS) as runner:
        progress = Progress(begun, begun.replications.number)
        with stopping(runner), Screen("runs") as screen:
            carried_out(begun, Engine(parts_of(folder), runner, told=screen.told), progress)
        if runner.stopping:
            raise StoppedError(progress.finished, progress.total)
        results = write_results(folder, progress)
    names = [named.name for named in begun.scenarios]
    charts = drawn(begun, results.tables, results.replications, names)
    failed = [Failed(begun.told(run.cell), run.error) for run in results.failed]
    made = manifest(begun, results.replications, results.failed)
    return Answer(results.tables, results.summary, charts, made, failed)


def _answered(question: Question, jobs: int | None, out: Path | str | None) -> Answer:
    """Carry a question's work out, in memory, or in a folder that it is then written to."""
    from experiments.results.writing import write_output

    if out is None:
        return _told(*_carried_out(question, InMemory(), jobs))
    folder = Path(out)
    with at_work(folder, question.work, question.depends_on, resume=True) as parts:
        answers, output = _carried_out(question, parts, jobs)
        write_output(folder, output)
    return _told(answers, output)


def _carried_out(question: Question, store: Store, jobs: int | None) -> tuple[Answers, Output]:
    workers = _workers(question.work, jobs)
    with (
        Runner(workers, question.work) as runner,
        stopping(runner),
        Screen(question.counted) as screen,
    ):
        answers = question.answered(Engine(store, runner, told=screen.told).answers, [])
    answers = replace(answers, command=(FOLDER, question.work.name))
    output = question.output(answers)
    if output is None:
        raise NoAnswerError(f"{answers.failed[0].label}: {answers.failed[0].error}")
    return answers, output


def _refuse_less_than_one(**numbers: int | None) -> None:
    """Raise ScenarioError for each number that is given and is less than one."""
    wrong = [
        Fault(FaultPlace(f"{name}={number}"), "it is not allowed", "Give 1 or more")
        for name, number in numbers.items()
        if number is not None and number < 1
    ]
    if wrong:
        raise ScenarioError(wrong)


def _workers(work: Work, jobs: int | None) -> Workers:
    used = jobs or all_cores()
    return on_own_processes(used) if work.forks else on_cores(used)


def _told(answers: Answers, output: Output) -> Answer:
    tables = {table.name: frame for table, frame in output.tables}
    return Answer(tables, output.lines(full=True), output.charts, output.manifest, answers.failed)


def _date(day: Day) -> date:
    """A date, also from its ISO form. Raises ScenarioError."""
    if not isinstance(day, str):
        return day
    found, wrong = date_at(FaultPlace(day), day)
    if found is None:
        raise ScenarioError(wrong)
    return found
