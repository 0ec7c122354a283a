"""A program that asks identity for tokens: an authority's window, an agency's system, somebody else's site.

Which client there is, what it may ask for and who decided so is history. Its secret is in no event.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from eventsourcing.domain import Aggregate, event

from panjareh_common.event_store import PublicAggregate
from panjareh_identity.domain.client_refusals import (
    AuthorityMissing,
    ClientSuspended,
    KeysUnfit,
    NoSecretHere,
    RedirectUriMissing,
    RedirectUriUnfit,
    ScopeForFirstParties,
    ScopeUnknown,
)

# What a client may ask for. Who asks for `services` acts at the window in the person's place, and for
# `account` at identity itself too: at passwords, mandates, offices. That is for first parties alone.
ACCOUNT = "account"
PERSON_SCOPES = ("openid", "profile", "phone", "national_id", "office", "services", ACCOUNT)


class AuthMethod(StrEnum):
    """How a client proves at the token endpoint which one it is (RFC 7591, RFC 7523)."""

    PRIVATE_KEY_JWT = "private_key_jwt"
    SECRET_BASIC = "client_secret_basic"  # noqa: S105 - the name of a method
    SECRET_POST = "client_secret_post"  # noqa: S105

    @property
    def secret(self) -> bool:
        return self is not AuthMethod.PRIVATE_KEY_JWT


class GrantType(StrEnum):
    CODE = "authorization_code"
    REFRESH = "refresh_token"
    CLIENT_CREDENTIALS = "client_credentials"


class IdTokenAlg(StrEnum):
    ES256 = "ES256"
    ED25519 = "Ed25519"


@dataclass(frozen=True)
class ClientDetails:
    """What a client is registered with. `name` by language; `jwks` its public keys, for private_key_jwt.

    A `first_party` client belongs to the platform or to an authority's own window: nobody is asked
    for consent before it. `scopes` of a client without a person (client_credentials) are free words.
    """

    name: dict[str, str]
    authority: str | None
    redirect_uris: tuple[str, ...]
    post_logout_redirect_uris: tuple[str, ...]
    scopes: tuple[str, ...]
    grant_types: tuple[GrantType, ...]
    auth_method: AuthMethod
    jwks: dict[str, Any] | None = field(default=None, repr=False)
    id_token_alg: IdTokenAlg = IdTokenAlg.ES256
    first_party: bool = False

    def check(self) -> None:
        """Raises whatever of domain/client_refusals.py these details deserve."""
        if GrantType.CLIENT_CREDENTIALS in self.grant_types and self.authority is None:
            raise AuthorityMissing()
        uris = (*self.redirect_uris, *self.post_logout_redirect_uris)
        for uri in uris:
            if not fits_redirect(uri):
                raise RedirectUriUnfit(uri=uri)
        if GrantType.CODE in self.grant_types:
            if not self.redirect_uris:
                raise RedirectUriMissing()
            unknown = [scope for scope in self.scopes if scope not in PERSON_SCOPES]
            if unknown:
                raise ScopeUnknown(scope=unknown[0])
        if ACCOUNT in self.scopes and not self.first_party:
            raise ScopeForFirstParties(scope=ACCOUNT)
        if self.auth_method is AuthMethod.PRIVATE_KEY_JWT and not _public_keys(self.jwks):
            raise KeysUnfit()


def fits_redirect(uri: str) -> bool:
    """An address that is compared letter by letter: whole, https (or http on this machine), no fragment.

    RFC 9700, section 2.1; RFC 8252, section 7.3 for the loopback.
    """
    if not uri.isascii() or not uri.isprintable() or any(ch in uri for ch in " \\*#\"'<>;,"):
        return False
    try:
        parts = urlsplit(uri)
        named = bool(parts.hostname) and parts.username is None and parts.port != 0
    except ValueError:
        return False
    loopback = parts.hostname in ("localhost", "127.0.0.1", "::1")
    return named and (parts.scheme == "https" or (parts.scheme == "http" and loopback))


def _public_keys(jwks: dict[str, Any] | None) -> bool:
    """Whether there are signature keys, and nothing of a private one among them."""
    keys = (jwks or {}).get("keys")
    if not isinstance(keys, list) or not keys:
        return False
    secret = ("d", "p", "q", "k")
    return all(
        isinstance(key, dict)
        and key.get("kty") in ("EC", "OKP", "RSA")
        and not any(part in key for part in secret)
        for key in keys
    )


class Client(PublicAggregate):
    """One registered client, from registration on.

    Each event names the authority again: whoever reads the acts of one need not know its clients.
    """

    TOPIC = "Client"

    class Event(Aggregate.Event):
        pass

    class Registered(Event, Aggregate.Created):
        TOPIC = "Client.Registered"
        name: dict[str, str]
        authority: str | None
        redirect_uris: list[str]
        post_logout_redirect_uris: list[str]
        scopes: list[str]
        grant_types: list[str]
        auth_method: str
        jwks: dict[str, Any] | None
        id_token_alg: str
        first_party: bool
        because: str

    Created = Registered

    class SecretRotated(Event):
        """The secret before this one opens nothing any more."""

        TOPIC = "Client.SecretRotated"
        authority: str | None
        because: str

    class Suspended(Event):
        TOPIC = "Client.Suspended"
        authority: str | None
        because: str

    class Resumed(Event):
        TOPIC = "Client.Resumed"
        authority: str | None
        because: str

    # Decisions

    @classmethod
    def register(
        cls, *, client_id: UUID, details: ClientDetails, because: str, at: datetime
    ) -> Client:
        """Raises what `ClientDetails.check` refuses."""
        details.check()
        return cls._create(
            cls.Registered,
            id=client_id,
            timestamp=at,
            name=dict(details.name),
            authority=details.authority,
            redirect_uris=list(details.redirect_uris),
            post_logout_redirect_uris=list(details.post_logout_redirect_uris),
            scopes=list(details.scopes),
            grant_types=[str(kind) for kind in details.grant_types],
            auth_method=str(details.auth_method),
            jwks=details.jwks,
            id_token_alg=str(details.id_token_alg),
            first_party=details.first_party,
            because=because,
        )

    def rotate_secret(self, because: str, at: datetime) -> None:
        """Raises NoSecretHere, ClientSuspended."""
        if not AuthMethod(self.auth_method).secret:
            raise NoSecretHere()
        if self.suspended:
            raise ClientSuspended()
        self._tell(self.SecretRotated, because, at)

    def suspend(self, because: str, at: datetime) -> bool:
        """False when it was suspended before."""
        if self.suspended:
            return False
        self._tell(self.Suspended, because, at)
        return True

    def resume(self, because: str, at: datetime) -> bool:
        if not self.suspended:
            return False
        self._tell(self.Resumed, because, at)
        return True

    def _tell(self, kind: type[Any], because: str, at: datetime) -> None:
        self.trigger_event(kind, timestamp=at, authority=self.authority, because=because)

    # Memory

    def __init__(
        self,
        *,
        name: dict[str, str],
        authority: str | None,
        redirect_uris: Sequence[str],
        post_logout_redirect_uris: Sequence[str],
        scopes: Sequence[str],
        grant_types: Sequence[str],
        auth_method: str,
        jwks: dict[str, Any] | None,
        id_token_alg: str,
        first_party: bool,
        because: str,
    ) -> None:
        self.authority = authority
        self.auth_method = auth_method
        self.suspended = False

    @event(SecretRotated)
    def _secret_rotated(self) -> None:
        """Which secret is a row's to know."""

    @event(Suspended)
    def _suspended(self) -> None:
        self.suspended = True

    @event(Resumed)
    def _resumed(self) -> None:
        self.suspended = False
