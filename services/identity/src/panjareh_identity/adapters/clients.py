"""The ClientRows port in SQL, and the gateway, which is a client without having been registered."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from panjareh_common.database import Database
from panjareh_common.event_store import UnitOfWork
from panjareh_identity.application.clients import ClientRow
from panjareh_identity.domain.client import (
    ACCOUNT,
    AuthMethod,
    ClientDetails,
    GrantType,
    IdTokenAlg,
)

GATEWAY = "gateway"

_ADD = """
INSERT INTO client
SELECT * FROM jsonb_populate_recordset(NULL::client, %s)
"""
_FIND = "SELECT * FROM client WHERE client_id = %s"
_OF_AUTHORITY = """
SELECT * FROM client WHERE %(authority)s::text IS NULL OR authority = %(authority)s
ORDER BY registered_at, client_id
"""
_NEW_SECRET = "UPDATE client SET secret_hash = %s, sid = %s WHERE client_id = %s"  # noqa: S105
_SUSPEND = "UPDATE client SET suspended = %s, sid = %s WHERE client_id = %s"


class PostgresClients:
    """`gateway` is the window itself: its keys are those that services know it by anyway."""

    def __init__(self, database: Database, gateway: ClientRow | None = None) -> None:
        self._database = database
        self._gateway = gateway

    def add(self, unit: UnitOfWork, row: ClientRow) -> None:
        details = row.details
        unit.write(
            _ADD,
            {
                "client_id": row.client_id,
                "name": details.name,
                "authority": details.authority,
                "redirect_uris": details.redirect_uris,
                "post_logout_redirect_uris": details.post_logout_redirect_uris,
                "scopes": details.scopes,
                "grant_types": details.grant_types,
                "auth_method": details.auth_method,
                "secret_hash": row.secret_hash,
                "jwks": details.jwks,
                "id_token_alg": details.id_token_alg,
                "first_party": details.first_party,
                "sid": row.sid,
                "suspended": row.suspended,
                "registered_at": unit.now,
            },
        )

    def find(self, client_id: str) -> ClientRow | None:
        if self._gateway is not None and client_id == GATEWAY:
            return self._gateway
        try:
            known = UUID(client_id)
        except ValueError:
            return None
        if str(known) != client_id:
            return None  # one client has one name
        with self._database.connection() as connection:
            row = connection.execute(_FIND, (known,)).fetchone()
        return _row(row) if row else None

    def of_authority(self, authority: str | None) -> list[ClientRow]:
        with self._database.connection() as connection:
            rows = connection.execute(_OF_AUTHORITY, {"authority": authority}).fetchall()
        return [_row(row) for row in rows]

    def new_secret(self, unit: UnitOfWork, client_id: UUID, secret_hash: bytes, sid: str) -> None:
        unit.execute(_NEW_SECRET, (secret_hash, sid, client_id))

    def suspend(self, unit: UnitOfWork, client_id: UUID, suspended: bool, sid: str) -> None:
        unit.execute(_SUSPEND, (suspended, sid, client_id))


def gateway_client(window: str, service_keys: Mapping[str, Any]) -> ClientRow:
    """The window at an address, proving itself with the key by which it signs for services."""
    keys = [key for key in service_keys["keys"] if str(key["kid"]).rpartition("-")[0] == GATEWAY]
    return ClientRow(
        client_id=GATEWAY,
        details=ClientDetails(
            name={"fa": "پنجره", "en": "Panjareh"},
            authority=None,
            redirect_uris=(f"{window}/sign-in/callback",),
            post_logout_redirect_uris=(f"{window}/",),
            scopes=("openid", "profile", "office", "services", ACCOUNT),
            grant_types=(GrantType.CODE, GrantType.REFRESH),
            auth_method=AuthMethod.PRIVATE_KEY_JWT,
            jwks={"keys": keys},
            first_party=True,
        ),
        sid=GATEWAY,
    )


def _row(row: Mapping[str, Any]) -> ClientRow:
    return ClientRow(
        client_id=str(row["client_id"]),
        details=ClientDetails(
            name=row["name"],
            authority=row["authority"],
            redirect_uris=tuple(row["redirect_uris"]),
            post_logout_redirect_uris=tuple(row["post_logout_redirect_uris"]),
            scopes=tuple(row["scopes"]),
            grant_types=tuple(GrantType(kind) for kind in row["grant_types"]),
            auth_method=AuthMethod(row["auth_method"]),
            jwks=row["jwks"],
            id_token_alg=IdTokenAlg(row["id_token_alg"]),
            first_party=row["first_party"],
        ),
        sid=row["sid"],
        suspended=row["suspended"],
        secret_hash=bytes(row["secret_hash"]) if row["secret_hash"] is not None else None,
    )
