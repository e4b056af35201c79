"""How a wheel is made: by setuptools, to which setup.py adds the documentation as pages.

Only a wheel asks for Sphinx: an editable installation has the pages built when they are opened
(``caremarket docs``), and needs nothing more than setuptools.
"""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from setuptools import build_meta
from setuptools.build_meta import *  # noqa: F403


def get_requires_for_build_wheel(config_settings: Any = None) -> list[str]:
    """What building a wheel needs: the program, whose declarations are told of, and Sphinx."""
    asked = build_meta.get_requires_for_build_wheel(config_settings)
    docs = Path(__file__).parent
    if not (docs / "conf.py").is_file():
        return asked
    project = tomllib.loads((docs.parent / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return [*asked, *project["dependencies"], *project["optional-dependencies"]["docs"]]
