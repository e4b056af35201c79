"""Tables of what happened: a row a referral, an offer, a placement, a displacement, a change."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.ledger import BRIDGING, GONE, IDS_PER_AREA, LOSSES, Cause, Considered, Ledger, Stage
from sim.outcomes.declaration import Column, Table
from sim.outcomes.payers import payer_of
from sim.scenario import Scenario

Columns = dict[str, NDArray[Any]]
SETTLEMENTS = np.array(["urban", "fringe", "rural", "isolated"])
CAUSES = np.array([cause.name.lower() for cause in Cause])
CONSIDERED = np.array([outcome.name.lower() for outcome in Considered])

_DAY = Column("day", "days since the first morning; negative in the warm-up", "days")
_PACKAGE = Column("package", "the package's number", "id")
_AREA = Column("area", "code of the area", "code")
_TIER = Column("tier", "code of the tier", "code")
_PROVIDER = Column("provider", "code of the provider", "code")
_HOURS = Column("hours", "carer hours of the package", "hours/week")
_CAUSE = Column("cause", "why", "word")
_PAYER = Column("payer", "who pays for the care: council or self", "word")

REFERRALS = Table(
    "referrals",
    "One row for each person referred, in care as the market starts, or paying for their own "
    "care when their provider closes.",
    (
        _DAY,
        _PACKAGE,
        _PAYER,
        _AREA,
        _HOURS,
        Column("carers_a_visit", "carers at a visit; 2 is double-handed", "carers"),
        Column("settlement", "class of the home", "word"),
        Column("hospital", "referred by hospital discharge", "yes/no"),
        Column("vulnerable", "a change of provider would be harmful", "yes/no"),
        Column("critical", "has critical visits", "yes/no"),
    ),
    of_people=True,
)
OFFERS = Table(
    "offers",
    "One row for each answer of a tier to the offer of a package.",
    (
        _DAY,
        _PACKAGE,
        _PAYER,
        _AREA,
        _TIER,
        Column("asked", "providers asked", "providers"),
        Column("accepted", "providers asked that accepted", "providers"),
        Column("no_carers", "providers asked that refused because they lacked carers", "providers"),
        Column(
            "at_limit", "providers asked that had reached their contract's maximum", "providers"
        ),
        Column("unwilling", "providers asked that did not want the package", "providers"),
    ),
    of_people=True,
)
PLACEMENTS = Table(
    "placements",
    "One row for each package accepted by a provider.",
    (
        _DAY,
        _PACKAGE,
        _PAYER,
        _AREA,
        _TIER,
        _PROVIDER,
        _HOURS,
        Column("days_to_source", "time on the list (or since its provider gave notice)", "days"),
        Column("offers", "answers of tiers so far, including this one", "answers"),
    ),
    of_people=True,
)
DISPLACEMENTS = Table(
    "displacements",
    "One row for each person whose provider stopped.",
    (
        _DAY,
        _PACKAGE,
        _PAYER,
        _AREA,
        _HOURS,
        Column("vulnerable", "a change of provider is harmful to the person", "yes/no"),
        Column("critical", "has critical visits", "yes/no"),
        Column("from_provider", "code of the provider that stopped", "code"),
        Column("why", "provider_failed, contract_returned or handed_back", "word"),
        Column("outcome", "what became of the person", "word"),
        Column("new_provider", "code of the provider that took over", "code"),
        Column("new_tier", "tier under which it took over", "code"),
        Column(
            "days_to_service",
            "days until a new provider served them; blank if there is none",
            "days",
        ),
        Column(
            "uncovered_days",
            "days at home without cover, until a new provider served them or the run ended",
            "days",
        ),
        Column("uncovered_hours", "care hours missed in that time", "hours"),
    ),
    of_people=True,
)
HAND_BACKS = Table(
    "hand_backs",
    "One row for each package of which a provider gave notice (handed back, or contract returned).",
    (
        _DAY,
        _PACKAGE,
        _PAYER,
        _AREA,
        _TIER,
        _PROVIDER,
        _HOURS,
        Column(
            "outcome",
            "what happened next: handed_over to another provider, handed_back without cover, "
            "or other",
            "word",
        ),
        Column(
            "notice_days",
            "days from the notice to that event; blank if it has not happened",
            "days",
        ),
    ),
    of_people=True,
)
ROUNDS_OFFERED = Table(
    "rounds_offered",
    "One row for each answer of a tier to the offer of a whole round, after a failure.",
    (
        _DAY,
        _AREA,
        Column("from_provider", "code of the provider that stopped", "code"),
        _TIER,
        Column("people", "people in the round", "people"),
        _HOURS,
        Column("asked", "providers asked", "providers"),
        Column("taker", "code of the provider that took the round; blank: none", "code"),
    ),
    of_people=True,
)
ROUNDS_CONSIDERED = Table(
    "rounds_considered",
    "One row for each round due to move to a principal provider or its framework at roll-out, "
    "and the reason why it moved or not.",
    (
        _DAY,
        _AREA,
        Column("from_provider", "code of the provider that serves it", "code"),
        Column("taker", "code of the provider it moves to; blank: it stays", "code"),
        Column("people", "people in the round", "people"),
        _HOURS,
        Column("vulnerable", "those of them who should not be moved", "people"),
        Column("by_choice", "those of them who would stay on a direct payment", "people"),
        Column("carers", "carers who move with it", "carers"),
        Column("outcome", "moved, or why not", "word"),
    ),
    of_people=True,
)
STAFF = Table(
    "staff",
    "One row for each change in a team's carers.",
    (_DAY, _AREA, _PROVIDER, Column("change", "carers gained; lost if negative", "carers"), _CAUSE),
)
FAILURES = Table(
    "failures",
    "One row for each event of a provider (notice, closure, suspension, loss of carers, ...) "
    "or of a contract (start, end, return, tender, award, neighbours called in).",
    (_DAY, _AREA, _PROVIDER, _TIER, _CAUSE),
)
ALL = (
    REFERRALS,
    OFFERS,
    PLACEMENTS,
    DISPLACEMENTS,
    HAND_BACKS,
    ROUNDS_OFFERED,
    ROUNDS_CONSIDERED,
    STAFF,
    FAILURES,
)


def referrals(ledger: Ledger) -> Columns:
    """The table REFERRALS."""
    facts = ledger.columns("referred")
    return {
        "day": facts["day"],
        "package": facts["package"],
        "payer": payer_of(facts["package"]),
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
    codes: NDArray[Any] = np.array(ledger.labels.areas)[package // IDS_PER_AREA]
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
        "payer": payer_of(facts["package"]),
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
        "payer": payer_of(facts["package"]),
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
    days = np.unique(np.concatenate([asked["day"], accepted["day"]]))
    # One number for package and day, so that a single search finds each in its place.
    keys = asked["package"][order] * days.size + np.searchsorted(days, asked["day"][order])
    wanted = accepted["package"] * days.size + np.searchsorted(days, accepted["day"])
    upto = np.searchsorted(keys, wanted, side="right")
    first = np.searchsorted(asked["package"][order], accepted["package"], side="left")
    return upto - first


def displacements(ledger: Ledger) -> Columns:
    """The table DISPLACEMENTS: each person's story from the loss on, read off their moves."""
    moved = ledger.columns("moved")
    lost = np.flatnonzero(np.isin(moved["cause"], LOSSES))
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
                CAUSES[moved["cause"][i]],
            )
        )
    left_out = ("area", "payer", "why")
    names = [column.name for column in DISPLACEMENTS.columns if column.name not in left_out]
    names.append("why")
    columns = {name: np.array([row[k] for row in rows]) for k, name in enumerate(names)}
    columns["area"] = area_of(ledger, columns["package"].astype(np.int64))
    columns["payer"] = payer_of(columns["package"].astype(np.int64))
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
            return failed, "served_again", provider, tier, day - lost_day, uncovered, missed
        if stage in GONE:
            return failed, CAUSES[moved["cause"][i]], "", "", np.nan, uncovered, missed
        if step > place and moved["cause"][i] in LOSSES:
            return failed, "lost_next_provider", "", "", np.nan, uncovered, missed
        end = float(moved["day"][story[step + 1]]) if step + 1 < len(story) else ledger.day
        # Bridged or in hospital somebody looks after them: nothing is missed.
        if stage not in (*BRIDGING, Stage.INTERRUPTED):
            uncovered += end - day
            missed += (end - day) / 7 * float(moved["minutes"][i]) / 60
    return failed, "still_waiting", "", "", np.nan, uncovered, missed


def hand_backs(ledger: Ledger) -> Columns:
    """The table HAND_BACKS: each notice, and the package's next change of place."""
    moved = ledger.columns("moved")
    order = np.argsort(moved["package"], kind="stable")
    facts = {name: column[order] for name, column in moved.items()}
    told = np.flatnonzero(facts["cause"] == Cause.HAND_BACK_NOTICE)
    rows = [_what_came_next(facts, int(i)) for i in told]
    columns: Columns = {
        "day": facts["day"][told],
        "package": facts["package"][told],
        "payer": payer_of(facts["package"][told]),
        "area": area_of(ledger, facts["package"][told]),
        "tier": np.array(ledger.labels.tiers)[facts["tier"][told]],
        "provider": provider_of(ledger, facts["branch"][told]),
        "hours": facts["minutes"][told] / 60,
        "outcome": np.array([outcome for outcome, _ in rows]),
        "notice_days": np.array([days for _, days in rows]),
    }
    by_time = np.argsort(columns["day"], kind="stable")
    return {name: column[by_time] for name, column in columns.items()}


def _what_came_next(facts: Columns, i: int) -> tuple[str, float]:
    """The next move of a package that is more than a change of hours."""
    for later in range(i + 1, facts["package"].size):
        if facts["package"][later] != facts["package"][i]:
            break
        cause = Cause(int(facts["cause"][later]))
        if cause not in (Cause.REVIEWED, Cause.TO_HOSPITAL, Cause.FROM_HOSPITAL):
            return cause.name.lower(), float(facts["day"][later] - facts["day"][i])
    return "not_yet", np.nan


def team_of(ledger: Ledger, branch: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
    """The area codes and provider codes of branches; blank where there is none."""
    labels = ledger.labels
    areas = np.array([*labels.areas, ""])[np.array([*labels.branch_area, -1])[branch]]
    owners = np.array([*labels.providers, ""])[np.array([*labels.branch_provider, -1])[branch]]
    return areas, owners


def rounds_offered(ledger: Ledger) -> Columns:
    """The table ROUNDS_OFFERED."""
    facts = ledger.columns("round_offered")
    area, left = team_of(ledger, facts["branch"])
    return {
        "day": facts["day"],
        "area": area,
        "from_provider": left,
        "tier": np.array(ledger.labels.tiers)[facts["tier"]],
        "people": facts["people"],
        "hours": facts["minutes"] / 60,
        "asked": facts["asked"],
        "taker": team_of(ledger, facts["taker"])[1],
    }


def rounds_considered(ledger: Ledger) -> Columns:
    """The table ROUNDS_CONSIDERED."""
    facts = ledger.columns("round_considered")
    area, left = team_of(ledger, facts["branch"])
    return {
        "day": facts["day"],
        "area": area,
        "from_provider": left,
        "taker": team_of(ledger, facts["taker"])[1],
        "people": facts["people"],
        "hours": facts["minutes"] / 60,
        **{name: facts[name] for name in ("vulnerable", "by_choice", "carers")},
        "outcome": CONSIDERED[facts["outcome"]],
    }


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
        # Who may be asked without a contract is no event of the market.
        if cause == Cause.OPEN_TIER:
            continue
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
        "hand_backs": hand_backs(ledger),
        "rounds_offered": rounds_offered(ledger),
        "rounds_considered": rounds_considered(ledger),
        "staff": staff(ledger),
        "failures": failures(ledger),
    }
