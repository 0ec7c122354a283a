"""From a client's question to its tokens, over the pages (OpenID Connect Core 1.0)."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from joserfc import jwt

from panjareh_common.refusals import NotSignedIn
from panjareh_identity.domain.client import GrantType
from tests.integration.identity.providing import (
    CALLBACK,
    ISSUER,
    Browser,
    Client,
    Ground,
    claims_of,
    query_of,
    signed_in_browser,
)


def a_code(browser: Browser, client: Client, **more: str) -> str:
    """For somebody who is signed in and has agreed, or is asked to."""
    answer = browser.open(client.url(**more))
    if answer.status_code == 200:
        answer = browser.submit("/consent")
    return query_of(answer)["code"]


def test_a_person_signs_in_for_a_client_which_gets_its_tokens(ground: Ground) -> None:
    human, client, browser = ground.human(), ground.client(), ground.browser()

    browser.open(client.url())
    assert "A shop" in browser.page.text
    consent = browser.sign_in(human)
    assert "your national id" in consent.text
    answer = browser.submit("/consent")

    told = query_of(answer)
    assert answer.headers["location"].startswith(f"{CALLBACK}?")
    assert (told["state"], told["iss"]) == ("a state", ISSUER)
    tokens = client.redeem(told["code"])
    assert tokens.status_code == 200, tokens.text
    assert tokens.headers["cache-control"] == "no-store"
    body = tokens.json()
    id_token = jwt.decode(body["id_token"], ground.keys(), algorithms=["ES256"]).claims
    assert id_token["iss"] == ISSUER
    assert id_token["aud"] == client.id
    assert id_token["sub"] == str(human.id)
    assert id_token["nonce"] == "a nonce"
    assert id_token["acr"] == "urn:panjareh:loa:1"
    assert id_token["amr"] == ["pwd"]
    assert abs(id_token["auth_time"] - time.time()) < 60
    person = browser.get(
        f"{ISSUER}/userinfo", headers={"Authorization": f"Bearer {body['access_token']}"}
    ).json()
    assert person["sub"] == str(human.id)
    assert person["name"] == "لیلا کریمی"
    assert person["national_id"] == human.national_id
    assert "phone_number" not in person


def test_a_look_of_a_third_party_at_a_person_is_on_record(ground: Ground) -> None:
    client, human = ground.client(), ground.human()
    browser = signed_in_browser(ground, human)
    token = client.redeem(a_code(browser, client)).json()["access_token"]

    browser.get(f"{ISSUER}/userinfo", headers={"Authorization": f"Bearer {token}"})

    with ground.wiring.foundation.database.connection() as connection:
        query = "SELECT reader, role FROM person_data_read WHERE person_id = %s"
        [row] = connection.execute(query, (human.id,)).fetchall()
    assert (row["reader"], row["role"]) == (client.id, "client")


def test_a_token_of_a_third_party_opens_no_service(ground: Ground) -> None:
    client = ground.client()
    browser = signed_in_browser(ground, ground.human())
    token = client.redeem(a_code(browser, client)).json()["access_token"]

    with pytest.raises(NotSignedIn):
        ground.wiring.foundation.verifier.caller(token)
    assert claims_of(token)["aud"] == ISSUER


def test_a_token_with_the_scope_services_is_taken_by_services(ground: Ground) -> None:
    client, human = ground.client(scopes=("openid", "services")), ground.human()
    browser = signed_in_browser(ground, human)
    token = client.redeem(a_code(browser, client)).json()["access_token"]

    caller = ground.wiring.foundation.verifier.caller(token)

    assert (caller.person, caller.client) == (human.id, client.id)
    assert caller.session != claims_of(token)["sub"]


def test_who_has_agreed_is_not_asked_again_unless_the_client_wants_it(ground: Ground) -> None:
    client, browser = ground.client(), signed_in_browser(ground, ground.human())
    a_code(browser, client)

    again = browser.open(client.url())
    assert "code" in query_of(again)

    assert browser.open(client.url(prompt="consent")).status_code == 200
    assert "code" in query_of(browser.submit("/consent"))


def test_who_signed_in_at_one_authoritys_window_is_signed_in_at_all(ground: Ground) -> None:
    browser, human = ground.browser(), ground.human()
    windows = [
        ground.client(authority=authority, scopes=("openid", "services"), first_party=True)
        for authority in ("welfare", "police")
    ]
    browser.open(windows[0].url())
    first = query_of(browser.sign_in(human))

    second = query_of(browser.open(windows[1].url()))

    told = [
        claims_of(window.redeem(answer["code"]).json()["id_token"])
        for window, answer in zip(windows, (first, second), strict=True)
    ]
    assert [claims["sub"] for claims in told] == [str(human.id)] * 2
    assert told[0]["sid"] == told[1]["sid"]


def test_who_does_not_agree_goes_back_with_that_and_nothing_else(ground: Ground) -> None:
    client, browser = ground.client(), signed_in_browser(ground, ground.human())
    browser.open(client.url())

    told = query_of(browser.submit("/authorize/cancel"))

    assert told["error"] == "access_denied"
    assert (told["state"], told["iss"]) == ("a state", ISSUER)
    assert "code" not in told


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"code_challenge": ""}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge_method": ""}, "invalid_request"),
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"response_type": "code id_token"}, "unsupported_response_type"),
        ({"response_mode": "fragment"}, "invalid_request"),
        ({"scope": "profile"}, "invalid_request"),
        ({"request": "a.b.c"}, "request_not_supported"),
        ({"prompt": "none login"}, "invalid_request"),
        ({"max_age": "-1"}, "invalid_request"),
        ({"claims": "{"}, "invalid_request"),
        ({"claims": '{"id_token":{"acr":{"essential":true,"values":["urn:x"]}}}'},
         "unmet_authentication_requirements"),
        ({"prompt": "none"}, "login_required"),
    ],
)  # fmt: skip
def test_what_cannot_be_meant_is_told_to_the_client(
    ground: Ground, changes: dict[str, str], error: str
) -> None:
    client, browser = ground.client(), ground.browser()

    told = query_of(browser.open(client.url(**changes)))

    assert told["error"] == error
    assert (told["state"], told["iss"]) == ("a state", ISSUER)


@pytest.mark.parametrize(
    "changes",
    [
        {"client_id": "nobody"},
        {"client_id": ""},
        {"redirect_uri": "https://evil.test/callback"},
        {"redirect_uri": f"{CALLBACK}/more"},
        {"redirect_uri": f"{CALLBACK}?x=1"},
        {"redirect_uri": "https://shop.test@evil.test/callback"},
        {"redirect_uri": ""},
        {"request_uri": "urn:ietf:params:oauth:request_uri:unknown"},
        {"request_uri": "https://evil.test/request"},
    ],
)
def test_who_cannot_be_trusted_is_sent_nobody_to(ground: Ground, changes: dict[str, str]) -> None:
    """Open redirect: the person sees a page of ours, and no address of theirs."""
    answer = ground.browser().open(ground.client().url(**changes))

    assert answer.status_code == 400
    assert "location" not in answer.headers
    assert "evil.test" not in answer.text


def test_a_parameter_given_twice_is_refused(ground: Ground) -> None:
    client = ground.client()

    answer = ground.browser().open(client.url() + "&redirect_uri=https://evil.test/")

    assert answer.status_code == 400


def test_prompt_none_answers_at_once_for_who_is_signed_in(ground: Ground) -> None:
    client, browser = ground.client(), signed_in_browser(ground, ground.human())

    assert query_of(browser.open(client.url(prompt="none")))["error"] == "consent_required"
    a_code(browser, client)
    assert "code" in query_of(browser.open(client.url(prompt="none")))


def test_a_code_is_good_once_for_its_client_with_its_verifier_and_address(ground: Ground) -> None:
    client, other = ground.client(), ground.client()
    browser = signed_in_browser(ground, ground.human())

    assert other.redeem(a_code(browser, client)).json()["error"] == "invalid_grant"
    wrong = client.redeem(a_code(browser, client), code_verifier="x" * 43)
    assert wrong.json()["error"] == "invalid_grant"
    missing = client.redeem(a_code(browser, client), code_verifier="")
    assert missing.status_code == 400
    elsewhere = client.redeem(a_code(browser, client), redirect_uri="https://shop.test/other")
    assert elsewhere.json()["error"] == "invalid_grant"


def test_a_code_that_comes_twice_ends_what_was_made_of_it(ground: Ground) -> None:
    client, browser = ground.client(), signed_in_browser(ground, ground.human())
    code = a_code(browser, client)
    tokens = client.redeem(code).json()

    again = client.redeem(code)

    assert again.json()["error"] == "invalid_grant"
    assert client.refresh(tokens["refresh_token"]).json()["error"] == "invalid_grant"
    assert client.introspect(tokens["access_token"]) == {"active": False}


def test_of_many_who_bring_one_code_at_once_at_most_one_is_served(ground: Ground) -> None:
    client, browser = ground.client(), signed_in_browser(ground, ground.human())
    code = a_code(browser, client)

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: client.redeem(code), range(8)))

    served = [answer for answer in answers if answer.status_code == 200]
    assert len(served) <= 1
    # Somebody else had it too: even what was served is good for nothing more.
    for answer in served:
        assert client.introspect(answer.json()["access_token"]) == {"active": False}


def test_a_code_is_good_for_a_minute(ground: Ground) -> None:
    client, browser = ground.client(), signed_in_browser(ground, ground.human())
    code = a_code(browser, client)
    with ground.wiring.foundation.database.connection() as connection:
        late = "UPDATE client_grant SET code_expires_at = now() WHERE client_id = %s"
        connection.execute(late, (client.id,))

    assert client.redeem(code).json()["error"] == "invalid_grant"


def test_a_refresh_token_gives_another_and_is_good_once(ground: Ground) -> None:
    client, browser = ground.client(), signed_in_browser(ground, ground.human())
    first = client.redeem(a_code(browser, client)).json()

    second = client.refresh(first["refresh_token"]).json()
    third = client.refresh(second["refresh_token"]).json()

    assert len({first["refresh_token"], second["refresh_token"], third["refresh_token"]}) == 3
    assert claims_of(third["access_token"])["sub"] == claims_of(first["access_token"])["sub"]


def test_a_refresh_token_that_comes_twice_ends_the_family_everywhere(ground: Ground) -> None:
    client, browser = ground.client(), signed_in_browser(ground, ground.human())
    first = client.redeem(a_code(browser, client)).json()
    second = client.refresh(first["refresh_token"]).json()

    assert client.refresh(first["refresh_token"]).json()["error"] == "invalid_grant"

    assert client.refresh(second["refresh_token"]).json()["error"] == "invalid_grant"
    assert client.introspect(second["access_token"]) == {"active": False}
    ended = [
        event.event.session
        for event in ground.wiring.foundation.log.after(0, ["Session.Ended"], 10)
    ]
    assert claims_of(second["access_token"])["sid"] in ended  # told to every service
    # Only this client's grant: the person is signed in as before.
    assert "code" in query_of(browser.open(client.url()))


def test_of_many_who_bring_one_refresh_token_at_once_at_most_one_is_served(ground: Ground) -> None:
    client, browser = ground.client(), signed_in_browser(ground, ground.human())
    token = client.redeem(a_code(browser, client)).json()["refresh_token"]

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: client.refresh(token), range(8)))

    served = [answer.json() for answer in answers if answer.status_code == 200]
    assert len(served) <= 1
    for tokens in served:
        assert client.refresh(tokens["refresh_token"]).json()["error"] == "invalid_grant"


def test_another_client_does_not_use_up_a_refresh_token(ground: Ground) -> None:
    client, other = ground.client(), ground.client()
    browser = signed_in_browser(ground, ground.human())
    token = client.redeem(a_code(browser, client)).json()["refresh_token"]

    assert other.refresh(token).json()["error"] == "invalid_grant"
    assert client.refresh(token).status_code == 200


def test_a_refresh_asks_for_no_more_than_was_given(ground: Ground) -> None:
    client, browser = ground.client(), signed_in_browser(ground, ground.human())
    tokens = client.redeem(a_code(browser, client, scope="openid")).json()

    assert client.refresh(tokens["refresh_token"], scope="openid national_id").json()["error"] == (
        "invalid_scope"
    )


@pytest.mark.parametrize("first_party", [True, False])
def test_only_a_first_partys_calls_count_as_the_persons_own_use(
    ground: Ground, *, first_party: bool
) -> None:
    """Whoever is not there must not stay signed in because a shop's system refreshes every hour (decision 0024)."""
    client, human = ground.client(first_party=first_party), ground.human()
    tokens = client.redeem(a_code(signed_in_browser(ground, human), client)).json()
    with ground.wiring.foundation.database.connection() as connection:
        earlier = "UPDATE session SET last_seen = last_seen - interval '9 min' WHERE person_id = %s"
        connection.execute(earlier, (human.id,))

    refreshed = client.refresh(tokens["refresh_token"]).json()
    bearer = {"Authorization": f"Bearer {refreshed['access_token']}"}
    assert ground.browser().get(f"{ISSUER}/userinfo", headers=bearer).status_code == 200
    assert client.introspect(refreshed["access_token"])["active"] is True

    with ground.wiring.foundation.database.connection() as connection:
        unseen = "SELECT now() - last_seen > interval '8 min' AS unseen FROM session WHERE person_id = %s"
        [row] = connection.execute(unseen, (human.id,)).fetchall()
    assert row["unseen"] is not first_party


def test_signing_out_ends_what_clients_hold(ground: Ground) -> None:
    client, browser = ground.client(), signed_in_browser(ground, ground.human())
    tokens = client.redeem(a_code(browser, client)).json()

    browser.open(f"{ISSUER}/sign-out")
    browser.submit("/sign-out")

    assert client.refresh(tokens["refresh_token"]).json()["error"] == "invalid_grant"
    assert client.introspect(tokens["access_token"]) == {"active": False}
    answer = browser.get(
        f"{ISSUER}/userinfo", headers={"Authorization": f"Bearer {tokens['access_token']}"}
    )
    assert answer.status_code == 401
    assert 'error="invalid_token"' in answer.headers["www-authenticate"]


def test_a_client_that_is_suspended_gets_nothing_and_keeps_nothing(ground: Ground) -> None:
    from uuid import UUID

    from tests.integration.identity.providing import OPERATOR

    client, browser = ground.client(), signed_in_browser(ground, ground.human())
    tokens = client.redeem(a_code(browser, client)).json()
    clients = ground.wiring.clients.clients

    clients.suspend(UUID(client.id), "It was broken into.", cause=OPERATOR)

    assert client.refresh(tokens["refresh_token"]).json()["error"] == "invalid_client"
    assert browser.open(client.url()).status_code == 400
    clients.resume(UUID(client.id), "It was mended.", cause=OPERATOR)
    assert client.refresh(tokens["refresh_token"]).json()["error"] == "invalid_grant"
    assert "code" in query_of(browser.open(client.url()))


def test_a_client_without_the_grant_type_gets_no_refresh_token(ground: Ground) -> None:
    client = ground.client(grant_types=(GrantType.CODE,))
    browser = signed_in_browser(ground, ground.human())

    tokens = client.redeem(a_code(browser, client)).json()

    assert "refresh_token" not in tokens
