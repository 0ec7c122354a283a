"""What the claims of a well-signed token say about who asks; whatever is missing or odd fails closed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from panjareh_common.assurance import AssuranceLevel
from panjareh_common.refusals import NotSignedIn
from panjareh_common.security.caller import Caller, CallerKind
from panjareh_common.security.keys import PEOPLE_ISSUER

AUDIENCE = "panjareh"
_OF_A_PERSON = {"acr", "auth_time", "act"}
_OF_A_MANDATE = {"act", "mandate", "mandate_scope", "sub_kind"}
_KINDS = ("person", "organisation")
_OF_AN_OFFICE = {"authority", "roles", "assisting"}


def service_of(issuer: str, claims: Mapping[str, Any]) -> Caller:
    """Who asks by a service's assertion. Raises NotSignedIn."""
    _check(issuer, claims)
    return _read(_service, claims)


def bearer_of(issuer: str, claims: Mapping[str, Any]) -> Caller:
    """Who asks by an access token (RFC 9068): a person, an officer, a representative, an agency's system.

    Raises NotSignedIn; so a person's token without `acr` or `auth_time` is none.
    """
    _check(issuer, claims)
    if issuer != PEOPLE_ISSUER:
        raise NotSignedIn()
    of_agency = claims.get("client_id") == claims.get("sub") and not _OF_A_PERSON & claims.keys()
    return _read(_agency if of_agency else _person, claims)


def _check(issuer: str, claims: Mapping[str, Any]) -> None:
    if claims.get("iss") != issuer or claims.get("aud") != AUDIENCE:
        raise NotSignedIn()


def _read(read: Any, claims: Mapping[str, Any]) -> Caller:
    try:
        caller: Caller = read(claims)
    except (KeyError, ValueError, TypeError, AttributeError, OverflowError, OSError) as cause:
        raise NotSignedIn() from cause
    return caller


def _person(claims: Mapping[str, Any]) -> Caller:
    roles = _texts(claims.get("roles", []))
    told: dict[str, Any] = {
        "kind": CallerKind.OFFICER if roles else CallerKind.PERSON,
        "subject": UUID(claims["sub"]),
        "assurance": AssuranceLevel.from_acr(claims["acr"]),
        "auth_time": datetime.fromtimestamp(claims["auth_time"], UTC),
        "session": _text(claims["sid"]),
        "amr": _texts(claims.get("amr", [])),
    }
    if roles:
        told |= {"roles": roles, "authority": _text(claims["authority"])}
        if "assisting" in claims:
            told["assisting"] = UUID(claims["assisting"])
    elif _OF_AN_OFFICE & claims.keys() - {"roles"}:
        raise ValueError("an office without a role")
    if _OF_A_MANDATE & claims.keys():
        told |= _acting(claims, told)
    if "client_id" in claims:
        told |= {"client": _text(claims["client_id"]), "scopes": _scopes(claims["scope"])}
    return Caller(**told)


def _acting(claims: Mapping[str, Any], told: Mapping[str, Any]) -> dict[str, Any]:
    """RFC 8693, section 4.1. Nobody acts for another as an officer, nor by way of a third."""
    act, scope = claims["act"], _texts(claims["mandate_scope"])
    actor = UUID(act["sub"])
    if told["kind"] is not CallerKind.PERSON or set(act) != {"sub"} or actor == told["subject"]:
        raise ValueError("nobody may act like this")
    if not scope:
        raise ValueError("a mandate for nothing")
    kind = claims.get("sub_kind", "person")  # tokens of an earlier release do not say it
    if kind not in _KINDS:
        raise ValueError("neither a person nor an organisation")
    return {
        "kind": CallerKind.REPRESENTATIVE,
        "actor": actor,
        "mandate": UUID(claims["mandate"]),
        "mandate_scope": scope,
        "subject_kind": kind,
    }


def _agency(claims: Mapping[str, Any]) -> Caller:
    return Caller(
        kind=CallerKind.AGENCY,
        subject=None,
        assurance=AssuranceLevel.SELF_ASSERTED,
        session=_text(claims["sid"]),
        client=_text(claims["client_id"]),
        authority=_text(claims["authority"]),
        scopes=_scopes(claims["scope"]),
    )


def _service(claims: Mapping[str, Any]) -> Caller:
    return Caller(
        kind=CallerKind.SERVICE,
        subject=UUID(claims["sub"]) if "sub" in claims else None,
        assurance=AssuranceLevel.SELF_ASSERTED,
        service=claims["iss"],
        purpose=str(claims["purpose"]),
        request_id=UUID(claims["request_id"]) if "request_id" in claims else None,
    )


def _text(value: Any) -> str:
    if not isinstance(value, str) or not value:
        raise ValueError("not a text")
    return value


def _texts(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise TypeError("not a list")
    return tuple(_text(each) for each in value)


def _scopes(value: Any) -> tuple[str, ...]:
    """RFC 6749, section 3.3: names with spaces between them."""
    return tuple(value.split()) if isinstance(value, str) else _texts(value)
