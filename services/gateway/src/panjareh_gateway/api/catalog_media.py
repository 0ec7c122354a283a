"""Pictures, sounds and films for the steps of services (requirement C2)."""

from __future__ import annotations

from panjareh_gateway.api import shapes_catalog_media as shapes
from panjareh_gateway.api.shapes import Page
from panjareh_gateway.operations import BATCH_LIMIT, Access, Operation

MEDIA = (
    Operation(
        "GET",
        "/media/{id}",
        "catalog",
        "get_medium",
        "A picture, sound or film of a step; it never changes",
        "catalog",
        gives=None,
        access=Access.OPEN,
        media_type="application/octet-stream",
    ),
    Operation(
        "POST",
        "/agency/v1/media",
        "catalog",
        "upload_medium",
        "Store a picture, sound or film for the steps of my authority's services",
        "agency",
        gives=shapes.Medium,
        body=shapes.UploadMedium,
        status=201,
        keyed=True,
        limit=BATCH_LIMIT,
        location="/media/{id}",
    ),
    Operation(
        "GET",
        "/agency/v1/media",
        "catalog",
        "list_media",
        "The pictures, sounds and films of my authority, the newest first",
        "agency",
        gives=shapes.Media,
        query=Page,
    ),
)
