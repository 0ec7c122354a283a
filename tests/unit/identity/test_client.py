"""Clients of the provider: what they may be registered with, and what may happen to them."""

from dataclasses import replace
from datetime import UTC, datetime
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from panjareh_common.testing.aggregates import then
from panjareh_identity.domain.client import (
    ACCOUNT,
    AuthMethod,
    Client,
    ClientDetails,
    GrantType,
    fits_redirect,
)
from panjareh_identity.domain.client_refusals import (
    AuthorityMissing,
    ClientSuspended,
    KeysUnfit,
    NoSecretHere,
    RedirectUriMissing,
    RedirectUriUnfit,
    ScopeForFirstParties,
    ScopeUnknown,
)

NOW = datetime(2026, 3, 21, 8, 0, tzinfo=UTC)
KEY = {
    "kty": "OKP",
    "crv": "Ed25519",
    "kid": "its-1",
    "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
}
SHOP = ClientDetails(
    name={"fa": "فروشگاه", "en": "A shop"},
    authority=None,
    redirect_uris=("https://shop.example/callback",),
    post_logout_redirect_uris=(),
    scopes=("openid", "profile"),
    grant_types=(GrantType.CODE, GrantType.REFRESH),
    auth_method=AuthMethod.SECRET_BASIC,
)
SYSTEM = ClientDetails(
    name={"fa": "سامانه", "en": "A system"},
    authority="welfare",
    redirect_uris=(),
    post_logout_redirect_uris=(),
    scopes=("cases.read",),
    grant_types=(GrantType.CLIENT_CREDENTIALS,),
    auth_method=AuthMethod.PRIVATE_KEY_JWT,
    jwks={"keys": [KEY]},
)


def registered(details=SHOP):
    client = Client.register(client_id=uuid4(), details=details, because="Asked for.", at=NOW)
    client.collect_events()
    return client


@pytest.mark.parametrize("details", [SHOP, SYSTEM])
def test_a_client_is_registered_with_what_was_asked_for_it(details):
    client = Client.register(client_id=uuid4(), details=details, because="Asked for.", at=NOW)

    [(kind, fields)] = then(client)
    assert kind is Client.Registered
    assert fields["redirect_uris"] == list(details.redirect_uris)
    assert fields["because"] == "Asked for."
    assert "secret" not in str(sorted(fields)).replace("client_secret_basic", "")


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"redirect_uris": ("https://shop.example/*",)}, RedirectUriUnfit),
        ({"redirect_uris": ("http://shop.example/",)}, RedirectUriUnfit),
        ({"post_logout_redirect_uris": ("//shop.example/",)}, RedirectUriUnfit),
        ({"redirect_uris": ()}, RedirectUriMissing),
        ({"scopes": ("openid", "everything")}, ScopeUnknown),
        ({"scopes": ("openid", ACCOUNT)}, ScopeForFirstParties),
        ({"auth_method": AuthMethod.PRIVATE_KEY_JWT}, KeysUnfit),
        ({"auth_method": AuthMethod.PRIVATE_KEY_JWT, "jwks": {"keys": []}}, KeysUnfit),
        (
            {"auth_method": AuthMethod.PRIVATE_KEY_JWT, "jwks": {"keys": [KEY | {"d": "x"}]}},
            KeysUnfit,
        ),
        (
            {"auth_method": AuthMethod.PRIVATE_KEY_JWT, "jwks": {"keys": [{"kty": "oct"}]}},
            KeysUnfit,
        ),
        ({"grant_types": (GrantType.CLIENT_CREDENTIALS,)}, AuthorityMissing),
    ],
)
def test_what_would_be_dangerous_is_not_registered(changes, refusal):
    with pytest.raises(refusal):
        registered(replace(SHOP, **changes))


def test_only_a_first_party_comes_near_accounts():
    registered(replace(SHOP, scopes=("openid", ACCOUNT), first_party=True))


@pytest.mark.parametrize(
    "uri",
    [
        "https://shop.example",
        "https://shop.example/callback?tenant=1",
        "https://shop.example:8443/a/b",
        "http://127.0.0.1:8080/cb",
        "http://localhost/cb",
        "http://[::1]:9/cb",
    ],
)
def test_a_whole_fixed_address_fits(uri):
    assert fits_redirect(uri)


@pytest.mark.parametrize(
    "uri",
    [
        "",
        "/callback",
        "//shop.example/",
        "https://",
        "https:shop.example",
        "https://shop.example/#token",
        "https://*.shop.example/",
        "https://shop.example\\@evil.example/",
        "https://shop.example@evil.example/",
        "https://shop.example/ evil",
        "https://shop.example/\nLocation: https://evil.example",
        "https://فروشگاه.example/",
        "http://shop.example/",
        "http://127.0.0.1.evil.example/",
        "javascript:alert(1)",
        "data:text/html,x",
        "https://shop.example;evil.example/",
        "https://shop.example:99999/",
    ],
)
def test_an_address_that_could_be_taken_for_another_does_not(uri):
    assert not fits_redirect(uri)


@given(st.text(max_size=60))
def test_no_text_is_a_fault_of_ours(text):
    assert fits_redirect(text) in (True, False)
    assert fits_redirect(f"https://{text}") in (True, False)


def test_a_new_secret_is_told_by_an_event_without_it():
    client = registered()

    client.rotate_secret("It stood in a mail.", NOW)

    assert then(client) == [
        (Client.SecretRotated, {"authority": None, "because": "It stood in a mail."})
    ]


def test_a_client_with_a_key_has_no_secret_to_change():
    with pytest.raises(NoSecretHere):
        registered(SYSTEM).rotate_secret("Why not.", NOW)


def test_a_suspended_client_is_suspended_once_gets_no_secret_and_may_come_back():
    client = registered()

    assert client.suspend("Broken into.", NOW) is True
    assert client.suspend("Again.", NOW) is False
    with pytest.raises(ClientSuspended):
        client.rotate_secret("Now.", NOW)
    assert client.resume("Mended.", NOW) is True
    assert client.resume("Again.", NOW) is False

    assert [kind for kind, _ in then(client)] == [Client.Suspended, Client.Resumed]
