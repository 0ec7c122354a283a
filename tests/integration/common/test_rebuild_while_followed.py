"""Views that are fed by following are made again while they are: no event is missing, none is counted twice."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest
from psycopg.rows import dict_row

from panjareh_common.event_store import EventLog
from panjareh_common.following import wait_until
from panjareh_common.projection import PARTS, Event, Projection, ProjectionFollower
from panjareh_common.rebuild import Work, _begin, _fold_streams, rebuild
from tests.integration.common.projecting import (
    NoteRows,
    Small,
    Tally,
    following,
    make_tables,
    notes,
    sums,
    table,
    tally,
    write,
)
from tests.people import until


@pytest.fixture(autouse=True)
def tables(database_url: str) -> None:
    make_tables(database_url)


@pytest.mark.parametrize("projection", [NoteRows(), Tally()], ids=["rows", "sums"])
def test_a_followed_view_is_made_again_while_it_is_followed_and_written(
    event_log: EventLog, database_url: str, projection: Projection
) -> None:
    workers = [ProjectionFollower(projection, share, 2) for share in range(2)]
    enough = threading.Event()
    write(event_log, *range(5))

    def go_on() -> None:
        while not enough.is_set():
            last = write(event_log, 2)
            wait_until(event_log, workers[0], last[0], 20)

    with following(event_log, database_url, workers), ThreadPoolExecutor(1) as pool:
        writing = pool.submit(go_on)
        try:
            for _ in range(5):
                rebuild(database_url, projection, batch=20)
        finally:
            enough.set()
        writing.result(30)
        (last,) = write(event_log, 1)
        for worker in workers:
            wait_until(event_log, worker, last, 20)

    if projection.version:
        assert table(event_log) == notes(event_log)
    else:
        assert sums(event_log) == tally(event_log)


def test_a_batch_that_was_read_before_the_swap_is_not_added_to_the_new_table(
    event_log: EventLog, database_url: str
) -> None:
    class Slow(Small):
        at_work = threading.Event()
        go_on = threading.Event()

        def tell(self, events: Sequence[Event]) -> None:
            self.at_work.set()
            assert self.go_on.wait(60)

    follower = Slow(Tally())
    write(event_log, *range(9))
    with following(event_log, database_url, [follower]):
        assert follower.at_work.wait(20)
        rebuild(database_url, Tally())
        follower.go_on.set()
        (last,) = write(event_log, 1)
        wait_until(event_log, follower, last, 20)

    assert sums(event_log) == tally(event_log)


def test_two_workers_of_one_part_count_once(event_log: EventLog, database_url: str) -> None:
    """As when a rebuild was killed, and a worker of it is still about when the next one goes on."""
    write(event_log, *[2] * 40)
    waiting = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"

    with psycopg.connect(database_url, row_factory=dict_row, autocommit=True) as connection:
        work = Work(database_url, Tally(), _begin(connection, Tally()), batch=4)
    with ThreadPoolExecutor(2) as pool, psycopg.connect(database_url) as holder:
        holder.execute("SELECT FROM rebuild FOR UPDATE")
        workers = [pool.submit(_fold_streams, work, range(PARTS), lambda: None) for _ in range(2)]
        until(lambda: event_log.database.fetch(waiting)[0][0], lambda both: both == 2)
        holder.rollback()
        for worker in workers:
            worker.result(60)
    rebuild(database_url, Tally())

    assert sums(event_log) == tally(event_log)
