"""Clients as they prove themselves, ask about tokens, push, revoke and sign people out."""

from __future__ import annotations

import base64
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest
from authlib.oauth2.rfc8414 import AuthorizationServerMetadata
from authlib.oidc.discovery import OpenIDProviderMetadata
from joserfc import jwk

from panjareh_common.refusals import NotSignedIn
from panjareh_common.security import CallerKind
from panjareh_identity.domain.client import AuthMethod, GrantType, IdTokenAlg
from tests.integration.identity.providing import (
    ISSUER,
    OPERATOR,
    Client,
    Ground,
    assertion,
    claims_of,
    query_of,
    signed_in_browser,
)

ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


def code_for(ground: Ground, client: Client, **more: str) -> str:
    browser = signed_in_browser(ground, ground.human())
    answer = browser.open(client.url(**more))
    if answer.status_code == 200:
        answer = browser.submit("/consent")
    return query_of(answer)["code"]


def tokens_for(ground: Ground, client: Client, **more: str) -> dict[str, Any]:
    answer = client.redeem(code_for(ground, client, **more))
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


# Proving which client it is


def keyed(ground: Ground, key: Any, **changes: Any) -> Client:
    public = {"keys": [key.as_dict(private=False) | {"kid": key.kid}]}
    return ground.client(auth_method=AuthMethod.PRIVATE_KEY_JWT, jwks=public, **changes)


def proved(client: Client, signed: str, **more: str) -> httpx.Response:
    asked = {
        "grant_type": "client_credentials",
        "client_assertion_type": ASSERTION,
        "client_assertion": signed,
    }
    return client.ground.browser().post(f"{ISSUER}/token", asked | more)


@pytest.fixture(scope="module")
def key() -> jwk.ECKey:
    return jwk.ECKey.generate_key("P-256", {"kid": "its-1", "use": "sig"})


@pytest.fixture
def system(ground: Ground, key: jwk.ECKey) -> Client:
    return keyed(
        ground,
        key,
        grant_types=(GrantType.CLIENT_CREDENTIALS,),
        redirect_uris=(),
        scopes=("cases.read",),
        authority="welfare",
    )


def test_an_agencys_system_acts_as_itself(ground: Ground, system: Client, key: jwk.ECKey) -> None:
    answer = proved(system, assertion(key, system.id, "ES256"), scope="cases.read")

    assert answer.status_code == 200, answer.text
    assert "refresh_token" not in answer.json()
    assert "id_token" not in answer.json()
    caller = ground.wiring.foundation.verifier.caller(answer.json()["access_token"])
    assert caller.kind is CallerKind.AGENCY
    assert (caller.client, caller.authority, caller.scopes) == (
        system.id,
        "welfare",
        ("cases.read",),
    )


@pytest.mark.parametrize(
    "changes",
    [
        {"aud": "https://evil.test/id"},
        {"aud": None},
        {"iss": "somebody-else"},
        {"sub": "somebody-else"},
        {"exp": 1},
        {"exp": None},
        {"exp": int(time.time()) + 10 * 3600},
        {"jti": None},
        {"jti": 7},
        {"nbf": int(time.time()) + 3600},
    ],
)
def test_an_assertion_that_is_not_as_it_has_to_be_proves_nothing(
    system: Client, key: jwk.ECKey, changes: dict[str, Any]
) -> None:
    answer = proved(system, assertion(key, system.id, "ES256", **changes))

    assert answer.json()["error"] == "invalid_client"
    assert answer.status_code in (400, 401)


def test_an_assertion_proves_something_once(system: Client, key: jwk.ECKey) -> None:
    signed = assertion(key, system.id, "ES256")

    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda _: proved(system, signed), range(6)))

    assert sorted(answer.status_code for answer in answers) == [200] + [400] * 5


def test_an_assertion_by_another_key_or_none_proves_nothing(
    ground: Ground, system: Client, key: jwk.ECKey
) -> None:
    other = jwk.ECKey.generate_key("P-256", {"kid": "its-1"})
    unsigned = ".".join([
        base64.urlsafe_b64encode(b'{"alg":"none"}').decode().rstrip("="),
        assertion(key, system.id, "ES256").split(".")[1],
        "",
    ])  # fmt: skip
    public = key.as_dict(private=False)
    confused = jwk.OctKey.import_key(str(public).encode(), {"kid": "its-1"})

    assert proved(system, assertion(other, system.id, "ES256")).status_code == 400
    assert proved(system, unsigned).status_code == 400
    assert proved(system, assertion(confused, system.id, "HS256")).status_code == 400
    assert proved(system, "no.jwt.at-all").status_code == 400


def test_a_secret_does_not_stand_in_for_a_key_nor_a_key_for_a_secret(
    ground: Ground, system: Client, key: jwk.ECKey
) -> None:
    system.secret = "guessed"
    assert system.send("/token", {"grant_type": "client_credentials"}).status_code == 401

    secretive = ground.client()
    assert proved(secretive, assertion(key, secretive.id, "ES256")).status_code == 400


@pytest.mark.parametrize("method", [AuthMethod.SECRET_BASIC, AuthMethod.SECRET_POST])
def test_a_client_proves_itself_by_its_secret_in_its_own_way(
    ground: Ground, method: AuthMethod
) -> None:
    client = ground.client(auth_method=method)
    other = ({AuthMethod.SECRET_BASIC, AuthMethod.SECRET_POST} - {method}).pop()

    def ask(way: AuthMethod, secret: str | None) -> int:
        asked = {"grant_type": "refresh_token", "refresh_token": "x"}
        if way is AuthMethod.SECRET_BASIC:
            client.secret, kept = secret, client.secret
            status = client.send("/token", asked).json()["error"]
            client.secret = kept
            return status
        posted = asked | {"client_id": client.id, "client_secret": str(secret)}
        return ground.browser().post(f"{ISSUER}/token", posted).json()["error"]

    assert ask(method, client.secret) == "invalid_grant"  # known, and the token is not
    assert ask(method, "wrong") == "invalid_client"
    assert ask(other, client.secret) == "invalid_client"
    assert ground.browser().post(
        f"{ISSUER}/token", {"grant_type": "client_credentials", "client_id": client.id}
    ).json()["error"] == "invalid_client"  # fmt: skip


def test_a_new_secret_takes_the_place_of_the_old_and_ends_the_clients_own_tokens(
    ground: Ground,
) -> None:
    from uuid import UUID

    client = ground.client(
        grant_types=(GrantType.CLIENT_CREDENTIALS,),
        redirect_uris=(),
        scopes=("cases.read",),
        authority="welfare",
    )
    asked = {"grant_type": "client_credentials"}
    token = client.send("/token", asked).json()["access_token"]
    assert client.introspect(token)["active"] is True

    rotated = ground.wiring.clients.clients.rotate_secret(
        UUID(client.id), "It stood in a mail.", cause=OPERATOR
    )

    assert client.send("/token", asked).status_code == 401
    client.secret = rotated.client_secret
    assert client.introspect(token) == {"active": False}
    told = ground.wiring.foundation.log.after(0, ["Session.Ended"], 1000)
    assert claims_of(token)["sid"] in [event.event.session for event in told]


def test_the_window_is_a_client_by_the_key_it_signs_with_anyway(ground: Ground) -> None:
    import json

    private = json.loads(ground.secrets["PANJAREH_GATEWAY_SIGNING_KEY"])
    gateway = jwk.OKPKey.import_key(private)
    browser = signed_in_browser(ground, ground.human())
    window = Client(ground, "gateway", None, ground.client().details)
    asked = window.parameters(
        redirect_uri="https://window.test/sign-in/callback", scope="openid services"
    )

    pushed = browser.post(
        f"{ISSUER}/par",
        asked
        | {
            "client_assertion_type": ASSERTION,
            "client_assertion": assertion(gateway, "gateway", "Ed25519"),
        },
    )
    assert pushed.status_code == 201, pushed.text
    query = urlencode({"client_id": "gateway", "request_uri": pushed.json()["request_uri"]})
    told = query_of(browser.open(f"{ISSUER}/authorize?{query}"))
    tokens = browser.post(
        f"{ISSUER}/token",
        {
            "grant_type": "authorization_code",
            "code": told["code"],
            "redirect_uri": "https://window.test/sign-in/callback",
            "code_verifier": window.verifier,
            "client_assertion_type": ASSERTION,
            "client_assertion": assertion(gateway, "gateway", "Ed25519"),
        },
    ).json()

    caller = ground.wiring.foundation.verifier.caller(tokens["access_token"])
    assert caller.client == "gateway"
    # The session's own: it ends with it, and may be raised by the doors of services.
    assert caller.session == claims_of(tokens["id_token"])["sid"]


def test_a_first_partys_stolen_refresh_token_ends_the_session(ground: Ground) -> None:
    client = ground.client(scopes=("openid", "services"), first_party=True)
    tokens = tokens_for(ground, client)
    client.refresh(tokens["refresh_token"])

    client.refresh(tokens["refresh_token"])

    told = ground.wiring.foundation.log.after(0, ["Session.Ended"], 1000)
    assert claims_of(tokens["access_token"])["sid"] in [event.event.session for event in told]


@pytest.mark.parametrize("alg", list(IdTokenAlg))
def test_an_id_token_is_signed_as_the_client_wants_it(ground: Ground, alg: IdTokenAlg) -> None:
    from joserfc import jwt

    tokens = tokens_for(ground, ground.client(id_token_alg=alg))

    decoded = jwt.decode(tokens["id_token"], ground.keys(), algorithms=[str(alg)])
    assert decoded.header["alg"] == alg
    assert decoded.claims["at_hash"]
    with pytest.raises(NotSignedIn):
        ground.wiring.foundation.verifier.caller(tokens["id_token"])


# Pushed requests (RFC 9126)


def push(client: Client, **more: str) -> httpx.Response:
    return client.send("/par", client.parameters(**more))


def test_what_was_pushed_is_what_counts_and_once(ground: Ground) -> None:
    client = ground.client(first_party=True)
    browser = signed_in_browser(ground, ground.human())
    answer = push(client)
    assert answer.status_code == 201, answer.text
    assert answer.json()["expires_in"] == 90
    asked = {"client_id": client.id, "request_uri": answer.json()["request_uri"]}
    # Whatever else stands in the address is not looked at.
    more = asked | {"redirect_uri": "https://evil.test/", "state": "another", "scope": "services"}

    first = browser.open(f"{ISSUER}/authorize?{urlencode(more)}")
    second = browser.open(f"{ISSUER}/authorize?{urlencode(asked)}")

    assert query_of(first)["state"] == "a state"
    assert second.status_code == 400


def test_a_pushed_request_is_its_clients_alone(ground: Ground) -> None:
    client, other = ground.client(), ground.client()
    uri = push(client).json()["request_uri"]

    asked = urlencode({"client_id": other.id, "request_uri": uri})

    assert ground.browser().open(f"{ISSUER}/authorize?{asked}").status_code == 400


def test_a_push_is_checked_at_once_and_answered_to_the_client(ground: Ground) -> None:
    client = ground.client()

    assert push(client, redirect_uri="https://evil.test/").json()["error"] == "invalid_request"
    assert push(client, code_challenge="").json()["error"] == "invalid_request"
    assert push(client, request_uri="urn:x").json()["error"] == "invalid_request"
    assert push(client, client_id=ground.client().id).status_code == 400
    client.secret = "wrong"
    wrong = push(client)
    assert (wrong.status_code, wrong.json()["error"]) == (401, "invalid_client")


# Asking about tokens, and ending them


def test_a_client_is_told_of_its_own_tokens_only(ground: Ground) -> None:
    client, other = ground.client(), ground.client()
    tokens = tokens_for(ground, client)

    told = client.introspect(tokens["access_token"])
    assert (told["active"], told["client_id"]) == (True, client.id)
    assert told["acr"] == "urn:panjareh:loa:1"
    assert client.introspect(tokens["refresh_token"])["active"] is True

    for token in (tokens["access_token"], tokens["refresh_token"]):
        assert other.introspect(token) == {"active": False}
    for token in ("", "x", tokens["id_token"], tokens["access_token"][:-4] + "AAAA"):
        assert client.introspect(token) == {"active": False}
    assert client.refresh(tokens["refresh_token"]).status_code == 200  # looking used nothing up


@pytest.mark.parametrize("which", ["access_token", "refresh_token"])
@pytest.mark.parametrize("hint", ["access_token", "refresh_token", None])
def test_revoking_a_token_ends_the_grant(ground: Ground, which: str, hint: str | None) -> None:
    client = ground.client()
    tokens = tokens_for(ground, client)

    asked = {"token": tokens[which]} | ({"token_type_hint": hint} if hint else {})
    assert client.send("/revoke", asked).status_code == 200

    assert client.introspect(tokens["access_token"]) == {"active": False}
    assert client.refresh(tokens["refresh_token"]).json()["error"] == "invalid_grant"
    assert client.send("/revoke", asked).status_code == 200  # twice is once


def test_nobody_revokes_anothers_token(ground: Ground) -> None:
    client, other = ground.client(), ground.client()
    tokens = tokens_for(ground, client)

    other.send("/revoke", {"token": tokens["refresh_token"]})

    assert client.introspect(tokens["refresh_token"])["active"] is True


def test_userinfo_takes_only_a_token_for_people_who_sign_in(ground: Ground, key: Any) -> None:
    browser = ground.browser()
    own = ground.client(
        grant_types=(GrantType.CLIENT_CREDENTIALS,),
        redirect_uris=(),
        scopes=("x",),
        authority="welfare",
    )
    token = own.send("/token", {"grant_type": "client_credentials"}).json()["access_token"]

    def ask(bearer: str) -> httpx.Response:
        return browser.get(f"{ISSUER}/userinfo", headers={"Authorization": f"Bearer {bearer}"})

    assert ask(token).status_code == 403
    assert ask("forged").status_code == 401
    assert browser.get(f"{ISSUER}/userinfo").status_code == 401
    assert browser.get(f"{ISSUER}/userinfo?access_token={token}").status_code == 401


# Signing out from a client (RP-initiated logout)


def logout(**asked: str) -> str:
    return f"{ISSUER}/end-session?{urlencode(asked)}"


def test_a_client_signs_its_person_out_and_gets_them_back(ground: Ground) -> None:
    client, human = ground.client(first_party=True), ground.human()
    browser = signed_in_browser(ground, human)
    tokens = client.redeem(query_of(browser.open(client.url()))["code"]).json()

    answer = browser.open(
        logout(
            id_token_hint=tokens["id_token"],
            post_logout_redirect_uri="https://shop.test/",
            state="back",
        )
    )

    assert answer.headers["location"] == "https://shop.test/?state=back"
    assert "Password" in browser.open(f"{ISSUER}/").text
    assert client.introspect(tokens["refresh_token"]) == {"active": False}


def test_nobody_is_signed_out_by_a_mere_link(ground: Ground) -> None:
    """Without an id token of this very person they are asked, and nobody is sent anywhere."""
    client = ground.client(first_party=True)
    others = client.redeem(code_for(ground, client)).json()["id_token"]
    human = ground.human()
    browser = signed_in_browser(ground, human)

    for asked in (
        {},
        {"client_id": client.id, "post_logout_redirect_uri": "https://shop.test/"},
        {"id_token_hint": others, "post_logout_redirect_uri": "https://shop.test/"},
    ):
        page = browser.open(logout(**asked))
        assert page.status_code == 200
        assert "Sign out everywhere?" in page.text
    assert "You are signed in" in browser.open(f"{ISSUER}/").text


def test_after_signing_out_nobody_is_sent_to_an_address_that_is_not_registered(
    ground: Ground,
) -> None:
    client, human = ground.client(first_party=True), ground.human()
    browser = signed_in_browser(ground, human)
    id_token = client.redeem(query_of(browser.open(client.url()))["code"]).json()["id_token"]

    answer = browser.open(
        logout(id_token_hint=id_token, post_logout_redirect_uri="https://evil.test/")
    )

    assert answer.status_code == 200
    assert "You are signed out" in answer.text


def test_a_forged_id_token_signs_nobody_out(ground: Ground) -> None:
    browser = signed_in_browser(ground, ground.human())

    assert browser.open(logout(id_token_hint="a.b.c")).status_code == 400
    assert "You are signed in" in browser.open(f"{ISSUER}/").text


# What the provider says of itself


def test_the_description_is_whole_and_stands_where_clients_look(ground: Ground) -> None:
    browser = ground.browser()
    places = (
        "https://window.test/id/.well-known/openid-configuration",
        "https://window.test/id/.well-known/oauth-authorization-server",
        "https://window.test/.well-known/oauth-authorization-server/id",
    )

    told = [browser.get(place).json() for place in places]

    assert told[0] == told[1] == told[2]
    AuthorizationServerMetadata(told[0]).validate()
    # It has RS256 in its list, which nobody here signs with.
    metadata = OpenIDProviderMetadata(told[0])
    for name in metadata.REGISTRY_KEYS:
        if name != "id_token_signing_alg_values_supported":
            getattr(metadata, f"validate_{name}", lambda: None)()
    for name, url in told[0].items():
        if name.endswith("_endpoint") or name == "jwks_uri":
            assert url.startswith(f"{ISSUER}/"), name
            path = url.removeprefix("https://window.test")
            assert browser.get(path).status_code != 404, name


def test_the_keys_are_public_and_of_both_kinds(ground: Ground) -> None:
    tokens_for(ground, ground.client())
    answer = ground.browser().get(f"{ISSUER}/jwks.json")

    keys = answer.json()["keys"]
    assert {key["alg"] for key in keys} == {"ES256", "Ed25519"}
    assert not any(part in key for key in keys for part in ("d", "p", "q", "k"))
    assert len({key["kid"] for key in keys}) == len(keys)


def test_what_runs_out_is_swept(ground: Ground) -> None:
    client = ground.client()
    push(client)
    with ground.wiring.foundation.database.connection() as connection:
        connection.execute("UPDATE authorization_request SET expires_at = now() - interval '1 s'")
        connection.execute("UPDATE client_grant SET expires_at = now() - interval '13 hours'")

    [sweep] = [each for each in ground.wiring.rounds if each.name == "clients"]
    sweep.work(ground.wiring.foundation.log.clock())

    with ground.wiring.foundation.database.connection() as connection:
        for table in ("authorization_request", "client_grant", "refresh_token"):
            assert connection.execute(f"SELECT 1 FROM {table}").fetchone() is None
