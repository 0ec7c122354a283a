"""The Recoveries port in SQL. The secret that a recovery began with is kept as a keyed hash."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from panjareh_common.database import Database
from panjareh_common.event_store import Keyring, UnitOfWork
from panjareh_identity.application.lives.ports import Recovery
from panjareh_identity.domain.assurance import Proofing
from panjareh_identity.domain.contacts import Channel
from panjareh_identity.domain.persons_refusals import RecoveryOver

_ADD = """
INSERT INTO recovery (recovery_id, person_id, secret_hash, channel, proved, expires_at)
VALUES (%s, %s, %s, %s, %s, %s)
"""
_FIND = """
SELECT recovery_id, person_id, secret_hash, channel, proved, expires_at FROM recovery
WHERE recovery_id = %s AND completed_at IS NULL AND expires_at > %s FOR UPDATE
"""
_PROVE = "UPDATE recovery SET proved = %s WHERE recovery_id = %s"
_EXTEND = "UPDATE recovery SET expires_at = GREATEST(expires_at, %s) WHERE recovery_id = %s"
_COMPLETE = "UPDATE recovery SET completed_at = %s WHERE recovery_id = %s"
_CODE_LASTS = timedelta(hours=1)
_MOST_CODES = 3
_OLD_CODES = "DELETE FROM recovery_code WHERE expires_at <= %s"
_KEEP_CODE = f"""
INSERT INTO recovery_code (code_hash, person_id, channel, expires_at)
SELECT %(code)s, %(person)s, %(channel)s, %(until)s
WHERE (SELECT count(*) FROM recovery_code
       WHERE person_id = %(person)s AND channel = %(channel)s) < {_MOST_CODES}
"""
_USE_CODE = """
DELETE FROM recovery_code
WHERE code_hash = %s AND person_id = %s AND channel = %s AND expires_at > %s
"""
_LEAVE_CODES = "DELETE FROM recovery_code WHERE person_id = %s"
_LEAVE = "DELETE FROM recovery WHERE person_id = %s"
_SWEEP = "DELETE FROM recovery WHERE expires_at < %s"


class PostgresRecoveries:
    def __init__(self, database: Database, keyring: Keyring) -> None:
        self._database = database
        self._keyring = keyring

    def add(self, unit: UnitOfWork, recovery: Recovery, secret: str) -> None:
        row = (recovery.recovery_id, recovery.person_id, self._hash(secret))
        rest = (str(recovery.channel), recovery.proved, recovery.expires_at)
        unit.execute(_ADD, (*row, *rest))

    def find(self, unit: UnitOfWork, recovery_id: UUID) -> Recovery | None:
        row = unit.execute(_FIND, (recovery_id, unit.now)).fetchone()
        return _recovery(row) if row else None

    def open(self, unit: UnitOfWork, recovery_id: UUID, secret: str) -> Recovery:
        row = unit.execute(_FIND, (recovery_id, unit.now)).fetchone()
        if row is None or not hmac.compare_digest(bytes(row["secret_hash"]), self._hash(secret)):
            raise RecoveryOver()
        return _recovery(row)

    def prove(self, unit: UnitOfWork, recovery_id: UUID, proved: Proofing) -> None:
        unit.execute(_PROVE, (int(proved), recovery_id))

    def extend(self, unit: UnitOfWork, recovery_id: UUID, expires_at: datetime) -> None:
        unit.execute(_EXTEND, (expires_at, recovery_id))

    def complete(self, unit: UnitOfWork, recovery_id: UUID) -> None:
        unit.execute(_COMPLETE, (unit.now, recovery_id))

    def keep_code(self, unit: UnitOfWork, person_id: UUID, channel: Channel, code: str) -> bool:
        unit.execute(_OLD_CODES, (unit.now,))
        row = {"code": self._hash(code), "person": person_id, "channel": str(channel)}
        until = {"until": unit.now + _CODE_LASTS}
        return unit.execute(_KEEP_CODE, row | until).rowcount == 1

    def use_code(self, unit: UnitOfWork, person_id: UUID, channel: Channel, code: str) -> bool:
        which = (self._hash(code), person_id, str(channel), unit.now)
        return unit.execute(_USE_CODE, which).rowcount == 1

    def leave(self, unit: UnitOfWork, person_id: UUID) -> None:
        unit.execute(_LEAVE_CODES, (person_id,))
        unit.execute(_LEAVE, (person_id,))

    def sweep(self, now: datetime) -> int:
        with self._database.connection() as connection:
            return connection.execute(_SWEEP, (now,)).rowcount

    def _hash(self, secret: str) -> bytes:
        return self._keyring.lookup("recovery", secret)


def _recovery(row: Mapping[str, Any]) -> Recovery:
    return Recovery(
        recovery_id=row["recovery_id"],
        person_id=row["person_id"],
        channel=Channel(row["channel"]),
        proved=row["proved"],
        expires_at=row["expires_at"],
    )
