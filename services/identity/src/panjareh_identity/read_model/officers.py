"""Who holds which office now: rows written in the commit of the appointment."""

from __future__ import annotations

from uuid import UUID

from panjareh_common.event_store import UnitOfWork
from panjareh_identity.application.ports import Office
from panjareh_identity.domain.person import Person

_WRITE = """
INSERT INTO officer (person_id, authority, roles)
SELECT person_id, authority, roles FROM jsonb_populate_recordset(NULL::officer, %s)
ON CONFLICT (person_id) DO UPDATE SET authority = excluded.authority, roles = excluded.roles
"""
_REMOVE = "DELETE FROM officer WHERE person_id = %s"
_OFFICE = "SELECT authority, roles FROM officer WHERE person_id = %s"


class PostgresOfficers:
    """The Officers port in SQL."""

    def write(self, unit: UnitOfWork, person: Person) -> None:
        if person.authority is not None:
            row = {"person_id": person.id, "authority": person.authority, "roles": person.roles}
            unit.write(_WRITE, row)

    def office_of(self, unit: UnitOfWork, person_id: UUID) -> Office | None:
        rows = unit.fetch(_OFFICE, (person_id,))
        return Office(rows[0]["authority"], tuple(rows[0]["roles"])) if rows else None

    def remove(self, unit: UnitOfWork, person_id: UUID) -> None:
        unit.execute(_REMOVE, (person_id,))
