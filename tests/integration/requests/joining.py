"""A platform of one service that needs a seller and a buyer, on a real database."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from psycopg.types.json import Jsonb
from tests.integration.requests.drafting import filling_in_on, requests_on

from panjareh_common.assurance import AssuranceLevel
from panjareh_common.database import Database
from panjareh_common.due import DueWorker
from panjareh_common.event_store import EventLog, Keyring
from panjareh_common.security import Caller, CallerKind
from panjareh_requests.application.appealing import Appeals
from panjareh_requests.application.commands import SubmitRequest
from panjareh_requests.application.commands_joining import (
    DeclineInvitation,
    InviteParty,
    JoinRequest,
)
from panjareh_requests.application.correcting import Corrections
from panjareh_requests.application.ending import Endings
from panjareh_requests.application.evidence import EvidenceGathering
from panjareh_requests.application.handling import Asked, Handling
from panjareh_requests.application.joining import Joinings
from panjareh_requests.application.reviewing import Reviews
from panjareh_requests.domain.joining import party_of_evidence
from panjareh_requests.domain.service_request import ServiceRequest
from panjareh_requests.read_model.documents import PostgresDocuments
from panjareh_requests.read_model.joining_codes import PostgresJoiningCodes
from panjareh_requests.read_model.looks import PostgresLooks
from panjareh_requests.read_model.story import RequestStory
from panjareh_requests.read_model.terms import PublishedTerms

START = datetime(2026, 6, 6, 6, 30, tzinfo=UTC)


def _words(fa: str, en: str) -> dict[str, str]:
    return {"fa": fa, "en": en}


def _form(**fields: Any) -> dict[str, Any]:
    return {
        "type": "object",
        "additionalProperties": False,
        "required": list(fields),
        "properties": fields,
    }


CARD: dict[str, Any] = {
    "code": "VEH-901",
    "authority": "police",
    "name": _words("انتقال", "transfer"),
    "required_loa": 2,
    "decision_mode": "officers",
    "time_limit_days": 90,
    "appeal_days": 10,
    "form": _form(
        plate={"type": "string", "x-title": _words("پلاک", "Plate")},
        account={"type": "string", "x-title": _words("حساب", "Account")},
    ),
    "evidence": [{"type": "ownership", "title": _words("مالکیت", "ownership")}],
    "applicants": {
        "who": ["person"],
        "join_within_days": 30,
        "parties": [
            {
                "key": "buyer",
                "title": _words("خریدار", "the buyer"),
                "agrees_to": _words("می‌خرم.", "I buy it."),
                "who": ["person", "organisation"],
                "form": _form(
                    address={"type": "string", "x-title": _words("نشانی", "Address")},
                    colour={"type": "string", "x-title": _words("رنگ", "Colour")},
                ),
                "evidence": [{"type": "licence", "title": _words("گواهینامه", "licence")}],
                "sees": ["plate"],
                "shows": ["colour"],
            }
        ],
    },
}
SELLERS = {"plate": "12ب345-67", "account": "IR-secret-of-seller"}
BUYERS = {"address": "secret address of buyer", "colour": "red"}


@dataclass
class Exchange:
    """Authorities that answer at once, and remember about whom they were asked."""

    asked: list[tuple[str, UUID]] = field(default_factory=list)

    def ask(self, inquiry_id: UUID, evidence_type: str, request: ServiceRequest) -> None:
        party, name = party_of_evidence(evidence_type)
        self.asked.append((name, request.persons[party]))

    def get_evidence(self, inquiry_id: UUID, request: ServiceRequest) -> dict[str, Any]:
        _, name = party_of_evidence(request.evidence_named(inquiry_id) or "")
        return {"status": "answered", "evidence_type": name, "facts": {"said_of": name}}


class Transfers:
    """Requests of that service, at a time that goes on when it is told to."""

    url: str

    def __init__(self, database: Database, card: dict[str, Any] = CARD) -> None:
        self.database, self.now, self.exchange = database, START, Exchange()
        self.keyring = Keyring(secrets.token_bytes(32), database)
        log = self.log = EventLog(database, self.keyring, lambda: self.now)
        terms, looks = PublishedTerms(log), PostgresLooks()
        self.requests = requests_on(log, terms)
        self.view = view = self.requests._view
        handling, documents = Handling(log, view), PostgresDocuments(log, looks)
        self.reviews = Reviews(handling, terms, documents)
        self.endings = Endings(log, handling, terms)
        self.corrections = Corrections(log, handling, terms, filling_in_on(log))
        self.appeals = Appeals(handling, terms)
        self.evidence = EvidenceGathering(log, self.exchange, terms, view, documents)
        self.story = RequestStory(log, looks, terms, lambda content: "signed")
        self.codes = PostgresJoiningCodes(database, self.keyring, lambda: self.now)
        self.joinings = Joinings(
            log,
            handling,
            terms,
            codes=self.codes,
            filling_in=filling_in_on(log),
            looks=looks,
            receipt=lambda *_: "receipt",
        )
        with database.connection() as connection:
            connection.execute(
                "INSERT INTO public_service (code, version, card, published_at) VALUES (%s, 1, %s, %s)",
                (card["code"], Jsonb(card), START),
            )
        self.code = card["code"]

    def asked(self, caller: Caller) -> Asked:
        return Asked(caller, caller.cause("web"), uuid4().hex, "en")

    def submit(self, seller: Caller) -> UUID:
        command = SubmitRequest(self.code, SELLERS)
        return UUID(self.requests.submit(command, **vars(self.asked(seller)))["request_id"])

    def invite(self, seller: Caller, request_id: UUID, party: str = "buyer") -> str:
        command = InviteParty(request_id, party, "Ali")
        return str(self.joinings.invite(command, self.asked(seller))["code"])

    def join(self, buyer: Caller, code: str, form: dict[str, Any] | None = None) -> dict[str, Any]:
        command = JoinRequest(code, BUYERS if form is None else form)
        return self.joinings.join(command, self.asked(buyer))

    def decline(self, buyer: Caller, code: str) -> None:
        self.joinings.decline(DeclineInvitation(code, "too dear"), self.asked(buyer))

    def look(self, caller: Caller, code: str) -> dict[str, Any]:
        return self.joinings.look(code, caller=caller, cause=caller.cause("web"), language="en")

    def joined(self, seller: Caller, buyer: Caller) -> UUID:
        """A request that both have joined, and about both of whom authorities answered."""
        request_id = self.submit(seller)
        self.join(buyer, self.invite(seller, request_id))
        self.work()
        return request_id

    def work(self) -> None:
        """Everything that is due by now, and what follows from it."""
        handlers = self.evidence.handlers() | self.corrections.handlers()
        handlers |= self.endings.handlers() | self.joinings.handlers()
        worker = DueWorker(self.database, handlers, lambda: self.now)
        for _ in range(2):
            while worker.run_due():
                pass
            self.later(minutes=2)  # answers are looked for by and by

    def load(self, request_id: UUID) -> ServiceRequest:
        with self.log.unit_of_work(self.asked(person()).cause) as unit:
            return unit.load(ServiceRequest, request_id)

    def get(self, caller: Caller, request_id: UUID, at: datetime | None = None) -> dict[str, Any]:
        return self.story.get(
            request_id, caller=caller, cause=caller.cause("web"), language="en", at=at
        )

    def timeline(self, caller: Caller, request_id: UUID) -> list[str]:
        told = self.story.timeline(
            request_id, caller=caller, cause=caller.cause("web"), language="en"
        )
        return [step["text"] for step in told["items"]]

    def later(self, **time: int) -> None:
        self.now += timedelta(**time)


def person(loa: int = 3, **known: Any) -> Caller:
    return Caller(CallerKind.PERSON, uuid4(), AssuranceLevel(loa), **known)


def company(actor: UUID | None = None) -> Caller:
    return Caller(
        CallerKind.REPRESENTATIVE,
        uuid4(),
        AssuranceLevel(3),
        actor=actor or uuid4(),
        mandate=uuid4(),
        mandate_scope=("*",),
        subject_kind="organisation",
    )


def officer(authority: str = "police") -> Caller:
    return person(authority=authority, roles=("officer",))
