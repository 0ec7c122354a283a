"""Tokens: JWTs signed with Ed25519, made by identity for people and by each service for itself."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any
from uuid import UUID

from joserfc import jwk, jws
from joserfc.errors import JoseError

from panjareh_common.assurance import AssuranceLevel
from panjareh_common.refusals import NotSignedIn
from panjareh_common.security.caller import Caller, CallerKind

ALGORITHM = "Ed25519"  # RFC 9864: the fully specified name; "EdDSA" is deprecated
AUDIENCE = "panjareh"
PEOPLE_ISSUER = "identity"
_LEEWAY_SECONDS = 5
_ASSERTION_SECONDS = 30
_MOST_KNOWN = 4096  # about 2 MB; whoever is pushed out is checked again


class ServiceIdentity:
    """A service's own signing key. `key` is its private Ed25519 JWK with a `kid`."""

    def __init__(self, service: str, key: Mapping[str, Any]) -> None:
        self.service = service
        self._key = jwk.OKPKey.import_key(dict(key))
        self._kid = str(key["kid"])

    def sign(self, claims: Mapping[str, Any], typ: str) -> str:
        """A compact JWS over claims, as they are."""
        header = {"alg": ALGORITHM, "kid": self._kid, "typ": typ}
        text = json.dumps(dict(claims), ensure_ascii=False, separators=(",", ":"))
        return jws.serialize_compact(header, text, self._key, algorithms=[ALGORITHM])

    def assertion(
        self, *, subject: UUID | None = None, purpose: str, request_id: UUID | None = None
    ) -> str:
        """A token for calls this service makes itself: who it acts about, what for, for which request."""
        now = int(time.time())
        claims: dict[str, Any] = {
            "iss": self.service,
            "aud": AUDIENCE,
            "iat": now,
            "exp": now + _ASSERTION_SECONDS,
            "purpose": purpose,
        }
        if subject is not None:
            claims["sub"] = str(subject)
        if request_id is not None:
            claims["request_id"] = str(request_id)
        return self.sign(claims, "JWT")


class TokenVerifier:
    """Checks tokens against the services' public keys.

    A key signs only for the service its `kid` begins with, so no service can speak as another.
    Tokens of sessions that have ended are refused. `clock` gives POSIX seconds.

    A token comes with every call of its session, and its signature costs more to check than all else
    in a small call, so who was found in a good one is remembered until it expires: under the token's
    hash, which opens nothing. Expiry and ended sessions are looked at every time.
    """

    def __init__(self, jwks: Mapping[str, Any], clock: Callable[[], float] = time.time) -> None:
        self._keys = {key["kid"]: jwk.OKPKey.import_key(dict(key)) for key in jwks["keys"]}
        self._clock = clock
        self._ended: dict[str, float] = {}
        self._known: dict[bytes, tuple[int, Caller]] = {}
        self._lock = threading.Lock()

    def end_session(self, session: str, expires_at: float) -> None:
        """Refuses the session's tokens from now on; forgotten once they have expired anyway."""
        now = self._clock()
        with self._lock:
            self._ended = {key: until for key, until in self._ended.items() if until > now}
            self._ended[session] = expires_at

    def claims(self, token: str, typ: str = "JWT") -> tuple[str, dict[str, Any]]:
        """Issuing service and claims of a well-signed token. Raises NotSignedIn for any other."""
        try:
            header = jws.extract_compact(token.encode()).headers()
            if header.get("alg") != ALGORITHM or header.get("typ") != typ:
                raise NotSignedIn()
            kid = str(header.get("kid"))
            key = self._keys.get(kid)
            if key is None:
                raise NotSignedIn()
            signed = jws.deserialize_compact(token, key, algorithms=[ALGORITHM])
            claims = json.loads(signed.payload)
        except (JoseError, ValueError) as cause:
            raise NotSignedIn() from cause
        if not isinstance(claims, dict):
            raise NotSignedIn()
        return kid.rpartition("-")[0], claims

    def caller(self, token: str | None) -> Caller:
        """The caller that a token names. Raises NotSignedIn: missing, forged, expired, ended or not for us."""
        if not token:
            raise NotSignedIn()
        digest = sha256(token.encode("utf-8", "surrogatepass")).digest()
        known = self._known.get(digest)
        expires_at, caller = known or self._read(token)
        now = self._clock()
        if now >= expires_at + _LEEWAY_SECONDS or caller.session in self._ended:
            raise NotSignedIn()
        if known is None:
            self._remember(digest, expires_at, caller, now)
        return caller

    def _read(self, token: str) -> tuple[int, Caller]:
        """When a well-made token expires, and the caller it names. Raises NotSignedIn."""
        issuer, claims = self.claims(token)
        expires_at = claims.get("exp")
        if not isinstance(expires_at, int):
            raise NotSignedIn()
        if claims.get("iss") != issuer or claims.get("aud") != AUDIENCE:
            raise NotSignedIn()
        try:
            caller = _person(claims) if "acr" in claims else _service(issuer, claims)
        except (KeyError, ValueError, TypeError, AttributeError, OverflowError) as cause:
            raise NotSignedIn() from cause
        return expires_at, caller

    def _remember(self, digest: bytes, expires_at: int, caller: Caller, now: float) -> None:
        with self._lock:
            if len(self._known) >= _MOST_KNOWN:
                fresh = [item for item in self._known.items() if item[1][0] > now]
                self._known = dict(fresh[-_MOST_KNOWN // 2 :])
            self._known[digest] = expires_at, caller


def _person(claims: dict[str, Any]) -> Caller:
    session = claims["sid"]
    if claims["iss"] != PEOPLE_ISSUER or not isinstance(session, str):
        raise NotSignedIn()
    roles = tuple(claims.get("roles", ()))
    return Caller(
        kind=CallerKind.OFFICER if roles else CallerKind.PERSON,
        subject=UUID(claims["sub"]),
        assurance=AssuranceLevel.from_acr(claims["acr"]),
        auth_time=datetime.fromtimestamp(claims["auth_time"], UTC),
        session=session,
        authority=claims.get("authority"),
        roles=roles,
    )


def _service(issuer: str, claims: dict[str, Any]) -> Caller:
    return Caller(
        kind=CallerKind.SERVICE,
        subject=UUID(claims["sub"]) if "sub" in claims else None,
        assurance=AssuranceLevel.SELF_ASSERTED,
        service=issuer,
        purpose=str(claims["purpose"]),
        request_id=UUID(claims["request_id"]) if "request_id" in claims else None,
    )
