"""Drafts: saved, and resumed on another channel or device."""

from __future__ import annotations

from panjareh_gateway.api import shapes_requests_drafts as shapes
from panjareh_gateway.api.shapes import Page
from panjareh_gateway.operations import Operation

_DRAFTS = "/api/v1/drafts"

DRAFTS = (
    Operation(
        "POST",
        "/api/v1/services/{service_code}/drafts",
        "requests",
        "create_draft",
        "Save what is filled in of a service's form, without submitting it",
        "requests",
        gives=shapes.SavedRequestDraft,
        body=shapes.FillIn,
        status=201,
        keyed=True,
        location=f"{_DRAFTS}/{{draft_id}}",
        versioned=True,
    ),
    Operation(
        "GET",
        _DRAFTS,
        "requests",
        "list_drafts",
        "My drafts, what was saved last at the top",
        "requests",
        gives=shapes.RequestDrafts,
        query=Page,
    ),
    Operation(
        "GET",
        f"{_DRAFTS}/{{draft_id}}",
        "requests",
        "get_draft",
        "A draft as it was saved, and what is still to be done",
        "requests",
        gives=shapes.RequestDraft,
        versioned=True,
    ),
    Operation(
        "PUT",
        f"{_DRAFTS}/{{draft_id}}",
        "requests",
        "save_draft",
        "Save a draft, if nobody saved it meanwhile",
        "requests",
        gives=shapes.SavedRequestDraft,
        body=shapes.FillIn,
        keyed=True,
        versioned=True,
    ),
    Operation(
        "DELETE",
        f"{_DRAFTS}/{{draft_id}}",
        "requests",
        "delete_draft",
        "Delete a draft, if nobody saved it meanwhile",
        "requests",
        gives=None,
        status=204,
        keyed=True,
        versioned=True,
    ),
)
