"""A client library that we did not write, and the window itself, against the real processes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from joserfc import jwk

from panjareh_cli.local.platform import Platform
from tests.e2e.conftest import RunScript
from tests.e2e.relying_party import RelyingParty, register, relying_party
from tests.integration.identity.providing import Browser
from tests.people import PASSWORD, Officer, Person, somebody, until

CALLBACK = "https://shop.example/callback"


@pytest.fixture(scope="module", autouse=True)
def _installed(run_script: RunScript) -> None:
    """Asked for, so that npm's packages are there."""


class Visitor(Person):
    """A person with a browser at the provider's own pages."""

    def __init__(self, platform: Platform, about: Any) -> None:
        super().__init__(platform, about)
        parts = urlsplit(platform.issuer_url)
        self.browser = Browser(None, "en", f"{parts.scheme}://{parts.netloc}")

    def signs_in(self) -> httpx.Response:
        password = getattr(self.about, "password", PASSWORD)
        return self.browser.submit(
            "/sign-in", national_id=self.about.national_id, password=password
        )

    def steps_up(self) -> httpx.Response:
        self.browser.submit("/step-up/send")
        return self.browser.submit("/step-up/code", code=self.last_code())


@pytest.fixture
def visitor(platform: Platform) -> Visitor:
    visitor = Visitor(platform, somebody())
    visitor.sign_up()
    return visitor


@pytest.fixture(scope="module")
def shop(platform: Platform) -> Iterator[RelyingParty]:
    made = register(platform)
    with relying_party(
        platform.issuer_url, made["client_id"], secret=made["client_secret"]
    ) as client:
        yield client


@pytest.fixture(scope="module")
def window_of_welfare(platform: Platform) -> Iterator[RelyingParty]:
    """An authority's own window, which proves itself by a key."""
    key = jwk.ECKey.generate_key("P-256", {"kid": "welfare-1", "use": "sig"})
    public = {"keys": [key.as_dict(private=False)]}
    made = register(
        platform,
        name={"fa": "پنجرهٔ بهزیستی", "en": "Welfare's window"},
        authority="welfare",
        scopes=["openid", "office", "services"],
        grant_types=["authorization_code", "refresh_token", "client_credentials"],
        auth_method="private_key_jwt",
        jwks=public,
        first_party=True,
    )
    private = key.as_dict(private=True)
    with relying_party(platform.issuer_url, made["client_id"], jwk=private) as client:
        yield client


def goes_back(answer: httpx.Response) -> str:
    """Where the browser is sent, which is the client."""
    location = str(answer.headers.get("location"))
    assert location.startswith(CALLBACK), answer.text
    return location


@pytest.mark.parametrize("pushed", [False, True])
def test_openid_client_signs_a_person_in(
    shop: RelyingParty, visitor: Visitor, pushed: bool
) -> None:
    asked = {"redirect_uri": CALLBACK, "scope": "openid profile", "pushed": pushed}
    visitor.browser.open(shop.tell("begin", **asked)["url"])
    visitor.signs_in()

    tokens = shop.tell("finish", url=goes_back(visitor.browser.submit("/consent")))

    claims = tokens["claims"]
    assert claims["acr"] == "urn:panjareh:loa:1"
    person = shop.tell("user_info", token=tokens["access_token"], sub=claims["sub"])
    assert person["family_name"] == visitor.about.family_name
    assert shop.tell("introspect", token=tokens["access_token"])["active"] is True
    refused = visitor.get(
        "/api/v1/requests", headers={"Authorization": f"Bearer {tokens['access_token']}"}
    )
    assert refused.status_code == 401  # it was given nothing at the window


def test_openid_client_steps_up_and_the_token_opens_what_needs_it(
    window_of_welfare: RelyingParty, visitor: Visitor
) -> None:
    asked = {"redirect_uri": CALLBACK, "scope": "openid services", "pushed": True}
    visitor.browser.open(window_of_welfare.tell("begin", **asked)["url"])
    first = window_of_welfare.tell("finish", url=goes_back(visitor.signs_in()))
    assert first["claims"]["acr"] == "urn:panjareh:loa:1"

    wishes = asked | {"acr_values": "urn:panjareh:loa:2", "max_age": "300"}
    page = visitor.browser.open(window_of_welfare.tell("begin", **wishes)["url"])
    assert "We need to know you more surely" in page.text
    visitor.steps_up()
    answer = visitor.browser.submit("/step-up/registry")

    second = window_of_welfare.tell("finish", url=goes_back(answer))
    assert second["claims"]["acr"] == "urn:panjareh:loa:2"
    assert set(second["claims"]["amr"]) >= {"pwd", "otp"}
    visitor.token = second["access_token"]
    assert visitor.get("/api/v1/requests").status_code == 200


def test_openid_client_refreshes_and_a_stolen_refresh_token_ends_all(
    window_of_welfare: RelyingParty, visitor: Visitor
) -> None:
    asked = {"redirect_uri": CALLBACK, "scope": "openid services"}
    visitor.browser.open(window_of_welfare.tell("begin", **asked)["url"])
    first = window_of_welfare.tell("finish", url=goes_back(visitor.signs_in()))

    second = window_of_welfare.tell("refresh", token=first["refresh_token"])
    assert second["refresh_token"] != first["refresh_token"]
    visitor.token = second["access_token"]
    assert visitor.get("/api/v1/requests").status_code == 200
    stolen = window_of_welfare.tell("refresh", token=first["refresh_token"])
    assert stolen["failed"] == "invalid_grant"

    again = window_of_welfare.tell("refresh", token=second["refresh_token"])
    assert again["failed"] == "invalid_grant"
    until(lambda: visitor.get("/api/v1/requests").status_code, lambda code: code == 401, 5)


def test_officers_come_with_their_office(
    platform: Platform, window_of_welfare: RelyingParty
) -> None:
    officer = Officer(platform, "welfare")
    visitor = Visitor(platform, officer.about)
    asked = {
        "redirect_uri": CALLBACK,
        "scope": "openid office services",
        "acr_values": "urn:panjareh:loa:2",
    }
    visitor.browser.open(window_of_welfare.tell("begin", **asked)["url"])
    visitor.signs_in()

    tokens = window_of_welfare.tell("finish", url=goes_back(visitor.steps_up()))

    assert tokens["claims"]["authority"] == "welfare"
    assert tokens["claims"]["roles"] == ["officer"]
    visitor.token = tokens["access_token"]
    assert visitor.get("/agency/v1/requests").status_code == 200


def test_openid_client_gets_a_token_for_an_agencys_system(
    window_of_welfare: RelyingParty,
) -> None:
    answer = window_of_welfare.tell("credentials", scope="services")

    assert answer["token_type"] == "bearer"
    assert window_of_welfare.tell("introspect", token=answer["access_token"])["active"] is True


def test_openid_client_revokes_and_signs_out(shop: RelyingParty, visitor: Visitor) -> None:
    asked = {"redirect_uri": CALLBACK, "scope": "openid"}
    visitor.browser.open(shop.tell("begin", **asked)["url"])
    visitor.signs_in()
    tokens = shop.tell("finish", url=goes_back(visitor.browser.submit("/consent")))

    shop.tell("revoke", token=tokens["refresh_token"])
    assert shop.tell("refresh", token=tokens["refresh_token"])["failed"] == "invalid_grant"

    asked_out = {"id_token": tokens["id_token"], "back": "https://shop.example/"}
    answer = visitor.browser.open(shop.tell("sign_out", **asked_out)["url"])
    assert answer.headers["location"] == "https://shop.example/"
    page = visitor.browser.open(shop.tell("begin", **asked)["url"])
    assert "Password" in page.text


def test_openid_client_refuses_an_answer_that_was_tampered_with(
    shop: RelyingParty, visitor: Visitor
) -> None:
    """That it does shows that we send what it looks at: state, iss, nonce."""
    asked = {"redirect_uri": CALLBACK, "scope": "openid"}
    visitor.browser.open(shop.tell("begin", **asked)["url"])
    visitor.signs_in()
    url = goes_back(visitor.browser.submit("/consent"))

    other_issuer = re.sub(r"iss=[^&]+", "iss=https%3A%2F%2Fevil.example", url)
    assert "failed" in shop.tell("finish", url=other_issuer)
    without_issuer = re.sub(r"&?iss=[^&]+", "", url)
    assert "failed" in shop.tell("finish", url=without_issuer)
    assert "failed" in shop.tell("finish", url=url.replace("state=", "state=x"))
    assert "claims" in shop.tell("finish", url=url)
    assert shop.tell("finish", url=url)["failed"] == "invalid_grant"


def test_the_clock_publishes_keys_before_they_sign(platform: Platform) -> None:
    def planned() -> list[str]:
        keys = httpx.get(f"{platform.issuer_url}/jwks.json", trust_env=False).json()["keys"]
        return [key["alg"] for key in keys if re.fullmatch(r"identity-[0-9a-f]{8}", key["kid"])]

    until(planned, lambda algorithms: {*algorithms} == {"Ed25519", "ES256"}, 20)


# The window, an ordinary client


class AtTheWindow:
    """One browser, at the window and at the provider."""

    def __init__(self, visitor: Visitor, window: str) -> None:
        self.visitor = visitor
        self.url = window
        self.browser = Browser(None, "en", window)

    def signs_in(self, path: str = "/sign-in") -> httpx.Response:
        to_provider = self.browser.open(f"{self.url}{path}")
        answer = self.visitor.browser.open(to_provider.headers["location"])
        if answer.status_code == 200:
            answer = self.visitor.signs_in()
        return answer

    def comes_back(self, answer: httpx.Response) -> httpx.Response:
        back = self.browser.get(answer.headers["location"])
        return self.browser.follow(back)


def test_the_window_shows_who_is_signed_in_and_signs_them_out(
    platform: Platform, visitor: Visitor
) -> None:
    at = AtTheWindow(visitor, platform.url)
    assert ">Sign in</a>" in at.browser.open(f"{platform.url}/").text

    page = at.comes_back(at.signs_in())
    assert f"{visitor.about.given_name} {visitor.about.family_name}" in page.text
    proof = re.search(r'name="proof" value="([^"]+)"', page.text)
    assert proof
    forged = at.browser.post(f"{platform.url}/sign-out", {"proof": "forged"})
    assert forged.status_code == 403

    out = at.browser.post(f"{platform.url}/sign-out", {"proof": proof[1]})
    visitor.browser.open(out.headers["location"])
    assert ">Sign in</a>" in at.browser.open(f"{platform.url}/").text
    assert "Password" in visitor.browser.open(f"{platform.issuer_url}/").text


def test_who_signs_out_elsewhere_is_signed_out_at_the_window(
    platform: Platform, visitor: Visitor
) -> None:
    at = AtTheWindow(visitor, platform.url)
    at.comes_back(at.signs_in())

    visitor.browser.open(f"{platform.issuer_url}/sign-out")
    visitor.browser.submit("/sign-out")

    assert ">Sign in</a>" in at.browser.open(f"{platform.url}/").text


def test_an_answer_that_was_not_asked_for_here_signs_nobody_in(
    platform: Platform, visitor: Visitor
) -> None:
    """An attacker's code in the victim's browser (login CSRF), and a code of another provider (mix-up)."""
    attacker = AtTheWindow(visitor, platform.url)
    location = attacker.signs_in().headers["location"]
    victim = Browser(None, "en", platform.url)

    assert victim.get(location).status_code == 400
    assert ">Sign in</a>" in victim.open(f"{platform.url}/").text
    mixed_up = re.sub(r"iss=[^&]+", "iss=https%3A%2F%2Fevil.example", location)
    assert attacker.browser.get(mixed_up).status_code == 400


@pytest.mark.parametrize(
    "elsewhere", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:x"]
)
def test_the_window_sends_nobody_elsewhere(
    platform: Platform, visitor: Visitor, elsewhere: str
) -> None:
    at = AtTheWindow(visitor, platform.url)
    to_provider = at.browser.get(f"{platform.url}/sign-in", params={"next": elsewhere})
    visitor.browser.open(to_provider.headers["location"])

    back = at.browser.get(visitor.signs_in().headers["location"])

    assert back.headers["location"] == "/"


def test_what_the_window_asks_stands_nowhere_in_the_address(platform: Platform) -> None:
    """Pushed (RFC 9126): neither history nor a log sees more than a number that was used."""
    answer = Browser(None, "en", platform.url).get(f"{platform.url}/sign-in?loa=2")

    asked = parse_qs(urlsplit(answer.headers["location"]).query)
    assert set(asked) == {"client_id", "request_uri"}
