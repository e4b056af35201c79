"""The page of words: those that papers explain, in the same words, and those of the field."""

from __future__ import annotations

from experiments.report.standing import GLOSSARY

WORDS = {
    "Adequacy": "whether enough care could be found if a provider closed; measured by N-1",
    "Analytical assurer": "the person who checks an analysis without having made it (AQuA Book)",
    "Area": "a part of the county for which the council buys care, such as a town and its villages",
    "Arm": "a branch of a run that shares its past and its chance events, with one thing changed",
    "Band": "the range that holds nine tenths of the plausible sets; unlike a 95% interval, it "
    "shows what is not known rather than chance",
    "Bridging": "care that the council's in-house team gives until a provider is found",
    "Caseload": "a table of the people in care on the first day, if a council gives one",
    "Closure": "a provider stops caring for everybody, at once or after a notice",
    "Commissioning model": "a council's way of buying care: its tiers, rules and contracts",
    "Common random numbers": "people, carers and chance events that all compared scenarios "
    "share, so that they differ by what was changed and not by luck",
    "Contract returned": "a provider hands its principal provider contracts back and goes on "
    "trading",
    "Direct payment": "money that the council gives to a person who arranges their own care",
    "Discrete-event simulation": "a model that moves from one event to the next (a referral, a "
    "visit that starts, a carer who leaves) rather than in equal steps of time",
    "Double-handed": "care that needs two carers at once",
    "Draw": "one set of values of the parameters that a study varies",
    "Emergency provider": "a response: a provider named in advance takes whole teams, with carers "
    "on standby",
    "Failure": "what happens to a provider: closure, contract returned, suspension, staff loss or "
    "recruitment stop",
    "Go-live": "the day on which the new contracts begin in an area",
    "Guarantee": "hours that a provider is paid for even if it delivers fewer",
    "Hand back": "to give the care of a person back to the council, after a notice",
    "Hindcast": "a recorded case that is run in the model and set beside the record",
    "Identity": "a short code worked out from the inputs; with one seed and one version it stands "
    "for one run",
    "Ledger": "the list of every fact of a simulated future; all figures are counted from it",
    "Legacy framework": "the older countywide framework, which goes on beneath the new contracts",
    "Lever": "a parameter that somebody could choose, such as a rate or the hours of a team",
    "Locality": "a group of areas that change over to the new contracts together",
    "Lot": "a part of a contract that is tendered by itself, usually one area",
    "Missed visits": "care of a person who has a provider whose carers cannot come",
    "Override": "a named change to a county, such as legacy_retainer",
    "Package of care": "the care that one person is assessed to need, in hours a week",
    "Paired difference": "the difference of two scenarios in each simulated future, averaged over "
    "futures; chance that both share cancels out",
    "PCN framework": "Norfolk's framework of local providers, named after the primary care "
    "networks whose areas it follows",
    "Plausible set": "a set of parameters with which the model agrees with the published figures "
    "that it must match",
    "Principal": "short for principal provider",
    "Reading": "one way to settle something that the record leaves open; readings are shown side "
    "by side and never averaged",
    "Reablement": "short-term help after which a person needs less care or none",
    "Recruitment stop": "a provider's recruits do not come for a time",
    "Response": "what the council does when a provider closes: split, whole team, step in or "
    "emergency provider",
    "Result": "the folder that a command leaves: tables, charts, summary and manifest",
    "Scenario": "a county with changes: settings, overrides, failures",
    "Settlement": "the payment for four weeks of care; in tables of homes, the kind of "
    "place (urban, fringe, rural or isolated)",
    "Self-funder": "a person who pays for their own care",
    "SNHIP": "an area in the south of Norfolk, known in the model by these letters alone",
    "Split": "a response: the people of a closed provider are offered to many other providers",
    "Spot": "care bought person by person, without a promise of hours",
    "Staff loss": "a share of a provider's carers leave at once",
    "Step in": "a response: the council runs the teams of a closed provider itself for a time",
    "Suspension": "a provider may take no new work for a time",
    "Team": "a provider's carers in one area; in tables, a branch",
    "Tier": "a step in the order in which providers are asked about a package of care",
    "TUPE": "the Transfer of Undertakings (Protection of Employment) Regulations 2006: carers may "
    "move to the provider that takes over their work, on the terms they had",
    "Uncertainty": "a parameter that nobody knows",
    "Warm-up": "the weeks simulated before the first day, so that the market begins at rest",
    "Whole team": "a response: one provider takes a whole team and all its people",
    "Withdrawal": "a person stops waiting for care and finds another way or moves to a care home",
}
"""Words that papers do not need, or do not use."""
HEAD = """# Glossary

These are words of home care, of statistics and of caremarket, as this documentation and the papers
use them. Formulas are in [what the figures mean](outcomes.md). The page is made by
`python docs/make_pages.py glossary`; do not edit it by hand.
"""


def meanings() -> dict[str, str]:
    """Every word with its meaning. Raises ValueError if a word has two."""
    if twice := {word.lower() for word in WORDS} & {word.lower() for word in GLOSSARY}:
        raise ValueError(f"papers explain these words already: {sorted(twice)}")
    return dict(sorted({**GLOSSARY, **WORDS}.items(), key=lambda pair: pair[0].lower()))


def page() -> str:
    """The page, a row for each word."""
    rows = "\n".join(f"| {word} | {meaning} |" for word, meaning in meanings().items())
    return f"{HEAD}\n| word | meaning |\n| --- | --- |\n{rows}\n"
