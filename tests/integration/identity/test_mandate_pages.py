"""The pages of whom a person acts for, of what they agreed to, and of the privacy statement."""

from __future__ import annotations

import re

import pytest

from panjareh_identity.domain.assurance import Authenticator
from panjareh_identity.domain.privacy_statement import Statement
from tests.integration.identity.providing import (
    ISSUER,
    OPERATOR,
    Browser,
    Ground,
    Human,
    query_of,
    signed_in_browser,
)


@pytest.fixture(autouse=True)
def statement(ground: Ground) -> None:
    for version, words in ((1, "What is kept"), (2, "More is kept")):
        ground.wiring.privacy_statements.publish(
            Statement(
                version,
                {"fa": "بیانیهٔ حریم خصوصی", "en": "Privacy statement of the window"},
                {"fa": f"متن {version}", "en": f"{words}.\nAnd how long."},
                {},
            ),
            cause=OPERATOR,
        )


def two_factors(ground: Ground, human: Human) -> Browser:
    """Signed in, and then stepped up as by a code: what these pages need is told elsewhere."""
    browser = signed_in_browser(ground, human)
    log, sessions = ground.wiring.foundation.log, ground.wiring.sessions
    with log.unit_of_work(OPERATOR) as unit:
        (session,) = sessions.of_person(unit, human.id)
        raised = session.raised(
            Authenticator.PASSWORD_AND_CODE, ("pwd", "otp", "sms", "mfa"), unit.now
        )
        sessions.change(unit, raised)
    return browser


def text_of(browser: Browser) -> str:
    assert browser.page is not None
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", browser.page.text))


def asked(ground: Ground, browser: Browser, other: Human, kind: str = "adult") -> str:
    browser.open(f"{ISSUER}/mandates")
    browser.submit("/mandates/ask", kind=kind, number=other.national_id)
    return text_of(browser)


def test_one_asks_and_the_other_agrees_and_ends_it_on_their_pages(ground: Ground) -> None:
    daughter, father = ground.human(), ground.human()
    hers, his = two_factors(ground, daughter), two_factors(ground, father)

    said = asked(ground, hers, father)
    assert "You have asked." in said
    assert f"******{father.national_id[-4:]} (waits for an answer)" in said

    his.open(f"{ISSUER}/mandates")
    assert "Acts for you: لیلا کریمی (waits for an answer)" in text_of(his)
    his.submit("/mandates/answer", answer="accepted")
    assert "You have agreed." in text_of(his)
    assert "Acts for you: لیلا کریمی (in force)" in text_of(his)

    hers.open(f"{ISSUER}/mandates")
    assert "You act for: لیلا کریمی (in force)" in text_of(hers)
    hers.submit("/mandates/withdraw")
    assert "The representative gave it up." in text_of(hers)


def test_who_does_not_agree_says_so_with_the_other_button(ground: Ground) -> None:
    daughter, father = ground.human(), ground.human()
    hers, his = two_factors(ground, daughter), two_factors(ground, father)
    asked(ground, hers, father)

    his.open(f"{ISSUER}/mandates")
    his.submit("/mandates/answer", answer="refused")

    hers.open(f"{ISSUER}/mandates")
    assert "The person who was asked did not agree." in text_of(hers)


def test_a_form_that_is_sent_twice_asks_once(ground: Ground) -> None:
    daughter, father = ground.human(), ground.human()
    hers = two_factors(ground, daughter)
    hers.open(f"{ISSUER}/mandates")
    page = hers.page

    for _ in range(2):
        hers.page = page
        hers.submit("/mandates/ask", kind="adult", number=father.national_id)

    hers.open(f"{ISSUER}/mandates")
    assert text_of(hers).count("(waits for an answer)") == 1


@pytest.mark.parametrize(
    ("number", "problem"),
    [
        ("123", "This is not a national id."),
        ("own", "You need no mandate to act for yourself."),
    ],
)
def test_what_does_not_fit_stands_at_its_field(ground: Ground, number: str, problem: str) -> None:
    daughter = ground.human()
    hers = two_factors(ground, daughter)
    hers.open(f"{ISSUER}/mandates")

    typed = daughter.national_id if number == "own" else number
    answer = hers.submit("/mandates/ask", kind="adult", number=typed)

    assert answer.status_code == 422
    assert problem in text_of(hers)
    assert 'aria-invalid="true"' in answer.text
    assert f'value="{typed}"' in answer.text


def test_with_a_password_alone_the_way_to_a_higher_level_is_shown(ground: Ground) -> None:
    browser = signed_in_browser(ground, ground.human())
    browser.open(f"{ISSUER}/mandates")

    answer = browser.submit("/mandates/ask", kind="adult", number=ground.human().national_id)

    assert answer.url.path == "/id/step-up"


def test_consents_are_listed_by_the_clients_name_and_withdrawn(ground: Ground) -> None:
    human, client = ground.human(), ground.client()
    browser = signed_in_browser(ground, human)
    browser.open(client.url())
    token = client.redeem(query_of(browser.submit("/consent"))["code"]).json()["refresh_token"]

    browser.open(f"{ISSUER}/consents")
    assert "A shop" in text_of(browser)
    assert "your national id" in text_of(browser)
    browser.submit("/consents/withdraw")

    assert "The consent was withdrawn." in text_of(browser)
    assert "(withdrawn)" in text_of(browser)
    assert client.refresh(token).json()["error"] == "invalid_grant"


def test_the_privacy_statement_is_open_to_all_and_taken_note_of(ground: Ground) -> None:
    stranger = ground.browser()
    stranger.open(f"{ISSUER}/privacy")
    assert "More is kept." in text_of(stranger)
    assert "I have read it" not in text_of(stranger)
    stranger.open(f"{ISSUER}/privacy?version=1")
    assert "This version is not in force any more." in text_of(stranger)
    assert stranger.open(f"{ISSUER}/privacy?version=9").status_code == 404
    assert stranger.open(f"{ISSUER}/privacy?version=one").status_code == 400

    browser = signed_in_browser(ground, ground.human())
    browser.open(f"{ISSUER}/privacy")
    browser.submit("/privacy/accept")
    assert "That you have read it is on record." in text_of(browser)
    assert "I have read it" not in text_of(browser)


@pytest.mark.parametrize("path", ["/mandates", "/consents", "/privacy"])
def test_in_persian_every_word_of_these_pages_is_persian(ground: Ground, path: str) -> None:
    daughter, father = ground.human(), ground.human()
    hers = two_factors(ground, daughter)
    asked(ground, hers, father)
    hers.language = "fa"

    page = hers.open(f"{ISSUER}{path}?lang=fa")

    assert page.headers["content-language"] == "fa"
    assert 'dir="rtl"' in page.text
    seen = re.sub(r"<(style|title|a [^>]*hreflang)[^>]*>.*?</[^>]+>", "", page.text, flags=re.S)
    words = re.findall(r"[A-Za-z]{4,}", re.sub(r"<[^>]+>", " ", seen))
    assert words == []


@pytest.mark.parametrize("path", ["/mandates", "/consents"])
def test_whoever_is_not_signed_in_is_asked_to(ground: Ground, path: str) -> None:
    assert ground.browser().open(f"{ISSUER}{path}").url.path == "/id/sign-in"
