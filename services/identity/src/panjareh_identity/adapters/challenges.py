"""The Challenges port in SQL: random bytes, kept as a keyed hash, gone when used."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from uuid import UUID

from panjareh_common.database import Database
from panjareh_common.event_store import Keyring, UnitOfWork

_LIFETIME = timedelta(minutes=3)
_BYTES = 32

_MAKE = """
INSERT INTO challenge (challenge_hash, purpose, person_id, expires_at) VALUES (%s, %s, %s, %s)
"""
# In passing, a few at a time: anybody may ask for a challenge.
_SWEEP = """
DELETE FROM challenge WHERE challenge_hash IN (
    SELECT challenge_hash FROM challenge WHERE expires_at <= %s
    ORDER BY expires_at LIMIT 5 FOR UPDATE SKIP LOCKED)
"""
_USE = """
DELETE FROM challenge WHERE challenge_hash = %s AND purpose = %s AND expires_at > %s
    AND person_id IS NOT DISTINCT FROM %s
"""
_REMOVE = "DELETE FROM challenge WHERE person_id = %s"


class PostgresChallenges:
    def __init__(self, database: Database, keyring: Keyring) -> None:
        self._database = database
        self._keyring = keyring

    def make(self, purpose: str, person_id: UUID | None, now: datetime) -> bytes:
        challenge = secrets.token_bytes(_BYTES)
        with self._database.connection() as connection:
            connection.execute(_SWEEP, (now,))
            kept = (self._hash(challenge), purpose, person_id, now + _LIFETIME)
            connection.execute(_MAKE, kept)
        return challenge

    def use(self, unit: UnitOfWork, purpose: str, challenge: bytes, person_id: UUID | None) -> bool:
        wanted = (self._hash(challenge), purpose, unit.now, person_id)
        return unit.execute(_USE, wanted).rowcount == 1

    def remove(self, unit: UnitOfWork, person_id: UUID) -> None:
        unit.execute(_REMOVE, (person_id,))

    def _hash(self, challenge: bytes) -> bytes:
        return self._keyring.lookup("challenge", challenge.hex())
