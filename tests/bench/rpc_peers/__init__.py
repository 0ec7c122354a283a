"""Echo of 256 bytes, by each peer: `python -m tests.bench.rpc_peers.NAME serve` and `… drive`.

`serve` says `ready` when it serves. `drive` reads orders from its input, one a line
(`in_flight seconds`), and answers each with one line of JSON: how many calls were answered, the
time of each, and the time in all. It keeps `in_flight` calls waiting, sends the next when one
is answered, and fails when an answer is not what was sent.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
from collections.abc import Awaitable, Callable

TEXT = "x" * 256
QUEUE = "bench-echo"
AMQP_URL = os.environ.get("PANJAREH_AMQP_URL", "")


def ready() -> None:
    print("ready", flush=True)


class Answers:
    """What one order gave."""

    def __init__(self, seconds: float) -> None:
        self.began = time.perf_counter()
        self.until = self.began + seconds
        self.latencies: list[float] = []

    @property
    def over(self) -> bool:
        return time.perf_counter() >= self.until

    def take(self, sent_at: float, answer: object) -> None:
        if answer != TEXT:
            raise AssertionError(f"the echo is another: {answer!r}")
        self.latencies.append(time.perf_counter() - sent_at)

    def tell(self) -> None:
        took = time.perf_counter() - self.began
        said = {"count": len(self.latencies), "seconds": took, "latencies": self.latencies}
        print(json.dumps(said), flush=True)


def order(line: str) -> tuple[int, float]:
    in_flight, seconds = line.split()
    return int(in_flight), float(seconds)


async def drive(call: Callable[[str], Awaitable[object]]) -> None:
    """Obeys orders until the input ends; `call` gives the echo of a text."""
    ready()
    loop = asyncio.get_running_loop()
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        in_flight, seconds = order(line)
        answers = Answers(seconds)

        async def keep_calling(answers: Answers = answers) -> None:
            while not answers.over:
                sent_at = time.perf_counter()
                answers.take(sent_at, await call(TEXT))

        await asyncio.gather(*(keep_calling() for _ in range(in_flight)))
        answers.tell()
