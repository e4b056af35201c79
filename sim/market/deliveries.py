"""Deliveries: the ledger folded period by period into the minutes that each contract delivered."""

from __future__ import annotations

from dataclasses import dataclass
from math import fsum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.ledger import BRIDGING, Cause, Ledger, Stage, pay_themselves
from sim.market.accounts import Profile
from sim.randomness import Floats

Ints = NDArray[np.int64]
LIMITS = (Cause.CONTRACT_STARTED, Cause.HOURS_INDEXED)
ENDS = (Cause.CONTRACT_ENDED, Cause.CONTRACT_RETURNED)
DAYS_PER_WEEK = 7


@dataclass(frozen=True, slots=True)
class Delivered:
    """One period: planned minutes in service that the council pays for, shape (teams, tiers), as
    they are and weighted by the fee of each home's settlement class, and in each class, shape
    (teams, tiers, classes), if any contract has prices by class, else empty; minutes by team of
    people who pay for their own care and are followed one by one; minutes missed by team; minutes
    bridged."""

    planned: Floats
    weighted: Floats
    by_class: Floats
    self_funded: Floats
    missed: Floats
    bridged: float


class Deliveries:
    """What is under way, and how far the ledger has been read."""

    def __init__(self, ledger: Ledger, fees: tuple[float, ...], *, by_class: bool = False) -> None:
        self.ledger = ledger
        self.by_class = by_class
        self.fees = np.array(fees)
        self.day = 0.0
        self.read = dict.fromkeys(("moved", "strained"), 0)
        self.open = np.empty((0, 5))
        self.missed: dict[int, float] = {}

    def until(self, day: float, teams: int, tiers: int) -> Delivered:
        """Everything between the last call's day and this one's."""
        rows = self._moves(day)
        here = rows["branch"] >= 0
        served = here & (rows["stage"] == Stage.IN_SERVICE)
        own = served & pay_themselves(rows["package"])
        served &= ~own
        minutes = rows["minutes"] * (rows["end"] - rows["start"]) / DAYS_PER_WEEK
        cell = (rows["branch"] * tiers + rows["tier"]).astype(np.int64)[served]
        planned = np.bincount(cell, minutes[served], teams * tiers).astype(float)
        weighted = planned
        # Where all homes are paid alike, as in most counties, weighting would only cost time.
        if np.any(self.fees != 1.0):
            fee = self.fees[self._settlements(rows["package"][served])]
            weighted = np.bincount(cell, minutes[served] * fee, teams * tiers).astype(float)
        classes = np.zeros((0, 0, 0))
        if self.by_class:
            count = self.fees.size
            of_class = cell * count + self._settlements(rows["package"][served])
            sums = np.bincount(of_class, minutes[served], teams * tiers * count)
            classes = sums.astype(float).reshape(teams, tiers, count)
        self_funded = np.bincount(rows["branch"][own].astype(np.int64), minutes[own], teams).astype(
            float
        )
        missed = self._missed(day, teams)
        self.day = day
        bridged = fsum(minutes[np.isin(rows["stage"], BRIDGING)].tolist())
        shape = (teams, tiers)
        return Delivered(
            planned.reshape(shape),
            weighted.reshape(shape),
            classes,
            self_funded,
            missed,
            bridged,
        )

    def _new(self, name: str) -> Floats:
        rows = self.ledger.table(name, self.read[name])
        self.read[name] += len(rows)
        return rows

    def _moves(self, day: float) -> dict[str, Any]:
        """Spells of the period, those under way at its beginning first."""
        # day, package, stage, branch, tier, minutes: the ledger's order without the cause
        new = self._new("moved")[:, :6]
        begun = np.column_stack([np.full(len(self.open), self.day), self.open])
        rows = np.concatenate([begun, new])
        # Stable: within a package the order of time is kept, and the open spell comes first.
        rows = rows[np.argsort(rows[:, 1], kind="stable")]
        package = rows[:, 1]
        last = np.ones(len(rows), dtype=bool)
        last[:-1] = package[1:] != package[:-1]
        end = np.full(len(rows), day)
        end[:-1] = np.where(last[:-1], day, rows[1:, 0])
        counted = np.isin(rows[:, 2], (Stage.IN_SERVICE, *BRIDGING))
        self.open = rows[last & counted][:, 1:]
        names = ("start", "package", "stage", "branch", "tier", "minutes")
        kept = {name: rows[counted, i] for i, name in enumerate(names)}
        # What happened before the first period counts from its beginning.
        kept["start"] = np.clip(kept["start"], self.day, day)
        kept["end"] = np.clip(end[counted], self.day, day)
        return kept

    def _settlements(self, packages: Floats) -> Ints:
        referred = self.ledger.table("referred")
        ids, classes = referred[:, 1], referred[:, 5].astype(np.int64)
        order = np.argsort(ids)
        found: Ints = classes[order[np.searchsorted(ids[order], packages)]]
        return found

    def _missed(self, day: float, teams: int) -> Floats:
        """Planned minutes that each team missed of the people who are followed one by one."""
        total = np.zeros(teams)
        since = dict.fromkeys(self.missed, self.day)
        for at, branch, _, missed, _ in self._new("strained").tolist():
            team = int(branch)
            before = self.missed.get(team, 0.0)
            total[team] += before * (max(at, self.day) - since.get(team, self.day)) / DAYS_PER_WEEK
            self.missed[team], since[team] = missed, max(at, self.day)
        for team, missed in self.missed.items():
            total[team] += missed * (day - since.get(team, self.day)) / DAYS_PER_WEEK
        return total


class Guarantees:
    """Which contracts run, and which teams are suspended, as the ledger tells."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger
        self.day = 0.0
        self.read = {"contracted": 0, "traded": 0}
        self.running: dict[tuple[int, int], Profile] = {}
        self.suspended: set[int] = set()

    def until(
        self, day: float, profile: dict[tuple[int, int], tuple[float, float, float, float]]
    ) -> dict[tuple[int, int], list[tuple[float, float, Profile, bool]]]:
        """Stretches of the period in which each contract ran: first and last day, profile,
        suspended or not. ``profile`` gives, by contract, first day, start and length of the
        ramp, and contracted hours as a part of the most."""
        begun = dict.fromkeys(self.running, self.day)
        spans: dict[tuple[int, int], list[tuple[float, float, Profile, bool]]] = {}

        def close(key: tuple[int, int], at: float) -> None:
            first = begun.pop(key, None)
            if first is not None and at > first:
                running = self.running[key]
                spans.setdefault(key, []).append((first, at, running, key[0] in self.suspended))

        for at, kind, branch, tier, maximum, cause in self._events():
            # What happened in the warm-up counts from the first day on.
            moment = max(at, self.day)
            if kind == "contracted":
                key = (branch, tier)
                if cause in LIMITS and maximum >= 0:
                    close(key, moment)
                    starts, ramp_start, ramp_days, part = profile[key]
                    self.running[key] = Profile(starts, ramp_start, ramp_days, maximum, part)
                    begun[key] = moment
                elif cause in ENDS and key in self.running:
                    close(key, moment)
                    del self.running[key]
                continue
            # A stretch ends where its team's suspension begins or ends, since a guarantee may not
            # hold in it.
            for key in [key for key in begun if key[0] == branch]:
                close(key, moment)
                begun[key] = moment
            (self.suspended.add if cause == Cause.SUSPENDED else self.suspended.discard)(branch)
        for key in list(begun):
            close(key, day)
        self.day = day
        return spans

    def _events(self) -> list[tuple[float, str, int, int, int, int]]:
        """Contracts and suspensions in order of time, team by team."""
        found: list[tuple[float, str, int, int, int, int]] = []
        for day, branch, tier, maximum, cause in self._new("contracted"):
            found.append((day, "contracted", int(branch), int(tier), int(maximum), int(cause)))
        labels = self.ledger.labels
        for day, provider, area, cause in self._new("traded"):
            if cause not in (Cause.SUSPENDED, Cause.SUSPENSION_ENDED):
                continue
            for team, owner in enumerate(labels.branch_provider):
                if owner == provider and area in (-1, labels.branch_area[team]):
                    found.append((day, "traded", team, -1, -1, int(cause)))
        return sorted(found, key=lambda event: event[0])

    def _new(self, name: str) -> list[list[float]]:
        rows: list[list[float]] = self.ledger.table(name, self.read[name]).tolist()
        self.read[name] += len(rows)
        return rows
