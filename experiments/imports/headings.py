"""What a heading is likely to mean, by the words that case-management systems use."""

from __future__ import annotations

from collections.abc import Sequence

from experiments.imports.cells import plain

WORDS: dict[str, tuple[str, ...]] = {
    "person": ("person id", "client id", "client ref", "person ref", "person reference",
               "service user id", "su id", "p number", "swift id", "mosaic id", "person number",
               "person identifier", "client number", "la person unique identifier"),
    "package": ("package ref", "package id", "package reference", "service ref", "element id",
                "commitment id", "purchase id", "care package id", "line id", "event reference",
                "package line"),
    "provider": ("provider name", "provider", "supplier name", "supplier", "organisation",
                 "agency", "care provider", "provider cqc location name", "contractor"),
    "provider_id": ("cqc location id", "provider cqc location id", "location id", "cqc id"),
    "service": ("service type", "service", "element type", "service description", "support type",
                "service component", "care type", "type of service", "type of care",
                "package type"),
    "start": ("planned start date", "start date", "actual start date", "service start",
              "date started", "from date", "commencement date", "event start date", "start",
              "begins", "date from"),
    "end": ("actual end date", "end date", "planned end date", "service end", "date ended",
            "to date", "date closed", "event end date", "end", "ends", "date to"),
    "hours": ("planned hours per week", "hours per week", "weekly hours", "planned hours",
              "commissioned hours", "hours", "hrs per week", "hrs wk", "planned units per week",
              "units per week", "hours week", "hours a week"),
    "carers": ("no of carers", "number of carers", "carers", "carers per visit", "handed",
               "carers a visit", "double handed", "staff per visit"),
    "place": ("postcode district", "postcode", "post code", "district", "lsoa", "lsoa code",
              "lsoa11cd", "lsoa21cd", "area", "locality", "client postcode", "home postcode"),
    "referral_source": ("referral source", "source of referral", "route of access", "source",
                        "referred by", "referral route", "route", "request route of access"),
    "cost": ("cost wk", "cost per week", "weekly cost", "cost week", "price per week",
             "gross weekly cost", "weekly price", "cost a week"),
    "rate": ("hourly rate", "unit cost", "rate per hour", "cost per hour", "hourly cost"),
    "died": ("date of death", "deceased date", "death date", "died"),
}  # fmt: skip
"""Headings of each role, in small letters and without marks, the surest first."""
NEEDED = ("person", "start", "end", "hours", "service")
HOME_CARE = ("homecare", "home care", "home support", "domiciliary", "dom care", "care at home")
NOT_ROUNDS = ("night", "sit", "live in", "extra care", "supported", "reablement", "respite")
"""What makes home care another thing than a round of visits."""
DIRECT_PAYMENT = ("direct payment", "dp", "personal assistant")
TWO_CARERS = (
    "2",
    "two",
    "yes",
    "y",
    "true",
    "double",
    "dh",
    "double handed",
    "double up",
    "two carers",
)
HOSPITAL = ("hospital", "ward", "acute", "discharge")
COMMON = frozenset((
    "home", "care", "homecare", "support", "domiciliary", "dom", "at", "in", "live",
    "night", "sit", "sitting", "day", "centre", "nursing", "residential", "extra",
    "housing", "supported", "living", "reablement", "respite", "direct", "payment",
    "payments", "dp", "personal", "assistant", "service", "services", "community",
    "transport", "meals", "equipment", "telecare", "carer", "carers", "one", "two",
    "single", "double", "handed", "up", "yes", "no", "none", "other", "unknown", "hospital",
    "acute", "discharge", "gp", "self", "family", "provider", "council", "team", "social",
    "work", "worker", "review",
))  # fmt: skip
"""Words of services, sources and carers. A text of nothing else is nobody's name."""


def roles_of(headings: Sequence[str]) -> dict[str, str]:
    """The heading of each role that is recognised; every heading has one role at most."""
    plain_of = {heading: plain(heading) for heading in headings}
    found: dict[str, str] = {}
    for role, words in WORDS.items():
        free = [heading for heading in headings if heading not in found.values()]
        best = min(
            (heading for heading in free if plain_of[heading] in words),
            key=lambda heading: words.index(plain_of[heading]),
            default=None,
        )
        if best is not None:
            found[role] = best
    return found


def is_common(text: str) -> bool:
    """Whether a text is made of common words alone, so that it may always be shown."""
    words = set(plain(text).split())
    return bool(words) and words <= COMMON


def kind_of(service: str) -> str:
    """What a type of service is likely to be."""
    words = plain(service)
    if any(f" {word} " in f" {words} " for word in DIRECT_PAYMENT):
        return "direct_payment"
    home = any(word in words for word in HOME_CARE)
    return "home_care" if home and not any(word in words for word in NOT_ROUNDS) else "left_out"


def is_hospital(source: str) -> bool:
    """Whether a source of referrals is likely to be a hospital."""
    return any(word in plain(source).split() for word in HOSPITAL)
