"""The Sessions port in SQL."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from panjareh_common.event_store import UnitOfWork
from panjareh_common.refusals import NotSignedIn
from panjareh_identity.domain.assurance import Authenticator
from panjareh_identity.domain.session import Session

_COLUMNS = "sid, person_id, auth_time, authenticator, amr, expires_at"
_START = f"""
INSERT INTO session ({_COLUMNS}, channel, created_at)
SELECT {_COLUMNS}, channel, created_at FROM jsonb_populate_recordset(NULL::session, %s)
"""
# A person's old sessions go when they come back; there is no clock process to sweep for.
_SWEEP = """
DELETE FROM session USING jsonb_populate_recordset(NULL::session, %s) AS started
WHERE session.person_id = started.person_id AND session.expires_at < started.created_at
"""
_ACTIVE = f"""
SELECT {_COLUMNS} FROM session
WHERE sid = %s AND person_id = %s AND ended_at IS NULL AND expires_at > %s FOR UPDATE
"""
_CHANGE = "UPDATE session SET auth_time = %s, authenticator = %s, amr = %s WHERE sid = %s"
_END = f"""
UPDATE session SET ended_at = %s WHERE sid = %s AND person_id = %s AND ended_at IS NULL
RETURNING {_COLUMNS}
"""
_REMOVE = f"DELETE FROM session WHERE person_id = %s RETURNING {_COLUMNS}, ended_at"


class PostgresSessions:
    def start(self, unit: UnitOfWork, session: Session, channel: str) -> None:
        row = {
            "sid": session.sid,
            "person_id": session.person_id,
            "auth_time": session.auth_time,
            "authenticator": int(session.authenticator),
            "amr": session.amr,
            "expires_at": session.expires_at,
            "channel": channel,
            "created_at": unit.now,
        }
        unit.write(_SWEEP, row)
        unit.write(_START, row)

    def active(self, unit: UnitOfWork, sid: str | None, person_id: UUID) -> Session:
        row = unit.execute(_ACTIVE, (sid, person_id, unit.now)).fetchone()
        if row is None:
            raise NotSignedIn()
        return _session(row)

    def change(self, unit: UnitOfWork, session: Session) -> None:
        row = (session.auth_time, int(session.authenticator), list(session.amr), session.sid)
        unit.execute(_CHANGE, row)

    def end(self, unit: UnitOfWork, sid: str | None, person_id: UUID) -> Session | None:
        row = unit.execute(_END, (unit.now, sid, person_id)).fetchone()
        return _session(row) if row else None

    def remove(self, unit: UnitOfWork, person_id: UUID) -> list[Session]:
        rows = unit.execute(_REMOVE, (person_id,)).fetchall()
        return [_session(row) for row in rows if row["ended_at"] is None]


def _session(row: Mapping[str, Any]) -> Session:
    return Session(
        sid=row["sid"],
        person_id=row["person_id"],
        auth_time=row["auth_time"],
        authenticator=Authenticator(row["authenticator"]),
        amr=tuple(row["amr"]),
        expires_at=row["expires_at"],
    )
