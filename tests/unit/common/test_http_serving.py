"""Whom an `http` process takes for the client: who connected, or whom a trusted proxy says it was."""

from __future__ import annotations

import asyncio

import httpx
import pytest

from panjareh_common import http_serving
from panjareh_common.settings import TRUSTED_PROXIES, Settings, SettingsMissing


def proxies(text: str) -> tuple[str, ...]:
    found: tuple[str, ...] = Settings(TRUSTED_PROXIES, environ={TRUSTED_PROXIES.name: text})[
        TRUSTED_PROXIES
    ]
    return found


def client_of(monkeypatch, trusted: str, connects: str, forwarded: str | None) -> str:
    """Which client the application sees of a request that `connects` sends."""
    seen, served = [], []

    async def application(scope, receive, send) -> None:
        seen.append(scope["client"][0])
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    class Server:
        def __init__(self, config) -> None:
            served.append(config)

        async def serve(self) -> None:
            served[0].load()

    async def ask() -> None:
        transport = httpx.ASGITransport(served[0].loaded_app, client=(connects, 1))
        async with httpx.AsyncClient(transport=transport, base_url="http://window.test") as http:
            await http.get("/", headers={"x-forwarded-for": forwarded} if forwarded else {})

    monkeypatch.setattr(http_serving, "_Server", Server)
    http_serving.serve_http(application, "127.0.0.1", 0, proxies(trusted))
    asyncio.run(ask())
    return str(seen[0])


PROXY, CLIENT, LIAR = "10.1.2.3", "198.51.100.7", "203.0.113.9"


@pytest.mark.parametrize(
    ("trusted", "connects", "forwarded", "client"),
    [
        ("", CLIENT, None, CLIENT),
        ("", CLIENT, LIAR, CLIENT),
        ("", "127.0.0.1", LIAR, "127.0.0.1"),
        ("10.0.0.0/8", PROXY, CLIENT, CLIENT),
        ("10.0.0.0/8", PROXY, f"{LIAR}, {CLIENT}", CLIENT),  # the first is what the client said
        ("10.0.0.0/8", PROXY, f"{LIAR}, {CLIENT}, 10.9.9.9", CLIENT),
        ("10.0.0.0/8", CLIENT, LIAR, CLIENT),
        ("192.0.2.1, 10.1.2.3", PROXY, CLIENT, CLIENT),
        ("192.0.2.1", PROXY, CLIENT, PROXY),
    ],
)
def test_the_client_is_whom_a_trusted_proxy_saw(
    monkeypatch, trusted, connects, forwarded, client
) -> None:
    assert client_of(monkeypatch, trusted, connects, forwarded) == client


@pytest.mark.parametrize(
    "text", ["*", "everybody", "10.0.0.0/33", "10.0.0.1/8", "10.0.0.1;10.0.0.2"]
)
def test_trust_in_no_address_is_a_mistake(text) -> None:
    with pytest.raises(SettingsMissing, match=TRUSTED_PROXIES.name):
        proxies(text)


def test_trusted_proxies_are_read_one_by_one() -> None:
    assert proxies("10.0.0.0/8, 192.0.2.7 ,fd00::/8,") == ("10.0.0.0/8", "192.0.2.7/32", "fd00::/8")
