"""The form of a service as it is in force, for whoever checks what a person has filled in."""

from __future__ import annotations

from typing import Any

from panjareh_catalog.domain.refusals import UnknownService
from panjareh_common.database import Database

_FORM = "SELECT code, version, card -> 'form' AS form FROM public_service WHERE code = %s"


class FormsView:
    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, service_code: str) -> dict[str, Any]:
        """`{code, version, form}`. Raises UnknownService."""
        with self._database.connection() as connection:
            row = connection.execute(_FORM, (service_code,)).fetchone()
        if row is None:
            raise UnknownService(service_code=service_code)
        return row
