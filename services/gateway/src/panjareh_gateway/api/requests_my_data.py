"""Everything that requests holds about me (I6)."""

from __future__ import annotations

from panjareh_gateway.api import shapes_requests_my_data as shapes
from panjareh_gateway.operations import Operation

MY_DATA = (
    Operation(
        "GET",
        "/api/v1/my-data/requests/{section}",
        "requests",
        "get_my_data",
        "Everything that my requests hold about me: history with receipts, drafts, files, documents, looks",
        "requests",
        gives=shapes.DataInRequests,
        query=shapes.PageOfData,
    ),
)
