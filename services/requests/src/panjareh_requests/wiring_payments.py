"""Puts together what takes fees and gives them back."""

from __future__ import annotations

from dataclasses import dataclass

from panjareh_common.foundation import Foundation
from panjareh_common.settings import (
    PAYMENT_SECRET,
    PAYMENT_URL,
    WINDOW_URL,
    Settings,
    SettingsMissing,
)
from panjareh_requests.adapters.payment_gateway import PaymentGateway
from panjareh_requests.application.handling import Handling
from panjareh_requests.application.paying import Payments
from panjareh_requests.application.ports import Documents, Looks, Terms
from panjareh_requests.read_model.payment_story import Accounts, PaymentStory
from panjareh_requests.read_model.payments import PostgresPayments


@dataclass(frozen=True)
class PaymentParts:
    payments: Payments
    story: PaymentStory
    accounts: Accounts


def wire_payments(
    foundation: Foundation,
    handling: Handling,
    terms: Terms,
    documents: Documents,
    *,
    looks: Looks,
    rows: PostgresPayments,
) -> PaymentParts:
    log, settings = foundation.log, foundation.settings
    url = settings[PAYMENT_URL]
    payments = Payments(
        log,
        handling,
        terms,
        documents,
        rows=rows,
        provider=PaymentGateway(url, settings[PAYMENT_SECRET]) if url else None,
        window=settings[WINDOW_URL],
    )
    return PaymentParts(
        payments=payments,
        story=PaymentStory(log, looks, rows, payments.page_of),
        accounts=Accounts(log, looks),
    )


def must_be_able_to_sign(settings: Settings) -> None:
    """Of the process that asks the provider. Raises SettingsMissing."""
    if settings[PAYMENT_URL] and not settings[PAYMENT_SECRET]:
        raise SettingsMissing(f"{PAYMENT_SECRET.name} is missing: {PAYMENT_SECRET.help}")
