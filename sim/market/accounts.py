"""Accounts: what an hour costs and earns, as pure arithmetic. Amounts are pence or pounds as named.

Nothing here knows the clock. A provider's account is relative, not its real one: published costs
would have every council provider fail, so each begins with a margin that is drawn, and what is left
between that margin and its direct costs is called its overheads.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from datetime import date, timedelta

from sim.scenario import Scenario
from sim.scenario.parameters import Money
from sim.scenario.tables import Wage

PENCE = 100
MINUTES_PER_HOUR = 60
MILES_PER_KM = 0.621371
SETTLEMENTS_PER_YEAR = 13


@dataclass(frozen=True, slots=True)
class Prices:
    """What holds in one settlement period. Pay is for a paid hour, absence and on-costs on top."""

    pay_gbp_per_hour: float
    rate_gbp_per_hour: float


def prices_on(scenario: Scenario, day: float) -> Prices:
    """The prices of the latest row of wages.csv that has begun by a day.

    A settlement period keeps the prices of its first day.
    """
    today: date = scenario.calendar.start + timedelta(days=int(day))
    row = max((w for w in scenario.wages if w.starts <= today), key=lambda w: w.starts)
    pay = hourly_pay_gbp(scenario.money, row) / (1 - scenario.workforce.absence_share)
    return Prices(pay, row.framework_rate_gbp_per_hour)


def hourly_pay_gbp(money: Money, row: Wage) -> float:
    """Pay of an hour with employer insurance above its threshold and the other on-costs."""
    wage = row.living_wage_gbp_per_hour * (1 + money.pay_over_living_wage_share)
    insured = max(0.0, 1 - row.insurance_free_gbp_per_year / (wage * money.yearly_pay_hours))
    return wage * (1 + row.employer_insurance_share * insured + money.other_on_costs_share)


def in_house_pence(money: Money) -> int:
    """What an hour of the in-house team costs the council, in pence."""
    return round(money.bridging_gbp_per_hour * PENCE)


def rate_pence(rate_gbp_per_hour: float, ratio: float = 1.0) -> int:
    """An hourly rate in whole pence."""
    # Half up, as a spreadsheet rounds; Python's round would go to the even penny.
    return int(rate_gbp_per_hour * ratio * PENCE + 0.5)


def amount_pence(minutes: int, pence_per_hour: int) -> int:
    """What so many minutes are worth, rounded half up to the penny, once per settlement."""
    return (2 * minutes * pence_per_hour + MINUTES_PER_HOUR) // (2 * MINUTES_PER_HOUR)


def block_minutes(delivered: int, guaranteed: int, maximum: int | None) -> int:
    """Minutes that a block contract pays for: delivered or guaranteed, never above its maximum."""
    paid = max(delivered, guaranteed)
    return paid if maximum is None else min(paid, maximum)


@dataclass(frozen=True, slots=True)
class Profile:
    """The contracted minutes a week of a contract from its first day on: a ramp, then level.

    ``contracted_part``: contracted minutes as a part of the most.
    """

    starts_day: float
    ramp_start: float
    ramp_days: float
    maximum_minutes: int
    contracted_part: float = 1.0

    def minutes(self, first: float, last: float) -> float:
        """Contracted minutes between two days."""
        whole = (self._until(last) - self._until(first)) / 7 * self.maximum_minutes
        return whole * self.contracted_part

    def most_minutes(self, first: float, last: float) -> float:
        """The most that may be paid for between two days."""
        return max(0.0, last - max(first, self.starts_day)) / 7 * self.maximum_minutes

    def _until(self, day: float) -> float:
        """The integral of the share of the maximum that is contracted, in days."""
        since = max(0.0, day - self.starts_day)
        climbing = min(since, self.ramp_days)
        rise = (1 - self.ramp_start) * climbing * climbing / (2 * self.ramp_days) if climbing else 0
        return self.ramp_start * climbing + rise + (since - climbing)


@dataclass(slots=True)
class Account:
    """A provider's account. ``overheads`` are those it begins with, by week and by minute."""

    opened: bool = False
    overheads_pence_per_week: float = 0.0
    overheads_pence_per_minute: float = 0.0
    target_pence: int = 0
    cash_pence: int = 0
    profits: deque[int] = field(default_factory=lambda: deque(maxlen=SETTLEMENTS_PER_YEAR))
    incomes: deque[int] = field(default_factory=lambda: deque(maxlen=SETTLEMENTS_PER_YEAR))

    def open(self, money: Money, period: Period, margin: float, reserves_weeks: float) -> None:
        """Fix overheads and reserves by the first period that has income."""
        self.opened = True
        overheads = period.income_pence * (1 - margin) - period.direct_pence
        fixed = money.fixed_overheads_share
        self.overheads_pence_per_week = fixed * overheads / period.weeks
        # A first period with income, a guarantee say, may have no minute delivered.
        self.overheads_pence_per_minute = (1 - fixed) * overheads / max(1, period.minutes)
        self.target_pence = int(reserves_weeks * period.income_pence / period.weeks)
        self.cash_pence = self.target_pence

    def overheads_pence(self, period: Period, rate_index: float, made_up: float) -> int:
        """Overheads of a period; ``made_up``: the share of income by which it has cut them."""
        whole = (
            self.overheads_pence_per_week * period.weeks
            + self.overheads_pence_per_minute * period.minutes
        )
        return int(whole * rate_index - made_up * period.income_pence)

    def settle(self, period: Period, overheads_pence: int) -> None:
        """Add a period. Owners take out what goes beyond the reserves they began with."""
        profit = period.income_pence - period.direct_pence - overheads_pence
        self.profits.append(profit)
        self.incomes.append(period.income_pence)
        # Without the limit a provider that once did well could lose money for years before it
        # stops.
        self.cash_pence = min(self.target_pence, self.cash_pence + profit)

    @property
    def yearly_margin(self) -> float | None:
        """Margin of the last thirteen periods; None before there are as many, or without income."""
        if len(self.profits) < SETTLEMENTS_PER_YEAR or sum(self.incomes) <= 0:
            return None
        return sum(self.profits) / sum(self.incomes)


@dataclass(slots=True)
class Period:
    """One provider's settlement period: income by payer, direct costs, minutes delivered."""

    weeks: float
    council_pence: int = 0
    direct_payment_pence: int = 0
    private_pence: int = 0
    pay_pence: int = 0
    mileage_pence: int = 0
    minutes: int = 0

    @property
    def income_pence(self) -> int:
        """All income."""
        return self.council_pence + self.direct_payment_pence + self.private_pence

    @property
    def direct_pence(self) -> int:
        """Pay and mileage."""
        return self.pay_pence + self.mileage_pence
