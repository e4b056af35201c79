"""Texts that every paper has: what a model is, quality assurance, glossary, accessibility."""

from __future__ import annotations

from experiments.report.blocks import Grid

WHAT_THIS_IS = (
    "The figures in this paper come from a computer model of a home care market. The model follows "
    "people, carers and providers day by day under stated rules and assumptions.",
    "A figure says what happens in the model, not what will happen. It is no forecast, no audit of "
    "any provider, and no evidence about a named provider: providers in the model are invented.",
    "Each simulated future differs by chance. Figures in brackets after a mean are its 95% "
    "interval over futures: it covers chance alone, not what is wrong or unknown in the "
    "assumptions.",
)
FEW_FUTURES = 10
DO_NOT_QUOTE = "Do not quote: fewer than ten simulated futures"
FEW = (
    "{what} rests on fewer than ten simulated futures. It shows that the method works, and no "
    "figure of it should be quoted."
)
LIMITATIONS = (
    "Providers, their teams and who works where are invented or generated from published totals, "
    "unless the inputs say that they were imported.",
    "Nobody enters the market by default, and no provider learns from what happened to another.",
    "An hour of care is an hour: mornings are not scarcer than afternoons, and a person has one "
    "provider at a time.",
    "How many carers move with their people after a closure is the least known number that matters "
    "most. It is varied where the paper says so, and set to one value elsewhere.",
    "The rules of behaviour (who accepts whom, who closes, who hires) are assumptions with sources "
    "of differing quality. Each is listed with its source by the command under Methods.",
)
QUALITY_ROLES = (
    ("Commissioner of the analysis", "asks the question and decides what it may be used for"),
    ("Analyst", "made the runs and wrote the paper"),
    ("Analytical assurer", "checked inputs, runs and words independently"),
    ("Senior responsible owner", "accepts the remaining risks and signs the paper off"),
)
QUALITY_CHECKS = (
    ("The question is the one the committee must decide", ""),
    ("Inputs were checked against the council's own records", ""),
    ("The command under Methods was run again and gave the same figures", ""),
    ("What turns on an assumption is said where the figure stands", ""),
    ("Charts and sentences were read by somebody who did not make them", ""),
)
GLOSSARY = {
    "Direct harm": "hours without care of the people whose provider stops",
    "Indirect harm": "hours without care of everybody else in the county, beyond those without the "
    "failure",
    "Framework": "a list of providers that a council may ask under agreed terms",
    "Interim care list": "people who need home care and wait for a provider",
    "In-house team": "the council's own carers, who bridge gaps",
    "N-1": "how much of the care that a provider gave would be there four weeks after it closed",
    "Placebo": "the same comparison with a closure too small to matter: what chance alone does",
    "Principal provider": "the provider that holds the main contract of an area",
    "Replication, simulated future": "one run of the model with its own chance events",
    "Seed": "the number from which all chance events of a run follow, so that it can be made again",
    "Simulated futures of which it is known": "futures in which the figure has a value, such as "
    "those in which the provider still trades on the day",
}


def quality_statement() -> list[Grid]:
    """Roles and checks of the Aqua Book, with blanks for the people who sign."""
    blank = ("", "", "")
    roles = Grid(
        "Roles in quality assurance",
        ("Role", "What it does", "Name", "Date", "Signature"),
        tuple((role, what, *blank) for role, what in QUALITY_ROLES),
    )
    checks = Grid(
        "Checks made before this paper was used",
        ("Check", "Done by", "Date", "What was found"),
        tuple((check, *blank) for check, _ in QUALITY_CHECKS),
    )
    return [roles, checks]


def glossary() -> Grid:
    """Words of the field and of the model."""
    return Grid("Words used", ("Word", "Meaning"), tuple(sorted(GLOSSARY.items())))
