"""The page of where a person is signed in: what they see, and what a press of its buttons does elsewhere."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest

from panjareh_common.texts import moment_in_words
from tests.integration.identity.providing import (
    ISSUER,
    Browser,
    Ground,
    signed_in_browser,
)

PHONE = "Mozilla/5.0 (Android 14; Mobile; rv:128.0) Gecko/128.0 Firefox/128.0"
DEVICES = f"{ISSUER}/devices"


class Phone(Browser):
    """A browser that says what it is."""

    def request(self, method, url, **kwargs):  # type: ignore[no-untyped-def]
        headers = {"user-agent": PHONE} | kwargs.pop("headers", {})
        return super().request(method, url, headers=headers, **kwargs)


def on_phone(ground: Ground, human) -> Phone:  # type: ignore[no-untyped-def]
    phone = Phone(ground.app)
    phone.open(f"{ISSUER}/sign-in")
    phone.sign_in(human)
    return phone


def signed_in(browser: Browser) -> bool:
    return browser.open(DEVICES).url.path == "/id/devices"


def test_my_devices_are_told_by_what_i_know_them_by(ground: Ground) -> None:
    human = ground.human()
    browser, phone = signed_in_browser(ground, human), on_phone(ground, human)

    page = browser.open(f"{ISSUER}/devices").text

    assert "Firefox on Android" in page
    assert "A device that does not say what it is" in page
    assert page.count("(this device)") == 1
    assert page.count("Last used:") == 2
    assert "<bdi>Firefox on Android</bdi></strong> (this device)" in re.sub(
        r"\s+", " ", phone.open(DEVICES).text
    )


def test_in_persian_by_the_persian_calendar(ground: Ground) -> None:
    phone = on_phone(ground, ground.human())
    phone.language = "fa"

    page = phone.open(DEVICES).text

    assert 'dir="rtl"' in page
    assert "Firefox روی Android" in page
    assert re.search(r"آخرین استفاده: [۰-۹]{1,2} [آ-ی]+ ۱[۰-۹]{3}، [۰-۹]{2}:[۰-۹]{2}", page)


def test_a_lost_device_is_signed_out_and_this_one_is_not(ground: Ground) -> None:
    human = ground.human()
    browser, phone = signed_in_browser(ground, human), on_phone(ground, human)
    browser.open(DEVICES)

    page = browser.submit("/devices/sign-out").text

    assert "The device was signed out." in page
    assert "Firefox on Android" not in page
    assert not signed_in(phone)
    assert signed_in(browser)


def test_pressing_twice_is_pressing_once(ground: Ground) -> None:
    human = ground.human()
    browser = signed_in_browser(ground, human)
    on_phone(ground, human)
    before = browser.open(DEVICES)
    browser.submit("/devices/sign-out")
    browser.page = before

    assert "The device was signed out." in browser.submit("/devices/sign-out").text


def test_all_others_are_signed_out_at_once(ground: Ground) -> None:
    human = ground.human()
    others = [on_phone(ground, human) for _ in range(3)]
    browser = signed_in_browser(ground, human)
    browser.open(DEVICES)

    page = browser.submit("/devices/sign-out-others").text

    assert "All other devices were signed out." in page
    assert "Sign out all other devices" not in page
    assert not any(signed_in(other) for other in others)
    assert signed_in(browser)


def test_nobody_signs_out_somebody_elses_device(ground: Ground) -> None:
    mine, theirs = ground.human(), ground.human()
    browser, other = signed_in_browser(ground, mine), signed_in_browser(ground, theirs)
    on_phone(ground, theirs)
    found = re.search(r'name="session" value="([^"]+)"', other.open(DEVICES).text)
    assert found
    on_phone(ground, mine)
    browser.open(DEVICES)

    browser.submit("/devices/sign-out", session=found[1])

    assert "Firefox on Android" in other.open(DEVICES).text


def test_what_is_no_session_is_no_form_of_ours(ground: Ground) -> None:
    human = ground.human()
    browser = signed_in_browser(ground, human)
    on_phone(ground, human)
    browser.open(DEVICES)

    assert browser.submit("/devices/sign-out", session="<b>").status_code in (400, 422)


def test_whoever_is_not_signed_in_is_asked_to_sign_in(ground: Ground) -> None:
    assert ground.browser().open(DEVICES).url.path == "/id/sign-in"


@pytest.mark.parametrize(
    ("at", "language", "said"),
    [
        (datetime(2026, 11, 29, 21, 0, tzinfo=UTC), "en", "30 November 2026, 00:30"),
        (datetime(2026, 11, 29, 21, 0, tzinfo=UTC), "fa", "۹ آذر ۱۴۰۵، ۰۰:۳۰"),
        (datetime(2026, 3, 20, 20, 29, tzinfo=UTC), "fa", "۲۹ اسفند ۱۴۰۴، ۲۳:۵۹"),
        (datetime(2026, 3, 20, 20, 30, tzinfo=UTC), "fa", "۱ فروردین ۱۴۰۵، ۰۰:۰۰"),
    ],
)
def test_a_moment_is_said_as_its_reader_says_it(at: datetime, language: str, said: str) -> None:
    assert moment_in_words(at, language) == said
