"""A paper as PDF/UA, where the system has what weasyprint needs."""

from __future__ import annotations

from pathlib import Path

from experiments.report.html import as_html
from experiments.report.paper import Paper
from sim.scenario import Fault, ScenarioError
from sim.scenario.faults import Place


def write_pdf(paper: Paper, file: Path) -> None:
    """Write the PDF. Raises ScenarioError if weasyprint or its system libraries are missing."""
    try:
        from weasyprint import HTML
    except (ImportError, OSError) as error:
        wrong = f"weasyprint cannot be used here ({str(error).splitlines()[0]})"
        cure = "Install caremarket[pdf] and Pango, or print report.html from a browser"
        raise ScenarioError([Fault(Place("--to pdf"), wrong, cure)]) from error
    page = HTML(string=as_html(paper, opened=True), url_fetcher=refuse_addresses)
    page.write_pdf(str(file), pdf_variant="pdf/ua-1", custom_metadata=True)


def refuse_addresses(address: str) -> dict[str, object]:
    """Nothing outside the page is read: a paper holds all that it shows."""
    raise ValueError(f"a paper reads nothing from {address}")
