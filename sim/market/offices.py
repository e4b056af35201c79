"""The offices of a market: what others may ask of brokerage, bridging, overload and workforce.

The market keeps the books and has no clock of its own; who works by the clock lives in the
processes, above it. It knows them by these protocols alone, so imports go one way, and a test can
put a stand-in where a process needs a neighbour.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from simpy.events import ProcessGenerator

from sim.ledger import Cause
from sim.market.area import Area
from sim.market.branch import Branch, Carer, Loan
from sim.market.changes import Changed
from sim.market.contract import Contract
from sim.market.offer_rule import OfferRule
from sim.market.package import Package


class Brokerage(Protocol):
    """Who finds a provider for each person. ``phases``: the tiers of each phase, in order."""

    phases: list[list[OfferRule]]

    def seek(self, package: Package) -> None:
        """Begin to look for a provider for a package that has just joined a list."""

    def offer_again(self, changed: Changed) -> None:
        """Offer standing packages where something changed in their favour."""

    def would_take(self, package: Package) -> Contract | None:
        """The first in the order of tiers who takes a package now, if anybody does."""

    def asked_in(self, area: Area, rule: OfferRule) -> list[Contract]:
        """The contracts whose holders a tier asks in an area, in its order."""

    def takes_rounds(self, area: Area) -> bool:
        """Whether any tier that is asked in an area now takes whole rounds."""

    def accept_in_round(self, package: Package, rule: OfferRule, contract: Contract) -> None:
        """A package is accepted together with the others of its round."""

    def assign(self, package: Package, contract: Contract) -> None:
        """The council gives somebody who has no provider to a team, whether it has room or not."""

    def end_tier(self, tier: int) -> None:
        """From now on a tier is asked no more."""


class Bridging(Protocol):
    """The in-house team, the provider of last resort. ``capacity_minutes``: a week."""

    capacity_minutes: int

    def waits(self, package: Package) -> None:
        """Someone has joined the interim care list."""

    def no_longer_waits(self, package: Package) -> None:
        """Someone leaves the interim care list."""

    def freed(self, minutes: int) -> None:
        """Hours have come free."""

    def look(self) -> None:
        """Help the most urgent of those in sight whose package fits."""

    def begin_ratio(self, ratio: float) -> None:
        """From now on there are so many times the hours."""

    def end_ratio(self, ratio: float) -> None:
        """A ratio that has begun holds no more."""


class Overload(Protocol):
    """Who notes how far a team's carers fall short of its work."""

    def changed(self, branch: Branch) -> None:
        """A team's work or carers changed."""

    def review_density(self, branch: Branch) -> None:
        """At the review of posts: do the team's rounds still pay?"""


class Workforce(Protocol):
    """Carers, posts and hires. ``mean_tenure_days``: None where nobody leaves."""

    mean_tenure_days: float | None

    def begin_reviews(self, branch: Branch, after_days: float = 0.0) -> None:
        """Have a team review its posts and rounds, on days of its own, from so many days on."""

    def labour_market(self, area: Area) -> ProcessGenerator:
        """An area's people who look for care work, week by week."""

    def count_vacancies(self, branch: Branch) -> None:
        """Keep the area's vacancies up to date, and with them its next hire."""

    def join(self, branch: Branch, cause: Cause, *, productive: bool) -> Carer:
        """A carer joins a branch; when they leave is for the caller to say."""

    def turnover(self, branch: Branch, carer: Carer, leaves_day: float) -> None:
        """Have a carer leave on a day, wherever they work by then."""

    def bring_staff(self, package: Package, branch: Branch) -> None:
        """Carers of a failed provider follow the people they look after."""

    def move_round(self, failed: Branch, taker: Branch, carers: int) -> int:
        """Carers of a provider that stops join whoever takes their round; how many did."""

    def bring_in(self, branch: Branch, carers: int) -> None:
        """Carers who work for no team now join one, each with a post."""

    def transfer(self, left: Branch, taker: Branch, carers: int) -> int:
        """Carers move from one trading team to another; how many did."""

    def second(self, lender: Branch, helper: Branch) -> None:
        """Lend the carers whom a team does not need to its provider's team next door."""

    def lend(self, carers: Sequence[Carer], lender: Branch, helper: Branch, loan: Loan) -> None:
        """Carers of a team work for another of its provider's until they go home."""

    def send_home(self, helper: Branch, carers: Sequence[Carer]) -> None:
        """Carers whom another team has lent go back to it, with their posts."""

    def lose_at_once(self, branch: Branch, share: float) -> None:
        """A share of a team's carers is gone at once; their posts stay."""

    def go_on_with(self, branch: Branch, share: float) -> None:
        """A share of a team's carers goes on; the others are gone at once, with their posts."""

    def let_go_with_work(self, branch: Branch, share_of_work: float, move_share: float) -> None:
        """A team gives up a share of its work: some of its carers wait to move with it."""

    def close(self, branch: Branch, move_share: float) -> None:
        """A branch closes: some carers wait to move with their people, the others go."""

    def stop_waiting(self, branch: Branch) -> None:
        """Carers who waited to move and could not look for other work."""
