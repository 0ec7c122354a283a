"""B3: remote calls, an echo of 256 bytes, with 1 and with 32 calls in flight."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from typing import Any
from uuid import uuid4

from panjareh_common.assurance import AssuranceLevel
from panjareh_common.security import ServiceIdentity
from panjareh_common.security.tokens import ACCESS_TOKEN
from tests.bench.ground import Ground
from tests.bench.intervals import percentile
from tests.bench.keys import environment, signing_key
from tests.bench.model import Bench, Cell, Comparison, Reading
from tests.bench.processes import Child

SERIAL, MANY = "1 in flight", "32 in flight"
_IN_FLIGHT = {SERIAL: 1, MANY: 32}
OURS, TOGETHER, ALONE = "panjareh", "panjareh, many=True", "panjareh, a message a call"
STOCK, KOMBU, FASTSTREAM, LIMIT = "stock Nameko", "bare kombu", "FastStream", "bare aiormq"
# Who, the module, and what its driver is told beside `drive`.
_PEERS = (
    (OURS, "ours", ()),
    (TOGETHER, "ours", ("many",)),
    (ALONE, "ours", ("alone",)),
    (STOCK, "nameko_stock", ()),
    (KOMBU, "kombu_bare", ()),
    (FASTSTREAM, "faststream_rpc", ()),
    (LIMIT, "aiormq_bare", ()),
)
_TOKEN_SECONDS = 4 * 3600


@contextmanager
def prepare(ground: Ground) -> Iterator[Bench]:
    env = echo_environment(ground, "b3")
    with ExitStack() as stack:

        def start(name: str, *arguments: str) -> Child:
            log = ground.home / f"b3_{'_'.join((name, *arguments))}.log"
            child = Child(f"tests.bench.rpc_peers.{name}", *arguments, env=env, log=log)
            stack.callback(child.stop)
            child.wait_until_ready()
            return child

        for name in dict.fromkeys(name for _, name, _ in _PEERS):
            start(name, "serve")
        drivers = {who: start(name, "drive", *how) for who, name, how in _PEERS}
        cells = [
            Cell(who, load, partial(_measure, ground, driver, load))
            for load in _IN_FLIGHT
            for who, driver in drivers.items()
        ]
        yield Bench("B3", "remote call, echo of 256 bytes", cells, _comparisons())


def echo_environment(ground: Ground, database: str) -> dict[str, str]:
    """What rpc_peers.ours needs: keys, a database, and the token of a person."""
    env = environment(ground, {"catalog": ground.database(database, "catalog")})
    return env | {"PERSON_TOKEN": _person_token(env)}


def _comparisons() -> list[Comparison]:
    return [
        Comparison("rate", (OURS, MANY), (STOCK, MANY), 10),
        Comparison("rate", (OURS, MANY), (KOMBU, MANY), 2),
        Comparison("rate", (TOGETHER, MANY), (STOCK, MANY), 10),
        Comparison("rate", (TOGETHER, MANY), (KOMBU, MANY), 2),
        Comparison("rate", (ALONE, MANY), (STOCK, MANY), 3),
        Comparison("rate", (ALONE, SERIAL), (STOCK, SERIAL), 3),
        Comparison("p50_ms", (OURS, SERIAL), (LIMIT, SERIAL), 1.3, at_most=True),
        Comparison("rate", (OURS, MANY), (FASTSTREAM, MANY)),
        Comparison("rate", (OURS, MANY), (LIMIT, MANY)),
        Comparison("rate", (OURS, SERIAL), (FASTSTREAM, SERIAL)),
    ]


def _measure(ground: Ground, driver: Child, load: str) -> Reading:
    said: dict[str, Any] = driver.ask(f"{_IN_FLIGHT[load]} {ground.seconds}")
    return {
        "rate": said["count"] / said["seconds"],
        "p50_ms": percentile(said["latencies"], 50) * 1000,
        "p99_ms": percentile(said["latencies"], 99) * 1000,
    }


def _person_token(env: dict[str, str]) -> str:
    """What identity gives a person who signed in; a service checks it at every call."""
    now = int(time.time())
    claims = {
        "iss": "identity",
        "aud": "panjareh",
        "sub": str(uuid4()),
        "sid": str(uuid4()),
        "acr": AssuranceLevel(2).acr,
        "auth_time": now,
        "iat": now,
        "exp": now + _TOKEN_SECONDS,
    }
    return ServiceIdentity("identity", signing_key(env, "identity")).sign(claims, ACCESS_TOKEN)
