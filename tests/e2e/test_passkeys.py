"""A passkey is made and used in a real browser, on the pages of identity and through the public API."""

from __future__ import annotations

import json
from collections.abc import Iterator

import httpx
import pytest

from panjareh_cli.local.platform import Platform
from tests.e2e.chromium import Browser, chromium
from tests.people import PASSWORD, Person, somebody


@pytest.fixture(scope="module")
def person(platform: Platform) -> Person:
    """Somebody whom the civil registry has confirmed."""
    return Person(platform, somebody()).arrive()


@pytest.fixture(scope="module")
def browser(platform: Platform, person: Person) -> Iterator[Browser]:
    """Their browser, which has made a passkey."""
    with chromium() as browser:
        browser.plug_in()
        sign_in(browser, platform, person)
        browser.press("How you sign in")
        browser.press("Add a passkey")
        browser.reads("Confirm that it is you")  # a password alone adds nothing
        browser.open(f"{platform.issuer_url}/step-up")
        browser.press("Send me a code by text message")
        browser.type("code", person.last_code())
        browser.press("Continue")
        browser.open(f"{platform.issuer_url}/authenticators")
        browser.press("Add a passkey")
        browser.type("label", "کلید لیلا")
        browser.press("Make the passkey")
        browser.reads("The passkey was added.")
        yield browser


def sign_in(browser: Browser, platform: Platform, person: Person) -> None:
    browser.open(f"{platform.issuer_url}/sign-in")
    browser.type("national_id", person.about.national_id)
    browser.type("password", PASSWORD)
    browser.press("Sign in")
    browser.reads("You are signed in")


def test_who_has_a_passkey_signs_in_with_it_and_types_nothing(
    platform: Platform, browser: Browser, person: Person
) -> None:
    browser.driver.delete_all_cookies()

    browser.open(f"{platform.issuer_url}/sign-in")
    browser.press("Sign in with a passkey")
    browser.press("Use my passkey")

    browser.reads("You are signed in")
    browser.reads(person.about.family_name)
    browser.reads("Level 3")
    browser.press("How you sign in")
    browser.reads("کلید لیلا")


def test_a_session_is_raised_with_the_passkey(
    platform: Platform, browser: Browser, person: Person
) -> None:
    browser.driver.delete_all_cookies()
    sign_in(browser, platform, person)
    browser.reads("Level 1")

    browser.open(f"{platform.issuer_url}/step-up/passkey")
    browser.press("Use my passkey")

    browser.reads("Level 3")


def test_an_answer_of_a_passkey_is_good_once(
    platform: Platform, browser: Browser, person: Person
) -> None:
    browser.driver.delete_all_cookies()
    browser.open(f"{platform.issuer_url}/sign-in/passkey")
    answer = {"passkey": json.loads(browser.passkey_answer())}

    first, second = (
        httpx.post(f"{platform.url}/api/v1/sessions/passkey", json=answer, timeout=30)
        for _ in range(2)
    )

    assert first.status_code == 201, first.text
    assert first.json()["loa"] == 3
    assert second.status_code == 401
    assert second.json()["code"] == "passkey_refused"


def test_an_answer_that_was_changed_is_refused(platform: Platform, browser: Browser) -> None:
    browser.driver.delete_all_cookies()
    browser.open(f"{platform.issuer_url}/sign-in/passkey")
    answer = json.loads(browser.passkey_answer())
    signature = answer["response"]["signature"]
    answer["response"]["signature"] = signature[:-8] + "AAAAAAAA"

    refused = httpx.post(
        f"{platform.url}/api/v1/sessions/passkey", json={"passkey": answer}, timeout=30
    )

    assert (refused.status_code, refused.json()["code"]) == (401, "passkey_refused")


def test_a_key_that_does_not_know_its_holder_makes_no_passkey(
    platform: Platform, person: Person
) -> None:
    with chromium() as browser:
        browser.plug_in(knows_its_holder=False)
        browser.open(f"{platform.issuer_url}/sign-in/passkey")

        browser.press("Use my passkey")

        browser.reads("Your device gave no passkey.")


def test_who_has_no_scripts_is_shown_another_way_in_their_language(platform: Platform) -> None:
    with chromium("fa", scripts=False) as browser:
        browser.open(f"{platform.issuer_url}/sign-in/passkey")

        browser.reads("گذرکلید مرورگر تازه‌تری می‌خواهد")
        browser.press("راه دیگری برگزینید")
        browser.reads("ورود")
