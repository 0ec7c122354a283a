"""Puts catalog together: the only file that names concrete classes."""

from __future__ import annotations

from dataclasses import dataclass

from panjareh_catalog.application.catalogue import Catalogue
from panjareh_catalog.read_model.authorities import PostgresAuthorities
from panjareh_catalog.read_model.services_view import ServicesView
from panjareh_common.foundation import Foundation, lay


@dataclass(frozen=True)
class Wiring:
    """The parts of catalog, made but not opened."""

    foundation: Foundation
    catalogue: Catalogue
    view: ServicesView


def wire() -> Wiring:
    foundation = lay("catalog")
    view = ServicesView(foundation.database)
    return Wiring(
        foundation=foundation,
        catalogue=Catalogue(foundation.log, view, PostgresAuthorities()),
        view=view,
    )
