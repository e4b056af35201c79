"""A provider: an organisation that may hold several contracts in several areas."""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING

from sim.market.accounts import Account
from sim.scenario.tables import RATINGS

if TYPE_CHECKING:
    from sim.market.branch import Branch

GOOD = 2.0


class Provider:
    """State of one organisation; it fails in all its areas at once."""

    __slots__ = (
        "account",
        "branches",
        "code",
        "established_day",
        "id",
        "own_standard",
        "owner",
        "rating",
        "salt",
        "standard",
        "strain",
    )

    def __init__(
        self, identity: int, code: str, rating: str, salt: int, owner: str | None = None
    ) -> None:
        self.id = identity
        self.code = code
        # Who has no owner in common with others is its own.
        self.owner = owner or code
        self.rating = rating
        self.salt = salt
        self.branches: list[Branch] = []
        self.account = Account()
        # An entrant's account is judged from here on; the others' from their first income.
        self.established_day = -inf
        # How well it really does, in rating steps; a rating is what a visit saw of it.
        self.own_standard = float(RATINGS.index(rating)) if rating in RATINGS else GOOD
        self.standard = self.own_standard
        self.strain = 0.0

    @property
    def closed(self) -> bool:
        """Whether it has closed everywhere."""
        return bool(self.branches) and all(branch.closed for branch in self.branches)

    @property
    def may_bid(self) -> bool:
        """Whether it may be given a contract: trading, and nowhere under notice or suspended."""
        trading = [branch for branch in self.branches if not branch.closed]
        return bool(trading) and all(branch.takes_new_work for branch in trading)

    @property
    def work_minutes(self) -> int:
        """All its work, council and private, in every area."""
        return sum(branch.committed for branch in self.branches)

    def rate(self, rating: str) -> None:
        """A rating is published; who is asked goes by it from now on."""
        self.rating = rating
        for branch in self.branches:
            for area in branch.areas:
                area.holders_changed()

    def is_rated(self, minimum: str) -> bool:
        """Whether its rating reaches a minimum; a provider not yet rated does."""
        # Not yet visited is not badly rated: such a provider may be asked (tables.Tier).
        if minimum == "any" or self.rating == "not_rated":
            return True
        return RATINGS.index(self.rating) >= RATINGS.index(minimum)
