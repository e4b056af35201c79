"""The bundle of ``caremarket app``, made, copied, and opened without a network."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from command_line import spawned

pytest.importorskip("starlette")  # the extra app; in the project's own environment it is there

from experiments.app.bundle import UNIX

ASKS = """
import http.cookiejar, os, re, signal, subprocess, sys, urllib.request
words = ["sh", sys.argv[1], "--no-browser"]
app = subprocess.Popen(words, stdout=subprocess.PIPE, text=True, start_new_session=True)
try:
    for line in app.stdout:
        if found := re.search(r"http://\\S+", line):
            break
    jar = urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), jar)
    print(opener.open(found[0]).read().decode("utf-8"))
    try:
        urllib.request.urlopen("https://pypi.org", timeout=5)
    except OSError:
        print("NO NETWORK")
finally:
    os.killpg(app.pid, signal.SIGTERM)  # the starter, and the app that it has begun
"""
ALONE = ("unshare", "--map-root-user", "--net", "sh", "-c", 'ip link set lo up && exec "$@"', "sh")
"""In a network of its own, in which there is nothing but this machine."""


@pytest.mark.long
@pytest.mark.skipif(sys.platform != "linux", reason="tried on Linux alone")
def test_a_bundle_opens_the_app_without_a_network(tmp_path: Path) -> None:
    if shutil.which("unshare") is None or subprocess.run([*ALONE, "true"], check=False).returncode:
        pytest.skip("this machine gives a process no network of its own")
    made = spawned(tmp_path, "app", "--bundle", str(tmp_path / "made"))
    assert made.code == 0, made.err
    copied = tmp_path / "a copy"  # with a blank in its name
    shutil.copytree(tmp_path / "made", copied)
    shutil.rmtree(tmp_path / "made")
    home = tmp_path / "home"
    home.mkdir()
    variables = {**os.environ, "HOME": str(home)}
    variables.pop("PYTHONPATH", None)
    for _ in range(2):  # the second time nothing is unpacked
        done = subprocess.run(
            [*ALONE, sys.executable, "-c", ASKS, str(copied / UNIX[0])],
            env=variables,
            capture_output=True,
            encoding="utf-8",
            check=False,
            timeout=600,
        )
        assert "What happens to home care when a provider fails?" in done.stdout, done.stderr
        assert "NO NETWORK" in done.stdout
    assert (home / "caremarket" / "results").is_dir()
    assert "conflict" not in done.stderr and "Traceback" not in done.stderr
