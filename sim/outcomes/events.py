"""Tables of what happened: a row a referral, an offer, a placement, a displacement, a change."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.ledger import BRIDGING, GONE, Cause, Ledger, Stage
from sim.outcomes.declaration import Column, Table
from sim.scenario import Scenario

Columns = dict[str, NDArray[Any]]
SETTLEMENTS = np.array(["urban", "fringe", "rural", "isolated"])
CAUSES = np.array([cause.name.lower() for cause in Cause])

_DAY = Column("day", "days since the first morning; negative in the warm-up", "days")
_PACKAGE = Column("package", "the package's number", "id")
_AREA = Column("area", "code of the area", "code")
_TIER = Column("tier", "code of the tier", "code")
_PROVIDER = Column("provider", "code of the provider", "code")
_HOURS = Column("hours", "carer hours of the package", "hours/week")
_CAUSE = Column("cause", "why", "word")

REFERRALS = Table(
    "referrals",
    "One row a person referred, or in care as the market starts.",
    (
        _DAY,
        _PACKAGE,
        _AREA,
        _HOURS,
        Column("carers_a_visit", "2 is double-handed", "carers"),
        Column("settlement", "class of the home", "word"),
        Column("hospital", "referred by hospital discharge", "yes/no"),
        Column("vulnerable", "a change of provider would be harmful", "yes/no"),
        Column("critical", "has critical visits", "yes/no"),
    ),
)
OFFERS = Table(
    "offers",
    "One row a tier's answer to the offer of a package.",
    (
        _DAY,
        _PACKAGE,
        _AREA,
        _TIER,
        Column("asked", "providers asked", "providers"),
        Column("accepted", "of these, accepted", "providers"),
        Column("no_carers", "of these, refused for want of carers", "providers"),
        Column("at_limit", "of these, at their contract's maximum", "providers"),
        Column("unwilling", "of these, did not want it", "providers"),
    ),
)
PLACEMENTS = Table(
    "placements",
    "One row a package accepted by a provider.",
    (
        _DAY,
        _PACKAGE,
        _AREA,
        _TIER,
        _PROVIDER,
        _HOURS,
        Column("days_to_source", "time on the list (or since its provider gave notice)", "days"),
        Column("offers", "answers of tiers so far, this one included", "answers"),
    ),
)
DISPLACEMENTS = Table(
    "displacements",
    "One row a person whose provider stopped.",
    (
        _DAY,
        _PACKAGE,
        _AREA,
        _HOURS,
        Column("vulnerable", "a change of provider is harmful to the person", "yes/no"),
        Column("critical", "has critical visits", "yes/no"),
        Column("from_provider", "code of the provider that stopped", "code"),
        Column("outcome", "what became of the person", "word"),
        Column("new_provider", "code of the provider that took over", "code"),
        Column("new_tier", "tier under which it took over", "code"),
        Column(
            "days_to_service", "days until a new provider served them; blank if none has", "days"
        ),
        Column("uncovered_days", "days at home without cover, to then or to the end", "days"),
        Column("uncovered_hours", "care hours missed in that time", "hours"),
    ),
)
STAFF = Table(
    "staff",
    "One row a change in a team's carers.",
    (_DAY, _AREA, _PROVIDER, Column("change", "carers gained; lost if negative", "carers"), _CAUSE),
)
FAILURES = Table(
    "failures",
    "One row an event of a provider's end or of a principal's contract.",
    (_DAY, _AREA, _PROVIDER, _TIER, _CAUSE),
)
ALL = (REFERRALS, OFFERS, PLACEMENTS, DISPLACEMENTS, STAFF, FAILURES)


def referrals(ledger: Ledger) -> Columns:
    """The table REFERRALS."""
    facts = ledger.columns("referred")
    return {
        "day": facts["day"],
        "package": facts["package"],
        "area": np.array(ledger.labels.areas)[facts["area"]],
        "hours": facts["minutes"] / 60,
        "carers_a_visit": facts["carers"],
        "settlement": SETTLEMENTS[facts["settlement"]],
        "hospital": facts["hospital"] == 1,
        "vulnerable": facts["vulnerable"] == 1,
        "critical": facts["critical"] == 1,
    }


def area_of(ledger: Ledger, package: NDArray[Any]) -> NDArray[Any]:
    """The area codes of packages."""
    codes: NDArray[Any] = np.array(ledger.labels.areas)[package // 1_000_000]
    return codes


def provider_of(ledger: Ledger, branch: NDArray[Any]) -> NDArray[Any]:
    """The provider codes of branches."""
    labels = ledger.labels
    codes: NDArray[Any] = np.array(labels.providers)[np.array(labels.branch_provider)[branch]]
    return codes


def offers(ledger: Ledger) -> Columns:
    """The table OFFERS."""
    facts = ledger.columns("asked")
    return {
        "day": facts["day"],
        "package": facts["package"],
        "area": area_of(ledger, facts["package"]),
        "tier": np.array(ledger.labels.tiers)[facts["tier"]],
        **{
            name: facts[name]
            for name in ("asked", "accepted", "no_carers", "at_limit", "unwilling")
        },
    }


def placements(ledger: Ledger) -> Columns:
    """The table PLACEMENTS."""
    facts, moved, asked = (ledger.columns(name) for name in ("accepted", "moved", "asked"))
    reserved = np.isin(moved["cause"], (Cause.ACCEPTED, Cause.HANDED_OVER))
    return {
        "day": facts["day"],
        "package": facts["package"],
        "area": area_of(ledger, facts["package"]),
        "tier": np.array(ledger.labels.tiers)[facts["tier"]],
        "provider": provider_of(ledger, facts["branch"]),
        "hours": moved["minutes"][reserved] / 60,
        "days_to_source": facts["waited"],
        "offers": answers_so_far(asked, facts),
    }


def answers_so_far(asked: Columns, accepted: Columns) -> NDArray[Any]:
    """How many answers a package has had when it is accepted, over all its searches."""
    order = np.lexsort((np.arange(asked["day"].size), asked["package"]))
    keys = asked["package"][order] * 1e5 + asked["day"][order] + 1e4
    wanted = accepted["package"] * 1e5 + accepted["day"] + 1e4
    upto = np.searchsorted(keys, wanted, side="right")
    first = np.searchsorted(asked["package"][order], accepted["package"], side="left")
    return upto - first


def displacements(ledger: Ledger) -> Columns:
    """The table DISPLACEMENTS: each person's story from the loss on, read off their moves."""
    moved = ledger.columns("moved")
    lost = np.flatnonzero(moved["cause"] == Cause.PROVIDER_FAILED)
    told = ledger.columns("referred")
    where = {int(package): i for i, package in enumerate(told["package"])}
    packages = np.unique(moved["package"][lost])
    mine = np.isin(moved["package"], packages)
    stories: dict[int, list[int]] = {int(package): [] for package in packages}
    for i in np.flatnonzero(mine):
        stories[int(moved["package"][i])].append(int(i))
    rows = []
    for i in lost:
        package = int(moved["package"][i])
        story = stories[package]
        at = where[package]
        rows.append(
            (
                moved["day"][i],
                package,
                moved["minutes"][i] / 60,
                told["vulnerable"][at] == 1,
                told["critical"][at] == 1,
                *_after(ledger, moved, story, story.index(int(i))),
            )
        )
    names = [column.name for column in DISPLACEMENTS.columns if column.name != "area"]
    columns = {name: np.array([row[k] for row in rows]) for k, name in enumerate(names)}
    columns["area"] = area_of(ledger, columns["package"].astype(np.int64))
    return {column.name: columns[column.name] for column in DISPLACEMENTS.columns}


def _after(
    ledger: Ledger, moved: Columns, story: list[int], place: int
) -> tuple[str, str, str, str, float, float, float]:
    """What became of one person after ``story[place]``, the loss of their provider."""
    labels = ledger.labels
    before = int(moved["branch"][story[place - 1]])
    failed = labels.providers[labels.branch_provider[before]]
    uncovered = missed = 0.0
    lost_day = float(moved["day"][story[place]])
    for step, i in enumerate(story[place:], start=place):
        stage, day = moved["stage"][i], float(moved["day"][i])
        if stage == Stage.IN_SERVICE:
            provider = labels.providers[labels.branch_provider[int(moved["branch"][i])]]
            tier = labels.tiers[int(moved["tier"][i])]
            return failed, "rehomed", provider, tier, day - lost_day, uncovered, missed
        if stage in GONE:
            return failed, CAUSES[moved["cause"][i]], "", "", np.nan, uncovered, missed
        if step > place and moved["cause"][i] == Cause.PROVIDER_FAILED:
            return failed, "lost_next_provider", "", "", np.nan, uncovered, missed
        end = float(moved["day"][story[step + 1]]) if step + 1 < len(story) else ledger.day
        if stage not in (*BRIDGING, Stage.INTERRUPTED):
            uncovered += end - day
            missed += (end - day) / 7 * float(moved["minutes"][i]) / 60
    return failed, "still_waiting", "", "", np.nan, uncovered, missed


def staff(ledger: Ledger) -> Columns:
    """The table STAFF."""
    facts = ledger.columns("staffed")
    labels = ledger.labels
    return {
        "day": facts["day"],
        "area": np.array(labels.areas)[np.array(labels.branch_area)[facts["branch"]]],
        "provider": provider_of(ledger, facts["branch"]),
        "change": facts["change"],
        "cause": CAUSES[facts["cause"]],
    }


def failures(ledger: Ledger) -> Columns:
    """The table FAILURES, in order of time."""
    labels = ledger.labels
    rows = [
        (
            day,
            labels.areas[int(area)] if area >= 0 else "",
            labels.providers[int(provider)],
            "",
            str(CAUSES[int(cause)]),
        )
        for day, provider, area, cause in ledger.rows("traded")
    ]
    for day, branch, tier, _, cause in ledger.rows("contracted"):
        area = labels.areas[labels.branch_area[int(branch)]]
        provider = labels.providers[labels.branch_provider[int(branch)]]
        rows.append((day, area, provider, labels.tiers[int(tier)], str(CAUSES[int(cause)])))
    rows.sort(key=lambda row: row[0])
    names = [column.name for column in FAILURES.columns]
    return {name: np.array([row[k] for row in rows]) for k, name in enumerate(names)}


def all_tables(ledger: Ledger, scenario: Scenario) -> dict[str, Columns]:
    """Every table of events by name."""
    return {
        "referrals": referrals(ledger),
        "offers": offers(ledger),
        "placements": placements(ledger),
        "displacements": displacements(ledger),
        "staff": staff(ledger),
        "failures": failures(ledger),
    }
