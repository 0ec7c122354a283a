"""A real Chromium without a screen, with an authenticator of its own that the test plugs in."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from selenium.webdriver import Chrome, ChromeOptions, ChromeService
from selenium.webdriver.common.by import By
from selenium.webdriver.common.virtual_authenticator import VirtualAuthenticatorOptions
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.wait import WebDriverWait

SECONDS = 20


def _found(program: str) -> str:
    path = shutil.which(program)
    assert path, f"{program} is missing: scripts/setup tests installs it"
    return path


class Browser:
    """Finds things by what a person reads on them."""

    def __init__(self, driver: Chrome) -> None:
        self.driver = driver

    def open(self, url: str) -> None:
        self.driver.get(url)

    def type(self, field: str, text: str) -> None:
        element = self.driver.find_element(By.ID, field)
        element.clear()
        element.send_keys(text)

    def press(self, label: str) -> None:
        """A button or a link by its words; waits for it, and for the page that follows."""
        page = self.driver.find_element(By.TAG_NAME, "html")
        self._waiting().until(lambda _: self._named(label)).click()
        self._waiting().until(lambda _: self._has_gone(page) or self._failed())

    def reads(self, text: str) -> None:
        """Waits until the page says something; fails with what it says instead."""
        self._waiting(text).until(lambda _: text in self.text)

    @property
    def text(self) -> str:
        return self.driver.find_element(By.TAG_NAME, "body").text

    def plug_in(self, *, knows_its_holder: bool = True) -> None:
        """An authenticator that keeps passkeys, and says that it has verified its holder, or cannot."""
        options = VirtualAuthenticatorOptions(
            protocol=VirtualAuthenticatorOptions.Protocol.CTAP2,
            transport=VirtualAuthenticatorOptions.Transport.INTERNAL,
            has_resident_key=True,
            has_user_verification=knows_its_holder,
            is_user_verified=knows_its_holder,
        )
        self.driver.add_virtual_authenticator(options)

    def unplug(self) -> None:
        self.driver.remove_virtual_authenticator()

    def passkey_answer(self) -> str:
        """What the authenticator answers to the page at hand, as JSON, without sending it."""
        answer: str = self.driver.execute_async_script(_ANSWER)
        return answer

    def _waiting(self, message: str = "") -> WebDriverWait[Chrome]:
        waiting: WebDriverWait[Chrome] = WebDriverWait(self.driver, SECONDS)
        return waiting

    def _named(self, label: str) -> WebElement | None:
        for element in self.driver.find_elements(By.CSS_SELECTOR, "button, a"):
            if element.text.strip() == label and element.is_displayed():
                return element
        return None

    def _has_gone(self, page: WebElement) -> bool:
        return self.driver.find_element(By.TAG_NAME, "html") != page and bool(
            self.driver.execute_script("return document.readyState === 'complete'")
        )

    def _failed(self) -> bool:
        return any(
            each.is_displayed() for each in self.driver.find_elements(By.CLASS_NAME, "failed")
        )


_ANSWER = """
const done = arguments[arguments.length - 1];
const options = JSON.parse(document.querySelector("form[data-passkey]").dataset.options);
navigator.credentials
  .get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(options) })
  .then((made) => done(JSON.stringify(made.toJSON())), (fault) => done(String(fault)));
"""


@contextmanager
def chromium(language: str = "en", *, scripts: bool = True) -> Iterator[Browser]:
    options = ChromeOptions()
    options.binary_location = _found("chromium")
    for argument in (
        "--headless=new",
        "--no-sandbox",  # tests run as root in CI, and open nothing but our own pages
        "--disable-dev-shm-usage",
        "--disable-gpu",
        f"--accept-lang={language}",
        f"--lang={language}",
    ):
        options.add_argument(argument)
    if not scripts:
        options.add_experimental_option(
            "prefs", {"profile.managed_default_content_settings.javascript": 2}
        )
    driver = Chrome(options=options, service=ChromeService(_found("chromedriver")))
    try:
        driver.set_page_load_timeout(60)
        driver.set_script_timeout(SECONDS)
        yield Browser(driver)
    finally:
        driver.quit()
