"""Public keys that tokens are checked with: each bound to one signer, one algorithm and a span of time.

The services' own keys come from the environment and are there from the start. The keys that identity
signs people's tokens with change on a schedule; each comes in a *statement*, a compact JWS of type
`key+jwt` that is signed with identity's own key, so whoever can write to the broker cannot bring in
one of theirs (decision 0021).
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from joserfc import jwk
from joserfc.errors import JoseError

ED25519 = "Ed25519"  # RFC 9864: the fully specified name; "EdDSA" is deprecated
ES256 = "ES256"
KEY_STATEMENT = "key+jwt"
PEOPLE_ISSUER = "identity"

_PUBLISHED_KID = re.compile(rf"{PEOPLE_ISSUER}-[0-9a-f]{{8}}\Z")
_PUBLIC = {
    ED25519: ("kty", "crv", "x"),
    ES256: ("kty", "crv", "x", "y"),
}
# RFC 8037 and RFC 7518: what each algorithm's keys say of themselves.
_ALGORITHMS = {("OKP", "Ed25519"): ED25519, ("EC", "P-256"): ES256}


class KeyUnfit(ValueError):
    """A key, or what is said of it, that tokens cannot be checked with."""


@dataclass(frozen=True)
class VerifyingKey:
    """A public key, and what it may sign: for whom, with what, and when (POSIX seconds)."""

    kid: str
    issuer: str
    algorithm: str
    key: Any  # joserfc's OKPKey or ECKey
    not_before: float = 0
    expires_at: float = math.inf
    of_service: bool = True

    def good_at(self, now: float, leeway: float) -> bool:
        return self.not_before - leeway <= now < self.expires_at


@dataclass(frozen=True)
class PublishedKey:
    """A key of identity's schedule as its statement tells it. `jwk` is public; times are POSIX seconds."""

    kid: str
    jwk: Mapping[str, str]
    not_before: int
    expires_at: int

    @classmethod
    def from_claims(cls, claims: Mapping[str, Any]) -> PublishedKey:
        """Raises KeyUnfit. Whatever is private in a key, or not known here, is left out."""
        try:
            kid, told = claims["kid"], claims["jwk"]
            if not _PUBLISHED_KID.match(kid):
                raise KeyUnfit("no name of a published key")
            public = {name: told[name] for name in _PUBLIC[_algorithm_of(told)]}
            times = claims["not_before"], claims["expires_at"]
        except (KeyError, TypeError, AttributeError) as cause:
            raise KeyUnfit("no statement about a key") from cause
        if not all(type(time) is int for time in times):
            raise KeyUnfit("no times")
        return cls(kid, public, *times)

    def to_claims(self) -> dict[str, Any]:
        return {
            "kid": self.kid,
            "jwk": dict(self.jwk),
            "not_before": self.not_before,
            "expires_at": self.expires_at,
        }

    def verifying(self) -> VerifyingKey:
        """Raises KeyUnfit."""
        algorithm, key = read_key(self.jwk)
        return VerifyingKey(
            kid=self.kid,
            issuer=PEOPLE_ISSUER,
            algorithm=algorithm,
            key=key,
            not_before=self.not_before,
            expires_at=self.expires_at,
            of_service=False,
        )


def key_of_service(told: Mapping[str, Any]) -> VerifyingKey:
    """A service's own key. Its `kid` begins with the service's name: it signs for that one alone.

    Raises KeyUnfit for anything but an Ed25519 key with a `kid`.
    """
    kid = str(told.get("kid", ""))
    algorithm, key = read_key(told)
    issuer = kid.rpartition("-")[0]
    if not issuer or algorithm != ED25519:
        raise KeyUnfit(f"no key of a service: {kid}")
    return VerifyingKey(kid, issuer, algorithm, key)


def read_key(told: Mapping[str, Any]) -> tuple[str, Any]:
    """A JWK's algorithm and the key itself. The algorithm follows from the key, never from a token."""
    algorithm = _algorithm_of(told)
    kind = jwk.OKPKey if algorithm == ED25519 else jwk.ECKey
    try:
        key = kind.import_key(dict(told))
        _ = key.public_key  # made when first asked for; a point that is on no curve is told here
    except (JoseError, ValueError, TypeError, KeyError) as cause:
        raise KeyUnfit("no key") from cause
    return algorithm, key


def _algorithm_of(told: Mapping[str, Any]) -> str:
    try:
        return _ALGORITHMS[told["kty"], told["crv"]]
    except (KeyError, TypeError) as cause:
        raise KeyUnfit("a key of a kind that is not used here") from cause
