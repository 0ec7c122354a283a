"""Answers that are kept for repeats, and messages that are known as handled, go when nobody can ask for them any more.

In small commits, so that no follower waits for one. Every service's follower process does it, as every service has one.
"""

from __future__ import annotations

import threading
from datetime import datetime, timedelta

import structlog

from panjareh_common.database import Database
from panjareh_common.rounds import Round
from panjareh_common.settings import ANSWERS_DAYS, INBOX_DAYS, Settings

log = structlog.get_logger(__name__)

EVERY = timedelta(minutes=10)
_AT_ONCE = 500
_MOST = 100_000  # a round; what is left waits for the next
_PAUSE_SECONDS = 0.02  # between two commits: commands go before

_ANSWERS = """
DELETE FROM idempotency WHERE (caller, method, key) IN (
    SELECT caller, method, key FROM idempotency WHERE answered_at < %s
    ORDER BY answered_at LIMIT %s FOR UPDATE SKIP LOCKED)
RETURNING 1
"""
# Not while a listener catches up, nor soon after: what it was told again may still lie in its queue.
_INBOX = """
WITH old AS (
    SELECT listener, message_id FROM inbox
    WHERE handled_at < %(before)s AND NOT EXISTS (
        SELECT FROM catch_up WHERE subscription = listener
        AND (ended_at IS NULL OR ended_at > %(now)s - interval '1 day'))
    ORDER BY handled_at LIMIT %(limit)s FOR UPDATE SKIP LOCKED),
gone AS (
    DELETE FROM inbox USING old
    WHERE (inbox.listener, inbox.message_id) = (old.listener, old.message_id) RETURNING inbox.listener),
noted AS (
    INSERT INTO inbox_swept AS known (listener, swept_to) SELECT DISTINCT listener, %(before)s FROM gone
    ON CONFLICT (listener) DO UPDATE SET swept_to = greatest(known.swept_to, excluded.swept_to))
SELECT 1 FROM gone
"""
_SWEPT_TO = "SELECT swept_to FROM inbox_swept WHERE listener = %s"


class Sweeping:
    """Sweeps one service's database."""

    def __init__(
        self,
        database: Database,
        *,
        answers_for: timedelta,
        messages_for: timedelta,
        stop: threading.Event | None = None,
    ) -> None:
        self._database = database
        self._answers_for = answers_for
        self._messages_for = messages_for
        self._stop = stop or threading.Event()

    def answers(self, now: datetime) -> int:
        """How many were forgotten. Raises Unavailable."""
        before = now - self._answers_for
        return self._sweep("answers", _ANSWERS, (before, _AT_ONCE))

    def messages(self, now: datetime) -> int:
        """How many were forgotten. Raises Unavailable."""
        told = {"before": now - self._messages_for, "now": now, "limit": _AT_ONCE}
        return self._sweep("messages", _INBOX, told)

    def rounds(self) -> tuple[Round, ...]:
        return (
            Round("kept_answers", EVERY, self.answers),
            Round("handled_messages", EVERY, self.messages),
        )

    def _sweep(self, what: str, statement: str, parameters: object) -> int:
        gone = 0
        while gone < _MOST and not self._stop.is_set():
            found = len(self._database.fetch(statement, parameters))  # type: ignore[arg-type]
            gone += found
            if found < _AT_ONCE:
                break
            self._stop.wait(_PAUSE_SECONDS)
        if gone:
            log.info("swept", what=what, rows=gone)
        return gone


def sweeping(database: Database, stop: threading.Event) -> Sweeping:
    """As the settings say."""
    settings = Settings(ANSWERS_DAYS, INBOX_DAYS)
    return Sweeping(
        database,
        answers_for=timedelta(days=settings[ANSWERS_DAYS]),
        messages_for=timedelta(days=settings[INBOX_DAYS]),
        stop=stop,
    )


def swept_to(database: Database, listener: str) -> datetime | None:
    """Before which a listener's inbox knows nothing any more; None where nothing was swept. Raises Unavailable."""
    rows = database.fetch(_SWEPT_TO, (listener,))
    return rows[0][0] if rows else None
