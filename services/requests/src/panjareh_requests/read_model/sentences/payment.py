"""The fee: asked for, paid or not, and given back."""

from __future__ import annotations

from persiantools.digits import en_to_fa

from panjareh_common.texts import moment_in_words
from panjareh_requests.domain.payment import FailedBecause, RefundBecause
from panjareh_requests.domain.service_request import ServiceRequest
from panjareh_requests.read_model.sentences.telling import Sentence, Telling

_FAILED = {
    FailedBecause.CANCELLED: "The payment was cancelled at the bank. Nothing was taken; you may try again.",
    FailedBecause.DECLINED: "The bank declined the payment. Nothing was taken; you may try again.",
    FailedBecause.EXPIRED: "The payment was not completed at the bank in time. Nothing was taken; you may try again.",
    FailedBecause.REVERSED: "The bank gave the payment back to you before it was confirmed. You may try again.",
    FailedBecause.WRONG_AMOUNT: "What was paid was not the fee, so the bank gives it back to you by itself. You may try again.",
    FailedBecause.UNKNOWN: "The bank knows nothing of the payment. Nothing was taken; you may try again.",
}
_BACK = {
    RefundBecause.WITHDRAWN: "You withdrew the request, so the {amount} rials that you paid go back to you. You need not do anything.",
    RefundBecause.REFUSED: "The request was refused, so the {amount} rials that you paid go back to you. You need not do anything.",
    RefundBecause.TOO_LATE: "Nothing was to be paid any more, so the {amount} rials that you paid go back to you. You need not do anything.",
}


def rials(amount: int, language: str) -> str:
    """An amount as people read it: with marks at the thousands."""
    said = f"{amount:,}"
    return str(en_to_fa(said.replace(",", "٬"))) if language == "fa" else said


def _asked(told: Telling) -> str:
    return told.say(
        "It is your turn: pay the fee of {amount} rials before {until}. Then the request goes on by itself.",
        amount=rials(told.event.amount, told.language),
        until=moment_in_words(told.event.pay_by, told.language),
    )


def _paid(told: Telling) -> str:
    return told.say(
        "You paid {amount} rials. Tracking code of the bank: {code}",
        amount=rials(told.event.amount, told.language),
        code=told.event.tracking_code,
    )


def _lapsed(told: Telling) -> str:
    if told.request.outcome is None:
        return told.say(
            "The fee was not paid in time, so the request ended. You may ask again whenever you like."
        )
    return told.say(
        "The fee was not paid in time, so no document is issued. You may ask again whenever you like."
    )


SENTENCES: dict[str, Sentence] = {
    ServiceRequest.PaymentAsked.TOPIC: _asked,
    ServiceRequest.FeeWaived.TOPIC: lambda told: told.say(
        "You need not pay the fee: {reason}", reason=told.of(told.event.reason)
    ),
    ServiceRequest.PaymentMade.TOPIC: _paid,
    ServiceRequest.PaymentFailed.TOPIC: lambda told: told.say(
        _FAILED[FailedBecause(told.event.because)]
    ),
    ServiceRequest.PaymentLapsed.TOPIC: _lapsed,
    ServiceRequest.RefundAsked.TOPIC: lambda told: told.say(
        _BACK[RefundBecause(told.event.because)], amount=rials(told.event.amount, told.language)
    ),
    ServiceRequest.PaymentRefunded.TOPIC: lambda told: told.say(
        "{amount} rials were given back to you. Tracking code of the bank: {code}",
        amount=rials(told.event.amount, told.language),
        code=told.event.tracking_code,
    ),
}
