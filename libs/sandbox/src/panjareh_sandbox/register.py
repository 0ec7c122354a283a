"""What each authority holds: from a question about a person to facts, nothing, or a refusal."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from panjareh_sandbox.demo.people import Bilingual, Persona, person_with

Facts = Mapping[str, Any]


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


_FACTS: dict[str, Callable[[Persona], Facts]] = {
    "civil_identity": _civil_identity,
    "income_decile": _income_decile,
    "mobile_line": _mobile_line,
}

AUTHORITIES: Mapping[str, tuple[str, ...]] = {
    "civil_registry": ("civil_identity",),
    "welfare": ("income_decile",),
    "mobile_registry": ("mobile_line",),
}


def look_up(evidence_type: str, national_id: str) -> Finding:
    person = person_with(national_id)
    instead = person.instead_of_facts.get(evidence_type)
    if instead is not None:
        return Finding(Outcome(instead.outcome), reason=instead.reason)
    return Finding(Outcome.ANSWERED, facts=_FACTS[evidence_type](person))
