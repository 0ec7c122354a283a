"""The RPC door of catalog. It translates and delegates; it decides nothing."""

from __future__ import annotations

from panjareh_catalog.entrypoints.doors.authorities import AuthoritiesDoor
from panjareh_catalog.entrypoints.doors.consultations import ConsultationsDoor
from panjareh_catalog.entrypoints.doors.exports import ExportsDoor
from panjareh_catalog.entrypoints.doors.finding import FindingDoor
from panjareh_catalog.entrypoints.doors.hints import HintsDoor
from panjareh_catalog.entrypoints.doors.media import MediaDoor
from panjareh_catalog.entrypoints.doors.once_only import OnceOnlyDoor
from panjareh_catalog.entrypoints.doors.outages import OutagesDoor
from panjareh_catalog.entrypoints.doors.publishing import PublishingDoor
from panjareh_catalog.entrypoints.doors.rules import RulesDoor
from panjareh_catalog.entrypoints.doors.versions import VersionsDoor
from panjareh_catalog.entrypoints.use_listener import UseListener
from panjareh_catalog.messaging.translation import PUBLISHED
from panjareh_catalog.wiring import HINTS_ASK, wire
from panjareh_common.rpc.runner import EveryService, serve


class CatalogService(
    FindingDoor,
    HintsDoor,
    PublishingDoor,
    VersionsDoor,
    ExportsDoor,
    ConsultationsDoor,
    UseListener,
    AuthoritiesDoor,
    OutagesDoor,
    OnceOnlyDoor,
    RulesDoor,
    MediaDoor,
    EveryService,
):
    """Each door in `entrypoints/doors/` brings its own methods, and the objects it takes."""

    name = "catalog"


def main(arguments: list[str]) -> None:
    wiring = wire(HINTS_ASK)
    serve(CatalogService, wiring.foundation, vars(wiring), PUBLISHED)
