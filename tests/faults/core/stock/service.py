"""A Nameko service as the tutorials build it: RPC, event handlers and an event store, all by their defaults.

    python -m tests.faults.core.stock.service DATABASE_URL AMQP_URL [dies]

With `dies` its process ends, as by kill -9, between what it stores and what it publishes.
"""

from __future__ import annotations

import os
import signal
import sys
from functools import cache
from typing import Any

import eventlet

eventlet.monkey_patch()

import psycopg  # noqa: E402  # after the patch, as `nameko run` would have it
from nameko import config  # noqa: E402
from nameko.events import EventDispatcher, event_handler  # noqa: E402
from nameko.rpc import rpc  # noqa: E402
from nameko.runners import ServiceRunner  # noqa: E402

from tests.faults.core.stock.log import (  # noqa: E402
    EVENT,
    SERVICE,
    Journals,
    StockJournal,
    settings,
)


@cache
def journals() -> Journals:
    return Journals(settings(config["DATABASE_URL"]))


def note(table: str, name: str, journal: str) -> int:
    """Writes down what was tried or heard; gives how often by now."""
    with psycopg.connect(config["DATABASE_URL"], autocommit=True) as connection:
        connection.execute(f"INSERT INTO {table} VALUES (%s, %s)".encode(), (name, journal))
        found = connection.execute(
            f"SELECT count(*) FROM {table} WHERE name = %s".encode(), (name,)
        ).fetchone()
    assert found is not None
    return int(found[0])


class StockService:
    name = SERVICE

    dispatch = EventDispatcher()

    @rpc
    def write(self, name: str) -> str:
        journal = StockJournal(name)
        journals().save(journal)
        if config["DIES"]:
            os.kill(os.getpid(), signal.SIGKILL)
        self.dispatch(EVENT, {"name": name, "journal": str(journal.id), "fails": 0})
        return str(journal.id)

    @event_handler(SERVICE, EVENT)
    def on_written(self, payload: dict[str, Any]) -> None:
        tries = note("tried_stock", payload["name"], payload["journal"])
        if tries <= payload["fails"]:
            raise RuntimeError("cannot digest this now")
        note("heard_stock", payload["name"], payload["journal"])


def main(database_url: str, amqp_url: str, *dies: str) -> None:
    config.update({"AMQP_URI": amqp_url, "DATABASE_URL": database_url, "DIES": bool(dies)})
    runner = ServiceRunner()
    runner.add_service(StockService)
    signal.signal(signal.SIGTERM, lambda *_: eventlet.spawn_n(runner.stop))
    journals()
    runner.start()
    print("ready", flush=True)
    runner.wait()


if __name__ == "__main__":
    main(*sys.argv[1:])
