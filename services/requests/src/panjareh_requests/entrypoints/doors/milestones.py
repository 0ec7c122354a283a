"""Steps that an authority reports."""

from __future__ import annotations

from typing import Any

from panjareh_common.rpc.server import Call, Provided, rpc
from panjareh_common.security import CallerKind
from panjareh_requests.application.milestones import StepReports
from panjareh_requests.entrypoints.doors.asking import OFFICER
from panjareh_requests.schemas.milestones import ReportStepSchema
from panjareh_requests.schemas.requests import ChangedSchema


class MilestonesDoor:
    step_reports: StepReports = Provided("step_reports")

    @rpc(ReportStepSchema, gives=ChangedSchema, callers={OFFICER, CallerKind.AGENCY})
    def report_step(self, command: dict[str, Any], call: Call) -> Any:
        return self.step_reports.report(**command, caller=call.caller, cause=call.cause())
