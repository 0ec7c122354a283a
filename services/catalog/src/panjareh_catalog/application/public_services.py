"""Public services as they are loaded and saved: with every view that is kept in the commit of their events."""

from __future__ import annotations

from collections.abc import Sequence

from panjareh_catalog.application.ports import ServiceView
from panjareh_catalog.domain.public_service import PublicService
from panjareh_catalog.domain.publishing_refusals import CodeTaken
from panjareh_catalog.domain.refusals import UnknownService
from panjareh_catalog.domain.values import stream_of
from panjareh_common.event_store import UnitOfWork


class PublicServices:
    def __init__(self, views: Sequence[ServiceView]) -> None:
        self._views = views

    def find(self, unit: UnitOfWork, code: str) -> PublicService | None:
        return unit.find(PublicService, stream_of(code))

    def of_authority(self, unit: UnitOfWork, code: str, authority: str) -> PublicService:
        """Another authority's service looks like one that is not there. Raises UnknownService."""
        service = self.find(unit, code)
        if service is None or service.authority != authority:
            raise UnknownService(service_code=code)
        return service

    def found_or_new(self, unit: UnitOfWork, code: str, authority: str) -> PublicService:
        """Raises CodeTaken."""
        service = self.find(unit, code)
        if service is None:
            return PublicService.register(code, authority, unit.now)
        if service.authority != authority:
            raise CodeTaken(service_code=code)
        return service

    def save(self, unit: UnitOfWork, service: PublicService) -> None:
        """Once a service and unit: views write one row a version, and a statement writes a row once."""
        if not service.pending_events:
            return
        unit.save(service)
        for view in self._views:
            view.write(unit, service)
