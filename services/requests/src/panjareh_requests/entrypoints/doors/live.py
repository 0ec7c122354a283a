"""What is new of a request, for whoever follows it live."""

from __future__ import annotations

from typing import Any

from panjareh_common.rpc.server import Call, Provided, rpc
from panjareh_requests.entrypoints.doors.asking import ANYONE
from panjareh_requests.read_model.steps import Steps
from panjareh_requests.schemas import live as schemas


class LiveDoor:
    steps: Steps = Provided("steps")

    @rpc(schemas.FollowRequestSchema, gives=schemas.NewStepsSchema, callers=ANYONE)
    def follow_request(self, query: dict[str, Any], call: Call) -> Any:
        return self.steps.after(
            **query, caller=call.caller, cause=call.cause(), language=call.language
        )
