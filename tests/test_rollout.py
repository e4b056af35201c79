"""Roll-out: what moves to the principal and its partners, in whole rounds, and what never does.

Stories play in the hamlet of ``test_overload``: homes told one by one, carers of ten hours a week.
P009 is the principal there, P011 its only partner on the framework; P040, P041 and P042 hold nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from itertools import pairwise
from math import floor
from typing import Any

import numpy as np
import pytest
from conftest import only, small_county
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from test_overload import PLACE, Home, hamlet, log

from sim.clock import DAYS_PER_WEEK, DAYS_PER_YEAR
from sim.ledger import BRIDGING, DIRECT_PAYMENT, Cause, Considered, Ledger, Stage
from sim.market.package import Package
from sim.market.rounds import rounds
from sim.processes.bridging import Bridging
from sim.processes.failure import ScriptedFailure
from sim.processes.transfer import stays
from sim.randomness import uniform
from sim.scenario import Scenario, load_scenario
from sim.scenario.tables import Contract
from sim.simulation import Simulation, simulate

LIVE = 100.0
TIER = "commissioning__tiers__"


def live_hamlet(homes: Sequence[Home], posts: dict[str, int], **changed: Any) -> Scenario:
    """A hamlet that goes live on day 100: rounds of five homes, nobody vulnerable, one stage a week.

    The area has 200 hours a week, 140 of them for the principal and 60 for the framework.
    """
    given = {
        f"areas__{PLACE}__go_live": "2024-04-10",
        f"areas__{PLACE}__hours_per_four_weeks": 800,
        "travel__visits_per_round": 5,
        "rollout__decision_days": 14,
        "rollout__stage_days": 7,
        "rollout__provider_loss_cap": 1.0,
        "rollout__round_unmovable_share": 0.5,
        "rollout__direct_payment_share": 0.0,
        "rollout__staff_move_share": 0.5,
        "rollout__viable_hours_per_week": 0,
        f"{TIER}principal__answer_days": 0,
        f"{TIER}pcn_framework__answer_days": 0,
    }
    scenario = hamlet(homes, posts, **{**given, **changed})
    model = scenario.commissioning
    held = [
        Contract(tier="principal", area=PLACE, provider="P009", starts=None, rank=1),
        Contract(tier="pcn_framework", area=PLACE, provider="P011", starts=None, rank=1),
    ]
    return scenario.model_copy(
        update={"commissioning": model.model_copy(update={"contracts": tuple(held)})}
    )


def considered(ledger: Ledger) -> list[str]:
    """What became of rounds, in words."""
    owners = [code.split(":")[0] for code in ledger.labels.branches]
    return [
        f"{int(day)} {owners[int(team)]} {people:.0f} people"
        + (f", {vulnerable:.0f} vulnerable" if vulnerable else "")
        + (f", {choose:.0f} choose to stay" if choose else "")
        + f": {Considered(int(outcome)).name.lower()}"
        + (f" to {owners[int(taker)]} with {carers:.0f} carers" if taker >= 0 else "")
        for day, team, taker, people, _, vulnerable, choose, carers, outcome in ledger.rows(
            "round_considered"
        )
    ]
