"""The sign-in pages for everybody: WCAG 2.2 AA by axe-core, narrow and wide, light and dark, without scripts."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import pytest
from selenium.common.exceptions import WebDriverException
from selenium.webdriver.support.expected_conditions import staleness_of
from selenium.webdriver.support.wait import WebDriverWait

from panjareh_cli.local.platform import Platform
from tests.e2e.chromium import SECONDS, Browser, chromium
from tests.e2e.conftest import JS, RunScript
from tests.e2e.relying_party import CALLBACK, register
from tests.people import PASSWORD, Person, somebody

WIDTHS = (320, 1280)
_TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
_RUN = """
const done = arguments[arguments.length - 1];
axe.run(document, { runOnly: { type: "tag", values: arguments[0] } }).then(
  (found) => done(found.violations.map((each) =>
    each.id + ": " + each.nodes.map((node) => node.html).join(" | "))),
  (fault) => done([String(fault)]));
"""


@pytest.fixture(scope="module")
def axe(run_script: RunScript) -> str:
    return (JS / "node_modules/axe-core/axe.min.js").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def shop(platform: Platform) -> str:
    return str(register(platform)["client_id"])


@pytest.fixture(scope="module")
def person(platform: Platform) -> Person:
    person = Person(platform, somebody())
    person.sign_up()
    return person


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


def asking(platform: Platform, client_id: str, **more: str) -> str:
    challenge = base64.urlsafe_b64encode(hashlib.sha256(b"x" * 43).digest()).rstrip(b"=")
    asked = {
        "client_id": client_id,
        "response_type": "code",
        "redirect_uri": CALLBACK,
        "scope": "openid profile",
        "code_challenge": challenge.decode(),
        "code_challenge_method": "S256",
    }
    return f"{platform.issuer_url}/authorize?{urlencode(asked | more)}"


class Looker:
    """Looks at one page in every width and colour scheme."""

    def __init__(self, browser: Browser, axe: str) -> None:
        self._browser = browser
        self._axe = axe
        self.seen: list[str] = []
        self.wrong: list[str] = []

    def look(self, name: str) -> None:
        driver = self._browser.driver
        self.seen.append(name)
        for width in WIDTHS:
            for scheme in ("light", "dark"):
                self._set(width, scheme)
                driver.execute_script(self._axe)
                found: list[str] = driver.execute_async_script(_RUN, _TAGS)
                wide = driver.execute_script("return document.documentElement.scrollWidth")
                if wide > width:
                    found.append(f"{wide} pixels wide")
                self.wrong += [f"{name} at {width}, {scheme}: {each}" for each in found]

    def _set(self, width: int, scheme: str) -> None:
        run: Any = self._browser.driver.execute_cdp_cmd
        size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False}
        run("Emulation.setDeviceMetricsOverride", size)
        features = [{"name": "prefers-color-scheme", "value": scheme}]
        run("Emulation.setEmulatedMedia", {"features": features})


def send(browser: Browser, action: str) -> None:
    """The form of the page that goes to an address, whatever its button says in this language."""
    button = f'form[action^="/id{action}"] button'
    # While one page gives way to the next, Chromium may know an element of neither.
    waiting = WebDriverWait(browser.driver, SECONDS, ignored_exceptions=[WebDriverException])
    page = browser.driver.find_element("css selector", "html")
    waiting.until(lambda driver: driver.find_element("css selector", button)).click()
    waiting.until(staleness_of(page))


@pytest.mark.parametrize("language", ["fa", "en"])
def test_pages_are_for_everybody(
    platform: Platform, browser: Browser, person: Person, shop: str, axe: str, *, language: str
) -> None:
    at, issuer = Looker(browser, axe), platform.issuer_url
    browser.driver.delete_all_cookies()

    browser.open(asking(platform, shop, ui_locales=language))
    at.look("sign in")
    browser.type("national_id", "123")
    send(browser, "/sign-in")
    at.look("sign in, wrongly")
    browser.type("national_id", person.about.national_id)
    browser.type("password", PASSWORD)
    send(browser, "/sign-in")
    at.look("consent")
    browser.open(asking(platform, shop, ui_locales=language, acr_values="urn:panjareh:loa:2"))
    at.look("step up")
    send(browser, "/step-up/send")
    at.look("code")
    send(browser, "/step-up/code")
    at.look("code, wrongly")
    for page in ("/", "/authenticators", "/devices", "/mandates", "/consents", "/privacy"):
        browser.open(f"{issuer}{page}")
        at.look(page)
    browser.open(f"{issuer}/sign-in/passkey")
    at.look("passkey")
    browser.open(f"{issuer}/authenticators/smart-card")
    at.look("adding a card, too weakly")
    browser.open(f"{issuer}/sign-in/smart-card")
    at.look("smart card")
    send(browser, "/sign-in/smart-card")
    at.look("smart card, wrongly")
    browser.open(f"{issuer}/nothing")
    at.look("nothing there")
    browser.open(asking(platform, shop, redirect_uri="https://evil.example/"))
    at.look("asked wrongly")
    browser.open(f"{issuer}/sign-out")
    at.look("sign out")
    send(browser, "/sign-out")
    at.look("signed out")
    browser.open(f"{issuer}/recovery")
    at.look("recovery")
    browser.open(f"{platform.url}/?lang={language}")
    at.look("the window")
    for asked in ("?number=12&", "/291522218638?", "?"):
        browser.open(f"{platform.url}/verify{asked}lang={language}")
        at.look(f"checking a document: {asked}")
    browser.open(f"{platform.url}/paid/nothing?lang={language}")
    at.look("a payment that is none")

    assert at.wrong == []


def test_what_is_wrong_with_a_page_is_found(browser: Browser, axe: str) -> None:
    at = Looker(browser, axe)
    grey = "<p style='color:silver'>pale</p><input><div style='width:2000px'>wide</div>"
    browser.open(f"data:text/html,<html><title>x</title><main><h1>x</h1>{grey}</main></html>")

    at.look("a bad page")

    told = " ".join(at.wrong)
    for fault in ("html-has-lang", "label", "color-contrast", "pixels wide"):
        assert fault in told


def test_without_scripts_a_person_signs_in_and_steps_up(
    platform: Platform, person: Person, shop: str
) -> None:
    with chromium(scripts=False) as browser:
        browser.open(asking(platform, shop, acr_values="urn:panjareh:loa:2"))
        browser.type("national_id", person.about.national_id)
        browser.type("password", PASSWORD)
        send(browser, "/sign-in")
        send(browser, "/step-up/send")
        browser.type("code", person.last_code())
        send(browser, "/step-up/code")
        send(browser, "/step-up/registry")

        browser.reads("May this site know it?")
