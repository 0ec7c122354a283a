"""The UnlockCodes port in SQL; a code is kept as a keyed hash."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from panjareh_common.event_store import Keyring, UnitOfWork

_LIFETIME = timedelta(hours=1)
_MOST = 3

_SWEEP = "DELETE FROM unlock_code WHERE expires_at <= %s"
_KEEP = f"""
INSERT INTO unlock_code (code_hash, person_id, expires_at)
SELECT %(code)s, %(person)s, %(until)s
WHERE (SELECT count(*) FROM unlock_code WHERE person_id = %(person)s) < {_MOST}
"""
_USE = """
DELETE FROM unlock_code USING credential
WHERE unlock_code.code_hash = %s AND unlock_code.expires_at > %s
    AND credential.person_id = unlock_code.person_id AND credential.national_id_hash = %s
RETURNING unlock_code.person_id
"""
_REMOVE = "DELETE FROM unlock_code WHERE person_id = %s"


class PostgresUnlockCodes:
    def __init__(self, keyring: Keyring) -> None:
        self._keyring = keyring

    def keep(self, unit: UnitOfWork, person_id: UUID, code: str) -> bool:
        unit.execute(_SWEEP, (unit.now,))
        row = {"code": self._hash(code), "person": person_id, "until": unit.now + _LIFETIME}
        return unit.execute(_KEEP, row).rowcount == 1

    def use(self, unit: UnitOfWork, identifier: str, code: str) -> UUID | None:
        subject = self._keyring.lookup("national_id", identifier)
        row = unit.execute(_USE, (self._hash(code), unit.now, subject)).fetchone()
        return row["person_id"] if row else None

    def remove(self, unit: UnitOfWork, person_id: UUID) -> None:
        unit.execute(_REMOVE, (person_id,))

    def _hash(self, code: str) -> bytes:
        return self._keyring.lookup("unlock_code", code)
