"""What the services have stored and queued, read past them, as only a test may."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit, urlunsplit

import psycopg
from amqp.exceptions import NotFound
from kombu import Connection

from panjareh_cli.local.platform import Platform
from panjareh_common.settings import SERVICES

KEPT = ("event", "idempotency")


def database_url(platform: Platform, service: str) -> str:
    """A service's database, reached as the administrator."""
    parts = urlsplit(platform.servers.database_url)
    return urlunsplit(parts._replace(path=f"/panjareh_{service}"))


def rows(platform: Platform, service: str, sql: str, *parameters: Any) -> list[tuple[Any, ...]]:
    with psycopg.connect(database_url(platform, service)) as connection:
        return connection.execute(sql.encode(), parameters or None).fetchall()


def value(platform: Platform, service: str, sql: str, *parameters: Any) -> Any:
    """The only column of the only row."""
    ((only,),) = rows(platform, service, sql, *parameters)
    return only


def counts(platform: Platform) -> dict[str, int]:
    """How many rows each service holds of what a command may leave behind."""
    every = ", ".join(f"(SELECT count(*) FROM {table})" for table in KEPT)
    found: dict[str, int] = {}
    for service in SERVICES:
        (row,) = rows(platform, service, f"SELECT {every}")
        found |= {f"{service}.{table}": n for table, n in zip(KEPT, row, strict=True)}
    return found


def topics(platform: Platform, service: str, stream: str) -> list[str]:
    """The short names of a stream's events, in order."""
    found = rows(
        platform, service, "SELECT topic FROM event WHERE stream = %s ORDER BY version", stream
    )
    return [topic.rpartition(".")[2] for (topic,) in found]


def queued(platform: Platform, *names: str) -> dict[str, int]:
    """How many messages lie ready in each queue that there is."""
    found: dict[str, int] = {}
    with Connection(platform.servers.amqp_url) as connection:
        for name in names:
            channel = connection.channel()
            try:
                found[name] = channel.queue_declare(name, passive=True).message_count
            except NotFound:  # it closes the channel, so each name has its own
                continue
            channel.close()
    return found


def dead_letters(platform: Platform) -> dict[str, int]:
    """Messages that nobody could digest; there should be none."""
    names = [f"{service}.dead" for service in SERVICES]
    return {name: count for name, count in queued(platform, *names).items() if count}
