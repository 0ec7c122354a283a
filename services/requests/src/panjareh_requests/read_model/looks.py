"""Records every look at a person's data by somebody else, before it is served (design rule 9)."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from panjareh_common.event_store import UnitOfWork

_RECORD = """
INSERT INTO person_data_read (person_id, reader, role, authority, purpose, about, read_at)
SELECT person_id, reader, role, authority, purpose, about, read_at
FROM jsonb_populate_recordset(NULL::person_data_read, %s)
"""


class PostgresLooks:
    """The Looks port in SQL."""

    def record(
        self,
        unit: UnitOfWork,
        requests: Sequence[tuple[UUID, UUID]],
        *,
        reader: str,
        role: str,
        authority: str | None,
        purpose: str,
    ) -> None:
        look = {"reader": reader, "role": role, "authority": authority, "purpose": purpose}
        for person_id, about in requests:
            unit.write(
                _RECORD, look | {"person_id": person_id, "about": about, "read_at": unit.now}
            )
