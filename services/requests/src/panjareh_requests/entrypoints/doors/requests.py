"""Asking for services, following requests, deciding them, checking documents."""

from __future__ import annotations

from typing import Any

from panjareh_common.rpc.server import Call, Provided, rpc
from panjareh_common.security import CallerKind
from panjareh_requests.application.commands import (
    DecideRequest,
    ImportCases,
    StartReview,
    SubmitRequest,
)
from panjareh_requests.application.requests import Requests
from panjareh_requests.application.reviewing import Reviews
from panjareh_requests.entrypoints.doors.asking import ANYONE, OFFICER, asked
from panjareh_requests.read_model.held_documents import HeldDocuments
from panjareh_requests.read_model.own_requests import OwnRequests
from panjareh_requests.read_model.requests_view import RequestsView
from panjareh_requests.read_model.story import RequestStory
from panjareh_requests.read_model.work_queue import WorkQueue
from panjareh_requests.schemas import requests as schemas


class RequestsDoor:
    requests: Requests = Provided("requests")
    reviews: Reviews = Provided("reviews")
    story: RequestStory = Provided("story")
    own: OwnRequests = Provided("own")
    view: RequestsView = Provided("view")
    work: WorkQueue = Provided("work")
    held_documents: HeldDocuments = Provided("held_documents")

    @rpc(schemas.SubmitRequestSchema, gives=schemas.SubmittedSchema, callers=ANYONE)
    def submit(self, command: SubmitRequest, call: Call) -> Any:
        return self.requests.submit(command, **vars(asked(call)))

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
        return self.reviews.start(command, asked(call))

    @rpc(schemas.DecideRequestSchema, gives=schemas.ChangedSchema, callers={OFFICER})
    def decide(self, command: DecideRequest, call: Call) -> Any:
        return self.reviews.decide(command, asked(call))

    @rpc(
        schemas.ImportCasesSchema,
        gives=schemas.ImportedCasesSchema,
        callers={OFFICER, CallerKind.AGENCY},
    )
    def import_cases(self, command: ImportCases, call: Call) -> Any:
        return self.requests.import_cases(command, caller=call.caller, cause=call.cause())
