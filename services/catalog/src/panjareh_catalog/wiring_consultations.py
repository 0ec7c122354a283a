"""Puts together consultations with people's opinions, and the catalogue for others' programs."""

from __future__ import annotations

from dataclasses import dataclass

from panjareh_catalog.adapters.cpsv import nodes_of
from panjareh_catalog.adapters.cpsv_vocabulary import vocabulary
from panjareh_catalog.adapters.opinion_throttle import PostgresOpinionThrottle
from panjareh_catalog.application.consultations import Consultations
from panjareh_catalog.application.exports import Exports
from panjareh_catalog.application.opinions import Names, Opinions, OtherNames
from panjareh_catalog.application.public_services import PublicServices
from panjareh_catalog.application.publishing import Publishing
from panjareh_catalog.read_model.catalogue_export import ExportRows
from panjareh_catalog.read_model.consultations import PostgresConsultations
from panjareh_catalog.read_model.measured_use import MeasuredUse
from panjareh_catalog.read_model.opinions import PostgresOpinions
from panjareh_common.database import Database
from panjareh_common.event_store import EventLog


@dataclass(frozen=True)
class ConsultationParts:
    consultations: Consultations
    consultation_rows: PostgresConsultations
    opinions: Opinions
    opinion_rows: PostgresOpinions
    other_names: OtherNames


def wire_consultations(
    log: EventLog, database: Database, services: PublicServices, publishing: Publishing
) -> ConsultationParts:
    names = Names(log.keyring)
    rows = PostgresConsultations(database, log.clock)
    opinion_rows = PostgresOpinions(database, log.keyring)
    other_names = OtherNames(names, rows)
    return ConsultationParts(
        consultations=Consultations(
            log, services=services, publishing=publishing, rows=rows, opinions=opinion_rows
        ),
        consultation_rows=rows,
        opinions=Opinions(
            log,
            names=names,
            others=other_names,
            consultations=rows,
            rows=opinion_rows,
            throttle=PostgresOpinionThrottle(database),
        ),
        opinion_rows=opinion_rows,
        other_names=other_names,
    )


@dataclass(frozen=True)
class ExportParts:
    rows: ExportRows
    exports: Exports


def wire_exports(database: Database, use: MeasuredUse) -> ExportParts:
    rows = ExportRows(database, use)
    return ExportParts(rows, Exports(rows, nodes_of, vocabulary))
