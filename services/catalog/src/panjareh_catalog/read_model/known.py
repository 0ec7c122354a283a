"""What the catalogue knows beside a card, read in the unit of work in which the card is published."""

from __future__ import annotations

from psycopg.errors import LockNotAvailable

from panjareh_catalog.domain.known import Known, KnownService
from panjareh_catalog.read_model.evidence_types import PostgresEvidenceTypes
from panjareh_catalog.read_model.media import StoredMedia
from panjareh_common.event_store import UnitOfWork
from panjareh_common.refusals import Unavailable

# One publication at a time: of two that are each right alone, both together may be a circle. Whoever waits holds a
# connection that readers need, so behind a large import one is soon asked to come again.
_PATIENCE = "SET LOCAL lock_timeout = '2s'"
_PATIENT = "SET LOCAL lock_timeout = DEFAULT"
_ALONE = "SELECT pg_advisory_xact_lock(hashtextextended('panjareh_catalog.publication', 0))"
_AUTHORITIES = "SELECT code FROM authority"
_SERVICES = "SELECT code, authority, parent, standing FROM public_service"
_LIFE_EVENTS = "SELECT code, name FROM life_event"


class PostgresKnowledge:
    """The Knowledge port in SQL."""

    def __init__(self) -> None:
        self._evidence = PostgresEvidenceTypes()

    def read(self, unit: UnitOfWork, *, alone: bool) -> Known:
        """Raises Unavailable while another publication takes long."""
        if alone:
            _wait(unit)
        services = unit.fetch(_SERVICES)
        return Known(
            authorities=frozenset(row["code"] for row in unit.fetch(_AUTHORITIES)),
            services={
                row["code"]: KnownService(row["authority"], row["parent"], row["standing"])
                for row in services
            },
            evidence=self._evidence.offered(unit),
            life_events={row["code"]: row["name"] for row in unit.fetch(_LIFE_EVENTS)},
            media=StoredMedia(unit),
        )


def _wait(unit: UnitOfWork) -> None:
    unit.execute(_PATIENCE)
    try:
        unit.execute(_ALONE)
    except LockNotAvailable as cause:
        raise Unavailable() from cause
    unit.execute(_PATIENT)
