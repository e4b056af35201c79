"""What may go to other machines: everything but the rows of a caseload."""

from __future__ import annotations

import io
import pickle
from typing import Any

from sim.scenario import Fault, ScenarioError
from sim.scenario.faults import Place
from sim.scenario.tables import CaseloadRow


class PeopleError(ValueError):
    """There is a row of a caseload in what was to be sent."""


class LooksForPeople(pickle.Pickler):
    """Goes through all that would be sent, as sending does, and raises PeopleError at a row."""

    def reducer_override(self, told: Any) -> Any:
        """Nothing is packed in another way than usual."""
        if isinstance(told, CaseloadRow):
            raise PeopleError
        return NotImplemented


def refuse_to_send(cluster: str | None, told: Any) -> None:
    """Raise ScenarioError where rows of a caseload would go to other machines.

    ``cluster``: its address, None for this machine; ``told``: what its workers would be given.
    """
    if cluster is None:
        return
    try:
        LooksForPeople(io.BytesIO()).dump(told)
    except PeopleError:
        wrong = "a caseload is given, and its rows would be sent to other machines"
        cure = "Leave out --cluster: no row of a caseload leaves this machine"
        raise ScenarioError([Fault(Place(f"--cluster {cluster}"), wrong, cure)]) from None
