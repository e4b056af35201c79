"""How the sample of referrals was made: run it to write experiments/samples/referrals.csv anew.

Nobody in it exists. Days are working days of January to June 2024, areas are drawn by their care
hours, hours are skewed around the county's mean, and about a third of what may be blank is blank,
as in a real extract. The numbers are invented for the sample and are no parameter of the model.

    python docs/provenance/sample_referrals.py
"""

from __future__ import annotations

import csv
from datetime import date, timedelta
from pathlib import Path
from random import Random

ROOT = Path(__file__).parents[2]
AREAS = ROOT / "sim" / "counties" / "norfolk" / "areas.csv"
SAMPLE = ROOT / "experiments" / "samples" / "referrals.csv"
SEED = 2024
PEOPLE = 240
FIRST, DAYS = date(2024, 1, 1), 180
COLUMNS = (
    "person",
    "date",
    "area",
    "hours_per_week",
    "carers_a_visit",
    "settlement",
    "hospital",
    "vulnerable",
    "critical",
    "stay_days",
)


def sample() -> list[list[str]]:
    """The rows, first referred first."""
    random = Random(SEED)
    with AREAS.open(encoding="utf-8", newline="") as file:
        areas = list(csv.DictReader(file))
    weights = [float(area["hours_per_four_weeks"]) for area in areas]
    days = sorted(working_day(random) for _ in range(PEOPLE))
    return [
        [f"S{number:03}", day.isoformat(), *person(random, random.choices(areas, weights)[0])]
        for number, day in enumerate(days, 1)
    ]


def working_day(random: Random) -> date:
    """A day from Monday to Friday."""
    while True:
        day = FIRST + timedelta(days=int(random.random() * DAYS))
        if day.weekday() < 5:
            return day


def person(random: Random, area: dict[str, str]) -> list[str]:
    """What the table says of one invented person."""
    carers = 2 if random.random() < 0.2 else 1
    hours = max(0.5, round(2 * random.lognormvariate(2.2, 0.5))) / 2 * carers
    mix = [float(area[f"{kind}_share"]) for kind in ("urban", "fringe", "rural", "isolated")]
    home = random.choices(("urban", "fringe", "rural", "isolated"), mix)[0]
    return [
        area["code"],
        f"{hours:g}",
        known(random, 0.9, str(carers)),
        known(random, 0.6, home),
        known(random, 0.95, yes_or_no(random, 0.45)),
        known(random, 0.5, yes_or_no(random, 0.25)),
        known(random, 0.6, yes_or_no(random, 0.35)),
        known(random, 0.15, str(7 * (1 + int(random.expovariate(1 / 20))))),
    ]


def known(random: Random, share: float, cell: str) -> str:
    """The cell, or nothing where the extract does not say."""
    return cell if random.random() < share else ""


def yes_or_no(random: Random, share: float) -> str:
    """Yes for a share of people."""
    return "yes" if random.random() < share else "no"


def main() -> None:
    """Write the sample."""
    with SAMPLE.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        writer.writerows(sample())


if __name__ == "__main__":
    main()
