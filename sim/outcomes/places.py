"""Which areas are live by when."""

from __future__ import annotations

import numpy as np

from sim.outcomes.histories import Flags
from sim.outcomes.weekly import Weeks


def live_areas(weeks: Weeks, day: float) -> Flags:
    """Which areas are live by a day."""
    start = weeks.scenario.calendar.start
    rows = sorted(weeks.scenario.areas, key=lambda row: row.code)
    return np.array([r.go_live is not None and (r.go_live - start).days <= day for r in rows])
