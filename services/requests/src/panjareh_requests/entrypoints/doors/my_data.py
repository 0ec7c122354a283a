"""Everything that is held about a person here, for the person; nobody has it who acts for them."""

from __future__ import annotations

from typing import Any

from panjareh_common.rpc.server import Call, Provided, rpc
from panjareh_common.security import CallerKind
from panjareh_requests.read_model.my_data import MyData
from panjareh_requests.schemas import my_data as schemas


class MyDataDoor:
    my_data: MyData = Provided("my_data")

    @rpc(
        schemas.MyDataSchema,
        gives=schemas.MyDataPageSchema,
        callers={CallerKind.PERSON, CallerKind.OFFICER},
    )
    def get_my_data(self, query: dict[str, Any], call: Call) -> Any:
        return self.my_data.page(
            **query, caller=call.caller, cause=call.cause(), language=call.language
        )
