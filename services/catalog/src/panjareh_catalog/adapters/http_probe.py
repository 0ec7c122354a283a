"""Asks addresses over HTTP what they answer, many at once, each within its deadline."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping
from datetime import timedelta

import httpx

_AT_ONCE = 50


class HttpProber:
    """The Prober port: one GET, no redirect followed, the body not read. `deadline` is for the whole of it."""

    def __init__(self, deadline: timedelta = timedelta(seconds=5)) -> None:
        self._seconds = deadline.total_seconds()

    def statuses(self, addresses: Collection[str]) -> Mapping[str, int | None]:
        return asyncio.run(self._ask_all(list(dict.fromkeys(addresses))))

    async def _ask_all(self, addresses: list[str]) -> dict[str, int | None]:
        turns = asyncio.Semaphore(_AT_ONCE)
        headers = {"User-Agent": "panjareh-probe/1", "Accept": "*/*"}
        # Nothing of our surroundings: a proxy that answers for a dead host would hide that it is dead.
        client = httpx.AsyncClient(trust_env=False, headers=headers, timeout=self._seconds)
        async with client:

            async def ask(address: str) -> int | None:
                async with turns:
                    return await self._ask(client, address)

            answers = await asyncio.gather(*(ask(address) for address in addresses))
        return dict(zip(addresses, answers, strict=True))

    async def _ask(self, client: httpx.AsyncClient, address: str) -> int | None:
        try:
            # httpx counts its timeouts anew with every byte; this one ends.
            async with asyncio.timeout(self._seconds), client.stream("GET", address) as answer:
                return answer.status_code
        except (httpx.HTTPError, httpx.InvalidURL, OSError, TimeoutError, ValueError):
            return None
