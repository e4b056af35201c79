"""The site built by Sphinx, from nothing, into a folder."""

from __future__ import annotations

import shutil
from pathlib import Path
from tempfile import TemporaryDirectory

from experiments.site.source import DOCS, put_together

UNNEEDED = ("objects.inv", ".buildinfo", ".doctrees")


def build(folder: Path, *, strict: bool = False) -> int:
    """Build the pages into a folder, which holds nothing else afterwards; Sphinx's exit code."""
    from sphinx.cmd.build import build_main

    with TemporaryDirectory(prefix="caremarket-docs-") as work:
        source, made = Path(work) / "source", Path(work) / "html"
        put_together(source)
        warnings = ["--fail-on-warning", "--keep-going"] if strict else []
        words = ["-q", "-b", "html", "-c", str(DOCS), "-d", str(Path(work) / "trees"), *warnings]
        if ended := build_main([*words, str(source), str(made)]):
            return int(ended)
        for name in UNNEEDED:
            (made / name).unlink(missing_ok=True)
        for path in made.rglob("*.map"):
            path.unlink()
        shutil.rmtree(folder, ignore_errors=True)
        folder.parent.mkdir(parents=True, exist_ok=True)
        shutil.move(made, folder)
    return 0
