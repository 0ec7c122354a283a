"""The ActingSessions port in SQL."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from panjareh_common.database import Database
from panjareh_common.event_store import UnitOfWork
from panjareh_identity.domain.mandate_values import Acting
from panjareh_identity.domain.session import EndedSession, Ending, Session

_COLUMNS = "sid, parent_sid, mandate_id, person_id, expires_at"
_START = f"""
INSERT INTO acting_session ({_COLUMNS})
SELECT {_COLUMNS} FROM jsonb_populate_recordset(NULL::acting_session, %s)
"""
_END_OF_MANDATE = "DELETE FROM acting_session WHERE mandate_id = %s RETURNING *"
_END_UNDER = "DELETE FROM acting_session WHERE parent_sid = ANY(%s) RETURNING *"
_END = "DELETE FROM acting_session WHERE sid = %s RETURNING *"
_SWEEP = "DELETE FROM acting_session WHERE expires_at < %s"


class PostgresActingSessions:
    def __init__(self, database: Database) -> None:
        self._database = database

    def start(self, unit: UnitOfWork, acting: Acting, parent: Session) -> None:
        row = {
            "sid": acting.sid,
            "parent_sid": parent.sid,
            "mandate_id": acting.mandate,
            "person_id": parent.person_id,
            "expires_at": acting.until,
        }
        unit.write(_START, row)

    def end_of_mandate(self, unit: UnitOfWork, mandate_id: UUID) -> int:
        return _told(unit, unit.execute(_END_OF_MANDATE, (mandate_id,)).fetchall())

    def end_under(self, unit: UnitOfWork, parent_sids: Sequence[str]) -> None:
        _told(unit, unit.execute(_END_UNDER, (list(parent_sids),)).fetchall())

    def end(self, unit: UnitOfWork, sid: str) -> bool:
        return _told(unit, unit.execute(_END, (sid,)).fetchall()) == 1

    def sweep(self, now: datetime) -> int:
        with self._database.connection() as connection:
            return connection.execute(_SWEEP, (now,)).rowcount


def _told(unit: UnitOfWork, rows: Sequence[Mapping[str, Any]]) -> int:
    """Has every process that verifies tokens hear of it."""
    for row in rows:
        unit.save(EndedSession.end(Ending(row["sid"], row["person_id"]), unit.now))
    return len(rows)
