"""Puts requests together: the only file that names concrete classes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from panjareh_common.event_store import UnitOfWork
from panjareh_common.foundation import Foundation, lay
from panjareh_common.settings import DRAFT_DAYS, JWKS, SCANNER_URL, WINDOW_URL
from panjareh_common.transparency.heads import HEAD_TYP
from panjareh_requests.adapters.credentials import Credentials
from panjareh_requests.adapters.exchange import InquiryExchange
from panjareh_requests.adapters.printing import Printer
from panjareh_requests.application.appealing import Appeals
from panjareh_requests.application.correcting import Corrections
from panjareh_requests.application.drafts import Drafts
from panjareh_requests.application.ending import Endings
from panjareh_requests.application.evidence import EvidenceGathering
from panjareh_requests.application.files import Files
from panjareh_requests.application.handling import Handling
from panjareh_requests.application.messaging import Conversations
from panjareh_requests.application.outputs import Outputs
from panjareh_requests.application.requests import Requests
from panjareh_requests.application.reviewing import Reviews
from panjareh_requests.application.timekeeping import Timekeeping
from panjareh_requests.domain.service_request import ServiceRequest
from panjareh_requests.read_model.authorities import Authorities
from panjareh_requests.read_model.calendars import Calendars
from panjareh_requests.read_model.case_log import CaseLog
from panjareh_requests.read_model.clock_story import ClockStory
from panjareh_requests.read_model.clocks import Clocks
from panjareh_requests.read_model.documents import PostgresDocuments
from panjareh_requests.read_model.drafts import OwnDrafts, PostgresDrafts
from panjareh_requests.read_model.files import FilesOfRequests, OwnFiles
from panjareh_requests.read_model.held_documents import HeldDocuments
from panjareh_requests.read_model.issued_documents import DocumentInbox, IssuedDocuments
from panjareh_requests.read_model.looks import PostgresLooks
from panjareh_requests.read_model.messages import Messages
from panjareh_requests.read_model.own_requests import OwnRequests
from panjareh_requests.read_model.receipts import Receipts, receipt_content
from panjareh_requests.read_model.requests_view import RequestsView
from panjareh_requests.read_model.sentences.grounds import ground_in_words
from panjareh_requests.read_model.story import RequestStory
from panjareh_requests.read_model.terms import PublishedTerms
from panjareh_requests.read_model.typical_times import TypicalTimes
from panjareh_requests.read_model.work_queue import WorkQueue
from panjareh_requests.wiring_files import wire_files


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
    reviews: Reviews
    endings: Endings
    corrections: Corrections
    conversations: Conversations
    messages: Messages
    appeals: Appeals
    evidence: EvidenceGathering
    story: RequestStory
    outputs: Outputs
    credentials: Credentials
    issued: IssuedDocuments
    inbox: DocumentInbox
    receipts: Receipts
    work: WorkQueue
    case_log: CaseLog
    own: OwnRequests
    authorities: Authorities
    calendars: Calendars
    timekeeping: Timekeeping
    clock_story: ClockStory
    typical_times: TypicalTimes
    drafts: Drafts
    own_drafts: OwnDrafts
    files: Files
    own_files: OwnFiles
    files_of_requests: FilesOfRequests


def wire() -> Wiring:
    foundation = lay("requests", calls=("inquiry",), also=(DRAFT_DAYS, SCANNER_URL, WINDOW_URL))
    log, database, identity = foundation.log, foundation.database, foundation.identity
    terms, calendars = PublishedTerms(log), Calendars(log)
    clocks = Clocks(terms, calendars)
    view = RequestsView(database, clocks)
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
        stored = unit.saved[-1]
        row = stored._asdict() | {
            "reference": request.reference,
            "service_code": request.service_code,
        }
        return sign_receipt(receipt_content(row, request.id))

    handling = Handling(log, view)
    draft_rows = PostgresDrafts(database, foundation.keyring)
    foundation.erasures.and_remove(draft_rows.remove_of)
    kept_for = timedelta(days=foundation.settings[DRAFT_DAYS])
    file_parts = wire_files(foundation, looks)
    filling_in = file_parts.filling_in
    drafts = Drafts(
        log,
        rows=draft_rows,
        terms=terms,
        filling_in=filling_in,
        looks=looks,
        kept_for=kept_for,
    )
    exchange = InquiryExchange(foundation.calls, identity)
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
        ),
        reviews=Reviews(handling, terms, documents),
        endings=Endings(log, handling, terms),
        corrections=Corrections(log, handling, terms, filling_in),
        conversations=Conversations(handling),
        messages=Messages(log, looks),
        appeals=Appeals(handling, terms),
        work=WorkQueue(log, view, looks),
        case_log=CaseLog(log, looks),
        own=OwnRequests(log, view, looks),
        drafts=drafts,
        own_drafts=OwnDrafts(log, draft_rows, looks),
        files=file_parts.files,
        own_files=file_parts.own,
        files_of_requests=file_parts.of_requests,
        evidence=EvidenceGathering(log, exchange, terms, view, documents),
        authorities=Authorities(log),
        calendars=calendars,
        timekeeping=Timekeeping(
            log, terms=terms, days=calendars, clocks=clocks, view=view, documents=documents
        ),
        typical_times=TypicalTimes(log, terms),
        clock_story=ClockStory(log, terms, calendars, looks),
        outputs=Outputs(handling, documents, terms, Authorities(log)),
        credentials=credentials,
        issued=IssuedDocuments(*shown, check_at=credentials.address_of),
        inbox=DocumentInbox(*shown),
        receipts=Receipts(
            log, looks, sign_receipt, lambda head: identity.sign(head.to_claims(), HEAD_TYP)
        ),
        story=RequestStory(
            log, looks, terms, lambda content: identity.sign(content, "panjareh-document+jws")
        ),
    )
