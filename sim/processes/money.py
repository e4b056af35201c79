"""Money: every four weeks the council pays, providers pay their carers, and some cannot go on.

Block contracts are paid for the hours delivered, at least for the guaranteed share of what the
contract's ramp has reached, never beyond the maximum; other work is paid by the hour delivered.
Carers are paid for visits and the travel between them, so a team whose rounds thin out costs more
an hour. A provider without cash is insolvent; one that has lost money all year gives notice.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import fsum, log1p

import numpy as np
from scipy.special import ndtri
from simpy.events import ProcessGenerator

from sim.clock import DAYS_PER_WEEK, Rank
from sim.commissioning import SETTLEMENTS
from sim.draws import MARGIN, RESERVES
from sim.ledger import IDS_PER_AREA, Cause, Spending
from sim.market.accounts import (
    MILES_PER_KM,
    MINUTES_PER_HOUR,
    PENCE,
    Period,
    Prices,
    amount_pence,
    block_minutes,
    prices_on,
    rate_pence,
)
from sim.market.branch import Branch
from sim.market.contract import Terms
from sim.market.deliveries import Delivered, Deliveries, Guarantees, Ints
from sim.market.market import Market
from sim.market.pay import Pay
from sim.market.provider import Provider
from sim.processes.failure import ScriptedFailure, fail_as, usual_notice
from sim.processes.shortfall import note
from sim.randomness import Floats, on_grid, uniform

PERIOD_DAYS = 28
PERIOD_WEEKS = PERIOD_DAYS / DAYS_PER_WEEK


@dataclass(frozen=True, slots=True)
class Served:
    """What each team did in a period: minutes delivered, council and direct payments; income from
    them; minutes of people who pay for their own care and are followed one by one."""

    minutes: Floats
    earned_pence: Ints
    self_funded: Floats


@dataclass(frozen=True, slots=True)
class Work:
    """What one team did in a period: all its minutes, those of people who pay for their own care,
    and what it earned by the others."""

    minutes: float
    private: int
    earned_pence: int


class Money:
    """The council's payments and every provider's account."""

    def __init__(self, market: Market) -> None:
        scenario = market.scenario
        self.market = market
        self.rules = scenario.money
        self.tiers = scenario.commissioning.tiers
        fees = tuple(getattr(scenario.willingness, f"fee_ratio_{place}") for place in SETTLEMENTS)
        priced = bool(scenario.commissioning.prices)
        self.deliveries = Deliveries(market.ledger, fees, by_class=priced)
        self.guarantees = Guarantees(market.ledger)
        workforce = scenario.workforce
        self.carer_minutes = (
            workforce.paid_hours_per_week * MINUTES_PER_HOUR * (1 - workforce.absence_share)
        )
        self.first: Prices | None = None
        self.first_contact = 1.0
        self.refusals = Refusals(market)

    def settlements(self) -> ProcessGenerator:
        """Settle period after period, the first four weeks after the first day.

        A period that ends where the run ends is settled too: see Clock.run_to.
        """
        clock, first = self.market.clock, 0.0
        while True:
            yield clock.at(first + PERIOD_DAYS, Rank.SETTLEMENT, 0)
            self.settle(first)
            first += PERIOD_DAYS

    def settle(self, first: float) -> None:
        """Pay for the four weeks from a day on, keep the accounts, and see who cannot go on."""
        market = self.market
        prices = prices_on(market.scenario, first)
        last = first + PERIOD_DAYS
        width = len(self.tiers) + 1
        delivered = self.deliveries.until(last, len(market.branches), width)
        periods = [Period(PERIOD_WEEKS) for _ in market.providers]
        served = self.pay_for_care(periods, delivered, prices, last)
        self.pay_retainers(periods)
        self.pay_carers(periods, served, prices)
        self.spend_otherwise(delivered, last)
        self.keep_accounts(periods, prices)

    def pay_for_care(
        self, periods: list[Period], delivered: Delivered, prices: Prices, last: float
    ) -> Served:
        """Pay each contract; what every team has done and earned by it."""
        scenario, ledger = self.market.scenario, self.market.ledger
        planned = delivered.planned.sum(axis=1) + delivered.self_funded
        share = np.divide(
            np.maximum(0.0, planned - delivered.missed),
            planned,
            out=np.zeros_like(planned),
            where=planned > 0,
        )
        share *= scenario.care.delivered_share
        minutes = delivered.planned * share[:, None]
        weighted = delivered.weighted * share[:, None]
        guaranteed = self.guaranteed(last)
        earned = np.zeros(len(minutes), dtype=np.int64)
        worked = {(int(b), int(t)) for b, t in zip(*np.nonzero(minutes), strict=True)}
        for branch, tier in sorted(worked | set(guaranteed)):
            done = round(float(minutes[branch, tier]))
            due = round(float(weighted[branch, tier]))
            team = self.market.branches[branch]
            period = periods[team.provider.id]
            period.minutes += done
            # Direct payments come after every tier of the council.
            if tier == len(self.tiers):
                earned[branch] += self._pay_direct(period, team, tier, done, prices)
                continue
            pay = team.contracts[tier].pay or self.market.pay.of_tiers[tier]
            if pay.by_class:
                of_classes = delivered.by_class[branch, tier] * share[branch]
                earned[branch] += self._pay_by_class(
                    period, team, tier, pay, of_classes.tolist(), prices, last
                )
                continue
            rate = rate_pence(prices.rate_gbp_per_hour, pay.rate_ratio)
            block = self.tiers[tier].pay_basis == "block"
            if block:
                # Work under a block that ran at no time in the period is paid for as delivered.
                floor, most = guaranteed.get((branch, tier), (0, None))
                due = block_minutes(done, floor, most)
            amount = amount_pence(due, rate)
            period.council_pence += amount
            earned[branch] += amount
            kind = Spending.BLOCK if block else Spending.SPOT
            ledger.paid(last, branch, tier, done, due, rate, amount, kind)
        return Served(minutes.sum(axis=1), earned, delivered.self_funded * share)

    def _pay_by_class(
        self,
        period: Period,
        team: Branch,
        tier: int,
        pay: Pay,
        minutes: list[float],
        prices: Prices,
        last: float,
    ) -> int:
        """A provider with prices by settlement class is paid class by class."""
        income = 0
        for done, fee in zip(map(round, minutes), pay.fees, strict=True):
            rate = rate_pence(prices.rate_gbp_per_hour, fee)
            amount = amount_pence(done, rate)
            income += amount
            if done:
                self.market.ledger.paid(
                    last, team.id, tier, done, done, rate, amount, Spending.SPOT
                )
        period.council_pence += income
        return income

    def _pay_direct(
        self, period: Period, team: Branch, tier: int, done: int, prices: Prices
    ) -> int:
        """A direct payment: the council pays the person its rate, who pays the provider its own."""
        rate = rate_pence(prices.rate_gbp_per_hour)
        own = max(rate, rate_pence(prices.rate_gbp_per_hour, self.rules.private_rate_ratio))
        amount = amount_pence(done, rate)
        income = amount_pence(done, own)
        period.direct_payment_pence += income
        kind = Spending.DIRECT_PAYMENT
        now = self.market.clock.now
        self.market.ledger.paid(now, team.id, tier, done, done, rate, amount, kind)
        return income

    def guaranteed(self, last: float) -> dict[tuple[int, int], tuple[int, int]]:
        """Guaranteed and most minutes of every block contract that ran in the period."""
        profiles = {
            (branch.id, tier): (
                contract.starts_day,
                contract.ramp_start,
                contract.ramp_days,
                contract.terms.contracted_part,
            )
            for branch in self.market.branches
            for tier, contract in branch.contracts.items()
        }
        found = {}
        for key, spans in self.guarantees.until(last, profiles).items():
            tier = self.tiers[key[1]]
            if tier.pay_basis != "block":
                continue
            kept = [
                span
                for span in spans
                if not (span[3] and tier.guarantee_holds == "unless_suspended")
            ]
            share = self.terms_of(*key).guaranteed_share
            if share is None:
                share = tier.guaranteed_share
            floor = fsum(profile.minutes(a, b) for a, b, profile, _ in kept) * share
            if tier.guarantee_holds == "less_refused":
                floor = max(0.0, floor - self.refusals.minutes(key, last))
            most = fsum(profile.most_minutes(a, b) for a, b, profile, _ in spans)
            found[key] = (round(floor), round(most))
        return found

    def terms_of(self, branch: int, tier: int) -> Terms:
        """The terms of a team's contract."""
        return self.market.branches[branch].contracts[tier].terms

    def pay_retainers(self, periods: list[Period]) -> None:
        """Posts kept for the council are paid for."""
        price = self.rules.retainer_gbp_per_post_week * PENCE * PERIOD_WEEKS
        for team in self.market.branches:
            if team.retained_posts > 0 and not team.closed:
                amount = round(team.retained_posts * price)
                periods[team.provider.id].council_pence += amount
                self.market.ledger.paid(
                    self.market.clock.now, team.id, -1, 0, 0, 0, amount, Spending.RETAINER
                )

    def pay_carers(self, periods: list[Period], served: Served, prices: Prices) -> None:
        """What each team's carers cost, and whether the team earns more than they do."""
        for team in self.market.branches:
            private = team.private_minutes * PERIOD_WEEKS + float(served.self_funded[team.id])
            minutes = float(served.minutes[team.id]) + private
            if minutes > 0 or team.carers:
                earned = int(served.earned_pence[team.id])
                work = Work(minutes, round(private), earned)
                self._pay_team(periods[team.provider.id], team, work, prices)

    def _pay_team(self, period: Period, team: Branch, work: Work, prices: Prices) -> None:
        minutes, private = work.minutes, work.private
        rate = rate_pence(prices.rate_gbp_per_hour, self.rules.private_rate_ratio)
        income = amount_pence(private, rate)
        period.private_pence += income
        period.minutes += private
        pay = round(
            self.paid_minutes(team, minutes) / MINUTES_PER_HOUR * prices.pay_gbp_per_hour * PENCE
        )
        homes = team.homes + team.private_homes
        visits = minutes / self.market.scenario.packages.mean_visit_minutes
        km = visits * team.travel.km_per_visit(homes) + team.away_km * PERIOD_WEEKS
        miles = km * MILES_PER_KM
        mileage = round(miles * self.rules.mileage_gbp_per_mile * PENCE)
        period.pay_pence += pay
        period.mileage_pence += mileage
        overheads = team.provider.account.overheads_pence_per_minute * minutes
        team.loses_money = work.earned_pence + income < pay + mileage + overheads

    def paid_minutes(self, team: Branch, minutes: float) -> float:
        """Working time paid for: visits with the travel between, the longer way of carers on loan,
        induction, part of what is idle.

        Homes and carers count as they stand on the day of the settlement.
        """
        # A round so scattered that no time is left for people would divide by nought.
        contact = max(1e-9, team.travel.contact_share(team.homes + team.private_homes))
        whole = self.carer_minutes * PERIOD_WEEKS
        working = minutes / contact + team.away * whole
        idle = max(0.0, team.productive * whole - working)
        induction = (len(team.carers) - team.productive) * whole
        return working + induction + self.rules.idle_time_paid_share * idle

    def spend_otherwise(self, delivered: Delivered, last: float) -> None:
        """The bridging team and tenders."""
        bridged = delivered.bridged
        idle = max(0.0, self.market.bridging.capacity_minutes * PERIOD_WEEKS - bridged)
        hours = (bridged + self.rules.bridging_idle_paid_share * idle) / MINUTES_PER_HOUR
        tenders = self.refusals.tenders(last)
        for kind, gbp in (
            (Spending.BRIDGING, hours * self.rules.bridging_gbp_per_hour),
            (Spending.PROCUREMENT, tenders * self.rules.procurement_gbp),
        ):
            if gbp:
                self.market.ledger.paid(last, -1, -1, 0, 0, 0, round(gbp * PENCE), kind)

    def keep_accounts(self, periods: list[Period], prices: Prices) -> None:
        """Settle every provider's account; who cannot go on stops."""
        squeeze = self.squeeze(periods, prices)
        assert self.first is not None
        index = prices.rate_gbp_per_hour / self.first.rate_gbp_per_hour
        made_up = (1 - self.rules.common_squeeze_felt_share) * squeeze
        settled: set[Provider] = set()
        for provider, period in zip(self.market.providers, periods, strict=True):
            account = provider.account
            # Its last bills are paid, or it has not begun: there is nothing to settle.
            if period.income_pence == 0 and (provider.closed or not account.opened):
                continue
            if not account.opened and provider.established_day > self.market.clock.now:
                self.note_account(provider, period, 0)
                continue
            if not account.opened:
                account.open(self.rules, period, *self.beginning(provider))
            overheads = account.overheads_pence(period, index, made_up)
            account.settle(period, overheads)
            self.note_account(provider, period, overheads)
            settled.add(provider)
        # Not before all are settled: providers of one owner share what money they have.
        for together in self.market.standing_together():
            self.see_whether_they_go_on([p for p in together if p in settled and still_trading(p)])

    def note_account(self, provider: Provider, period: Period, overheads_pence: int) -> None:
        """Record what a provider earned and spent in a period, and what money it has left."""
        self.market.ledger.accounts(
            self.market.clock.now,
            provider.id,
            period.council_pence,
            period.direct_payment_pence,
            period.private_pence,
            period.pay_pence,
            period.mileage_pence,
            overheads_pence,
            provider.account.cash_pence,
        )

    def squeeze(self, periods: list[Period], prices: Prices) -> float:
        """By how much direct costs have grown since the start, as a share of the framework's rate,
        for a team as dense as the county was in the first period."""
        if self.first is None:
            self.first = prices
            minutes = sum(period.minutes for period in periods)
            pay = sum(period.pay_pence for period in periods) / PENCE
            paid = pay / prices.pay_gbp_per_hour * MINUTES_PER_HOUR
            self.first_contact = minutes / paid if paid else 1.0
        now = prices.pay_gbp_per_hour / prices.rate_gbp_per_hour
        then = self.first.pay_gbp_per_hour / self.first.rate_gbp_per_hour
        return (now - then) / self.first_contact

    def beginning(self, provider: Provider) -> tuple[float, float]:
        """The margin with which a provider begins, and its reserves in weeks of income."""
        key = self.market.draws.key("accounts", provider.code)
        # The inverse at nought is minus infinity, and a uniform may be nought.
        spread = on_grid(float(ndtri(max(1e-12, uniform(key, MARGIN))))) * self.rules.margin_spread
        reserves = on_grid(-log1p(-uniform(key, RESERVES))) * self.rules.reserves_weeks
        return self.rules.usual_margin + spread, reserves

    def see_whether_they_go_on(self, providers: Sequence[Provider]) -> None:
        """Out of cash: insolvent, all that share it. A year of losses: one by one give notice."""
        # Without cash first: a provider that loses money all year but has reserves can give notice.
        if sum(provider.account.cash_pence for provider in providers) < 0:
            self._stop(providers, Cause.INSOLVENT, self.rules.insolvency_notice_days)
            return
        for provider in providers:
            margin = provider.account.yearly_margin
            if margin is not None and margin < self.rules.least_yearly_margin:
                days = usual_notice(self.market, still_trading(provider))
                self._stop([provider], Cause.NOT_VIABLE, days)

    def _stop(self, providers: Sequence[Provider], cause: Cause, notice_days: float) -> None:
        teams = [team for provider in providers for team in still_trading(provider)]
        note(self.market, teams, cause)
        script = ScriptedFailure(providers[0].code, self.market.clock.now, notice_days)
        self.market.clock.process(fail_as(self.market, teams, script))


def still_trading(provider: Provider) -> list[Branch]:
    """The teams that neither have closed nor are about to: the others have decided already."""
    return [team for team in provider.branches if not (team.closed or team.leaving)]


class Refusals:
    """Offers that holders of a contract refused, and tenders, as the ledger tells."""

    def __init__(self, market: Market) -> None:
        self.market = market
        self.asked_day = 0.0
        self.tenders_day = 0.0

    def minutes(self, key: tuple[int, int], last: float) -> float:
        """Work that a tier's holders refused in an area in the four weeks to a day, per holder."""
        branch, tier = key
        area = self.market.branches[branch].area
        asked = self.market.ledger.columns("asked")
        recent = (asked["day"] > last - PERIOD_DAYS) & (asked["tier"] == tier)
        mine = recent & (asked["accepted"] == 0) & (asked["package"] // IDS_PER_AREA == area.id)
        packages = np.unique(asked["package"][mine])
        referred = self.market.ledger.columns("referred")
        hours = referred["minutes"][np.isin(referred["package"], packages)].sum()
        # Neighbours that only help guarantee nothing and share no refusals.
        holders = sum(1 for held in area.contracts.get(tier, ()) if held.lot)
        return float(hours) * PERIOD_WEEKS / max(1, holders)

    def tenders(self, last: float) -> int:
        """Tenders begun in the four weeks to a day."""
        contracted = self.market.ledger.columns("contracted")
        recent = (contracted["day"] > last - PERIOD_DAYS) & (contracted["day"] <= last)
        return int((recent & (contracted["cause"] == Cause.TENDERED)).sum())
