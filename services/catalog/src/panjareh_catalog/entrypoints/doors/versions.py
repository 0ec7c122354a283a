"""Versions of public services and what differs between them: those of all, and an authority's own with its drafts."""

from __future__ import annotations

from typing import Any

from panjareh_catalog.application.publishing import office_of
from panjareh_catalog.entrypoints.doors.finding import ANYONE
from panjareh_catalog.entrypoints.doors.publishing import PUBLISHERS
from panjareh_catalog.read_model.versions import ServiceVersions
from panjareh_catalog.schemas import publishing as schemas
from panjareh_catalog.schemas.base import PageSchema
from panjareh_common.rpc.server import Call, Provided, rpc


class VersionsDoor:
    versions: ServiceVersions = Provided("versions")

    @rpc(schemas.ListVersionsSchema, gives=schemas.VersionsSchema, callers=ANYONE)
    def list_versions(self, query: dict[str, Any], call: Call) -> Any:
        return self.versions.page(**query, authority=None)

    @rpc(schemas.WhichVersionSchema, gives=schemas.VersionSchema, callers=ANYONE)
    def get_version(self, query: dict[str, Any], call: Call) -> Any:
        return self.versions.one(**query, authority=None)

    @rpc(schemas.DiffSchema, gives=schemas.VersionsDiffSchema, callers=ANYONE)
    def compare_versions(self, query: dict[str, Any], call: Call) -> Any:
        return self.versions.diff(**query, authority=None, language=call.language)

    @rpc(PageSchema, gives=schemas.OwnServicesSchema, callers=PUBLISHERS)
    def list_own_services(self, query: dict[str, Any], call: Call) -> Any:
        return self.versions.of_authority(office_of(call.caller), **query)

    @rpc(schemas.ListVersionsSchema, gives=schemas.VersionsSchema, callers=PUBLISHERS)
    def list_own_versions(self, query: dict[str, Any], call: Call) -> Any:
        return self.versions.page(**query, authority=office_of(call.caller))

    @rpc(schemas.WhichVersionSchema, gives=schemas.OwnVersionSchema, callers=PUBLISHERS)
    def get_own_version(self, query: dict[str, Any], call: Call) -> Any:
        return self.versions.one(**query, authority=office_of(call.caller))

    @rpc(schemas.DiffSchema, gives=schemas.VersionsDiffSchema, callers=PUBLISHERS)
    def compare_own_versions(self, query: dict[str, Any], call: Call) -> Any:
        return self.versions.diff(**query, authority=office_of(call.caller), language=call.language)
