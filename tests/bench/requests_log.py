"""A log of service requests, as large as one likes, and what its view must be: for B6.

A few requests are made by the domain and stored by the mapper as they are in service; their rows are
then copied under other ids, several thousand a second. What the copies cannot have: hashes that chain
(they are arbitrary bytes), and boxes that open (a box is bound to its stream). A rebuild reads neither.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID, uuid4

import psycopg
from eventsourcing.persistence import StoredEvent
from psycopg.rows import dict_row

from panjareh_common.assurance import AssuranceLevel
from panjareh_common.database import Database
from panjareh_common.event_store import Keyring
from panjareh_common.event_store.infrastructure import NoKeyring
from panjareh_common.event_store.mapper import SealingMapper
from panjareh_requests.domain.service_request import ServiceRequest
from panjareh_requests.domain.values import DecisionMode, Outcome, ServiceTerms, Step
from panjareh_requests.read_model.requests_view import row_of

_AT = datetime(2026, 3, 21, 8, 30, tzinfo=UTC)
TERMS = ServiceTerms(
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
_REFERENCE = "0" * 12
_METADATA = json.dumps({"actor": "bench", "channel": "bench", "role": "service"})
_COPY = (
    "COPY event (stream, version, position, topic, state, metadata, occurred_at, recorded_at, hash)"
    " FROM STDIN (FORMAT BINARY)"
)
_TYPES = ("uuid", "int4", "int8", "text", "bytea", "jsonb", "timestamptz", "timestamptz", "bytea")
_EVENTS = "SELECT stream, version, topic, state FROM event ORDER BY stream, version"
_ROWS = "SELECT * FROM request ORDER BY request_id"


class Pattern(NamedTuple):
    """What the events of one request are like: topic, state and time of each."""

    events: list[tuple[str, bytes, datetime]]


def patterns(database: Database) -> list[Pattern]:
    """Requests that got to different points: of 1 to 12 events."""
    mapper = SealingMapper(Keyring(secrets.token_bytes(32), database))
    made = []
    for steps in (0, 2, 8):
        for decided in (False, True):
            request = _request(steps, decided=decided)
            events = request.collect_events()
            stored = [(mapper.to_stored(event, request.person_id), event) for event in events]
            made.append(Pattern([(row.topic, row.state, event.timestamp) for row, event in stored]))
    return made


def _request(steps: int, *, decided: bool) -> ServiceRequest:
    person, officer = uuid4(), uuid4()
    request = ServiceRequest.submit(
        request_id=uuid4(),
        applicant_id=person,
        assurance=AssuranceLevel.LOW,
        terms=TERMS,
        form={"address": "تهران، خیابان آزادی، پلاک ۱۲", "speed": 100, "months": 12},
        channel="web",
        reference=_REFERENCE,
        at=_AT,
    )
    for number in range(steps):
        at = _AT + timedelta(hours=number)
        request.complete_step(Step("step", "officer", "unit", str(number)), at)
    if decided:
        request.send_to_officers("officers_decide", _AT + timedelta(days=2))
        request.start_review(officer, _AT + timedelta(days=3))
        at = _AT + timedelta(days=4)
        request.decide_by_officer(Outcome.REFUSED, officer_id=officer, reason="نه", at=at)
        request.close(at)
    return request


def fill(url: str, events: int) -> int:
    """Copies patterns until there are so many events; gives how many there are, of whole requests."""
    database = Database(url, size=2)
    database.open()
    forms = patterns(database)
    database.close()
    count = number = 0
    with psycopg.connect(url) as connection, connection.cursor().copy(_COPY) as copy:
        copy.set_types(_TYPES)
        while count < events:
            stream, reference = uuid4(), f"{number:012d}".encode()
            pattern = forms[number % len(forms)]
            for version, (topic, state, at) in enumerate(pattern.events, start=1):
                count += 1
                if version == 1:
                    state = state.replace(_REFERENCE.encode(), reference)  # noqa: PLW2901
                copy.write_row((stream, version, count, topic, state, _METADATA, at, at, bytes(32)))
            number += 1
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE event")
    return count


class _Closed(NoKeyring):
    """Boxes stay closed, as those of persons who were erased."""

    def open(self, person_id: UUID | None, box: bytes, context: str) -> Any:
        return None


def differences(url: str) -> tuple[int, int]:
    """How many rows there must be, and how many are not what each request, replayed by the library, says."""
    rows = wrong = 0
    with psycopg.connect(url, row_factory=dict_row) as connection:
        shown = connection.cursor("shown").execute(_ROWS)
        for expected in _folded(connection):
            rows += 1
            wrong += shown.fetchone() != expected
        wrong += len(shown.fetchall())
    return rows, wrong


def _folded(connection: psycopg.Connection[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    mapper = SealingMapper(_Closed())
    request: Any = None
    versions: dict[str, int] = {}
    for row in connection.cursor("events").execute(_EVENTS):
        stored = StoredEvent(row["stream"], row["version"], row["topic"], row["state"])
        if stored.originator_version == 1 and request is not None:
            yield row_of(request, versions)
            request, versions = None, {}
        event: Any = mapper.to_domain_event(stored)
        request = event.mutate(request)
        versions[stored.topic] = stored.originator_version
    if request is not None:
        yield row_of(request, versions)
