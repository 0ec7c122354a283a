"""Puts the exchange together: the only file that names concrete classes."""

from __future__ import annotations

import os
from dataclasses import dataclass

from panjareh_common import telemetry
from panjareh_common.foundation import Foundation, lay
from panjareh_inquiry.adapters.people import IdentityPeople
from panjareh_inquiry.application.inquiries import Inquiries, Questions
from panjareh_inquiry.application.offers import Offers
from panjareh_inquiry.read_model.directory import PostgresDirectory
from panjareh_inquiry.read_model.looks import PostgresLooks


@dataclass(frozen=True)
class Wiring:
    """The parts of the exchange, made but not opened."""

    foundation: Foundation
    directory: PostgresDirectory
    inquiries: Inquiries
    offers: Offers

    def questions(self) -> Questions:
        """For the clock process, which puts them; the others never load an HTTP client."""
        import httpx

        from panjareh_inquiry.adapters.breaker import Breakers
        from panjareh_inquiry.adapters.http_connector import HttpConnector

        foundation = self.foundation
        people = IdentityPeople(foundation.calls, foundation.identity)
        # Authorities are reached directly; a proxy of the machine's environment is not ours to trust.
        breakers = Breakers()
        telemetry.gauge(
            "panjareh.connector.open",
            "1",
            "1 while an authority is left alone",
            ("provider",),
            breakers.open,
        )
        connector = HttpConnector(httpx.Client(trust_env=False), breakers)
        return Questions(foundation.log, self.directory, people, connector)


def wire() -> Wiring:
    foundation = lay("inquiry", calls=("identity",))
    directory = PostgresDirectory(foundation.database, os.environ)
    return Wiring(
        foundation=foundation,
        directory=directory,
        inquiries=Inquiries(foundation.log, directory, PostgresLooks()),
        offers=Offers(foundation.log, directory),
    )
