"""How surely a client wants to know its person, and what the person does about it (RFC 9470, I2)."""

from __future__ import annotations

import json
from datetime import timedelta

import httpx
import pytest

from tests.integration.identity.providing import (
    ISSUER,
    Browser,
    Client,
    Ground,
    Human,
    claims_of,
    query_of,
    signed_in_browser,
)


@pytest.fixture
def window(ground: Ground) -> Client:
    """A first party: nobody is asked for consent before it."""
    return ground.client(scopes=("openid", "services"), first_party=True)


def loa(*levels: int) -> str:
    return " ".join(f"urn:panjareh:loa:{level}" for level in levels)


def essential(*levels: int) -> str:
    values = [f"urn:panjareh:loa:{level}" for level in levels]
    return json.dumps({"id_token": {"acr": {"essential": True, "values": values}}})


def step_up_by_sms(ground: Ground, browser: Browser) -> httpx.Response:
    sent = browser.submit("/step-up/send")
    assert sent.status_code == 200, sent.text
    assert "0912***0001" in sent.text
    return browser.submit("/step-up/code", code=ground.phone.code())


def test_a_client_that_needs_level_two_gets_it(ground: Ground, window: Client) -> None:
    browser = ground.browser()
    browser.open(window.url(acr_values=loa(2)))
    page = browser.sign_in(ground.human())
    assert "We need to know you more surely" in page.text
    assert "A shop" in page.text

    answer = step_up_by_sms(ground, browser)

    tokens = window.redeem(query_of(answer)["code"]).json()
    told = claims_of(tokens["id_token"])
    assert told["acr"] == "urn:panjareh:loa:2"
    assert set(told["amr"]) >= {"pwd", "otp"}
    assert claims_of(tokens["access_token"])["acr"] == "urn:panjareh:loa:2"


def test_who_is_known_surely_enough_sees_no_page(ground: Ground, window: Client) -> None:
    browser = ground.browser()
    browser.open(window.url(acr_values=loa(2)))
    browser.sign_in(ground.human())
    step_up_by_sms(ground, browser)

    assert "code" in query_of(browser.open(window.url(acr_values=loa(1))))
    assert "code" in query_of(browser.open(window.url(acr_values=loa(2))))


def test_of_several_levels_any_one_satisfies(ground: Ground, window: Client) -> None:
    browser = signed_in_browser(ground, ground.human())

    assert "code" in query_of(browser.open(window.url(acr_values=loa(4, 1, 3))))
    assert "code" in query_of(browser.open(window.url(claims=essential(3, 1))))


def test_levels_that_nobody_here_has_change_nothing_unless_essential(
    ground: Ground, window: Client
) -> None:
    browser = signed_in_browser(ground, ground.human())

    assert "code" in query_of(browser.open(window.url(acr_values="urn:mace:silver")))
    unmet = browser.open(
        window.url(claims='{"id_token":{"acr":{"essential":true,"value":"urn:mace:gold"}}}')
    )
    assert query_of(unmet)["error"] == "unmet_authentication_requirements"


def test_a_wish_may_be_lowered_by_the_person_and_an_essential_may_not(
    ground: Ground, window: Client
) -> None:
    browser = signed_in_browser(ground, ground.human())

    browser.open(window.url(acr_values=loa(3)))
    lowered = browser.submit("/authorize/lower")
    tokens = window.redeem(query_of(lowered)["code"]).json()
    assert claims_of(tokens["id_token"])["acr"] == "urn:panjareh:loa:1"

    page = browser.open(window.url(claims=essential(3)))
    assert "/authorize/lower" not in page.text
    forced = browser.submit("/authorize/cancel")
    assert query_of(forced)["error"] == "unmet_authentication_requirements"


def test_an_essential_level_cannot_be_lowered_by_a_forged_form(
    ground: Ground, window: Client
) -> None:
    browser = signed_in_browser(ground, ground.human())
    page = browser.open(window.url(claims=essential(2)))
    query = str(page.request.url.query, "ascii")
    csrf = page.text.split('name="csrf" value="')[1].split('"')[0]

    answer = browser.follow(browser.post(f"{ISSUER}/authorize/lower?{query}", {"csrf": csrf}))

    assert answer.status_code == 200
    assert "We need to know you more surely" in answer.text


def test_prompt_none_never_shows_the_step_up(ground: Ground, window: Client) -> None:
    browser = signed_in_browser(ground, ground.human())

    told = query_of(browser.open(window.url(prompt="none", acr_values=loa(2))))

    assert told["error"] == "interaction_required"


def test_a_person_whom_the_registry_has_not_confirmed_is_told_what_is_missing(
    ground: Ground, window: Client
) -> None:
    browser = signed_in_browser(ground, ground.human(matched=False))

    page = browser.open(window.url(acr_values=loa(2)))
    assert "Ask the civil registry" in page.text
    page = step_up_by_sms(ground, browser)

    # The factor is there now; what is proved about the person is not.
    assert "Ask the civil registry" in page.text
    assert "Send me a code by text message" not in page.text


def make_older(ground: Ground, human: Human, by: timedelta) -> None:
    with ground.wiring.foundation.database.connection() as connection:
        older = "UPDATE session SET auth_time = auth_time - %s WHERE person_id = %s"
        connection.execute(older, (by, human.id))


def test_max_age_has_who_signed_in_long_ago_sign_in_again(ground: Ground, window: Client) -> None:
    human = ground.human()
    browser = signed_in_browser(ground, human)
    make_older(ground, human, timedelta(minutes=10))

    assert "code" in query_of(browser.open(window.url(max_age="3600")))
    page = browser.open(window.url(max_age="300"))
    assert page.status_code == 200
    assert "Password" in page.text
    answer = browser.sign_in(human)

    tokens = window.redeem(query_of(answer)["code"]).json()
    assert claims_of(tokens["id_token"])["auth_time"] >= claims_of(tokens["id_token"])["iat"] - 60


def test_prompt_login_and_max_age_zero_ask_again_and_once(ground: Ground, window: Client) -> None:
    human = ground.human()
    browser = signed_in_browser(ground, human)

    for wish in ({"prompt": "login"}, {"max_age": "0"}, {"prompt": "select_account"}):
        assert browser.open(window.url(**wish)).status_code == 200
        assert "code" in query_of(browser.sign_in(human))


def test_a_wrong_code_is_told_with_what_is_left_and_a_right_one_goes_on(
    ground: Ground, window: Client
) -> None:
    browser = signed_in_browser(ground, ground.human())
    browser.open(window.url(acr_values=loa(2)))
    browser.submit("/step-up/send")

    for typed in ("000000" if ground.phone.code() != "000000" else "111111", "", "abc"):
        wrong = browser.submit("/step-up/code", code=typed)
        assert wrong.status_code == 422
        assert "<title>Error: " in wrong.text
        assert 'href="#code"' in wrong.text

    assert "code" in query_of(browser.submit("/step-up/code", code=ground.phone.code()))


def test_a_short_password_takes_a_code_as_well(ground: Ground, window: Client) -> None:
    human = ground.human(password="eight ch")
    browser = ground.browser()
    browser.open(window.url())

    second = browser.sign_in(human, "eight ch")
    assert "Confirm that it is you" in second.text
    wrong = browser.submit("/sign-in/second", code="12")
    assert wrong.status_code == 422
    answer = browser.submit("/sign-in/second", code=ground.phone.code())

    tokens = window.redeem(query_of(answer)["code"]).json()
    assert claims_of(tokens["id_token"])["acr"] == "urn:panjareh:loa:2"


def test_who_comes_by_themself_can_be_known_more_surely_too(ground: Ground) -> None:
    browser = signed_in_browser(ground, ground.human())
    assert "Level 1" in browser.page.text

    browser.open(f"{ISSUER}/step-up")
    page = step_up_by_sms(ground, browser)

    assert "Level 2" in page.text


@pytest.mark.parametrize("path", ["/", "/step-up", "/step-up/app", "/consent"])
def test_pages_of_a_person_want_somebody_to_be_signed_in(ground: Ground, path: str) -> None:
    page = ground.browser().open(f"{ISSUER}{path}")

    assert "Password" in page.text
