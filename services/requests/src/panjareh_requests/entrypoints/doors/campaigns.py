"""Services that many ask for at once: numbers, how the line stands, and submitting on a lane of its own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from panjareh_common.rpc.server import Call, Provided, rpc
from panjareh_requests.application.campaigns import Campaigns, Drawing
from panjareh_requests.application.commands import SubmitRequest
from panjareh_requests.application.requests import Requests
from panjareh_requests.entrypoints.doors.asking import ANYONE, asked
from panjareh_requests.schemas import campaigns as schemas
from panjareh_requests.schemas.requests import (
    NothingSchema,
    SubmitRequestSchema,
    SubmittedSchema,
)

# A campaign has an eighth of what other services have, in each process (decision 0042).
_SUBMITS_AT_ONCE = 8


class CampaignsDoor:
    requests: Requests = Provided("requests")
    campaigns: Campaigns = Provided("campaigns")

    @rpc(schemas.DrawTicketSchema, gives=schemas.TicketSchema, callers=ANYONE, many=True)
    def draw_ticket(self, calls: Sequence[tuple[dict[str, Any], Call]]) -> Any:
        drawings = [Drawing(caller=call.caller, language=call.language, **q) for q, call in calls]
        return self.campaigns.draw(drawings)

    @rpc(NothingSchema, gives=schemas.CampaignsSchema, callers={"gateway"})
    def list_campaigns(self, nothing: dict[str, Any], call: Call) -> Any:
        return self.campaigns.told()

    @rpc(
        SubmitRequestSchema,
        gives=SubmittedSchema,
        callers=ANYONE,
        at_once=_SUBMITS_AT_ONCE,
    )
    def submit_in_campaign(self, command: SubmitRequest, call: Call) -> Any:
        return self.requests.submit(command, **vars(asked(call)))
