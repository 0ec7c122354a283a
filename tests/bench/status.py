"""B4: where a request stands, when it has many events, and when there are many requests."""

from __future__ import annotations

import hashlib
import secrets
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from functools import partial
from uuid import UUID, uuid4

import psycopg

from panjareh_common.assurance import AssuranceLevel
from panjareh_common.database import Database
from panjareh_common.event_store import Cause, EventLog, Keyring
from panjareh_common.security import Caller, CallerKind
from panjareh_requests.domain.service_request import ServiceRequest
from panjareh_requests.domain.values import DecisionMode, ServiceTerms, Step
from panjareh_requests.read_model.looks import PostgresLooks
from panjareh_requests.read_model.requests_view import RequestsView
from panjareh_requests.read_model.story import RequestStory
from tests.bench.ground import Ground
from tests.bench.intervals import percentile
from tests.bench.model import Bench, Cell, Comparison, Reading
from tests.bench.stores import eventsourcing_safe

LENGTHS = (10, 100, 1_000, 10_000)
STATUS, LIST = "panjareh, one request", "panjareh, a person's requests"
LIBRARY, LIMIT = "eventsourcing, repository.get", "primary-key SELECT"
_CAUSE = Cause(actor="bench", role="service", channel="bench")
_AT = datetime(2026, 3, 21, 8, 0, tzinfo=UTC)
_TERMS = ServiceTerms(
    code="BENCH-001",
    version=1,
    authority="bench",
    name={"fa": "سنجش", "en": "Benchmark"},
    required_assurance=AssuranceLevel.LOW,
    decision_mode=DecisionMode.OFFICERS,
    evidence=(),
    form={"type": "object"},
    time_limit_days=15,
)
_FILL = """
INSERT INTO request (request_id, reference, applicant_id, authority, service_code, service_version,
                     channel, status, submitted_at, changed_at, version)
SELECT md5('request' || n)::uuid, n::text, md5('person' || n / 3)::uuid, 'bench', 'BENCH-001', 1,
       'web', 'submitted', now(), now(), 1
FROM generate_series(0, %s - 1) AS n
"""
_KEY = "SELECT * FROM request WHERE request_id = md5('request' || %s)::uuid"


class _Terms:
    """The Terms port: one service, known already, as in a process that has run for a while."""

    def current(self, *_: object) -> ServiceTerms:
        return _TERMS

    def of(self, *_: object) -> ServiceTerms:
        return _TERMS


class _Requests:
    """Requests of every length in one database, read as the service reads them."""

    def __init__(self, database: Database) -> None:
        self._log = EventLog(database, Keyring(secrets.token_bytes(32), database))
        self._story = RequestStory(self._log, PostgresLooks(), _Terms(), lambda content: "")
        self._view = RequestsView(database)
        self._known = {length: self._submit(length) for length in LENGTHS}

    def _submit(self, length: int) -> tuple[UUID, Caller]:
        person = uuid4()
        request = ServiceRequest.submit(
            request_id=uuid4(),
            applicant_id=person,
            assurance=AssuranceLevel.LOW,
            terms=_TERMS,
            form={"n": length},
            channel="web",
            reference=f"events-{length}",
            at=_AT,
        )
        for number in range(length - 1):
            request.complete_step(Step("step", None, None, str(number)), _AT)
        with self._log.unit_of_work(_CAUSE) as unit:
            unit.save(request)
            self._view.write(unit, request)
        return request.id, Caller(CallerKind.PERSON, person, AssuranceLevel.LOW)

    def status(self, length: int) -> None:
        request_id, caller = self._known[length]
        said = self._story.get(request_id, caller=caller, cause=_CAUSE, language="en", at=None)
        assert said["reference"] == f"events-{length}"


class _InTurns:
    """The same question under several loads, asked in turns, so that what slows one down slows all.

    The first cell of a round that asks for its reading has all of them taken.
    """

    def __init__(self, ground: Ground, reads: Mapping[str, Callable[[], object]]) -> None:
        self._seconds = ground.seconds
        self._reads = reads
        self._taken: dict[str, Reading] = {}

    def cells(self, who: str) -> Iterator[Cell]:
        for load in self._reads:
            yield Cell(who, load, partial(self._measure, load))

    def _measure(self, load: str) -> Reading:
        if load not in self._taken:
            self._taken = self._ask()
        return self._taken.pop(load)

    def _ask(self) -> dict[str, Reading]:
        times: dict[str, list[float]] = {load: [] for load in self._reads}
        until = time.perf_counter() + self._seconds
        asked = False
        while not asked or time.perf_counter() < until:
            for load, read in self._reads.items():
                began = time.perf_counter()
                read()
                times[load].append((time.perf_counter() - began) * 1000)
            asked = True
        return {
            load: {"p50_ms": percentile(each, 50), "p99_ms": percentile(each, 99)}
            for load, each in times.items()
        }


def _with_many_rows(ground: Ground, stack: ExitStack, sizes: Sequence[int]) -> Iterator[Cell]:
    mine: dict[str, Callable[[], None]] = {}
    one: dict[str, Callable[[], None]] = {}
    for rows in sizes:
        url = ground.database(f"b4_{rows}", "requests")
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(_FILL, (rows,))
            connection.execute("VACUUM ANALYZE request")
        database = _open(stack, url)
        mine[f"{rows:,} requests"] = partial(_mine, RequestsView(database), rows)
        one[f"{rows:,} requests"] = partial(_one, database, rows)
    yield from _InTurns(ground, mine).cells(LIST)
    yield from _InTurns(ground, one).cells(LIMIT)


def _mine(view: RequestsView, rows: int) -> None:
    number = secrets.randbelow(rows) // 3
    person = UUID(hashlib.md5(f"person{number}".encode()).hexdigest())
    assert view.of_applicant(person, None, 20)["items"]


def _one(database: Database, rows: int) -> None:
    with database.connection() as connection:
        assert connection.execute(_KEY, (secrets.randbelow(rows),)).fetchone()


def _with_many_events(ground: Ground, stack: ExitStack) -> Iterator[Cell]:
    requests = _Requests(_open(stack, ground.database("b4_events", "requests")))
    library = eventsourcing_safe.application(eventsourcing_safe.prepare(ground, "b4_library"))
    stack.callback(library.close)
    status: dict[str, Callable[[], None]] = {}
    get: dict[str, Callable[[], object]] = {}
    for length in LENGTHS:
        item = eventsourcing_safe.Item("note")
        for number in range(length - 1):
            item.change(str(number))
        library.save(item)
        status[f"{length:,} events"] = partial(requests.status, length)
        get[f"{length:,} events"] = partial(library.repository.get, item.id)
    yield from _InTurns(ground, status).cells(STATUS)
    yield from _InTurns(ground, get).cells(LIBRARY)


def _open(stack: ExitStack, url: str) -> Database:
    database = Database(url, size=4)
    database.open()
    stack.callback(database.close)
    return database


@contextmanager
def prepare(ground: Ground) -> Iterator[Bench]:
    sizes = (10**4, 10**6, 10**7) if ground.full else (10**4, 10**6)
    few, many = f"{sizes[0]:,} requests", f"{sizes[-1]:,} requests"
    with ExitStack() as stack:
        cells = [*_with_many_events(ground, stack), *_with_many_rows(ground, stack, sizes)]
        comparisons = [
            Comparison("p50_ms", (STATUS, "10,000 events"), (STATUS, "10 events"), 1.05, True),
            Comparison("p50_ms", (STATUS, "10,000 events"), (LIBRARY, "10,000 events")),
            Comparison("p50_ms", (LIST, many), (LIST, few), 1.15, True),
            Comparison("p50_ms", (LIMIT, many), (LIMIT, few)),
        ]
        notes = [] if ground.full else ["The table of 10⁷ requests is loaded with `--full` only."]
        yield Bench(
            "B4",
            "where a request stands, and a person's requests",
            cells,
            comparisons,
            notes=notes,
            figures=("p50_ms", "p99_ms"),
        )
