"""Records every look at a person's data by somebody else, before it is served (design rule 9)."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from panjareh_common.event_store import UnitOfWork

_RECORD = """
INSERT INTO person_data_read (person_id, reader, role, purpose, about, read_at)
SELECT person_id, reader, role, purpose, about, read_at
FROM jsonb_populate_recordset(NULL::person_data_read, %s)
"""


_RECORD_STAFF = """
INSERT INTO person_data_read (person_id, reader, role, authority, purpose, about, read_at)
SELECT person_id, reader, role, authority, purpose, about, read_at
FROM jsonb_populate_recordset(NULL::person_data_read, %s)
"""


class PostgresLooks:
    """The Looks and the StaffLooks port in SQL."""

    def record(
        self,
        unit: UnitOfWork,
        person_id: UUID,
        *,
        reader: str,
        role: str,
        purpose: str,
        about: UUID,
    ) -> None:
        look = {"person_id": person_id, "reader": reader, "role": role, "purpose": purpose}
        unit.write(_RECORD, look | {"about": about, "read_at": unit.now})

    def record_staff(
        self,
        unit: UnitOfWork,
        seen: Sequence[tuple[UUID, UUID]],
        *,
        reader: str,
        authority: str,
        purpose: str,
    ) -> None:
        look = {"reader": reader, "role": "officer", "authority": authority, "purpose": purpose}
        rows = [
            look | {"person_id": person_id, "about": about, "read_at": unit.now}
            for person_id, about in seen
        ]
        unit.write(_RECORD_STAFF, *rows)
