"""Who is worst of many is chosen on some replications and told on others: wherever one is named."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date

import numpy as np
import pandas as pd
import pytest

from experiments.results.provenance import Inputs
from experiments.run.account import most_elsewhere
from experiments.stress.figures import HARM
from experiments.stress.tables import Harm, by_place, ranking
from experiments.stress.words import Findings, named_loss, screen, worst_words
from experiments.stress.work import Manner, Place
from experiments.words import claims
from sim.outcomes.account import AS_ASKED
from sim.outcomes.failures import DIRECT, INDIRECT
from sim.outcomes.histories import Floats
from sim.scenario import load_scenario

DAY = date(2026, 1, 1)
FLUKE = np.array([[9.0, 400.0, 30.0, 380.0], [90.0, 20.0, 100.0, 40.0]]).T
"""Two candidates: the first is worst by its odd replications, by even ones it is the other."""


def harm_of(hours: Floats) -> Harm:
    """One date, a place a column; half of the hours are direct."""
    hours = hours[:, :, None]
    places = [Place(f"P{number}", f"principal:P{number}") for number in range(hours.shape[1])]
    names = ("displaced_people", "displaced_hours", "displaced_vulnerable", "added_spend_gbp",
             "served_again_in_7_days", "served_again_in_28_days", "back_at_95_in_91_days",
             "picked_up_by_principal")  # fmt: skip
    figures = {name: np.full(hours.shape, 1.0) for name in names}
    return Harm(places, [DAY], {HARM: hours, DIRECT: hours / 2, INDIRECT: hours / 2, **figures})


def by_the_ranking(hours: Floats) -> float:
    table = ranking(harm_of(hours))
    return float(table.loc[table["chosen"] == "yes", "even_mean"].item())


def by_the_places(hours: Floats) -> float:
    table = by_place(harm_of(hours))
    return float(table.loc[table["chosen"] == "yes", "even_mean"].item())


def by_the_words(hours: Floats) -> float:
    names = [f"P{number}" for number in range(hours.shape[1])]
    said = claims.extreme("worst place", names, hours, unit="hours")
    found = re.search(r", (−?[\d.,]+) hours", said)
    assert found is not None, said
    return float(found.group(1).replace(",", "").replace("−", "-"))


def by_the_account(hours: Floats) -> float:
    rows = [(AS_ASKED, row, 91.0, f"A{place}", value)
            for row, values in enumerate(hours.tolist())
            for place, value in enumerate(values)]  # fmt: skip
    columns = ["arm", "replication", "days", "area", "total_hours"]
    found = most_elsewhere(pd.DataFrame(rows, columns=columns), ())
    assert found is not None
    return found.chosen.reported.mean


TELLING: dict[str, Callable[[Floats], float]] = {
    "ranking of a stress test": by_the_ranking,
    "places of a stress test": by_the_places,
    "words": by_the_words,
    "the area most harmed elsewhere": by_the_account,
}


@pytest.mark.parametrize("who", TELLING)
def test_the_figure_is_of_replications_that_did_not_choose(who: str) -> None:
    assert TELLING[who](FLUKE) == pytest.approx((9.0 + 30.0) / 2, rel=0.03)


@pytest.mark.parametrize("who", TELLING)
def test_of_many_alike_the_worst_is_not_told_as_worse_than_it_is(who: str) -> None:
    """Thirty alike: the largest mean of all lies a standard error or two above the truth."""
    rng = np.random.default_rng(1)
    markets = [100.0 + rng.normal(0, 20, (10, 30)) for _ in range(20)]
    flattered = np.mean([hours.mean(axis=0).max() for hours in markets])
    told = np.mean([TELLING[who](hours) for hours in markets])
    assert flattered > 110 and told == pytest.approx(100, abs=6)


def test_the_tables_say_which_replications_chose_and_which_tell() -> None:
    for table in (ranking(harm_of(FLUKE)), by_place(harm_of(FLUKE))):
        assert table["place"].tolist() == ["P0", "P1"]  # by the mean over all
        assert table["chosen"].tolist() == ["yes", ""]
        assert table["odd_mean"].tolist() == [390.0, 30.0]
        assert table["even_mean"].tolist() == [19.5, 95.0]
        assert set(table["odd_replications"]) == set(table["even_replications"]) == {2}


def test_all_that_the_screen_says_of_the_worst_is_of_the_even_replications() -> None:
    harm = harm_of(FLUKE)
    named = named_loss(harm)
    assert named.told_on.tolist() == [True, False, True, False] and named.place == 0
    scenario = load_scenario("small")
    told = " ".join(
        " ".join(screen(Findings(Inputs(scenario, 1, 4), Manner(), harm, 0)).lines()).split()
    )
    assert "P0 in January 2026, 20 more hours without care in the 2 others" in told
    assert "9.8 of these hours are direct" in told
    assert worst_words(harm).endswith("too few for a comparison")


def test_who_is_chosen_but_not_the_worst_of_all_is_not_called_it() -> None:
    """A tie is told as one, and who surely has less than another is no worst."""
    rng = np.random.default_rng(2)
    shared = rng.normal(0, 50, (12, 1))
    hours = 1000 + shared + rng.normal(0, 1, (12, 2))
    said = claims.extreme("worst place", ["P0", "P1"], hours, unit="hours", harm=True)
    assert (
        "which cannot be distinguished from" in said
        and "(chosen on 6 replications, measured on the 6" in said
    )
    hours[:, 1] += 200
    said = claims.extreme("worst place", ["P0", "P1"], hours, unit="hours", harm=True)
    assert said.startswith(
        "Worst place: P1, 1,200 hours (chosen on 6 replications, measured on the 6 others)"
    )


def test_one_future_has_no_worst_of_anything() -> None:
    assert set(ranking(harm_of(FLUKE[:1]))["chosen"]) == {""}
    assert worst_words(harm_of(FLUKE[:1])).startswith("Largest value seen in this simulated future")
    assert most_elsewhere(
        pd.DataFrame({"arm": [AS_ASKED], "replication": [0], "days": [91.0], "area": ["A"],
                      "total_hours": [1.0]}), ()) is None  # fmt: skip
