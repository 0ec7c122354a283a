"""The RPC door of feedback. It translates and delegates; it decides nothing."""

from __future__ import annotations

from typing import Any

from panjareh_common.rpc.runner import EveryService, serve
from panjareh_common.rpc.server import Call, Provided, rpc
from panjareh_common.security import CallerKind
from panjareh_feedback import schemas
from panjareh_feedback.application.commands import GiveFeedback
from panjareh_feedback.application.giving import Giving
from panjareh_feedback.entrypoints.subscribers import Subscribers
from panjareh_feedback.messaging.translation import PUBLISHED
from panjareh_feedback.read_model.ratings import Ratings
from panjareh_feedback.wiring import wire

ANYONE: set[CallerKind | str] = {
    CallerKind.PERSON,
    CallerKind.REPRESENTATIVE,
    CallerKind.OFFICER,
}


class FeedbackService(EveryService, Subscribers):
    name = "feedback"

    giving: Giving = Provided("giving")
    ratings: Ratings = Provided("ratings")

    @rpc(schemas.GiveFeedbackSchema, gives=schemas.GivenSchema, callers=ANYONE)
    def give_feedback(self, command: GiveFeedback, call: Call) -> Any:
        return self.giving.give(
            command, caller=call.caller, cause=call.cause(), key=call.key, language=call.language
        )

    @rpc(
        schemas.GetFeedbackSchema,
        gives=schemas.SummarySchema,
        callers={"gateway", *ANYONE},
    )
    def get_feedback(self, query: dict[str, Any], call: Call) -> Any:
        return self.ratings.of_service(query["service_code"])


def main(arguments: list[str]) -> None:
    wiring = wire()
    serve(FeedbackService, wiring.foundation, vars(wiring), PUBLISHED)
