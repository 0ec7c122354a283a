"""Puts requests together: the only file that names concrete classes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from panjareh_common.event_store import UnitOfWork
from panjareh_common.foundation import Foundation, lay
from panjareh_common.settings import (
    DRAFT_DAYS,
    JWKS,
    PAYMENT_SECRET,
    PAYMENT_URL,
    SCANNER_URL,
    WINDOW_URL,
)
from panjareh_common.transparency.heads import HEAD_TYP
from panjareh_requests.adapters.credentials import Credentials
from panjareh_requests.adapters.exchange import InquiryExchange
from panjareh_requests.adapters.postman import IdentityPostman
from panjareh_requests.adapters.printing import Printer
from panjareh_requests.application.appealing import Appeals
from panjareh_requests.application.appointing import Appointments
from panjareh_requests.application.appointment_places import AppointmentPlaces
from panjareh_requests.application.appointment_waits import AppointmentWaits
from panjareh_requests.application.campaigns import Campaigns
from panjareh_requests.application.correcting import Corrections
from panjareh_requests.application.drafts import Drafts
from panjareh_requests.application.ending import Endings
from panjareh_requests.application.evidence import EvidenceGathering
from panjareh_requests.application.files import Files
from panjareh_requests.application.handling import Handling
from panjareh_requests.application.joining import Joinings
from panjareh_requests.application.many import ManyAtOnce
from panjareh_requests.application.messaging import Conversations
from panjareh_requests.application.milestones import StepReports
from panjareh_requests.application.opinions import Opinions
from panjareh_requests.application.outputs import Outputs
from panjareh_requests.application.paying import Payments
from panjareh_requests.application.previewing import Previews
from panjareh_requests.application.proposals import Proposals
from panjareh_requests.application.requests import Requests
from panjareh_requests.application.reviewing import Reviews
from panjareh_requests.application.telling import NoticesOwed, Telling
from panjareh_requests.application.timekeeping import Timekeeping
from panjareh_requests.application.working import Working
from panjareh_requests.domain.service_request import ServiceRequest
from panjareh_requests.read_model.appointment_days import AppointmentDays
from panjareh_requests.read_model.appointment_seats import PostgresSeats
from panjareh_requests.read_model.appointments import AppointmentStory
from panjareh_requests.read_model.authorities import Authorities
from panjareh_requests.read_model.calendars import Calendars
from panjareh_requests.read_model.case_log import CaseLog
from panjareh_requests.read_model.clock_story import ClockStory
from panjareh_requests.read_model.clocks import Clocks
from panjareh_requests.read_model.documents import PostgresDocuments
from panjareh_requests.read_model.drafts import OwnDrafts, PostgresDrafts
from panjareh_requests.read_model.files import FilesOfRequests, OwnFiles
from panjareh_requests.read_model.held_answers import PostgresHeldAnswers
from panjareh_requests.read_model.held_documents import HeldDocuments
from panjareh_requests.read_model.issued_documents import DocumentInbox, IssuedDocuments
from panjareh_requests.read_model.looks import PostgresLooks
from panjareh_requests.read_model.messages import Messages
from panjareh_requests.read_model.my_data import MyData
from panjareh_requests.read_model.opinions import AskedOpinions, PostgresOpinions
from panjareh_requests.read_model.own_requests import OwnRequests
from panjareh_requests.read_model.payment_story import Accounts, PaymentStory
from panjareh_requests.read_model.payments import PostgresPayments
from panjareh_requests.read_model.receipts import Receipts, receipt_content
from panjareh_requests.read_model.requests_view import RequestsView
from panjareh_requests.read_model.sentences.grounds import ground_in_words
from panjareh_requests.read_model.staff import PostgresStaff
from panjareh_requests.read_model.steps import Steps
from panjareh_requests.read_model.story import RequestStory
from panjareh_requests.read_model.terms import PublishedTerms
from panjareh_requests.read_model.typical_times import TypicalTimes
from panjareh_requests.read_model.work_list import WorkList
from panjareh_requests.read_model.work_queue import WorkQueue
from panjareh_requests.read_model.work_rows import WorkRows
from panjareh_requests.wiring_appointments import wire_appointments
from panjareh_requests.wiring_campaigns import wire_campaigns
from panjareh_requests.wiring_files import wire_files
from panjareh_requests.wiring_joining import wire_joining
from panjareh_requests.wiring_opinions import wire_opinions
from panjareh_requests.wiring_payments import wire_payments
from panjareh_requests.wiring_work import wire_work


@dataclass(frozen=True)
class Wiring:
    """The parts of requests, made but not opened."""

    foundation: Foundation
    terms: PublishedTerms
    view: RequestsView
    documents: PostgresDocuments
    held_documents: HeldDocuments
    looks: PostgresLooks
    requests: Requests
    campaigns: Campaigns
    reviews: Reviews
    working: Working
    proposals: Proposals
    many_at_once: ManyAtOnce
    work_list: WorkList
    staff: PostgresStaff
    endings: Endings
    joinings: Joinings
    corrections: Corrections
    conversations: Conversations
    messages: Messages
    appeals: Appeals
    appointments: Appointments
    appointment_places: AppointmentPlaces
    appointment_waits: AppointmentWaits
    appointment_story: AppointmentStory
    appointment_days: AppointmentDays
    evidence: EvidenceGathering
    story: RequestStory
    steps: Steps
    outputs: Outputs
    credentials: Credentials
    issued: IssuedDocuments
    inbox: DocumentInbox
    receipts: Receipts
    work: WorkQueue
    case_log: CaseLog
    step_reports: StepReports
    own: OwnRequests
    authorities: Authorities
    calendars: Calendars
    timekeeping: Timekeeping
    telling: Telling
    clock_story: ClockStory
    typical_times: TypicalTimes
    drafts: Drafts
    own_drafts: OwnDrafts
    my_data: MyData
    files: Files
    own_files: OwnFiles
    files_of_requests: FilesOfRequests
    opinions: Opinions
    previews: Previews
    asked_opinions: AskedOpinions
    payments: Payments
    payment_story: PaymentStory
    accounts: Accounts


def wire() -> Wiring:
    foundation = lay(
        "requests",
        calls=("inquiry", "identity"),
        also=(DRAFT_DAYS, PAYMENT_SECRET, PAYMENT_URL, SCANNER_URL, WINDOW_URL),
    )
    log, database, identity = foundation.log, foundation.database, foundation.identity
    terms, calendars = PublishedTerms(log), Calendars(log)
    clocks, seats = Clocks(terms, calendars), PostgresSeats()
    work_rows = WorkRows(terms)
    campaigns = wire_campaigns(foundation, terms)
    payment_rows = PostgresPayments()
    view = RequestsView(
        database,
        clocks,
        also=(seats, NoticesOwed(), campaigns, payment_rows, work_rows, PostgresOpinions()),
    )
    looks = PostgresLooks()
    documents = PostgresDocuments(log, looks)
    keys = [key for key in foundation.settings[JWKS]["keys"] if key["kid"].startswith("requests-")]
    credentials = Credentials(foundation.settings[WINDOW_URL], identity, keys)
    printer = Printer(credentials.address_of, credentials.credential, ground_in_words)
    shown = (log, documents, looks, credentials.credential, printer.pdf)

    def sign_receipt(content: dict[str, Any]) -> str:
        return identity.sign(content, "panjareh-receipt+jws")

    def receipt(request: ServiceRequest, unit: UnitOfWork) -> str:
        """Proof for the applicant: what was stored, when, and its place in the hash chain (R4)."""
        stored = next(event for event in unit.saved if event.stream == request.id)
        row = stored._asdict() | {
            "reference": request.reference,
            "service_code": request.service_code,
        }
        return sign_receipt(receipt_content(row, request.id))

    story = RequestStory(
        log, looks, terms, lambda content: identity.sign(content, "panjareh-document+jws")
    )
    handling = Handling(log, view)
    appointment_parts = wire_appointments(
        log, handling, seats, terms=terms, calendars=calendars, looks=looks
    )
    draft_rows = PostgresDrafts(database, foundation.keyring)
    foundation.erasures.and_remove(draft_rows.remove_of)
    kept_for = timedelta(days=foundation.settings[DRAFT_DAYS])
    file_parts = wire_files(foundation, looks)
    filling_in = file_parts.filling_in
    opinion_parts = wire_opinions(
        log,
        handling,
        files=file_parts.rows,
        authorities=Authorities(log),
        days=calendars,
        looks=looks,
        terms=terms,
    )
    drafts = Drafts(
        log,
        rows=draft_rows,
        terms=terms,
        filling_in=filling_in,
        looks=looks,
        kept_for=kept_for,
    )
    issued = IssuedDocuments(*shown, check_at=credentials.address_of)
    exchange = InquiryExchange(foundation.calls, identity)
    work_parts = wire_work(
        log, handling, terms=terms, documents=documents, looks=looks, rows=work_rows
    )
    paying = wire_payments(foundation, handling, terms, documents, looks=looks, rows=payment_rows)
    return Wiring(
        foundation=foundation,
        terms=terms,
        view=view,
        documents=documents,
        held_documents=HeldDocuments(log, looks),
        looks=looks,
        requests=Requests(
            log,
            terms,
            view,
            receipt=receipt,
            drafts=drafts,
            filling_in=filling_in,
            days=calendars,
            takes_payments=bool(foundation.settings[PAYMENT_URL]),
            campaigns=campaigns,
        ),
        campaigns=campaigns,
        **vars(work_parts),
        endings=Endings(log, handling, terms),
        joinings=wire_joining(
            foundation,
            handling,
            terms=terms,
            filling_in=filling_in,
            looks=looks,
            receipt=receipt,
        ),
        corrections=Corrections(log, handling, terms, filling_in),
        conversations=Conversations(handling),
        messages=Messages(log, looks),
        appeals=Appeals(handling, terms),
        appointments=appointment_parts.appointments,
        appointment_places=appointment_parts.places,
        appointment_waits=appointment_parts.waits,
        appointment_story=appointment_parts.story,
        appointment_days=appointment_parts.days,
        work=WorkQueue(log, view, looks),
        case_log=CaseLog(log, looks),
        step_reports=StepReports(log, handling, terms),
        own=OwnRequests(log, view, looks),
        drafts=drafts,
        my_data=MyData(
            log,
            drafts=draft_rows,
            files=file_parts.own,
            documents=issued,
            sign_receipt=sign_receipt,
        ),
        own_drafts=OwnDrafts(log, draft_rows, looks),
        files=file_parts.files,
        own_files=file_parts.own,
        files_of_requests=file_parts.of_requests,
        opinions=opinion_parts.opinions,
        previews=Previews(log, terms, filling_in, PostgresHeldAnswers(log, looks)),
        asked_opinions=opinion_parts.asked,
        payments=paying.payments,
        payment_story=paying.story,
        accounts=paying.accounts,
        evidence=EvidenceGathering(log, exchange, terms, view, documents),
        authorities=Authorities(log),
        calendars=calendars,
        timekeeping=Timekeeping(
            log, terms=terms, days=calendars, clocks=clocks, view=view, documents=documents
        ),
        telling=Telling(log, IdentityPostman(foundation.calls, identity)),
        typical_times=TypicalTimes(log, terms),
        clock_story=ClockStory(log, terms, calendars, looks),
        outputs=Outputs(handling, documents, terms, Authorities(log)),
        credentials=credentials,
        issued=issued,
        inbox=DocumentInbox(*shown),
        receipts=Receipts(
            log, looks, sign_receipt, lambda head: identity.sign(head.to_claims(), HEAD_TYP)
        ),
        story=story,
        steps=Steps(log, story, looks, terms),
    )
