"""Many people at the public HTTP door at once, from one process: connections kept open, and nothing done per call that need not be."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID, uuid4

from panjareh_common.assurance import AssuranceLevel
from panjareh_common.security import ServiceIdentity
from panjareh_common.security.tokens import ACCESS_TOKEN

_PATIENCE = 20.0


class Said(NamedTuple):
    status: int
    retry_after: float
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


class Line:
    """One HTTP/1.1 connection that is kept open."""

    def __init__(self, host: str, port: int) -> None:
        self._host, self._port = host, port
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def ask(self, method: str, path: str, token: str, body: bytes = b"", **also: str) -> Said:
        """Raises ConnectionError and TimeoutError."""
        if self._streams is None:
            self._streams = await asyncio.open_connection(self._host, self._port)
        reader, writer = self._streams
        head = f"{method} {path} HTTP/1.1\r\nHost: {self._host}\r\nAccept-Language: en\r\n"
        head += f"Authorization: Bearer {token}\r\nContent-Length: {len(body)}\r\n"
        if body:
            head += "Content-Type: application/json\r\n"
        head += "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in also.items())
        try:
            writer.write(head.encode() + b"\r\n" + body)
            async with asyncio.timeout(_PATIENCE):
                raw = await reader.readuntil(b"\r\n\r\n")
                status, headers = _read_head(raw)
                length = int(headers.get("content-length", 0))
                said = await reader.readexactly(length) if length else b""
        except BaseException:
            self.close()
            raise
        return Said(status, float(headers.get("retry-after", 0)), said)

    def close(self) -> None:
        if self._streams is not None:
            self._streams[1].close()
            self._streams = None


def _read_head(raw: bytes) -> tuple[int, dict[str, str]]:
    first, *rest = raw.decode("latin-1").split("\r\n")
    pairs = (line.partition(":") for line in rest if line)
    return int(first.split(" ", 2)[1]), {n.lower(): value.strip() for n, _, value in pairs}


class Tokens:
    """Access tokens as identity signs them, for people who need not sign up one by one."""

    def __init__(self, key: Mapping[str, Any]) -> None:
        self._identity = ServiceIdentity("identity", key)

    def of(self, person: UUID | None = None, **more: Any) -> str:
        now = int(time.time())
        claims = {
            "iss": "identity",
            "aud": "panjareh",
            "sub": str(person or uuid4()),
            "sid": uuid4().hex,
            "iat": now,
            "exp": now + 7200,
            "auth_time": now,
            "acr": AssuranceLevel(2).acr,
            "amr": ["pwd"],
        }
        return self._identity.sign(claims | more, ACCESS_TOKEN)


class Crowd:
    """People who take a number all at once and ask when it is their turn, each over whichever line is free."""

    def __init__(self, host: str, port: int, tokens: Tokens, code: str) -> None:
        self._place = host, port
        self._tokens = tokens
        self._path = f"/api/v1/services/{code}"
        self.drawn: list[float] = []  # seconds that each took
        self.entered: list[float] = []
        self.draws_seconds = self.seconds = 0.0
        self.sent_away = 0
        self.early = 0.0  # the most that a turn was promised before it was good
        self._turns: asyncio.Queue[tuple[float, str, str]] = asyncio.Queue()

    async def come(self, many: int, *, drawing: int, entering: int) -> None:
        began = time.monotonic()
        left = iter(range(many))
        drawers = [asyncio.create_task(self._draw(left)) for _ in range(drawing)]
        enterers = [asyncio.create_task(self._enter(many)) for _ in range(entering)]
        await asyncio.gather(*drawers)
        self.draws_seconds = time.monotonic() - began
        await asyncio.gather(*enterers)
        self.seconds = time.monotonic() - began

    async def _draw(self, left: Any) -> None:
        line = Line(*self._place)
        for _ in left:
            token = self._tokens.of()
            began = time.perf_counter()
            said = await self._until_taken(line, "PUT", f"{self._path}/ticket", token)
            self.drawn.append(time.perf_counter() - began)
            told = said.json()
            turn_at = datetime.fromisoformat(told["turn_at"]).timestamp()
            self._turns.put_nowait((turn_at, token, told["ticket"]))
        line.close()

    async def _enter(self, many: int) -> None:
        line = Line(*self._place)
        while len(self.entered) < many:
            try:
                turn_at, token, ticket = await asyncio.wait_for(self._turns.get(), 1.0)
            except TimeoutError:
                continue
            await asyncio.sleep(max(0.0, turn_at - time.time()))
            body = json.dumps({"form": {}, "ticket": ticket}).encode()
            began = time.perf_counter()
            path, key = f"{self._path}/requests", uuid4().hex
            await self._until_taken(line, "POST", path, token, body, Idempotency_Key=key)
            self.entered.append(time.perf_counter() - began)
        line.close()

    async def _until_taken(
        self, line: Line, method: str, path: str, token: str, body: bytes = b"", **also: str
    ) -> Said:
        while True:
            try:
                said = await line.ask(method, path, token, body, **also)
            except (ConnectionError, TimeoutError, asyncio.IncompleteReadError):
                self.sent_away += 1
                continue
            if said.status < 300:
                return said
            assert said.status in (429, 503, 504), said.body
            self.sent_away += 1
            await asyncio.sleep(said.retry_after)


async def keep_asking(
    lines: int, seconds: float, place: tuple[str, int], ask: Callable[[Line], Any]
) -> list[float]:
    """How long each of many calls took, so many at a time."""
    took: list[float] = []
    until = time.monotonic() + seconds

    async def one() -> None:
        line = Line(*place)
        while time.monotonic() < until:
            began = time.perf_counter()
            await ask(line)
            took.append(time.perf_counter() - began)
        line.close()

    await asyncio.gather(*(one() for _ in range(lines)))
    return took
