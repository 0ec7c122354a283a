"""Requests whose fee is paid, on a real database, with the sandbox's provider behind its real door."""

from __future__ import annotations

import asyncio
import re
import secrets
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID, uuid4

import httpx
from psycopg.types.json import Jsonb
from tests.integration.requests.drafting import drafts_on, filling_in_on

from panjareh_common.assurance import AssuranceLevel
from panjareh_common.database import Database
from panjareh_common.due import DueWorker
from panjareh_common.event_store import EventLog, Keyring
from panjareh_common.security import Caller, CallerKind
from panjareh_requests.adapters.payment_gateway import PaymentGateway
from panjareh_requests.application.commands import (
    DecideRequest,
    StartReview,
    SubmitRequest,
    WithdrawRequest,
)
from panjareh_requests.application.ending import Endings
from panjareh_requests.application.evidence import EvidenceGathering
from panjareh_requests.application.handling import Asked, Handling
from panjareh_requests.application.paying import Payments, PayRequest
from panjareh_requests.application.requests import Requests
from panjareh_requests.application.reviewing import Reviews
from panjareh_requests.domain.service_request import ServiceRequest
from panjareh_requests.domain.values import Outcome
from panjareh_requests.read_model.calendars import Calendars
from panjareh_requests.read_model.clocks import Clocks
from panjareh_requests.read_model.documents import PostgresDocuments
from panjareh_requests.read_model.looks import PostgresLooks
from panjareh_requests.read_model.payment_story import Accounts, PaymentStory
from panjareh_requests.read_model.payments import PostgresPayments
from panjareh_requests.read_model.requests_view import RequestsView
from panjareh_requests.read_model.story import RequestStory
from panjareh_requests.read_model.terms import PublishedTerms
from panjareh_sandbox.payments import Bank
from panjareh_sandbox.payments_http import payment_app

START = datetime(2026, 6, 6, 6, 30, tzinfo=UTC)
BANK = "http://bank.test"
SECRET = secrets.token_urlsafe(32)
FEE = 1_200_000
FORM: dict[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "properties": {"poor": {"type": "boolean", "x-title": {"fa": "کم‌درآمد", "en": "Poor"}}},
}
PAYMENT = {
    "when": "before_review",
    "within_days": 3,
    "refund": {"withdrawn": "all", "refused": "all"},
    "exempt": [{"from": "form.poor", "eq": True, "fa": "کم‌درآمد", "en": "of low income"}],
}
CARD: dict[str, Any] = {
    "authority": "police",
    "name": {"fa": "نام", "en": "name"},
    "required_loa": 2,
    "decision_mode": "officers",
    "time_limit_days": 90,
    "appeal_days": 10,
    "form": FORM,
    "fee": {"amount": FEE, "currency": "IRR"},
    "payment": PAYMENT,
    "output": {"kind": "card", "title": {"fa": "کارت", "en": "card"}, "valid_days": 100},
}
BEFORE_REVIEW, BEFORE_OUTPUT = "FEE-001", "FEE-002"


class InProcess(httpx.BaseTransport):
    """A program's door without a port between."""

    def __init__(self, app: Any) -> None:
        self._door = httpx.ASGITransport(app)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        request.read()
        return asyncio.run(self._answer(request))

    async def _answer(self, request: httpx.Request) -> httpx.Response:
        answer = await self._door.handle_async_request(request)
        content = await answer.aread()
        return httpx.Response(answer.status_code, headers=answer.headers, content=content)


class NobodyAsked:
    def ask(self, inquiry_id: UUID, evidence_type: str, request: ServiceRequest) -> None:
        raise AssertionError(evidence_type)

    def get_evidence(self, inquiry_id: UUID, request: ServiceRequest) -> Mapping[str, Any]:
        raise AssertionError(inquiry_id)


class Till:
    """A window, an authority and a bank, at a time that goes on when it is told to."""

    def __init__(self, database: Database) -> None:
        self.database, self.now = database, START
        self.bank = Bank(None)
        door = InProcess(payment_app(self.bank, SECRET, BANK, lambda: self.now))
        self.pages = httpx.Client(base_url=BANK, transport=door)
        self.provider = PaymentGateway(BANK, SECRET, transport=door)
        keyring = Keyring(secrets.token_bytes(32), database)
        log = self.log = EventLog(database, keyring, lambda: self.now)
        terms, looks, calendars = PublishedTerms(log), PostgresLooks(), Calendars(log)
        rows = self.rows = PostgresPayments()
        view = RequestsView(database, Clocks(terms, calendars), also=(rows,))
        handling, documents = Handling(log, view), PostgresDocuments(log, looks)
        self.requests = Requests(
            log,
            terms,
            view,
            receipt=lambda *_: "receipt",
            drafts=drafts_on(log, terms),
            filling_in=filling_in_on(log),
            days=calendars,
        )
        self.reviews = Reviews(handling, terms, documents)
        self.endings = Endings(log, handling, terms)
        self.evidence = EvidenceGathering(log, NobodyAsked(), terms, view, documents)
        self.payments = Payments(
            log,
            handling,
            terms,
            documents,
            rows=rows,
            provider=self.provider,
            window="http://window.test",
        )
        self.story = RequestStory(log, looks, terms, lambda content: "signed")
        self.payment_story = PaymentStory(log, looks, rows, self.payments.page_of)
        self.accounts = Accounts(log, looks)
        self._publish(BEFORE_REVIEW, PAYMENT)
        self._publish(BEFORE_OUTPUT, PAYMENT | {"when": "before_output"})
        self.person, self.officer = someone(), officer()

    def _publish(self, code: str, payment: dict[str, Any]) -> None:
        card = CARD | {"code": code, "payment": payment}
        with self.database.connection() as connection:
            connection.execute(
                "INSERT INTO public_service VALUES (%s, 1, %s, now())", (code, Jsonb(card))
            )

    # The clock process

    def handlers(self) -> dict[str, Callable[[Any], None]]:
        handlers = self.evidence.handlers() | self.endings.handlers() | self.payments.handlers()
        return dict(handlers)

    def pass_time(self, gone: timedelta = timedelta(0)) -> None:
        """Time goes on, and what is due is done; what was not ready is tried once more after its pause."""
        self.now += gone
        self.run_due()

    def run_due(self) -> None:
        DueWorker(self.database, self.handlers(), lambda: self.now).run_due()

    # People

    def submit(self, code: str = BEFORE_REVIEW, **form: Any) -> UUID:
        answer = self.requests.submit(SubmitRequest(code, form), **vars(asking(self.person)))
        return UUID(answer["request_id"])

    def begin(self, request_id: UUID) -> UUID:
        """A try of paying, which the bank has taken."""
        answer = self.payments.pay(PayRequest(request_id), asking(self.person))
        self.pass_time()
        return UUID(answer["payment_id"])

    def at_the_bank(self, payment_id: UUID, do: str = "pay") -> str:
        """What a person does at the bank's page; where it leads back to."""
        page_url = self.come_by(payment_id)["page_url"]
        answer = self.pages.post(urlsplit(page_url).path, data={"do": do})
        return str(answer.headers.get("location", ""))

    def come_by(self, payment_id: UUID, *, returned: bool = False) -> dict[str, Any]:
        return self.payments.come_by(payment_id, returned=returned)

    def pay(self, request_id: UUID) -> UUID:
        payment_id = self.begin(request_id)
        back = self.at_the_bank(payment_id)
        assert re.fullmatch(rf"http://window.test/paid/{payment_id}\?lang=\w\w", back)
        self.come_by(payment_id, returned=True)
        self.pass_time()
        return payment_id

    def withdraw(self, request_id: UUID) -> None:
        self.endings.withdraw(WithdrawRequest(request_id, ""), asking(self.person))

    def decide(self, request_id: UUID, outcome: Outcome) -> None:
        self.reviews.start(StartReview(request_id), asking(self.officer))
        self.reviews.decide(DecideRequest(request_id, outcome, "So."), asking(self.officer))

    # What there is to see

    def look(self, request_id: UUID) -> dict[str, Any]:
        cause = self.person.cause("web")
        return self.story.get(request_id, caller=self.person, cause=cause, language="en", at=None)

    def status(self, request_id: UUID) -> str:
        return str(self.look(request_id)["status"])

    def payment(self, request_id: UUID) -> dict[str, Any]:
        cause = self.person.cause("web")
        return self.payment_story.get(request_id, caller=self.person, cause=cause, language="en")

    def events(self, request_id: UUID) -> list[str]:
        return [each.topic.rpartition(".")[2] for each in self.log.history(request_id)]

    def waits(self) -> list[str]:
        kinds = self.database.fetch("SELECT kind FROM due ORDER BY kind")
        return [kind for (kind,) in kinds if "payment" in kind]


def someone(**more: Any) -> Caller:
    return Caller(CallerKind.PERSON, uuid4(), AssuranceLevel(2), **more)


def officer(authority: str = "police") -> Caller:
    return Caller(
        CallerKind.OFFICER, uuid4(), AssuranceLevel(2), authority=authority, roles=("officer",)
    )


def asking(caller: Caller) -> Asked:
    return Asked(caller, caller.cause("web"), str(uuid4()), "en")
