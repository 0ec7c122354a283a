"""The OneTimeCodes port in SQL; a code is kept as a keyed hash, bound to the session that asked for it."""

from __future__ import annotations

import hmac
from datetime import timedelta
from uuid import UUID

from panjareh_common.event_store import Keyring, UnitOfWork
from panjareh_identity.application.ports import CodeVerdict
from panjareh_identity.domain.session import Session

_LIFETIME = timedelta(minutes=3)
_TRIES = 5
_PURPOSE = "sign_in"

_KEEP = """
INSERT INTO one_time_code (person_id, code_hash, purpose, expires_at, tries_left)
VALUES (%s, %s, %s, %s, %s)
ON CONFLICT (person_id) DO UPDATE SET
    code_hash = excluded.code_hash, purpose = excluded.purpose,
    expires_at = excluded.expires_at, tries_left = excluded.tries_left
"""
_LOOK = """
SELECT code_hash, tries_left FROM one_time_code
WHERE person_id = %s AND expires_at > %s AND tries_left > 0 FOR UPDATE
"""
_REMOVE = "DELETE FROM one_time_code WHERE person_id = %s"
_TRIED = "UPDATE one_time_code SET tries_left = tries_left - 1 WHERE person_id = %s"


class PostgresOneTimeCodes:
    def __init__(self, keyring: Keyring) -> None:
        self._keyring = keyring

    def keep(self, unit: UnitOfWork, session: Session, code: str) -> None:
        kept = (self._hash(session, code), _PURPOSE, unit.now + _LIFETIME, _TRIES)
        unit.execute(_KEEP, (session.person_id, *kept))

    def use(self, unit: UnitOfWork, session: Session, code: str) -> tuple[CodeVerdict, int]:
        row = unit.execute(_LOOK, (session.person_id, unit.now)).fetchone()
        if row is None:
            return CodeVerdict.GONE, 0
        if hmac.compare_digest(bytes(row["code_hash"]), self._hash(session, code)):
            unit.execute(_REMOVE, (session.person_id,))
            return CodeVerdict.RIGHT, 0
        unit.execute(_TRIED, (session.person_id,))
        return CodeVerdict.WRONG, row["tries_left"] - 1

    def remove(self, unit: UnitOfWork, person_id: UUID) -> None:
        unit.execute(_REMOVE, (person_id,))

    def _hash(self, session: Session, code: str) -> bytes:
        return self._keyring.lookup("one_time_code", f"{_PURPOSE}\0{session.sid}\0{code}")
