"""Which files belong to a request; the files themselves go in and out at requests' own door."""

from __future__ import annotations

from panjareh_gateway.api import shapes_requests_files as shapes
from panjareh_gateway.operations import Operation

FILES = (
    Operation(
        "GET",
        "/api/v1/requests/{request_id}/files",
        "requests",
        "list_request_files",
        "The files that are part of my request",
        "requests",
        gives=shapes.RequestFiles,
    ),
    Operation(
        "GET",
        "/agency/v1/requests/{request_id}/files",
        "requests",
        "list_request_files",
        "The files that are part of a request to my authority; the look is recorded",
        "agency",
        gives=shapes.RequestFiles,
    ),
)
