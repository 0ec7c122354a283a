"""Tokens for clients: access tokens of a grant, of a client itself, and id tokens (OpenID Connect Core, section 2)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

from panjareh_common.clock import Clock
from panjareh_common.event_store import Cause, EventLog, UnitOfWork
from panjareh_common.refusals import NotSignedIn
from panjareh_common.security.tokens import AUDIENCE
from panjareh_identity.application.browsers import Browsers, SignedIn
from panjareh_identity.application.client_grants import Grant
from panjareh_identity.application.clients import ClientRow
from panjareh_identity.application.ports import Looks
from panjareh_identity.application.tokens import ClientGrant, make_client_token, make_token
from panjareh_identity.domain.assurance import Authenticator
from panjareh_identity.domain.person import Person

ID_TOKEN_LIFETIME = timedelta(minutes=10)

SignAccess = Callable[[Mapping[str, Any]], str]
SignAny = Callable[[Mapping[str, Any], str, str], str]
"""Signs claims as a token of a type with an algorithm."""


class ClientTokens:
    def __init__(
        self,
        log: EventLog,
        *,
        issuer: str,
        sign_access: SignAccess,
        sign: SignAny,
        browsers: Browsers,
        looks: Looks,
        clock: Clock,
    ) -> None:
        self._log = log
        self._issuer = issuer
        self._sign_access = sign_access
        self._sign = sign
        self._browsers = browsers
        self._looks = looks
        self._clock = clock

    def of_grant(
        self, grant: Grant, client: ClientRow, scopes: tuple[str, ...]
    ) -> dict[str, Any] | None:
        """`{access_token, token_type, expires_in, scope}`; None when the session has ended.

        A client without the scope `services` gets a token that is for us alone: no service takes it.
        """
        signed_in = self._session(grant, client)
        if signed_in is None:
            return None
        audience = AUDIENCE if "services" in scopes else self._issuer
        session = signed_in.session
        if not client.details.first_party:
            session = replace(session, sid=grant.grant_sid)
        made = make_token(
            lambda claims: self._sign_access({**claims, "aud": audience}),
            session,
            signed_in.proofing,
            signed_in.office if "office" in scopes else None,
            self._clock(),
            client=ClientGrant(client.client_id, scopes),
        )
        kept = ("access_token", "token_type", "expires_in")
        return {name: made[name] for name in kept} | {"scope": " ".join(scopes)}

    def of_client(self, client: ClientRow, scopes: tuple[str, ...]) -> dict[str, Any]:
        """A token by which an agency's system acts as itself."""
        made = make_client_token(
            self._sign_access,
            client_id=client.client_id,
            sid=client.sid,
            authority=str(client.details.authority),
            scopes=scopes,
            now=self._clock(),
        )
        return made | {"scope": " ".join(scopes)}

    def id_token(self, grant: Grant, client: ClientRow, at_hash: str) -> str:
        """Who has signed in, how and when, for the client alone. Raises NotSignedIn."""
        signed_in = self._browsers.look(grant.session_sid, grant.person_id)
        session, now = signed_in.session, self._clock()
        first_party = client.details.first_party
        claims: dict[str, Any] = {
            "iss": self._issuer,
            "sub": str(grant.person_id),
            "aud": client.client_id,
            "iat": int(now.timestamp()),
            "exp": int((now + ID_TOKEN_LIFETIME).timestamp()),
            "auth_time": int(session.auth_time.timestamp()),
            "acr": signed_in.level.acr,
            "amr": list(session.amr),
            "sid": session.sid if first_party else grant.grant_sid,
            "at_hash": at_hash,
        }
        if grant.nonce is not None:
            claims["nonce"] = grant.nonce
        claims |= _office(signed_in, grant.scopes)
        return self._sign(claims, "JWT", str(client.details.id_token_alg))

    def user_info(
        self, signed_in: SignedIn, client: ClientRow, scopes: tuple[str, ...], cause: Cause
    ) -> dict[str, Any]:
        """What the scopes let a client know (OpenID Connect Core, 5.4); on record before it is told."""

        def work(unit: UnitOfWork) -> dict[str, Any]:
            person = unit.load(Person, signed_in.person_id)
            told = _personal(person, scopes)
            if told and not client.details.first_party:
                self._looks.record(
                    unit,
                    person.id,
                    reader=client.client_id,
                    role="client",
                    purpose=" ".join(sorted(scopes)),
                    about=person.id,
                )
            return told

        told = self._log.run(cause, work)
        return {"sub": str(signed_in.person_id)} | told | _office(signed_in, scopes)

    def _session(self, grant: Grant, client: ClientRow) -> SignedIn | None:
        try:
            return self._browsers.of_client(grant.session_sid, grant.person_id, client)
        except NotSignedIn:
            return None


def _office(signed_in: SignedIn, scopes: tuple[str, ...]) -> dict[str, Any]:
    """As in access tokens: only who signed in with two factors is an officer."""
    strong = signed_in.session.authenticator >= Authenticator.PASSWORD_AND_CODE
    if "office" not in scopes or signed_in.office is None or not strong:
        return {}
    return {"authority": signed_in.office.authority, "roles": list(signed_in.office.roles)}


def _personal(person: Person, scopes: tuple[str, ...]) -> dict[str, Any]:
    told: dict[str, Any] = {}
    if "profile" in scopes:
        told |= {
            "name": f"{person.given_name} {person.family_name}",
            "given_name": person.given_name,
            "family_name": person.family_name,
            "birthdate": str(person.birth_date),
            "locale": person.language,
        }
    if "phone" in scopes:
        told |= {
            "phone_number": person.mobile,
            "phone_number_verified": person.mobile_confirmed,
        }
    if "national_id" in scopes:
        told["national_id"] = person.national_id
    return {name: value for name, value in told.items() if value is not None}
