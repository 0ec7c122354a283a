"""The Registries port: asked through the exchange about the person who wants to act for another.

No registry is asked about the represented one: what counts is what it holds about the asker.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any, TypeVar
from uuid import UUID

from panjareh_identity.adapters.exchange import InquiryExchange
from panjareh_identity.domain.mandate_values import Company, Ward
from panjareh_identity.domain.values import NoRecord

T = TypeVar("T")
_PURPOSE = "mandate"


class InquiryRegistries:
    def __init__(self, exchange: InquiryExchange) -> None:
        self._exchange = exchange

    def wards_of(self, person_id: UUID, inquiry_id: UUID) -> list[Ward] | NoRecord:
        return self._ask(person_id, inquiry_id, "guardianship", "wards", _ward)

    def companies_of(self, person_id: UUID, inquiry_id: UUID) -> list[Company] | NoRecord:
        return self._ask(person_id, inquiry_id, "represented_companies", "companies", _company)

    def _ask(
        self,
        person_id: UUID,
        inquiry_id: UUID,
        evidence_type: str,
        field: str,
        read: Callable[[dict[str, Any]], T],
    ) -> list[T] | NoRecord:
        facts = self._exchange.ask(
            person_id, inquiry_id, evidence_type=evidence_type, purpose=_PURPOSE
        )
        return facts if isinstance(facts, NoRecord) else [read(each) for each in facts[field]]


def _ward(held: dict[str, Any]) -> Ward:
    return Ward(
        national_id=held["national_id"],
        given_name=held["given_name"],
        family_name=held["family_name"],
        born=date.fromisoformat(held["birth_date"]),
        alive=held["alive"],
    )


def _company(held: dict[str, Any]) -> Company:
    return Company(company_id=held["company_id"], name=held["name"])
