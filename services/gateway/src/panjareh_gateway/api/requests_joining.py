"""Several applicants on one request: who asked invites the others by a code, which is told by voice (R1)."""

from __future__ import annotations

from panjareh_gateway.api import shapes_requests_joining as shapes
from panjareh_gateway.operations import Operation

_INVITATIONS = "/api/v1/invitations"

JOINING = (
    Operation(
        "POST",
        "/api/v1/requests/{request_id}/parties/{party}/invitation",
        "requests",
        "invite_party",
        "Get a code for the other party of my request; an earlier one ends",
        "requests",
        gives=shapes.Invited,
        body=shapes.Invite,
        status=201,
        keyed=True,
    ),
    # The code stands in the body: addresses are logged.
    Operation(
        "POST",
        f"{_INVITATIONS}/look",
        "requests",
        "look_at_invitation",
        "What I would join with a code that I was told",
        "requests",
        gives=shapes.Invitation,
        body=shapes.Code,
    ),
    Operation(
        "POST",
        f"{_INVITATIONS}/joining",
        "requests",
        "join_request",
        "Join a request, with my part of the form",
        "requests",
        gives=shapes.Joined,
        body=shapes.Join,
        keyed=True,
    ),
    Operation(
        "POST",
        f"{_INVITATIONS}/declining",
        "requests",
        "decline_invitation",
        "Decline an invitation",
        "requests",
        gives=shapes.Declined,
        body=shapes.Decline,
        keyed=True,
    ),
)
