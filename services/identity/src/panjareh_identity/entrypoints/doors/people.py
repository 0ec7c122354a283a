"""Registration, and what other services may know of a person."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from panjareh_common.rpc.server import Call, Provided, rpc
from panjareh_identity.application.commands import SignUp
from panjareh_identity.application.origin import Origin
from panjareh_identity.application.people import People
from panjareh_identity.application.signing_up import SigningUp
from panjareh_identity.schemas import people as schemas
from panjareh_identity.schemas.base import WhichPersonSchema


class PeopleDoor:
    people: People = Provided("people")
    signing_up: SigningUp = Provided("signing_up")

    @rpc(schemas.SignUpSchema, gives=schemas.SignedUpSchema, callers={"gateway"})
    def sign_up(self, command: SignUp, call: Call) -> Any:
        origin = Origin(call.address, call.agent)
        return self.signing_up.sign_up(
            command, cause=call.cause(), language=call.language, origin=origin
        )

    @rpc(WhichPersonSchema, gives=schemas.NationalIdSchema, callers={"inquiry"})
    def get_national_id(self, query: dict[str, UUID], call: Call) -> Any:
        national_id = self.people.national_id_of(**query, caller=call.caller, cause=call.cause())
        return {"national_id": national_id}

    @rpc(schemas.WhichSubjectSchema, gives=schemas.SubjectSchema, callers={"inquiry"})
    def get_subject(self, query: dict[str, Any], call: Call) -> Any:
        return self.people.subject_of(**query, caller=call.caller, cause=call.cause())
