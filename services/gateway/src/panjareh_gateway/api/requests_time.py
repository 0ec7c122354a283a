"""How much time is left for a request, day by day, and what has run out of it (R5, R6)."""

from __future__ import annotations

from panjareh_gateway.api import shapes as common
from panjareh_gateway.api import shapes_requests_time as shapes
from panjareh_gateway.operations import Access, Operation

TIME = (
    Operation(
        "GET",
        "/api/v1/requests/{request_id}/clock",
        "requests",
        "get_clock",
        "The statutory clock of a request: each day, counted or not, and why",
        "requests",
        gives=shapes.Clock,
    ),
    Operation(
        "GET",
        "/agency/v1/requests/{request_id}/clock",
        "requests",
        "get_clock",
        "The statutory clock of a request to my authority; the look is recorded",
        "agency",
        gives=shapes.Clock,
    ),
    Operation(
        "GET",
        "/api/v1/services/{service_code}/times",
        "requests",
        "get_typical_times",
        "How long a service takes: promised, and measured of what is finished; what is late apart",
        "requests",
        gives=shapes.TypicalTimes,
        access=Access.OPEN,
    ),
    Operation(
        "GET",
        "/agency/v1/escalations",
        "requests",
        "list_passed",
        "Requests whose time has passed, which lie before the holders of my duty, the longest overdue first",
        "agency",
        gives=shapes.Escalations,
        query=common.Page,
    ),
)
