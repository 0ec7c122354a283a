"""Makes access tokens: what a session says about its person, signed, for fifteen minutes (I1, I2)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from panjareh_common.security.tokens import AUDIENCE, PEOPLE_ISSUER
from panjareh_identity.application.ports import Office
from panjareh_identity.domain.assurance import Authenticator, Proofing, assurance_level
from panjareh_identity.domain.session import TOKEN_LIFETIME, Session

Sign = Callable[[dict[str, Any]], str]
"""Signs claims; gives a compact JWS of type JWT."""


def make_token(
    sign: Sign, session: Session, proofing: Proofing, office: Office | None, now: datetime
) -> dict[str, Any]:
    """`{access_token, token_type, expires_in, loa}`.

    An office is claimed only by who signed in with two factors: a password that was guessed or
    read over a shoulder must not open an authority's files.
    """
    issued, expires = int(now.timestamp()), min(now + TOKEN_LIFETIME, session.expires_at)
    loa = assurance_level(proofing, session.authenticator)
    claims: dict[str, Any] = {
        "iss": PEOPLE_ISSUER,
        "aud": AUDIENCE,
        "sub": str(session.person_id),
        "sid": session.sid,
        "iat": issued,
        "exp": int(expires.timestamp()),
        "auth_time": int(session.auth_time.timestamp()),
        "acr": loa.acr,
        "amr": list(session.amr),
    }
    if office is not None and session.authenticator >= Authenticator.PASSWORD_AND_CODE:
        claims |= {"authority": office.authority, "roles": list(office.roles)}
    return {
        "access_token": sign(claims),
        "token_type": "Bearer",
        "expires_in": claims["exp"] - issued,
        "loa": int(loa),
    }
