"""Projections: folded in batches, by any number of workers, exact; and what was written can be waited for."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest

from panjareh_common.database import Connection, Database
from panjareh_common.event_store import EventLog
from panjareh_common.following import (
    CannotGoOn,
    Lease,
    Progress,
    catch_up,
    step,
    wait_until,
)
from panjareh_common.projection import PARTS, Event, Projection, ProjectionFollower, ViewTable
from panjareh_common.rebuild import rebuild
from panjareh_common.refusals import TooLate
from tests.integration.common.notes import BECAUSE, Note
from tests.integration.common.projecting import (
    NoteRows,
    Noting,
    Small,
    Tally,
    extend,
    following,
    make_tables,
    notes,
    streams,
    sums,
    table,
    tally,
    write,
)
from tests.people import until

ROOT = Path(__file__).parents[3]


@pytest.fixture(autouse=True)
def tables(database_url: str) -> None:
    make_tables(database_url)


def test_batches_give_the_rows_that_replaying_gives(event_log: EventLog) -> None:
    write(event_log, *range(12), 40)
    follower = Small(NoteRows())

    assert catch_up(event_log, follower) == sum(range(12)) + 40 + 13
    for stream in streams(event_log):
        extend(event_log, stream)
    assert catch_up(event_log, follower) == 13

    assert table(event_log) == notes(event_log)


def test_sums_count_every_event_once_though_a_batch_failed(event_log: EventLog) -> None:
    class FailingOnce(Small):
        failed = False

        def apply(self, connection: Connection, events: Sequence[Event]) -> None:
            super().apply(connection, events)
            if not self.failed:
                self.failed = True
                raise InterruptedError

    write(event_log, *range(9))
    follower = FailingOnce(Tally())

    with pytest.raises(InterruptedError):
        catch_up(event_log, follower)
    assert sums(event_log) == []
    catch_up(event_log, follower)

    assert sums(event_log) == tally(event_log)


@pytest.mark.parametrize("projection", [NoteRows(), Tally()], ids=["rows", "sums"])
def test_the_number_of_workers_may_change(
    event_log: EventLog, database_url: str, projection: Projection
) -> None:
    for of in (4, 3, 1):
        workers = [Noting(projection, share, of) for share in range(of)]
        assert sorted(place for each in workers for place in each.places) == sorted(
            place for each in [Noting(projection)] for place in each.places
        )
        with following(event_log, database_url, workers):
            last = write(event_log, *range(10))
            for worker in workers:
                wait_until(event_log, worker, max(last), 20)

    assert event_log.database.fetch("SELECT count(*) FROM applied") == event_log.database.fetch(
        "SELECT count(*) FROM event"
    )
    if projection.version:
        assert table(event_log) == notes(event_log)
    else:
        assert sums(event_log) == tally(event_log)


def test_each_worker_sees_its_share_of_the_streams_and_together_they_see_all(
    event_log: EventLog,
) -> None:
    write(event_log, *[1] * 40)
    seen: list[list[UUID]] = []
    for share in range(3):
        worker = ProjectionFollower(NoteRows(), share, 3)
        found = worker.read(event_log, dict.fromkeys(worker.places, 0))
        seen.append([event.stream for event in found.events])

    assert sorted(stream for each in seen for stream in each) == sorted(streams(event_log) * 2)
    assert not set(seen[0]) & set(seen[1]) | set(seen[1]) & set(seen[2])
    assert all(seen)


def test_an_older_row_never_overwrites_a_newer_one(event_log: EventLog) -> None:
    write(event_log, 3)
    catch_up(event_log, Small(NoteRows()))
    (row,) = table(event_log).values()
    old = dict(zip(("note_id", "owner", "title", "texts", "told", "version"), row, strict=True))

    with event_log.database.connection() as connection:
        view = ViewTable(connection, NoteRows(), "note")
        view.store(connection, [old | {"title": "older", "version": 3}])
        view.store(connection, [old | {"title": "the same", "version": 4}])
        assert list(table(event_log).values()) == [row]
        view.store(connection, [old | {"title": "newer", "version": 5}])

    assert next(iter(table(event_log).values()))[2] == "newer"


def test_a_missing_event_stops_a_projection_before_it_writes_anything_wrong(
    event_log: EventLog, database_url: str
) -> None:
    write(event_log, 4)
    with psycopg.connect(database_url) as tamperer:
        tamperer.execute("SET session_replication_role = replica")
        tamperer.execute("DELETE FROM event WHERE version = 3")

    with pytest.raises(CannotGoOn, match="version 4 came after 2"):
        catch_up(event_log, Small(NoteRows()))

    assert [row[-1] for row in table(event_log).values()] == [2]


@pytest.mark.parametrize("again", [False, True], ids=["followed", "made again"])
def test_a_stream_whose_positions_do_not_grow_with_its_versions_is_folded_by_its_versions(
    event_log: EventLog, database_url: str, again: bool
) -> None:
    write(event_log, 4)
    with psycopg.connect(database_url) as tamperer:
        tamperer.execute("SET session_replication_role = replica")
        tamperer.execute("UPDATE event SET position = position - 3 + 2 * (3 - version)")
    follower = Small(NoteRows())
    follower.batch = PARTS  # one event at a time

    if again:
        rebuild(database_url, NoteRows(), batch=1)
    else:
        catch_up(event_log, follower)

    versions = event_log.database.fetch("SELECT version FROM event ORDER BY position")
    assert versions == [(5,), (4,), (3,), (2,), (1,)]
    assert table(event_log) == notes(event_log)


def test_what_an_open_transaction_holds_back_is_late_and_not_skipped(
    event_log: EventLog, database_url: str
) -> None:
    follower = Noting(NoteRows())
    with following(event_log, database_url, [follower]):
        with event_log.unit_of_work(BECAUSE) as held:
            held.execute("SELECT pg_current_xact_id()")
            (last,) = write(event_log, 2)
            with pytest.raises(TooLate):
                wait_until(event_log, follower, last, 0.3)
            assert table(event_log) == {}
            held.save(Note.open(uuid4()))

        wait_until(event_log, follower, last, 20)
        assert held.saved[0].position < last
        wait_until(event_log, follower, held.saved[0].position, 0)

    assert len(table(event_log)) == 2
    assert table(event_log) == notes(event_log)


def test_waiting_ends_when_what_concerns_a_follower_is_applied(event_log: EventLog) -> None:
    opened = ProjectionFollower(NoteRows())
    opened.topics = (Note.Opened.TOPIC,)
    first, second = write(event_log, 0, 1)

    with pytest.raises(TooLate):
        wait_until(event_log, opened, first, 0.05)
    step(event_log, Small(NoteRows()))

    wait_until(event_log, opened, first, 0)
    wait_until(event_log, opened, second, 0)
    extend(event_log, streams(event_log)[0])
    far = event_log.database.fetch("SELECT max(position) FROM event")[0][0]
    wait_until(event_log, opened, far, 20)  # nothing of that concerns it
    with pytest.raises(TooLate):
        wait_until(event_log, Small(NoteRows()), far, 0.05)


def test_an_idle_look_reads_no_events_and_writes_nothing(
    event_log: EventLog, database: Database
) -> None:
    class Counting(Small):
        reads = 0

        def read(self, *arguments: Any) -> Any:
            self.reads += 1
            return super().read(*arguments)

    write(event_log, 1)
    follower = Counting(NoteRows())
    final = database.fetch("SELECT max(position) FROM event")[0][0] + 1
    progress = Progress(event_log, follower, dict.fromkeys(follower.places, 0), None, lambda: final)
    while progress.step():
        pass
    before = follower.reads
    statement = "SELECT pg_snapshot_xmax(pg_current_snapshot())::text, xmin::text FROM follower"
    kept = database.fetch(statement)

    assert [progress.step() for _ in range(20)] == [0] * 20

    assert follower.reads == before == 2
    assert database.fetch(statement) == kept


# Processes


def start(url: str) -> subprocess.Popen[bytes]:
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.integration.common.projecting", url],
        cwd=ROOT,
        stdout=subprocess.PIPE,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == b"ready\n"
    return process


def appliers(database: Database) -> dict[int, int]:
    return dict(database.fetch("SELECT pid, count(*) FROM applied GROUP BY pid"))


def test_a_second_process_takes_over_from_a_killed_one_and_never_works_beside_it(
    event_log: EventLog, database: Database, database_url: str
) -> None:
    follower = Noting(NoteRows())
    processes = [start(database_url), start(database_url)]
    try:
        (last,) = write(event_log, 9)
        wait_until(event_log, follower, last, 30)
        last = write(event_log, *[1] * 30)[-1]
        wait_until(event_log, follower, last, 30)
        (holder,) = appliers(database)
        (killed,) = [process for process in processes if process.pid == holder]
        (other,) = [process for process in processes if process.pid != holder]

        os.kill(holder, signal.SIGKILL)
        killed.wait(20)
        last = write(event_log, *[1] * 30)[-1]
        wait_until(event_log, follower, last, 30)

        assert appliers(database) == {holder: 10 + 60, other.pid: 60}
        other.terminate()
        assert other.wait(20) == 0
    finally:
        for process in processes:
            process.kill()
    assert table(event_log) == notes(event_log)


def test_who_lost_the_lease_while_at_work_writes_nothing(
    event_log: EventLog, database: Database, database_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    class Slow(Noting):
        at_work = threading.Event()
        go_on = threading.Event()

        def tell(self, events: Sequence[Event]) -> None:
            self.at_work.set()
            assert self.go_on.wait(60)

    write(event_log, *range(5))
    slow = Slow(NoteRows())
    with following(event_log, database_url, [slow]):
        assert slow.at_work.wait(20)
        with psycopg.connect(database_url, autocommit=True) as administrator:
            administrator.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE application_name = 'panjareh lease notes.note/00'"
            )
        quick = Lease(database_url, *slow.places)
        until(quick.take, bool)
        done = step(event_log, Noting(NoteRows()), quick.fence)
        slow.go_on.set()
        until(lambda: capsys.readouterr().out, lambda said: "follower_lost_its_lease" in said)
        quick.release()

    assert done == sum(range(5)) + 5
    assert database.fetch("SELECT count(*) FROM applied") == [(done,)]
    assert table(event_log) == notes(event_log)


def test_a_lease_is_for_all_of_its_parts_or_for_none(database_url: str) -> None:
    projection = NoteRows()
    shares: list[Callable[[], Lease]] = [
        lambda of=of, share=share: Lease(
            database_url, *ProjectionFollower(projection, share, of).places
        )
        for of, share in ((4, 1), (2, 1), (2, 0))
    ]
    quarter, half, other_half = (make() for make in shares)

    assert quarter.take()
    assert not half.take()
    assert other_half.take()
    quarter.release()
    assert half.take()
    assert len(half.positions) == len(other_half.positions) == PARTS / 2
    half.release()
    other_half.release()
