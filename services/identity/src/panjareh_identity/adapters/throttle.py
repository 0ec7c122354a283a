"""The Throttle port in SQL: one row a guesser's target, forgotten after a quiet day."""

from __future__ import annotations

import math
from datetime import datetime

from panjareh_common.database import Database
from panjareh_common.event_store import Keyring
from panjareh_identity.application.ports import Limit
from panjareh_identity.domain.refusals import TooManyTries

# The last try that is free begins the wait; after it the count starts anew. Nothing while one waits.
_TAKE = """
INSERT INTO throttle (key, failures, tried_at, blocked_until)
VALUES (%(key)s, 1, %(now)s, CASE WHEN %(most)s = 1 THEN %(until)s::timestamptz END)
ON CONFLICT (key) DO UPDATE SET
    failures = CASE WHEN throttle.failures >= %(most)s THEN 1 ELSE throttle.failures + 1 END,
    blocked_until = CASE WHEN throttle.failures + 1 = %(most)s OR %(most)s = 1 THEN %(until)s ELSE NULL END,
    tried_at = %(now)s
WHERE throttle.blocked_until IS NULL OR throttle.blocked_until <= %(now)s
RETURNING failures
"""
_WAIT = "SELECT blocked_until FROM throttle WHERE key = %s"
_GIVE_BACK = """
UPDATE throttle SET failures = failures - 1, blocked_until = NULL
WHERE key = %s AND failures > 0
"""
_CLEAR = "DELETE FROM throttle WHERE key = %s"


class PostgresThrottle:
    def __init__(self, database: Database, keyring: Keyring) -> None:
        self._database = database
        self._keyring = keyring

    def take(self, limit: Limit, subject: str, now: datetime) -> None:
        key = self._key(limit, subject)
        wanted = {"key": key, "now": now, "most": limit.most, "until": now + limit.wait}
        with self._database.connection() as connection:
            if connection.execute(_TAKE, wanted).fetchone():
                return
            row = connection.execute(_WAIT, (key,)).fetchone()
        until = row["blocked_until"] if row else None
        # Cleared between the two statements: the one who waits is told the shortest wait. And the
        # one who began the wait may have a clock a little ahead of ours.
        left = (until - now).total_seconds() if until else 1
        raise TooManyTries(retry_after=math.ceil(max(1, min(left, limit.wait.total_seconds()))))

    def clear(self, limit: Limit, subject: str) -> None:
        with self._database.connection() as connection:
            connection.execute(_CLEAR, (self._key(limit, subject),))

    def give_back(self, limit: Limit, subject: str) -> None:
        with self._database.connection() as connection:
            connection.execute(_GIVE_BACK, (self._key(limit, subject),))

    def _key(self, limit: Limit, subject: str) -> bytes:
        return self._keyring.lookup("throttle", f"{limit.name}\0{subject}")
