"""Outcomes of the failures that a run is asked about: whom they concern, and what they do.

Each is read off the account (:mod:`sim.outcomes.account`), all failures of a run together. Days are
counted from the day on which care stops; harm from the announcement on.

People concerned are everybody whom the failing providers serve, whoever pays. What is told of them
is told once more of self-funders alone (``self_funders_…``); the rest are the council's people.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from sim.ledger import LOSSES, Cause, Payer, order_of
from sim.outcomes.account import HEADLINE_DAYS, Account, Columns, exits, held_by
from sim.outcomes.declaration import About
from sim.outcomes.fates import Story, loses_the_provider, stories
from sim.outcomes.gaps import TOLD_DAYS, gaps_of, gaps_with_and_without
from sim.outcomes.histories import Flags, Floats
from sim.outcomes.n_minus_1 import n_minus_1
from sim.outcomes.payers import has_figures
from sim.outcomes.registry import OUTCOMES, outcome
from sim.outcomes.resilience import DAYS_AFTER, Response, response

DIRECT = "direct_hours_in_91_days"
INDIRECT = "indirect_hours_in_91_days"
N_MINUS_1 = "n_minus_1"
TOTAL = "total_hours_in_91_days"
"""The headline: hours of care that the failures add to those without care in the county."""


@dataclass(frozen=True)
class Failures:
    """The account of the failures, and what is read off it more than once."""

    account: Account

    @cached_property
    def self_funders(self) -> Failures | None:
        """The same of the people who pay for their own care; None where there are no figures."""
        if not has_figures(self.account.market.ledger):
            return None
        return Failures(self.account.of(Payer.SELF))

    @cached_property
    def after(self) -> Response:
        """The service level around them."""
        return response(self.account)

    @cached_property
    def stories(self) -> list[Story]:
        """What becomes of each person concerned."""
        return list(stories(self.account, self.account.market))

    @cached_property
    def first_served(self) -> Floats:
        """When another provider first serves each of them, story by story; NaN if never."""
        return np.array([story.first_served_by_another() for story in self.stories])

    @cached_property
    def _stops(self) -> Floats:
        return np.array([story.stops for story in self.stories])

    @cached_property
    def _referred(self) -> Columns:
        """What is known of the people of the failing providers from their referral."""
        told = self.account.market.ledger.columns("referred")
        order = order_of(told["package"])
        mine = order[np.searchsorted(told["package"], self.account.people, sorter=order)]
        assert (told["package"][mine] == self.account.people).all()
        return {name: column[mine] for name, column in told.items()}

    @cached_property
    def vulnerable(self) -> Flags:
        """Which of the people of the failing providers are vulnerable."""
        return self._are("vulnerable")

    @cached_property
    def in_danger(self) -> Flags:
        """Which of the people of the failing providers are vulnerable or have critical visits."""
        found: Flags = self.vulnerable | self._are("critical")
        return found

    def _are(self, name: str) -> Flags:
        found: Flags = self._referred[name] == 1
        return found

    @cached_property
    def gaps(self) -> tuple[Floats, Floats]:
        """Days of each one's longest gap, with and without the failures."""
        return gaps_with_and_without(self.account)

    @cached_property
    def hours(self) -> Floats:
        """Hours a week of the people of the failing providers, at the announcement."""
        told = self.account.market.histories
        found = []
        for failure in self.account.failures:
            there = held_by(told, failure.branches, failure.announced)
            there &= np.isin(told.package, self.account.people_of(failure))
            found.append(np.stack([told.package[there], told.minutes[there] / 60]))
        packages, hours = np.concatenate(found, axis=1)
        # Whom two failures concern is counted once.
        _, first = np.unique(packages, return_index=True)
        counted: Floats = hours[first]
        return counted

    def on_day(self, day: float) -> list[str] | None:
        """The fate of each person so many days after care stops; None if that is not simulated."""
        if day > self.account.days_known:
            return None
        if day not in self._fates:
            self._fates[day] = [story.state(story.stops + day) for story in self.stories]
        return self._fates[day]

    @cached_property
    def _fates(self) -> dict[float, list[str]]:
        return {}  # several outcomes count those of one day

    def count(self, fate: str, day: float = HEADLINE_DAYS) -> float:
        """People with a fate on a day."""
        found = self.on_day(day)
        return np.nan if found is None else float(found.count(fate))

    @cached_property
    def picked_up_under(self) -> list[str]:
        """Codes of the tiers under which other providers first serve them, within 91 days."""
        tiers = self.account.market.ledger.labels.tiers
        return [
            tiers[int(story.tiers[story.at(day)])]
            for story, day in zip(self.stories, self.first_served.tolist(), strict=True)
            if day <= story.stops + HEADLINE_DAYS
        ]

    def served_again(self, days: float) -> float:
        """Share of them whom another provider has served by a day; NaN of nobody."""
        if days > self.account.days_known or not self.stories:
            return np.nan
        if not loses_the_provider(self.account):
            return np.nan
        return float(np.mean(self.first_served <= self._stops + days))


@outcome("people", about=About.FAILURE, better="lower")
def displaced_people(failures: Failures) -> float:
    """People whom the failing providers serve, or keep a place for, at the announcement."""
    return float(failures.account.people.size)


@outcome("hours/week", about=About.FAILURE, better="lower")
def displaced_hours(failures: Failures) -> float:
    """Hours of the people whom the failing providers serve at the announcement."""
    return float(failures.hours.sum())


@outcome("people", about=About.FAILURE, better="lower")
def displaced_vulnerable(failures: Failures) -> float:
    """Vulnerable people whom the failing providers serve at the announcement."""
    return float(failures.vulnerable.sum())


@outcome("people", about=About.FAILURE, better="lower")
def left_without_provider(failures: Failures) -> float:
    """People of the failing providers who still have no other provider when care stops."""
    return float(sum(_moves(story, LOSSES) for story in failures.stories))


@outcome("people", about=About.FAILURE, better="higher")
def handed_over_people(failures: Failures) -> float:
    """People of the failing providers whom another provider takes over during the notice period."""
    return float(sum(_moves(story, (Cause.HANDED_OVER,)) for story in failures.stories))


@outcome("people", about=About.FAILURE, better="lower")
def handed_over_late(failures: Failures) -> float:
    """People taken over during the notice period whose first visit comes only after care has
    stopped."""
    # A gap begins with the old provider's last day: a later one is another provider's notice.
    late = [one.causes == Cause.FIRST_VISIT_AWAITED for one in failures.stories]
    there = [_by_then(one) for one in failures.stories]
    return float(sum(bool((a & b).any()) for a, b in zip(late, there, strict=True)))


@outcome("days", about=About.FAILURE, better="lower")
def longest_gap_mean(failures: Failures) -> float:
    """Longest time that each of the people of the failing providers is at home without care, to 91
    days after care stops: the mean over all of them, including those without a gap."""
    found, _ = failures.gaps
    return float(found.mean()) if found.size else np.nan


def _gap_outcome(days: int, long: str, *, danger: bool) -> None:
    def of(failures: Failures) -> float:
        found, usual = failures.gaps
        if np.isnan(found).any():
            return np.nan
        whose = failures.in_danger if danger else np.ones(found.size, dtype=bool)
        return float((gaps_of(found, usual, days) & whose).sum())

    of_whom = "people of the failing providers"
    if danger:
        of_whom += " who are vulnerable or have critical visits,"
    outcome(
        "people",
        about=About.FAILURE,
        better="lower",
        name=f"{'in_danger_' if danger else ''}alone_{days}_day{'s' if days > 1 else ''}",
        meaning=f"{of_whom} at home without care for {long} or longer on end within 91 days "
        "after care stops, but not in the market without the failure",
    )(of)


for _days, _long in zip(TOLD_DAYS, ("24 hours", "72 hours", "7 days"), strict=True):
    for _danger in (False, True):
        _gap_outcome(_days, _long, danger=_danger)


def _moves(story: Story, causes: tuple[Cause, ...]) -> bool:
    """Whether somebody leaves the failing teams for one of these causes by the day care stops."""
    places = np.flatnonzero(_by_then(story)).tolist()
    return any(
        place and story.branches[place - 1] in story.failing and story.causes[place] in causes
        for place in places
    )


def _by_then(story: Story) -> Flags:
    """Which moves of somebody come from the announcement to the day care stops."""
    period: Flags = (story.days >= story.announced) & (story.days <= story.stops)
    return period


@outcome("share", about=About.FAILURE, better="higher")
def served_again_in_7_days(failures: Failures) -> float:
    """Share of the failing providers' people whom another provider has served within 7 days."""
    return failures.served_again(7)


@outcome("share", about=About.FAILURE, better="higher")
def served_again_in_28_days(failures: Failures) -> float:
    """Share of the failing providers' people whom another provider has served within 28 days."""
    return failures.served_again(28)


@outcome("share", about=About.FAILURE, better="higher", name=N_MINUS_1, difference=True)
def share_that_is_there(failures: Failures) -> float:
    """Share of the care of the failing providers' people that is available on day 28 (N-1
    adequacy): 1 - hours without care added in the county / hours that these people still need."""
    account = failures.account
    return n_minus_1(
        account.market.ledger,
        account.without.ledger,
        account.people,
        account.stops,
        failed_spells=account.market.histories,
        usual_spells=account.without.histories,
    ).share


def _harm_outcome(name: str, part: str, days: int, meaning: str) -> None:
    def of(failures: Failures) -> float:
        return float(getattr(failures.account.harm(days), part).sum())

    outcome("hours", about=About.FAILURE, better="lower", name=name, meaning=meaning)(of)


WHOSE = {
    "direct": "for the people of the failing providers",
    "indirect": "for everybody else in the county",
    "total": "in the whole county",
}
for _days, _long in ((28, "28 days"), (91, "91 days"), (365, "365 days")):
    for _part, _of_whom in WHOSE.items():
        _harm_outcome(
            f"{_part}_hours_in_{_days}_days",
            _part,
            _days,
            f"hours without care that the failures add {_of_whom}, to {_long} after care stops",
        )


@outcome("people", about=About.FAILURE, better="lower")
def displaced_to_residential_care(failures: Failures) -> float:
    """People of the failing providers who are in residential care 91 days after care stops."""
    return failures.count("to_residential_care")


@outcome("people", about=About.FAILURE, better="lower")
def displaced_another_way(failures: Failures) -> float:
    """People of the failing providers who have found another way 91 days after care stops."""
    return failures.count("found_another_way")


@outcome("people", about=About.FAILURE, better="lower")
def displaced_died(failures: Failures) -> float:
    """People of the failing providers who have died 91 days after care stops, for any reason."""
    return failures.count("died")


@outcome("people", about=About.FAILURE, better="lower")
def displaced_without_anybody(failures: Failures) -> float:
    """People of the failing providers who are at home without care 91 days after care stops, again
    or still."""
    return failures.count("without_anybody") + failures.count("served_then_lost")


@outcome("share", about=About.FAILURE, better="higher")
def service_level_lowest(failures: Failures) -> float:
    """Robustness: lowest ratio of hours covered to hours needed within 91 days, where the people of
    the failing providers live."""
    return failures.after.lowest if failures.account.days_known >= HEADLINE_DAYS else np.nan


@outcome("share", about=About.FAILURE, better="lower")
def largest_gap_in_cover(failures: Failures) -> float:
    """Share of hours needed that are covered only without the failure, on the worst of 91 days,
    where the people of the failing providers live."""
    return failures.after.largest_gap if failures.account.days_known >= HEADLINE_DAYS else np.nan


@outcome("share", about=About.FAILURE, better="higher")
def back_at_95_in_91_days(failures: Failures) -> float:
    """Whether cover is back within 91 days (1 or 0; a mean is a share): at 95% of its level without
    the failure, for 28 days running."""
    if not failures.after.knows(HEADLINE_DAYS):
        return np.nan
    return float(failures.after.days_back(0.95, HEADLINE_DAYS) <= HEADLINE_DAYS)


@outcome("days", about=About.FAILURE, better="lower")
def days_to_95(failures: Failures) -> float:
    """Days until cover is at 95% of its level without the failure for 28 days running; 365 if that
    takes longer."""
    return _days_back(failures, 0.95)


@outcome("days", about=About.FAILURE, better="lower")
def days_to_99(failures: Failures) -> float:
    """Days until cover is at 99% of its level without the failure for 28 days running; 365 if that
    takes longer."""
    return _days_back(failures, 0.99)


def _days_back(failures: Failures, share: float) -> float:
    # Were it known in the quick cases only, the mean of a short run would be of those that are.
    if not failures.after.knows(DAYS_AFTER):
        return np.nan
    return float(min(failures.after.days_back(share), DAYS_AFTER))


@outcome("providers", about=About.FAILURE, better="lower", difference=True)
def more_providers_lost(failures: Failures) -> float:
    """Other providers that close within a year only with the failure, less those that close only
    without it."""
    return _more_lost(failures, DAYS_AFTER)


@outcome("providers", about=About.FAILURE, better="lower", difference=True)
def more_providers_lost_in_91_days(failures: Failures) -> float:
    """Other providers that close within 91 days only with the failure, less those that close only
    without it."""
    return _more_lost(failures, HEADLINE_DAYS)


def _more_lost(failures: Failures, within: float) -> float:
    if within > failures.account.days_known:
        return np.nan
    found = exits(failures.account, within).values()
    only_with = sum(np.isnan(without) for _, without in found)
    return float(only_with - sum(np.isnan(with_it) for with_it, _ in found))


@outcome("people", about=About.FAILURE, name="picked_up_by_{tier}")
def picked_up(failures: Failures, tier: str) -> float:
    """People concerned whom another provider first serves under the tier, within 91 days."""
    if failures.account.days_known < HEADLINE_DAYS:
        return np.nan
    return float(failures.picked_up_under.count(tier))


TOLD_OF_SELF_FUNDERS = (
    "displaced_people",
    "displaced_hours",
    "displaced_vulnerable",
    "left_without_provider",
    "handed_over_people",
    "handed_over_late",
    "alone_1_day",
    "alone_3_days",
    "alone_7_days",
    "served_again_in_7_days",
    "served_again_in_28_days",
    "direct_hours_in_28_days",
    "direct_hours_in_91_days",
    "direct_hours_in_365_days",
    "displaced_to_residential_care",
    "displaced_another_way",
    "displaced_died",
    "displaced_without_anybody",
)
"""What is told of the people concerned, and once more of those who pay for their own care."""


def _of_self_funders(of: Callable[[Failures], float]) -> Callable[[Failures], float]:
    def told(failures: Failures) -> float:
        mine = failures.self_funders
        return np.nan if mine is None else of(mine)

    return told


for _name in TOLD_OF_SELF_FUNDERS:
    _one = OUTCOMES[_name]
    outcome(
        _one.unit,
        about=_one.about,
        better=_one.better,
        name=f"self_funders_{_name}",
        meaning=f"only people who pay for their own care: {_one.meaning}",
    )(_of_self_funders(_one.of))
