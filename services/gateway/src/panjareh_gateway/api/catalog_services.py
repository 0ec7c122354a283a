"""Public services: found, and read."""

from __future__ import annotations

from panjareh_gateway.api import shapes
from panjareh_gateway.api import shapes_catalog_services as services
from panjareh_gateway.operations import Access, Operation

_SERVICES = "/api/v1/services"

SERVICES = (
    Operation(
        "GET",
        _SERVICES,
        "catalog",
        "list_services",
        "Find public services",
        "catalog",
        gives=services.Services,
        query=services.ListServices,
        access=Access.OPEN,
    ),
    Operation(
        "GET",
        f"{_SERVICES}/{{code}}",
        "catalog",
        "get_service",
        "One public service: its identity card",
        "catalog",
        gives=services.Service,
        access=Access.OPEN,
    ),
    Operation(
        "GET",
        "/api/v1/life-events",
        "catalog",
        "list_life_events",
        "Life events, by which services are found",
        "catalog",
        gives=services.LifeEvents,
        query=shapes.Page,
        access=Access.OPEN,
    ),
)
