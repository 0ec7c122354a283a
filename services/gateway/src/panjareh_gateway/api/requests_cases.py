"""An authority's cases, taken out with their events (R6)."""

from __future__ import annotations

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
)
