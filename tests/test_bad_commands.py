"""What commands and studies refuse: at once, whole, in seconds, with nothing written."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from command_line import Caremarket, Done

from experiments.study.file import StudyFile, read_file
from sim.scenario import ScenarioError, load_scenario

LARGEST = 2**63 - 1
STUDY = """
name = "mine"
county = "small"
outcomes = ["list_people_peak"]
[[scenarios]]
name = "as_is"
"""
BY_SEED: dict[str, tuple[str, ...]] = {
    "run": ("small",),
    "stress": ("small",),
    "adequacy": ("small",),
    "bands": ("norfolk", "--fail", "principal:KINGS_LYNN", "--on", "2026-07-01"),
    "compare": ("as_is", "more_newcomers", "--county", "small"),
    "compare-models": ("small",),
    "fit": ("norfolk",),
    "trace": ("small", "--provider", "ANCHOR"),
    "history": ("small",),
}
BY_JOBS = {
    **BY_SEED,
    "sweep": ("first_steps",),
    "calibrate": ("norfolk",),
    "extend": ("x", "-r", "5"),
}
del BY_JOBS["trace"]
BY_REPLICATIONS = {**BY_SEED, "extend": ("x",)}
del BY_REPLICATIONS["trace"], BY_REPLICATIONS["bands"]
NUMBERS = [
    (verb, words, option, value)
    for option, verbs, values in (
        ("--seed", BY_SEED, ("-1", str(2**63), "9" * 400)),
        ("--jobs", BY_JOBS, ("0", "-1", "1000000")),
        ("--replications", BY_REPLICATIONS, ("0", "-1", "1000000000")),
    )
    for verb, words in verbs.items()
    for value in values
]


def refused(done: Done, folder: Path, *kept: str) -> list[str]:
    """The lines told by a command that wrote nothing."""
    assert done.code == 2, done.out + done.err
    assert "Traceback" not in done.err
    assert sorted(path.name for path in folder.iterdir()) == sorted(kept)
    lines = done.err.splitlines()
    heading = next(i for i, line in enumerate(lines) if "nothing was run or written" in line)
    return [line.strip() for line in lines[heading + 1 :]]


# Options --------------------------------------------------------------------------------------


@pytest.mark.parametrize(("verb", "words", "option", "value"), NUMBERS)
def test_a_number_out_of_range_is_refused_by_every_verb(
    caremarket: Caremarket,
    tmp_path: Path,
    verb: str,
    words: tuple[str, ...],
    option: str,
    value: str,
) -> None:
    lines = refused(caremarket(verb, *words, option, value), tmp_path)
    assert len(lines) == 1
    assert lines[0].startswith(f"{option} {value[:60]}")
    assert "Allowed: a whole number at least" in lines[0]


@pytest.mark.parametrize("verb", ["run", "stress", "adequacy", "compare-models", "fit"])
def test_numbers_are_refused_with_all_else(
    caremarket: Caremarket, tmp_path: Path, verb: str
) -> None:
    words = ("--seed", "-1", "--jobs", "0", "-r", "0", "--set", "care.reviews=3")
    lines = refused(caremarket(verb, "norfolk", *words), tmp_path)
    for told in ("--seed -1: ", "--jobs 0: ", "--replications 0: ", "--set care.reviews: "):
        assert sum(line.startswith(told) for line in lines) == 1, lines


def test_ten_thousand_british_dates_are_one_line(caremarket: Caremarket, tmp_path: Path) -> None:
    heading = "person,date,area,hours_per_week,carers_a_visit,settlement,hospital,stay_days"
    rows = [
        f"R{n:05},{n % 28 + 1:02}/{n % 12 + 1:02}/2024,COASTAL,19.00,1,,no," for n in range(10_000)
    ]
    (tmp_path / "mine.csv").write_text("\n".join([heading, *rows]), encoding="utf-8")
    began = time.process_time()
    done = caremarket("check", "norfolk", "--referrals", "mine.csv")
    assert time.process_time() - began < 2
    assert done.err.startswith("10,000 faults of 1 kind; nothing was run or written:")
    assert refused(done, tmp_path, "mine.csv") == [
        "mine.csv, 10,000 rows (2, 3, 4 … 10001), column date: for instance, '01/01/2024' is not "
        "allowed. Allowed: a date YYYY-MM-DD (a spreadsheet program may have rewritten it: format "
        "the column as text)"
    ]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("run", "small", "--until", "{}"), "--until {}"),
        (("run", "small", "--fail", "largest", "--on", "{}"), "--on {}"),
        (("stress", "small", "--until", "{}"), "--until {}"),
        (("stress", "small", "--on", "{}"), "--on {}"),
        (("history", "small", "--from", "{}"), "--from {}"),
        (("history", "small", "--to", "{}"), "--to {}"),
        (("compare-models", "small", "--on", "{}"), "--on {}"),
        (("compare", "as_is", "more_newcomers", "--until", "{}"), "--until {}"),
        (("adequacy", "small", "--until", "{}"), "--until {}"),
    ],
)
@pytest.mark.parametrize("text", ["01/07/2026", "20260701"])
def test_every_option_takes_one_way_of_writing_a_date(
    caremarket: Caremarket, tmp_path: Path, words: tuple[str, ...], told: str, text: str
) -> None:
    lines = refused(caremarket(*(word.format(text) for word in words)), tmp_path)
    hint = ", such as 2026-07-01 or 2026-01-07" if "/" in text else ""
    assert f"{told.format(text)}: not a date. Write it as YYYY-MM-DD{hint}" in lines


@pytest.mark.parametrize("verb", ["run", "stress"])
@pytest.mark.parametrize(
    ("until", "wrong"), [("2020-01-01", "lies before"), ("2190-01-01", "is too far in the future")]
)
def test_faults_of_until_are_told_of_until(
    caremarket: Caremarket, tmp_path: Path, verb: str, until: str, wrong: str
) -> None:
    lines = refused(caremarket(verb, "norfolk", "--until", until), tmp_path)
    assert lines[0].startswith(f"--until {until}: {until} {wrong}")
    assert "--set calendar.end" not in "".join(lines)


@pytest.mark.parametrize(
    "value",
    [
        "[" * 2000 + "]" * 2000,
        "{a=" * 300 + "1" + "}" * 300,
        "9" * 400,
        "9" * 5000,
        "0x" + "f" * 999,
    ],
    ids=["deep list", "deep table", "400 digits", "5,000 digits", "hexadecimal"],
)
def test_a_monstrous_value_is_one_fault(caremarket: Caremarket, tmp_path: Path, value: str) -> None:
    lines = refused(caremarket("check", "small", "--set", f"care.ends_by_death={value}"), tmp_path)
    assert len(lines) == 1
    assert lines[0].startswith("--set care.ends_by_death: ")
    assert len(lines[0]) < 300


def test_a_value_that_breaks_out_of_its_line_is_refused(
    caremarket: Caremarket, tmp_path: Path
) -> None:
    done = caremarket("check", "small", "--set", "care.ends_by_death=0.5\nother = 1")
    assert "more than one value" in refused(done, tmp_path)[0]


@pytest.mark.parametrize("verb", ["run", "stress", "adequacy", "fit", "compare-models", "sweep"])
@pytest.mark.parametrize("kind", ["loop", "dangling", "inside", "long"])
def test_a_folder_that_cannot_be_is_refused_before_anything_runs(
    caremarket: Caremarket, tmp_path: Path, verb: str, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / ("x" * 300 if kind == "long" else "out")
    if kind != "long":
        try:
            out.symlink_to(tmp_path / "nothing" if kind == "dangling" else out)
        except OSError:
            pytest.skip("no links may be made here")
    monkeypatch.setattr("sim.simulation.Simulation.run", None)
    county = "first_steps" if verb == "sweep" else "norfolk"
    wanted = out / "inner" if kind == "inside" else out
    kept = () if kind == "long" else ("out",)
    lines = refused(caremarket(verb, county, "--out", str(wanted)), tmp_path, *kept)
    assert lines[0].startswith(f"--out {wanted}: ")


# Studies --------------------------------------------------------------------------------------


def leaves(
    schema: dict[str, Any], whole: dict[str, Any], path: str = ""
) -> Iterator[tuple[str, set[str]]]:
    """Every key of a study by its path, with the types that are declared for it."""
    if "$ref" in schema:
        schema = whole["$defs"][schema["$ref"].rsplit("/", 1)[-1]]
    for key, inner in schema.get("properties", {}).items():
        yield from leaves(inner, whole, f"{path}.{key}" if path else key)
    if "items" in schema:
        yield from leaves(schema["items"], whole, f"{path}[1]")
    types = {option.get("type") for option in (schema, *schema.get("anyOf", []))}
    if types & {"string", "number", "integer", "boolean"}:
        yield path, {str(one) for one in types if one} - {"null"}


SCHEMA = StudyFile.model_json_schema()
KEYS = dict(leaves(SCHEMA, SCHEMA))
SILENT: dict[str, tuple[Any, ...]] = {
    "number": (True, "3"),
    "integer": (True, "3", 3.0),
    "boolean": (1, 0, "yes", "true", 1.0),
    "string": (1, True, 1.5),
}
REPAIRED = [
    (path, value)
    for path, types in KEYS.items()
    for type_ in types
    if len(types) == 1
    for value in SILENT[type_]
]


def placed(told: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    """A study's values with one in the place of a path."""
    here: Any = told
    steps = [step for step in re.split(r"\.|(?=\[)", path) if step]
    for step, after in zip(steps, [*steps[1:], None], strict=True):
        inner: Any = value if after is None else [] if after == "[1]" else {}
        if step == "[1]":
            here += [inner] if not here else []
            here[0] = value if after is None else here[0]
            here = here[0]
        else:
            here[step] = value if after is None else here.get(step) or inner
            here = here[step]
    return told


def as_toml(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f'"{key}" = {as_toml(inner)}' for key, inner in value.items()) + "}"
    if isinstance(value, list):
        return f"[{', '.join(map(as_toml, value))}]"
    return str(value).lower() if isinstance(value, bool) else repr(value)


def test_every_key_of_a_study_is_tried() -> None:
    assert {"replications.number", "draws.levers[1].log", "scenarios[1].compared"} <= set(KEYS)
    assert len(REPAIRED) > 60


@pytest.mark.parametrize(("path", "value"), REPAIRED)
def test_a_study_repairs_nothing_in_silence(tmp_path: Path, path: str, value: Any) -> None:
    usual = {"name": "mine", "county": "small", "outcomes": ["list_people_peak"]}
    whole = placed({**usual, "scenarios": [{"name": "as_is"}]}, path, value)
    file = tmp_path / "mine.toml"
    text = "\n".join(f"{key} = {as_toml(inner)}" for key, inner in whole.items())
    file.write_text(text, encoding="utf-8")
    found, faults = read_file(file)
    assert found is None
    assert f"mine.toml, key {path}: {value!r} is not allowed." in "\n".join(map(str, faults))


BROKEN = {
    "a seed of 64 bits": ("seed = 18446744073709551616", "key seed: 18446744073709551616 is too"),
    "a seed of 63 bits and more": ("seed = -1", "key seed: -1 is not allowed"),
    "a grid of lists": (
        '[draws]\nmethod = "grid"\n[[draws.levers]]\npath = "packages.hours_values"\n'
        "values = [[1, 2], [3]]",
        "key draws.levers[1].values[1]: [1, 2] is not allowed",
    ),
    "a grid of what is not finite": (
        '[draws]\nmethod = "grid"\n[[draws.levers]]\npath = "care.mean_stay_days"\nvalues = [nan]',
        "key draws.levers[1].values[1]: nan is not allowed",
    ),
    "a name of a folder above": ('name = "../up"', "key name: '../up' is not allowed"),
    "a reserved name": ('name = "CON"', "key name: 'CON' is not allowed"),
    "a long name": (f'name = "{"x" * 200}"', "key name: "),
    "a model outside": ('commissioning = "../up"', "key commissioning: '../up' is not allowed"),
    "an unknown model": (
        'commissioning = "no_such"',
        "key commissioning: there is no commissioning model",
    ),
    "a number in quotes in a failure": (
        '[[scenarios]]\nname = "b"\n'
        'failures = [{ who = "largest", date = 2025-01-01, share = "1" }]',
        "key scenarios[2].failures[1].share: '1' is not allowed",
    ),
    "a British date": (
        "until = 01/07/2025",
        "Write dates as YYYY-MM-DD, such as 2025-07-01 or 2025-0",
    ),
}


@pytest.mark.parametrize(("line", "told"), BROKEN.values(), ids=BROKEN)
def test_a_broken_study_is_refused(
    caremarket: Caremarket, tmp_path: Path, line: str, told: str
) -> None:
    head, mark, tail = STUDY.partition("[[scenarios]]")
    if line.startswith("name"):
        head = head.replace('name = "mine"\n', "")
    study = f"{STUDY}\n{line}\n" if line.startswith("[") else f"{head}{line}\n{mark}{tail}"
    (tmp_path / "mine.toml").write_text(study, encoding="utf-8")
    lines = refused(caremarket("sweep", "mine.toml"), tmp_path, "mine.toml")
    assert any(told in one for one in lines), lines
    assert len(lines) <= 2


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (STUDY.encode() + b"# \0", "a NUL character in line 7"),
        (STUDY.encode("utf-16"), "it is UTF-16"),
        (STUDY.replace("mine", "m\xe9").encode("latin-1"), "begins in line 2"),
        (b"a = " + b"[" * 3000, "Nest at most"),
        (b"seed = 007\n" + STUDY.encode(), "Write numbers without a leading zero: 7"),
    ],
    ids=["NUL", "UTF-16", "Latin-1", "deep", "nought"],
)
def test_a_study_that_cannot_be_read_is_one_fault(
    caremarket: Caremarket, tmp_path: Path, content: bytes, told: str
) -> None:
    (tmp_path / "mine.toml").write_bytes(content)
    lines = refused(caremarket("sweep", "mine.toml"), tmp_path, "mine.toml")
    assert len(lines) == 1
    assert told in lines[0]


def test_a_plausible_set_is_finite(tmp_path: Path) -> None:
    from experiments.study.draws import plausible_draws

    path = tmp_path / "plausible.csv"
    path.write_text("set,care.mean_stay_days\n1,300\n2,nan\n3,inf\n4,\n", encoding="utf-8")
    _, faults = plausible_draws(path, None)
    assert [fault.place.row for fault in faults] == [3, 4, 5]


@pytest.mark.parametrize("name", ["mine.toml", "x" * 300])
def test_a_study_that_is_not_there_is_one_fault(
    caremarket: Caremarket, tmp_path: Path, name: str
) -> None:
    lines = refused(caremarket("sweep", name), tmp_path)
    assert len(lines) == 1
    assert "there is no such study" in lines[0]


def test_the_words_of_a_refusal_avoid_jargon(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError) as caught:
        load_scenario("small", settings={"care.reviews": 3, "nothing.here": 1})
    assert "cure" not in str(caught.value)
