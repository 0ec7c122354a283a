"""The smart national card on the provider's pages, as a browser without scripts and the card's program meet them."""

from __future__ import annotations

import base64
import re

import pytest

from tests.integration.identity.providing import (
    ISSUER,
    Browser,
    Client,
    Ground,
    HeldCard,
    Human,
    claims_of,
    query_of,
    signed_in_browser,
    text_of,
    with_two_factors,
)
from tests.integration.identity.test_provider_step_up import essential, loa

SIGN_IN, STEP_UP, BIND = "/sign-in/smart-card", "/step-up/smart-card", "/authenticators/smart-card"


@pytest.fixture
def window(ground: Ground) -> Client:
    """A first party: nobody is asked for consent before it."""
    return ground.client(scopes=("openid", "services"), first_party=True)


@pytest.fixture(scope="module")
def holder(ground: Ground) -> tuple[Human, HeldCard]:
    """Somebody whom an officer has seen, and who has bound their card at their own page."""
    human = ground.human(seen=True)
    card = ground.cards.card(human.national_id)
    browser = with_two_factors(ground, human)
    browser.open(f"{ISSUER}/authenticators")
    browser.take(BIND)
    page = browser.use_card(BIND, card)
    assert page.status_code == 200, page.text
    assert "Smart national card" in text_of(browser)
    return human, card


def hidden(browser: Browser) -> dict[str, str]:
    assert browser.page is not None
    return dict(re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', browser.page.text))


def test_the_page_needs_no_script_and_loads_nothing(ground: Ground) -> None:
    browser = ground.browser()
    browser.open(f"{ISSUER}/sign-in")

    page = browser.take(SIGN_IN)

    assert page.status_code == 200
    assert "<script" not in page.text
    policy = page.headers["content-security-policy"]
    assert "default-src 'none'" in policy and "script-src" not in policy
    assert browser.shown_to_sign().startswith(b"panjareh sign-in\0")


def test_a_person_signs_in_with_the_card(ground: Ground, holder: tuple[Human, HeldCard]) -> None:
    browser = ground.browser()
    browser.open(f"{ISSUER}{SIGN_IN}")

    page = browser.use_card(SIGN_IN, holder[1])

    assert page.url.path == "/id/"
    assert page.status_code == 200


def test_a_client_that_needs_level_four_gets_it(
    ground: Ground, window: Client, holder: tuple[Human, HeldCard]
) -> None:
    human, card = holder
    browser = ground.browser()
    browser.open(window.url(claims=essential(4)))
    page = browser.sign_in(human)
    assert "Use my smart national card" in page.text

    browser.take(STEP_UP)
    answer = browser.use_card(STEP_UP, card)

    tokens = window.redeem(query_of(answer)["code"]).json()
    told = claims_of(tokens["id_token"])
    assert told["acr"] == "urn:panjareh:loa:4"
    assert set(told["amr"]) >= {"sc", "pin", "mfa"}
    assert claims_of(tokens["access_token"])["acr"] == "urn:panjareh:loa:4"


def test_who_begins_with_the_card_is_asked_for_nothing_more(
    ground: Ground, window: Client, holder: tuple[Human, HeldCard]
) -> None:
    browser = ground.browser()
    browser.open(window.url(acr_values=loa(4)))
    browser.take(SIGN_IN)

    answer = browser.use_card(SIGN_IN, holder[1])

    tokens = window.redeem(query_of(answer)["code"]).json()
    assert claims_of(tokens["id_token"])["acr"] == "urn:panjareh:loa:4"


def test_who_has_no_card_bound_is_not_offered_it_for_a_step_up(
    ground: Ground, window: Client
) -> None:
    browser = ground.browser()
    browser.open(window.url(claims=essential(4)))

    page = browser.sign_in(ground.human(seen=True))

    assert STEP_UP not in page.text
    assert "You have none of the ways that are sure enough yet" in text_of(browser)


# What does not work, and what people are told


@pytest.mark.parametrize("language", ["en", "fa"])
def test_what_is_missing_is_named_at_its_field(ground: Ground, language: str) -> None:
    browser = ground.browser(language)
    browser.open(f"{ISSUER}{SIGN_IN}")

    page = browser.submit(SIGN_IN, certificate="none", signature="***")

    assert page.status_code == 422
    for field in ("certificate", "signature"):
        assert f'href="#{field}"' in page.text
        assert f'id="{field}-problem"' in page.text
    assert ("Enter the certificate of your card" in page.text) is (language == "en")
    assert ("گواهی کارت خود را" in page.text) is (language == "fa")
    assert ">none</textarea>" in page.text, "what was typed stays, but for the signature"


def test_a_signature_over_anything_else_is_refused_and_a_new_text_shown(
    ground: Ground, holder: tuple[Human, HeldCard]
) -> None:
    browser = ground.browser()
    browser.open(f"{ISSUER}{SIGN_IN}")
    before = browser.shown_to_sign()

    page = browser.submit(SIGN_IN, certificate=holder[1].certificate, signature="c2lnbmVk")

    assert page.status_code == 401
    assert "This smart card could not be accepted" in text_of(browser)
    assert browser.shown_to_sign() != before
    assert browser.use_card(SIGN_IN, holder[1]).url.path == "/id/", "and then it works"


def test_an_answer_of_the_card_is_good_once(ground: Ground, holder: tuple[Human, HeldCard]) -> None:
    card, browser = holder[1], ground.browser()
    browser.open(f"{ISSUER}{SIGN_IN}")
    answered = hidden(browser) | {
        "certificate": card.certificate,
        "signature": _base64(card.sign(browser.shown_to_sign())),
    }
    assert browser.post(f"{ISSUER}{SIGN_IN}", answered).status_code == 303

    again = browser.post(f"{ISSUER}{SIGN_IN}", answered)

    assert again.status_code == 401


def test_a_card_that_nobody_has_bound_signs_nobody_in(ground: Ground) -> None:
    stranger = ground.human()
    browser = ground.browser()
    browser.open(f"{ISSUER}{SIGN_IN}")

    page = browser.use_card(SIGN_IN, ground.cards.card(stranger.national_id))

    assert page.status_code == 401


def test_another_persons_card_raises_nobody(ground: Ground, holder: tuple[Human, HeldCard]) -> None:
    browser = with_two_factors(ground, ground.human())
    browser.open(f"{ISSUER}{STEP_UP}")

    page = browser.use_card(STEP_UP, holder[1])

    assert page.status_code == 401


def test_another_persons_card_is_not_bound(ground: Ground, holder: tuple[Human, HeldCard]) -> None:
    browser = with_two_factors(ground, ground.human())
    browser.open(f"{ISSUER}{BIND}")

    page = browser.use_card(BIND, holder[1])

    assert page.status_code >= 400
    assert "belongs to another national id" in text_of(browser)


def test_with_a_password_alone_no_card_is_bound(ground: Ground) -> None:
    browser = signed_in_browser(ground, ground.human())

    page = browser.open(f"{ISSUER}{BIND}")

    assert page.status_code == 403
    assert "Confirm that it is you" in text_of(browser)
    assert "textarea" not in page.text


@pytest.mark.parametrize("path", [STEP_UP, BIND])
def test_who_is_not_signed_in_goes_to_sign_in(ground: Ground, path: str) -> None:
    browser = ground.browser()

    browser.open(f"{ISSUER}{path}")

    assert browser.page is not None and browser.page.url.path == "/id/sign-in"


# Forms of others


def test_a_form_from_elsewhere_signs_nobody_in(
    ground: Ground, holder: tuple[Human, HeldCard]
) -> None:
    """The attacker's own card in the victim's browser: login CSRF."""
    card, attacker = holder[1], ground.browser()
    attacker.open(f"{ISSUER}{SIGN_IN}")
    answered = hidden(attacker) | {
        "certificate": card.certificate,
        "signature": _base64(card.sign(attacker.shown_to_sign())),
    }
    victim = ground.browser()
    victim.open(f"{ISSUER}{SIGN_IN}")

    refused = victim.post(f"{ISSUER}{SIGN_IN}", answered)
    with_own_csrf = victim.post(f"{ISSUER}{SIGN_IN}", answered | {"csrf": hidden(victim)["csrf"]})

    assert (refused.status_code, with_own_csrf.status_code) == (403, 403)
    assert not any("signed-in" in name for name in victim.cookies)
    assert attacker.post(f"{ISSUER}{SIGN_IN}", answered).status_code == 303, "it was not used up"


def test_what_was_shown_for_one_thing_is_not_good_for_another(
    ground: Ground, window: Client, holder: tuple[Human, HeldCard]
) -> None:
    """Signed for nothing under way, and entered in a client's request, or on another page."""
    human, card = holder
    browser = with_two_factors(ground, human)
    browser.open(f"{ISSUER}{STEP_UP}")
    answered = hidden(browser) | {
        "certificate": card.certificate,
        "signature": _base64(card.sign(browser.shown_to_sign())),
    }
    page = browser.open(window.url(claims=essential(4)))
    request = re.search(r"request=([^\"&]+)", page.text)
    assert request

    in_a_request = browser.post(f"{ISSUER}{STEP_UP}?request={request[1]}", answered)
    on_another_page = browser.post(f"{ISSUER}{SIGN_IN}", answered)

    assert (in_a_request.status_code, on_another_page.status_code) == (403, 403)


def _base64(signature: bytes) -> str:
    return base64.b64encode(signature).decode()
