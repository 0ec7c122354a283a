"""An authority's cases, taken out with their events (R6); steps that it reports of a running one (R1)."""

from __future__ import annotations

from panjareh_gateway.api import shapes_requests as requests
from panjareh_gateway.api import shapes_requests_cases as shapes
from panjareh_gateway.operations import Operation

CASES = (
    Operation(
        "GET",
        "/agency/v1/cases",
        "requests",
        "list_cases",
        "The cases of my authority with their events, oldest first; each look is recorded",
        "agency",
        gives=shapes.Cases,
        query=shapes.CaseSlice,
    ),
    Operation(
        "POST",
        "/agency/v1/requests/{request_id}/steps",
        "requests",
        "report_step",
        "Report a step of the service's own: printed, posted; the applicant reads it in the card's words",
        "agency",
        gives=requests.Changed,
        body=shapes.ReportStep,
    ),
)
