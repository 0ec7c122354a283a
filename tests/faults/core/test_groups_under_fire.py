"""Groups of commands that conflict, repeat and break rules, while connections are killed: each stands or falls whole."""

from __future__ import annotations

import random
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import count
from uuid import uuid4

import psycopg
import pytest

from panjareh_common.database import Database
from panjareh_common.event_store.append import Append, Committer, Row
from panjareh_common.refusals import Unavailable

pytestmark = pytest.mark.faults

GROUPS = 80
NOW = datetime(2026, 3, 21, 8, 30, tzinfo=UTC)
EFFECT = "INSERT INTO effect SELECT * FROM jsonb_populate_recordset(NULL::effect, %s)"
INBOX = """
INSERT INTO inbox (listener, message_id)
SELECT listener, message_id FROM jsonb_populate_recordset(NULL::inbox, %s)
"""
LEFT = """
SELECT (SELECT coalesce(array_agg(position ORDER BY position), '{}') FROM event WHERE hash = %(mark)s),
       (SELECT count(*) FROM effect WHERE number = %(number)s),
       (SELECT count(*) FROM inbox WHERE listener = %(number)s::text)
"""


@contextmanager
def connections_die(url: str, chance: random.Random) -> Iterator[None]:
    """Ends one connection of the database after another."""
    stop = threading.Event()

    def kill() -> None:
        with psycopg.connect(url, autocommit=True) as connection:
            while not stop.wait(chance.uniform(0.01, 0.1)):
                connection.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
                    " ORDER BY random() LIMIT 1"
                )

    killer = threading.Thread(target=kill)
    killer.start()
    try:
        yield
    finally:
        stop.set()
        killer.join()


def mark(number: int) -> bytes:
    return number.to_bytes(32, "big")


def a_group(chance: random.Random, numbers: Iterator[int]) -> dict[int, Append]:
    """Commands on few streams; some break a rule of their view, some handle one message twice."""
    shared, group = [uuid4() for _ in range(6)], {}
    for number in (next(numbers) for _ in range(chance.randrange(2, 30))):
        append = group[number] = Append()
        streams = chance.sample([*shared, uuid4(), uuid4()], chance.choice((1, 1, 2)))
        for stream in streams:
            first = chance.choice((1, 1, 2))
            for version in range(first, first + chance.choice((1, 1, 3))):
                row = Row(stream, version, "test", b"{}", "{}", NOW, NOW, mark(number))
                append.rows.append(row)
        right = chance.random() > 0.05
        append.writes[EFFECT] = [{"number": number if right else None}]
        append.writes[INBOX] = [{"listener": str(number), "message_id": "own"}]
        if chance.random() < 0.2:
            append.writes[INBOX].append({"listener": f"all of {shared[0]}", "message_id": "same"})
    return group


def test_every_command_of_a_group_is_stored_whole_or_not_at_all_and_told_so(
    database_url: str,
) -> None:
    database = Database(database_url, size=8)
    database.open()
    with database.connection() as connection:
        connection.execute("CREATE TABLE effect (number bigint NOT NULL PRIMARY KEY)")
    committer, numbers = Committer(database), count(1)
    told: Counter[str] = Counter()

    with connections_die(database_url, random.Random(0)):
        for seed in range(GROUPS):
            group = a_group(random.Random(seed), numbers)
            outcomes = committer.commit_each(list(group.values()))
            for (number, append), outcome in zip(group.items(), outcomes, strict=True):
                told[type(outcome).__name__] += 1
                (left,) = database.fetch(LEFT, {"mark": mark(number), "number": number})
                if isinstance(outcome, Unavailable):
                    continue  # may be stored or not; its caller asks again
                if isinstance(outcome, Exception):
                    assert left == ([], 0, 0), f"group {seed}: {outcome!r}, and yet stored"
                else:
                    assert left == (outcome, 1, 1), f"group {seed}: told it is stored"
                    assert len(set(outcome)) == len(append.rows)

    database.close()
    assert set(told) >= {"list", "VersionTaken", "NotNullViolation"}
    assert told["list"] > GROUPS
