"""What ends by itself on a real database: corrections nobody made, appeals nobody made; and who comes first."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from psycopg.types.json import Jsonb
from tests.integration.requests.drafting import filling_in_on, requests_on

from panjareh_common.assurance import AssuranceLevel
from panjareh_common.database import Database
from panjareh_common.due import DueWorker
from panjareh_common.event_store import Cause, EventLog, Keyring
from panjareh_common.refusals import (
    InvalidInput,
    MandateTooNarrow,
    NotFound,
    Refusal,
    RemoteRefusal,
)
from panjareh_common.security import Caller, CallerKind
from panjareh_requests.application.appealing import Appeals
from panjareh_requests.application.commands import (
    AppealRequest,
    CorrectRequest,
    DecideRequest,
    ReopenRequest,
    SendBack,
    StartReview,
    SubmitRequest,
    WithdrawRequest,
    WriteMessage,
)
from panjareh_requests.application.correcting import Corrections
from panjareh_requests.application.ending import Endings
from panjareh_requests.application.evidence import EvidenceGathering
from panjareh_requests.application.handling import Asked, Handling
from panjareh_requests.application.messaging import Conversations
from panjareh_requests.application.reviewing import Reviews
from panjareh_requests.domain.service_request import ServiceRequest
from panjareh_requests.domain.values import Ask, Outcome, RequestStatus
from panjareh_requests.read_model.documents import PostgresDocuments
from panjareh_requests.read_model.looks import PostgresLooks
from panjareh_requests.read_model.messages import Messages
from panjareh_requests.read_model.story import RequestStory
from panjareh_requests.read_model.terms import PublishedTerms

START = datetime(2026, 6, 6, 6, 30, tzinfo=UTC)
DAY = timedelta(days=1)
FORM = {
    "type": "object",
    "additionalProperties": False,
    "required": ["n"],
    "properties": {
        "n": {"type": "integer", "x-title": {"fa": "شماره", "en": "Number"}},
    },
}
CARD: dict[str, Any] = {
    "code": "LIF-001",
    "authority": "police",
    "name": {"fa": "نام", "en": "name"},
    "required_loa": 2,
    "decision_mode": "officers",
    "time_limit_days": 90,
    "appeal_days": 10,
    "form": FORM,
    "evidence": [{"type": "income", "title": {"fa": "درآمد", "en": "income"}}],
}


@dataclass
class Exchange:
    """An authority that answers at once, and remembers what it was asked."""

    asked: list[str] = field(default_factory=list)
    fetched: int = 0

    def ask(self, inquiry_id: UUID, evidence_type: str, request: ServiceRequest) -> None:
        self.asked.append(evidence_type)

    def get_evidence(self, inquiry_id: UUID, request: ServiceRequest) -> dict[str, Any]:
        self.fetched += 1
        return {"status": "answered", "evidence_type": "income", "facts": {"decile": 3}}


class Office:
    """Requests on a database, at a time that goes on when it is told to."""

    def __init__(self, database: Database) -> None:
        self.database, self.now, self.exchange = database, START, Exchange()
        keyring = Keyring(secrets.token_bytes(32), database)
        log = self.log = EventLog(database, keyring, lambda: self.now)
        terms, looks = PublishedTerms(log), PostgresLooks()
        self.requests = requests_on(log, terms)
        view = self.requests._view
        handling, documents = Handling(log, view), PostgresDocuments(log, looks)
        self.reviews = Reviews(handling, terms, documents)
        self.endings = Endings(log, handling, terms)
        self.corrections = Corrections(log, handling, terms, filling_in_on(log))
        self.conversations, self.messages = Conversations(handling), Messages(log, looks)
        self.appeals = Appeals(handling, terms)
        self.evidence = EvidenceGathering(log, self.exchange, terms, view, documents)
        self.story = RequestStory(log, looks, terms, lambda content: "signed")
        with database.connection() as connection:
            connection.execute(
                "INSERT INTO public_service VALUES (%s, 1, %s, now())", (CARD["code"], Jsonb(CARD))
            )
        self.person, self.officer, self.colleague = someone(), officer(), officer()

    def pass_time(self, gone: timedelta = timedelta(0)) -> None:
        """Time goes on, and the clock process does what is due of these parts."""
        self.now += gone
        handlers = self.evidence.handlers() | self.corrections.handlers() | self.endings.handlers()
        DueWorker(self.database, handlers, lambda: self.now).run_due()

    def submit(self) -> UUID:
        answer = self.requests.submit(
            SubmitRequest("LIF-001", {"n": 1}), **vars(asking(self.person))
        )
        return UUID(answer["request_id"])

    def under_review(self) -> UUID:
        request_id = self.submit()
        self.pass_time()
        self.pass_time(timedelta(minutes=2))
        self.reviews.start(StartReview(request_id), asking(self.officer))
        return request_id

    def refused(self) -> UUID:
        request_id = self.under_review()
        self.decide(request_id, Outcome.REFUSED)
        return request_id

    def decide(self, request_id: UUID, outcome: Outcome, by: Caller | None = None) -> None:
        command = DecideRequest(request_id, outcome, "So.")
        self.reviews.decide(command, asking(by or self.officer))

    def send_back(self, request_id: UUID, days: int = 7) -> None:
        command = SendBack(request_id, [Ask("n", "Which?")], days)
        self.corrections.send_back(command, asking(self.officer))

    def correct(self, request_id: UUID, form: dict[str, Any]) -> None:
        self.corrections.correct(CorrectRequest(request_id, form), asking(self.person))

    def look(self, request_id: UUID) -> dict[str, Any]:
        cause = self.person.cause("web")
        return self.story.get(request_id, caller=self.person, cause=cause, language="en", at=None)

    def status(self, request_id: UUID) -> str:
        return str(self.look(request_id)["status"])

    def waits(self) -> list[str]:
        kinds = self.database.fetch("SELECT kind FROM due ORDER BY kind")
        return [kind for (kind,) in kinds if kind.startswith("end_")]

    def events(self, request_id: UUID) -> list[str]:
        return [each.topic.rpartition(".")[2] for each in self.log.history(request_id)]


def someone(**more: Any) -> Caller:
    return Caller(CallerKind.PERSON, uuid4(), AssuranceLevel(2), **more)


def officer(authority: str = "police") -> Caller:
    return Caller(
        CallerKind.OFFICER, uuid4(), AssuranceLevel(2), authority=authority, roles=("officer",)
    )


def asking(caller: Caller) -> Asked:
    return Asked(caller, caller.cause("web"), str(uuid4()), "en")


@pytest.fixture
def office(make_database_url: Callable[[str], str]) -> Iterator[Office]:
    database = Database(make_database_url("requests"), size=8)
    database.open()
    yield Office(database)
    database.close()


def test_a_correction_that_nobody_makes_ends_and_the_review_goes_on(office: Office) -> None:
    request_id = office.under_review()
    office.send_back(request_id, days=7)

    office.pass_time(7 * DAY - timedelta(seconds=1))
    assert office.status(request_id) == "awaiting_applicant"
    office.pass_time(timedelta(seconds=1))

    assert (office.status(request_id), office.waits()) == ("under_review", [])
    with pytest.raises(RemoteRefusal) as late:
        office.correct(request_id, {"n": 2})
    assert late.value.code == "nothing_to_correct"
    office.decide(request_id, Outcome.GRANTED)


def test_the_wait_of_an_earlier_correction_does_not_end_a_later_one(office: Office) -> None:
    request_id = office.under_review()
    office.send_back(request_id, days=7)
    office.correct(request_id, {"n": 2})
    assert office.waits() == []
    office.pass_time(DAY)
    office.send_back(request_id, days=30)

    office.pass_time(8 * DAY)

    assert (office.status(request_id), office.waits()) == (
        "awaiting_applicant",
        ["end_correction_time"],
    )
    assert office.look(request_id)["form"] == {"n": 2}


def test_a_correction_that_does_not_fit_changes_nothing(office: Office) -> None:
    request_id = office.under_review()
    office.send_back(request_id)

    with pytest.raises(InvalidInput) as unfit:
        office.correct(request_id, {"n": "two"})

    assert unfit.value.errors[0]["pointer"].endswith("/n")
    assert office.status(request_id) == "awaiting_applicant"
    assert office.waits() == ["end_correction_time"]


def test_a_refusal_is_final_when_nobody_appealed_in_the_time_of_the_card(office: Office) -> None:
    request_id = office.refused()
    assert office.look(request_id)["appeal_until"] == office.now + 10 * DAY

    office.pass_time(10 * DAY - timedelta(seconds=1))
    assert office.status(request_id) == "decided"
    office.pass_time(timedelta(seconds=1))

    assert (office.status(request_id), office.waits()) == ("closed", [])
    with pytest.raises(RemoteRefusal) as late:
        office.appeals.appeal(AppealRequest(request_id, "No."), asking(office.person))
    assert late.value.code == "appeal_too_late"
    assert late.value.details["until"].startswith("2026-06-16")


def test_a_wait_that_comes_due_too_early_is_not_lost(office: Office) -> None:
    """As where a machine's clock was put back."""
    request_id = office.refused()
    with office.database.connection() as connection:
        connection.execute("UPDATE due SET due_at = %s WHERE kind LIKE 'end%%'", (office.now,))

    office.pass_time()

    assert (office.status(request_id), office.waits()) == ("decided", ["end_appeal_time"])
    office.pass_time(10 * DAY)
    assert (office.status(request_id), office.waits()) == ("closed", [])


def test_nothing_closes_under_appeal_and_its_decision_closes_at_once(office: Office) -> None:
    request_id = office.refused()
    office.appeals.appeal(AppealRequest(request_id, "No."), asking(office.person))
    assert office.waits() == []

    office.pass_time(40 * DAY)

    assert office.status(request_id) == "under_appeal"
    office.reviews.start(StartReview(request_id), asking(office.colleague))
    office.decide(request_id, Outcome.REFUSED, office.colleague)
    assert (office.status(request_id), office.waits()) == ("closed", [])


def test_a_new_decision_after_reopening_has_a_time_for_appeal_of_its_own(office: Office) -> None:
    request_id = office.refused()
    office.pass_time(9 * DAY)
    office.appeals.reopen(ReopenRequest(request_id, "Wrong."), asking(office.colleague))
    office.pass_time(5 * DAY)
    assert office.status(request_id) == "under_review"
    office.reviews.start(StartReview(request_id), asking(office.officer))
    office.decide(request_id, Outcome.REFUSED)

    office.pass_time(9 * DAY)

    assert office.status(request_id) == "decided"
    office.pass_time(DAY)
    assert office.status(request_id) == "closed"


def test_who_withdrew_is_not_asked_about_any_more(office: Office) -> None:
    early, late = office.submit(), office.submit()
    command = WithdrawRequest(early, "")
    office.endings.withdraw(command, asking(office.person))

    office.pass_time()  # the other one is asked about
    office.endings.withdraw(WithdrawRequest(late, ""), asking(office.person))
    office.pass_time(timedelta(minutes=2))

    assert (office.exchange.asked, office.exchange.fetched) == (["income"], 0)
    assert office.events(early) == ["Submitted", "Withdrawn"]
    assert office.events(late) == ["Submitted", "EvidenceAsked", "Withdrawn"]
    left = office.database.fetch(
        "SELECT kind FROM due WHERE kind IN ('ask_evidence', 'collect_evidence')"
    )
    assert left == []


def at_once(*doings: Callable[[], Any]) -> list[str]:
    """What each came to: `done`, or the code of the refusal."""

    def come(doing: Callable[[], Any]) -> str:
        try:
            doing()
        except Refusal as said:
            return said.code
        return "done"

    with ThreadPoolExecutor(len(doings)) as pool:
        return list(pool.map(come, doings))


@pytest.mark.parametrize("time", range(6))
def test_of_all_who_end_a_request_at_once_one_does(office: Office, time: int) -> None:
    request_id = office.under_review()
    withdrawal, person = WithdrawRequest(request_id, ""), asking(office.person)

    came = at_once(
        lambda: office.decide(request_id, Outcome.GRANTED),
        lambda: office.endings.withdraw(withdrawal, person),
        lambda: office.decide(request_id, Outcome.REFUSED),
        lambda: office.send_back(request_id),
    )

    kept = office.events(request_id)
    ended = [each for each in kept if each in ("Decided", "Withdrawn")]
    assert len(ended) == 1 or (office.status(request_id), ended) == ("awaiting_applicant", [])
    assert came.count("done") == len(ended) + kept.count("SentBack")
    assert "Decided" not in kept[kept.index("SentBack") :] if "SentBack" in kept else True
    assert set(came) <= {"done", "already_decided", "not_under_review", "already_over"}


def test_of_two_appeals_at_once_one_is_made(office: Office) -> None:
    request_id = office.refused()

    came = at_once(
        *[lambda: office.appeals.appeal(AppealRequest(request_id, "No."), asking(office.person))]
        * 2
    )

    assert sorted(came) == ["appeal_used", "done"]


def test_who_acts_under_a_mandate_for_another_service_reaches_nothing(office: Office) -> None:
    request_id = office.under_review()

    def acting(*scope: str) -> Asked:
        return asking(
            Caller(
                CallerKind.REPRESENTATIVE,
                office.person.subject,
                AssuranceLevel(2),
                actor=uuid4(),
                mandate_scope=scope,
            )
        )

    narrow = acting("OTH-001")
    for doing in (
        lambda: office.endings.withdraw(WithdrawRequest(request_id, ""), narrow),
        lambda: office.conversations.write_to_officers(WriteMessage(request_id, "?"), narrow),
        lambda: office.messages.page(
            request_id, caller=narrow.caller, cause=narrow.cause, after=None, limit=5
        ),
    ):
        with pytest.raises((NotFound, MandateTooNarrow)):
            doing()
    wide = acting("LIF-001")
    office.endings.withdraw(WithdrawRequest(request_id, ""), wide)

    step = office.story.timeline(
        request_id, caller=office.person, cause=office.person.cause("web"), language="fa"
    )["items"][-1]
    assert (step["actor_id"], step["represented"]) == (
        str(wide.caller.actor),
        str(office.person.subject),
    )
    assert step["text"] == "از درخواست انصراف دادید."


def test_nobody_reads_again_what_an_erased_person_wrote(office: Office) -> None:
    request_id = office.under_review()
    office.send_back(request_id)
    office.conversations.write_to_officers(WriteMessage(request_id, "راز"), asking(office.person))
    office.log.keyring.erase(office.person.person)
    office.log.forget(office.person.person)

    office.pass_time(8 * DAY)  # and the wait ends all the same

    cause = office.officer.cause("web")
    [message] = office.messages.page(
        request_id, caller=office.officer, cause=cause, after=None, limit=5
    )["items"]
    assert message["text"] is None
    told = office.story.timeline(request_id, caller=office.officer, cause=cause, language="en")[
        "items"
    ]
    assert [step["text"] for step in told if step["kind"] == "SentBack"] == [
        "The officer asks you to correct something: (erased)"
    ]
    assert told[-1]["kind"] == "CorrectionLapsed"
    with office.log.unit_of_work(Cause("test", "service", "platform")) as unit:
        request = unit.load(ServiceRequest, request_id)
    assert request.status is RequestStatus.UNDER_REVIEW
