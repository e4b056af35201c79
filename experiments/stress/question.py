"""Who is worst to lose, and when? Every contingency, branched off one history a replication."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import astuple, dataclass, replace
from datetime import date
from typing import TYPE_CHECKING

from experiments.engine.branches import can_fork
from experiments.engine.question import Answers, Question
from experiments.results.provenance import Inputs
from experiments.stress.work import (
    CONTINGENCIES,
    SMALL_ONE,
    ContingencyResult,
    Manner,
    Place,
    items_of,
    results_of,
)
from sim.scenario import Scenario
from sim.scenario.caseload import depends_on as caseload_of

if TYPE_CHECKING:
    from experiments.engine.work import WorkItem
    from experiments.results.writing import Output
    from experiments.stress.stages import Choosing, Stages


@dataclass(frozen=True)
class Contingencies:
    """Each place lost on each date; ``choosing``: until the worst place is known, if asked for."""

    inputs: Inputs
    how: Manner
    places: Sequence[Place]
    dates: Sequence[date]
    choosing: Choosing | None

    @property
    def lost(self) -> list[Place]:
        """Who is lost: the placebo after the places."""
        return [*self.places, SMALL_ONE]

    def results(self, answers: Answers) -> dict[int, list[ContingencyResult]]:
        """What became of each contingency, replication by replication."""
        return results_of(answers.items, answers.done, self.lost, self.dates)

    def stages(self, answers: Answers) -> Stages | None:
        """How far the choice of the worst place has come, if it was asked for."""
        from experiments.stress.folder import harm_of_first
        from experiments.stress.stages import stages_of

        if self.choosing is None:
            return None
        results = self.results(answers)
        first = harm_of_first(self.inputs, self.places, self.dates, results)
        return stages_of(self.choosing, first, results)

    def more(self, answers: Answers) -> Sequence[WorkItem]:
        """The replications that the choice needs next."""
        from experiments.stress.stages import next_items

        known, inputs = self.stages(answers), self.inputs
        if known is None:
            return ()
        return next_items(known, inputs.scenario, inputs.seed, self.how, inputs.replications)

    def told(self, answers: Answers) -> Output:
        """Tables, charts and words."""
        from experiments.stress.folder import findings, output_of

        results = self.results(answers)
        found = findings(self.inputs, self.how, self.places, self.dates, results)
        found = replace(found, stages=self.stages(answers))
        return output_of(found, self.lost, results, answers)

    def look(self, answers: Answers) -> str:
        """What the first replication shows."""
        from experiments.stress.folder import findings
        from experiments.stress.words import first_look

        results = self.results(answers)
        return first_look(findings(self.inputs, self.how, self.places, self.dates, results))


def question(
    scenario: Scenario,
    seed: int,
    replications: int,
    places: Sequence[Place],
    dates: Sequence[date],
    how: Manner,
    choosing: Choosing | None = None,
) -> Question:
    """Each place lost on each date, in every replication.

    ``choosing``: whether it is gone on with until the worst place is known.
    """
    asked = {
        "places": [place.rule for place in places],
        "dates": [day.isoformat() for day in dates],
        "failure": astuple(how),
    }
    inputs = Inputs(scenario, seed, replications, (asked,))
    all_of_them = Contingencies(inputs, how, places, dates, choosing)
    numbers, lost = range(replications), all_of_them.lost
    return Question(
        CONTINGENCIES,
        items_of(scenario, seed, numbers, lost, dates, how, fork=can_fork()),
        {"scenario": scenario.identity, **caseload_of(scenario), "seed": seed, **asked},
        f"{scenario.code}-stress-{inputs.identity[:8]}",
        "contingencies",
        seed,
        all_of_them.told,
        first=len(lost) * len(dates) if replications > 1 else 0,
        look=all_of_them.look,
        more=all_of_them.more,
    )
