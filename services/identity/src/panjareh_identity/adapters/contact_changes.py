"""The ContactChanges and WaitingMobiles ports in SQL; what is new stands sealed under its person's key."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from panjareh_common.database import Database
from panjareh_common.event_store import Keyring, UnitOfWork
from panjareh_identity.application.lives.ports import ChangeProof, ContactChange
from panjareh_identity.domain.contacts import Channel

_KEEP = """
INSERT INTO contact_change (person_id, channel, box, proof, inquiry_id, expires_at)
VALUES (%s, %s, %s, %s, %s, %s)
ON CONFLICT (person_id, channel) DO UPDATE SET
    box = excluded.box, proof = excluded.proof, inquiry_id = excluded.inquiry_id,
    expires_at = excluded.expires_at
"""
_FIND = """
SELECT channel, box, proof, inquiry_id, expires_at FROM contact_change
WHERE person_id = %s AND channel = %s AND expires_at > %s FOR UPDATE
"""
_REMOVE = "DELETE FROM contact_change WHERE person_id = %s AND channel = %s"
_LEAVE = "DELETE FROM contact_change WHERE person_id = %s"
_SWEEP = "DELETE FROM contact_change WHERE expires_at < %s"


class PostgresContactChanges:
    def __init__(self, database: Database, keyring: Keyring) -> None:
        self._database = database
        self._keyring = keyring

    def keep(self, unit: UnitOfWork, change: ContactChange) -> None:
        box = self._keyring.seal(change.person_id, change.to, _context(change.inquiry_id))
        row = (str(change.channel), box, change.proof, change.inquiry_id, change.expires_at)
        unit.execute(_KEEP, (change.person_id, *row))

    def find(self, unit: UnitOfWork, person_id: UUID, channel: Channel) -> ContactChange | None:
        row = unit.execute(_FIND, (person_id, str(channel), unit.now)).fetchone()
        return None if row is None else self._read(person_id, row)

    def mobile_of(self, unit: UnitOfWork, person_id: UUID, inquiry_id: UUID) -> str | None:
        change = self.find(unit, person_id, Channel.SMS)
        if change is None or change.inquiry_id != inquiry_id:
            return None
        return change.to if change.proof == ChangeProof.MOBILE_REGISTRY else None

    def remove(self, unit: UnitOfWork, person_id: UUID, channel: Channel) -> None:
        unit.execute(_REMOVE, (person_id, str(channel)))

    def leave(self, unit: UnitOfWork, person_id: UUID) -> None:
        unit.execute(_LEAVE, (person_id,))

    def sweep(self, now: datetime) -> int:
        with self._database.connection() as connection:
            return connection.execute(_SWEEP, (now,)).rowcount

    def _read(self, person_id: UUID, row: Mapping[str, Any]) -> ContactChange | None:
        to = self._keyring.open(person_id, bytes(row["box"]), _context(row["inquiry_id"]))
        if to is None:
            return None
        return ContactChange(
            person_id=person_id,
            channel=Channel(row["channel"]),
            to=to,
            proof=row["proof"],
            inquiry_id=row["inquiry_id"],
            expires_at=row["expires_at"],
        )


def _context(inquiry_id: UUID) -> str:
    return f"contact_change/{inquiry_id}"
