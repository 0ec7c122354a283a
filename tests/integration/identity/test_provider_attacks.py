"""What somebody may try at the sign-in pages, and what becomes of it (RFC 9700)."""

from __future__ import annotations

import re
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.integration.identity.providing import (
    CALLBACK,
    ISSUER,
    PASSWORD,
    Browser,
    Ground,
    query_of,
    signed_in_browser,
)


def cookie(browser: Browser, name: str) -> str | None:
    return browser.cookies.get(f"__Host-panjareh-{name}")


def csrf_of(browser: Browser) -> str:
    assert browser.page is not None
    found = re.search(r'name="csrf" value="([0-9a-f]+)"', browser.page.text)
    assert found
    return found[1]


# For programs, which have no page; and from clients, by whatever way their form comes: neither of these
# two does anything without more.
NO_FORMS = {"/token", "/par", "/revoke", "/introspect", "/userinfo", "/authorize", "/end-session"}


def forms(ground: Ground) -> list[str]:
    """Every address that takes a form of ours."""
    [pages] = [each for each in ground.app.routes if getattr(each, "path", "") == "/id"]
    taken = [route.path for route in pages.routes if "POST" in (route.methods or ())]
    return [re.sub(r"\{[^}]+\}", "x", path) for path in taken if path not in NO_FORMS]


def test_a_form_that_is_not_of_our_page_does_nothing(ground: Ground) -> None:
    """CSRF: without the secret of this browser, or with another browser's."""
    browser, other = signed_in_browser(ground, ground.human()), ground.browser()
    other.open(f"{ISSUER}/sign-in")
    browser.open(f"{ISSUER}/sign-in")
    right = csrf_of(browser)
    found = forms(ground)
    assert {"/sign-in", "/step-up/code", "/consent", "/sign-out", "/authorize/cancel"} <= {*found}

    for path in found:
        url = f"{ISSUER}{path}"
        tries = [
            browser.post(url, {}),
            browser.post(url, {"csrf": csrf_of(other)}),
            browser.post(url, {"csrf": right}, headers={"origin": "https://evil.test"}),
            browser.post(url, {"csrf": right}, headers={"sec-fetch-site": "cross-site"}),
            browser.post(url, {"csrf": right}, headers={"sec-fetch-site": "same-site"}),
        ]
        assert [answer.status_code for answer in tries] == [403] * len(tries), path
    assert browser.open(f"{ISSUER}/").status_code == 200  # still signed in


def test_nothing_that_was_in_the_browser_before_becomes_a_session(ground: Ground) -> None:
    """Session fixation: an attacker's cookies in the victim's browser are worth nothing afterwards."""
    attacker = signed_in_browser(ground, ground.human())
    victim = ground.browser()
    victim.cookies = attacker.cookies

    victim.open(f"{ISSUER}/sign-in")
    victim.sign_in(ground.human())

    assert cookie(victim, "signed-in") != cookie(attacker, "signed-in")
    theirs = ground.browser()
    theirs.cookies.set("__Host-panjareh-browser", str(cookie(victim, "browser")))
    assert "Password" in theirs.open(f"{ISSUER}/").text


def test_a_session_cookie_that_nobody_sealed_is_no_session(ground: Ground) -> None:
    browser = signed_in_browser(ground, ground.human())
    right = str(cookie(browser, "signed-in"))

    flipped = right[:-2] + ("A" if right[-2] != "A" else "B") + right[-1]
    for forged in ("", "AAAA", "x" * 5000, right[:40], flipped, "ö"):
        sent = {"cookie": f"__Host-panjareh-signed-in={forged}".encode()}
        answer = ground.browser().get(f"{ISSUER}/", headers=sent)
        assert answer.headers["location"] == "/id/sign-in"


def test_a_sign_in_begun_in_one_browser_does_not_go_on_in_another(ground: Ground) -> None:
    """Else an attacker's link would have the victim's sign-in answered where the attacker wants it."""
    client, attacker = ground.client(first_party=True), ground.browser()
    attacker.open(client.url())
    link = str(attacker.page.request.url)
    victim = signed_in_browser(ground, ground.human())

    request_id = parse_qs(urlsplit(link).query)["request"][0]
    answer = victim.open(f"{ISSUER}/authorize/continue?request={request_id}")

    assert answer.status_code == 400
    assert "location" not in answer.headers


def test_a_request_is_answered_once(ground: Ground) -> None:
    client, browser = ground.client(first_party=True), signed_in_browser(ground, ground.human())
    first = browser.get(client.url())
    assert "code" in query_of(browser.follow(first))

    again = browser.open(first.headers["location"])

    assert again.status_code == 400
    assert "begin again" in again.text


def test_the_answer_names_its_issuer_errors_too(ground: Ground) -> None:
    """Mix-up: a client that talks to several providers can tell who answers (RFC 9207)."""
    client, browser = ground.client(first_party=True), signed_in_browser(ground, ground.human())

    assert query_of(browser.open(client.url()))["iss"] == ISSUER
    assert query_of(browser.open(client.url(scope="profile")))["iss"] == ISSUER


def test_pages_are_in_nobodys_frame_run_nothing_and_are_kept_by_nobody(ground: Ground) -> None:
    client, browser = ground.client(), ground.browser()

    page = browser.open(client.url())

    policy = page.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "script" not in policy
    assert "<script" not in page.text
    # Browsers look at where the answer to a form leads, and ours leads to the client.
    assert f"form-action 'self' {CALLBACK.removesuffix('/callback')};" in policy
    assert page.headers["cache-control"] == "no-store"
    assert page.headers["referrer-policy"] == "no-referrer"


def test_cookies_are_out_of_reach_of_scripts_and_of_other_hosts(ground: Ground) -> None:
    browser, human = ground.browser(), ground.human()
    browser.open(f"{ISSUER}/sign-in")
    answer = browser.post(
        f"{ISSUER}/sign-in",
        {"csrf": csrf_of(browser), "national_id": human.national_id, "password": PASSWORD},
    )

    lines = answer.headers.get_list("set-cookie")
    assert any(line.startswith("__Host-panjareh-signed-in=") for line in lines)
    for line in lines:
        assert "HttpOnly" in line
        assert "Secure" in line
        assert "SameSite=lax" in line
        assert "Path=/" in line
        assert "Domain" not in line


def test_what_a_person_types_comes_back_harmless(ground: Ground) -> None:
    browser = ground.browser()
    browser.open(f"{ISSUER}/sign-in")

    page = browser.submit("/sign-in", national_id='"><script>alert(1)</script>', password="x")

    assert page.status_code == 422
    assert "<script>" not in page.text
    assert "&#34;&gt;&lt;script&gt;" in page.text


def test_an_unknown_and_a_known_id_get_one_answer(ground: Ground) -> None:
    browser, known = ground.browser(), ground.human()
    unknown = "0499370899"
    browser.open(f"{ISSUER}/sign-in")

    told = []
    for national_id in (known.national_id, unknown):
        page = browser.submit("/sign-in", national_id=national_id, password="wrong " * 4)
        assert page.status_code == 401
        told.append(page.text.replace(national_id, ""))

    assert told[0] == told[1]


@pytest.mark.parametrize("body", [b"\xff\xfe", b"a=%00", b"a=" + b"x" * 70_000, b"a=%ed%a0%80"])
def test_what_cannot_be_read_is_told_so(ground: Ground, body: bytes) -> None:
    answer = ground.browser().request(
        "POST",
        f"{ISSUER}/sign-in",
        content=body,
        headers={"content-type": "application/x-www-form-urlencoded"},
    )

    assert answer.status_code in (400, 413)


def test_an_address_without_a_page_says_so(ground: Ground) -> None:
    assert ground.browser().get(f"{ISSUER}/nothing").status_code == 404
    wrong = ground.browser().get(f"{ISSUER}/token")
    assert (wrong.status_code, wrong.headers["allow"]) == (405, "POST")


@pytest.mark.parametrize("language", ["fa", "en"])
def test_every_page_stands_in_both_languages(ground: Ground, language: str) -> None:
    client, browser = ground.client(), ground.browser("de")

    page = browser.open(client.url(ui_locales=f"xx {language}-IR"))

    assert page.headers["content-language"] == language
    assert f'lang="{language}" dir="{"rtl" if language == "fa" else "ltr"}"' in page.text
    other = "en" if language == "fa" else "fa"
    link = re.search(rf'<a href="([^"]+)" hreflang="{other}"', page.text)
    assert link
    turned = browser.open(f"https://window.test{link[1].replace('&amp;', '&')}")
    assert turned.headers["content-language"] == other
    # And it stays so on the next page, with the request that is under way.
    consent = browser.sign_in(ground.human())
    assert consent.headers["content-language"] == other
