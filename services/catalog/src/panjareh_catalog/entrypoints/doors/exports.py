"""The whole catalogue for others' programs: linked data in two syntaxes, and what has changed; open to all."""

from __future__ import annotations

from typing import Any

from panjareh_catalog.adapters.rdf import JsonLd, Turtle
from panjareh_catalog.entrypoints.doors.finding import ANYONE
from panjareh_catalog.schemas import exports as schemas
from panjareh_catalog.wiring_consultations import ExportParts
from panjareh_common.rpc.server import Call, Provided, rpc


class ExportsDoor:
    exporting: ExportParts = Provided("export_parts")

    @rpc(schemas.ExportSchema, gives=schemas.PartSchema, callers=ANYONE)
    def export_turtle(self, query: dict[str, Any], call: Call) -> Any:
        return self.exporting.exports.whole(Turtle(), **query)

    @rpc(schemas.ExportSchema, gives=schemas.PartSchema, callers=ANYONE)
    def export_json_ld(self, query: dict[str, Any], call: Call) -> Any:
        return self.exporting.exports.whole(JsonLd(), **query)

    @rpc(schemas.ExportServiceSchema, gives=schemas.PartSchema, callers=ANYONE)
    def export_service_turtle(self, query: dict[str, Any], call: Call) -> Any:
        return self.exporting.exports.one(Turtle(), **query)

    @rpc(schemas.ExportServiceSchema, gives=schemas.PartSchema, callers=ANYONE)
    def export_service_json_ld(self, query: dict[str, Any], call: Call) -> Any:
        return self.exporting.exports.one(JsonLd(), **query)

    @rpc(schemas.VocabularySchema, gives=schemas.PartSchema, callers=ANYONE)
    def export_vocabulary(self, query: dict[str, Any], call: Call) -> Any:
        return self.exporting.exports.vocabulary(Turtle(), **query)

    @rpc(schemas.ListChangesSchema, gives=schemas.ChangesSchema, callers=ANYONE)
    def list_changes(self, query: dict[str, Any], call: Call) -> Any:
        return self.exporting.rows.changes(**query)
