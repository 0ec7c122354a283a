"""How requests say no about payment."""

from __future__ import annotations

from panjareh_common.refusals import Kind, Refusal


class NothingToPay(Refusal):
    code = "nothing_to_pay"
    message = "Nothing is to be paid for this request now. You need not do anything."


class PaymentTooLate(Refusal):
    code = "payment_too_late"
    message = (
        "The time for paying the fee is over, and the request ends without it. "
        "You may ask for the service again whenever you like."
    )


class PaymentsNotTaken(Refusal):
    code = "payments_not_taken"
    kind = Kind.UNAVAILABLE
    message = (
        "This service has a fee that is paid online, and payments cannot be taken here at the moment. "
        "Nothing was stored; try again later."
    )


class PaymentNotReady(Refusal):
    """Kept to ourselves: the provider cannot say yet how a payment ends, so it is asked again later."""

    code = "payment_not_ready"
    message = "The payment has not ended yet."
