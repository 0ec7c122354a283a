"""Puts catalog together: the only file that names concrete classes."""

from __future__ import annotations

from dataclasses import dataclass

from panjareh_catalog.adapters import media_formats
from panjareh_catalog.adapters.hint_knowledge import HintKnowledge
from panjareh_catalog.application.bulk import BulkImport
from panjareh_catalog.application.drafts import Drafts
from panjareh_catalog.application.evidence_types import EvidenceTypes
from panjareh_catalog.application.hints import Hints
from panjareh_catalog.application.media import Media
from panjareh_catalog.application.publishing import Publishing
from panjareh_catalog.read_model.cards import PublishedCards
from panjareh_catalog.read_model.catalogue_export import CatalogueEntries
from panjareh_catalog.read_model.evidence_types import PostgresEvidenceTypes
from panjareh_catalog.read_model.forms import FormsView
from panjareh_catalog.read_model.hints import PostgresHintChoices, PostgresOffers
from panjareh_catalog.read_model.measured_use import MeasuredUse
from panjareh_catalog.read_model.media import PostgresMedia
from panjareh_catalog.read_model.once_only import OnceOnly
from panjareh_catalog.read_model.services_view import ServicesView
from panjareh_catalog.read_model.versions import ServiceVersions
from panjareh_catalog.wiring_authorities import (
    AuthorityParts,
    OutageParts,
    wire_authorities,
    wire_outages,
)
from panjareh_catalog.wiring_consultations import (
    ConsultationParts,
    ExportParts,
    wire_consultations,
    wire_exports,
)
from panjareh_catalog.wiring_publishing import lay_publishing
from panjareh_common.foundation import Foundation, lay

HINTS_ASK = ("identity", "requests")


@dataclass(frozen=True)
class Wiring:
    """The parts of catalog, made but not opened."""

    foundation: Foundation
    publishing: Publishing
    drafts: Drafts
    bulk: BulkImport
    versions: ServiceVersions
    view: ServicesView
    measured_use: MeasuredUse
    hints: Hints
    authority_parts: AuthorityParts
    outage_parts: OutageParts
    consultation_parts: ConsultationParts
    export_parts: ExportParts
    evidence_types: EvidenceTypes
    once_only: OnceOnly
    forms: FormsView
    published_cards: PublishedCards
    media: Media
    media_rows: PostgresMedia


def wire(calls: tuple[str, ...] = ()) -> Wiring:
    """`calls` names the services that this process calls: `HINTS_ASK` where hints are given."""
    foundation = lay("catalog", calls=calls)
    view = ServicesView(foundation.database)
    evidence_rows = PostgresEvidenceTypes()
    once_only = OnceOnly(foundation.log, evidence_rows)
    # Whatever else is kept in the commit of a public service's events has its place in this tuple.
    parts = lay_publishing(
        foundation.log,
        foundation.database,
        more_views=(
            once_only,
            CatalogueEntries(),
        ),
    )
    authority_parts = wire_authorities(foundation)
    consultation_parts = wire_consultations(
        foundation.log, foundation.database, parts.services, parts.publishing
    )
    # In a consultation a person has another name, under which they are erased, too.
    foundation.erasures.erase_also(consultation_parts.other_names.to_erase)
    measured_use = MeasuredUse(foundation.log, foundation.database)
    media_rows = PostgresMedia(foundation.database)
    return Wiring(
        foundation=foundation,
        publishing=parts.publishing,
        drafts=parts.drafts,
        bulk=parts.bulk,
        versions=parts.versions,
        view=view,
        measured_use=measured_use,
        hints=Hints(
            foundation.log,
            choices=PostgresHintChoices(foundation.keyring),
            offers=PostgresOffers(),
            knowledge=HintKnowledge(foundation.calls, foundation.identity),
        ),
        authority_parts=authority_parts,
        outage_parts=wire_outages(foundation, authority_parts.calendars),
        evidence_types=EvidenceTypes(foundation.log, evidence_rows),
        once_only=once_only,
        forms=FormsView(foundation.database),
        published_cards=PublishedCards(foundation.database),
        media=Media(foundation.log, media_rows, media_formats.clean),
        media_rows=media_rows,
        consultation_parts=consultation_parts,
        export_parts=wire_exports(foundation.database, measured_use),
    )
