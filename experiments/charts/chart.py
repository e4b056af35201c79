"""A chart with its numbers, its alternative text and its provenance."""

from __future__ import annotations

import io
import re
from base64 import b64encode
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from xml.sax.saxutils import escape, quoteattr

import numpy as np
import pandas as pd
from matplotlib.backends.backend_agg import FigureCanvasAgg, RendererAgg
from matplotlib.figure import Figure
from matplotlib.image import imsave
from matplotlib.text import Text
from matplotlib.transforms import Bbox
from numpy.typing import NDArray

from experiments.charts.style import SVG_FONTS, house_style
from experiments.words.sentences import ONE_STORY

BANDS = "bands: 95% intervals of the mean"
WIDE_BANDS = "bands: 95% intervals of the mean, summed over areas, so at their widest"
TITLE, SUBTITLE, FOOTER = "title", "subtitle", "footer"
"""Names by which the texts around the panels are found in a figure."""
BESIDE_BARE = 4 / 72
"""White left above and below a bare chart, in inches."""
POINTS = 72
"""Points an inch, in which a drawing is measured."""
SVG_SIZE = re.compile(r'width="(?P<wide>[0-9.]+)pt" height="(?P<high>[0-9.]+)pt" viewBox="[^"]*"')
SVG_AROUND = re.compile(
    rf'^( *)<g id="(?:{TITLE}|{SUBTITLE}|{FOOTER})">\n.*?^\1</g>\n', re.DOTALL | re.MULTILINE
)
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

    def _repr_html_(self) -> str:
        """The chart as a notebook shows it, with its alternative text."""
        png = b64encode(pictures(self).png).decode()
        return f'<img alt={quoteattr(self.alt)} src="data:image/png;base64,{png}" width="760">'


@dataclass(frozen=True)
class Pictures:
    """A chart as files; bare: panels and key alone, without the words around them."""

    png: bytes
    svg: bytes
    bare_png: bytes
    bare_svg: bytes


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


def pictures(chart: Chart) -> Pictures:
    """The figure as files, the same bytes every time; each kind of file is drawn once.

    Pixels are taken before the words around are drawn, and after; of the drawing, the bare one is
    the part without the words.
    """
    around = texts_around(chart.figure, TITLE, SUBTITLE, FOOTER)
    with house_style():
        canvas: Any = FigureCanvasAgg(chart.figure)  # the library's is not typed
        box = between(chart.figure, canvas.get_renderer()) if around else whole_of(chart.figure)
        with hidden(around):
            canvas.draw()
            bare = np.array(canvas.buffer_rgba())
        for text in around:
            text.draw(canvas.get_renderer())
        svg = described(drawing(chart), chart)
        return Pictures(
            as_png(np.asarray(canvas.buffer_rgba()), chart),
            svg.encode(),
            as_png(cut(bare, box, chart.figure.dpi), chart),
            bare_of_words(svg, box).encode(),
        )


def as_png(pixels: NDArray[np.uint8], chart: Chart) -> bytes:
    """Pixels with title and alternative text."""
    buffer = io.BytesIO()
    told: Any = {"Title": chart.title, "Description": chart.alt, "Software": None}
    imsave(buffer, pixels, format="png", dpi=chart.figure.dpi, metadata=told)
    return buffer.getvalue()


def drawing(chart: Chart) -> str:
    """The figure as SVG, without the day on which it was made."""
    buffer = io.StringIO()
    told = {"Title": chart.title, "Description": chart.alt, "Date": None, "Creator": None}
    chart.figure.savefig(buffer, format="svg", metadata=told)
    return buffer.getvalue()


@contextmanager
def hidden(around: Sequence[Text]) -> Iterator[None]:
    """A figure without these words for a moment."""
    try:
        for text in around:
            text.set_visible(False)
        yield
    finally:
        for text in around:
            text.set_visible(True)


def cut(pixels: NDArray[np.uint8], box: Bbox, dots_per_inch: float) -> NDArray[np.uint8]:
    """The rows of a picture that lie in a box, which is as wide as the picture."""
    top, bottom = (len(pixels) - round(y * dots_per_inch) for y in (box.y1, box.y0))
    return pixels[max(0, top) : bottom]


def bare_of_words(svg: str, box: Bbox) -> str:
    """A drawing without title, subtitle and footer, cut to a box in inches from below."""
    found = SVG_SIZE.search(svg)
    assert found is not None, "matplotlib says how large a drawing is"
    wide, high = float(found["wide"]), float(found["high"])
    top, part = high - POINTS * box.y1, POINTS * box.height
    size = f'width="{wide:g}pt" height="{part:.3f}pt" viewBox="0 {top:.3f} {wide:g} {part:.3f}"'
    return SVG_AROUND.sub("", svg.replace(found[0], size, 1))


def whole_of(figure: Figure) -> Bbox:
    """All of a figure, in inches."""
    return Bbox.from_bounds(0, 0, *figure.get_size_inches())


def between(figure: Figure, renderer: RendererAgg) -> Bbox:
    """The part of a figure between the words above it and those below, in inches."""
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
