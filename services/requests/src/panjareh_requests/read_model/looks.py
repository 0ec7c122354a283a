"""Records every look at a person's data by somebody else, before it is served (design rule 9)."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from panjareh_common.event_store import UnitOfWork

_RECORD = """
INSERT INTO person_data_read (person_id, reader, role, authority, purpose, about, read_at)
SELECT person_id, %s, %s, %s, %s, about, %s FROM unnest(%s::uuid[], %s::uuid[]) AS look (person_id, about)
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
        if requests:
            people, about = [person for person, _ in requests], [request for _, request in requests]
            unit.execute(_RECORD, (reader, role, authority, purpose, unit.now, people, about))
