"""The CivilRegistry port: what the registry holds about a person, asked through the exchange."""

from __future__ import annotations

from uuid import UUID

from panjareh_identity.adapters.exchange import InquiryExchange
from panjareh_identity.domain.values import NoRecord, RegistryAnswer, RegistryRecord

_PURPOSE = "identity_proofing"


class InquiryCivilRegistry:
    def __init__(self, exchange: InquiryExchange) -> None:
        self._exchange = exchange

    def ask(self, person_id: UUID, inquiry_id: UUID) -> RegistryAnswer:
        facts = self._exchange.ask(
            person_id, inquiry_id, evidence_type="civil_identity", purpose=_PURPOSE
        )
        if isinstance(facts, NoRecord):
            return facts
        return RegistryRecord(
            given_name=facts["given_name"],
            family_name=facts["family_name"],
            birth_date=facts["birth_date"],
            alive=facts["alive"],
        )
