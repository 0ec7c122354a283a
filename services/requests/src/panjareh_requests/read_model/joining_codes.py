"""Codes by which parties are invited, and how many a person tried: rows that end by themselves.

A code stands here as a keyed hash only, and nowhere in the log.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from panjareh_common.clock import Clock
from panjareh_common.database import Database
from panjareh_common.event_store import Keyring, UnitOfWork
from panjareh_requests.application.joining import Invitation
from panjareh_requests.domain.joining import TRIES_WITHIN

_KEEP = """
INSERT INTO joining_code (code_hash, request_id, party, invitation, expires_at)
SELECT code_hash, request_id, party, invitation, expires_at FROM jsonb_populate_recordset(NULL::joining_code, %s)
ON CONFLICT (request_id, party) DO UPDATE SET
    code_hash = excluded.code_hash, invitation = excluded.invitation, expires_at = excluded.expires_at
"""
_FIND = """
SELECT request_id, party, invitation FROM joining_code WHERE code_hash = %s AND expires_at > %s
"""
_END = """
DELETE FROM joining_code USING jsonb_populate_recordset(NULL::joining_code, %s) AS over
WHERE (joining_code.request_id, joining_code.party) = (over.request_id, over.party)
"""
# In a statement of its own, committed before anything is looked at: a try that is refused was one, too.
_TRY = """
INSERT INTO joining_try AS known (person_id, since, tries) VALUES (%(person)s, %(now)s, 1)
ON CONFLICT (person_id) DO UPDATE SET
    since = CASE WHEN known.since <= %(edge)s THEN excluded.since ELSE known.since END,
    tries = CASE WHEN known.since <= %(edge)s THEN 1 ELSE known.tries + 1 END
RETURNING tries
"""
_SWEEP = """
WITH codes AS (
    DELETE FROM joining_code WHERE code_hash IN
        (SELECT code_hash FROM joining_code WHERE expires_at <= %(now)s LIMIT 1000) RETURNING 1
), tries AS (
    DELETE FROM joining_try WHERE person_id IN
        (SELECT person_id FROM joining_try WHERE since <= %(edge)s LIMIT 1000) RETURNING 1
)
SELECT (SELECT count(*) FROM codes) + (SELECT count(*) FROM tries)
"""


class PostgresJoiningCodes:
    def __init__(self, database: Database, keyring: Keyring, clock: Clock) -> None:
        self._database = database
        self._keyring = keyring
        self._clock = clock

    def keep(
        self, unit: UnitOfWork, code: str, invitation: Invitation, expires_at: datetime
    ) -> None:
        row = {
            "code_hash": self._hash(code),
            "request_id": invitation.request_id,
            "party": invitation.party,
            "invitation": invitation.number,
            "expires_at": expires_at,
        }
        unit.write(_KEEP, row)

    def find(self, unit: UnitOfWork, code: str) -> Invitation | None:
        rows = unit.fetch(_FIND, (self._hash(code), unit.now))
        if not rows:
            return None
        return Invitation(rows[0]["request_id"], rows[0]["party"], rows[0]["invitation"])

    def end(self, unit: UnitOfWork, request_id: UUID, party: str) -> None:
        unit.write(_END, {"request_id": request_id, "party": party})

    def count_try(self, person_id: UUID) -> int:
        now = self._clock()
        wanted = {"person": person_id, "now": now, "edge": now - TRIES_WITHIN}
        return int(self._database.fetch(_TRY, wanted)[0][0])

    def remove_of(self, person_id: UUID) -> None:
        """Who was erased leaves no count of tries."""
        with self._database.connection() as connection:
            connection.execute("DELETE FROM joining_try WHERE person_id = %s", (person_id,))

    def sweep(self, now: datetime) -> int:
        """Removes what is over, a thousand at a time; how many."""
        found = self._database.fetch(_SWEEP, {"now": now, "edge": now - TRIES_WITHIN})
        return int(found[0][0])

    def _hash(self, code: str) -> bytes:
        return self._keyring.lookup("joining_code", code)
