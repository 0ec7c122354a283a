"""Puts together what publishes, changes and retires public services."""

from __future__ import annotations

from dataclasses import dataclass

from panjareh_catalog.adapters.card_files import read_body
from panjareh_catalog.adapters.card_schema import shaped
from panjareh_catalog.application.authorities import AuthorityRegister
from panjareh_catalog.application.bulk import BulkImport
from panjareh_catalog.application.drafts import Drafts
from panjareh_catalog.application.ports import ServiceView
from panjareh_catalog.application.public_services import PublicServices
from panjareh_catalog.application.publishing import Publishing
from panjareh_catalog.read_model.authorities import PostgresAuthorities
from panjareh_catalog.read_model.known import PostgresKnowledge
from panjareh_catalog.read_model.life_events import PostgresLifeEvents
from panjareh_catalog.read_model.media import PostgresMedia
from panjareh_catalog.read_model.services_view import ServicesView
from panjareh_catalog.read_model.versions import ServiceVersions
from panjareh_common.database import Database
from panjareh_common.event_store import EventLog


@dataclass(frozen=True)
class PublishingParts:
    services: PublicServices
    publishing: Publishing
    drafts: Drafts
    bulk: BulkImport
    versions: ServiceVersions


def lay_publishing(
    log: EventLog, database: Database, more_views: tuple[ServiceView, ...] = ()
) -> PublishingParts:
    """`more_views` are written in the commit of every public service's events, beside those of finding and versions."""
    versions = ServiceVersions(database)
    services = PublicServices((ServicesView(database), versions, *more_views))
    knowledge = PostgresKnowledge()
    return PublishingParts(
        services=services,
        publishing=Publishing(log, services, knowledge, shaped),
        drafts=Drafts(log, services, knowledge, shaped),
        bulk=BulkImport(
            log=log,
            read_body=read_body,
            services=services,
            knowledge=knowledge,
            shape=shaped,
            register=AuthorityRegister(PostgresAuthorities()),
            life_events=PostgresLifeEvents(),
            media=PostgresMedia(database),
        ),
        versions=versions,
    )
