"""Texts that every paper has: what a model is, quality assurance, glossary, accessibility."""

from __future__ import annotations

from experiments.report.blocks import Grid

WHAT_THIS_IS = (
    "The figures in this paper come from a computer model of a home care market. The model follows "
    "people, carers and providers day by day under stated rules and assumptions.",
    "A figure says what happens in the model, not what will happen. It is not a forecast or an "
    "audit, and it must not be used as evidence about any provider.",
    "Each simulated future differs by chance. Figures in brackets after a mean are its 95% "
    "interval over futures: it covers chance alone, not what is wrong or unknown in the "
    "assumptions.",
)
INVENTED = "The providers in this paper are invented: {where}."
REAL = (
    "Provider codes in this paper may stand for real providers, since the inputs were imported or "
    "are a council's own: {where}. Check with your legal team before you publish it."
)
NOT_MEASURED = (
    "These values are not measured. They are assumptions, estimates or recollections. To see what "
    "another value does, run a question again with --set."
)
BY_EFFECT = (
    "The order is by effect: each assumption was moved alone to the low and to the high end of its "
    "range in Norfolk, where a principal provider closes ({made}, two simulated futures). The "
    "largest change of each outcome is shown where it is beyond noise. With other questions or "
    "years the order may differ."
)
BY_WIDTH = (
    "What each assumption does to results was measured for {measured} only, not for {where}. So "
    "the order here is by width: the widest ranges come first. A wide range need not make a large "
    "difference to results."
)
FEW_FUTURES = 10
DO_NOT_QUOTE = "Do not quote: fewer than 10 simulated futures"
FEW = (
    "{what} rests on fewer than 10 simulated futures. It shows that the method works, and none of "
    "its figures should be quoted."
)
SEVERAL = (
    "Each result has a question and inputs of its own. Do not compare figures of two results "
    "unless their questions and inputs agree."
)
LIMITATIONS = (
    "Providers, their teams and who works where are invented or generated from published totals, "
    "unless the inputs say that they were imported.",
    "No provider enters the market unless the inputs say so, and no provider learns from what "
    "happened to another.",
    "An hour of care is an hour: mornings are not scarcer than afternoons, and a person has one "
    "provider at a time.",
    "Nobody knows how many carers would move with the people they care for after a closure. Where "
    "the paper shows several values, compare them. Elsewhere one value is assumed.",
    "The rules of behaviour (who accepts whom, who closes, who hires) are assumptions with sources "
    "of differing quality. To list each value with its source, run caremarket parameters with the "
    "county's name.",
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
    ("Wherever a figure depends on an assumption, the paper says so next to the figure", ""),
    ("Charts and sentences were read by somebody who did not make them", ""),
)
GLOSSARY = {
    "95% interval": "a range that would hold the mean of endlessly many simulated futures in 95 of "
    "100 such papers; it covers chance alone",
    "Cover": "the share of needed care that somebody gives",
    "Fallback": "providers with neither a principal provider's nor a framework contract",
    "Hand-back": "a provider gives a person's care back to the council",
    "Median": "the middle value: half of the simulated futures lie below it",
    "Off-framework spot": "care bought from providers that have no agreement with the council",
    "Round": "the visits that one carer makes one after another",
    "Set of parameters": "one plausible combination of the values that nobody knows",
    "Direct harm": "hours without care of the people whose provider stops",
    "Indirect harm": "hours without care of everybody else in the county, beyond those without the "
    "failure",
    "Framework": "a list of providers that a council may ask under agreed terms",
    "Interim care list": "people who need home care and wait for a provider",
    "In-house team": "the council's own carers, who bridge gaps",
    "N-1": "the share of a closed provider's care that could be replaced four weeks later; chance "
    "can take it above 100% or below 0%",
    "Placebo": "the same comparison for the closure of a very small team: it shows how much "
    "figures differ by chance alone",
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
        "Checks to make before this paper is used",
        ("Check", "Done by", "Date", "What was found"),
        tuple((check, *blank) for check, _ in QUALITY_CHECKS),
    )
    return [roles, checks]


def glossary() -> Grid:
    """Words of the field and of the model."""
    return Grid("Words used", ("Word", "Meaning"), tuple(sorted(GLOSSARY.items())))
