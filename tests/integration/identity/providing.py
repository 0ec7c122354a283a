"""The OpenID provider on a real database, spoken to as browsers and clients speak to it."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import html
import json
import re
import secrets
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit
from uuid import UUID, uuid4

import httpx
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from joserfc import jwk, jws, jwt
from starlette.applications import Starlette

from panjareh_cli.local.secrets import completed
from panjareh_common.clock import utc_now
from panjareh_common.event_store import Cause
from panjareh_identity.adapters.credentials import PostgresCredentials
from panjareh_identity.adapters.passwords import Argon2Passwords
from panjareh_identity.application.clients import RegisterClient
from panjareh_identity.application.ports import Credential
from panjareh_identity.domain.client import AuthMethod, ClientDetails, GrantType
from panjareh_identity.domain.identifiers import Identifier, IdentifierKind, PersonDetails
from panjareh_identity.domain.person import Person
from panjareh_identity.domain.values import RegistryRecord
from panjareh_identity.wiring import Wiring, wire
from panjareh_identity.wiring_provider import SETTINGS, wire_provider
from panjareh_sandbox.cards import CardAuthority
from panjareh_sandbox.national_id import make_national_id

ISSUER = "https://window.test/id"
WINDOW = "https://window.test"
CALLBACK = "https://shop.test/callback"
PASSWORD = "a long enough sandbox password"
OPERATOR = Cause(actor="identity", role="service", channel="platform", cause="test")


class Phone:
    """An SMS gateway that keeps what it is given."""

    def __init__(self) -> None:
        self.messages: list[dict[str, str]] = []
        phone = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                length = int(self.headers["Content-Length"])
                phone.messages.append(json.loads(self.rfile.read(length)))
                self.send_response(204)
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                """Says nothing."""

        self._server = HTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}/sms"

    def code(self) -> str:
        found = re.search(r"\d{6}", self.messages[-1]["text"])
        assert found
        return found.group()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class CardOffice:
    """The sandbox's card authority, and the address at which it tells which cards are revoked."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.authority = authority = CardAuthority(folder)

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(200)
                self.end_headers()
                self.wfile.write(authority.revoked_list(utc_now()))

            def log_message(self, *_: Any) -> None:
                """Says nothing."""

        self._server = HTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}/revoked.crl"

    def card(self, national_id: str) -> HeldCard:
        made = self.authority.issue(national_id, utc_now())
        return HeldCard(made.certificate, made.private_key)

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@dataclass(frozen=True)
class HeldCard:
    """A card in the hand of its holder, with the program that came with it."""

    certificate: str
    private_key: str = field(repr=False)

    def sign(self, data: bytes) -> bytes:
        key = load_pem_private_key(self.private_key.encode(), None)
        assert isinstance(key, ec.EllipticCurvePrivateKey)
        return key.sign(data, ec.ECDSA(hashes.SHA256()))


@dataclass(frozen=True)
class Human:
    id: UUID
    national_id: str


@dataclass
class Ground:
    """Identity's http process without its port."""

    wiring: Wiring
    app: Starlette
    phone: Phone
    cards: CardOffice
    secrets: dict[str, str]
    _numbers: Iterator[int] = field(default_factory=lambda: iter(range(10**6, 10**7)))

    def human(self, *, matched: bool = True, seen: bool = False, password: str = PASSWORD) -> Human:
        """`matched` with the civil registry; `seen` by an officer, with their document."""
        person_id, number = uuid4(), self.new_national_id()
        foundation = self.wiring.foundation
        credentials = PostgresCredentials(foundation.database, foundation.keyring)
        hashed = Argon2Passwords().hash(password)
        details = PersonDetails(
            identifier=Identifier(IdentifierKind.NATIONAL_ID, number),
            mobile="09120000001",
            given_name="لیلا",
            family_name="کریمی",
            birth_date=date(1985, 3, 21),
            language="fa",
        )
        with foundation.log.unit_of_work(OPERATOR) as unit:
            credentials.add(unit, number, Credential(person_id, hashed))
            person = Person.register(person_id=person_id, details=details, at=unit.now)
            if matched:
                record = RegistryRecord("لیلا", "کریمی", "1985-03-21", True)
                person.match(person.inquiry_id, record, unit.now)
            if seen:
                person.prove_in_person("civil_registry", uuid4(), uuid4(), unit.now)
            unit.save(person)
        return Human(person_id, number)

    def new_national_id(self) -> str:
        """One that nobody has here."""
        return make_national_id(next(self._numbers))

    def client(self, **changes: Any) -> Client:
        wanted: dict[str, Any] = {
            "name": {"fa": "فروشگاه", "en": "A shop"},
            "authority": None,
            "redirect_uris": (CALLBACK,),
            "post_logout_redirect_uris": ("https://shop.test/",),
            "scopes": ("openid", "profile", "national_id"),
            "grant_types": (GrantType.CODE, GrantType.REFRESH),
            "auth_method": AuthMethod.SECRET_BASIC,
        } | changes
        details = ClientDetails(**wanted)
        registered = self.wiring.clients.clients.register(
            RegisterClient(details, "For a test."), cause=OPERATOR
        )
        return Client(self, str(registered.client_id), registered.client_secret, details)

    def browser(self, language: str = "en") -> Browser:
        return Browser(self.app, language)

    def keys(self) -> jwk.KeySet:
        told: Any = self.browser().get(f"{ISSUER}/jwks.json").json()
        return jwk.KeySet.import_key_set(told)


class Browser:
    """Keeps cookies, follows nothing by itself, fills in forms as they stand on the page.

    `app` is asked in this process; without one, whatever listens at an address.
    """

    def __init__(self, app: Starlette | None, language: str = "en", home: str = WINDOW) -> None:
        self._app = app
        self._home = home
        self.cookies = httpx.Cookies()
        self.language = language
        self.page: httpx.Response | None = None

    def request(self, method: str, url: str, **kwargs: Any) -> httpx.Response:
        headers = {"accept-language": self.language} | kwargs.pop("headers", {})

        async def ask() -> httpx.Response:
            transport: httpx.AsyncBaseTransport = (
                httpx.ASGITransport(self._app, raise_app_exceptions=False)
                if self._app
                else httpx.AsyncHTTPTransport()
            )
            async with httpx.AsyncClient(
                transport=transport, base_url=self._home, cookies=self.cookies, timeout=30
            ) as client:
                answer = await client.request(method, url, headers=headers, **kwargs)
                self.cookies = client.cookies
                return answer

        return asyncio.run(ask())

    def get(self, url: str, **kwargs: Any) -> httpx.Response:
        return self.request("GET", url, **kwargs)

    def post(self, url: str, data: Mapping[str, Any], **kwargs: Any) -> httpx.Response:
        return self.request("POST", url, data=dict(data), **kwargs)

    def follow(self, answer: httpx.Response) -> httpx.Response:
        """To where an answer leads, as long as that is with us; keeps the last page."""
        for _ in range(10):
            if answer.status_code not in (302, 303):
                break
            location = answer.headers["location"]
            if not self._ours(location):
                break
            answer = self.get(location)
        self.page = answer
        return answer

    def _ours(self, location: str) -> bool:
        parts = urlsplit(location)
        if parts.netloc == "":
            return True
        return parts.netloc == urlsplit(self._home).netloc and parts.path != "/sign-in/callback"

    def open(self, url: str) -> httpx.Response:
        return self.follow(self.get(url))

    def take(self, path: str) -> httpx.Response:
        """Follows the link of the page that leads to an address of ours."""
        assert self.page is not None
        found = re.search(rf'href="(/id{path}(?:\?[^"]*)?)"', self.page.text)
        assert found, f"no link to {path} on the page: {self.page.text}"
        return self.open(html.unescape(found[1]))

    def submit(self, action: str, **typed: str) -> httpx.Response:
        """Fills in the form of the page that goes to an address, and sends it."""
        assert self.page is not None
        for tag, inside in re.findall(
            r"<form[^>]*?(action=\"[^>]*)>(.*?)</form>", self.page.text, re.S
        ):
            target = re.search(r'action="([^"]+)"', tag)
            assert target
            url = target[1].replace("&amp;", "&")
            if urlsplit(url).path != f"/id{action}":
                continue
            hidden = dict(re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', inside))
            return self.follow(self.post(url, hidden | typed))
        raise AssertionError(f"no form to {action} on the page: {self.page.text}")

    def shown_to_sign(self) -> bytes:
        """The file that the page of the smart card offers."""
        assert self.page is not None
        found = re.search(r'href="data:application/octet-stream;base64,([^"]+)"', self.page.text)
        assert found, self.page.text
        data = base64.b64decode(html.unescape(found[1]), validate=True)
        assert f"<code>{base64.b64encode(data).decode()}</code>" in html.unescape(self.page.text)
        return data

    def use_card(self, action: str, card: HeldCard) -> httpx.Response:
        """As a person does it: the card signs the file, and both its texts are pasted into the page."""
        signature = base64.encodebytes(card.sign(self.shown_to_sign())).decode()
        return self.submit(action, certificate=card.certificate, signature=signature)

    def sign_in(self, human: Human, password: str = PASSWORD) -> httpx.Response:
        return self.submit("/sign-in", national_id=human.national_id, password=password)


@dataclass
class Client:
    """A relying party as a program would be one, without a library."""

    ground: Ground
    id: str
    secret: str | None
    details: ClientDetails
    verifier: str = field(default_factory=lambda: secrets.token_urlsafe(48))

    def parameters(self, **more: str) -> dict[str, str]:
        digest = hashlib.sha256(self.verifier.encode()).digest()
        asked = {
            "client_id": self.id,
            "response_type": "code",
            "redirect_uri": self.details.redirect_uris[0],
            "scope": " ".join(self.details.scopes),
            "state": "a state",
            "nonce": "a nonce",
            "code_challenge": base64.urlsafe_b64encode(digest).rstrip(b"=").decode(),
            "code_challenge_method": "S256",
        } | more
        return {name: value for name, value in asked.items() if value != ""}

    def url(self, **more: str) -> str:
        return f"{ISSUER}/authorize?{urlencode(self.parameters(**more))}"

    def send(self, path: str, data: Mapping[str, Any], **kwargs: Any) -> httpx.Response:
        """As the client, proving itself by its secret."""
        basic = base64.b64encode(f"{self.id}:{self.secret}".encode()).decode()
        headers = {"Authorization": f"Basic {basic}"} | kwargs.pop("headers", {})
        return self.ground.browser().post(f"{ISSUER}{path}", data, headers=headers, **kwargs)

    def redeem(self, code: str, **more: str) -> httpx.Response:
        asked = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self.details.redirect_uris[0],
            "code_verifier": self.verifier,
        }
        return self.send("/token", asked | more)

    def refresh(self, token: str, **more: str) -> httpx.Response:
        return self.send("/token", {"grant_type": "refresh_token", "refresh_token": token} | more)

    def introspect(self, token: str) -> dict[str, Any]:
        return dict(self.send("/introspect", {"token": token}).json())


def query_of(answer: httpx.Response) -> dict[str, str]:
    """What an answer says on its way to a client."""
    parts = urlsplit(answer.headers["location"])
    return {name: values[0] for name, values in parse_qs(parts.query).items()}


def claims_of(token: str) -> dict[str, Any]:
    """Unchecked: what a token says."""
    return dict(json.loads(jws.extract_compact(token.encode()).payload))


def signed_in_browser(ground: Ground, human: Human) -> Browser:
    browser = ground.browser()
    browser.open(f"{ISSUER}/sign-in")
    browser.sign_in(human)
    assert browser.page is not None and browser.page.status_code == 200, browser.page
    return browser


def with_two_factors(ground: Ground, human: Human) -> Browser:
    browser = signed_in_browser(ground, human)
    browser.open(f"{ISSUER}/step-up")
    browser.submit("/step-up/send", channel="sms")
    browser.submit("/step-up/code", code=ground.phone.code())
    return browser


def text_of(browser: Browser) -> str:
    """What a person reads on the page."""
    assert browser.page is not None
    return html.unescape(re.sub(r"<[^>]+>", " ", browser.page.text))


def assertion(key: Any, client_id: str, algorithm: str, **changes: Any) -> str:
    """What a client proves itself with by private_key_jwt."""
    import time

    now = int(time.time())
    claims = {
        "iss": client_id,
        "sub": client_id,
        "aud": ISSUER,
        "jti": secrets.token_urlsafe(8),
        "exp": now + 60,
    } | changes
    kept = {name: value for name, value in claims.items() if value is not None}
    return jwt.encode({"alg": algorithm, "kid": key.kid}, kept, key, algorithms=[algorithm])


@contextmanager
def on_ground(database_url: str, amqp_url: str, folder: Path, monkeypatch: Any) -> Iterator[Ground]:
    made, phone = completed({}), Phone()
    cards = CardOffice(folder)
    environment = made | {
        "PANJAREH_IDENTITY_DATABASE_URL": database_url,
        "PANJAREH_AMQP_URL": amqp_url,
        "PANJAREH_ISSUER_URL": ISSUER,
        "PANJAREH_WINDOW_URL": WINDOW,
        "PANJAREH_SMS_URL": phone.url,
        "PANJAREH_SMART_CARD_AUTHORITY_FILE": str(cards.folder / "authority.pem"),
        "PANJAREH_SMART_CARD_REVOKED_URL": cards.url,
    }
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    wiring = wire(also=SETTINGS)
    wiring.foundation.open_databases()
    yield Ground(wiring, wire_provider(wiring), phone, cards, made)
    wiring.foundation.close_databases()
    phone.close()
    cards.close()
