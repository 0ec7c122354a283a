"""Following a request live, as Server-Sent Events (R1)."""

from __future__ import annotations

from marshmallow import fields, validate

from panjareh_gateway.operations import Operation, Strict


class After(Strict):
    after = fields.Integer(
        validate=validate.Range(0, 2**31 - 1),
        metadata={
            "description": "the id of the last step that is known; Last-Event-ID comes before it"
        },
    )


LIVE = (
    Operation(
        "GET",
        "/api/v1/requests/{request_id}/stream",
        "requests",
        "follow_request",
        "Follow a request live: `step` for each step with its version as id, `standing` where it stands now, "
        "`end` when the stream ends and why",
        "requests",
        gives=None,
        query=After,
        media_type="text/event-stream",
        live=True,
    ),
)
