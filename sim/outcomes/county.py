"""Outcomes of the whole county: care in service, the interim care list, carers."""

from __future__ import annotations

import numpy as np

from sim.clock import DAYS_PER_WEEK, DAYS_PER_YEAR
from sim.outcomes.declaration import About
from sim.outcomes.registry import outcome
from sim.outcomes.whole_run import YEAR_WEEKS, WholeRun, ratio


@outcome("hours/week", about=About.RUN, better="higher")
def planned_hours_first_year(run: WholeRun) -> float:
    """Planned hours in service, mean of the first 52 weeks."""
    return run.mean("planned_hours", run.first)


@outcome("hours/week", about=About.RUN, better="higher")
def planned_hours_last_year(run: WholeRun) -> float:
    """Planned hours in service, mean of the last 52 weeks."""
    return run.mean("planned_hours", run.last)


@outcome("people", about=About.RUN)
def people_in_service_last_year(run: WholeRun) -> float:
    """People in service, mean of the last 52 weeks."""
    return run.mean("people", run.last, run.by_tier)


@outcome("people", about=About.RUN, better="lower")
def list_people_first_year(run: WholeRun) -> float:
    """People on the interim care list, mean of the first 52 weeks."""
    return run.mean("list_people", run.first)


@outcome("people", about=About.RUN, better="lower")
def list_people_last_year(run: WholeRun) -> float:
    """People on the interim care list, mean of the last 52 weeks."""
    return run.mean("list_people", run.last)


@outcome("people", about=About.RUN, better="lower")
def list_people_peak(run: WholeRun) -> float:
    """People on the interim care list, highest weekly mean."""
    return float(run.weekly_sum("list_people").max())


@outcome("hours/week", about=About.RUN, better="lower")
def list_hours_first_year(run: WholeRun) -> float:
    """Hours of the people on the interim care list, mean of the first 52 weeks."""
    return run.mean("list_hours", run.first)


@outcome("hours/week", about=About.RUN, better="lower")
def list_hours_last_year(run: WholeRun) -> float:
    """Hours of the people on the interim care list, mean of the last 52 weeks."""
    return run.mean("list_hours", run.last)


@outcome("people/year", about=About.RUN, better="lower")
def withdrawn_per_year(run: WholeRun) -> float:
    """People who stop waiting for a provider."""
    a_day = run.by_area["withdrawn"].sum() / float(run.weeks.edges[-1])
    return float(a_day * DAYS_PER_YEAR)


@outcome("carers", about=About.RUN)
def carers_last_year(run: WholeRun) -> float:
    """Carers employed, mean of the last 52 weeks."""
    return run.mean("carers", run.last)


@outcome("share", about=About.RUN, better="lower")
def vacancy_share_first_year(run: WholeRun) -> float:
    """Share of posts that are vacant, mean of the first 52 weeks."""
    return ratio(run.mean("vacancies", run.first), run.mean("posts", run.first))


@outcome("share", about=About.RUN, better="lower")
def vacancy_share_last_year(run: WholeRun) -> float:
    """Share of posts that are vacant, mean of the last 52 weeks."""
    return ratio(run.mean("vacancies", run.last), run.mean("posts", run.last))


@outcome(
    "GBP",
    about=About.RUN,
    meaning="carers' paid hours at the National Living Wage with employer insurance, last 52 "
    "weeks: a lower limit without thresholds, mileage and overheads",
)
def lowest_pay_bill_last_year(run: WholeRun) -> float:
    """Carers x paid hours x the wage of each week, with employer insurance on top."""
    scenario, part = run.scenario, run.last
    weeks_long = np.diff(run.weeks.edges)[part] / DAYS_PER_WEEK
    starts = [(wage.starts - scenario.calendar.start).days for wage in scenario.wages]
    order = np.argsort(starts)
    hourly = np.array(
        [w.living_wage_gbp_per_hour * (1 + w.employer_insurance_share) for w in scenario.wages]
    )[order]
    row = np.searchsorted(np.array(starts)[order], run.weeks.edges[:-1][part], side="right") - 1
    hours = run.weekly_sum("carers")[part] * weeks_long * scenario.workforce.paid_hours_per_week
    # Before the first row the first wage holds: a table may begin after the run.
    return float((hours * hourly[np.maximum(row, 0)]).sum())


@outcome("hours/week", about=About.RUN, better="higher")
def in_house_hours_left_last_year(run: WholeRun) -> float:
    """Hours of the in-house team that are not used for bridging and are free for an emergency, mean
    of the last 52 weeks."""
    return max(0.0, run.scenario.bridging.hours_per_week - run.mean("bridged_hours", run.last))


@outcome("GBP", about=About.RUN, better="lower")
def standby_cost_last_year(run: WholeRun) -> float:
    """What the council pays for in-house hours that are not used for bridging, last 52 weeks."""
    money = run.scenario.money
    hours = in_house_hours_left_last_year(run) * money.bridging_idle_paid_share * YEAR_WEEKS
    return float(hours * money.bridging_gbp_per_hour)


@outcome("hours", about=About.RUN, better="lower")
def uncovered_hours_total(run: WholeRun) -> float:
    """Hours of care that neither a provider nor the in-house team gives, whole run."""
    length = np.diff(run.weeks.edges)
    return float((run.weekly_sum("uncovered_hours") * length).sum() / DAYS_PER_WEEK)
