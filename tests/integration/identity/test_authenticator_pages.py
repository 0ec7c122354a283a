"""The pages of passkeys and of how one signs in, as a browser without scripts meets them."""

from __future__ import annotations

import html
import json
import re
import time

import pyotp
import pytest

from tests.integration.identity.providing import (
    ISSUER,
    Ground,
    signed_in_browser,
    text_of,
    with_two_factors,
)


def test_the_page_of_a_passkey_runs_our_script_and_no_other(ground: Ground) -> None:
    browser = ground.browser()

    page = browser.open(f"{ISSUER}/sign-in/passkey")

    assert page.status_code == 200
    policy = page.headers["content-security-policy"]
    assert "script-src 'self';" in policy and "unsafe" not in policy
    assert re.findall(r"<script[^>]*>", page.text) == [
        '<script src="/id/static/passkeys.js" defer>'
    ]
    found = re.search(r'data-options="([^"]+)"', page.text)
    assert found
    options = json.loads(html.unescape(found[1]))
    assert options["rpId"] == "window.test"
    assert options["userVerification"] == "required"
    assert not options.get("allowCredentials"), "the page tells nobody which passkeys there are"


@pytest.mark.parametrize(
    "answer", ["", "{", "[]", "null", '{"id": 5}', "[" * 15_000, '{"id": "x"}']
)
def test_what_is_no_answer_of_a_passkey_is_refused_on_the_page(ground: Ground, answer: str) -> None:
    browser = ground.browser()
    browser.open(f"{ISSUER}/sign-in/passkey")

    page = browser.submit("/sign-in/passkey", passkey=answer)

    assert page.status_code == 401
    assert "This passkey could not be accepted." in text_of(browser)


def test_a_form_from_elsewhere_signs_nobody_in(ground: Ground) -> None:
    browser = ground.browser()
    browser.open(f"{ISSUER}/sign-in/passkey")

    page = browser.post(f"{ISSUER}/sign-in/passkey", {"passkey": "{}", "csrf": "forged"})

    assert page.status_code == 403


@pytest.mark.parametrize("path", ["/authenticators", "/step-up/passkey"])
def test_who_is_not_signed_in_goes_to_sign_in(ground: Ground, path: str) -> None:
    browser = ground.browser()

    browser.open(f"{ISSUER}{path}")

    assert browser.page is not None and browser.page.url.path == "/id/sign-in"


def test_with_a_password_alone_the_person_is_led_to_a_second_factor(ground: Ground) -> None:
    browser = signed_in_browser(ground, ground.human())
    browser.open(f"{ISSUER}/authenticators")

    page = browser.submit("/authenticators/passkey")

    assert page.status_code == 403
    assert "Confirm that it is you" in text_of(browser)
    assert "data-passkey" not in page.text


def test_the_browser_is_asked_for_a_passkey_of_this_person(ground: Ground) -> None:
    browser = with_two_factors(ground, ground.human())
    browser.open(f"{ISSUER}/authenticators")

    page = browser.submit("/authenticators/passkey")

    found = re.search(r'data-options="([^"]+)"', page.text)
    assert found
    options = json.loads(html.unescape(found[1]))
    assert options["user"]["name"] == "لیلا کریمی"
    assert options["authenticatorSelection"]["residentKey"] == "required"
    assert options["attestation"] == "none"


def test_an_app_is_added_and_removed_without_any_script(ground: Ground) -> None:
    browser = with_two_factors(ground, ground.human())
    browser.open(f"{ISSUER}/authenticators")
    page = browser.submit("/authenticators/app")
    found = re.search(r"<code[^>]*>([A-Z2-7]+)</code>", page.text)
    assert found
    app = pyotp.TOTP(found[1])

    browser.submit("/authenticators/app/confirm", code="000000")
    assert "The code of the authenticator app is not right" in text_of(browser)
    browser.submit("/authenticators/app/confirm", code=app.now())

    assert "The authenticator app was added." in text_of(browser)
    browser.open(f"{ISSUER}/step-up/app")
    browser.submit("/step-up/code", code=app.at(time.time() + 30))
    browser.open(f"{ISSUER}/authenticators")
    browser.submit("/authenticators/remove")
    assert "It was removed." in text_of(browser)
    assert "a code by text message." in text_of(browser)


def test_the_pages_are_persian_for_who_reads_persian(ground: Ground) -> None:
    browser = ground.browser("fa")

    page = browser.open(f"{ISSUER}/sign-in/passkey")

    assert '<html lang="fa" dir="rtl">' in page.text
    assert "گذرکلیدم را به کار ببر" in text_of(browser)
    assert "Passkeys need" not in page.text
