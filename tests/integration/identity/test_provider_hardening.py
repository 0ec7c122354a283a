"""The provider under nonsense, and what it writes down meanwhile."""

from __future__ import annotations

import logging
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.integration.identity.providing import (
    ISSUER,
    Client,
    Ground,
    query_of,
    signed_in_browser,
)

NAMES = [
    "client_id",
    "response_type",
    "redirect_uri",
    "scope",
    "state",
    "nonce",
    "code_challenge",
    "code_challenge_method",
    "acr_values",
    "claims",
    "max_age",
    "prompt",
    "ui_locales",
    "request_uri",
    "request",
    "response_mode",
    "grant_type",
    "code",
    "code_verifier",
    "refresh_token",
    "client_secret",
    "client_assertion",
    "client_assertion_type",
    "token",
    "token_type_hint",
    "id_token_hint",
    "post_logout_redirect_uri",
    "lang",
]
VALUES = st.one_of(
    st.text(max_size=30),
    st.sampled_from(
        [
            "code",
            "S256",
            "openid",
            "authorization_code",
            "refresh_token",
            "client_credentials",
            "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
            "e30.e30.e30",
            "eyJhbGciOiJub25lIn0.e30.",
            "gateway",
            "https://shop.test/callback",
            "{}",
            "none",
        ]
    ),
)
PARAMETERS = st.lists(st.tuples(st.sampled_from(NAMES), VALUES), max_size=10)
ENDPOINTS = ["/authorize", "/par", "/token", "/revoke", "/introspect", "/end-session", "/userinfo"]
HEADERS = st.one_of(
    st.just({}),
    st.binary(max_size=30).map(lambda raw: {"authorization": b"Basic " + raw.hex().encode()}),
    st.text("abcABC012+/=", max_size=20).map(lambda text: {"authorization": f"Basic {text}"}),
    st.text("abcABC012.-_", max_size=40).map(lambda text: {"authorization": f"Bearer {text}"}),
)


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    path=st.sampled_from(ENDPOINTS),
    parameters=PARAMETERS,
    proper=st.booleans(),
    headers=HEADERS,
    method=st.sampled_from(["GET", "POST"]),
)
def test_nothing_that_is_sent_is_a_fault_of_ours_or_leads_away(
    shop: Client,
    *,
    path: str,
    parameters: list[tuple[str, str]],
    proper: bool,
    headers: dict[str, Any],
    method: str,
) -> None:
    known = shop.parameters() if proper else {}
    sent = urlencode([*known.items(), *parameters], errors="surrogatepass").encode()
    browser = shop.ground.browser()

    if method == "GET":
        answer = browser.get(f"{ISSUER}{path}?{sent.decode()}", headers=headers)
    else:
        form = {"content-type": "application/x-www-form-urlencoded"}
        answer = browser.request("POST", f"{ISSUER}{path}", content=sent, headers=headers | form)

    assert answer.status_code < 500, answer.text
    location = answer.headers.get("location", "")
    assert not location or location.startswith(("/id/", "https://shop.test/callback?"))
    if answer.status_code == 200 and path in ("/token", "/par", "/userinfo"):
        raise AssertionError("somebody who proved nothing was served")


@pytest.fixture(scope="module")
def shop(ground: Ground) -> Client:
    return ground.client(first_party=True)


def test_no_secret_is_written_down_even_for_developers(
    ground: Ground, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    client, human = ground.client(first_party=True), ground.human()
    with caplog.at_level(logging.DEBUG):
        browser = signed_in_browser(ground, human)
        code = query_of(browser.open(client.url()))["code"]
        tokens = client.redeem(code).json()
        client.redeem(code)
        client.refresh(tokens["refresh_token"])
        client.introspect(tokens["access_token"])
        client.send("/revoke", {"token": tokens["access_token"]})

    written = caplog.text + "".join(capsys.readouterr())
    secrets = {
        "code": code,
        "refresh token": tokens["refresh_token"],
        "access token": tokens["access_token"],
        "id token": tokens["id_token"],
        "client secret": str(client.secret),
        "verifier": client.verifier,
        "national id": human.national_id,
    }
    assert [name for name, secret in secrets.items() if secret in written] == []
    assert "grant_reused" in written  # something was written


def test_what_is_stored_opens_nothing(ground: Ground) -> None:
    """Codes, tokens, secrets and questions are hashed or sealed; a dump of the tables is worth nothing."""
    client, human = ground.client(first_party=True), ground.human()
    browser = signed_in_browser(ground, human)
    browser.get(client.url(state="a state of its own", nonce="a nonce of its own"))
    tokens = client.redeem(query_of(browser.open(client.url()))["code"]).json()

    with ground.wiring.foundation.database.connection() as connection:
        dump = ""
        for table in ("client", "client_grant", "refresh_token", "authorization_request"):
            rows = connection.execute(f"SELECT t::text AS row FROM {table} t").fetchall()
            dump += "".join(row["row"] for row in rows)

    assert client.id in dump
    for secret in (str(client.secret), tokens["refresh_token"], "a state of its own"):
        assert secret not in dump
        assert secret.encode().hex() not in dump
