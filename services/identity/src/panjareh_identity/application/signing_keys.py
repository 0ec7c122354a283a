"""Signs what identity says about people and agencies' systems, with keys that change on a schedule."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from panjareh_common.event_store import Cause, EventLog, UnitOfWork
from panjareh_common.security.keys import ED25519, KEY_STATEMENT, PublishedKey
from panjareh_common.security.tokens import ACCESS_TOKEN, PEOPLE_ISSUER, ServiceIdentity, Signer
from panjareh_identity.domain.signing_keys import (
    ALGORITHMS,
    BRIDGED,
    KeyTimes,
    Schedule,
    SigningKey,
    next_begins,
    signs_now,
    stream_of,
)

# A withdrawn key signs this long at most; others are known for a day before they sign.
_HOLD_SECONDS = 2.0
_CAUSE = Cause(actor=PEOPLE_ISSUER, role="service", channel="platform", cause="key_schedule")


@dataclass(frozen=True)
class KeyRow:
    """A key as it is stored. `private` is its sealed half, None once it signs no more."""

    times: KeyTimes
    jwk: Mapping[str, str]
    stated_by: str
    private: bytes | None = field(repr=False, default=None)


class KeyRows(Protocol):
    """Identity's table of signing keys."""

    def all(self) -> list[KeyRow]: ...

    def hold(self, unit: UnitOfWork) -> list[KeyRow]:
        """All of them; nobody else changes one until the unit has ended."""
        ...

    def make(self, algorithm: str) -> tuple[str, Mapping[str, str], bytes]:
        """A new key: its kid, its public JWK, and its private one sealed."""
        ...

    def signer(self, row: KeyRow) -> Signer: ...

    def add(self, unit: UnitOfWork, row: KeyRow) -> None: ...

    def restate(self, unit: UnitOfWork, kid: str, stated_by: str) -> None: ...

    def remove(self, unit: UnitOfWork, kid: str) -> None: ...

    def sweep(self, unit: UnitOfWork, now: datetime) -> None:
        """Destroys private halves that sign no more, and forgets keys that nobody believes any more."""
        ...


class SigningKeys:
    """`identity` is the service's own key: it vouches for the others, and signs until the first of them does."""

    def __init__(
        self,
        log: EventLog,
        rows: KeyRows,
        identity: ServiceIdentity,
        *,
        schedule: Schedule | None = None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._log = log
        self._rows = rows
        self._identity = identity
        self._schedule = schedule or Schedule()
        self._monotonic = monotonic
        self._held: dict[str, tuple[float, Signer]] = {}

    def access_token(self, claims: Mapping[str, Any]) -> str:
        """A token that every service takes (RFC 9068)."""
        return self.sign(claims, ACCESS_TOKEN)

    def sign(self, claims: Mapping[str, Any], typ: str, alg: str = ED25519) -> str:
        """A compact JWS by the key whose turn it is. Raises Unavailable."""
        return self._signer(alg).sign(claims, typ)

    def jwks(self) -> dict[str, Any]:
        """The public halves of all that may have signed something still valid, and of those that soon will."""
        now = self._log.clock()
        keys = [
            dict(row.jwk) | {"kid": row.times.kid, "alg": row.times.algorithm, "use": "sig"}
            for row in self._rows.all()
            if row.times.expires_at > now
        ]
        return {"keys": [*keys, self._identity.public_key]}

    def rotate(self, now: datetime) -> list[str]:
        """Makes and publishes the keys that are to be made, by any number of processes; gives their names."""

        def work(unit: UnitOfWork) -> list[str]:
            rows = self._rows.hold(unit)
            made = [kid for each in ALGORITHMS if (kid := self._make(unit, rows, each, now))]
            for row in rows:
                if row.stated_by != self._identity.kid and row.times.expires_at > now:
                    self._restate(unit, row, now)
            self._rows.sweep(unit, now)
            return made

        return self._log.run(_CAUSE, work)

    def withdraw(self, kid: str, because: str, cause: Cause) -> None:
        """Has nobody believe a key any more, within seconds: it was stolen. Raises NotFound.

        Whoever holds a token of it signs in again. Another key takes its place.
        """

        def work(unit: UnitOfWork) -> None:
            rows = {row.times.kid: row for row in self._rows.hold(unit)}
            key = unit.load(SigningKey, stream_of(kid))
            if kid in rows:
                ends = min(unit.now, rows[kid].times.expires_at)
                key.withdraw(self._statement(rows[kid], ends), because, unit.now)
                unit.save(key)
                self._rows.remove(unit, kid)

        self._log.run(cause, work)
        self._held.clear()
        self.rotate(self._log.clock())

    def known(self) -> Sequence[KeyTimes]:
        """The schedule as it stands, oldest first."""
        return sorted((row.times for row in self._rows.all()), key=lambda times: times.not_before)

    def _signer(self, algorithm: str) -> Signer:
        moment = self._monotonic()
        until, held = self._held.get(algorithm, (moment, None))
        if held is None or until <= moment:
            held = self._find(algorithm)
            self._held[algorithm] = (moment + _HOLD_SECONDS, held)
        return held

    def _find(self, algorithm: str) -> Signer:
        now = self._log.clock()
        row = self._whose_turn(algorithm, now)
        if row is None and algorithm not in BRIDGED:
            self.rotate(now)
            row = self._whose_turn(algorithm, now)
        return self._identity if row is None else self._rows.signer(row)

    def _whose_turn(self, algorithm: str, now: datetime) -> KeyRow | None:
        rows = {row.times: row for row in self._rows.all()}
        times = signs_now(rows, algorithm, now)
        return rows[times] if times else None

    def _make(
        self, unit: UnitOfWork, rows: Sequence[KeyRow], algorithm: str, now: datetime
    ) -> str | None:
        begins = next_begins([row.times for row in rows], algorithm, now, self._schedule)
        if begins is None:
            return None
        kid, jwk, private = self._rows.make(algorithm)
        times = KeyTimes.begin(kid, algorithm, begins, self._schedule)
        row = KeyRow(times, jwk, self._identity.kid, private)
        unit.save(SigningKey.publish(times, self._statement(row, times.expires_at), now))
        self._rows.add(unit, row)
        return kid

    def _restate(self, unit: UnitOfWork, row: KeyRow, now: datetime) -> None:
        key = unit.load(SigningKey, stream_of(row.times.kid))
        key.restate(self._statement(row, row.times.expires_at), now)
        unit.save(key)
        self._rows.restate(unit, row.times.kid, self._identity.kid)

    def _statement(self, row: KeyRow, expires_at: datetime) -> str:
        times = row.times
        told = PublishedKey(
            times.kid, row.jwk, int(times.not_before.timestamp()), int(expires_at.timestamp())
        )
        return self._identity.sign({"iss": PEOPLE_ISSUER} | told.to_claims(), KEY_STATEMENT)
