"""A process with threads that write as fast as they can: some hold their transactions open, some fail."""

from __future__ import annotations

import json
import random
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from tests.faults.core.interleaving import Log
from tests.faults.core.ours import OurLog
from tests.faults.core.stock.log import StockLog

LOGS: dict[str, Callable[[str], OurLog | StockLog]] = {
    "ours": lambda url: OurLog(url, together=True),
    "stock": StockLog,
}
THREADS = 6


def write(log: Log, name: str, until: float) -> list[str]:
    chance = random.Random(name)
    stored: list[str] = []
    number = 0
    while time.monotonic() < until:
        number += 1
        said = f"{name}-{number}"
        if chance.random() < 0.1:
            said += f"-pause-{chance.randrange(5, 60)}"
        refused = chance.random() < 0.15
        try:
            stored += log.store(
                f"{said}-refused" if refused else said,
                [chance.randrange(1, 4), 1][: 1 + number % 2],
            )
        except Exception:
            if not refused:
                raise
        else:
            assert not refused
    return stored


def main(kind: str, url: str, name: str, seconds: float) -> None:
    log = LOGS[kind](url)
    until = time.monotonic() + seconds
    with ThreadPoolExecutor(THREADS) as pool:
        writing = [pool.submit(write, log, f"{name}{n}", until) for n in range(THREADS)]
        stored = [each for thread in writing for each in thread.result()]
    log.close()
    json.dump(stored, sys.stdout)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3], float(sys.argv[4]))
