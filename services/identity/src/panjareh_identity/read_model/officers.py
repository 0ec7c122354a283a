"""Who holds which office now: rows written in the commit of the appointment."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from panjareh_common.event_store import UnitOfWork
from panjareh_identity.application.ports import Office
from panjareh_identity.domain.office import PLATFORM, Role
from panjareh_identity.domain.person import Person

_WRITE = """
INSERT INTO officer (person_id, authority, roles)
SELECT person_id, authority, roles FROM jsonb_populate_recordset(NULL::officer, %s)
ON CONFLICT (person_id) DO UPDATE SET authority = excluded.authority, roles = excluded.roles
"""
_REMOVE = "DELETE FROM officer WHERE person_id = %s"
_OFFICE = "SELECT authority, roles FROM officer WHERE person_id = %s"
# One decision about administrators at a time. A lock on their rows would not do: who waited for it would
# not see the row that the one before has added.
_ONE_AT_A_TIME = "SELECT pg_advisory_xact_lock(hashtextextended('administrators', 0))"
_ADMINISTRATORS = "SELECT person_id FROM officer WHERE authority = %s AND %s = ANY(roles)"
_OF_AUTHORITY = """
SELECT person_id, authority, roles FROM officer
WHERE authority = %(authority)s AND (%(after)s::uuid IS NULL OR person_id > %(after)s)
ORDER BY person_id LIMIT %(limit)s
"""


class PostgresOfficers:
    """The Officers and the Staff port in SQL."""

    def write(self, unit: UnitOfWork, person: Person) -> None:
        if person.authority is None:
            self.remove(unit, person.id)
            return
        row = {"person_id": person.id, "authority": person.authority, "roles": person.roles}
        unit.write(_WRITE, row)

    def office_of(self, unit: UnitOfWork, person_id: UUID) -> Office | None:
        rows = unit.fetch(_OFFICE, (person_id,))
        return _office(rows[0]) if rows else None

    def remove(self, unit: UnitOfWork, person_id: UUID) -> None:
        unit.execute(_REMOVE, (person_id,))

    def administrators(self, unit: UnitOfWork) -> frozenset[UUID]:
        unit.execute(_ONE_AT_A_TIME)
        rows = unit.execute(_ADMINISTRATORS, (PLATFORM, Role.ADMINISTRATOR))
        return frozenset(row["person_id"] for row in rows)

    def of_authority(
        self, unit: UnitOfWork, authority: str, after: UUID | None, limit: int
    ) -> list[tuple[UUID, Office]]:
        wanted = {"authority": authority, "after": after, "limit": limit}
        return [(row["person_id"], _office(row)) for row in unit.fetch(_OF_AUTHORITY, wanted)]


def _office(row: Mapping[str, Any]) -> Office:
    return Office(row["authority"], tuple(row["roles"]))
