"""A folder that opens the app by a double click on a machine without internet.

It holds every package as a wheel, and a starter for each system. A starter unpacks the wheels into
a folder of the user's own, once, and then opens the app with the machine's own Python. It makes no
virtual environment: Debian's Python has not all that this needs, and a locked-down Windows runs no
program that lies in a user's folder, which the Python of an environment would be.
"""

from __future__ import annotations

import hashlib
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import experiments
from experiments.results.outputs import new_folder
from sim import __version__
from sim.scenario import Fault, ScenarioError
from sim.scenario.faults import Place

WHEELHOUSE = "wheelhouse"
SOURCE = Path(experiments.__file__).parents[1]
CONSTRAINTS = "constraints.txt"
EXTRA = "app"
PYTHON = f"{sys.version_info.major}.{sys.version_info.minor}"
UNIX = ("caremarket.sh", "caremarket.command")
"""One starter by two names: a file manager of Linux runs the first, that of macOS the second."""
WINDOWS = "caremarket.bat"
ON_UNIX = """\
#!/bin/sh
# Opens caremarket. The first time it unpacks the packages; nothing is loaded from the internet.
here="$(cd "$(dirname "$0")" && pwd)"
program="$HOME/.caremarket-program/{identity}"
stop() {{ echo "$1"; printf 'Press Enter to close. '; read -r answer; exit 1; }}
python=""
for name in python{python} python3; do
  if command -v "$name" >/dev/null 2>&1 &&
    "$name" -c 'import sys; sys.exit("%d.%d" % sys.version_info[:2] != "{python}")'; then
    python="$name"
    break
  fi
done
[ -n "$python" ] || stop "Python {python} is needed. Ask your IT department for it."
if [ ! -f "$program/ready" ]; then
  echo "Unpacking the packages. This takes a minute or two, the first time only."
  rm -rf "$program"
  "$python" "$here/wheelhouse/{pip}/pip" install --quiet --no-index --no-compile \\
    --no-warn-conflicts --disable-pip-version-check --find-links "$here/wheelhouse" \\
    --target "$program" "caremarket[{extra}]=={version}" ||
    stop "The packages could not be unpacked."
  touch "$program/ready"
fi
PYTHONPATH="$program" "$python" -P -m experiments app "$@" || stop "The app has ended."
"""
ON_WINDOWS = """\
@echo off
rem Opens caremarket. The first time it unpacks the packages; nothing is loaded from the internet.
setlocal
pushd "%~dp0"
set "program=%LOCALAPPDATA%\\caremarket-program\\{identity}"
py -{python} -c "" 2>nul
if errorlevel 1 (
  echo Python {python} is needed. Ask your IT department for it.
  goto failed
)
if exist "%program%\\ready" goto open
echo Unpacking the packages. This takes a minute or two, the first time only.
if exist "%program%" rmdir /s /q "%program%"
py -{python} "wheelhouse\\{pip}\\pip" install --quiet --no-index --no-compile ^
  --no-warn-conflicts --disable-pip-version-check --find-links wheelhouse --target "%program%" ^
  "caremarket[{extra}]=={version}"
if errorlevel 1 (
  echo The packages could not be unpacked.
  goto failed
)
type nul > "%program%\\ready"
:open
set "PYTHONPATH=%program%"
py -{python} -P -m experiments app %*
if errorlevel 1 goto failed
popd
exit /b 0
:failed
popd
pause
exit /b 1
"""
READ_ME = """\
caremarket {version}, to be opened without internet

Windows: double-click caremarket.bat.
macOS: double-click caremarket.command. Linux: run caremarket.sh.

The machine needs Python {python} and a {system} like the one on which this folder was made. The
first start takes a minute or two; the packages are unpacked into your own folder
({home}). Results are kept in the folder caremarket
in your home folder. To remove the program, delete both, and this folder.

The starter for Windows has not been tried on Windows by the authors.
"""
SYSTEMS = {"win32": "Windows", "darwin": "macOS"}
HOMES = {"win32": "%LOCALAPPDATA%\\caremarket-program"}


def make(folder: Path, tell: Callable[[str], object]) -> None:
    """Make the folder. Raises ScenarioError if it is not new, or a package cannot be had."""
    if not (SOURCE / "pyproject.toml").is_file():
        wrong, cure = "the source of caremarket is not here", "Make it from a copy of the source"
        raise ScenarioError([Fault(Place(f"--bundle {folder}"), wrong, cure)])
    new_folder(folder, "bundle")
    wheelhouse = folder / WHEELHOUSE
    wheelhouse.mkdir(parents=True, exist_ok=True)
    tell("Collecting the packages. This takes some minutes and needs the internet.")
    collect(wheelhouse)
    write_starters(folder)
    tell(f"Made {folder} for Python {PYTHON} on {system()}. Copy it, and start {starter()} there.")


def collect(wheelhouse: Path) -> None:
    """Every package as a wheel, our own too, and pip. Raises ScenarioError."""
    wanted = [f"{SOURCE}[{EXTRA}]", "pip"]
    constraints = SOURCE / CONSTRAINTS
    pinned = ["--constraint", str(constraints)] if constraints.is_file() else []
    with tempfile.TemporaryDirectory(prefix="caremarket-bundle-") as elsewhere:
        done = subprocess.run(
            [
                *(sys.executable, "-m", "pip", "wheel", "--quiet", "--disable-pip-version-check"),
                *("--wheel-dir", str(wheelhouse.resolve()), *pinned, *wanted),
            ],
            cwd=elsewhere,
            capture_output=True,
            check=False,
        )
    if done.returncode != 0:
        told = done.stderr.decode("utf-8", errors="replace").strip().splitlines()[-1:]
        place, cure = Place("--bundle"), "Connect to the internet, and try again"
        raise ScenarioError([Fault(place, f"pip failed ({' '.join(told)})", cure)])


def write_starters(folder: Path) -> None:
    """The starters and a page to read, for the wheels that are there."""
    wheels = sorted(path.name for path in (folder / WHEELHOUSE).glob("*.whl"))
    told = {
        "version": __version__,
        "python": PYTHON,
        "extra": EXTRA,
        "pip": next(name for name in wheels if name.startswith("pip-")),
        "identity": identity_of(folder / WHEELHOUSE),
        "system": system(),
        "home": HOMES.get(sys.platform, "~/.caremarket-program"),
    }
    for name in UNIX:
        file = folder / name
        file.write_text(ON_UNIX.format(**told), encoding="utf-8", newline="\n")
        file.chmod(0o755)
    (folder / WINDOWS).write_text(ON_WINDOWS.format(**told), encoding="utf-8", newline="\r\n")
    (folder / "README.txt").write_text(READ_ME.format(**told), encoding="utf-8", newline="\r\n")


def identity_of(wheelhouse: Path) -> str:
    """A name for what the wheels hold: another bundle is unpacked beside, not over, this one."""
    digest = hashlib.sha256()
    for path in sorted(wheelhouse.glob("*.whl")):
        digest.update(path.name.encode() + hashlib.sha256(path.read_bytes()).digest())
    return f"{__version__}-{digest.hexdigest()[:12]}"


def system() -> str:
    """This system, by the name that people know."""
    return SYSTEMS.get(sys.platform, "Linux")


def starter() -> str:
    """The starter of this system."""
    return {"Windows": WINDOWS, "macOS": UNIX[1]}.get(system(), UNIX[0])
