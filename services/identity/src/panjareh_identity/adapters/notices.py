"""The SentNotices and Representatives ports in SQL: which notices went to whom, with no word of them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from panjareh_common.clock import to_wire
from panjareh_common.database import Database
from panjareh_common.event_store import UnitOfWork
from panjareh_identity.domain.mandate_values import EVERY_SERVICE, MandateStatus

_KEPT = timedelta(days=100)
"""Longer than anybody tries: what is to be done by the person ends before."""
_CLAIM = """
INSERT INTO notice (notice_id, person_id, kind, sent_at) VALUES (%s, %s, %s, %s)
ON CONFLICT (notice_id, person_id) DO NOTHING RETURNING 1
"""
_GIVE_BACK = "DELETE FROM notice WHERE notice_id = %s AND person_id = %s"
_LEAVE = "DELETE FROM notice WHERE person_id = %s"
_OF_PERSON = "SELECT kind, sent_at FROM notice WHERE person_id = %s ORDER BY sent_at"
_SWEEP = "DELETE FROM notice WHERE sent_at < %s"
_REPRESENTATIVES = """
SELECT DISTINCT representative_id FROM mandate
WHERE represented_id = %(represented)s AND status = %(active)s AND until > %(now)s
  AND scope && %(scope)s AND representative_id IS NOT NULL
ORDER BY representative_id
"""


class PostgresNotices:
    def __init__(self, database: Database) -> None:
        self._database = database

    def claim(self, unit: UnitOfWork, notice_id: UUID, person_id: UUID, kind: str) -> bool:
        row = unit.execute(_CLAIM, (notice_id, person_id, kind, unit.now)).fetchone()
        return row is not None

    def give_back(self, unit: UnitOfWork, notice_id: UUID, person_id: UUID) -> None:
        unit.execute(_GIVE_BACK, (notice_id, person_id))

    def leave(self, unit: UnitOfWork, person_id: UUID) -> None:
        unit.execute(_LEAVE, (person_id,))

    def held_about(self, unit: UnitOfWork, person_id: UUID) -> list[dict[str, Any]]:
        rows = unit.execute(_OF_PERSON, (person_id,)).fetchall()
        return [{"kind": row["kind"], "sent_at": to_wire(row["sent_at"])} for row in rows]

    def sweep(self, now: datetime) -> int:
        with self._database.connection() as connection:
            return connection.execute(_SWEEP, (now - _KEPT,)).rowcount


class PostgresRepresentatives:
    def of(self, unit: UnitOfWork, represented: UUID, service_code: str) -> list[UUID]:
        wanted = {
            "represented": represented,
            "active": str(MandateStatus.ACTIVE),
            "now": unit.now,
            "scope": [EVERY_SERVICE, service_code],
        }
        return [row["representative_id"] for row in unit.fetch(_REPRESENTATIVES, wanted)]
