"""A paper: sections in order, figures and tables numbered, from results and the author's words."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any

from experiments.charts.titles import fitted
from experiments.report import effects, notices, standing
from experiments.report.blocks import Block, Bullets, Grid, Numbered, Paragraph, blocks, capital
from experiments.report.cells import cells_of, heading_of
from experiments.report.plain import in_plain_words
from experiments.report.result import Picture, Result
from experiments.statistics.small_counts import NOTE
from experiments.words.sentences import day_text
from sim import __version__
from sim.scenario.scenario import declaration_at
from sim.scenario.shipped import COUNTIES

MOST_ASSUMPTIONS = 15
WEAK = ("assumption", "memory", "estimate")


@dataclass(frozen=True)
class Figure:
    """A chart with its number; its numbers stand below it."""

    number: int
    name: str
    caption: str
    description: str
    note: str
    alt: str
    svg: str
    png: Path
    numbers: Grid


@dataclass(frozen=True)
class Table:
    """A table with its number."""

    number: int
    grid: Grid


Part = Block | Figure | Table


@dataclass(frozen=True)
class Section:
    """A heading, what stands under it, and its sections."""

    key: str
    heading: str
    parts: tuple[Part, ...] = ()
    sections: tuple[Section, ...] = ()


@dataclass(frozen=True)
class Paper:
    """A whole paper. ``watermark``: a warning on every page, or nothing; ``notes``: on figures."""

    title: str
    subtitle: str
    made: str
    watermark: str
    sections: tuple[Section, ...]
    notes: tuple[str, ...] = ()
    language: str = "en-GB"

    def walk(self) -> Iterator[tuple[int, Section]]:
        """Every section with its level, from 2 on, in order."""

        def down(level: int, sections: Sequence[Section]) -> Iterator[tuple[int, Section]]:
            for section in sections:
                yield level, section
                yield from down(level + 1, section.sections)

        yield from down(2, self.sections)

    @property
    def figures(self) -> list[Figure]:
        """Every figure in order."""
        return [part for _, one in self.walk() for part in one.parts if isinstance(part, Figure)]

    @property
    def tables(self) -> list[Table]:
        """Every numbered table in order."""
        return [part for _, one in self.walk() for part in one.parts if isinstance(part, Table)]


@dataclass
class Counter:
    """Numbers of figures and tables as a paper is put together."""

    figures: int = 0
    tables: int = 0
    keys: set[str] = field(default_factory=set)

    def figure(self, picture: Picture) -> Figure:
        """The next figure. A caption has at most 15 words; the rest goes into the description."""
        self.figures += 1
        caption, description = fitted(picture.title, picture.subtitle)
        return Figure(
            self.figures,
            picture.name,
            caption,
            description,
            picture.footer,
            picture.alt,
            picture.svg,
            picture.png,
            numbers_of(picture),
        )

    def part(self, block: Block, caption: str) -> Part:
        """A block as it is; a table gets a number, and a caption if it has none."""
        if not isinstance(block, Grid):
            return block
        self.tables += 1
        named = Grid(block.caption or caption, block.head, block.rows, block.note)
        return Table(self.tables, named)


def paper_of(
    results: Sequence[Result], title: str, author: Sequence[Section], today: date
) -> Paper:
    """The paper of one or several results; ``author``: sections of the author's own."""
    counter = Counter()
    few = [result for result in results if result.replications < standing.FEW_FUTURES]
    sections = [
        what_this_is(results, few),
        summary(results),
        *(numbered(section, counter) for section in author),
        *(result_section(result, place, counter) for place, result in enumerate(results, 1)),
        robust(results),
        unknown(results, counter),
        Section("limitations", "Limitations", (Bullets(standing.LIMITATIONS),)),
        methods(results, counter),
        quality(counter),
        Section("glossary", "Glossary", (counter.part(standing.glossary(), ""),)),
        citation(results, today),
        accessibility(),
    ]
    return Paper(
        title or results[0].name,
        "; ".join(dict.fromkeys(result.name for result in results[1:])),
        f"Made on {day_text(today)} with caremarket {__version__}",
        standing.DO_NOT_QUOTE if few else "",
        tuple(sections),
        tuple(hides(results)),
    )


def what_this_is(results: Sequence[Result], few: Sequence[Result]) -> Section:
    """What a reader must know before the first figure."""
    warnings = [standing.FEW.format(what=result.name) for result in few]
    told = [*warnings, *standing.WHAT_THIS_IS, whose_providers(results), *hides(results)]
    parts = tuple(map(Paragraph, told))
    return Section("what-this-is", "What this is, and what it is not", parts)


def hides(results: Sequence[Result]) -> list[str]:
    """That small counts of people are hidden, where a result is of a caseload."""
    return [NOTE] if any(result.hides_small_counts for result in results) else []


def whose_providers(results: Sequence[Result]) -> str:
    """Whether provider codes may stand for somebody; those of counties that ship do not."""
    counties = sorted({result.county for result in results})
    shipped = {path.name for path in COUNTIES.iterdir()}
    words = standing.INVENTED if set(counties) <= shipped else standing.REAL
    return words.format(where=", ".join(counties))


def summary(results: Sequence[Result]) -> Section:
    """The answers of all results as numbered sentences, each result under its name."""
    if len(results) == 1:
        return Section("summary", "Summary", (Numbered(results[0].answer),))
    inner = tuple(
        Section(f"summary-{place}", result.name, (Numbered(result.answer),))
        for place, result in enumerate(results, start=1)
    )
    return Section("summary", "Summary", (Paragraph(standing.SEVERAL),), inner)


def numbered(section: Section, counter: Counter) -> Section:
    """The author's section, its tables numbered as all others are."""
    parts = [counter.part(one, "") if isinstance(one, Grid) else one for one in section.parts]
    return replace(section, parts=tuple(parts))


def result_section(result: Result, place: int, counter: Counter) -> Section:
    """The question, the answer, its sections, and the figures of one result."""
    key = f"result-{place}"
    asked = [
        Paragraph(line.strip()) for line in (result.name, *result.screen.title[1:]) if line.strip()
    ]
    answer = [Paragraph(part) for part in result.answer]
    notice = [counter.part(block, "") for block in notices.parts_of(result)]
    found = [
        counter.part(block, "")
        for lines in (*result.screen.sections, *result.screen.more)
        if not (notice and notices.told_of(lines))
        for block in in_plain_words(blocks(lines))
    ]
    figures = [counter.figure(picture) for picture in result.pictures]
    reading = [Paragraph(line.strip()) for line in result.screen.foot]
    inner = (
        Section(f"{key}-question", "The question", tuple(asked)),
        Section(f"{key}-answer", "The answer", tuple(answer)),
        Section(f"{key}-notice", "Notice and response", tuple(notice)),
        Section(f"{key}-detail", "In detail", tuple(found)),
        Section(f"{key}-figures", "Figures", tuple(figures)),
        Section(f"{key}-reading", "How to read it", tuple(reading)),
    )
    return Section(key, result.name, (), tuple(one for one in inner if one.parts))


def robust(results: Sequence[Result]) -> Section:
    """What holds over plausible sets of parameters, if a result looked at them."""
    bands = [result for result in results if "sets" in result.manifest]
    if bands:
        told = [
            f"{result.replications} plausible sets of parameters: {part}"
            for result in bands
            for part in result.answer
            if not part.endswith("?")
        ]
        parts: tuple[Part, ...] = (Bullets(tuple(told)),)
    else:
        parts = (
            Paragraph(
                "No result in this paper looks at other plausible values of the assumptions "
                "together. caremarket bands does; give its folder to caremarket report too."
            ),
        )
    return Section("robust", "Does the answer hold under other assumptions?", parts)


def unknown(results: Sequence[Result], counter: Counter) -> Section:
    """The assumptions that matter most: by what they move where that is known, else by width."""
    parts: list[Part] = [Paragraph(standing.NOT_MEASURED)]
    parts += [counter.part(grid, "") for one in results for grid in effects.own_grids(one)]
    weak = list(dict.fromkeys(row for result in results for row in assumptions(result)))
    measured = by_effect([row for row in weak if row.county == effects.COUNTY])
    if measured:
        parts += [Paragraph(standing.BY_EFFECT.format(made=effects.made_by()))]
        parts.append(counter.part(measured, ""))
    rest = [row for row in weak if row.county != effects.COUNTY]
    if rest:
        where = ", ".join(sorted({row.county for row in rest}))
        parts += [Paragraph(standing.BY_WIDTH.format(where=where, measured=effects.NAME))]
        parts.append(counter.part(by_width(rest), ""))
    return Section("unknown", "Assumptions we are least certain of", tuple(parts))


def by_effect(rows: Sequence[Assumption]) -> Grid | None:
    """Assumptions in order of what was measured; None if of none of them it is known."""
    known = effects.measured_effects()
    kept = sorted(
        (row for row in rows if row.path in known), key=lambda row: -known[row.path].score
    )
    if not kept:
        return None
    head = ("Assumption", "Value", "Plausible", "What it moves at most", "Source")
    cells = [(*row.cells[:3], known[row.path].words, row.cells[3]) for row in kept]
    caption = f"Assumptions that move results most, measured for {effects.NAME}"
    return first_of(Grid(caption, head, tuple(cells)))


def by_width(rows: Sequence[Assumption]) -> Grid:
    """Assumptions in order of their width."""
    widest = sorted(rows, key=lambda row: (-row.wide, row.cells[0]))
    head = ("Assumption", "Value", "Plausible", "Source")
    caption = "Assumptions with the widest plausible ranges"
    return first_of(Grid(caption, head, tuple(row.cells for row in widest)))


def first_of(grid: Grid) -> Grid:
    """The first rows of a table in order."""
    many = len(grid.rows)
    note = f"The first {MOST_ASSUMPTIONS} of {many}." if many > MOST_ASSUMPTIONS else ""
    return replace(grid, rows=grid.rows[:MOST_ASSUMPTIONS], note=note)


@dataclass(frozen=True)
class Assumption:
    """A weakly known value: its path, its cells (meaning, value, range, source), how wide it is."""

    county: str
    path: str
    cells: tuple[str, str, str, str]
    wide: float


def assumptions(result: Result) -> Iterator[Assumption]:
    """Weakly known values of a result's scenarios with a plausible range."""
    files = [result.folder / "scenario.json", *sorted((result.folder / "scenarios").glob("*.json"))]
    for path in files:
        if path.exists():
            yield from assumptions_in(json.loads(path.read_text(encoding="utf-8")), result.county)


def assumptions_in(scenario: dict[str, Any], county: str) -> Iterator[Assumption]:
    """The same of one scenario."""
    for name, told in scenario["sources"].items():
        if told["sure"] not in WEAK or told.get("low") is None or told.get("high") is None:
            continue
        value = value_at(scenario, name)
        if isinstance(value, bool) or not isinstance(value, int | float):
            continue
        middle = abs(value) or max(abs(told["low"]), abs(told["high"])) or 1.0
        wide = (told["high"] - told["low"]) / middle
        declared = declaration_at(name.split("."))
        meaning, unit = declared.get("description", name), declared.get("unit", "")
        ends = f"{amount_of(told['low'], unit)} to {amount_of(told['high'], unit)}"
        words = amount_of(value, unit) if unit in SIGNED else f"{amount_of(value, unit)} {unit}"
        cells = (f"{capital(meaning)} ({name})", words.strip(), ends, told["source"])
        yield Assumption(county, name, cells, wide)


SIGNED = {"share": "{}%", "GBP": "£{}", "GBP/hour": "£{} an hour", "GBP/week": "£{} a week"}
"""Units that stand with the number."""


def amount_of(value: float, unit: str) -> str:
    """A value with its thousands and a minus sign; shares in per cent, money in pounds."""
    shown = 100 * value if unit == "share" else value
    words = SIGNED.get(unit, "{}").format(f"{abs(shown):,.6g}")
    return f"−{words}" if shown < 0 else words


def value_at(scenario: dict[str, Any], name: str) -> Any:
    """The value at a dotted path of settings; None within tables."""
    here: Any = scenario
    for step in name.split("."):
        here = here.get(step) if isinstance(here, dict) else None
    return here


def methods(results: Sequence[Result], counter: Counter) -> Section:
    """How each result was made, and the one command that makes it again."""
    parts: list[Part] = [
        Paragraph(
            "Every result is made again by its command with the same version of the program: the "
            "same inputs and the same seed give the same figures to the last digit. Each result "
            "folder holds a manifest, a data dictionary, and every input with its source."
        )
    ]
    for result in results:
        grid = Grid(f"How {result.folder.name} was made", ("What", "Value"), provenance(result))
        parts.append(counter.part(grid, ""))
    return Section("methods", "Methods and provenance", tuple(parts))


def provenance(result: Result) -> tuple[tuple[str, str], ...]:
    """What a manifest says, in words."""
    told = result.manifest
    scenario = told.get("scenario", {})
    rows = [
        ("Command", result.command),
        ("Result folder", str(result.folder)),
        ("Program", str(told.get("program", ""))),
        ("County", result.county),
        ("Way of buying care", str(scenario.get("commissioning_model", ""))),
        ("Inputs (identity)", str(scenario.get("identity", ""))[:16]),
        ("Run (identity)", result.identity[:16]),
        ("Changes to the county", ", ".join(scenario.get("overrides", [])) or "none"),
        ("Seed", str(told.get("seed", ""))),
        ("Simulated futures", str(result.replications)),
        ("Simulated futures that could not be completed", str(len(result.failed))),
        ("Python", str(told.get("python", ""))),
    ]
    return tuple((name, value) for name, value in rows if value)


def quality(counter: Counter) -> Section:
    """The quality assurance statement."""
    intro = Paragraph(
        "This statement follows the roles of the Aqua Book (HM Treasury). It is not complete until "
        "every blank is filled in. Until then, treat the paper as a draft."
    )
    grids = (counter.part(grid, "") for grid in standing.quality_statement())
    return Section("quality", "Quality assurance statement", (intro, *grids))


def citation(results: Sequence[Result], today: date) -> Section:
    """How to cite the runs."""
    cited = tuple(
        f"caremarket contributors ({today.year}). {result.name}. {result.manifest['program']}, "
        f"run {result.identity[:8]}, "
        f"seed {result.manifest['seed']}, {result.replications} simulated futures. Model output."
        for result in results
    )
    return Section("citation", "How to cite these runs", (Bullets(cited),))


def accessibility() -> Section:
    """What was done so that everybody can read the paper."""
    return Section(
        "accessibility",
        "Accessibility statement",
        (
            Paragraph(
                "Headings, lists and tables are marked as such. Every figure has a text "
                "alternative, a description and a table of its numbers. Long tables are shortened "
                "here; the workbook has every row. No meaning is carried by colour alone. The "
                "pages are made to meet level AA of WCAG 2.2. The web page is tested with "
                "axe-core, which finds some faults and not all. If you need this paper in another "
                "format, contact: [name, email, telephone]."
            ),
        ),
    )


def numbers_of(picture: Picture) -> Grid:
    """The numbers of a chart, all of them."""
    columns = [cells_of(picture.data[name]) for name in picture.data]
    head = tuple(heading_of(str(name)) for name in picture.data.columns)
    return Grid(f"Numbers of this figure: {picture.title}", head, tuple(zip(*columns, strict=True)))
