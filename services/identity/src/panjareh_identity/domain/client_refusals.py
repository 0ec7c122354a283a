"""How the registration of clients says no."""

from __future__ import annotations

from panjareh_common.refusals import Kind, Refusal


class RedirectUriUnfit(Refusal):
    code = "redirect_uri_unfit"
    kind = Kind.INVALID
    message = (
        "The address {uri} does not fit. An address to return to is whole and fixed: https, without "
        "a fragment or a pattern."
    )


class RedirectUriMissing(Refusal):
    code = "redirect_uri_missing"
    kind = Kind.INVALID
    message = "A client that signs people in needs an address to which they return."


class ScopeUnknown(Refusal):
    code = "scope_unknown"
    kind = Kind.INVALID
    message = "There is no scope {scope} for a client that signs people in."


class ScopeForFirstParties(Refusal):
    code = "scope_for_first_parties"
    kind = Kind.INVALID
    message = "Only windows of the platform and of authorities may have the scope {scope}."


class KeysUnfit(Refusal):
    code = "keys_unfit"
    kind = Kind.INVALID
    message = (
        "A client that proves itself by private_key_jwt needs a set of public keys (JWK), "
        "and nothing private in it."
    )


class NoSecretHere(Refusal):
    code = "no_secret_here"
    message = "This client proves itself with its own key; there is no secret to change."


class ClientSuspended(Refusal):
    code = "client_suspended"
    message = "This client is suspended. Take that back first."


class AuthorityMissing(Refusal):
    code = "client_authority_missing"
    kind = Kind.INVALID
    message = "A system that acts as itself acts for an authority. Name the authority."
