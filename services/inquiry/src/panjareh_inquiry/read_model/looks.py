"""Records every look at an answer before it is served (design rule 9)."""

from __future__ import annotations

from panjareh_common.event_store import UnitOfWork
from panjareh_inquiry.domain.inquiry import Inquiry

_RECORD = """
INSERT INTO person_data_read (person_id, reader, role, authority, purpose, about, read_at)
SELECT person_id, reader, 'service', authority, purpose, about, read_at
FROM jsonb_populate_recordset(NULL::person_data_read, %s)
"""


class PostgresLooks:
    """The Looks port in SQL."""

    def record(self, unit: UnitOfWork, inquiry: Inquiry, reader: str, purpose: str) -> None:
        look = {
            "person_id": inquiry.subject_id,
            "reader": reader,
            "authority": inquiry.authority,
            "purpose": purpose,
            "about": inquiry.request_id or inquiry.id,
            "read_at": unit.now,
        }
        unit.write(_RECORD, look)
