"""One process: see the package."""

from __future__ import annotations

import importlib
import json
import os
import sys
import threading
import traceback
from typing import Any

from tests.bench.followed import Sightings, write


def main(what: str, name: str, url: str) -> None:
    module = importlib.import_module(f"tests.bench.followed.{name}")
    if what == "write":
        append = module.open_writer(url)
        print("ready", flush=True)
        for line in sys.stdin:
            _answer(write(append, *map(float, line.split())))
    else:
        sightings = Sightings()

        def follow() -> None:
            try:
                module.follow(url, sightings.see)
            finally:
                traceback.print_exc()
                os._exit(1)  # so that nobody waits for what will not be seen

        threading.Thread(target=follow, daemon=True).start()
        print("ready", flush=True)
        for line in sys.stdin:
            events, patience = line.split()
            _answer(sightings.take(int(events), float(patience)))


def _answer(said: Any) -> None:
    print(json.dumps(said), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
