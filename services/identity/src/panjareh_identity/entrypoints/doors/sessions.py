"""Where a person is signed in, and signing out."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from panjareh_common.rpc.server import Call, Provided, rpc
from panjareh_common.security import CallerKind
from panjareh_identity.application.sessions import Devices
from panjareh_identity.schemas import sessions as schemas
from panjareh_identity.schemas.base import NothingSchema

PERSON, OFFICER = CallerKind.PERSON, CallerKind.OFFICER


class SessionsDoor:
    devices: Devices = Provided("devices")

    @rpc(NothingSchema, gives=schemas.DevicesSchema, callers={PERSON, OFFICER})
    def list_sessions(self, nothing: dict[str, Any], call: Call) -> Any:
        return self.devices.all(caller=call.caller, cause=call.cause())

    @rpc(schemas.WhichSessionSchema, gives=NothingSchema, callers={PERSON, OFFICER})
    def end_session(self, command: dict[str, UUID], call: Call) -> Any:
        which = command["session_id"]
        self.devices.end(which, caller=call.caller, cause=call.cause("signed_out_elsewhere"))
        return {}

    @rpc(schemas.EndSessionsSchema, gives=NothingSchema, callers={PERSON, OFFICER})
    def end_sessions(self, command: dict[str, bool], call: Call) -> Any:
        self.devices.end_all(
            **command, caller=call.caller, cause=call.cause("signed_out_everywhere")
        )
        return {}

    @rpc(
        NothingSchema,
        gives=NothingSchema,
        callers={PERSON, OFFICER, CallerKind.REPRESENTATIVE},
        any_client=True,
    )
    def sign_out(self, nothing: dict[str, Any], call: Call) -> Any:
        self.devices.sign_out(caller=call.caller, cause=call.cause())
        return {}
