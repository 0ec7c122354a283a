"""What the provider says about itself (OpenID Connect Discovery 1.0, RFC 8414)."""

from __future__ import annotations

from typing import Any

from panjareh_common.assurance import AssuranceLevel
from panjareh_common.texts import LANGUAGES
from panjareh_identity.domain.client import PERSON_SCOPES, GrantType, IdTokenAlg
from panjareh_identity.http.provider.server import ASSERTION_ALGS, AUTH_METHODS


def metadata(issuer: str) -> dict[str, Any]:
    at_endpoints = {
        f"{endpoint}_endpoint_auth_methods_supported": AUTH_METHODS
        for endpoint in ("token", "revocation", "introspection")
    } | {
        f"{endpoint}_endpoint_auth_signing_alg_values_supported": ASSERTION_ALGS
        for endpoint in ("token", "revocation", "introspection")
    }
    return {
        "issuer": issuer,
        "authorization_endpoint": f"{issuer}/authorize",
        "pushed_authorization_request_endpoint": f"{issuer}/par",
        "token_endpoint": f"{issuer}/token",
        "userinfo_endpoint": f"{issuer}/userinfo",
        "revocation_endpoint": f"{issuer}/revoke",
        "introspection_endpoint": f"{issuer}/introspect",
        "end_session_endpoint": f"{issuer}/end-session",
        "jwks_uri": f"{issuer}/jwks.json",
        "scopes_supported": list(PERSON_SCOPES),
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": [str(kind) for kind in GrantType],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": [str(alg) for alg in IdTokenAlg],
        "code_challenge_methods_supported": ["S256"],
        "acr_values_supported": [level.acr for level in AssuranceLevel],
        "claims_supported": [
            "sub",
            "iss",
            "aud",
            "exp",
            "iat",
            "auth_time",
            "acr",
            "amr",
            "nonce",
            "sid",
            "name",
            "given_name",
            "family_name",
            "birthdate",
            "locale",
            "phone_number",
            "phone_number_verified",
            "national_id",
            "authority",
            "roles",
        ],
        "claims_parameter_supported": True,
        "request_parameter_supported": False,
        "request_uri_parameter_supported": False,
        "require_pushed_authorization_requests": False,
        "authorization_response_iss_parameter_supported": True,
        "prompt_values_supported": ["none", "login", "consent", "select_account"],
        "ui_locales_supported": list(LANGUAGES),
        "claims_locales_supported": ["fa"],
        **at_endpoints,
    }
