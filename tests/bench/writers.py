"""Writer processes: started once, told when to begin, each with every store open that it was asked for."""

from __future__ import annotations

import importlib
import multiprocessing
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Any

from tests.bench.intervals import percentile
from tests.bench.stores import Store

_PATIENCE = 60.0
_BEFORE_BEGIN = 0.02  # seconds, for the order to reach every writer


@dataclass(frozen=True)
class Order:
    """Append to `module`'s store at `url` from `begin` (monotonic clock) for `seconds`."""

    module: str
    url: str
    begin: float
    seconds: float


@dataclass(frozen=True)
class Work:
    """What writers did: acknowledged appends, the seconds of each, when the last ended."""

    count: int
    latencies: list[float]
    ended: float
    durable: bool


class Writers:
    """`most` processes, which idle until they are asked."""

    def __init__(self, most: int) -> None:
        # Spawned, so that they inherit no connection; they import what the store needs.
        spawn = multiprocessing.get_context("spawn")
        self._ends: list[Connection] = []
        self._processes = []
        for _ in range(most):
            ours, theirs = spawn.Pipe()
            process = spawn.Process(target=_write, args=(theirs,), daemon=True)
            process.start()
            theirs.close()
            self._ends.append(ours)
            self._processes.append(process)

    def run(self, module: str, url: str, writers: int, seconds: float) -> Work:
        """All at once, for a time; what an append that began in time ends with counts."""
        ends = self._ends[:writers]
        for end in ends:
            end.send(Order(module, url, 0, 0))  # opens the store where it is not open yet
        for end in ends:
            _received(end, _PATIENCE)
        begin = time.monotonic() + _BEFORE_BEGIN
        for end in ends:
            end.send(Order(module, url, begin, seconds))
        parts = [_received(end, seconds + _PATIENCE) for end in ends]
        return Work(
            count=sum(part.count for part in parts),
            latencies=[latency for part in parts for latency in part.latencies],
            ended=max(part.ended for part in parts) - begin,
            durable=all(part.durable for part in parts),
        )

    def stop(self) -> None:
        for end in self._ends:
            end.close()
        for process in self._processes:
            process.join(10)
            process.kill()


def reading(work: Work) -> dict[str, float]:
    """The figures of one cell."""
    return {
        "rate": work.count / work.ended,
        "p50_ms": percentile(work.latencies, 50) * 1000,
        "p99_ms": percentile(work.latencies, 99) * 1000,
    }


@contextmanager
def writers(most: int) -> Iterator[Writers]:
    started = Writers(most)
    try:
        yield started
    finally:
        started.stop()


def _received(end: Connection, seconds: float) -> Any:
    """Raises TimeoutError, or what the writer met."""
    if not end.poll(seconds):
        raise TimeoutError("a writer does not answer")
    said = end.recv()
    if isinstance(said, Exception):
        raise said
    return said


def _write(end: Connection) -> None:
    """The life of one writer."""
    stores: dict[tuple[str, str], Store] = {}
    while True:
        try:
            order = end.recv()
        except EOFError:
            return
        try:
            key = (order.module, order.url)
            if key not in stores:
                stores[key] = importlib.import_module(order.module).open_store(order.url)
            end.send(_obey(stores[key], order))
        except Exception as fault:
            end.send(RuntimeError(f"{order.module}: {type(fault).__name__}: {fault}"))


def _obey(store: Store, order: Order) -> Work:
    if not order.seconds:
        return Work(0, [], order.begin, durable=True)
    with ThreadPoolExecutor(store.in_flight) as pool:
        parts = list(pool.map(lambda _: _append(store, order), range(store.in_flight)))
    return Work(
        count=sum(count for count, _, _ in parts),
        latencies=[latency for _, latencies, _ in parts for latency in latencies],
        ended=max(ended for _, _, ended in parts),
        durable=store.settle(),
    )


def _append(store: Store, order: Order) -> tuple[int, list[float], float]:
    """How many were acknowledged, the seconds of each, and when the last was."""
    latencies: list[float] = []
    count = 0
    while time.monotonic() < order.begin:
        time.sleep(0)
    until = order.begin + order.seconds
    now = time.monotonic()
    while now < until:
        count += store.append()
        then, now = now, time.monotonic()
        latencies.append(now - then)
    return count, latencies, now
