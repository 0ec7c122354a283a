"""Records every look at a person's data by somebody else, before it is served (design rule 9)."""

from __future__ import annotations

from uuid import UUID

from panjareh_common.event_store import UnitOfWork

_RECORD = """
INSERT INTO person_data_read (person_id, reader, role, purpose, about, read_at)
VALUES (%s, %s, %s, %s, %s, %s)
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
        unit.execute(_RECORD, (person_id, reader, role, purpose, about, unit.now))
