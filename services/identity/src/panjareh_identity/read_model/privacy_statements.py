"""The privacy statement and who has taken note of it: rows written in the commit of their events."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from panjareh_common.event_store import UnitOfWork
from panjareh_common.refusals import NotFound
from panjareh_identity.domain.privacy_statement import PrivacyNote, Statement, StatementMissing

_WRITE = """
INSERT INTO privacy_statement (version, title, text, changes, published_at)
SELECT version, title, text, changes, published_at
FROM jsonb_populate_recordset(NULL::privacy_statement, %s)
"""
_CURRENT = "SELECT max(version) AS version FROM privacy_statement"
_OF_VERSION = "SELECT * FROM privacy_statement WHERE version = %s"
_NOTE = """
INSERT INTO privacy_note (person_id, version, accepted_at)
SELECT person_id, version, accepted_at FROM jsonb_populate_recordset(NULL::privacy_note, %s)
ON CONFLICT (person_id) DO UPDATE SET
    version = excluded.version, accepted_at = excluded.accepted_at
WHERE privacy_note.version < excluded.version
"""
_NOTED = "SELECT version, accepted_at FROM privacy_note WHERE person_id = %s"
_REMOVE = "DELETE FROM privacy_note WHERE person_id = %s"


class PostgresStatementRows:
    """The StatementRows port in SQL."""

    def write(self, unit: UnitOfWork, statement: Statement) -> None:
        row = {
            "version": statement.version,
            "title": dict(statement.title),
            "text": dict(statement.text),
            "changes": dict(statement.changes),
            "published_at": unit.now,
        }
        unit.write(_WRITE, row)

    def current(self, unit: UnitOfWork) -> int:
        version = unit.fetch(_CURRENT)[0]["version"]
        if version is None:
            raise StatementMissing()
        return int(version)

    def of_version(self, unit: UnitOfWork, version: int) -> dict[str, Any]:
        rows = unit.fetch(_OF_VERSION, (version,))
        if not rows:
            raise NotFound()
        return rows[0]

    def note(self, unit: UnitOfWork, note: PrivacyNote) -> None:
        row = {"person_id": note.person, "version": note.number, "accepted_at": unit.now}
        unit.write(_NOTE, row)

    def noted(self, unit: UnitOfWork, person_id: UUID) -> tuple[int, datetime] | None:
        rows = unit.fetch(_NOTED, (person_id,))
        return (rows[0]["version"], rows[0]["accepted_at"]) if rows else None

    def remove(self, unit: UnitOfWork, person_id: UUID) -> None:
        unit.execute(_REMOVE, (person_id,))
