"""The Guesses port in SQL: how often somebody unknown was wrong about one person."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from panjareh_common.database import Database
from panjareh_common.event_store import Keyring, UnitOfWork
from panjareh_identity.application.guarding import CODE, MOST_GUESSES, PASSWORD

_TAKE = """
INSERT INTO guess (kind, subject, wrong, tried_at) VALUES (%(kind)s, %(subject)s, 1, %(now)s)
ON CONFLICT (kind, subject) DO UPDATE SET wrong = guess.wrong + 1, tried_at = %(now)s
WHERE guess.wrong < %(most)s
RETURNING wrong
"""
_GIVE_BACK = """
UPDATE guess SET wrong = wrong - 1 WHERE kind = %s AND subject = %s AND wrong > 0
"""
_FORGET = """
DELETE FROM guess WHERE (kind = %(password)s
    AND subject = (SELECT national_id_hash FROM credential WHERE person_id = %(person)s))
    OR (kind = %(code)s AND subject = %(by_id)s)
"""
# A password's subject is the same keyed hash as in `credential`, so that it can be found by person.
_HASHED_AS = {PASSWORD: "national_id", CODE: "guess_of_code"}


class PostgresGuesses:
    def __init__(self, database: Database, keyring: Keyring) -> None:
        self._database = database
        self._keyring = keyring

    def take(self, kind: str, identifier: str, now: datetime) -> bool:
        wanted = {"kind": kind, "subject": self._hash(kind, identifier)}
        with self._database.connection() as connection:
            taken = connection.execute(_TAKE, wanted | {"now": now, "most": MOST_GUESSES})
            return taken.fetchone() is not None

    def give_back(self, kind: str, identifier: str) -> None:
        with self._database.connection() as connection:
            connection.execute(_GIVE_BACK, (kind, self._hash(kind, identifier)))

    def forget(self, unit: UnitOfWork, person_id: UUID) -> None:
        by_id = self._hash(CODE, str(person_id))
        unit.execute(
            _FORGET, {"password": PASSWORD, "code": CODE, "person": person_id, "by_id": by_id}
        )

    def _hash(self, kind: str, identifier: str) -> bytes:
        return self._keyring.lookup(_HASHED_AS[kind], identifier)
