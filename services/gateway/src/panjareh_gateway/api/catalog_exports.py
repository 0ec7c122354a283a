"""The whole catalogue for others' programs: linked data (CPSV-AP 3.2), and what has changed since."""

from __future__ import annotations

from panjareh_gateway.api import shapes_catalog_exports as shapes
from panjareh_gateway.operations import Access, Operation

_CATALOGUE, _SERVICE = "/api/v1/catalogue", "/api/v1/services/{code}"
_TURTLE, _JSON_LD = "text/turtle", "application/ld+json"


def _linked(path: str, call: str, summary: str, media_type: str) -> Operation:
    return Operation(
        "GET",
        path,
        "catalog",
        call,
        summary,
        "catalog",
        gives=None,
        access=Access.OPEN,
        media_type=media_type,
        told_window=True,
    )


EXPORTS = (
    Operation(
        "GET",
        _CATALOGUE,
        "catalog",
        "list_changes",
        "The catalogue for a portal: whole identity cards with satisfaction, in the order of their last change",
        "catalog",
        gives=shapes.CatalogueEntries,
        query=shapes.ListChanges,
        access=Access.OPEN,
    ),
    _linked(
        f"{_CATALOGUE}.ttl", "export_turtle", "The whole catalogue as CPSV-AP 3.2, Turtle", _TURTLE
    ),
    _linked(
        f"{_CATALOGUE}.jsonld",
        "export_json_ld",
        "The whole catalogue as CPSV-AP 3.2, JSON-LD",
        _JSON_LD,
    ),
    _linked(
        f"{_SERVICE}.ttl", "export_service_turtle", "One service as CPSV-AP 3.2, Turtle", _TURTLE
    ),
    _linked(
        f"{_SERVICE}.jsonld",
        "export_service_json_ld",
        "One service as CPSV-AP 3.2, JSON-LD",
        _JSON_LD,
    ),
    _linked(
        "/api/v1/vocabulary.ttl",
        "export_vocabulary",
        "Our extension of CPSV-AP, described in RDF Schema",
        _TURTLE,
    ),
)
