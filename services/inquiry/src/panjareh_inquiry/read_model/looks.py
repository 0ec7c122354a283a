"""Records every look at an answer before it is served (design rule 9)."""

from __future__ import annotations

from panjareh_common.event_store import UnitOfWork
from panjareh_inquiry.domain.inquiry import Inquiry

_RECORD = """
INSERT INTO person_data_read (person_id, reader, role, authority, purpose, about, read_at)
VALUES (%s, %s, 'service', %s, %s, %s, %s)
"""


class PostgresLooks:
    """The Looks port in SQL."""

    def record(self, unit: UnitOfWork, inquiry: Inquiry, reader: str, purpose: str) -> None:
        about = inquiry.request_id or inquiry.id
        unit.execute(
            _RECORD, (inquiry.subject_id, reader, inquiry.authority, purpose, about, unit.now)
        )
