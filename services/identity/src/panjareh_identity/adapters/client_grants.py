"""The GrantRows port in SQL. Whatever is looked at before it is used up is locked first: of two at once one wins."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from panjareh_common.event_store import UnitOfWork
from panjareh_identity.application.client_grants import Grant, RefreshToken

_COLUMNS = (
    "grant_sid, client_id, session_sid, person_id, scopes, redirect_uri, code_challenge, nonce, "
    "code_expires_at, expires_at, code_used_at, ended_at, code_hash"
)
_ADD = f"""
INSERT INTO client_grant ({_COLUMNS}) VALUES ({", ".join(["%s"] * 13)})
"""
_BY_CODE = f"SELECT {_COLUMNS} FROM client_grant WHERE code_hash = %s FOR UPDATE"
_BY_SID = f"SELECT {_COLUMNS} FROM client_grant WHERE grant_sid = %s FOR UPDATE"
_UNDER = f"""
SELECT {_COLUMNS} FROM client_grant
WHERE session_sid = ANY(%s) AND ended_at IS NULL ORDER BY grant_sid FOR UPDATE
"""
_OF_CLIENT = f"""
SELECT {_COLUMNS} FROM client_grant
WHERE client_id = %s AND ended_at IS NULL AND expires_at > %s ORDER BY grant_sid FOR UPDATE
"""
_BETWEEN = f"""
SELECT {_COLUMNS} FROM client_grant
WHERE person_id = %s AND client_id = %s AND ended_at IS NULL AND expires_at > %s
ORDER BY grant_sid FOR UPDATE
"""
_USE_CODE = "UPDATE client_grant SET code_used_at = %s WHERE grant_sid = %s"
_END = "UPDATE client_grant SET ended_at = %s, ended_because = %s WHERE grant_sid = %s"
_ADD_TOKEN = "INSERT INTO refresh_token (token_hash, grant_sid, issued_at) VALUES (%s, %s, %s)"  # noqa: S105
_TOKEN = "SELECT grant_sid, issued_at, used_at FROM refresh_token WHERE token_hash = %s FOR UPDATE"  # noqa: S105
_USE_TOKEN = "UPDATE refresh_token SET used_at = %s WHERE token_hash = %s"  # noqa: S105


class PostgresGrants:
    def add(self, unit: UnitOfWork, grant: Grant) -> None:
        unit.execute(
            _ADD,
            (
                grant.grant_sid,
                grant.client_id,
                grant.session_sid,
                grant.person_id,
                list(grant.scopes),
                grant.redirect_uri,
                grant.code_challenge,
                grant.nonce,
                grant.code_expires_at,
                grant.expires_at,
                grant.code_used_at,
                grant.ended_at,
                grant.code_hash,
            ),
        )

    def by_code(self, unit: UnitOfWork, code_hash: bytes) -> Grant | None:
        return _one(unit.execute(_BY_CODE, (code_hash,)).fetchone())

    def by_sid(self, unit: UnitOfWork, grant_sid: str) -> Grant | None:
        return _one(unit.execute(_BY_SID, (grant_sid,)).fetchone())

    def use_code(self, unit: UnitOfWork, grant: Grant) -> None:
        unit.execute(_USE_CODE, (unit.now, grant.grant_sid))

    def end(self, unit: UnitOfWork, grant: Grant, because: str) -> None:
        unit.execute(_END, (unit.now, because, grant.grant_sid))

    def alive_under(self, unit: UnitOfWork, session_sids: Sequence[str]) -> list[Grant]:
        return [_grant(row) for row in unit.execute(_UNDER, (list(session_sids),))]

    def alive_of_client(self, unit: UnitOfWork, client_id: str) -> list[Grant]:
        return [_grant(row) for row in unit.execute(_OF_CLIENT, (client_id, unit.now))]

    def alive_between(self, unit: UnitOfWork, person_id: UUID, client_id: str) -> list[Grant]:
        return [_grant(row) for row in unit.execute(_BETWEEN, (person_id, client_id, unit.now))]

    def add_token(self, unit: UnitOfWork, token_hash: bytes, grant_sid: str) -> None:
        unit.execute(_ADD_TOKEN, (token_hash, grant_sid, unit.now))

    def token(self, unit: UnitOfWork, token_hash: bytes) -> RefreshToken | None:
        row = unit.execute(_TOKEN, (token_hash,)).fetchone()
        return RefreshToken(**row) if row else None

    def use_token(self, unit: UnitOfWork, token_hash: bytes) -> None:
        unit.execute(_USE_TOKEN, (unit.now, token_hash))


def _one(row: Mapping[str, Any] | None) -> Grant | None:
    return _grant(row) if row else None


def _grant(row: Mapping[str, Any]) -> Grant:
    return Grant(**{**row, "scopes": tuple(row["scopes"]), "code_hash": bytes(row["code_hash"])})
