"""A provider: an organisation that may hold several contracts in several areas."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sim.market.branch import Branch

RATINGS = ("inadequate", "requires_improvement", "good", "outstanding")


class Provider:
    """State of one organisation; it fails in all its areas at once."""

    __slots__ = ("branches", "closed", "code", "id", "leaving", "rating", "salt")

    def __init__(self, identity: int, code: str, rating: str, salt: int) -> None:
        self.id = identity
        self.code = code
        self.rating = rating
        self.salt = salt
        self.branches: list[Branch] = []
        self.leaving = False
        self.closed = False

    @property
    def takes_new_work(self) -> bool:
        """False from the moment it gives notice."""
        return not (self.leaving or self.closed)

    def is_rated(self, minimum: str) -> bool:
        """Whether its rating reaches a minimum; a provider not yet rated does."""
        if minimum == "any" or self.rating == "not_rated":
            return True
        return RATINGS.index(self.rating) >= RATINGS.index(minimum)
