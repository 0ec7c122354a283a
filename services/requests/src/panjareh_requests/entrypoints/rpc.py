"""The RPC door of requests. It translates and delegates; it decides nothing."""

from __future__ import annotations

from typing import Any

from panjareh_common.clock import utc_now
from panjareh_common.rpc.runner import EveryService, serve
from panjareh_common.rpc.server import Call, Provided, rpc
from panjareh_common.security import CallerKind
from panjareh_requests import schemas
from panjareh_requests.application.commands import (
    DecideRequest,
    ImportCases,
    StartReview,
    SubmitRequest,
)
from panjareh_requests.application.requests import Requests
from panjareh_requests.entrypoints.subscribers import Subscribers
from panjareh_requests.messaging.translation import PUBLISHED
from panjareh_requests.read_model.documents import PostgresDocuments
from panjareh_requests.read_model.held_documents import HeldDocuments
from panjareh_requests.read_model.own_requests import OwnRequests
from panjareh_requests.read_model.requests_view import RequestsView
from panjareh_requests.read_model.story import RequestStory
from panjareh_requests.read_model.work_queue import WorkQueue
from panjareh_requests.wiring import wire

OFFICER = CallerKind.OFFICER
# An officer is a person, too; whoever acts for another does what the mandate covers.
ANYONE = {CallerKind.PERSON, CallerKind.REPRESENTATIVE, CallerKind.OFFICER}


class RequestsService(EveryService, Subscribers):
    name = "requests"

    requests: Requests = Provided("requests")
    story: RequestStory = Provided("story")
    own: OwnRequests = Provided("own")
    view: RequestsView = Provided("view")
    work: WorkQueue = Provided("work")
    documents: PostgresDocuments = Provided("documents")
    held_documents: HeldDocuments = Provided("held_documents")

    @rpc(schemas.SubmitRequestSchema, gives=schemas.SubmittedSchema, callers=ANYONE)
    def submit(self, command: SubmitRequest, call: Call) -> Any:
        return self.requests.submit(command, **_asked(call), language=call.language)

    @rpc(schemas.GetRequestSchema, gives=schemas.RequestSchema, callers=ANYONE)
    def get_request(self, query: dict[str, Any], call: Call) -> Any:
        return self.story.get(
            **query, caller=call.caller, cause=call.cause(), language=call.language
        )

    @rpc(schemas.WhichRequestSchema, gives=schemas.TimelineSchema, callers=ANYONE)
    def get_timeline(self, query: dict[str, Any], call: Call) -> Any:
        return self.story.timeline(
            **query, caller=call.caller, cause=call.cause(), language=call.language
        )

    @rpc(schemas.WhichRequestSchema, gives=schemas.ExplanationSchema, callers=ANYONE)
    def explain_decision(self, query: dict[str, Any], call: Call) -> Any:
        return self.story.explain(
            **query, caller=call.caller, cause=call.cause(), language=call.language
        )

    @rpc(schemas.PageSchema, gives=schemas.RequestPageSchema, callers=ANYONE)
    def list_requests(self, query: dict[str, Any], call: Call) -> Any:
        return self.own.page(call.caller, call.cause(), **query)

    @rpc(schemas.NothingSchema, gives=schemas.OpenRequestsSchema, callers={"identity"})
    def list_open(self, nothing: dict[str, Any], call: Call) -> Any:
        return self.view.open_of(call.caller.person)

    @rpc(schemas.NothingSchema, gives=schemas.HeldDocumentsSchema, callers={"catalog"})
    def list_documents(self, nothing: dict[str, Any], call: Call) -> Any:
        return self.held_documents.of(call.caller, call.cause(), call.language)

    @rpc(schemas.PageSchema, gives=schemas.RequestPageSchema, callers={OFFICER})
    def list_queue(self, query: dict[str, Any], call: Call) -> Any:
        return self.work.page(call.caller, call.cause(), **query)

    @rpc(schemas.StartReviewSchema, gives=schemas.ChangedSchema, callers={OFFICER})
    def start_review(self, command: StartReview, call: Call) -> Any:
        return self.requests.start_review(command, **_asked(call), language=call.language)

    @rpc(schemas.DecideRequestSchema, gives=schemas.ChangedSchema, callers={OFFICER})
    def decide(self, command: DecideRequest, call: Call) -> Any:
        return self.requests.decide(command, **_asked(call), language=call.language)

    @rpc(
        schemas.ImportCasesSchema,
        gives=schemas.ImportedCasesSchema,
        callers={OFFICER, CallerKind.AGENCY},
    )
    def import_cases(self, command: ImportCases, call: Call) -> Any:
        return self.requests.import_cases(command, caller=call.caller, cause=call.cause())

    @rpc(schemas.VerifyDocumentSchema, gives=schemas.VerificationSchema, callers={"gateway"})
    def verify_document(self, query: dict[str, Any], call: Call) -> Any:
        return self.documents.verify(query["number"], utc_now())


def _asked(call: Call) -> dict[str, Any]:
    return {"caller": call.caller, "cause": call.cause(), "key": call.key}


def main(arguments: list[str]) -> None:
    wiring = wire()
    serve(RequestsService, wiring.foundation, vars(wiring), PUBLISHED)
