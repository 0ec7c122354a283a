"""The Helpings port in SQL: who is being assisted at a counter, by whom."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from panjareh_common.clock import to_wire
from panjareh_common.event_store import UnitOfWork
from panjareh_identity.application.lives.ports import Helping

_COLUMNS = "assistance_id, person_id, clerk_id, parent_sid, authority"
_ADD = f"INSERT INTO assistance ({_COLUMNS}, expires_at) VALUES (%s, %s, %s, %s, %s, %s)"
_FIND = f"""
SELECT {_COLUMNS} FROM assistance
WHERE assistance_id = %s AND ended_at IS NULL AND expires_at > %s FOR UPDATE
"""
_CONFIRM = "UPDATE assistance SET confirmed_at = %s, expires_at = %s WHERE assistance_id = %s"
_END = "UPDATE assistance SET ended_at = %s WHERE assistance_id = %s"
_UNDER = f"""
SELECT {_COLUMNS} FROM assistance
WHERE parent_sid = ANY(%s) AND ended_at IS NULL AND expires_at > %s
"""
_REMOVE = "DELETE FROM assistance WHERE person_id = %s"
_OF_PERSON = """
SELECT assistance_id, authority, confirmed_at, expires_at, ended_at FROM assistance
WHERE person_id = %s ORDER BY expires_at
"""


class PostgresHelpings:
    def add(self, unit: UnitOfWork, helping: Helping, expires_at: datetime) -> None:
        unit.execute(_ADD, (*vars(helping).values(), expires_at))

    def find(self, unit: UnitOfWork, assistance_id: UUID) -> Helping | None:
        row = unit.execute(_FIND, (assistance_id, unit.now)).fetchone()
        return Helping(**row) if row else None

    def confirm(self, unit: UnitOfWork, assistance_id: UUID, until: datetime) -> None:
        unit.execute(_CONFIRM, (unit.now, until, assistance_id))

    def end(self, unit: UnitOfWork, assistance_id: UUID) -> None:
        unit.execute(_END, (unit.now, assistance_id))

    def under(self, unit: UnitOfWork, sids: Sequence[str]) -> list[Helping]:
        rows = unit.execute(_UNDER, (list(sids), unit.now)).fetchall()
        return [Helping(**row) for row in rows]

    def of_person(self, unit: UnitOfWork, person_id: UUID) -> list[dict[str, Any]]:
        rows = unit.execute(_OF_PERSON, (person_id,)).fetchall()
        times = ("confirmed_at", "expires_at", "ended_at")
        return [
            {"assistance_id": str(row["assistance_id"]), "authority": row["authority"]}
            | {name: row[name] and to_wire(row[name]) for name in times}
            for row in rows
        ]

    def remove(self, unit: UnitOfWork, person_id: UUID) -> None:
        unit.execute(_REMOVE, (person_id,))
