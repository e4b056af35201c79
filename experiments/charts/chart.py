"""A chart with its numbers, its alternative text and its provenance."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, cast
from xml.sax.saxutils import escape

import pandas as pd
from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.transforms import Bbox

from experiments.charts.style import DPI, SVG_FONTS, house_style
from experiments.words.sentences import ONE_STORY

BANDS = "bands: 95% intervals of the mean"
WIDE_BANDS = "bands: 95% intervals of the mean, summed over areas, so at their widest"
TITLE, SUBTITLE, FOOTER = "title", "subtitle", "footer"
"""Names by which the texts around the panels are found in a figure."""
BESIDE_BARE = 4 / 72
"""White left above and below a bare chart, in inches."""
SVG_TITLE = re.compile("<title>.*?</title>", re.DOTALL)
SVG_FAMILY = re.compile(r"'DejaVu Sans'[^;\"]*")


@dataclass(frozen=True)
class Chart:
    """A figure and exactly the numbers plotted in it."""

    name: str
    figure: Figure
    data: pd.DataFrame
    alt: str

    @property
    def title(self) -> str:
        """The sentence above the chart; its name if it has none."""
        return said(self.figure, TITLE) or self.name

    @property
    def subtitle(self) -> str:
        """What is shown, where and when."""
        return said(self.figure, SUBTITLE)

    @property
    def footer(self) -> str:
        """The line below the chart: notes, and which runs it shows."""
        return said(self.figure, FOOTER)

    @property
    def caption(self) -> str:
        """Title, subtitle and footer, a line each: what a document prints round the bare chart."""
        return "\n".join(filter(None, (self.title, self.subtitle, self.footer)))


@dataclass(frozen=True)
class Provenance:
    """Which runs of which model a chart shows; ``asked``: replications asked for, if they are more.

    A replication may have failed, or nobody may have been there to be lost in it.
    """

    model: str
    scenario: str
    identity: str
    seed: int
    replications: int
    version: str
    asked: int = 0

    def footer(self, note: str = "") -> str:
        """The line under every chart; ``note`` says what its bands are."""
        fewer = f" of {self.asked}" if self.asked > self.replications else ""
        plural = "" if self.replications == 1 and not fewer else "s"
        runs = f"seed {self.seed}, {self.replications}{fewer} replication{plural}"
        source = f"{self.model} {self.version}, scenario {self.scenario} ({self.identity})"
        single = ONE_STORY if self.replications == 1 else ""
        told = (f"Model, not observation: {source}, {runs}", single, note)
        return f"{'; '.join(filter(None, told))}."


def texts_around(figure: Figure, *names: str) -> list[Text]:
    """Texts of a figure that have one of these names."""
    return [text for text in figure.texts if text.get_gid() in names]


def said(figure: Figure, name: str) -> str:
    """A text of a figure, in one line."""
    return " ".join(" ".join(text.get_text() for text in texts_around(figure, name)).split())


def image(chart: Chart, ending: str, *, bare: bool = False) -> bytes:
    """The figure as a file, the same bytes every time; ``bare``: panels and key alone."""
    metadata: dict[str, str | None] = {"Title": chart.title, "Description": chart.alt}
    metadata |= {"Software": None} if ending == "png" else {"Date": None, "Creator": None}
    buffer = io.BytesIO()
    with house_style(), shown(chart.figure, bare=bare) as box:
        chart.figure.savefig(buffer, format=ending, dpi=DPI, metadata=metadata, bbox_inches=box)
    content = buffer.getvalue()
    return described(content.decode("utf-8"), chart).encode() if ending == "svg" else content


@contextmanager
def shown(figure: Figure, *, bare: bool) -> Iterator[Bbox | None]:
    """What of a figure is saved, in inches; while it is, a bare one is without its words around."""
    around = texts_around(figure, TITLE, SUBTITLE, FOOTER) if bare else []
    box = between(figure) if around else None
    try:
        for text in around:
            text.set_visible(False)
        yield box
    finally:
        for text in around:
            text.set_visible(True)


def between(figure: Figure) -> Bbox:
    """The part of a figure between the words above it and those below, in inches."""
    renderer = cast(Any, figure.canvas).get_renderer()
    wide, high = figure.get_size_inches()
    above = [text.get_window_extent(renderer).y0 for text in texts_around(figure, TITLE, SUBTITLE)]
    below = [text.get_window_extent(renderer).y1 for text in texts_around(figure, FOOTER)]
    top = min(above, default=high * figure.dpi) / figure.dpi
    bottom = max(below, default=0.0) / figure.dpi
    return Bbox.from_extents(
        0, max(0.0, bottom - BESIDE_BARE / 2), wide, min(high, top + BESIDE_BARE / 2)
    )


def described(svg: str, chart: Chart) -> str:
    """A drawing with its title and its alternative text where a screen reader looks for them."""
    title, desc = f"{chart.name}-title", f"{chart.name}-desc"
    head = f'<svg role="img" aria-labelledby="{title} {desc}" '
    words = (
        f'<title id="{title}">{escape(chart.title)}</title>\n'
        f' <desc id="{desc}">{escape(chart.alt)}</desc>'
    )
    # Any of these fonts is at most as wide as the one that the layout is measured with.
    told = SVG_FAMILY.sub(lambda _: SVG_FONTS, svg.replace("<svg ", head, 1))
    return SVG_TITLE.sub(lambda _: words, told, count=1)
