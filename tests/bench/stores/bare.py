"""The physical limit: the same row into the same table by a prepared INSERT, no chain and no view."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from uuid import uuid4

import psycopg
from psycopg.types.json import Jsonb

from tests.bench.ground import Ground
from tests.bench.stores import STATE_BYTES, Store, settled

COUNT = "SELECT count(*) FROM event"

INSERT = """
INSERT INTO event (stream, version, position, topic, state, metadata, occurred_at, recorded_at, hash)
VALUES ({stream}, 1, (pg_current_xact_id()::text::bigint << 16) | 1, 'Opened', {state},
        {metadata}, {now}, {now}, {hash})
"""
# What pgbench can say by itself; it makes the values anew each time, in the server.
PGBENCH = (
    INSERT.format(
        stream="gen_random_uuid()",
        state=f"decode(repeat('78', {STATE_BYTES}), 'hex')",
        metadata="""'{"actor": "bench", "channel": "bench", "role": "service"}'""",
        now="now()",
        hash="decode(repeat('78', 32), 'hex')",
    ).replace("\n", " ")
    + ";\n"
)


def prepare(ground: Ground, name: str) -> str:
    return ground.database(name, "common")


class _Bare:
    in_flight = 1

    def __init__(self, url: str) -> None:
        self._connection = psycopg.connect(url, autocommit=True, prepare_threshold=0)
        self._cursor = self._connection.cursor()
        self._insert = INSERT.format(stream="%s", state="%s", metadata="%s", now="%s", hash="%s")
        self._state, self._hash = os.urandom(STATE_BYTES), os.urandom(32)
        self._metadata = Jsonb({"actor": "bench", "channel": "bench", "role": "service"})

    def append(self) -> int:
        now = datetime.now(UTC)
        self._cursor.execute(
            self._insert, (uuid4(), self._state, self._metadata, now, now, self._hash)
        )
        return 1

    def settle(self) -> bool:
        return settled(self._connection)


def open_store(url: str) -> Store:
    return _Bare(url)
