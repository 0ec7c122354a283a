"""Several applicants on one request: inviting, looking at what one would join, joining, declining."""

from __future__ import annotations

from typing import Any

from panjareh_common.rpc.server import Call, Provided, rpc
from panjareh_requests.application.commands_joining import (
    DeclineInvitation,
    InviteParty,
    JoinRequest,
)
from panjareh_requests.application.joining import Joinings
from panjareh_requests.entrypoints.doors.asking import ANYONE, asked
from panjareh_requests.schemas import joining as schemas


class JoiningDoor:
    joinings: Joinings = Provided("joinings")

    @rpc(schemas.InvitePartySchema, gives=schemas.InvitedSchema, callers=ANYONE)
    def invite_party(self, command: InviteParty, call: Call) -> Any:
        return self.joinings.invite(command, asked(call))

    @rpc(schemas.LookAtInvitationSchema, gives=schemas.InvitationSchema, callers=ANYONE)
    def look_at_invitation(self, query: dict[str, Any], call: Call) -> Any:
        return self.joinings.look(
            query["code"], caller=call.caller, cause=call.cause(), language=call.language
        )

    @rpc(schemas.JoinRequestSchema, gives=schemas.JoinedSchema, callers=ANYONE)
    def join_request(self, command: JoinRequest, call: Call) -> Any:
        return self.joinings.join(command, asked(call))

    @rpc(schemas.DeclineInvitationSchema, gives=schemas.DeclinedSchema, callers=ANYONE)
    def decline_invitation(self, command: DeclineInvitation, call: Call) -> Any:
        return self.joinings.decline(command, asked(call))
