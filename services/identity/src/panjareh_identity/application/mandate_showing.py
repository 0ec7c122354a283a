"""Mandates as they are told to one of their sides, or to an officer; other people's names on record first."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from panjareh_common.clock import to_wire
from panjareh_common.event_store import UnitOfWork
from panjareh_common.security import Caller
from panjareh_common.texts import text
from panjareh_identity.application.ports import Looks
from panjareh_identity.domain.mandate import Mandate
from panjareh_identity.domain.organisation import Organisation
from panjareh_identity.domain.person import Person

_PACKAGE = "panjareh_identity"

# Why a mandate was refused or ended, as people read it. Persian stands in locale/fa.po.
_SAID: dict[str, str] = {
    "person": "The person who was asked did not agree.",
    "civil_registry": "The civil registry's officer did not find you to be the guardian.",
    "companies_registry": "The companies registry's officer did not find you to represent the company.",
    "number_taken": "Somebody has an account under this number without having proved it. An office can settle that.",
    "of_age": "The person is eighteen or older and acts for themself.",
    "withdrawn": "It was withdrawn by whom it was for.",
    "given_up": "The representative gave it up.",
    "officer": "An officer of the registry ended it.",
    "time_over": "Its time is over.",
    "unanswered": "Nobody answered in time.",
    "death": "One of the two has died.",
    "erased": "One of the two has closed their account.",
    "closed": "One of the two has closed their account.",
}


class MandateShowing:
    def __init__(self, looks: Looks) -> None:
        self._looks = looks

    def one(
        self,
        unit: UnitOfWork,
        mandate: Mandate,
        caller: Caller,
        language: str,
        number: str | None = None,
    ) -> dict[str, Any]:
        """As it stands after what the unit has decided."""
        told = vars(mandate) | {
            "mandate_id": mandate.id,
            "asked_at": mandate.created_on,
            "changed_at": mandate.modified_on,
            "number": number,
        }
        return self.row(unit, told, caller, language) | {"reason": mandate.reason or None}

    def row(
        self, unit: UnitOfWork, told: Mapping[str, Any], caller: Caller, language: str
    ) -> dict[str, Any]:
        """One of a list. Whoever is asked sees who asks; the asker sees the other one's name once they agreed."""
        mandate_id: UUID = told["mandate_id"]

        def name(person_id: UUID | None) -> str | None:
            return self._name(unit, person_id, caller, mandate_id)

        own = told["asker_id"] == caller.person
        said = _SAID.get(told["because"] or "")
        return self.plain(told) | {
            "role": _role(told, caller.person),
            "representative": name(told["representative_id"]),
            "represented": name(told["represented_id"]),
            "asked_of": _masked(told["number"]) if own else None,
            "because_text": text(_PACKAGE, said, language) if said else None,
        }

    def for_officer(
        self, unit: UnitOfWork, told: Mapping[str, Any], caller: Caller
    ) -> dict[str, Any]:
        """With the names and numbers that the officer compares with papers."""
        asker = unit.find(Person, told["asker_id"])
        self._record(unit, told["asker_id"], caller, told["mandate_id"])
        identifier = asker.identifier if asker else None
        return self.plain(told) | {
            "representative": _full_name(asker),
            "representative_number": identifier.text if identifier else None,
            "number": told["number"],
        }

    @staticmethod
    def plain(told: Mapping[str, Any]) -> dict[str, Any]:
        """What says nothing of who they are."""
        return {
            "mandate_id": str(told["mandate_id"]),
            "kind": str(told["kind"]),
            "status": str(told["status"]),
            "accepted_by": told["accepted_by"],
            "scope": list(told["scope"]),
            "until": to_wire(told["until"]),
            "because": told["because"],
            "asked_at": to_wire(told["asked_at"]),
            "changed_at": to_wire(told["changed_at"]),
        }

    def _name(
        self, unit: UnitOfWork, party: UUID | None, caller: Caller, mandate_id: UUID
    ) -> str | None:
        if party is None:
            return None
        organisation = unit.find(Organisation, party)
        if organisation is not None:
            return organisation.name
        if party != caller.doer:
            self._record(unit, party, caller, mandate_id)
        return _full_name(unit.find(Person, party))

    def _record(self, unit: UnitOfWork, party: UUID, caller: Caller, mandate_id: UUID) -> None:
        self._looks.record(
            unit,
            party,
            reader=str(caller.doer),
            role=str(caller.kind),
            purpose="mandate",
            about=mandate_id,
        )


def _role(told: Mapping[str, Any], person_id: UUID) -> str:
    """Where the reader stands, or would stand after agreeing."""
    if person_id == told["representative_id"]:
        return "representative"
    if person_id == told["represented_id"]:
        return "represented"
    return "representative" if told["representative_id"] is None else "represented"


def _full_name(person: Person | None) -> str | None:
    if person is None or person.given_name is None:
        return None
    return f"{person.given_name} {person.family_name}"


def _masked(number: str | None) -> str | None:
    """Enough for the asker to know which of their mandates it is."""
    return None if number is None else f"{'*' * (len(number) - 4)}{number[-4:]}"
