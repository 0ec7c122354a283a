"""Makes access tokens: what a session says about its person, signed, for some minutes (I1, I2; RFC 9068)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from panjareh_common.security.tokens import AUDIENCE, PEOPLE_ISSUER
from panjareh_identity.application.ports import Office
from panjareh_identity.domain.assurance import Authenticator, Proofing, assurance_level
from panjareh_identity.domain.mandate_values import Acting
from panjareh_identity.domain.session import TOKEN_LIFETIME, Session

Sign = Callable[[Mapping[str, Any]], str]
"""Signs claims; gives a compact JWS of type `at+jwt`."""


@dataclass(frozen=True)
class ClientGrant:
    """Through which client of the OpenID provider a person signed in, and what that may do."""

    client_id: str
    scopes: Sequence[str]


@dataclass(frozen=True)
class Assisting:
    """Whom an officer helps at a counter, and the record of their agreement."""

    person_id: UUID
    assistance: UUID


def make_token(
    sign: Sign,
    session: Session,
    proofing: Proofing,
    office: Office | None,
    now: datetime,
    *,
    acting: Acting | None = None,
    client: ClientGrant | None = None,
    assisting: Assisting | None = None,
) -> dict[str, Any]:
    """`{access_token, token_type, expires_in, loa}`.

    An office is claimed only by who signed in with two factors: a password that was guessed or
    read over a shoulder must not open an authority's files. Whoever acts for another does it as a
    person: the token's subject is the represented one, and level and time are the acting person's.
    """
    expires = session.token_until(now)
    loa = assurance_level(proofing, session.authenticator)
    claims: dict[str, Any] = _common(str(session.person_id), session.sid, now) | {
        "auth_time": int(session.auth_time.timestamp()),
        "acr": loa.acr,
        "amr": list(session.amr),
    }
    if acting is not None:
        expires = min(expires, acting.until or expires)
        claims |= {
            "sub": str(acting.represented),
            "sid": acting.sid,
            "act": {"sub": str(session.person_id)},
            "mandate": str(acting.mandate),
            "mandate_scope": list(acting.scope),
            "sub_kind": acting.represented_kind,
        }
    elif _in_office(office, session):
        assert office is not None
        claims |= {"authority": office.authority, "roles": list(office.roles)}
        if assisting is not None:
            claims |= {
                "assisting": str(assisting.person_id),
                "assistance": str(assisting.assistance),
            }
    if client is not None:
        claims |= {"client_id": client.client_id, "scope": " ".join(client.scopes)}
    return _signed(sign, claims, expires) | {"loa": int(loa)}


def make_client_token(
    sign: Sign, *, client_id: str, sid: str, authority: str, scopes: Sequence[str], now: datetime
) -> dict[str, Any]:
    """`{access_token, token_type, expires_in}` for an agency's own system (RFC 6749, section 4.4).

    It names no person and no level, so no door for people opens to it.
    """
    claims = _common(client_id, sid, now) | {
        "client_id": client_id,
        "authority": authority,
        "scope": " ".join(scopes),
    }
    return _signed(sign, claims, now + TOKEN_LIFETIME)


def _in_office(office: Office | None, session: Session) -> bool:
    two_factors = session.authenticator >= Authenticator.PASSWORD_AND_CODE
    return office is not None and bool(office.roles) and two_factors


def _common(subject: str, sid: str, now: datetime) -> dict[str, Any]:
    return {
        "iss": PEOPLE_ISSUER,
        "aud": AUDIENCE,
        "sub": subject,
        "sid": sid,
        "iat": int(now.timestamp()),
    }


def _signed(sign: Sign, claims: dict[str, Any], expires: datetime) -> dict[str, Any]:
    whole = claims | {"exp": int(expires.timestamp())}
    return {
        "access_token": sign(whole),
        "token_type": "Bearer",
        "expires_in": whole["exp"] - whole["iat"],
    }
