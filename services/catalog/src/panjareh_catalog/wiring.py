"""Puts catalog together: the only file that names concrete classes."""

from __future__ import annotations

from dataclasses import dataclass

from panjareh_catalog.application.catalogue import Catalogue
from panjareh_catalog.messaging.translation import PUBLISHED
from panjareh_catalog.read_model.authorities import PostgresAuthorities
from panjareh_catalog.read_model.services_view import ServicesView
from panjareh_common.following import Follower
from panjareh_common.foundation import Foundation, lay
from panjareh_common.messaging.rabbit import RabbitBroker
from panjareh_common.messaging.relay import Relay
from panjareh_common.transparency.tree import tree_follower


@dataclass(frozen=True)
class Wiring:
    """The parts of catalog, made but not opened."""

    foundation: Foundation
    catalogue: Catalogue
    view: ServicesView

    def followers(self) -> list[Follower]:
        relay = Relay("catalog", PUBLISHED, RabbitBroker(self.foundation.amqp_url))
        return [relay, tree_follower(self.foundation)]


def wire() -> Wiring:
    foundation = lay("catalog")
    view = ServicesView(foundation.database)
    return Wiring(
        foundation=foundation,
        catalogue=Catalogue(foundation.log, view, PostgresAuthorities()),
        view=view,
    )
