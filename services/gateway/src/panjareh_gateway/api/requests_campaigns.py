"""Services that many ask for at once: taking a number, and seeing where one stands (R7)."""

from __future__ import annotations

from panjareh_gateway.api import shapes_requests_campaigns as shapes
from panjareh_gateway.operations import Access, Line, Operation

V1 = "/api/v1"

CAMPAIGNS = (
    Operation(
        "PUT",
        f"{V1}/services/{{service_code}}/ticket",
        "requests",
        "draw_ticket",
        "Take a number in the line of a campaign; again, it is the same one",
        "requests",
        gives=shapes.Ticket,
        line=Line.DRAW,
    ),
    Operation(
        "GET",
        f"{V1}/services/{{service_code}}/queue",
        "requests",
        "list_campaigns",
        "How the line of a campaign stands, and where in it you do",
        "requests",
        gives=shapes.Queue,
        query=shapes.Look,
        access=Access.OPEN,
        line=Line.LOOK,
    ),
)
