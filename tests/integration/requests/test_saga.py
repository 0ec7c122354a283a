"""Evidence from several authorities on a real database: at the same time, each at its own pace, and whatever is repeated.

What a request does while authorities answer, or do not: asked in parallel, asked again later and later, never out of
its place, and unmoved by what comes twice or too late (issue of the request's life: its saga with inquiry).
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise, permutations
from typing import Any
from uuid import UUID, uuid4

import pytest
from psycopg.types.json import Jsonb
from tests.integration.requests.test_ends_of_requests import CARD, Office, asking

from panjareh_common.database import Database
from panjareh_common.due import DueWorker
from panjareh_common.messaging import Message
from panjareh_common.refusals import Unavailable
from panjareh_requests.application.commands import WithdrawRequest
from panjareh_requests.domain.service_request import ServiceRequest

NEEDED = ("income", "residence", "military")
MINUTE = timedelta(minutes=1)


@dataclass
class Authorities:
    """Each by its own: away, silent, or with an answer. `together` has every question wait for the others."""

    together: threading.Barrier | None = None
    away: set[str] = field(default_factory=set)
    silent: set[str] = field(default_factory=set)
    asked: list[str] = field(default_factory=list)
    fetched: list[tuple[str, datetime]] = field(default_factory=list)
    clock: Callable[[], datetime] = datetime.now
    dies_after: str | None = None

    def ask(self, inquiry_id: UUID, evidence_type: str, request: ServiceRequest) -> None:
        if self.together is not None:
            self.together.wait(timeout=10)
        if evidence_type in self.away:
            raise Unavailable()
        self.asked.append(evidence_type)
        if self.dies_after == evidence_type:
            self.dies_after = None
            raise RuntimeError("the process died between the question and its own commit")

    def get_evidence(self, inquiry_id: UUID, request: ServiceRequest) -> dict[str, Any]:
        evidence_type = next(e for e in NEEDED if request.inquiry_id(e) == inquiry_id)
        self.fetched.append((evidence_type, self.clock()))
        if evidence_type in self.silent:
            return {"status": "open", "evidence_type": evidence_type}
        return {"status": "answered", "evidence_type": evidence_type, "facts": {"x": 1}}


class Saga(Office):
    """An office whose service needs three pieces of evidence from three authorities."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        evidence = [{"type": name, "title": {"fa": name, "en": name}} for name in NEEDED]
        with database.connection() as connection:
            connection.execute(
                "UPDATE public_service SET card = %s", (Jsonb(CARD | {"evidence": evidence}),)
            )
        self.authorities = Authorities(clock=lambda: self.now)
        self.evidence._exchange = self.authorities

    def announce(self, request_id: UUID, evidence_type: str) -> None:
        """inquiry says that it has an answer; each time in a message of its own."""
        with self.log.unit_of_work(self.person.cause("web")) as unit:
            inquiry_id = unit.load(ServiceRequest, request_id).inquiry_id(evidence_type)
        message = Message(
            str(uuid4()),
            "inquiry",
            "inquiry_answered.v1",
            str(inquiry_id),
            self.now,
            2,
            {"request_id": str(request_id)},
        )
        self.evidence.answer_announced(message, "test")

    def open_waits(self) -> Counter[str]:
        rows = self.database.fetch("SELECT kind FROM due WHERE kind LIKE '%%evidence'")
        return Counter(kind for (kind,) in rows)


@pytest.fixture
def saga(make_database_url: Callable[[str], str]) -> Iterator[Saga]:
    database = Database(make_database_url("requests"), size=12)
    database.open()
    yield Saga(database)
    database.close()


def test_all_authorities_are_asked_at_the_same_time(saga: Saga) -> None:
    """The barrier opens only when three questions are under way at once."""
    request_id = saga.submit()
    saga.authorities.together = threading.Barrier(len(NEEDED))
    stop = threading.Event()
    worker = DueWorker(saga.database, saga.evidence.handlers(), lambda: saga.now)
    running = threading.Thread(target=worker.run, args=(stop,))
    running.start()
    try:
        done = threading.Event()
        for _ in range(500):
            if saga.open_waits()["ask_evidence"] == 0:
                break
            done.wait(0.02)
    finally:
        stop.set()
        running.join()

    assert sorted(saga.authorities.asked) == sorted(NEEDED)
    assert saga.events(request_id).count("EvidenceAsked") == 3


def test_an_authority_that_is_away_holds_nobody_up_but_its_own_question(saga: Saga) -> None:
    saga.authorities.away = {"residence"}
    request_id = saga.submit()
    saga.pass_time()
    saga.pass_time(2 * MINUTE)

    seen = saga.look(request_id)
    assert (seen["status"], seen["waiting_for"]) == ("gathering_evidence", ["residence"])
    submitted_at, promised_by = seen["submitted_at"], seen["promised_by"]

    saga.authorities.away = set()
    saga.pass_time(5 * MINUTE)
    saga.pass_time(2 * MINUTE)

    seen = saga.look(request_id)
    assert seen["status"] == "under_review"
    assert (seen["submitted_at"], seen["promised_by"]) == (submitted_at, promised_by), "its place"
    assert saga.open_waits() == {}


def test_a_silent_authority_is_asked_later_and_later_and_never_less_than_every_five_minutes(
    saga: Saga,
) -> None:
    saga.authorities.silent = {"military"}
    request_id = saga.submit()
    saga.pass_time()
    for _ in range(40 * 60):
        saga.pass_time(timedelta(seconds=1))

    times = [at for name, at in saga.authorities.fetched if name == "military"]
    gaps = [(later - before).total_seconds() for before, later in pairwise(times)]

    assert gaps[0] <= 2
    assert max(gaps) <= 301
    # Each pause is drawn between half of its longest and the whole, and the longest doubles up to five minutes.
    for tried, gap in enumerate(gaps, 1):
        longest = min(300, 2 ** (tried - 1))
        assert longest / 2 - 1 <= gap <= longest + 1
    late = gaps[9:]
    assert len(set(late)) > 1, "not all in step"
    assert saga.look(request_id)["waiting_for"] == ["military"]
    saga.authorities.silent = set()
    saga.pass_time(5 * MINUTE)
    assert saga.status(request_id) == "under_review"


def test_a_process_that_dies_after_its_question_asks_the_same_one_again(saga: Saga) -> None:
    saga.authorities.dies_after = "income"
    request_id = saga.submit()
    saga.pass_time()
    saga.pass_time(2 * MINUTE)
    saga.pass_time(2 * MINUTE)

    assert Counter(saga.authorities.asked) == {"income": 2, "residence": 1, "military": 1}
    assert saga.events(request_id).count("EvidenceAsked") == 3
    assert saga.status(request_id) == "under_review"


@pytest.mark.parametrize("order", list(permutations(NEEDED)))
def test_answers_in_any_order_and_any_number_come_to_the_same(
    saga: Saga, order: tuple[str, ...]
) -> None:
    saga.authorities.silent = set(NEEDED)
    request_id = saga.submit()
    saga.pass_time()
    for name in order:
        saga.authorities.silent.discard(name)
        for _ in range(3):
            saga.announce(request_id, name)
        saga.pass_time()
        saga.announce(request_id, name)
        saga.pass_time()

    events = Counter(saga.events(request_id))
    assert (events["EvidenceReceived"], events["SentToOfficers"]) == (3, 1)
    saga.pass_time(10 * MINUTE)
    assert Counter(saga.events(request_id)) == events
    assert saga.open_waits() == {}


def test_what_comes_after_the_end_changes_nothing(saga: Saga) -> None:
    saga.authorities.silent = set(NEEDED)
    request_id = saga.submit()
    saga.pass_time()
    saga.endings.withdraw(WithdrawRequest(request_id, ""), asking(saga.person))
    before = saga.events(request_id)
    saga.authorities.silent = set()

    for name in NEEDED:
        saga.announce(request_id, name)
    saga.pass_time(10 * MINUTE)

    assert saga.events(request_id) == before
    assert saga.open_waits() == {}
