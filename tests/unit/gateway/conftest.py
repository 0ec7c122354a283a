"""The gateway with the services replaced by one object that remembers what it was asked."""

import asyncio
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
from joserfc import jwk

from panjareh_common.rpc import wire
from panjareh_common.security import ServiceIdentity
from panjareh_gateway.app import make_app
from panjareh_gateway.signing_in.cookies import SealedCookies
from panjareh_gateway.signing_in.provider import Provider
from panjareh_gateway.signing_in.routes import SigningIn

KEY = jwk.OKPKey.generate_key("Ed25519", {"kid": "gateway-1"})


@dataclass
class Services:
    """Stands where AsyncRpcClient stands. `answer` is what every call gets; an exception is raised."""

    answer: Any = field(default_factory=dict)
    connected: bool = True
    campaigns: list[dict[str, Any]] = field(default_factory=list)
    calls: list[tuple[str, str, wire.Request]] = field(default_factory=list)

    async def open(self) -> None:
        """Nothing to open."""

    async def close(self) -> None:
        """Nothing to close."""

    async def call(self, service, method, request, *, timeout=wire.TIMEOUT_SECONDS):
        wire.write_call(1, request, None)  # the wire takes only plain JSON
        if method == "list_campaigns":
            return {"items": self.campaigns}  # the gateway's own question, of which no test is told
        self.calls.append((service, method, request))
        answer = self.answer(service, method) if callable(self.answer) else self.answer
        if isinstance(answer, Exception):
            raise answer
        return answer

    @property
    def last(self) -> wire.Request:
        return self.calls[-1][2]


@pytest.fixture
def services() -> Services:
    return Services()


class Browser:
    """Speaks HTTP to the application in this process; English unless a test says otherwise."""

    def __init__(self, app) -> None:
        self._app = app

    def request(self, method, path, *, headers=None, **kwargs) -> httpx.Response:
        return asyncio.run(self._request(method, path, headers or {}, kwargs))

    async def _request(self, method, path, headers, kwargs) -> httpx.Response:
        # A fault of the application is answered, as it would be outside, and not raised.
        transport = httpx.ASGITransport(self._app, raise_app_exceptions=False)
        async with httpx.AsyncClient(
            transport=transport, base_url="http://panjareh.test"
        ) as client:
            headers = {"accept-language": "en"} | headers
            return await client.request(method, path, headers=headers, **kwargs)

    def get(self, path, **kwargs) -> httpx.Response:
        return self.request("GET", path, **kwargs)

    def post(self, path, **kwargs) -> httpx.Response:
        return self.request("POST", path, **kwargs)

    def put(self, path, **kwargs) -> httpx.Response:
        return self.request("PUT", path, **kwargs)

    def delete(self, path, **kwargs) -> httpx.Response:
        return self.request("DELETE", path, **kwargs)


class NoProvider(httpx.AsyncBaseTransport):
    """An OpenID provider that nobody reaches."""

    async def handle_async_request(self, request):
        raise httpx.ConnectError("away")


WINDOW, ISSUER = "http://panjareh.test", "http://panjareh.test/id"


@pytest.fixture
def provider_transport() -> httpx.AsyncBaseTransport:
    return NoProvider()


@pytest.fixture
def http(services, provider_transport) -> Browser:
    identity = ServiceIdentity("gateway", KEY.as_dict(private=True))
    provider = Provider(ISSUER, identity, transport=provider_transport)
    cookies = SealedCookies(b"k" * 32, secure=False)
    return Browser(make_app(services, identity, provider, SigningIn(provider, cookies, WINDOW)))
