"""The page on the Python interface holds: its examples run in their order, word for word."""

from __future__ import annotations

import re
from pathlib import Path
from xml.sax.saxutils import quoteattr

import pytest
from command_line import python

from experiments import api
from sim.scenario import ScenarioError

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "reference" / "python.md"
STUDY = """
name = "steps"
county = "small"
until = 2024-09-30
outcomes = ["list_people_peak"]
[replications]
number = 2
[[scenarios]]
name = "as_it_is"
[[scenarios]]
name = "more_people"
set = { "demand.growth_per_year" = 0.05 }
"""


def examples() -> list[str]:
    return re.findall(r"^```python\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), re.M | re.S)


def test_the_examples_of_the_page_run(tmp_path: Path) -> None:
    (tmp_path / "first_steps_small.toml").write_text(STUDY, encoding="utf-8")
    (tmp_path / "page.py").write_text("\n".join(examples()[:-1]), encoding="utf-8")
    done = python(tmp_path, "-c", "import page; print('RUN TO THE END')")
    assert done.code == 0, done.err
    assert done.out.endswith("RUN TO THE END\n")
    assert "3 replications" in done.out and "a model, not a forecast" in done.out.lower()
    assert {path.name for path in tmp_path.iterdir()} - {"__pycache__"} == {
        "first_steps_small.toml",
        "page.py",
    }


def test_the_script_of_the_page_uses_processes(tmp_path: Path) -> None:
    head = examples()[0] + 'plain = api.scenario("small", until="2024-06-30")\n'
    script = tmp_path / "script.py"
    script.write_text(head + examples()[-1], encoding="utf-8")
    done = python(tmp_path, str(script))
    assert done.code == 0 and "2 replications" in done.out, done.err
    bare = tmp_path / "bare.py"
    unguarded = examples()[-1].splitlines()[1].strip()
    bare.write_text(f"{head}{unguarded}\n", encoding="utf-8")
    refused = python(tmp_path, str(bare))
    assert refused.code == 1 and refused.err.count("Traceback") == 1
    assert "would be started again by every process" in refused.err


def test_every_function_is_on_the_page() -> None:
    text = PAGE.read_text(encoding="utf-8")
    missing = [name for name in api.__all__ if name != "Answer" and f"api.{name}(" not in text]
    assert not missing


def test_an_answer_in_a_folder_is_what_the_command_gives(tmp_path: Path) -> None:
    from command_line import spawned

    county = api.scenario("small", until="2024-06-30")
    answer = api.run(county, replications=2, jobs=1, out=tmp_path / "api")
    words = ("run", "small", "--until", "2024-06-30", "-r", "2", "--jobs", "1", "--out", "verb")
    assert spawned(tmp_path, *words).code == 0
    for name in answer.tables:
        mine, theirs = tmp_path / "api" / f"{name}.csv", tmp_path / "verb" / f"{name}.csv"
        assert mine.read_bytes() == theirs.read_bytes()


def test_what_cannot_be_asked_is_told_at_once() -> None:
    county = api.scenario("small", until="2025-12-31")
    with pytest.raises(ScenarioError, match="no provider 'nobody'"):
        api.stress(county, who=["nobody"], on=["2025-03-01"])
    with pytest.raises(ScenarioError, match="no published figures"):
        api.fit(county)
    with pytest.raises(ScenarioError, match="no failure to measure"):
        api.bands(county, {})
    with pytest.raises(ScenarioError, match="there is no such commissioning model"):
        api.compare_models(county, models=["nothing"])


def test_a_chart_is_found_by_its_name_and_shown_with_its_words() -> None:
    answer = api.run(api.scenario("small", until="2024-03-31"), jobs=1)
    chart = answer.chart("waiting_list")
    assert chart in answer.charts and quoteattr(chart.alt) in chart._repr_html_()
    with pytest.raises(KeyError):
        answer.chart("nothing")


def test_a_story_of_somebody_given_is_told_only_if_asked_for(tmp_path: Path) -> None:
    rows = "provider,area,hours_per_week\nANCHOR,HARBOUR,6.5\n"
    (tmp_path / "caseload.csv").write_text(rows, encoding="utf-8")
    county = api.scenario("small", until="2024-02-29", caseload=tmp_path / "caseload.csv")
    with pytest.raises(ScenarioError, match="stories are about single people"):
        api.story(county, 1)


def test_a_paper_in_no_known_format_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match="odt is not a format"):
        api.report(tmp_path, to=["odt"])
