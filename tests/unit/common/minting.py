"""Keys and tokens as the platform has them, for the tests that look for one that should not be believed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

from joserfc import jwk

from panjareh_common.security import ServiceIdentity, TokenVerifier
from panjareh_common.security.keys import ED25519, ES256, KEY_STATEMENT, PublishedKey
from panjareh_common.security.tokens import ACCESS_TOKEN, ASSERTION, Signer

NOW = 1_774_000_000
BEGINS, ENDS = NOW - 86_400, NOW + 86_400
PERSON_ID = UUID("00000000-0000-4000-8000-0000000000aa")
CHILD_ID = UUID("00000000-0000-4000-8000-0000000000bb")
MANDATE = UUID("00000000-0000-4000-8000-0000000000cc")
REQUEST = UUID("00000000-0000-4000-8000-0000000000dd")
AGENCY = "00000000-0000-4000-8000-0000000000ee"

SERVICES = {
    name: ServiceIdentity(
        name, jwk.OKPKey.generate_key("Ed25519").as_dict(private=True) | {"kid": f"{name}-1"}
    )
    for name in ("identity", "requests", "gateway")
}


def new_signer(kid: str, algorithm: str = ED25519) -> Signer:
    key: Any = (
        jwk.OKPKey.generate_key("Ed25519")
        if algorithm == ED25519
        else jwk.ECKey.generate_key("P-256")
    )
    return Signer(key.as_dict(private=True) | {"kid": kid})


ED, EC = new_signer("identity-00000ed1"), new_signer("identity-000000ec", ES256)
SIGN_FOR_PEOPLE = (SERVICES["identity"], ED, EC)

PERSON = {
    "iss": "identity",
    "aud": "panjareh",
    "sub": str(PERSON_ID),
    "sid": "a-session",
    "iat": NOW - 60,
    "exp": NOW + 840,
    "acr": "urn:panjareh:loa:2",
    "auth_time": NOW - 120,
    "amr": ["pwd", "otp", "mfa"],
}
OFFICER = PERSON | {"authority": "police", "roles": ["officer"]}
CLERK = OFFICER | {"assisting": str(CHILD_ID), "assistance": str(MANDATE)}
REPRESENTATIVE = PERSON | {
    "sub": str(CHILD_ID),
    "act": {"sub": str(PERSON_ID)},
    "mandate": str(MANDATE),
    "mandate_scope": ["INET-001", "DRV-002"],
}
THROUGH_A_CLIENT = PERSON | {"client_id": "a-client", "scope": "openid requests"}
SYSTEM = {
    "iss": "identity",
    "aud": "panjareh",
    "sub": AGENCY,
    "client_id": AGENCY,
    "sid": "of-the-client",
    "iat": NOW - 60,
    "exp": NOW + 840,
    "authority": "welfare",
    "scope": "answer publish",
}
BEARERS = (PERSON, OFFICER, CLERK, REPRESENTATIVE, THROUGH_A_CLIENT, SYSTEM)
SERVICE = {
    "iss": "requests",
    "aud": "panjareh",
    "iat": NOW,
    "exp": NOW + 30,
    "purpose": "a test",
    "sub": str(PERSON_ID),
    "request_id": str(REQUEST),
}


def statement(signer: Signer, by: Signer = SERVICES["identity"], **changes: Any) -> str:
    """What identity says of a key that it signs with."""
    public = {name: str(value) for name, value in signer.public_key.items()}
    told = PublishedKey(signer.kid, public, BEGINS, ENDS).to_claims()
    return by.sign({"iss": "identity"} | told | changes, KEY_STATEMENT)


def a_verifier(clock: Callable[[], float] = lambda: NOW) -> TokenVerifier:
    """One that knows the services' keys, and both that identity has published."""
    verifier = TokenVerifier({"keys": [each.public_key for each in SERVICES.values()]}, clock)
    for signer in (ED, EC):
        verifier.trust(verifier.read_statement(statement(signer)))
    return verifier


def access_token(claims: Mapping[str, Any] = PERSON, signer: Signer = ED) -> str:
    return signer.sign(claims, ACCESS_TOKEN)


def assertion(claims: Mapping[str, Any] = SERVICE, signer: Signer = SERVICES["requests"]) -> str:
    return signer.sign(claims, ASSERTION)
