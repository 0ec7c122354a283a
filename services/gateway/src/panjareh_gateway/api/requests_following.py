"""Following one's requests (R1)."""

from __future__ import annotations

from panjareh_gateway.api import shapes as common
from panjareh_gateway.api import shapes_requests as shapes
from panjareh_gateway.api.requests_live import LIVE
from panjareh_gateway.operations import Operation

V1 = "/api/v1"
_ONE = f"{V1}/requests/{{request_id}}"

FOLLOWING = (
    Operation(
        "GET",
        f"{V1}/requests",
        "requests",
        "list_requests",
        "My requests, newest first",
        "requests",
        gives=shapes.Requests,
        query=common.Page,
    ),
    Operation(
        "GET",
        _ONE,
        "requests",
        "get_request",
        "One request, now or as of a moment",
        "requests",
        gives=shapes.Request,
        query=shapes.AsOf,
    ),
    Operation(
        "GET",
        f"{_ONE}/timeline",
        "requests",
        "get_timeline",
        "Every step of a request",
        "requests",
        gives=shapes.Timeline,
    ),
    *LIVE,
)
