"""An authority's cases, taken out again with their events."""

from __future__ import annotations

from typing import Any

from panjareh_common.rpc.server import Call, Provided, rpc
from panjareh_common.security import CallerKind
from panjareh_requests.entrypoints.doors.asking import OFFICER
from panjareh_requests.read_model.case_log import CaseLog
from panjareh_requests.schemas import cases as schemas


class CasesDoor:
    case_log: CaseLog = Provided("case_log")

    @rpc(
        schemas.ListCasesSchema,
        gives=schemas.CasePageSchema,
        callers={OFFICER, CallerKind.AGENCY},
    )
    def list_cases(self, query: dict[str, Any], call: Call) -> Any:
        return self.case_log.page(call.caller, call.cause(), **query)
