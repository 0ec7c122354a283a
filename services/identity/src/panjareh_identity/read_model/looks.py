"""Records every look at a person's data by somebody else, before it is served (design rule 9)."""

from __future__ import annotations

from uuid import UUID

from panjareh_common.event_store import UnitOfWork

_RECORD = """
INSERT INTO person_data_read (person_id, reader, role, purpose, about, read_at)
SELECT person_id, reader, role, purpose, about, read_at
FROM jsonb_populate_recordset(NULL::person_data_read, %s)
"""


class PostgresLooks:
    """The Looks port in SQL."""

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
