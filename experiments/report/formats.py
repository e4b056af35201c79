"""The formats of a paper, and what each needs."""

from __future__ import annotations

FORMATS = ("html", "docx", "pdf", "xlsx")
EXTRAS = {"html": "jinja2", "docx": "docxtpl", "pdf": "weasyprint", "xlsx": "gptables"}
"""The library that each format needs; all are in the extra ``report``."""
