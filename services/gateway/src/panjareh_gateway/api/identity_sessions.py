"""Where a person is signed in, and signing out."""

from __future__ import annotations

from panjareh_gateway.api import shapes_identity_sessions as shapes
from panjareh_gateway.operations import Operation

_SESSIONS = "/api/v1/sessions"

SESSIONS = (
    Operation(
        "GET",
        _SESSIONS,
        "identity",
        "list_sessions",
        "Where I am signed in",
        "identity",
        gives=shapes.Devices,
    ),
    Operation(
        "DELETE",
        _SESSIONS,
        "identity",
        "end_sessions",
        "Sign out everywhere",
        "identity",
        gives=None,
        query=shapes.EndSessions,
        status=204,
    ),
    Operation(
        "DELETE",
        f"{_SESSIONS}/current",
        "identity",
        "sign_out",
        "Sign out",
        "identity",
        gives=None,
        status=204,
    ),
    Operation(
        "DELETE",
        f"{_SESSIONS}/{{session_id}}",
        "identity",
        "end_session",
        "Sign out one of my devices",
        "identity",
        gives=None,
        status=204,
    ),
)
