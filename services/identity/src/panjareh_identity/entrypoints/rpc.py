"""The RPC door of identity. It translates and delegates; it decides nothing."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from eventlet import tpool

from panjareh_common.rpc.runner import EveryService, serve
from panjareh_common.rpc.server import Call, Provided, rpc
from panjareh_common.security import CallerKind
from panjareh_identity import schemas
from panjareh_identity.application.commands import SignIn, SignUp, StepUp
from panjareh_identity.application.people import People
from panjareh_identity.application.signing_in import SigningIn
from panjareh_identity.messaging.translation import PUBLISHED
from panjareh_identity.wiring import wire

PERSON, OFFICER = CallerKind.PERSON, CallerKind.OFFICER


class IdentityService(EveryService):
    name = "identity"

    people: People = Provided("people")
    signing_in: SigningIn = Provided("signing_in")

    @rpc(schemas.SignUpSchema, gives=schemas.SignedUpSchema, callers={"gateway"})
    def sign_up(self, command: SignUp, call: Call) -> Any:
        person_id = self.people.sign_up(command, cause=call.cause(), language=call.language)
        return {"person_id": person_id}

    @rpc(schemas.SignInSchema, gives=schemas.TokenSchema, callers={"gateway"})
    def sign_in(self, command: SignIn, call: Call) -> Any:
        return self.signing_in.sign_in(command, cause=call.cause(), language=call.language)

    @rpc(schemas.StepUpSchema, gives=schemas.SteppedUpSchema, callers={PERSON, OFFICER})
    def step_up(self, command: StepUp, call: Call) -> Any:
        return self.signing_in.step_up(command, caller=call.caller, cause=call.cause())

    @rpc(schemas.NothingSchema, gives=schemas.NothingSchema, callers={PERSON, OFFICER})
    def sign_out(self, nothing: dict[str, Any], call: Call) -> Any:
        self.signing_in.sign_out(caller=call.caller, cause=call.cause())
        return {}

    @rpc(schemas.WhichPersonSchema, gives=schemas.NationalIdSchema, callers={"inquiry"})
    def get_national_id(self, query: dict[str, UUID], call: Call) -> Any:
        national_id = self.people.national_id_of(**query, caller=call.caller, cause=call.cause())
        return {"national_id": national_id}


def main(arguments: list[str]) -> None:
    wiring = wire(aside=tpool.execute)
    serve(IdentityService, wiring.foundation, vars(wiring), PUBLISHED)
