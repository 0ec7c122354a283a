"""The newest published card of a service, as it was published."""

from __future__ import annotations

from panjareh_catalog.domain.card_formats import raised
from panjareh_catalog.domain.refusals import UnknownService
from panjareh_catalog.domain.values import Card
from panjareh_common.database import Database

_CARD = "SELECT card, version FROM public_service WHERE code = %s"


class PublishedCards:
    def __init__(self, database: Database) -> None:
        self._database = database

    def newest(self, service_code: str) -> tuple[Card, int]:
        """With the number of its version. Raises UnknownService."""
        with self._database.connection() as connection:
            row = connection.execute(_CARD, (service_code,)).fetchone()
        if row is None:
            raise UnknownService(service_code=service_code)
        return raised(row["card"]), row["version"]
