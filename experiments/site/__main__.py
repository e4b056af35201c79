"""``python -m experiments.site FOLDER``: build the site of this checkout into a folder."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from experiments.site.building import build

parser = argparse.ArgumentParser(prog="python -m experiments.site", description=__doc__)
parser.add_argument("folder", type=Path, help="where the pages are to stand")
parser.add_argument("--strict", action="store_true", help="a warning is an error")
given = parser.parse_args()
sys.exit(build(given.folder, strict=given.strict))
