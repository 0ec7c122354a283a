"""How much time is left, and what has run out of it."""

from __future__ import annotations

from typing import Any

from panjareh_common.rpc.server import Call, Provided, rpc
from panjareh_requests.entrypoints.doors.asking import ANYONE, OFFICER
from panjareh_requests.read_model.clock_story import ClockStory
from panjareh_requests.read_model.typical_times import TypicalTimes
from panjareh_requests.schemas import time as schemas
from panjareh_requests.schemas.requests import PageSchema, WhichRequestSchema


class TimeDoor:
    clock_story: ClockStory = Provided("clock_story")
    typical_times: TypicalTimes = Provided("typical_times")

    @rpc(WhichRequestSchema, gives=schemas.ClockSchema, callers=ANYONE)
    def get_clock(self, query: dict[str, Any], call: Call) -> Any:
        return self.clock_story.get(
            **query, caller=call.caller, cause=call.cause(), language=call.language
        )

    @rpc(schemas.WhichServiceSchema, gives=schemas.TypicalTimesSchema, callers={"gateway"})
    def get_typical_times(self, query: dict[str, Any], call: Call) -> Any:
        return self.typical_times.of(query["service_code"], call.language)

    @rpc(PageSchema, gives=schemas.PassedRequestsSchema, callers={OFFICER})
    def list_passed(self, query: dict[str, Any], call: Call) -> Any:
        return self.clock_story.passed(call.caller, call.cause(), **query)
