"""Pages in a real browser: what axe-core finds on them, and whether they fit."""

from __future__ import annotations

import shutil
from pathlib import Path

RULES = {
    "runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}
}
QUIET = ("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync")


def browser() -> str:
    """Where Chromium is. Raises AssertionError if there is none: a page that is not looked at
    has not passed."""
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    assert found, "install Chromium: apt-get install chromium"
    return found


def faults_of_page(page_file: Path, width: int) -> list[str]:
    """What axe-core finds of WCAG 2.2, A and AA; and whether the page is wider than the window."""
    from axe_playwright_python.sync_playwright import Axe
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        opened = play.chromium.launch(executable_path=browser(), args=list(QUIET))
        page = opened.new_page(viewport={"width": width, "height": 800})
        page.goto(page_file.as_uri())
        page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true })")
        found = [
            f"{one['id']}: {one['help']} ({len(one['nodes'])} places, first: "
            f"{one['nodes'][0]['html'][:120]})"
            for one in Axe().run(page, options=RULES).response["violations"]
        ]
        wide = page.evaluate("document.documentElement.scrollWidth")
        opened.close()
    return [*found, *([f"the page is {wide} wide in a window of {width}"] if wide > width else [])]
