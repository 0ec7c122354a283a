"""The fee of a request: what the card says of it, and one try of paying it. Amounts are whole rials."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID


class PaymentWhen(StrEnum):
    """When the fee is taken: before anybody is asked anything, or before the document is issued."""

    BEFORE_REVIEW = "before_review"
    BEFORE_OUTPUT = "before_output"


class RefundBecause(StrEnum):
    """Why money goes back. The first two are what the card decides about; the third nobody may keep."""

    WITHDRAWN = "withdrawn"
    REFUSED = "refused"
    TOO_LATE = "too_late"  # paid when nothing was owed any more


class FailedBecause(StrEnum):
    """Why nothing came of a try. Nothing was taken, or the provider gives it back by itself."""

    CANCELLED = "cancelled"
    DECLINED = "declined"
    EXPIRED = "expired"
    REVERSED = "reversed"
    WRONG_AMOUNT = "wrong_amount"
    UNKNOWN = "unknown"  # the provider says that it never heard of it


ALL = "all"
"""What of the money goes back; the other word is none."""


@dataclass(frozen=True)
class Exemption:
    """Who need not pay: of whom what `source` names is `equals`. `words` by language."""

    source: str
    equals: Any
    words: Mapping[str, str]


@dataclass(frozen=True)
class PaymentTerms:
    """How the fee of a service is taken. `refunds`: what goes back (all or none), by RefundBecause."""

    when: PaymentWhen
    amount: int
    currency: str
    within_days: int
    refunds: Mapping[str, str]
    exemptions: tuple[Exemption, ...] = ()

    def exempt(self, inputs: Mapping[str, Any]) -> Exemption | None:
        """The first exemption that holds; what is not known exempts nobody."""
        for exemption in self.exemptions:
            known = inputs.get(exemption.source)
            # A yes is no 1, though Python takes them for equal.
            if known == exemption.equals and isinstance(known, bool) == isinstance(
                exemption.equals, bool
            ):
                return exemption
        return None


class AttemptState(StrEnum):
    """Of one try: `opening` until the provider has it, `open` until the provider says how it ended."""

    OPENING = "opening"
    OPEN = "open"
    PAID = "paid"
    FAILED = "failed"


@dataclass(frozen=True)
class Attempt:
    """One try of paying. Its id is our order's number at the provider."""

    payment_id: UUID
    request_id: UUID
    amount: int
    currency: str
    state: AttemptState
    page_url: str | None = None
    expires_at: datetime | None = None
    because: str | None = None
    tracking_code: str | None = None
    paid_at: datetime | None = None
    refund_because: str | None = None
    refund_tracking_code: str | None = None
    refunded_at: datetime | None = None


LIVE = frozenset({AttemptState.OPENING, AttemptState.OPEN})
"""Of which nobody knows yet how they end."""
