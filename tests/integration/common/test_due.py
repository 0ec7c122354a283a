"""Waits on a real PostgreSQL: done once by whoever is free, later when they fail, again when their worker dies."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from panjareh_common.database import Database
from panjareh_common.due import Due, DueWorker, retry_after
from panjareh_common.event_store import EventLog
from panjareh_common.event_store.log import Cause
from panjareh_common.event_store.sealing import PersonErased
from panjareh_common.messaging import BrokerUnavailable
from panjareh_common.refusals import NotFound, Unavailable
from tests.integration.common.notes import AT, BECAUSE, Note

KIND = "note_it"
HOLD = timedelta(seconds=30)


class Clock:
    """Stands still until it is moved."""

    def __init__(self) -> None:
        self.now = AT

    def __call__(self) -> object:
        return self.now

    def pass_(self, time: timedelta) -> None:
        self.now += time


@pytest.fixture
def clock() -> Clock:
    return Clock()


MakeWorker = Callable[[Callable[[Due], None]], DueWorker]


@pytest.fixture
def worker_of(database: Database, clock: Clock) -> MakeWorker:
    return lambda handler: DueWorker(database, {KIND: handler}, clock, threads=4)  # type: ignore[arg-type]


def wait_for(event_log: EventLog, *subjects: UUID, cause: Cause = BECAUSE) -> None:
    with event_log.unit_of_work(cause) as unit:
        for subject in subjects:
            unit.wait_until(AT, KIND, subject)


def end(event_log: EventLog, due: Due) -> None:
    with event_log.unit_of_work(BECAUSE) as unit:
        unit.done(due.kind, due.subject, due.detail)


def left(database: Database) -> int:
    with database.connection() as connection:
        row = connection.execute("SELECT count(*) AS n FROM due").fetchone()
    assert row is not None
    return int(row["n"])


def test_nothing_is_done_before_its_time(
    event_log: EventLog, clock: Clock, worker_of: MakeWorker
) -> None:
    done: list[UUID] = []
    subject = uuid4()
    worker = worker_of(lambda due: (done.append(due.subject), end(event_log, due))[0])
    with event_log.unit_of_work(BECAUSE) as unit:
        unit.wait_until(AT + timedelta(seconds=1), KIND, subject)

    assert worker.run_due() == 0
    clock.pass_(timedelta(seconds=1))
    assert worker.run_due() == 1

    assert done == [subject]


def test_waiting_twice_for_the_same_is_waiting_once_until_the_earlier_time(
    event_log: EventLog, database: Database, worker_of: MakeWorker
) -> None:
    subject = uuid4()
    with event_log.unit_of_work(BECAUSE) as unit:
        unit.wait_until(AT + timedelta(days=1), KIND, subject)
        unit.wait_until(AT, KIND, subject)
        unit.wait_until(AT + timedelta(days=2), KIND, subject)

    assert left(database) == 1
    assert worker_of(lambda due: end(event_log, due)).run_due() == 1


def test_two_workers_share_the_work_and_do_nothing_twice(
    event_log: EventLog, database: Database, worker_of: MakeWorker
) -> None:
    subjects = [uuid4() for _ in range(120)]
    wait_for(event_log, *subjects)
    done: Counter[UUID] = Counter()
    by: Counter[int] = Counter()
    stop = threading.Event()
    both = threading.Barrier(2)

    def worker(number: int) -> DueWorker:
        def handle(due: Due) -> None:
            with both_have_begun(number):
                done[due.subject] += 1
                by[number] += 1
                end(event_log, due)
            if sum(done.values()) == len(subjects):
                stop.set()

        return worker_of(handle)

    begun = {1: threading.Event(), 2: threading.Event()}

    class both_have_begun:  # noqa: N801  # reads as a sentence
        """Neither worker runs ahead before the other has something in hand."""

        def __init__(self, number: int) -> None:
            self.number = number

        def __enter__(self) -> None:
            begun[self.number].set()
            for event in begun.values():
                assert event.wait(20)

        def __exit__(self, *_: object) -> None:
            return None

    threads = [threading.Thread(target=worker(n).run, args=(stop, both.wait)) for n in (1, 2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)

    assert done == Counter(subjects)
    assert set(by) == {1, 2}
    assert left(database) == 0


@pytest.mark.parametrize("fault", [RuntimeError("a bug"), Unavailable(), BrokerUnavailable("x")])
def test_what_fails_comes_due_again_later_and_later(
    event_log: EventLog, database: Database, clock: Clock, worker_of: MakeWorker, fault: Exception
) -> None:
    attempts: list[int] = []

    def fail(due: Due) -> None:
        attempts.append(due.attempts)
        raise fault

    worker = worker_of(fail)
    wait_for(event_log, uuid4())
    pauses = []
    for _ in range(5):
        assert worker.run_due() == 1
        assert worker.run_due() == 0
        with database.connection() as connection:
            row = connection.execute("SELECT due_at FROM due").fetchone()
        assert row is not None
        pauses.append(row["due_at"] - clock.now)
        clock.now = row["due_at"]

    assert attempts == [1, 2, 3, 4, 5]
    for pause, longest in zip(pauses, (1, 2, 4, 8, 16), strict=True):
        assert timedelta(seconds=longest / 2) <= pause <= timedelta(seconds=longest)


@pytest.mark.parametrize("gone", [PersonErased("somebody"), NotFound()])
def test_a_wait_about_what_is_no_longer_there_ends(
    event_log: EventLog, database: Database, worker_of: MakeWorker, gone: Exception
) -> None:
    def fail(due: Due) -> None:
        raise gone

    wait_for(event_log, uuid4())

    assert worker_of(fail).run_due() == 1
    assert left(database) == 0


def test_the_pause_between_tries_has_an_end() -> None:
    assert retry_after(1, lambda: 1.0) == timedelta(seconds=1)
    assert retry_after(10_000, lambda: 1.0) == timedelta(minutes=5)
    assert retry_after(10_000, lambda: 0.0) == timedelta(minutes=2.5)


def test_the_work_of_a_killed_worker_comes_due_again_after_its_hold(
    event_log: EventLog, clock: Clock, worker_of: MakeWorker
) -> None:
    seen: list[int] = []

    def handle(due: Due) -> None:
        seen.append(due.attempts)
        end(event_log, due)

    worker = worker_of(handle)
    wait_for(event_log, uuid4())
    assert len(worker.take(10)) == 1  # and dies

    assert worker.run_due() == 0
    clock.pass_(HOLD - timedelta(milliseconds=1))
    assert worker.run_due() == 0
    clock.pass_(timedelta(milliseconds=1))
    assert worker.run_due() == 1

    assert seen == [2]


def test_the_end_of_a_wait_commits_with_what_it_was_for_or_not_at_all(
    event_log: EventLog, database: Database, worker_of: MakeWorker
) -> None:
    notes: list[Note] = []

    def half(due: Due) -> None:
        with event_log.unit_of_work(BECAUSE) as unit:
            note = Note.open(uuid4())
            notes.append(note)
            unit.save(note)
            unit.done(due.kind, due.subject)
            raise InterruptedError

    wait_for(event_log, uuid4())
    worker_of(half).run_due()

    assert left(database) == 1
    assert event_log.history(notes[0].id) == []


def test_a_worker_takes_only_what_it_knows_to_do(
    event_log: EventLog, database: Database, worker_of: MakeWorker
) -> None:
    with event_log.unit_of_work(BECAUSE) as unit:
        unit.wait_until(AT, "of another release", uuid4())

    assert worker_of(lambda due: None).run_due() == 0
    assert left(database) == 1


def test_who_asked_and_in_which_trace_is_still_known_when_the_time_comes(
    event_log: EventLog, worker_of: MakeWorker
) -> None:
    cause = Cause(
        "somebody", "person", "web", traceparent="00-" + "a" * 32 + "-" + "b" * 16 + "-01"
    )
    seen: list[Cause] = []
    wait_for(event_log, uuid4(), cause=cause)

    worker_of(lambda due: (seen.append(due.cause), end(event_log, due))[0]).run_due()

    assert seen == [cause]


def test_told_to_stop_a_worker_finishes_what_is_in_hand(
    event_log: EventLog, database: Database, worker_of: MakeWorker
) -> None:
    in_hand, go_on, stop = threading.Event(), threading.Event(), threading.Event()

    def slow(due: Due) -> None:
        in_hand.set()
        assert go_on.wait(20)
        end(event_log, due)

    wait_for(event_log, uuid4())
    thread = threading.Thread(target=worker_of(slow).run, args=(stop,))
    thread.start()
    assert in_hand.wait(20)
    stop.set()
    go_on.set()
    thread.join(20)

    assert not thread.is_alive()
    assert left(database) == 0
