"""The smart national card at the provider's pages: a client that we did not write asks for level 4 and gets it."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from panjareh_cli.local.platform import Platform
from tests.e2e.chromium import chromium
from tests.e2e.conftest import RunScript
from tests.e2e.in_person import is_seen, open_place
from tests.e2e.relying_party import CALLBACK, RelyingParty, register, relying_party
from tests.integration.identity.providing import Browser, HeldCard
from tests.people import PASSWORD, Person, somebody, until

SIGN_IN, STEP_UP, BIND = "/sign-in/smart-card", "/step-up/smart-card", "/authenticators/smart-card"


@pytest.fixture(scope="module", autouse=True)
def _installed(run_script: RunScript) -> None:
    """Asked for, so that npm's packages are there."""


@pytest.fixture(scope="module")
def window(platform: Platform) -> Iterator[RelyingParty]:
    made = register(platform, scopes=["openid", "services"], first_party=True)
    with relying_party(
        platform.issuer_url, made["client_id"], secret=made["client_secret"]
    ) as client:
        yield client


@pytest.fixture(scope="module")
def person(platform: Platform) -> Person:
    """Somebody whom an officer has seen with their document."""
    person = Person(platform, somebody()).arrive()
    is_seen(person, open_place(platform))
    return person


def a_browser(platform: Platform) -> Browser:
    parts = urlsplit(platform.issuer_url)
    return Browser(None, "en", f"{parts.scheme}://{parts.netloc}")


def card_of(platform: Platform, person: Person) -> HeldCard:
    asked = {"national_id": person.about.national_id}
    made = httpx.post(f"{platform.sandbox_url}/smart-cards", json=asked, trust_env=False).json()
    return HeldCard(made["certificate"], made["private_key"])


def signs_in(browser: Browser, person: Person) -> httpx.Response:
    return browser.submit("/sign-in", national_id=person.about.national_id, password=PASSWORD)


def test_openid_client_asks_for_level_four_and_gets_it(
    platform: Platform, window: RelyingParty, person: Person
) -> None:
    card, browser = card_of(platform, person), a_browser(platform)
    browser.open(f"{platform.issuer_url}/sign-in")
    signs_in(browser, person)
    browser.open(f"{platform.issuer_url}/step-up")
    browser.submit("/step-up/send", channel="sms")
    browser.submit("/step-up/code", code=person.last_code())
    browser.open(f"{platform.issuer_url}/authenticators")
    browser.take(BIND)
    assert browser.use_card(BIND, card).status_code == 200

    essential = {"essential": True, "values": ["urn:panjareh:loa:4"]}
    asked = {
        "redirect_uri": CALLBACK,
        "scope": "openid services",
        "claims": json.dumps({"id_token": {"acr": essential}}),
    }
    page = browser.open(window.tell("begin", **asked)["url"])
    assert "We need to know you more surely" in page.text
    browser.take(STEP_UP)
    answer = browser.use_card(STEP_UP, card)

    tokens = window.tell("finish", url=str(answer.headers["location"]))
    assert tokens["claims"]["acr"] == "urn:panjareh:loa:4"
    assert "sc" in tokens["claims"]["amr"]
    person.token = tokens["access_token"]
    assert person.get("/api/v1/requests").status_code == 200

    # Another browser, and nothing but the card.
    fresh = a_browser(platform)
    fresh.open(window.tell("begin", **asked)["url"])
    fresh.take(SIGN_IN)
    again = window.tell("finish", url=str(fresh.use_card(SIGN_IN, card).headers["location"]))
    assert again["claims"]["acr"] == "urn:panjareh:loa:4"


def test_the_file_to_be_signed_is_saved_without_scripts(platform: Platform, tmp_path: Path) -> None:
    with chromium(scripts=False) as browser:
        to_folder = {"behavior": "allow", "downloadPath": str(tmp_path)}
        browser.driver.execute_cdp_cmd("Browser.setDownloadBehavior", to_folder)
        browser.open(f"{platform.issuer_url}{SIGN_IN}")
        shown = browser.driver.find_element("css selector", ".to-sign code").text

        browser.driver.find_element("css selector", "a[download]").click()

        file = tmp_path / "panjareh-sign-in.bin"
        until(file.exists, bool)
        assert file.read_bytes() == base64.b64decode(shown)
        assert file.read_bytes().startswith(b"panjareh sign-in\0")
