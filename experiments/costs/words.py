"""What costs are told as: waits first, then what misses its target, then every figure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from experiments.costs.figures import Figure, Wait
from experiments.costs.machine import is_busy
from experiments.words.first_screen import FirstScreen, rounded
from sim import __version__
from sim.scenario.amounts import counted, duration

LABELS = {
    "replication": "Replication",
    "run": "Run",
    "failure": "Failure",
    "contingency": "Contingencies",
    "adequacy": "Adequacy",
    "calibration": "Calibration",
    "bands": "Bands",
    "growth": "Growth",
    "help": "--help",
    "small": "run small",
    "one_process": "1 process",
    "two_processes": "2 processes",
    "processes": "Two processes",
}
WHAT = {
    "replication": "a replication",
    "failure": "a replication with a failure and its arms",
    "contingency": "a replication in which each principal provider is lost on one day",
    "adequacy": "a replication with few points",
    "calibration": "a set of values",
    "bands": "a plausible set",
    "run": "a replication of a run, with all that is kept of it",
}
TYPED = ("help", "small", "one_process", "two_processes")
NAMES = {
    "event": "a logical event",
    "event_in_events_of_the_yardstick": "a logical event, in events of the yardstick",
    "laws_and_outcomes": "laws and outcomes of a replication",
    "efficiency": "CPU time of one process over that of two",
    "one_process_alone": "start, tables and charts, done by one process",
    "speed_up": "speed-up over one process, by waiting time",
    "speed_up_without_other_programs": "speed-up over one process, without other programs",
}


def told(
    county: str,
    figures: Sequence[Figure],
    waits: Sequence[Wait],
    machine: Mapping[str, Any],
    kinds: Mapping[str, int],
) -> FirstScreen:
    """All that was measured."""
    busy = is_busy(machine["load_before"], machine["cores"])
    return FirstScreen(
        [
            f"Time and memory that caremarket {__version__} needs on this machine: {county}",
            f"{machine['processor']}, {counted(machine['cores'], 'core')}, {machine['python']}",
        ],
        [*map(wait_line, waits), *missed_lines(figures), *busy_lines(machine, busy=busy)],
        [piece_lines(figures), command_lines(figures)],
        [met_lines(figures), [f"{kind:26}{number:>9,}" for kind, number in kinds.items()]],
        foot(figures),
    )


def wait_line(wait: Wait) -> str:
    """How long one waits for a question."""
    return f"{wait.words} on {counted(wait.processes, 'process', 'processes')}: about " + duration(
        float(f"{wait.seconds:.2g}")
    )


def missed_lines(figures: Sequence[Figure]) -> list[str]:
    """Each target that is missed."""
    missed = [one for one in figures if one.missed]
    return [f"MISSED: {sentence(one)}" for one in missed]


def met_lines(figures: Sequence[Figure]) -> list[str]:
    """Each target that is met."""
    met = [one for one in figures if one.target is not None and not one.missed]
    return [f"Met: {sentence(one)}" for one in met]


def sentence(one: Figure) -> str:
    """A figure beside its target."""
    assert one.target is not None
    name = NAMES.get(one.name, one.name.replace("_", " "))
    label = LABELS.get(one.measure, one.measure)
    return f"{label}, {name}: {spread(one)} {one.unit}; the target is {one.target.words}"


def spread(one: Figure) -> str:
    """The median, and the lowest and the highest of several rounds."""
    if one.rounds == 1:
        return rounded(one.value)
    return f"{rounded(one.value)} ({rounded(one.low)} to {rounded(one.high)})"


def busy_lines(machine: Mapping[str, Any], *, busy: bool) -> list[str]:
    """What to make of figures that were taken beside other work."""
    if not busy:
        return []
    load, cores = machine["load_before"], machine["cores"]
    return [
        f"NOTE: other programs were running ({load:.1f} on {counted(cores, 'core')}). Waiting "
        "times are estimated as if they were not there; the speed-up of two processes is not "
        "reliable."
    ]


def piece_lines(figures: Sequence[Figure]) -> list[str]:
    """A line a piece: yardsticks, CPU seconds, memory."""
    lines = []
    for measure, what in WHAT.items():
        mine = {one.name: one for one in figures if one.measure == measure}
        if not mine:
            continue
        unit = mine.get("yardsticks_a_unit")
        each = "" if unit is None else f", {rounded(unit.value)} each"
        branch = mine.get("memory_of_a_branch")
        memory = f"{mine['memory'].value:.0f} MB"
        memory += "" if branch is None else f", a branch {branch.value:.0f}"
        told = f"{spread(mine['yardsticks'])} yardsticks{each}; {spread(mine['seconds'])} CPU s"
        lines.append(f"{LABELS[measure]:15}{what}: {told}; {memory}")
    return lines


def command_lines(figures: Sequence[Figure]) -> list[str]:
    """Growth and whole commands."""
    lines = []
    for one in figures:
        label = f"{LABELS.get(one.measure, ''):15}"
        if one.measure == "growth":
            larger = f"an event in a county {one.name.split('_')[2]} times as large"
            lines.append(f"{label}{larger}: {spread(one)} times the cost in the county itself")
        elif one.measure in TYPED and one.name == "seconds":
            lines.append(f"{label}{spread(one)} CPU s")
        elif one.measure in TYPED and one.name == "wait":
            lines[-1] += f", {spread(one)} s to wait"
        elif one.measure == "processes":
            lines.append(f"{label}{NAMES[one.name]}: {spread(one)} {one.unit}")
    return lines


def foot(figures: Sequence[Figure]) -> list[str]:
    """What a yardstick is."""
    lines = ["CPU seconds are medians of rounds, in brackets the lowest and the highest."]
    for one in figures:
        if one.measure == "yardstick":
            lines.append(
                "A yardstick is the time of an ordinary SimPy model that runs beside each "
                f"measurement: {spread(one)} CPU s on this machine. Compare machines and "
                "versions by yardsticks."
            )
    return lines
