"""The server: on this machine alone, until it is ended."""

from __future__ import annotations

import contextlib
import socket
import webbrowser
from collections.abc import Callable, Iterator
from pathlib import Path

import uvicorn

from experiments.app.guard import LOOPBACK, Key
from experiments.app.site import site
from sim.scenario import Fault, ScenarioError
from sim.scenario.faults import Place

USUAL_FOLDER = "caremarket"
ANY_PORT = 0


def usual_folder() -> Path:
    """Where questions and results are kept unless the user says."""
    return Path.home() / USUAL_FOLDER


def listening(port: int) -> socket.socket:
    """A socket of this machine alone; any free port for 0. Raises ScenarioError."""
    made = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        made.bind((LOOPBACK, port))
        made.listen()  # whoever comes before the server is ready waits, and is not refused
    except OSError as error:
        made.close()
        place, wrong = Place(f"--port {port}"), f"it cannot be used ({error.strerror or error})"
        cure = "Leave out --port, and a free one is taken"
        raise ScenarioError([Fault(place, wrong, cure)]) from error
    return made


def serve(folder: Path, port: int, tell: Callable[[str], object], *, browser: bool) -> None:
    """Serve the app over a folder until it is ended. Raises ScenarioError."""
    with contextlib.closing(listening(port)) as opened:
        key = Key(opened.getsockname()[1])
        try:
            app = site(folder.resolve(), key)
        except OSError as error:
            wrong = f"it cannot be used ({error.strerror or error})"
            place = Place(f"--folder {folder}")
            raise ScenarioError([Fault(place, wrong, "Name another folder")]) from error
        config = uvicorn.Config(app, log_level="warning", access_log=False, server_header=False)
        with begun(uvicorn.Server(config), key, tell, browser=browser) as server:
            server.run(sockets=[opened])


@contextlib.contextmanager
def begun(
    server: uvicorn.Server, key: Key, tell: Callable[[str], object], *, browser: bool
) -> Iterator[uvicorn.Server]:
    """Say where the app is, open a browser, and say when the app has ended."""
    tell(f"The app is open at {key.address}")
    tell("Leave this window open while you use it. To end the app, close it or press Ctrl-C.")
    if browser and not webbrowser.open(key.address):
        tell("No browser could be opened: copy the address into one.")
    yield server
    tell("The app has ended. Questions that are being answered go on.")
