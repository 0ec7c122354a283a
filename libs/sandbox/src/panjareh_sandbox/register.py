"""What each authority holds: from a question about a person to facts, nothing, or a refusal."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from panjareh_sandbox.demo.people import (
    Bilingual,
    Persona,
    company_of,
    mobile_of,
    person_with,
    ward_of,
)
from panjareh_sandbox.national_id import is_national_id

Facts = Mapping[str, Any]
MOBILE_OWNER = "mobile_owner"


class Outcome(StrEnum):
    """How a question ended, in the words of the ledger."""

    ANSWERED = "answered"
    NOTHING_HELD = "nothing_held"
    REFUSED = "refused"
    MALFORMED = "malformed"
    FAILED = "failed"
    ANSWERED_WRONGLY = "answered_wrongly"


@dataclass(frozen=True)
class Finding:
    """What the register says: facts when answered, otherwise the reason."""

    outcome: Outcome
    facts: Facts | None = None
    reason: Bilingual | None = None


def _civil_identity(person: Persona) -> Facts:
    return {
        "given_name": person.given_name,
        "family_name": person.family_name,
        "birth_date": person.birth_date.isoformat(),
        "alive": person.alive,
    }


def _income_decile(person: Persona) -> Facts:
    return {"decile": person.decile, "household_size": person.household_size}


def _mobile_line(person: Persona) -> Facts:
    return {"active_lines": person.active_lines, "data_plan": person.data_plan}


def _guardianship(person: Persona) -> Facts:
    ward = ward_of(person.national_id)
    return {"wards": [] if ward is None else [_ward(ward)]}


def _ward(ward: Persona) -> Facts:
    return {"national_id": ward.national_id, **_civil_identity(ward)}


def _represented_companies(person: Persona) -> Facts:
    company = company_of(person.national_id)
    return {"companies": [] if company is None else [company]}


# What is held about an ordinary adult where their own row in personas.yaml says nothing else.
_ORDINARY: Mapping[str, Facts] = {
    "marriage": {"married": True},
    "children": {"children": 1, "under_two": 0, "of_school_age": 1},
    "identity_documents": {"booklet": "valid", "smart_card": "valid"},
    "vehicle_ownership": {"vehicles": 1, "unpaid_fines": False, "transfer_blocked": False},
    "military_service": {"status": "completed"},
    "education_record": {"level": "upper_secondary", "finished": True},
    "vaccine_record": {"doses": 1, "days_since_last": 120},
    "health_insurance": {"insured": True},
    "property": {"owner": True, "in_dispute": False},
    "guild_membership": {"member": False, "open_violation": False},
    "journalist_record": {"active": False},
    "vehicle_insurance": {"insured": True},
    "tax_record": {"registered": True, "overdue_debt": False},
}


def _held(evidence_type: str) -> Callable[[Persona], Facts]:
    return lambda person: {**_ORDINARY[evidence_type], **person.facts.get(evidence_type, {})}


_FACTS: dict[str, Callable[[Persona], Facts]] = {
    **{evidence_type: _held(evidence_type) for evidence_type in _ORDINARY},
    "civil_identity": _civil_identity,
    "income_decile": _income_decile,
    "mobile_line": _mobile_line,
    "guardianship": _guardianship,
    "represented_companies": _represented_companies,
}

AUTHORITIES: Mapping[str, tuple[str, ...]] = {
    "civil_registry": (
        "civil_identity",
        "guardianship",
        "marriage",
        "children",
        "identity_documents",
    ),
    "welfare": ("income_decile",),
    "mobile_registry": ("mobile_line", MOBILE_OWNER),
    "companies_registry": ("represented_companies",),
    "police": ("vehicle_ownership",),
    "conscription": ("military_service",),
    "education": ("education_record",),
    "health": ("vaccine_record", "health_insurance"),
    "property_registry": ("property",),
    "guilds": ("guild_membership",),
    "culture": ("journalist_record",),
    "insurance": ("vehicle_insurance",),
    "tax": ("tax_record",),
}


def look_up(evidence_type: str, subject: str, mobile: str | None = None) -> Finding:
    """`subject` is a national id, or as text whatever else somebody is known by; `mobile` is asked about."""
    if evidence_type == MOBILE_OWNER:
        # As the operators' match of ids and numbers: yes or no, and nothing of whose it is instead.
        return Finding(Outcome.ANSWERED, facts={"owner": mobile == mobile_of(subject)})
    if not is_national_id(subject):
        return Finding(Outcome.NOTHING_HELD, reason=_NO_NATIONAL_ID)
    person = person_with(subject)
    instead = person.instead_of_facts.get(evidence_type)
    if instead is not None:
        return Finding(Outcome(instead.outcome), reason=instead.reason)
    return Finding(Outcome.ANSWERED, facts=_FACTS[evidence_type](person))


_NO_NATIONAL_ID = {
    "fa": "این دستگاه تنها دارندگان شمارهٔ ملی را می‌شناسد.",
    "en": "This authority knows holders of a national id only.",
}
