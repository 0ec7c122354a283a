"""The KeyRows port: keys made by joserfc, rows in SQL, private halves sealed under the service's own key."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from joserfc import jwk

from panjareh_common.database import Database
from panjareh_common.event_store import Keyring, UnitOfWork
from panjareh_common.security.keys import ED25519
from panjareh_common.security.tokens import PEOPLE_ISSUER, Signer
from panjareh_identity.application.signing_keys import KeyRow
from panjareh_identity.domain.signing_keys import KeyTimes

_COLUMNS = "kid, algorithm, not_before, signs_until, expires_at, jwk, private, stated_by"
_ALL = f"SELECT {_COLUMNS} FROM signing_key ORDER BY not_before, kid"
_ONE_AT_A_TIME = "SELECT pg_advisory_xact_lock(hashtextextended('signing_key', 0))"
_ADD = f"""
INSERT INTO signing_key ({_COLUMNS})
SELECT {_COLUMNS} FROM jsonb_populate_recordset(NULL::signing_key, %s)
"""
_RESTATE = "UPDATE signing_key SET stated_by = %s WHERE kid = %s"
_REMOVE = "DELETE FROM signing_key WHERE kid = %s"
_DESTROY = "UPDATE signing_key SET private = NULL WHERE signs_until <= %s AND private IS NOT NULL"
_FORGET = "DELETE FROM signing_key WHERE expires_at <= %s"


class PostgresSigningKeys:
    """`database` is one whose connections nobody holds while a token is made."""

    def __init__(self, database: Database, keyring: Keyring) -> None:
        self._database = database
        self._keyring = keyring

    def all(self) -> list[KeyRow]:
        with self._database.connection() as connection:
            rows = connection.execute(_ALL).fetchall()
        return [_row(row) for row in rows]

    def hold(self, unit: UnitOfWork) -> list[KeyRow]:
        unit.execute(_ONE_AT_A_TIME)
        return [_row(row) for row in unit.execute(_ALL).fetchall()]

    def make(self, algorithm: str) -> tuple[str, Mapping[str, str], bytes]:
        if algorithm == ED25519:
            key: Any = jwk.OKPKey.generate_key("Ed25519")
        else:
            key = jwk.ECKey.generate_key("P-256")
        kid = f"{PEOPLE_ISSUER}-{secrets.token_hex(4)}"
        private = self._keyring.seal(None, key.as_dict(private=True), _context(kid))
        public = {name: str(each) for name, each in key.as_dict(private=False).items()}
        public.pop("kid", None)  # the library's own, a thumbprint
        return kid, public, private

    def signer(self, row: KeyRow) -> Signer:
        assert row.private is not None, "whose turn it is was not destroyed"
        kid = row.times.kid
        return Signer(self._keyring.open(None, row.private, _context(kid)) | {"kid": kid})

    def add(self, unit: UnitOfWork, row: KeyRow) -> None:
        stored = {"jwk": row.jwk, "private": row.private, "stated_by": row.stated_by}
        unit.write(_ADD, vars(row.times) | stored)

    def restate(self, unit: UnitOfWork, kid: str, stated_by: str) -> None:
        unit.execute(_RESTATE, (stated_by, kid))

    def remove(self, unit: UnitOfWork, kid: str) -> None:
        unit.execute(_REMOVE, (kid,))

    def sweep(self, unit: UnitOfWork, now: datetime) -> None:
        unit.execute(_DESTROY, (now,))
        unit.execute(_FORGET, (now,))


def _context(kid: str) -> str:
    return f"signing_key/{kid}"


def _row(row: Mapping[str, Any]) -> KeyRow:
    return KeyRow(
        times=KeyTimes(
            kid=row["kid"],
            algorithm=row["algorithm"],
            not_before=row["not_before"],
            signs_until=row["signs_until"],
            expires_at=row["expires_at"],
        ),
        jwk=row["jwk"],
        stated_by=row["stated_by"],
        private=bytes(row["private"]) if row["private"] is not None else None,
    )
