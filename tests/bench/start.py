"""B7: from a cold start to the first served call, and memory when idle, for each kind of process."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path

import psycopg

from panjareh_common import settings as names
from panjareh_common.messaging.topology import erasures
from panjareh_common.settings import service_database_url
from panjareh_requests.messaging.subscriptions import SUBSCRIPTIONS
from tests.bench import first_calls
from tests.bench.first_calls import Served
from tests.bench.ground import ROOT, Ground
from tests.bench.keys import environment
from tests.bench.model import Bench, Cell, Comparison, Reading
from tests.bench.processes import Child

START, IDLE = "start_ms", "pss_mib"
STOCK = "stock Nameko"
_COMMANDS = {
    "rpc": ("panjareh_requests", "rpc"),
    "follower": ("panjareh_requests", "follower"),
    "clock": ("panjareh_requests", "clock"),
    "http": ("panjareh_gateway", "http"),
    "migrate": ("panjareh_requests", "migrate"),
}
_WATCHES = {
    "rpc": first_calls.rpc_calls,
    "follower": first_calls.followed_events,
    "clock": first_calls.due_waits,
    "http": first_calls.http_requests,
    STOCK: first_calls.stock_calls,
}
_AT_MOST, _LIGHT = 1.15, 0.6
_IDLE_SECONDS = 0.5  # after the first call, before the memory is read

# No other service runs here that could be asked for what was published before.
_CAUGHT_UP = """
INSERT INTO catch_up (subscription, ended_at) VALUES (%s, now())
ON CONFLICT (subscription) DO UPDATE SET ended_at = now()
"""


class _Starts:
    """`watches` maps a kind to what tells that such a process serves; `migrate` serves by ending."""

    def __init__(
        self, ground: Ground, env: Mapping[str, str], watches: Mapping[str, Callable[[], Served]]
    ) -> None:
        self._log = ground.home / "b7.log"
        self._lists = ground.home
        self._env = env
        self._watches = watches

    def ours(self, kind: str) -> Reading:
        return self._start(kind, *_COMMANDS[kind])

    def stock(self) -> Reading:
        return self._start(STOCK, "tests.bench.start_peers.stock")

    def bare(self, kind: str) -> Reading:
        began = time.perf_counter()
        child = Child(
            "tests.bench.start_peers.bare", self._list(kind), env=self._env, log=self._log
        )
        return self._read(child, began, child.wait_until_ready)

    def list_modules(self, kind: str) -> None:
        """What the bare interpreter is to load: found by running the process itself once."""
        self._start(kind, "tests.bench.start_peers.listed", self._list(kind), *_COMMANDS[kind])

    def _list(self, kind: str) -> str:
        return str(self._lists / f"b7_{kind}.modules")

    def _start(self, kind: str, *command: str) -> Reading:
        if kind == "migrate":
            return self._to_the_end(command)
        served = self._watches[kind]()
        began = time.perf_counter()
        child = Child(*command, env=self._env, log=self._log)
        return self._read(child, began, served)

    def _read(self, child: Child, began: float, served: Served) -> Reading:
        try:
            served()
            took = time.perf_counter() - began
            cpu = _processor_seconds(child.process.pid)
            time.sleep(_IDLE_SECONDS)
            return {START: took * 1000, "cpu_ms": cpu * 1000, **_memory(child.process.pid)}
        finally:
            child.stop()

    def _to_the_end(self, command: tuple[str, ...]) -> Reading:
        began = time.perf_counter()
        with self._log.open("ab") as sink:
            subprocess.run(
                [sys.executable, "-m", *command],
                cwd=ROOT,
                env=dict(self._env),
                stdout=sink,
                stderr=sink,
                check=True,
            )
        return {START: (time.perf_counter() - began) * 1000}


def _processor_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / 100  # proc(5): utime and stime, in ticks


def _memory(pid: int) -> dict[str, float]:
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text("ascii").splitlines()[1:]
    sizes = {line.split(":")[0]: int(line.split()[1]) / 1024 for line in lines}
    return {IDLE: sizes["Pss"], "rss_mib": sizes["Rss"]}


@contextmanager
def prepare(ground: Ground) -> Iterator[Bench]:
    port = str(ground.servers.ports.free("bench-http"))
    env = environment(ground, {}) | {names.HTTP_PORT.name: port}
    with ExitStack() as stack:
        _Starts(ground, env, {}).ours("migrate")  # makes the database that the others use
        with psycopg.connect(service_database_url("requests", env)) as connection:
            for heard in {*SUBSCRIPTIONS, erasures("requests")}:
                connection.execute(_CAUGHT_UP, (heard.name,))
        watches = {kind: stack.enter_context(watch(env)) for kind, watch in _WATCHES.items()}
        starts = _Starts(ground, env, watches)
        for kind in _COMMANDS:
            starts.list_modules(kind)
        yield Bench(
            "B7",
            "cold start to the first served call, and memory when idle",
            list(_cells(starts)),
            list(_comparisons()),
            notes=(
                "A bare interpreter loads the same modules in the same order and does nothing.",
                "`migrate` finds nothing to do, and serves by ending.",
            ),
            figures=(START, "cpu_ms", IDLE, "rss_mib"),
        )


def _cells(starts: _Starts) -> Iterator[Cell]:
    for kind in _COMMANDS:
        yield Cell("panjareh", kind, partial(starts.ours, kind))
        yield Cell("bare interpreter", kind, partial(starts.bare, kind))
    yield Cell(STOCK, "rpc", starts.stock)


def _comparisons() -> Iterator[Comparison]:
    rpc = ("panjareh", "rpc")
    for kind in _COMMANDS:
        for figure in (START, IDLE) if kind != "migrate" else (START,):
            bare = ("bare interpreter", kind)
            yield Comparison(figure, ("panjareh", kind), bare, _AT_MOST, at_most=True)
    for figure in (START, IDLE):
        for kind in ("follower", "clock"):
            yield Comparison(figure, ("panjareh", kind), rpc, _LIGHT, at_most=True)
        yield Comparison(figure, rpc, (STOCK, "rpc"))
