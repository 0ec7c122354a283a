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

KEY = jwk.OKPKey.generate_key("Ed25519", {"kid": "gateway-1"})


@dataclass
class Services:
    """Stands where AsyncRpcClient stands. `answer` is what every call gets; an exception is raised."""

    answer: Any = field(default_factory=dict)
    connected: bool = True
    calls: list[tuple[str, str, wire.Request]] = field(default_factory=list)

    async def open(self) -> None:
        """Nothing to open."""

    async def close(self) -> None:
        """Nothing to close."""

    async def call(self, service, method, request, *, timeout=wire.TIMEOUT_SECONDS):
        wire.write_call(1, request, None)  # the wire takes only plain JSON
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


@pytest.fixture
def http(services) -> Browser:
    return Browser(make_app(services, ServiceIdentity("gateway", KEY.as_dict(private=True))))
