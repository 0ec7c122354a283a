"""What identity holds about a person, section by section, for the person themself."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid5

from panjareh_common.clock import to_wire
from panjareh_common.event_store import UnitOfWork
from panjareh_identity.application.lives.proving import groups_of
from panjareh_identity.domain.groups import Belonging
from panjareh_identity.domain.person import Person

# Each aggregate that is one to one with a person has its id from the person's (decision 0022).
_ONE_TO_ONE = ("Belonging", "Authenticators")
_HISTORY = """
SELECT topic, occurred_at, metadata ->> 'role' AS role, metadata ->> 'channel' AS channel
FROM event WHERE stream = ANY(%s) ORDER BY position
"""
_LOOKS = """
SELECT reader, role, purpose, read_at FROM person_data_read WHERE person_id = %s ORDER BY read_at
"""


def account(unit: UnitOfWork, person_id: UUID) -> dict[str, Any]:
    """What the person said, what was proved, and how they are reached. Raises NotFound."""
    person = unit.load(Person, person_id)
    identifier = person.identifier
    return {
        "person_id": str(person_id),
        "identifier": {
            "kind": identifier and str(identifier.kind),
            "number": identifier and identifier.number,
            "country": identifier and identifier.country,
        },
        "given_name": person.given_name,
        "family_name": person.family_name,
        "birth_date": person.birth_date,
        "mobile": person.mobile,
        "mobile_confirmed": person.mobile_confirmed,
        "email": person.email,
        "language": person.language,
        "proofing": int(person.proofing),
        "in_person_needed": person.limited,
        **groups(unit, person_id),
    }


def groups(unit: UnitOfWork, person_id: UUID) -> dict[str, Any]:
    return groups_of(unit.find(Belonging, Belonging.id_of(person_id)))


def history(unit: UnitOfWork, person_id: UUID) -> list[dict[str, Any]]:
    """Everything that happened to the account, in order: what, when, by whom."""
    streams = [person_id, *(uuid5(person_id, name) for name in _ONE_TO_ONE)]
    rows = unit.execute(_HISTORY, (streams,)).fetchall()
    return [
        {
            "what": row["topic"],
            "at": to_wire(row["occurred_at"]),
            "role": row["role"],
            "channel": row["channel"],
        }
        for row in rows
    ]


def looks(unit: UnitOfWork, person_id: UUID) -> list[dict[str, Any]]:
    """Who has looked at the person's data, and what for."""
    rows = unit.execute(_LOOKS, (person_id,)).fetchall()
    return [dict(row) | {"read_at": to_wire(row["read_at"])} for row in rows]
