"""Tokens: JWTs made by identity for people and agencies' systems, and by each service for itself."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Mapping
from hashlib import sha256
from typing import Any
from uuid import UUID

from joserfc import jws
from joserfc.errors import JoseError

from panjareh_common.refusals import NotSignedIn
from panjareh_common.security.caller import Caller
from panjareh_common.security.claims import AUDIENCE, bearer_of, service_of
from panjareh_common.security.keys import (
    ED25519,
    KEY_STATEMENT,
    PEOPLE_ISSUER,
    KeyUnfit,
    PublishedKey,
    VerifyingKey,
    key_of_service,
    read_key,
)

__all__ = [
    "ACCESS_TOKEN",
    "ALGORITHM",
    "ASSERTION",
    "AUDIENCE",
    "PEOPLE_ISSUER",
    "ServiceIdentity",
    "Signer",
    "TokenVerifier",
]

ALGORITHM = ED25519  # of the services' own keys
ACCESS_TOKEN = "at+jwt"  # noqa: S105  # RFC 9068; so an id token or a receipt is never taken for one
ASSERTION = "JWT"
_LEEWAY_SECONDS = 5
_ASSERTION_SECONDS = 30
_MOST_KNOWN = 4096  # about 2 MB; whoever is pushed out is checked again
_FEW_ENDED = 1024


class Signer:
    """A private key, as a JWK with a `kid`. Raises KeyUnfit for one that nothing is signed with here."""

    def __init__(self, key: Mapping[str, Any]) -> None:
        self.kid = str(key["kid"])
        self.algorithm, self._key = read_key(key)

    def sign(self, claims: Mapping[str, Any], typ: str, **header_also: str) -> str:
        """A compact JWS over claims, as they are. `header_also` is said beside, or instead of, what its header says."""
        header = {"alg": self.algorithm, "kid": self.kid, "typ": typ} | header_also
        text = json.dumps(dict(claims), ensure_ascii=False, separators=(",", ":"))
        return jws.serialize_compact(header, text, self._key, algorithms=[self.algorithm])

    @property
    def public_key(self) -> dict[str, Any]:
        """Its public half as a JWK, for a JWK set."""
        told = dict(self._key.as_dict(private=False))
        return told | {"kid": self.kid, "alg": self.algorithm, "use": "sig"}


class ServiceIdentity(Signer):
    """A service's own signing key, an Ed25519 one. Raises KeyUnfit for another."""

    def __init__(self, service: str, key: Mapping[str, Any]) -> None:
        super().__init__(key)
        if self.algorithm != ALGORITHM:
            raise KeyUnfit("services sign with Ed25519")
        self.service = service

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
        return self.sign(claims, ASSERTION)


class TokenVerifier:
    """Checks tokens against the services' public keys, and those that identity has published.

    A key signs only for the service its `kid` begins with, so no service can speak as another; and a
    published one signs nothing but access tokens, within its time. Tokens of sessions that have ended
    are refused. `clock` gives POSIX seconds.

    A token comes with every call of its session, and its signature costs more to check than all else
    in a small call, so who was found in a good one is remembered until it expires: under the token's
    hash, which opens nothing. Expiry and ended sessions are looked at every time. What that costs does
    not depend on how many sessions have ended or how many keys there are.
    """

    def __init__(self, jwks: Mapping[str, Any], clock: Callable[[], float] = time.time) -> None:
        self._keys = {str(key["kid"]): key_of_service(key) for key in jwks["keys"]}
        self._clock = clock
        self._ended: dict[str, float] = {}
        self._many_ended = _FEW_ENDED
        self._known: dict[bytes, tuple[float, Caller]] = {}
        self._withdrawn = 0  # how often: who was read before must not be remembered after it
        self._lock = threading.Lock()

    # What changes while the process runs

    def end_session(self, session: str, expires_at: float) -> None:
        """Refuses the session's tokens from now on; forgotten once they have expired anyway."""
        with self._lock:
            self._ended[session] = max(expires_at, self._ended.get(session, expires_at))
            if len(self._ended) > self._many_ended:
                now = self._clock()
                left = {key: until for key, until in self._ended.items() if until > now}
                self._ended = left
                self._many_ended = max(_FEW_ENDED, 2 * len(left))  # so that each pays for few

    def read_statement(self, statement: str) -> PublishedKey:
        """The key that identity says it signs with.

        Raises NotSignedIn where it is not identity's own key that says so, and KeyUnfit.
        """
        issuer, claims = self.claims(statement, KEY_STATEMENT)
        if issuer != PEOPLE_ISSUER or claims.get("iss") != PEOPLE_ISSUER:
            raise NotSignedIn()
        return PublishedKey.from_claims(claims)

    def trust(self, published: PublishedKey) -> None:
        """Believes a published key within its time, which a later statement can only shorten. Raises KeyUnfit."""
        key = published.verifying()
        with self._lock:
            known = self._keys.get(key.kid)
            if known is not None and (known.of_service or known.expires_at <= key.expires_at):
                return
            if (
                known is not None
            ):  # withdrawn before its time: nobody is believed any more for its sake
                self._withdrawn += 1
                self._known = {}
            self._keys[key.kid] = key  # for good: a withdrawn one must not come back as new

    # Checking

    def claims(self, token: str, typ: str = ASSERTION) -> tuple[str, dict[str, Any]]:
        """Issuing service and claims of a well-signed token. Raises NotSignedIn for any other."""
        key, _, claims = self._open(token, typ)
        return key.issuer, claims

    def caller(self, token: str | None) -> Caller:
        """The caller that a token names. Raises NotSignedIn: missing, forged, expired, ended or not for us."""
        if not token:
            raise NotSignedIn()
        digest = sha256(token.encode("utf-8", "surrogatepass")).digest()
        known, withdrawn = self._known.get(digest), self._withdrawn
        until, caller = known or self._read(token)
        now = self._clock()
        if now >= until or caller.session in self._ended:
            raise NotSignedIn()
        if known is None:
            self._remember(digest, until, caller, now, withdrawn)
        return caller

    def _open(self, token: str, *types: str) -> tuple[VerifyingKey, str, dict[str, Any]]:
        """Key, type and claims of a token of one of these types. Raises NotSignedIn."""
        try:
            signed = jws.extract_compact(token.encode())
            header = signed.headers()
            key, typ = self._keys.get(str(header.get("kid"))), header.get("typ")
            if key is None or typ not in types:
                raise NotSignedIn()
            if typ != ACCESS_TOKEN and not key.of_service:
                raise NotSignedIn()
            if not key.good_at(self._clock(), _LEEWAY_SECONDS):
                raise NotSignedIn()
            # The algorithm is the key's; what the token says of it only has to agree.
            if not jws.validate_compact(signed, key.key, algorithms=[key.algorithm]):
                raise NotSignedIn()
            claims = json.loads(signed.payload)
        except (JoseError, KeyError, ValueError, TypeError, RecursionError) as cause:
            raise NotSignedIn() from cause
        if not isinstance(claims, dict):
            raise NotSignedIn()
        return key, typ, claims

    def _read(self, token: str) -> tuple[float, Caller]:
        """Until when a well-made token is believed, and the caller it names. Raises NotSignedIn."""
        key, typ, claims = self._open(token, ACCESS_TOKEN, ASSERTION)
        expires_at = claims.get("exp")
        if type(expires_at) is not int:
            raise NotSignedIn()
        caller = (bearer_of if typ == ACCESS_TOKEN else service_of)(key.issuer, claims)
        return min(expires_at + _LEEWAY_SECONDS, key.expires_at), caller

    def _remember(
        self, digest: bytes, until: float, caller: Caller, now: float, withdrawn: int
    ) -> None:
        with self._lock:
            if withdrawn != self._withdrawn:
                return
            if len(self._known) >= _MOST_KNOWN:
                fresh = [item for item in self._known.items() if item[1][0] > now]
                self._known = dict(fresh[-_MOST_KNOWN // 2 :])
            self._known[digest] = until, caller
