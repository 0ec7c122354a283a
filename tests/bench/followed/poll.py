"""The limit: looks as often as our follower, reads the same events below the same horizon, and writes nothing."""

from __future__ import annotations

import time
from typing import Any, cast

import psycopg

from panjareh_common.event_store.append import HORIZON
from tests.bench.followed import Seen
from tests.bench.followed.ours import open_writer, prepare

_QUERY = cast(
    Any,
    f"SELECT position, stream FROM event WHERE position > %s AND position < {HORIZON}"
    " ORDER BY position LIMIT 2000",
)
_SHORTEST, _LONGEST, _IDLE_SHARE = 0.002, 0.05, 50


def follow(url: str, seen: Seen) -> None:
    position, busy = 0, time.monotonic()
    with psycopg.connect(url, autocommit=True, prepare_threshold=0) as connection:
        while True:
            rows = connection.execute(_QUERY, (position,)).fetchall()
            for position, stream in rows:  # noqa: B007  # the last one is where it goes on
                seen(stream)
            now = time.monotonic()
            busy = now if rows else busy
            time.sleep(min(max((now - busy) / _IDLE_SHARE, _SHORTEST), _LONGEST))


__all__ = ["follow", "open_writer", "prepare"]
