"""What people let clients have: codes, refresh tokens and their families (RFC 6749, RFC 9700 section 4.14).

A code becomes a grant, a grant has one refresh token at a time. Whatever is used a second time was
stolen by somebody, the client or the thief, and nobody can tell which: the whole grant ends.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol
from uuid import UUID

import structlog

from panjareh_common.event_store import Cause, EventLog, Keyring, UnitOfWork
from panjareh_identity.application.browsers import SignedIn
from panjareh_identity.application.clients import ClientRow, new_sid
from panjareh_identity.application.sessions import SessionEnds
from panjareh_identity.domain.session import EndedSession, Ending

log = structlog.get_logger(__name__)

CODE_LIFETIME = timedelta(seconds=60)
_CAUSE = Cause(actor="identity", role="service", channel="web", cause="client_grant")


@dataclass(frozen=True)
class Grant:
    """What one person let one client have, once.

    `grant_sid` is what a third party's tokens carry as `sid`, so that this grant can be ended alone;
    tokens of a first party carry the session's, and end with it.
    """

    grant_sid: str
    client_id: str
    session_sid: str
    person_id: UUID
    scopes: tuple[str, ...]
    redirect_uri: str
    code_challenge: str
    nonce: str | None
    code_expires_at: datetime
    expires_at: datetime
    code_used_at: datetime | None = None
    ended_at: datetime | None = None
    code_hash: bytes = field(default=b"", repr=False)


@dataclass(frozen=True)
class RefreshToken:
    grant_sid: str
    issued_at: datetime
    used_at: datetime | None


@dataclass(frozen=True)
class Stolen:
    """A grant of which something came a second time."""

    grant: Grant
    because: str


class GrantRows(Protocol):
    def add(self, unit: UnitOfWork, grant: Grant) -> None: ...

    def by_code(self, unit: UnitOfWork, code_hash: bytes) -> Grant | None:
        """Locked until the unit ends."""
        ...

    def by_sid(self, unit: UnitOfWork, grant_sid: str) -> Grant | None:
        """Locked until the unit ends."""
        ...

    def use_code(self, unit: UnitOfWork, grant: Grant) -> None: ...

    def end(self, unit: UnitOfWork, grant: Grant, because: str) -> None: ...

    def alive_under(self, unit: UnitOfWork, session_sids: Sequence[str]) -> list[Grant]: ...

    def alive_of_client(self, unit: UnitOfWork, client_id: str) -> list[Grant]: ...

    def alive_between(self, unit: UnitOfWork, person_id: UUID, client_id: str) -> list[Grant]: ...

    def add_token(self, unit: UnitOfWork, token_hash: bytes, grant_sid: str) -> None: ...

    def token(self, unit: UnitOfWork, token_hash: bytes) -> RefreshToken | None:
        """Locked until the unit ends."""
        ...

    def use_token(self, unit: UnitOfWork, token_hash: bytes) -> None: ...


class GrantEnds:
    """The one way to end grants: the row, and one event each, in the caller's commit."""

    def __init__(self, rows: GrantRows) -> None:
        self._rows = rows

    def end(self, unit: UnitOfWork, grant: Grant, because: str) -> None:
        self._rows.end(unit, grant, because)
        unit.save(EndedSession.end(Ending(grant.grant_sid, grant.person_id), unit.now))

    def end_under(self, unit: UnitOfWork, session_sids: Sequence[str]) -> None:
        """For whoever ends sessions: what hangs on them ends in the same commit."""
        for grant in self._rows.alive_under(unit, session_sids):
            self.end(unit, grant, "session_ended")

    def end_between(self, unit: UnitOfWork, person_id: UUID, client_id: str) -> None:
        """When a person withdraws what they consented to a client."""
        for grant in self._rows.alive_between(unit, person_id, client_id):
            self.end(unit, grant, "consent_withdrawn")

    def end_of_client(self, unit: UnitOfWork, client_id: str, because: str) -> None:
        for grant in self._rows.alive_of_client(unit, client_id):
            self.end(unit, grant, because)


class ClientGrants:
    """One method a thing that can happen to a code, a refresh token or a grant."""

    def __init__(
        self,
        log: EventLog,
        *,
        rows: GrantRows,
        keyring: Keyring,
        ends: GrantEnds,
        sessions: SessionEnds,
    ) -> None:
        self._log = log
        self._rows = rows
        self._keyring = keyring
        self._ends = ends
        self._sessions = sessions

    def give_code(
        self,
        signed_in: SignedIn,
        client: ClientRow,
        *,
        scopes: tuple[str, ...],
        redirect_uri: str,
        code_challenge: str,
        nonce: str | None,
    ) -> str:
        """A code for the client, good once and for a minute."""
        code = secrets.token_urlsafe(32)

        def work(unit: UnitOfWork) -> None:
            grant = Grant(
                grant_sid=new_sid(),
                client_id=client.client_id,
                session_sid=signed_in.session.sid,
                person_id=signed_in.person_id,
                scopes=scopes,
                redirect_uri=redirect_uri,
                code_challenge=code_challenge,
                nonce=nonce,
                code_expires_at=unit.now + CODE_LIFETIME,
                expires_at=signed_in.session.expires_at,
                code_hash=self._hash("code", code),
            )
            self._rows.add(unit, grant)

        self._log.run(_CAUSE, work)
        return code

    def use_code(self, code: str, client: ClientRow) -> Grant | None:
        """The grant that a code stands for. A second time ends it, with all that was made of it."""

        def work(unit: UnitOfWork) -> Grant | Stolen | None:
            grant = self._rows.by_code(unit, self._hash("code", code))
            if grant is None or grant.client_id != client.client_id:
                return None
            if grant.code_used_at is not None:
                return self._stolen(unit, grant, "code_reused")
            self._rows.use_code(unit, grant)
            alive = grant.ended_at is None and unit.now < grant.code_expires_at
            return grant if alive else None

        return self._unless_stolen(self._log.run(_CAUSE, work), client)

    def give_refresh_token(self, grant: Grant) -> str:
        token = secrets.token_urlsafe(32)

        def work(unit: UnitOfWork) -> None:
            self._rows.add_token(unit, self._hash("refresh", token), grant.grant_sid)

        self._log.run(_CAUSE, work)
        return token

    def use_refresh_token(self, token: str, client: ClientRow) -> Grant | None:
        """The grant of a refresh token, which is used up. A second time ends the family."""

        def work(unit: UnitOfWork) -> Grant | Stolen | None:
            token_hash = self._hash("refresh", token)
            kept = self._rows.token(unit, token_hash)
            grant = self._rows.by_sid(unit, kept.grant_sid) if kept else None
            if kept is None or grant is None or grant.client_id != client.client_id:
                return None
            if kept.used_at is not None:
                return self._stolen(unit, grant, "refresh_token_reused")
            self._rows.use_token(unit, token_hash)
            return grant if self._alive(grant, unit.now) else None

        return self._unless_stolen(self._log.run(_CAUSE, work), client)

    def of_refresh_token(self, token: str) -> Grant | None:
        """The living grant of an unused refresh token; changes nothing."""
        with self._log.unit_of_work(_CAUSE) as unit:
            kept = self._rows.token(unit, self._hash("refresh", token))
            grant = self._rows.by_sid(unit, kept.grant_sid) if kept else None
            if kept is None or grant is None:
                return None
            return grant if kept.used_at is None and self._alive(grant, unit.now) else None

    def of_sid(self, grant_sid: str) -> Grant | None:
        """The living grant whose own sid that is."""
        with self._log.unit_of_work(_CAUSE) as unit:
            grant = self._rows.by_sid(unit, grant_sid)
            return grant if grant is not None and self._alive(grant, unit.now) else None

    def end(self, grant: Grant, because: str) -> None:
        """Nothing made of the grant is good any more, in any service; ending twice is ending once."""

        def work(unit: UnitOfWork) -> None:
            known = self._rows.by_sid(unit, grant.grant_sid)
            if known is not None and known.ended_at is None:
                self._ends.end(unit, known, because)

        self._log.run(_CAUSE, work)

    def _stolen(self, unit: UnitOfWork, grant: Grant, because: str) -> Stolen:
        if grant.ended_at is None:
            self._ends.end(unit, grant, because)
        return Stolen(grant, because)

    def _unless_stolen(self, found: Grant | Stolen | None, client: ClientRow) -> Grant | None:
        if not isinstance(found, Stolen):
            return found
        log.warning("grant_reused", client_id=client.client_id, because=found.because)
        if client.details.first_party:
            # Its tokens are the session's own. In a unit of its own: whoever ends a session locks that
            # first and its grants after it.
            grant = found.grant
            self._log.run(
                _CAUSE, lambda unit: self._sessions.end(unit, grant.session_sid, grant.person_id)
            )
        return None

    @staticmethod
    def _alive(grant: Grant, now: datetime) -> bool:
        return grant.ended_at is None and now < grant.expires_at

    def _hash(self, kind: str, secret: str) -> bytes:
        return self._keyring.lookup(f"client_{kind}", secret)
