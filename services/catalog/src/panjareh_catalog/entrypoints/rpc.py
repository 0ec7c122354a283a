"""The RPC door of catalog. It translates and delegates; it decides nothing."""

from __future__ import annotations

from typing import Any

from panjareh_catalog import schemas
from panjareh_catalog.messaging.translation import PUBLISHED
from panjareh_catalog.read_model.services_view import ServicesView
from panjareh_catalog.wiring import wire
from panjareh_common.rpc.runner import EveryService, serve
from panjareh_common.rpc.server import Call, Provided, rpc
from panjareh_common.security import CallerKind

# The catalogue is open to all: the gateway asks for people who have not signed in.
ANYONE: set[CallerKind | str] = {"gateway", *CallerKind} - {CallerKind.SERVICE}


class CatalogService(EveryService):
    name = "catalog"

    view: ServicesView = Provided("view")

    @rpc(schemas.ListServicesSchema, gives=schemas.ServicePageSchema, callers=ANYONE)
    def list_services(self, query: dict[str, Any], call: Call) -> Any:
        return self.view.find(**query, language=call.language)

    @rpc(schemas.GetServiceSchema, gives=schemas.ServiceSchema, callers=ANYONE)
    def get_service(self, query: dict[str, Any], call: Call) -> Any:
        return self.view.get(query["code"], call.language)


def main(arguments: list[str]) -> None:
    wiring = wire()
    serve(CatalogService, wiring.foundation, vars(wiring), PUBLISHED)
