"""What a search's unknowns learn: from its sets to tables and words."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from experiments.calibration.history_matching import History, Simulated
from experiments.calibration.learning import (
    LEAST_WIDENING,
    Flags,
    Floats,
    Learning,
    Row,
    Trials,
    learning_of,
)
from experiments.calibration.search import Calibration
from experiments.statistics.emulator import fitted
from experiments.words.first_screen import percentage
from experiments.words.sentences import count
from sim.outcomes.declaration import Column, Table

INPUT = "input"
LEARNS = "learns from"
ENOUGH = 200
"""Sets of the first wave that pass, from which they tell a tenth from chance without stand-ins."""
STAND_INS = 4096
SETS_A_PARAMETER = 10
"""Sets of the first wave that emulators need for each parameter (Loeppky, Sacks & Welch 2009)."""
SIMULATED, STOOD_IN = "sets of the first wave", "stand-ins"
NO_TEACHER = "an input: it fixes only what the model is given"

LEARNING = Table(
    "learning",
    "One row for each unknown: how much narrower the passing sets make its range, and which "
    "published figure narrows it.",
    (
        Column("unknown", "path of the parameter", "path"),
        Column("prior_low", "lower end of the range it is drawn from", "as the parameter"),
        Column("prior_high", "upper end of that range", "as the parameter"),
        Column("accepted_low", "value that one passing set in twenty is below", "as the parameter"),
        Column(
            "accepted_high", "value that one passing set in twenty is above", "as the parameter"
        ),
        Column(
            "shrinkage",
            "1 - width of the passing sets' central nine tenths / width of nine tenths of its "
            "range, on the scale of the search",
            "share",
        ),
        Column("shrinkage_low", "lower end of the 95% bootstrap interval", "share"),
        Column("shrinkage_high", "upper end of the 95% bootstrap interval", "share"),
        Column(
            "row",
            "the published figure that narrows it most, or that comes nearest to doing so",
            "code",
        ),
        Column("widening", "how much wider its range is without that row", "share"),
        Column("widening_low", "lower end of the 95% bootstrap interval", "share"),
        Column("widening_high", "upper end of the 95% bootstrap interval", "share"),
        Column(
            "chance",
            "p-value, allowing for all pairs of an unknown and a row (Holm)",
            "share",
        ),
        Column(
            "judged_by",
            "number of sets of the first wave, or of stand-ins made by emulators",
            "text",
        ),
        Column(
            "verdict", "the row from which it learns, or a statement that it learns nothing", "text"
        ),
        Column("why_varied", "why it is varied, as calibration.toml says", "text"),
    ),
)
LEFT_OUT = Table(
    "left_out",
    "One row for each unknown and each published figure left out: how much wider the unknown's "
    "range is without the figure, over evenly spread sets.",
    (
        Column("unknown", "path of the parameter", "path"),
        Column(
            "row",
            "codes of the published figures left out together, because they state one fact",
            "code",
        ),
        Column(
            "use",
            "whether it is an input: the model is given it, so that nothing can be learned from it",
            "text",
        ),
        Column("sets", "evenly spread sets that meet every other row", "sets"),
        Column("widening", "how much wider the range is without the row", "share"),
        Column("widening_low", "lower end of the 95% bootstrap interval", "share"),
        Column("widening_high", "upper end of the 95% bootstrap interval", "share"),
        Column(
            "chance",
            "p-value, allowing for all pairs of an unknown and a row (Holm)",
            "share",
        ),
        Column(
            "teaches",
            "whether the range is wider by a tenth or more, beyond chance, and "
            "the row is not an input",
            "flag",
        ),
    ),
)


def facts_of(calibration: Calibration) -> dict[Row, list[str]]:
    """The facts to meet, each with its rows' codes: rows that name one fact belong together."""
    told: dict[str, list[str]] = {}
    for target in calibration.targets:
        told.setdefault(target.fact or target.row.code, []).append(target.row.code)
    given = {one.row.code for one in calibration.targets if one.row.use == INPUT}
    return {
        Row(" and ".join(codes), all(code in given for code in codes)): codes
        for codes in told.values()
    }


def trials_of(calibration: Calibration, history: History) -> Trials:
    """The sets that pass, and of sets that are spread evenly, which rows each meets.

    They are those of the first wave if enough of them pass, else stand-ins (:func:`stood_in`).
    """
    first = [one for one in history.sets if one.wave == 1 and one.values is not None]
    even = points_of(calibration, first)
    values = {
        target.row.code: np.array([(one.values or {})[target.row.code] for one in first])
        for target in calibration.targets
    }
    scaled = {one.row.code: np.array([one.scaled(value) for value in values[one.row.code]])
              for one in calibration.targets}  # fmt: skip
    meets = met(calibration, history, scaled)
    passing = points_of(calibration, [one for one, _ in history.passing])
    too_few_to_learn = len(first) < SETS_A_PARAMETER * even.shape[1]
    if meets.all(axis=1).sum() >= ENOUGH or too_few_to_learn:
        return Trials(passing, even, meets)
    even, scaled = stood_in(calibration, even, scaled)
    meets = met(calibration, history, scaled)
    accepted = passing if len(passing) >= ENOUGH else even[meets.all(axis=1)]
    return Trials(accepted, even, meets, stand_ins=True)


def points_of(calibration: Calibration, sets: Sequence[Simulated]) -> Floats:
    """Where sets lie in the unit cube, a row a set."""
    points = np.array([one.point for one in sets], dtype=float)
    return points.reshape(-1, len(calibration.parameters))


def stood_in(
    calibration: Calibration, even: Floats, scaled: Mapping[str, Floats]
) -> tuple[Floats, dict[str, Floats]]:
    """Many more sets spread evenly, and what emulators give them in place of simulations.

    Each emulator learns from the sets of the first wave alone, and its values get an error of the
    size that it makes (chance among it), so that a stand-in passes as often as a simulated set.
    """
    generator = np.random.default_rng([calibration.search.seed, STAND_INS])
    points = generator.random((STAND_INS, even.shape[1]))
    values = {}
    for code, known in scaled.items():
        emulator = fitted(even, known)
        expected, variance = emulator.predict(points)
        values[code] = expected + np.sqrt(variance) * generator.normal(size=STAND_INS)
    return points, values


def met(calibration: Calibration, history: History, scaled: Mapping[str, Floats]) -> Flags:
    """Which facts sets meet, a row a set; ``scaled``: their figures on the scale judged."""
    rows = {target.row.code: target for target in calibration.targets}
    columns = []
    for codes in facts_of(calibration).values():
        sizes = [rows[code].implausibility(scaled[code], history.variance[code]) for code in codes]
        columns.append((np.array(sizes) <= calibration.search.cutoff).all(axis=0))
    flags: Flags = np.column_stack(columns)
    return flags


def taught_by(calibration: Calibration, history: History) -> list[Learning]:
    """What every unknown of a search learns."""
    rows = list(facts_of(calibration))
    trials = trials_of(calibration, history)
    return learning_of(calibration.paths, rows, trials, calibration.search.seed)


def learning_table(calibration: Calibration, told: Sequence[Learning]) -> pd.DataFrame:
    """The table LEARNING."""
    rows = []
    for one, varied in zip(told, calibration.parameters, strict=True):
        most = one.rows[0] if one.rows else None
        rows.append(
            {
                "unknown": one.unknown,
                "prior_low": varied.low,
                "prior_high": varied.high,
                "accepted_low": varied.value(one.low),
                "accepted_high": varied.value(one.high),
                "shrinkage": one.shrinkage.value,
                "shrinkage_low": one.shrinkage.low,
                "shrinkage_high": one.shrinkage.high,
                "row": most.row.code if most else None,
                "widening": most.widening.value if most else np.nan,
                "widening_low": most.widening.low if most else np.nan,
                "widening_high": most.widening.high if most else np.nan,
                "chance": most.chance if most else np.nan,
                "judged_by": STOOD_IN if one.stand_ins else SIMULATED,
                "verdict": one.verdict,
                "why_varied": varied.why,
            }
        )
    return pd.DataFrame(rows)


def left_out_table(told: Sequence[Learning]) -> pd.DataFrame:
    """The table LEFT_OUT."""
    rows = [
        {
            "unknown": one.unknown,
            "row": one.row.code,
            "use": INPUT if one.row.given else "",
            "sets": one.sets,
            "widening": one.widening.value,
            "widening_low": one.widening.low,
            "widening_high": one.widening.high,
            "chance": one.chance,
            "teaches": one.teaches,
        }
        for learning in told
        for one in learning.rows
    ]
    return pd.DataFrame(rows, columns=[column.name for column in LEFT_OUT.columns])


def notes_of(calibration: Calibration) -> list[str]:
    """What a search does not vary, since a reading has set it; and its warnings."""
    fixed = [f"{path} is set, so it is not varied" for path in calibration.fixed]
    watched = [f"{code} is only watched, so sets need not meet it" for code in calibration.watched]
    return [*fixed, *watched, *warnings_of(calibration)]


def warnings_of(calibration: Calibration) -> list[str]:
    """That a calibration can teach nothing, since the model is given every row of it."""
    if any(not row.given for row in facts_of(calibration)):
        return []
    return [
        "every target of calibration.toml is an input (use in targets.csv): the model is given "
        "them, so that no parameter can learn from them"
    ]


def how_many_learn(told: Sequence[Learning]) -> str:
    """The sentence of the first screen."""
    many = count(len(told), "parameter")
    if not any(one.rows for one in told):
        return (
            f"It is not known whether any of {many} learns from a published figure: too few "
            "sets of the first wave pass."
        )
    taught = [one for one in told if one.teacher is not None]
    verb = "learns" if len(taught) == 1 else "learn"
    return (
        f"{len(taught)} of {many} {verb} from a published figure: without that figure their "
        "range is wider by a tenth or more. The others learn nothing: each must be varied as a "
        "reading or stated as a gap."
    )


def row_lines(calibration: Calibration) -> list[str]:
    """The rows that can teach, and those that cannot."""
    rows = list(facts_of(calibration))
    teach = ", ".join(row.code for row in rows if not row.given)
    given = ", ".join(row.code for row in rows if row.given)
    text = [f"Published figures from which parameters can learn: {teach or 'none'}."]
    if given:
        text.append(f"Inputs, from which parameters cannot learn: {given}.")
    return text


def teacher_lines(told: Sequence[Learning]) -> list[str]:
    """A line an unknown that learns."""
    taught = [one for one in told if one.teacher is not None]
    if not taught:
        return []
    text = ["What each learns from, and how much wider its range is without it:"]
    for one in sorted(taught, key=lambda one: -one.rows[0].widening.value):
        first = one.rows[0]
        text.append(f"  {one.unknown}: {first.row.code}, {percentage(first.widening.value)}")
    return text


def learning_lines(calibration: Calibration, told: Sequence[Learning]) -> list[str]:
    """The table in words: shrinkage of every unknown, its row, and the verdict."""
    text = [
        "Shrinkage is how much narrower the passing sets make the range (95% interval). The "
        "second line names the row without which the range is widest, and by how much, over "
        f"{_judges(told)}.",
    ]
    for one, varied in zip(told, calibration.parameters, strict=True):
        text += list(_in_words(one, varied.value(one.low), varied.value(one.high)))
    return text


def _judges(told: Sequence[Learning]) -> str:
    """Over which sets a row was left out."""
    if any(one.stand_ins for one in told):
        return (
            f"{STAND_INS:,} stand-ins made by emulators, because too few sets of the first "
            "wave pass"
        )
    return "the sets of the first wave"


def _in_words(one: Learning, low: float, high: float) -> Iterator[str]:
    shrunk = one.shrinkage
    ends = f"{percentage(shrunk.low)} to {percentage(shrunk.high)}"
    yield f"  {one.unknown}: {one.verdict}"
    yield f"      {percentage(shrunk.value)} ({ends}), to {amount(low)} to {amount(high)}"
    if one.rows:
        first = one.rows[0]
        wide = first.widening
        ends = f"{percentage(wide.low)} to {percentage(wide.high)}"
        beyond = "" if first.teaches else f"; {_why_not(one)}"
        yield f"      without {first.row.code} {percentage(wide.value)} ({ends}) wider{beyond}"


def _why_not(one: Learning) -> str:
    """Why the row that widens it most teaches it nothing."""
    first = one.rows[0]
    if first.row.given:
        return NO_TEACHER
    if first.widening.value < LEAST_WIDENING:
        return "less than a tenth"
    return "no more than chance"


def learning_markdown(table: pd.DataFrame) -> str:
    """The table LEARNING for a page, the unknowns that learn first."""
    head = ["parameter", "drawn between", "nine out of ten sets", "shrinkage", "teacher",
            "wider without it"]  # fmt: skip
    rows = [_cells(row) for row in sorted(table.to_dict("records"), key=_taught_first)]
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def amount(value: float) -> str:
    """A parameter's value."""
    return f"{value:,.3g}" if abs(value) < 1000 else f"{value:,.0f}"


def _taught_first(row: Mapping[Hashable, Any]) -> tuple[bool, float]:
    return not str(row["verdict"]).startswith(LEARNS), -float(np.nan_to_num(row["widening"]))


def _cells(row: Mapping[Hashable, Any]) -> list[str]:
    learns = str(row["verdict"]).startswith(LEARNS)
    ends = f"{percentage(row['shrinkage_low'])} to {percentage(row['shrinkage_high'])}"
    return [
        f"`{row['unknown']}`",
        f"{amount(row['prior_low'])} and {amount(row['prior_high'])}",
        f"{amount(row['accepted_low'])} to {amount(row['accepted_high'])}",
        f"{percentage(row['shrinkage'])} ({ends})",
        f"`{row['row']}`" if learns else "none",
        percentage(row["widening"]) if learns else "",
    ]
