"""Who holds which office now: rows written in the commit of the appointment."""

from __future__ import annotations

from uuid import UUID

from panjareh_common.event_store import UnitOfWork
from panjareh_identity.application.ports import Office
from panjareh_identity.domain.person import Person

_WRITE = """
INSERT INTO officer (person_id, authority, roles) VALUES (%s, %s, %s)
ON CONFLICT (person_id) DO UPDATE SET authority = excluded.authority, roles = excluded.roles
"""
_OFFICE = "SELECT authority, roles FROM officer WHERE person_id = %s"


class PostgresOfficers:
    """The Officers port in SQL."""

    def write(self, unit: UnitOfWork, person: Person) -> None:
        if person.authority is not None:
            unit.execute(_WRITE, (person.id, person.authority, list(person.roles)))

    def office_of(self, unit: UnitOfWork, person_id: UUID) -> Office | None:
        row = unit.execute(_OFFICE, (person_id,)).fetchone()
        return Office(row["authority"], tuple(row["roles"])) if row else None
