"""Asking for a public service (R1)."""

from __future__ import annotations

from panjareh_gateway.api import shapes_requests as shapes
from panjareh_gateway.operations import Line, Operation

V1 = "/api/v1"

ASKING = (
    Operation(
        "POST",
        f"{V1}/services/{{service_code}}/requests",
        "requests",
        "submit",
        "Ask for a public service",
        "requests",
        gives=shapes.Submitted,
        body=shapes.Submit,
        status=201,
        keyed=True,
        line=Line.SUBMIT,
        keeps=("ticket",),
        location=f"{V1}/requests/{{request_id}}",
    ),
)
