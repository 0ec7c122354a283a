"""The Sessions port in SQL."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from panjareh_common.database import Database
from panjareh_common.event_store import UnitOfWork
from panjareh_common.refusals import NotSignedIn
from panjareh_identity.domain.assurance import Authenticator
from panjareh_identity.domain.session import Session

_WRITTEN = (
    "sid, person_id, auth_time, authenticator, amr, created_at, last_seen, expires_at, "
    "unused_until, channel, device"
)
# A row of the version before says nothing of when it was seen, and ends only by its age.
_COLUMNS = (
    "sid, person_id, auth_time, authenticator, amr, created_at, "
    "COALESCE(last_seen, created_at) AS last_seen, expires_at, channel, device"
)
_LIVES = """
ended_at IS NULL AND expires_at > %(now)s AND COALESCE(unused_until, expires_at) > %(now)s
"""
# Of what has run out every token has, too: there is nothing to tell anybody.
_TOKENS = "ended_at IS NULL AND expires_at > %(now)s"
_START = f"""
INSERT INTO session ({_WRITTEN})
SELECT {_WRITTEN} FROM jsonb_populate_recordset(NULL::session, %s)
"""
# A person's old sessions go when they come back, whether or not a clock process swept for them.
_SWEEP_OWN = """
DELETE FROM session USING jsonb_populate_recordset(NULL::session, %s) AS started
WHERE session.person_id = started.person_id AND session.expires_at < started.created_at
"""
_ACTIVE = f"""
SELECT {_COLUMNS} FROM session
WHERE sid = %(sid)s AND person_id = %(person)s AND {_LIVES} FOR UPDATE
"""
_CHANGE = """
UPDATE session SET auth_time = %(auth_time)s, authenticator = %(authenticator)s, amr = %(amr)s,
    last_seen = %(last_seen)s, expires_at = %(expires_at)s, unused_until = %(unused_until)s
WHERE sid = %(sid)s
"""
_OF_PERSON = f"""
SELECT {_COLUMNS} FROM session WHERE person_id = %(person)s AND {_LIVES}
ORDER BY COALESCE(last_seen, created_at) DESC, sid
"""
_END = f"""
UPDATE session SET ended_at = %(now)s
WHERE sid = %(sid)s AND person_id = %(person)s AND {_TOKENS}
RETURNING {_COLUMNS}
"""
# In one order, so that two devices may do it at the same moment.
_END_ALL = f"""
WITH going AS (
    SELECT sid FROM session
    WHERE person_id = %(person)s AND sid IS DISTINCT FROM %(keep)s AND {_TOKENS}
    ORDER BY sid FOR UPDATE
)
UPDATE session SET ended_at = %(now)s WHERE sid IN (SELECT sid FROM going)
RETURNING {_COLUMNS}
"""
_REMOVE = "DELETE FROM session WHERE person_id = %s"
_SWEEP = "DELETE FROM session WHERE expires_at < %s"


class PostgresSessions:
    def __init__(self, database: Database) -> None:
        self._database = database

    def start(self, unit: UnitOfWork, session: Session) -> None:
        row = _row(session)
        unit.write(_SWEEP_OWN, row)
        unit.write(_START, row)

    def active(self, unit: UnitOfWork, sid: str | None, person_id: UUID) -> Session:
        wanted = {"sid": sid, "person": person_id, "now": unit.now}
        row = unit.execute(_ACTIVE, wanted).fetchone()
        if row is None:
            raise NotSignedIn()
        session = _session(row).seen(unit.now)
        self.change(unit, session)
        return session

    def change(self, unit: UnitOfWork, session: Session) -> None:
        unit.execute(_CHANGE, _row(session))

    def of_person(self, unit: UnitOfWork, person_id: UUID) -> list[Session]:
        rows = unit.fetch(_OF_PERSON, {"person": person_id, "now": unit.now})
        return [_session(row) for row in rows]

    def end(self, unit: UnitOfWork, sid: str | None, person_id: UUID) -> Session | None:
        wanted = {"sid": sid, "person": person_id, "now": unit.now}
        row = unit.execute(_END, wanted).fetchone()
        return _session(row) if row else None

    def end_all(
        self, unit: UnitOfWork, person_id: UUID, *, keep: str | None = None
    ) -> list[Session]:
        wanted = {"keep": keep, "person": person_id, "now": unit.now}
        return [_session(row) for row in unit.execute(_END_ALL, wanted)]

    def remove(self, unit: UnitOfWork, person_id: UUID) -> None:
        unit.execute(_REMOVE, (person_id,))

    def sweep(self, now: datetime) -> int:
        with self._database.connection() as connection:
            return connection.execute(_SWEEP, (now,)).rowcount


def _row(session: Session) -> dict[str, Any]:
    return {
        "sid": session.sid,
        "person_id": session.person_id,
        "auth_time": session.auth_time,
        "authenticator": int(session.authenticator),
        "amr": list(session.amr),
        "created_at": session.created_at,
        "last_seen": session.last_seen,
        "expires_at": session.expires_at,
        "unused_until": session.unused_until,
        "channel": session.channel,
        "device": session.device,
    }


def _session(row: Mapping[str, Any]) -> Session:
    return Session(
        sid=row["sid"],
        person_id=row["person_id"],
        auth_time=row["auth_time"],
        authenticator=Authenticator(row["authenticator"]),
        amr=tuple(row["amr"]),
        created_at=row["created_at"],
        last_seen=row["last_seen"],
        expires_at=row["expires_at"],
        channel=row["channel"],
        device=row["device"],
    )
