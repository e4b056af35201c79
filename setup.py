"""What pyproject.toml cannot say: with CAREMARKET_COMPILE=1 the hot modules are compiled.

Without it there is nothing to compile and nothing more to install (docs/how-to/speed.md).
"""

import os
import runpy
import sys
import tomllib
from pathlib import Path

from setuptools import setup

ROOT = Path(__file__).parent
COMPILED = (
    "vocabulary.py", "clock.py", "randomness.py", "travel.py", "commissioning.py",
    "warm_start.py", "market/*.py", "processes/*.py",
)  # fmt: skip
PURE = ("__init__.py", "contract_stage.py", "scripted.py")
"""What mypyc cannot compile: packages, members of an enumeration that a method builds, frozen
dataclasses that are pickled."""
READ = ("simpy", "numpy", "scipy", "pydantic")
"""Dependencies whose types mypyc reads as it compiles."""
BUILDING = {"build", "build_ext", "bdist_wheel", "editable_wheel"}


def modules() -> list[Path]:
    """The modules that are compiled."""
    found = [path for names in COMPILED for path in sorted((ROOT / "sim").glob(names))]
    return [path.relative_to(ROOT) for path in found if path.name not in PURE]


def requirements() -> list[str]:
    """What compiling needs, as pyproject.toml declares it."""
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    project = tomllib.loads(text)["project"]
    read = [needed for needed in project["dependencies"] if needed.startswith(READ)]
    return [*read, *project["optional-dependencies"]["compile"]]


def extensions() -> list:
    """The compiled modules, and with them a hash of the source that they are made from."""
    from mypyc.build import mypycify

    hashes = runpy.run_path(str(ROOT / "sim" / "build.py"))["hashes"]()
    compiled = [path.relative_to("sim").as_posix() for path in modules()]
    made_from = ROOT / "sim" / "made_from.py"
    made_from.write_text(f"HASHES = {hashes!r}\nCOMPILED = {compiled!r}\n", encoding="utf-8")
    try:
        paths = [str(path) for path in [*modules(), made_from.relative_to(ROOT)]]
        made = mypycify(paths, group_name="caremarket", debug_level="0")
    finally:
        made_from.unlink()
    # Some processors could multiply and add in one step, rounded once: another ledger.
    for extension in made if os.name == "posix" else ():
        extension.extra_compile_args = [*extension.extra_compile_args, "-ffp-contract=off"]
    return made


compiling = os.environ.get("CAREMARKET_COMPILE", "0") not in ("", "0")
setup(
    setup_requires=requirements() if compiling else [],
    ext_modules=extensions() if compiling and BUILDING & set(sys.argv) else [],
)
