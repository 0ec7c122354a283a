"""The Throttle port in SQL: one row a writer, known by a keyed hash, forgotten after a quiet day."""

from __future__ import annotations

import math
from datetime import datetime, timedelta

from panjareh_catalog.domain.consultation_refusals import TooManyOpinions
from panjareh_common.database import Database

_TAKE = """
INSERT INTO opinion_throttle AS kept (key, since, writes) VALUES (%(key)s, %(now)s, 1)
ON CONFLICT (key) DO UPDATE SET
    since = CASE WHEN kept.since <= %(before)s THEN excluded.since ELSE kept.since END,
    writes = CASE WHEN kept.since <= %(before)s THEN 1 ELSE kept.writes + 1 END
WHERE kept.since <= %(before)s OR kept.writes < %(most)s
RETURNING writes
"""
_SINCE = "SELECT since FROM opinion_throttle WHERE key = %s"
_FORGET = "DELETE FROM opinion_throttle WHERE since < %s"
_KEPT = timedelta(days=1)


class PostgresOpinionThrottle:
    def __init__(self, database: Database) -> None:
        self._database = database

    def take(self, writer: bytes, now: datetime, *, most: int, window: timedelta) -> None:
        wanted = {"key": writer, "now": now, "before": now - window, "most": most}
        with self._database.connection() as connection:
            connection.execute(_FORGET, (now - _KEPT,))
            if connection.execute(_TAKE, wanted).fetchone():
                return
            row = connection.execute(_SINCE, (writer,)).fetchone()
        # Forgotten between the two statements: who waits is told the shortest wait.
        left = (row["since"] + window - now).total_seconds() if row else 1
        raise TooManyOpinions(retry_after=math.ceil(max(1, left)))
