"""The Credentials port in SQL."""

from __future__ import annotations

from uuid import UUID

from panjareh_common.database import Database
from panjareh_common.event_store import Keyring, UnitOfWork
from panjareh_common.refusals import NotFound
from panjareh_identity.application.ports import Credential

_FIND = "SELECT person_id, password_hash FROM credential WHERE national_id_hash = %s"
_ADD = """
INSERT INTO credential (person_id, national_id_hash, password_hash, created_at)
VALUES (%s, %s, %s, %s) ON CONFLICT (national_id_hash) DO NOTHING
"""
_HOLD = "SELECT 1 FROM credential WHERE person_id = %s FOR SHARE"
_HASH_OF = "SELECT password_hash FROM credential WHERE person_id = %s"
_SET = "UPDATE credential SET password_hash = %s WHERE person_id = %s"
# What was guessed about the person is found by the same hash, so it goes in the same statement.
_REMOVE = """
WITH gone AS (DELETE FROM credential WHERE person_id = %s RETURNING national_id_hash)
DELETE FROM guess USING gone WHERE guess.subject = gone.national_id_hash
"""


class PostgresCredentials:
    def __init__(self, database: Database, keyring: Keyring) -> None:
        self._database = database
        self._keyring = keyring

    def find(self, national_id: str) -> Credential | None:
        with self._database.connection() as connection:
            row = connection.execute(_FIND, (self._hash(national_id),)).fetchone()
        return Credential(**row) if row else None

    def add(self, unit: UnitOfWork, national_id: str, credential: Credential) -> bool:
        row = (
            credential.person_id,
            self._hash(national_id),
            credential.password_hash,
            unit.now,
        )
        return unit.execute(_ADD, row).rowcount == 1

    def hold(self, unit: UnitOfWork, person_id: UUID) -> bool:
        return unit.execute(_HOLD, (person_id,)).rowcount == 1

    def password_hash_of(self, unit: UnitOfWork, person_id: UUID) -> str | None:
        row = unit.execute(_HASH_OF, (person_id,)).fetchone()
        return row["password_hash"] if row else None

    def set_password(self, unit: UnitOfWork, person_id: UUID, password_hash: str) -> None:
        if unit.execute(_SET, (password_hash, person_id)).rowcount != 1:
            raise NotFound()

    def remove(self, unit: UnitOfWork, person_id: UUID) -> None:
        unit.execute(_REMOVE, (person_id,))

    def _hash(self, national_id: str) -> bytes:
        return self._keyring.lookup("national_id", national_id)
