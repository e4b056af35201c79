"""Put the figures of the fit and of the calibration into docs/validation.md.

caremarket fit norfolk --replications 20 --markdown > fit.md
caremarket calibrate norfolk --out calibration
python docs/make_validation.py fit.md calibration/plausible.md
"""

from __future__ import annotations

import sys
from pathlib import Path

PAGE = Path(__file__).parent / "validation.md"


def put(page: str, name: str, text: str) -> str:
    """The page with a marked part replaced. Raises ValueError if the marks are not there."""
    begin, end = f"<!-- {name}: made by docs/make_validation.py -->", f"<!-- end of {name} -->"
    if page.count(begin) != 1 or page.count(end) != 1:
        raise ValueError(f"{PAGE.name} needs one {begin!r} and one {end!r}")
    before, rest = page.split(begin)
    return f"{before}{begin}\n\n{text.strip()}\n\n{end}{rest.split(end)[1]}"


def body(text: str) -> str:
    """A file's text without its title."""
    return text.split("\n", 1)[1] if text.startswith("# ") else text


def main() -> None:
    """Replace both parts."""
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    page = PAGE.read_text(encoding="utf-8")
    for name, path in zip(("fit", "plausible"), sys.argv[1:], strict=True):
        page = put(page, name, body(Path(path).read_text(encoding="utf-8")))
    PAGE.write_text(page, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
