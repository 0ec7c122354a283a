"""The OneTimeCodes port in SQL; a code is kept as a keyed hash, bound to what it is good for."""

from __future__ import annotations

import hmac
from datetime import timedelta
from uuid import UUID

from panjareh_common.event_store import Keyring, UnitOfWork
from panjareh_identity.application.ports import CodeFor, CodeVerdict
from panjareh_identity.domain.contacts import Channel

_LIFETIME = timedelta(minutes=3)
_TRIES = 5

_KEEP = """
INSERT INTO pending_code (person_id, purpose, code_hash, channel, expires_at, tries_left)
VALUES (%s, %s, %s, %s, %s, %s)
ON CONFLICT (person_id, purpose) DO UPDATE SET
    code_hash = excluded.code_hash, channel = excluded.channel,
    expires_at = excluded.expires_at, tries_left = excluded.tries_left
"""
_LOOK = """
SELECT code_hash, channel, tries_left FROM pending_code
WHERE person_id = %s AND purpose = %s AND expires_at > %s AND tries_left > 0 FOR UPDATE
"""
_USED = "DELETE FROM pending_code WHERE person_id = %s AND purpose = %s"
_TRIED = """
UPDATE pending_code SET tries_left = tries_left - 1 WHERE person_id = %s AND purpose = %s
"""
# `one_time_code` is what the version before keeps codes in; it goes with the next release.
_REMOVE = (
    "DELETE FROM pending_code WHERE person_id = %s",
    "DELETE FROM one_time_code WHERE person_id = %s",
)


class PostgresOneTimeCodes:
    def __init__(self, keyring: Keyring) -> None:
        self._keyring = keyring

    def keep(
        self, unit: UnitOfWork, wanted: CodeFor, code: str, channel: Channel = Channel.SMS
    ) -> None:
        kept = (self._hash(wanted, code), str(channel), unit.now + _LIFETIME, _TRIES)
        unit.execute(_KEEP, (wanted.person_id, wanted.purpose, *kept))

    def use(self, unit: UnitOfWork, wanted: CodeFor, code: str) -> tuple[CodeVerdict, int, Channel]:
        which = (wanted.person_id, wanted.purpose)
        row = unit.execute(_LOOK, (*which, unit.now)).fetchone()
        if row is None:
            return CodeVerdict.GONE, 0, Channel.SMS
        channel = Channel(row["channel"])
        if hmac.compare_digest(bytes(row["code_hash"]), self._hash(wanted, code)):
            unit.execute(_USED, which)
            return CodeVerdict.RIGHT, 0, channel
        unit.execute(_TRIED, which)
        return CodeVerdict.WRONG, row["tries_left"] - 1, channel

    def remove(self, unit: UnitOfWork, person_id: UUID) -> None:
        for statement in _REMOVE:
            unit.execute(statement, (person_id,))

    def _hash(self, wanted: CodeFor, code: str) -> bytes:
        bound = f"{wanted.person_id}\0{wanted.purpose}\0{wanted.binding}\0{code}"
        return self._keyring.lookup("one_time_code", bound)
