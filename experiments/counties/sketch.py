"""From ten answers to a county's folder that runs: a first sketch, every line marked as such.

What was not asked is Norfolk's, or follows from Norfolk's by a rule that its source names.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from math import ceil, fsum, sqrt
from pathlib import Path

from scipy.optimize import brentq

from experiments.counties.copying import FIRST_WHAT_IFS, made_whole
from experiments.counties.questions import Answers, code_of
from experiments.counties.settings_text import Value, as_of, named, with_value
from experiments.models.rules import holders
from experiments.results.csv_files import write_rows
from sim.scenario import Scenario, load_scenario
from sim.scenario.national import COLUMNS, national_wages
from sim.scenario.shipped import COMMISSIONING_MODELS, COUNTIES
from sim.scenario.tables import Area, Branch, Wage

ASKED = "asked: answer {} of ten"
TEMPLATE, PATTERN = "small", "norfolk"
"""The county whose settings are taken, and the one whose proportions are."""
MODELS = {
    "framework": (
        "norfolk_countywide_spot",
        "open_framework",
        "every provider is asked",
        "Norfolk",
    ),
    "principal": (
        "small_principal_provider",
        "principal_providers",
        "principal providers, with frameworks behind them",
        "Norfolk",
    ),
    "one": (
        "one_provider_each_area",
        "one_provider",
        "one provider for all care of an area",
        "Staffordshire",
    ),
}
"""By way of buying: the model that is taken, its code and name in the county, and whose it is."""
PLAIN_NAMES = {
    "PCN framework": "Framework of the area",
    "Legacy framework": "Framework of the county",
    "Generic framework": "Framework of the area",
}
WELL_RATED_SHARE = 0.847
"""P219: home care services rated good or outstanding, of those rated, England, July 2024."""


@dataclass(frozen=True)
class Pattern:
    """Proportions of Norfolk that a sketch borrows, from its tables as they ship."""

    fringe_of_towns: float
    isolated_of_country: float
    hours_per_private_person: float
    brokers_per_hour: float
    bridging_per_hour: float
    km2_per_hour_town: float
    km2_per_hour_country: float


def pattern() -> Pattern:
    """Norfolk's proportions."""
    county = load_scenario(PATTERN)

    def weighted(*columns: str) -> float:
        return fsum(
            row.hours_per_four_weeks * fsum(getattr(row, column) for column in columns)
            for row in county.areas
        )

    def km2_per_hour(*, country: bool) -> float:
        rows = [
            row for row in county.areas if (row.rural_share + row.isolated_share >= 0.5) is country
        ]
        return fsum(r.area_km2 for r in rows) / (fsum(r.hours_per_four_weeks for r in rows) / 4)

    hours = fsum(row.hours_per_four_weeks for row in county.areas) / 4
    return Pattern(
        weighted("fringe_share") / weighted("urban_share", "fringe_share"),
        weighted("isolated_share") / weighted("rural_share", "isolated_share"),
        fsum(row.private_hours_per_week for row in county.branches)
        / fsum(row.private_people for row in county.branches),
        county.brokerage.brokers / hours,
        county.bridging.hours_per_week / hours,
        km2_per_hour(country=False),
        km2_per_hour(country=True),
    )


def sketched(answers: Answers, folder: Path) -> None:
    """Write the county's folder; it appears only once it is whole."""
    borrowed = pattern()
    taken, code, name, whose = MODELS[answers.buying]
    settings = (COUNTIES / TEMPLATE / "county.toml").read_text(encoding="utf-8")
    settings = with_values(settings, settings_of(answers, borrowed))
    model = (COMMISSIONING_MODELS / taken / "model.toml").read_text(encoding="utf-8")
    texts = {
        "county.toml": first_lines(folder.name, code) + after_the_head(settings),
        f"{code}/model.toml": as_of(of_any_county(named_model(model, code, name)), whose),
        "overrides.toml": FIRST_WHAT_IFS.format(folder=folder.name),
    }
    with made_whole(folder) as part:
        (part / code).mkdir()
        for file, text in texts.items():
            (part / file).write_text(text, encoding="utf-8", newline="\n")
        for file, rows in tables_of(answers, borrowed).items():
            write_rows(part / file, rows)
        contracts = part / code / "contracts.csv"
        write_rows(contracts, [CONTRACT_COLUMNS])
        write_rows(contracts, contract_rows(load_scenario(part)))


PROVIDER_COLUMNS = ("code", "rating", "source")
AREA_COLUMNS = [column for column in Area.model_fields if column != "labour_ratio"]
BRANCH_COLUMNS = list(Branch.model_fields)
CONTRACT_COLUMNS = ("tier", "area", "provider", "starts", "rank")


def contract_rows(county: Scenario) -> list[tuple[object, ...]]:
    """Who holds what: by the rule with which ``compare-models`` gives contracts out."""
    rows = holders(county, county.commissioning.tiers)
    cells = [(row.tier, row.area, row.provider, "", row.rank) for row in rows]
    return [CONTRACT_COLUMNS, *cells]


def first_lines(name: str, model: str) -> str:
    """The head of county.toml."""
    head = (
        "# A first sketch from ten answers (caremarket new --ask). Values that were not asked\n"
        "# for are Norfolk's or follow from them: each line says so. Replace what you know.\n\n"
        f'code = "x"\nname = "x"\ncommissioning = "{model}"\n\n'
    )
    return named(head, name, name)


def after_the_head(settings: str) -> str:
    """Settings from their first section on."""
    return settings[settings.index("[calendar]") :]


def named_model(text: str, code: str, name: str) -> str:
    """A commissioning model with its code and name in the county."""
    lines = text.splitlines(keepends=True)
    kept = [line for line in lines if not line.startswith("#")]
    told = {"code = ": f'code = "{code}"\n', "name = ": f'name = "{name}"\n'}
    for start, line in told.items():
        place = next(i for i, old in enumerate(kept) if old.startswith(start))
        kept[place] = line
    return "".join(kept).lstrip()


def of_any_county(model: str) -> str:
    """A commissioning model whose tiers bear names that any council would understand."""
    for name, plain in PLAIN_NAMES.items():
        model = model.replace(f'name = "{name}"', f'name = "{plain}"')
    return model


def settings_of(answers: Answers, borrowed: Pattern) -> dict[str, tuple[Value, str]]:
    """What the answers set in county.toml: value and source by path."""
    hours = fsum(answers.hours_per_week)
    first, last = answers.years
    per_hour = "as many for an hour of care as Norfolk"
    return {
        "calendar.start": (date(first, 1, 1), ASKED.format(1)),
        "calendar.end": (date(last, 12, 31), ASKED.format(1)),
        "calendar.warm_up_weeks": (52, "as Norfolk: a year"),
        "packages.mean_carer_hours_per_week": (
            round(hours / answers.people, 2),
            "asked: answers 3 and 4 of ten, hours / people",
        ),
        "brokerage.brokers": (max(2, ceil(borrowed.brokers_per_hour * hours)), per_hour),
        "bridging.hours_per_week": (round(borrowed.bridging_per_hour * hours), per_hour),
        "procurement.emergency_days": (
            120,
            "a principal provider is replaced in four months, assumed",
        ),
    }


def with_values(text: str, values: Mapping[str, tuple[Value, str]]) -> str:
    """Settings with other values, each an estimate or an assumption."""
    for path, (value, source) in values.items():
        sure = "estimate" if source.startswith("asked") else "assumption"
        text = with_value(text, path, value, source, sure)
    return text


Rows = Iterable[Iterable[object]]


def tables_of(answers: Answers, borrowed: Pattern) -> dict[str, Rows]:
    """The tables of the county, their headings first."""
    codes = [code_of(name) for name in answers.areas]
    return {
        "areas.csv": area_rows(answers, borrowed, codes),
        "providers.csv": provider_rows(answers.providers),
        "branches.csv": branch_rows(answers, borrowed, codes),
        "wages.csv": wage_rows(answers),
    }


def area_rows(answers: Answers, borrowed: Pattern, codes: list[str]) -> Rows:
    """areas.csv: hours as answered, homes and size by Norfolk's proportions."""
    country = answers.countryside_share
    fringe = (1 - country) * borrowed.fringe_of_towns
    isolated = country * borrowed.isolated_of_country
    shares = [round(share, 4) for share in (fringe, country - isolated, isolated)]
    density = (1 - country) * borrowed.km2_per_hour_town + country * borrowed.km2_per_hour_country
    live = "" if answers.buying != "principal" else date(answers.years[0], 1, 1).isoformat()
    wide = ceil(sqrt(len(codes)))
    source = (
        "asked: answers 2, 3 and 5 of ten; size, edges of towns and isolated homes in Norfolk's "
        "proportions; the same mix everywhere: an assumption"
    )
    yield AREA_COLUMNS
    for place, (code, name, hours) in enumerate(
        zip(codes, answers.areas, answers.hours_per_week, strict=True)
    ):
        towns = round(1 - fsum(shares), 4)
        size = max(1.0, round(hours * density, 1))
        tile = divmod(place, wide)
        yield (code, name, "County", live, size, round(4 * hours, 1), towns, *shares, *tile, source)


def provider_rows(number: int) -> Rows:
    """providers.csv: as many well rated as in England, the largest among them."""
    yield PROVIDER_COLUMNS
    source = "assumption: England's share of good ratings (P219), spread evenly"
    for place in range(1, number + 1):
        poor = int(place * (1 - WELL_RATED_SHARE)) > int((place - 1) * (1 - WELL_RATED_SHARE))
        yield (provider_code(place), "requires_improvement" if poor else "good", source)


def provider_code(place: int) -> str:
    """The code of the provider of a place in the order of sizes."""
    return f"P{place:03d}"


def branch_rows(answers: Answers, borrowed: Pattern, codes: list[str]) -> Rows:
    """branches.csv: teams that add up to each area's hours and to each provider's."""
    yield BRANCH_COLUMNS
    private = answers.private_share / (1 - answers.private_share)
    for provider, area, hours in teams(answers):
        own = round(hours * private, 1)
        people = round(own / borrowed.hours_per_private_person, 2)
        yield (provider, codes[area], round(hours, 1), own, people, "")


def teams(answers: Answers) -> list[tuple[str, int, float]]:
    """Provider, place of the area and hours of each team.

    The smallest provider has one team, in the area of whose hours most are not served yet; so has
    the next, as long as it fits into one. Whoever is left serves what is left, in proportion.
    """
    sizes = [share * fsum(answers.hours_per_week) for share in shares_of_providers(answers)]
    left = list(answers.hours_per_week)
    found = []
    wide = list(enumerate(sizes, start=1))
    while len(wide) > max(1, len(sizes) // 3):
        place, size = wide[-1]
        area = max(range(len(left)), key=lambda i: (left[i] / answers.hours_per_week[i], -i))
        if size > 0.5 * left[area]:  # half of an area at most, so that nobody is alone in it
            break
        wide.pop()
        left[area] -= size
        found.append((provider_code(place), area, size))
    whole, remaining = fsum(size for _, size in wide), list(left)
    for place, size in wide:
        found += [
            (provider_code(place), area, hours * size / whole)
            for area, hours in enumerate(remaining)
            if hours > 0
        ]
    return sorted(found)


def shares_of_providers(answers: Answers) -> list[float]:
    """Shares of the council's hours, each smaller than the one before by the same ratio."""
    number, largest = answers.providers, answers.largest_share
    if number == 1:
        return [1.0]
    if largest * number <= 1 + 1e-6:
        return [1 / number] * number

    def too_much(ratio: float) -> float:
        return fsum(largest * ratio**i for i in range(number)) - 1

    ratio = brentq(too_much, 1e-9, 1.0)
    return [largest * ratio**i for i in range(number)]


def wage_rows(answers: Answers) -> Rows:
    """wages.csv: the rate as answered, in later years grown with the National Living Wage."""
    first, last = (date(answers.years[0], 1, 1), date(answers.years[1], 12, 31))
    begun = [row for row in national_wages() if row.starts <= first]
    rows = [begun[-1], *(row for row in national_wages() if first < row.starts <= last)]
    wage = COLUMNS.index("living_wage_gbp_per_hour")
    yield [column for column in Wage.model_fields if column not in COLUMNS]
    for row in rows:
        ratio = float(row.figures[wage]) / float(rows[0].figures[wage])
        source = ASKED.format(10) if ratio == 1 else "grown with the National Living Wage, assumed"
        yield (row.starts, round(answers.rate_gbp_per_hour * ratio, 2), source)
