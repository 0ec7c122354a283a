"""Short messages about somebody's requests: services have them sent, people choose which they want."""

from __future__ import annotations

from typing import Any

from panjareh_common.rpc.server import Call, Provided, rpc
from panjareh_identity.application.lives.telling import TellPerson
from panjareh_identity.entrypoints.doors.lives import THEMSELF, asked
from panjareh_identity.schemas import notices as schemas
from panjareh_identity.schemas.base import NothingSchema
from panjareh_identity.wiring_lives import Lives


class NoticesDoor:
    lives: Lives = Provided("lives")

    @rpc(schemas.TellPersonSchema, gives=schemas.ToldSchema, callers={"requests"})
    def tell_person(self, command: TellPerson, call: Call) -> Any:
        return self.lives.telling.tell(command, **asked(call))

    @rpc(NothingSchema, gives=schemas.NoticeChoicesSchema, callers=THEMSELF)
    def get_notice_choices(self, nothing: dict[str, Any], call: Call) -> Any:
        return self.lives.notice_choices.look(**asked(call), language=call.language)

    @rpc(schemas.ChooseNoticesSchema, gives=schemas.NoticeChoicesSchema, callers=THEMSELF)
    def choose_notices(self, command: dict[str, Any], call: Call) -> Any:
        return self.lives.notice_choices.choose(**command, **asked(call), language=call.language)
