"""Puts requests together: the only file that names concrete classes."""

from __future__ import annotations

from dataclasses import dataclass

from panjareh_common.clock import to_wire
from panjareh_common.event_store import UnitOfWork
from panjareh_common.foundation import Foundation, lay
from panjareh_requests.adapters.exchange import InquiryExchange
from panjareh_requests.application.evidence import EvidenceGathering
from panjareh_requests.application.requests import Requests
from panjareh_requests.domain.service_request import ServiceRequest
from panjareh_requests.read_model.documents import PostgresDocuments
from panjareh_requests.read_model.held_documents import HeldDocuments
from panjareh_requests.read_model.looks import PostgresLooks
from panjareh_requests.read_model.own_requests import OwnRequests
from panjareh_requests.read_model.requests_view import RequestsView
from panjareh_requests.read_model.story import RequestStory
from panjareh_requests.read_model.terms import PublishedTerms
from panjareh_requests.read_model.work_queue import WorkQueue


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
    evidence: EvidenceGathering
    story: RequestStory
    work: WorkQueue
    own: OwnRequests


def wire() -> Wiring:
    foundation = lay("requests", calls=("inquiry",))
    log, database, identity = foundation.log, foundation.database, foundation.identity
    terms, view = PublishedTerms(log), RequestsView(database)
    documents, looks = PostgresDocuments(database), PostgresLooks()

    def receipt(request: ServiceRequest, unit: UnitOfWork) -> str:
        """Proof for the applicant: what was stored, when, and its place in the hash chain (R4)."""
        stored = unit.saved[-1]
        content = {
            "iss": "requests",
            "request_id": str(request.id),
            "reference": request.reference,
            "service_code": request.service_code,
            "recorded_at": to_wire(stored.recorded_at),
            "version": stored.version,
            "hash": stored.hash.hex(),
        }
        return identity.sign(content, "panjareh-receipt+jws")

    exchange = InquiryExchange(foundation.calls, identity)
    return Wiring(
        foundation=foundation,
        terms=terms,
        view=view,
        documents=documents,
        held_documents=HeldDocuments(log, looks),
        looks=looks,
        requests=Requests(log, terms, view, documents, receipt),
        work=WorkQueue(log, view, looks),
        own=OwnRequests(log, view, looks),
        evidence=EvidenceGathering(log, exchange, terms, view, documents),
        story=RequestStory(
            log, looks, terms, lambda content: identity.sign(content, "panjareh-document+jws")
        ),
    )
