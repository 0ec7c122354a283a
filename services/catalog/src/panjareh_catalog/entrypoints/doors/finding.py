"""Finding public services and reading their identity cards; open to all."""

from __future__ import annotations

from typing import Any

from panjareh_catalog.read_model.services_view import ServicesView
from panjareh_catalog.schemas import services as schemas
from panjareh_catalog.wiring_authorities import OutageParts
from panjareh_common.clock import utc_now
from panjareh_common.rpc.server import Call, Provided, rpc
from panjareh_common.security import CallerKind

# The catalogue is open to all: the gateway asks for people who have not signed in.
ANYONE: set[CallerKind | str] = {"gateway", *CallerKind} - {CallerKind.SERVICE}


class FindingDoor:
    view: ServicesView = Provided("view")
    outage_parts: OutageParts = Provided("outage_parts")

    @rpc(schemas.ListServicesSchema, gives=schemas.ServicePageSchema, callers=ANYONE)
    def list_services(self, query: dict[str, Any], call: Call) -> Any:
        return self.view.find(**query, language=call.language)

    @rpc(schemas.GetServiceSchema, gives=schemas.ServiceSchema, callers=ANYONE)
    def get_service(self, query: dict[str, Any], call: Call) -> Any:
        card = self.view.get(query["code"], call.language)
        return self.outage_parts.told.on_card(card, utc_now(), call.language)

    @rpc(schemas.ListLifeEventsSchema, gives=schemas.LifeEventsSchema, callers=ANYONE)
    def list_life_events(self, query: dict[str, Any], call: Call) -> Any:
        return self.view.life_events(**query, language=call.language)
