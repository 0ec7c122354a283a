"""The public register of issued documents: is this one genuine, and still valid? (R4)"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from panjareh_common.database import Database
from panjareh_common.event_store import UnitOfWork
from panjareh_common.reference import is_reference, plain
from panjareh_requests.domain.service_request import ServiceRequest

_REGISTER = """
INSERT INTO document (number, request_id, kind, title, authority, issued_at, valid_until)
SELECT number, request_id, kind, title, authority, issued_at, valid_until
FROM jsonb_populate_recordset(NULL::document, %s) ON CONFLICT (number) DO NOTHING
"""
_LOOK = "SELECT number, kind, title, authority, issued_at, valid_until, revoked_at FROM document WHERE number = %s"


class PostgresDocuments:
    """The Documents port in SQL, and the question that anyone may ask of it."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def register(self, unit: UnitOfWork, request: ServiceRequest) -> None:
        row = {
            "number": request.document_number,
            "request_id": request.id,
            "kind": request.output_kind,
            "title": request.output_title,
            "authority": request.authority,
            "issued_at": request.issued_at,
            "valid_until": request.valid_until,
        }
        unit.write(_REGISTER, row)

    def verify(self, number: str, now: datetime) -> dict[str, Any]:
        """`{genuine: False}` for a number that was never issued; nothing about the holder for one that was."""
        wanted = plain(number)
        row = None
        if is_reference(wanted):
            with self._database.connection() as connection:
                row = connection.execute(_LOOK, (wanted,)).fetchone()
        if row is None:
            return {"number": wanted, "genuine": False, "valid": False}
        valid = row["revoked_at"] is None and now < row["valid_until"]
        return {"genuine": True, "valid": valid} | row
