"""The fee is asked for, paid or waived, and given back (docs/decisions/0039)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID, uuid5

from panjareh_requests.domain.payment import ALL, FailedBecause, PaymentWhen, RefundBecause
from panjareh_requests.domain.refusals_payment import NothingToPay, PaymentTooLate
from panjareh_requests.domain.values import Outcome, RequestStatus, ServiceTerms

if TYPE_CHECKING:
    from panjareh_requests.domain.service_request import ServiceRequest


class Paying:
    """Asked once at most; whatever is paid is kept account of, even where nothing was owed any more."""

    def ask_fee(self: ServiceRequest, terms: ServiceTerms, when: PaymentWhen, at: datetime) -> bool:
        """Whether the request has to wait for its fee now; who is exempt is told so, and does not wait."""
        payment = terms.payment
        if payment is None or payment.when is not when or self.applicant_id is None:
            return False
        if self.fee_settled:
            return False
        if self.pay_by is not None:
            return self.status is RequestStatus.AWAITING_PAYMENT
        exemption = payment.exempt(self.decision_inputs())
        if exemption is not None:
            self.trigger_event(self.FeeWaived, timestamp=at, reason=dict(exemption.words))
            return False
        self.trigger_event(
            self.PaymentAsked,
            timestamp=at,
            amount=payment.amount,
            currency=payment.currency,
            pay_by=at + timedelta(days=payment.within_days),
            refunds=dict(payment.refunds),
        )
        return True

    @property
    def payment_id(self: ServiceRequest) -> UUID:
        """Of the try that is under way, or would be next: whoever asks twice asks for the same one."""
        return uuid5(self.id, f"payment/{len(self.failed_payments)}")

    def must_be_payable(self: ServiceRequest, at: datetime) -> None:
        """Raises NothingToPay, PaymentTooLate."""
        if self.status is not RequestStatus.AWAITING_PAYMENT or self.pay_by is None:
            raise NothingToPay()
        if at >= self.pay_by:
            raise PaymentTooLate()

    def receive_payment(
        self: ServiceRequest, payment_id: UUID, amount: int, tracking_code: str, at: datetime
    ) -> bool:
        """What the provider says was paid; False where it was known. Money that comes too late goes back."""
        if payment_id in self.payments:
            return False
        awaited = self.status is RequestStatus.AWAITING_PAYMENT
        self.trigger_event(
            self.PaymentMade,
            timestamp=at,
            payment_id=payment_id,
            amount=amount,
            tracking_code=tracking_code,
        )
        if not awaited:
            self._ask_refund(payment_id, RefundBecause.TOO_LATE, at)
        return True

    def fail_payment(
        self: ServiceRequest, payment_id: UUID, because: FailedBecause, at: datetime
    ) -> bool:
        """Nothing came of a try, and another may be made; False where that was known, or is of no interest any more."""
        known = payment_id in self.failed_payments or payment_id in self.payments
        if known or self.status is not RequestStatus.AWAITING_PAYMENT:
            return False
        self.trigger_event(
            self.PaymentFailed, timestamp=at, payment_id=payment_id, because=str(because)
        )
        return True

    def lapse_payment(self: ServiceRequest, at: datetime) -> bool:
        """Ends the request once the time for paying is over; False where it is not yet."""
        if self.status is not RequestStatus.AWAITING_PAYMENT or self.pay_by is None:
            return True
        if at < self.pay_by:
            return False
        self.trigger_event(self.PaymentLapsed, timestamp=at)
        return True

    def owe_refunds(self: ServiceRequest, at: datetime) -> None:
        """What was paid goes back where the card says so: of a request withdrawn, or finally refused."""
        because = None
        if self.status is RequestStatus.WITHDRAWN:
            because = RefundBecause.WITHDRAWN
        elif self.status is RequestStatus.CLOSED and self.outcome is Outcome.REFUSED:
            because = RefundBecause.REFUSED
        if because is None or self.refunds_of_card.get(str(because)) != ALL:
            return
        for payment_id in [each for each in self.payments if each not in self.refunds]:
            self._ask_refund(payment_id, because, at)

    def _ask_refund(
        self: ServiceRequest, payment_id: UUID, because: RefundBecause, at: datetime
    ) -> None:
        self.trigger_event(
            self.RefundAsked,
            timestamp=at,
            payment_id=payment_id,
            amount=self.payments[payment_id],
            because=str(because),
        )

    def refund_payment(
        self: ServiceRequest, payment_id: UUID, tracking_code: str, at: datetime
    ) -> bool:
        """The provider has given it back; False where that was known, or nobody asked for it."""
        if payment_id not in self.refunds or payment_id in self.refunded:
            return False
        self.trigger_event(
            self.PaymentRefunded,
            timestamp=at,
            payment_id=payment_id,
            amount=self.refunds[payment_id],
            tracking_code=tracking_code,
        )
        return True
