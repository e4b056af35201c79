"""A study's main tables as an accessible workbook: cover, contents, notes, units.

gptables follows the Government Analysis Function's guidance for spreadsheets; where it is not
installed (extra ``workbook``), the CSV files say the same.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from datetime import datetime
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pandas as pd

from experiments.study.study import Study
from experiments.study.words import headline
from experiments.words.amounts import ALL
from sim import __version__

FILE = "study.xlsx"
MADE = datetime(2000, 1, 1)
"""A fixed date, so that the same study gives the same bytes."""
TEXT_IS_TEXT = {"nan_inf_to_errors": False, "strings_to_formulas": False, "strings_to_urls": False}
"""A cell of text is of the kind text, whatever it begins with; links are the contents' own."""
NUMBERS = ("mean", "low", "high", "draws_p05", "draws_p95", "missing_low", "missing_high")
OF_DRAWS = ["draws_p05", "draws_p95", "draws_known", "draws_carried_out"]
OF_FAILED = ["missing_low", "missing_high", "missing_rule"]
LABELS = {
    "mean": "Mean $$mean$$",
    "low": "Low end of 95% interval $$interval$$",
    "high": "High end of 95% interval $$interval$$",
    "replications": "Replications",
    "replications_carried_out": "Replications carried out",
    "known": "Runs or pairs with a value $$known$$",
    "failed": "Runs or pairs that failed",
    "carried_out": "Runs or pairs carried out",
    "draws_known": "Draws with a value",
    "draws_carried_out": "Draws carried out",
    "headline": "Enough known for a headline $$headline$$",
    "cut": "Ends set to a limit $$cut$$",
    "missing_low": "Least the mean could be $$failed$$",
    "missing_high": "Most the mean could be $$failed$$",
    "missing_rule": "How the least and the most are found $$failed$$",
    "scenario": "Scenario",
    "base": "Compared with",
    "outcome": "Outcome",
    "unit": "Unit",
    "better": "Better direction",
    "meaning": "Meaning",
    "draws_p05": "5% of draws below $$draws$$",
    "draws_p95": "5% of draws above $$draws$$",
    "pairing_factor": "Gain from pairing $$pairing$$",
}
NOTES = {
    "mean": "Mean over the runs that have a value; all draws have equal weight.",
    "interval": "95 out of 100 such intervals hold the mean of infinitely many replications or "
    "draws.",
    "known": "The number of runs in the mean; for differences, the number of pairs of runs.",
    "headline": "No: more than 5% of the runs failed, or of the pairs lack a value.",
    "cut": "This end would have gone beyond what is possible, such as a share above 100%.",
    "failed": "This allows for the runs that failed. Only the rule named range gives bounds.",
    "pairing": "How many times as many replications independent runs would need.",
    "draws": "The effect of unknowns: the spread of the draws' own means.",
}


def can_write() -> bool:
    """Whether gptables is installed."""
    return find_spec("gptables") is not None


def write_workbook(
    folder: Path, study: Study, tables: Mapping[str, pd.DataFrame], replications: int, failed: int
) -> None:
    """Write study.xlsx."""
    with warnings.catch_warnings():  # gptables warns of every blank cell, and of later pandas
        warnings.simplefilter("ignore")
        _write(folder, study, tables, replications, failed)


def _write(
    folder: Path, study: Study, tables: Mapping[str, pd.DataFrame], replications: int, failed: int
) -> None:
    import gptables

    api: Any = gptables  # typed in part only
    sheets = {"Figures": _sheet(api, study, "figures", tables["figures"])}
    frame = tables.get("differences")
    if frame is not None and frame["mean"].notna().any():  # gptables refuses a table of blanks
        sheets = {"Differences": _sheet(api, study, "differences", frame), **sheets}
    sheets["Scenarios"] = api.GPTable(
        table=scenarios_frame(study),
        table_name="scenarios",
        title="Scenarios of the study",
        source=source(study),
        index_columns={},
    )
    intro = headline(study, replications, failed, len(study.scenarios)), study.question
    made = api.produce_workbook(
        filename=str(folder / FILE),
        sheets=sheets,
        cover=api.Cover(
            title=plain(f"{study.title}: output of a model, not an observation or a forecast"),
            intro=[plain(text) for text in intro if text],
            about=[
                source(study),
                "A blank cell means that the value is not known. The column Meaning defines "
                "every outcome. The folder of this workbook holds every table as CSV and "
                "Parquet.",
            ],
        ),
        notes_table=notes(tables),
        workbook_options=TEXT_IS_TEXT,
    )
    made.set_properties({"title": study.title, "created": MADE})
    made.close()


def notes(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """The notes that the headings point to."""
    frames = [tables[name] for name in ("figures", "differences") if name in tables]
    blank = {
        "draws": not tables["figures"]["draws_p05"].notna().any(),
        "failed": not any(frame["missing_low"].notna().any() for frame in frames),
        "cut": not any(frame["cut"].astype(bool).any() for frame in frames),
    }
    kept = {name: text for name, text in NOTES.items() if not blank.get(name, False)}
    return pd.DataFrame({"Note reference": list(kept), "Note text": list(kept.values())})


def source(study: Study) -> str:
    """What made it."""
    return plain(
        f"caremarket {__version__}, county {study.scenarios[0].scenario.code}, study {study.title} "
        f"({study.whole_identity[:8]}), seed {study.seed}, version {study.made_with[:8]}"
    )


def scenarios_frame(study: Study) -> pd.DataFrame:
    """Each scenario and what it means."""
    rows = [
        (
            named.name,
            plain(named.meaning or "not said"),
            plain(", ".join(named.scenario.overrides) or "the county as it is"),
            identity[:8],
        )
        for named, identity in zip(study.scenarios, study.identities, strict=True)
    ]
    return pd.DataFrame(rows, columns=["Scenario", "Meaning", "Changes in order", "Identity"])


def _sheet(api: Any, study: Study, name: str, frame: pd.DataFrame) -> Any:
    """The rows over all draws: first the outcomes that the study is about, then the others."""
    kept = frame[frame["draw"].astype(str) == ALL].drop(columns=["draw", "interval", "over"])
    place = {outcome: number for number, outcome in enumerate(study.outcomes)}
    order = kept["outcome"].map(place).fillna(len(place))
    kept = kept.iloc[order.argsort(kind="stable")]
    if not kept["draws_p05"].notna().any():
        kept = kept.drop(columns=OF_DRAWS)
    if not kept["missing_low"].notna().any():
        kept = kept.drop(columns=OF_FAILED)
    if not kept["cut"].astype(bool).any():  # gptables warns of a column of blanks
        kept = kept.drop(columns="cut")
    kept = kept.assign(**{c: kept[c].map(rounded) for c in NUMBERS if c in kept})
    told = {
        "figures": ("Figures by scenario", "Means over replications with 95% intervals"),
        "differences": (
            "Differences between scenarios",
            "Run by run with the same people, carers and shocks, with 95% intervals",
        ),
    }
    title, subtitle = told[name]
    return api.GPTable(
        table=kept.rename(columns=heading).reset_index(drop=True),
        table_name=name,
        title=title,
        subtitles=[subtitle],
        source=source(study),
        index_columns={},
        table_notes={heading(c): f"$${noted(c)}$$" for c in map(str, kept) if noted(c)},
        instructions="A blank cell means that the value is not known.",
    )


def heading(column: str) -> str:
    """A column's heading, without its note."""
    return LABELS[column].partition(" $$")[0]


def noted(column: str) -> str:
    """The note that a column's heading points to, if any."""
    return LABELS[column].partition(" $$")[2].strip("$")


def plain(text: str) -> str:
    """A text that gptables takes as it stands: its marks for links and notes are parted."""
    return text.replace("](", "] (").replace("$$", "$ $")


def rounded(value: float) -> float | None:
    """Six figures are more than enough; blank where nothing is known."""
    return None if pd.isna(value) else float(f"{value:.6g}")
