"""Which keys to believe and which sessions have ended, in every process that checks tokens (decision 0021).

Identity tells both in events. A service keeps what it hears in tables of its own (`TrustStore.hear`, by
the subscription `<service>.trust`); each of its processes hears the same live, reads all of the tables
before it serves, and every two seconds what has come since. So neither a process that starts late nor one
that missed a broadcast believes a token of an ended session.
"""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from typing import Any

import structlog
from psycopg.types.json import Jsonb

from panjareh_common.clock import Clock
from panjareh_common.database import CONNECTION_FAULTS, Database
from panjareh_common.health import HEALTH
from panjareh_common.messaging.live import LiveListener
from panjareh_common.messaging.message import Message
from panjareh_common.messaging.topology import SESSION_ENDED, SIGNING_KEY_PUBLISHED
from panjareh_common.refusals import Unavailable
from panjareh_common.security.keys import PublishedKey
from panjareh_common.security.tokens import TokenVerifier

log = structlog.get_logger(__name__)

_LOOK_SECONDS = 2.0
_WAIT_SECONDS = 5.0  # for a connection: a look that is late is better than none
_SWEEP_EVERY = 30  # looks
# A row is seen only when it is committed, and a statement may take ten seconds (migrations.run).
_OVERLAP = timedelta(seconds=20)
_LOOKS_WITHIN = 15.0  # seconds, of a process that can work
_EVER = datetime(1970, 1, 1, tzinfo=UTC)

_NOW = "SELECT clock_timestamp()"
_ENDED = "SELECT session, expires_at FROM ended_session WHERE heard_at > %s AND expires_at > %s"
_KEYS = "SELECT kid, jwk, not_before, expires_at FROM signing_key_known WHERE heard_at > %s"
_END = """
INSERT INTO ended_session (session, expires_at) VALUES (%s, %s)
ON CONFLICT (session) DO UPDATE SET expires_at = excluded.expires_at, heard_at = clock_timestamp()
WHERE ended_session.expires_at < excluded.expires_at
"""
_KNOW = """
INSERT INTO signing_key_known (kid, jwk, not_before, expires_at) VALUES (%s, %s, %s, %s)
ON CONFLICT (kid) DO UPDATE SET expires_at = excluded.expires_at, heard_at = clock_timestamp()
WHERE signing_key_known.expires_at > excluded.expires_at
"""
# A withdrawn key stays until its first statement, which may come again, has run out as well.
_SWEEP = (
    "DELETE FROM ended_session WHERE expires_at < %s",
    "DELETE FROM signing_key_known WHERE expires_at < %s AND heard_at < now() - interval '90 days'",
)


class TrustStore:
    """What a service has heard, in its own tables. Hearing it twice, or in another order, changes nothing."""

    def __init__(self, database: Database, verifier: TokenVerifier, clock: Clock) -> None:
        self._database = database
        self._verifier = verifier
        self._clock = clock

    def hear(self, message: Message) -> None:
        """Keeps a `session_ended.v1` or `signing_key_published.v1`. Raises Unavailable, and what `read` raises."""
        told = self.read(message)
        if isinstance(told, PublishedKey):
            row = (told.kid, Jsonb(told.jwk), told.not_before, told.expires_at)
            self._write(_KNOW, row)
        elif told[1] > self._clock().timestamp():  # a late service hears of all that ever ended
            self._write(_END, told)

    def read(self, message: Message) -> PublishedKey | tuple[str, float]:
        """A key, or a session and when its last token runs out. Raises NotSignedIn, KeyUnfit, KeyError."""
        if message.type == SIGNING_KEY_PUBLISHED:
            return self._verifier.read_statement(message.data["statement"])
        return message.data["session"], float(message.data["expires_at"])

    def since(self, moment: datetime) -> tuple[list[PublishedKey], list[tuple[str, float]]]:
        """Keys and ended sessions that were heard of after a moment. Raises Unavailable."""
        keys = self._fetch(_KEYS, (moment,))
        ended = self._fetch(_ENDED, (moment, self._clock().timestamp()))
        return [PublishedKey(*row) for row in keys], [(row[0], row[1]) for row in ended]

    def now(self) -> datetime:
        """The database's own time, by which rows are dated. Raises Unavailable."""
        moment: datetime = self._fetch(_NOW, ())[0][0]
        return moment

    def sweep(self) -> None:
        """Removes what no token can name any more. Raises Unavailable."""
        for statement in _SWEEP:
            self._write(statement, (self._clock().timestamp(),))

    def _fetch(self, query: str, parameters: tuple[Any, ...]) -> list[tuple[Any, ...]]:
        return self._database.fetch(query, parameters, seconds=_WAIT_SECONDS)

    def _write(self, statement: str, parameters: tuple[Any, ...]) -> None:
        with self._database.connection() as connection:
            connection.execute(statement, parameters)


class Trust:
    """Keeps one process's verifier up to date, from `open` to `close`."""

    def __init__(
        self, store: TrustStore, verifier: TokenVerifier, amqp_url: str, clock: Clock
    ) -> None:
        self.store = store
        self._verifier = verifier
        self._clock = clock
        self._live = LiveListener(
            amqp_url, SESSION_ENDED, SIGNING_KEY_PUBLISHED, handle=self._hear_live
        )
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._look_again, name="trust", daemon=True)
        self._read_until: datetime | None = None
        self._looked_at = clock()

    def open(self) -> None:
        """Returns when all that was heard before is known here. The database is migrated by then."""
        self._live.open()
        with HEALTH.waits_for("keys and ended sessions") as still:
            while not self._look():
                still()
                self._closed.wait(0.2)
        HEALTH.check("trust", self._too_long)
        self._thread.start()

    def close(self) -> None:
        self._closed.set()
        self._live.close()
        if self._thread.is_alive():
            self._thread.join()

    def look(self) -> None:
        """Takes over what was heard since the last look. Raises Unavailable."""
        now = self.store.now()
        since = self._read_until - _OVERLAP if self._read_until else _EVER
        keys, ended = self.store.since(since)
        for key in keys:
            self._verifier.trust(key)
        for session, expires_at in ended:
            self._verifier.end_session(session, expires_at)
        self._read_until, self._looked_at = now, self._clock()

    def _look(self) -> bool:
        try:
            self.look()
        except (Unavailable, *CONNECTION_FAULTS):
            log.warning("trust_waits_for_database")
            return False
        return True

    def _look_again(self) -> None:
        looks = 0
        # It beats no health: a database that hangs is no reason to start a process anew that serves calls.
        while not self._closed.wait(_LOOK_SECONDS):
            try:
                looks += self._look()
                if looks >= _SWEEP_EVERY:
                    looks = 0
                    self.store.sweep()
            except Unavailable:
                continue
            except Exception:
                # A thread that ended here would leave the process looking well.
                log.exception("trust_failed")

    def _hear_live(self, message: Message) -> None:
        told = self.store.read(message)
        if isinstance(told, PublishedKey):
            self._verifier.trust(told)
        else:
            self._verifier.end_session(*told)

    def _too_long(self) -> str | None:
        seconds = (self._clock() - self._looked_at).total_seconds()
        return f"has not looked for {seconds:.0f} s" if seconds > _LOOKS_WITHIN else None
