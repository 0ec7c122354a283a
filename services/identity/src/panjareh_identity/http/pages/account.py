"""A person's own page at the provider: who is signed in here, how surely, and the way out."""

from __future__ import annotations

from typing import Any

from authlib.oauth2 import OAuth2Error
from authlib.oauth2.rfc6749 import InvalidRequestError
from authlib.oidc.rpinitiated import EndSessionEndpoint
from joserfc import jwk
from starlette.responses import Response
from starlette.routing import Route

from panjareh_identity.application.browsers import SignedIn
from panjareh_identity.domain.client import IdTokenAlg
from panjareh_identity.http.asked import Asked
from panjareh_identity.http.pages.step_up import LEVELS
from panjareh_identity.http.parts import Parts
from panjareh_identity.http.provider.authorizing import asked_wrongly
from panjareh_identity.http.provider.messages import ClientRequest, away
from panjareh_identity.http.site import Site


class EndSession(EndSessionEndpoint):
    """RP-initiated logout: whose id token it is decides whether the person has to be asked."""

    def __init__(self, parts: Parts) -> None:
        super().__init__()
        self._parts = parts

    def get_server_jwks(self) -> jwk.KeySet:
        keys: Any = self._parts.signing_keys.jwks()
        return jwk.KeySet.import_key_set(keys)

    def get_algorithms(self) -> list[str]:
        return [str(alg) for alg in IdTokenAlg]

    def resolve_client_from_id_token_claims(self, id_token_claims: dict[str, object]) -> object:
        if id_token_claims.get("iss") != self._parts.issuer:
            raise InvalidRequestError("The id token is not ours.")
        return super().resolve_client_from_id_token_claims(id_token_claims)


def routes(site: Site, parts: Parts) -> list[Route]:
    parts.server.register_endpoint(EndSession(parts))

    def account(asked: Asked) -> Response:
        signed_in = site.session(asked)
        return site.show(
            asked,
            "account.html",
            name=signed_in.name,
            level=LEVELS[signed_in.level],
            highest=signed_in.level == 4,
        )

    def ask_sign_out(asked: Asked) -> Response:
        signed_in = site.maybe_session(asked)
        if signed_in is None:
            return site.show(asked, "signed_out.html")
        return site.show(asked, "sign_out.html", name=signed_in.name)

    def sign_out(asked: Asked) -> Response:
        signed_in = site.maybe_session(asked)
        if signed_in is not None:
            end(asked, signed_in)
        return site.forget(site.show(asked, "signed_out.html"))

    def end(asked: Asked, signed_in: SignedIn) -> None:
        cause = site.cause(asked, str(signed_in.person_id))
        sid, person_id = signed_in.session.sid, signed_in.person_id
        parts.log.run(cause, lambda unit: parts.sessions.end(unit, sid, person_id))

    def end_session(asked: Asked) -> Response:
        """From a client. Without proof that it was told of this person, the person is asked."""
        values = asked.form if asked.http.method == "POST" else asked.query
        request = ClientRequest("GET", f"{parts.issuer}/end-session", values, {})
        try:
            request.payload.check()
            wanted = parts.server.validate_endpoint_request("end_session", request)
        except OAuth2Error as error:
            return site.refused(asked, asked_wrongly(error))
        signed_in = site.maybe_session(asked)
        if signed_in is not None:
            claims = wanted.id_token_claims or {}
            if claims.get("sub") != str(signed_in.person_id):
                return site.go(asked, "/sign-out")
            end(asked, signed_in)
        if wanted.redirect_uri:
            return site.forget(away(wanted.redirect_uri))
        return site.forget(site.show(asked, "signed_out.html"))

    return [
        site.page("/", get=account),
        site.page("/sign-out", get=ask_sign_out, post=sign_out),
        site.endpoint("/end-session", get=end_session, post=end_session),
    ]
