"""How the sample of a caseload was made: run it to write experiments/samples/caseload.csv anew.

Nobody in it exists. Each team of the invented county `small` has people until its hours of
branches.csv are reached; hours are skewed, and about a fifth of what may be blank is blank, as in a
real extract. The numbers are invented for the sample and are no parameter of the model.

    python docs/provenance/sample_caseload.py
"""

from __future__ import annotations

import csv
from datetime import date, timedelta
from pathlib import Path
from random import Random

ROOT = Path(__file__).parents[2]
COUNTY = ROOT / "sim" / "counties" / "small"
SAMPLE = ROOT / "experiments" / "samples" / "caseload.csv"
SEED = 2023
FIRST_DAY = date(2024, 1, 1)
MEAN_DAYS = 400
LONGEST_DAYS = 3000
COLUMNS = (
    "provider",
    "area",
    "hours_per_week",
    "since",
    "carers_a_visit",
    "settlement",
    "hospital",
    "vulnerable",
    "critical",
    "direct_payment",
)


def sample() -> list[list[str]]:
    """The rows, team by team."""
    random = Random(SEED)
    homes = {area["code"]: area for area in table("areas")}
    found = []
    for team in table("branches"):
        left = float(team["council_hours_per_week"])
        while left > 0:
            carers = 2 if random.random() < 0.25 else 1
            hours = max(0.5, round(2 * random.lognormvariate(2.2, 0.5)) / 2) * carers
            # The last person of a team makes up what is left, if that is not a whole package.
            hours = min(hours, max(1.0, round(left)))
            left -= hours
            row = [team["provider"], team["area"], f"{hours:g}"]
            found.append([*row, *person(random, homes[team["area"]], carers)])
    return found


def table(name: str) -> list[dict[str, str]]:
    """A table of the county."""
    with (COUNTY / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def person(random: Random, area: dict[str, str], carers: int) -> list[str]:
    """What the table says of one invented person beside provider, area and hours."""
    days = min(LONGEST_DAYS, int(random.expovariate(1 / MEAN_DAYS)))
    mix = [float(area[f"{kind}_share"]) for kind in ("urban", "fringe", "rural", "isolated")]
    home = random.choices(("urban", "fringe", "rural", "isolated"), mix)[0]
    return [
        known(random, 0.9, (FIRST_DAY - timedelta(days=days)).isoformat()),
        known(random, 0.9, str(carers)),
        known(random, 0.6, home),
        known(random, 0.8, yes_or_no(random, 0.3)),
        known(random, 0.6, yes_or_no(random, 0.2)),
        known(random, 0.7, yes_or_no(random, 0.35)),
        known(random, 0.95, yes_or_no(random, 0.03)),
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
