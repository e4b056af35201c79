"""The stages of a contract, and the steps that lead from one to another."""

from __future__ import annotations

from enum import Enum


class ContractStage(Enum):
    """Where a contract stands.

    ``lot``: its holder has won it. ``running``: its holder may be given work. ``emergency``: its
    holder serves, or has served, in place of a principal that the area lacks.
    """

    NEW = (0, False, False, False)
    """Set up, and nothing agreed: a direct payment stays so, since no tier offers work under it."""
    OPEN = (1, False, True, False)
    """Of a tier that every team may serve."""
    WON = (2, True, False, False)
    """Awarded; its first day is still to come."""
    RUNNING = (3, True, True, False)
    """Won and begun."""
    HELPING = (4, False, True, True)
    """A neighbour serves while the area has no principal."""
    HELPING_WON = (5, True, True, True)
    """A neighbour serves, and will hold the contract itself from its first day on."""
    HELPED = (6, False, False, True)
    """A neighbour that no longer serves; it may be called again."""
    HELPED_WON = (7, True, False, True)
    """A neighbour that once served has won the contract; its first day is still to come."""
    ENDED = (8, False, False, False)
    """Over; its holder may win it again, but is no neighbour to be called."""

    def __init__(self, _number: int, lot: bool, running: bool, emergency: bool) -> None:
        self.lot = lot
        self.running = running
        self.emergency = emergency


_S = ContractStage
LEGAL_STEPS: dict[str, dict[ContractStage, ContractStage]] = {
    "award": {
        _S.NEW: _S.WON,
        _S.ENDED: _S.WON,
        _S.OPEN: _S.RUNNING,
        _S.HELPING: _S.HELPING_WON,
        _S.HELPED: _S.HELPED_WON,
    },
    "begin": {
        _S.NEW: _S.OPEN,
        _S.WON: _S.RUNNING,
        # Won by a team that served under the open tier already.
        _S.RUNNING: _S.RUNNING,
        _S.HELPING_WON: _S.RUNNING,
        _S.HELPED_WON: _S.RUNNING,
    },
    "fall_through": {
        _S.WON: _S.ENDED,
        _S.RUNNING: _S.OPEN,
        _S.HELPING_WON: _S.HELPING,
        _S.HELPED_WON: _S.HELPED,
        # Its winner closed between the award and the first day.
        _S.ENDED: _S.ENDED,
        _S.HELPED: _S.HELPED,
    },
    "help_out": {
        _S.NEW: _S.HELPING,
        _S.HELPING: _S.HELPING,
        _S.HELPED: _S.HELPING,
        _S.HELPING_WON: _S.HELPING_WON,
        _S.HELPED_WON: _S.HELPING_WON,
    },
    "stop_helping": {
        _S.HELPING: _S.HELPED,
        # It closed while it helped, and is taken off the area's list only now.
        _S.HELPED: _S.HELPED,
        _S.HELPING_WON: _S.WON,
        _S.HELPED_WON: _S.WON,
    },
    "end": {stage: _S.HELPED if stage.emergency else _S.ENDED for stage in _S},
}
"""Each step, the stages from which it may be taken, and the stage it leads to."""


class IllegalStepError(RuntimeError):
    """A contract was to take a step that its stage does not allow: an error in the model."""
