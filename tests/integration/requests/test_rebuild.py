"""Making the view of requests again from the events: afterwards it is what it was, also while commands run."""

from __future__ import annotations

import itertools
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, LiteralString
from uuid import UUID, uuid4

import psycopg
import pytest
from tests.people import until

from panjareh_common.assurance import AssuranceLevel
from panjareh_common.database import Database
from panjareh_common.event_store import EventLog, Keyring, UnitOfWork
from panjareh_common.event_store.append import Append, statement
from panjareh_common.event_store.log import Cause
from panjareh_common.following import CannotGoOn
from panjareh_common.rebuild import Advance, RebuildRuns, RebuildStopped, rebuild
from panjareh_requests.domain.service_request import ServiceRequest
from panjareh_requests.domain.values import DecisionMode, Outcome, ServiceTerms, Step
from panjareh_requests.read_model.request_rows import RequestRows
from panjareh_requests.read_model.requests_view import RequestsView

AT = datetime(2026, 3, 21, 8, 30, tzinfo=UTC)
BECAUSE = Cause(actor="tester", role="service", channel="test")
OFFICER = uuid4()
EVENTS = 150 + 60 * 3 + 60 * 4 + 40 * 2 + 20
TERMS = ServiceTerms(
    code="DRV-002",
    version=1,
    authority="police",
    name={"fa": "گواهینامه", "en": "Licence"},
    required_assurance=AssuranceLevel.LOW,
    decision_mode=DecisionMode.OFFICERS,
    evidence=(),
    form={"type": "object"},
    time_limit_days=15,
    evidence_titles={},
    rules=None,
    output=None,
)


@dataclass
class Store:
    """The database of requests, as its service uses it."""

    url: str
    database: Database
    log: EventLog
    view: RequestsView

    def write(self, *requests: ServiceRequest) -> None:
        with self.log.unit_of_work(BECAUSE) as unit:
            unit.save(*requests)
            self.view.write(unit, *requests)

    def table(self) -> list[dict[str, Any]]:
        with self.database.connection() as connection:
            return connection.execute("SELECT * FROM request ORDER BY request_id").fetchall()

    def one(self, query: str) -> Any:
        return self.database.fetch(query)[0][0]

    def change(self, statement: str) -> None:
        self.one(f"WITH changed AS ({statement} RETURNING 1) SELECT count(*) FROM changed")

    def folded(self) -> list[dict[str, Any]]:
        """What the table must be: every aggregate replayed by the library, one after another."""
        streams = self.database.fetch("SELECT DISTINCT stream FROM event ORDER BY stream")
        return [self.row_of(stream) for (stream,) in streams]

    def row_of(self, stream: UUID) -> dict[str, Any]:
        request: Any = None
        versions: dict[str, int] = {}
        for recorded in self.log.history(stream):
            request = recorded.event.mutate(request)
            versions[recorded.topic] = recorded.version
        assert isinstance(request, ServiceRequest)
        return row_of(request) | {
            "waiting_for": request.open_evidence,
            "decided_version": versions.get(ServiceRequest.Decided.TOPIC),
            "issued_version": versions.get(ServiceRequest.OutputIssued.TOPIC),
        }


def row_of(request: ServiceRequest) -> dict[str, Any]:
    return {
        "request_id": request.id,
        "reference": request.reference,
        "applicant_id": request.applicant_id,
        "authority": request.authority,
        "service_code": request.service_code,
        "service_version": request.service_version,
        "channel": request.channel,
        "status": str(request.status),
        "outcome": request.outcome and str(request.outcome),
        "officer_id": request.officer_id,
        "document_number": request.document_number,
        "submitted_at": request.created_on,
        "changed_at": request.modified_on,
        "promised_by": request.promised_by,
        "version": request.version,
        "form_version": request.form_version,
        "asked_version": request.asked_version,
        "answer_by": request.answer_by,
        "appealed_version": request.appealed_version,
        "final_at": request.final_at,
        "parties": {},  # those with several: tests/unit/requests/test_request_rows.py
        "party_ids": [],
    }


@pytest.fixture
def store(make_database_url: Callable[[str], str]) -> Iterator[Store]:
    url = make_database_url("requests")
    database = Database(url, size=12)
    database.open()
    log = EventLog(database, Keyring(b"k" * 32, database))
    yield Store(url, database, log, RequestsView(database))
    database.close()


def submitted(number: int) -> ServiceRequest:
    return ServiceRequest.submit(
        request_id=uuid4(),
        applicant_id=uuid4(),
        assurance=AssuranceLevel.LOW,
        terms=TERMS,
        form={"n": number},
        channel="web",
        reference=f"{number:012d}",
        at=AT + timedelta(seconds=number),
    )


def imported(number: int) -> ServiceRequest:
    request = ServiceRequest.import_case(
        request_id=uuid4(),
        service_code="DRV-002",
        authority="police",
        source="log",
        case=str(number),
        channel="post",
        department=None,
        responsible=None,
        reference=f"{number:012d}",
        started_at=AT,
        promised_by=None,
    )
    request.complete_step(Step(step="T1", officer=None, unit=None, instance="1"), AT)
    return request


def some_of_every_kind(store: Store) -> None:
    waiting = [submitted(n) for n in range(150)]
    reviewed = [submitted(n) for n in range(200, 260)]
    decided = [submitted(n) for n in range(300, 360)]
    past = [imported(n) for n in range(400, 440)]
    for request in (*reviewed, *decided):
        request.send_to_officers("officers_decide", AT)
        request.start_review(OFFICER, AT)
    for request in decided:
        request.decide_by_officer(Outcome.REFUSED, officer_id=OFFICER, reason="No.", at=AT)
    for request in past[:20]:
        request.close(AT)
    store.write(*waiting, *reviewed, *decided, *past)


WRECKED = [
    "DELETE FROM request",
    "DELETE FROM request WHERE version = 1",
    "UPDATE request SET status = 'closed', outcome = 'granted', officer_id = NULL",
    "UPDATE request SET changed_at = now(), promised_by = NULL, document_number = 'x'",
    "UPDATE request SET version = 0",
    "UPDATE request SET authority = 'nobody', channel = NULL, service_version = 9",
    "UPDATE request SET applicant_id = NULL, reference = reverse(reference) || request_id",
    "UPDATE request SET version = version + 5, status = 'closed'",
    "INSERT INTO request (request_id, reference, authority, service_code, service_version, status,"
    " submitted_at, changed_at, version)"
    " VALUES (gen_random_uuid(), 'x', 'a', 'X-001', 1, 'submitted', now(), now(), 1)",
]


def test_whatever_happened_to_the_rows_they_are_again_what_they_were(store: Store) -> None:
    some_of_every_kind(store)
    before = store.table()
    assert before == store.folded()

    for wreck in WRECKED:
        store.change(wreck)
        assert store.table() != before, wreck

        assert rebuild(store.url, RequestRows(), batch=7) == len(before) == 310

        assert store.table() == before, wreck


def test_an_operator_is_told_how_far_it_is_and_never_of_more_than_there_is(store: Store) -> None:
    some_of_every_kind(store)
    told: list[Advance] = []

    rebuild(store.url, RequestRows(), tell=told.append)

    (events,) = store.database.fetch("SELECT count(*) FROM event")[0]
    assert told[-1].events == events
    assert all(advance.events <= advance.expected for advance in told)


def test_several_workers_make_what_one_makes(store: Store) -> None:
    some_of_every_kind(store)
    store.change("DELETE FROM request")
    told = []

    rebuild(store.url, RequestRows(), workers=2, batch=20, tell=told.append)

    assert store.table() == store.folded()
    assert told[-1].events == EVENTS


class Hammer:
    """Commands and a reader that never stop while a view is made again."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._stop = threading.Event()
        self._begun = threading.Barrier(4)
        self.commands = 0

    def __call__(self, work: Callable[[], None]) -> None:
        """Keeps them going for as long as some work lasts. Raises what any of them met."""
        with ThreadPoolExecutor(3) as pool:
            running = [
                pool.submit(self._submit, 10_000),
                pool.submit(self._submit, 500_000),
                pool.submit(self._read),
            ]
            try:
                self._begun.wait(30)
                work()
            finally:
                self._stop.set()
            for each in running:
                each.result(30)

    def go_on(self) -> None:
        """Returns when further commands have been done."""
        before = self.commands
        until(lambda: self.commands, lambda done: done > before)

    def _submit(self, number: int) -> None:
        self._begun.wait(30)
        while not self._stop.is_set():
            request = submitted(number)
            number += 1
            self._store.write(request)
            self._store.log.run(BECAUSE, lambda unit, stream=request.id: self._review(unit, stream))
            self.commands += 2

    def _review(self, unit: Any, stream: UUID) -> None:
        request = unit.load(ServiceRequest, stream)
        request.send_to_officers("officers_decide", AT)
        request.start_review(OFFICER, AT)
        unit.save(request)
        self._store.view.write(unit, request)

    def _read(self) -> None:
        """No reader sees less than was there before: neither an empty view, nor a half, nor an older one."""
        query = "SELECT count(*), sum(version) FROM request"
        least = self._store.database.fetch(query)[0]
        self._begun.wait(30)
        while not self._stop.is_set():
            seen = self._store.database.fetch(query)[0]
            assert seen[0] >= least[0], "requests were missing"
            assert seen[1] >= least[1], "requests went backwards"
            least = seen


@pytest.mark.parametrize(("workers", "times"), [(1, 5), (2, 1)])
def test_commands_that_run_meanwhile_are_neither_lost_nor_set_back(
    store: Store, workers: int, times: int
) -> None:
    some_of_every_kind(store)
    hammer = Hammer(store)

    def again_and_again() -> None:
        for _ in range(times):
            hammer.go_on()
            rebuild(store.url, RequestRows(), workers=workers, batch=50)

    hammer(again_and_again)

    assert store.table() == store.folded()


class HalfDone:
    """A command whose two halves are sent apart, in a transaction of the test's own."""

    def __init__(self, store: Store, request: ServiceRequest) -> None:
        def take(unit: UnitOfWork) -> None:
            unit.save(request)
            store.view.write(unit, request)
            self._rows, self._writes = unit._append.rows, unit._append.writes
            unit.discard()

        store.log.run(BECAUSE, take)

    def store_events(self, connection: psycopg.Connection[Any]) -> None:
        connection.execute(*statement(Append(rows=self._rows)))

    def write_row(self, connection: psycopg.Connection[Any]) -> None:
        connection.execute(*statement(Append(writes=self._writes)), prepare=True)


def test_a_command_that_has_stored_its_events_and_not_yet_its_row_writes_it_to_the_new_table(
    store: Store,
) -> None:
    some_of_every_kind(store)
    command = HalfDone(store, submitted(900))

    with psycopg.connect(store.url) as connection:
        command.write_row(connection)  # planned for the table that goes away
        connection.rollback()
        command.store_events(connection)
        rebuild(store.url, RequestRows())
        assert len(store.table()) == 310
        command.write_row(connection)

    assert len(store.table()) == 311
    assert store.table() == store.folded()


def test_a_command_that_has_written_its_row_is_waited_for(store: Store) -> None:
    some_of_every_kind(store)
    command = HalfDone(store, submitted(900))
    waiting = "SELECT count(*) FROM pg_locks WHERE NOT granted AND mode = 'AccessExclusiveLock'"

    with ThreadPoolExecutor(1) as pool, psycopg.connect(store.url) as connection:
        command.write_row(connection)
        command.store_events(connection)
        rebuilt = pool.submit(rebuild, store.url, RequestRows())
        until(lambda: store.one(waiting), lambda rebuilds: rebuilds == 1)
        assert not rebuilt.done()
        connection.commit()

        assert rebuilt.result(60) == 311

    assert store.table() == store.folded()


def test_what_an_older_transaction_keeps_from_being_final_is_in_the_new_table_too(
    store: Store,
) -> None:
    some_of_every_kind(store)

    with psycopg.connect(store.url) as older:
        older.execute("SELECT pg_current_xact_id()")
        # The last of them after all but what the swap itself does.
        numbers = itertools.count(900)
        rebuild(store.url, RequestRows(), tell=lambda _: store.write(submitted(next(numbers))))

    assert len(store.table()) == 310 + next(numbers) - 900
    assert store.table() == store.folded()


@pytest.mark.parametrize(
    "change",
    [
        "ALTER TABLE request ADD COLUMN lane text",
        "CREATE INDEX request_of_service ON request (service_code)",
    ],
)
def test_a_table_that_was_changed_meanwhile_is_not_replaced_by_one_of_its_old_form(
    store: Store, change: LiteralString
) -> None:
    some_of_every_kind(store)
    changes = iter([change])

    def migrate(_: Advance) -> None:
        with psycopg.connect(store.url) as connection:
            for statement in changes:
                connection.execute(statement)

    with pytest.raises(RebuildStopped, match="form of request"):
        rebuild(store.url, RequestRows(), tell=migrate)
    before = {of: store.database.fetch(FORM[of]) for of in ("columns", "indexes")}
    rebuild(store.url, RequestRows())

    assert {of: store.database.fetch(FORM[of]) for of in ("columns", "indexes")} == before
    assert len(store.table()) == 310


KILLED = """
import sys
from panjareh_common.rebuild import rebuild
from panjareh_requests.read_model.request_rows import RequestRows

if __name__ == "__main__":
    rebuild(sys.argv[1], RequestRows(), workers=int(sys.argv[2]), batch=10)
"""
FOLDED = "SELECT count(*) FROM rebuild WHERE folded"


@pytest.mark.parametrize(("workers", "reached"), [(1, (8, 14)), (2, (12, 15))])
def test_a_rebuild_that_is_killed_twice_goes_on_where_it_was(
    store: Store, tmp_path: Path, workers: int, reached: tuple[int, int]
) -> None:
    some_of_every_kind(store)
    store.change("DELETE FROM request")
    script = tmp_path / "killed.py"
    script.write_text(KILLED)

    def start() -> subprocess.Popen[bytes]:
        command = [sys.executable, str(script), store.url, str(workers)]
        return subprocess.Popen(command, start_new_session=True)

    # Neither can come further than a part of the log that they cannot read.
    with psycopg.connect(store.url) as first_stop, psycopg.connect(store.url) as second_stop:
        first_stop.execute("LOCK TABLE event_p08")
        first = start()
        until(lambda: store.one(FOLDED), lambda parts: parts == reached[0])
        first.kill()  # its workers are left without it
        first.wait(20)
        second_stop.execute("LOCK TABLE event_p14")
        second = start()
        first_stop.rollback()
        until(lambda: store.one(FOLDED), lambda parts: parts == reached[1])
        os.killpg(second.pid, signal.SIGKILL)
        second.wait(20)
        kept = store.one("SELECT sum(events)::bigint FROM rebuild")
    told: list[Advance] = []
    rebuild(store.url, RequestRows(), tell=told.append)

    assert kept > 0
    assert min(advance.events for advance in told) >= kept
    assert told[-1].events == EVENTS
    assert store.table() == store.folded()


def test_what_other_code_has_left_half_made_is_not_gone_on_with(store: Store) -> None:
    some_of_every_kind(store)
    with store.database.connection() as connection:
        connection.execute("CREATE TABLE request_next (LIKE request INCLUDING ALL)")
        connection.execute("INSERT INTO request_next SELECT * FROM request LIMIT 100")
        connection.execute(
            "INSERT INTO rebuild (name, part, code, base, folded, position)"
            " SELECT 'requests.request', part, 'another', 0, true, 0 FROM generate_series(0, 15) AS part"
        )

    rebuild(store.url, RequestRows())

    assert store.table() == store.folded()


def test_only_one_rebuild_of_a_view_runs_at_once(store: Store) -> None:
    with store.database.connection() as connection:
        connection.execute(
            "SELECT pg_advisory_lock(hashtextextended('rebuild:requests.request', 0))"
        )

        with pytest.raises(RebuildRuns):
            rebuild(store.url, RequestRows())

        connection.execute("SELECT pg_advisory_unlock_all()")
    assert rebuild(store.url, RequestRows()) == 0


def test_a_log_with_a_gap_does_not_become_a_view(store: Store) -> None:
    some_of_every_kind(store)
    before = store.table()
    with psycopg.connect(store.url) as tamperer:
        tamperer.execute("SET session_replication_role = replica")
        tamperer.execute("DELETE FROM event WHERE version = 2")

    with pytest.raises(CannotGoOn, match="version 3 came after 1"):
        rebuild(store.url, RequestRows())

    assert store.table() == before


FORM = {
    "indexes": "SELECT indexname, indexdef FROM pg_indexes WHERE tablename = 'request' ORDER BY 1",
    "constraints": "SELECT conname, contype, pg_get_constraintdef(oid) FROM pg_constraint"
    " WHERE conrelid = 'request'::regclass ORDER BY 1",
    "rights": "SELECT relacl::text, relowner::regrole::text FROM pg_class WHERE oid = 'request'::regclass",
    "columns": "SELECT attname, format_type(atttypid, atttypmod), attnotnull FROM pg_attribute"
    " WHERE attrelid = 'request'::regclass AND attnum > 0 ORDER BY attnum",
    "relations": "SELECT relname, relkind FROM pg_class WHERE relnamespace = 'public'::regnamespace"
    " AND relkind IN ('r', 'i') ORDER BY 1",
}


def test_the_new_table_has_the_form_names_and_rights_of_the_old_one_each_time(
    store: Store,
) -> None:
    with psycopg.connect(store.url, autocommit=True) as administrator:
        administrator.execute("GRANT SELECT, INSERT, UPDATE, DELETE ON request TO pg_monitor")
        administrator.execute("GRANT SELECT ON request TO PUBLIC")
        administrator.execute("ALTER TABLE request OWNER TO pg_database_owner")
    before = {of: store.database.fetch(query) for of, query in FORM.items()}

    for _ in range(3):
        rebuild(store.url, RequestRows())

        assert {of: store.database.fetch(query) for of, query in FORM.items()} == before
    assert "pg_monitor=arwd" in before["rights"][0][0]
