"""Correction, messages, withdrawal, appeal, reopening."""

from __future__ import annotations

from panjareh_requests.domain.service_request import ServiceRequest
from panjareh_requests.domain.values import Writer
from panjareh_requests.read_model.sentences.telling import Sentence, Telling, plain


def _asked(told: Telling) -> str:
    asks = told.event.asks
    words = told.of(None) if asks is None else " · ".join(ask["text"] for ask in asks)
    return told.say("The officer asks you to correct something: {asks}", asks=words)


def _corrected(told: Telling) -> str:
    names = told.event.fields
    if names is None:
        return told.say("You corrected: {fields}", fields=told.of(None))
    if not names:
        return told.say("You sent the form again as it was.")
    titles = [told.field(name) for name in names]
    return told.say("You corrected: {fields}", fields=" · ".join(titles))


def _written(told: Telling) -> str:
    if told.event.writer == Writer.OFFICER:
        return told.say("The authority wrote you a message.")
    return told.say("You wrote a message to the authority.")


def _with_reason(message: str, alone: str) -> Sentence:
    """With the reason where one was given; it is nobody's duty to give one."""

    def said(told: Telling) -> str:
        reason = told.event.reason
        if reason == "":
            return told.say(alone)
        return told.say(message, reason=told.written(reason))

    return said


SENTENCES: dict[str, Sentence] = {
    ServiceRequest.SentBack.TOPIC: _asked,
    ServiceRequest.Corrected.TOPIC: _corrected,
    ServiceRequest.CorrectionLapsed.TOPIC: plain(
        "The time for the correction passed, so the officer goes on with what there is."
    ),
    ServiceRequest.MessageWritten.TOPIC: _written,
    ServiceRequest.Withdrawn.TOPIC: _with_reason(
        "You withdrew the request: {reason}", "You withdrew the request."
    ),
    ServiceRequest.Appealed.TOPIC: lambda told: told.say(
        "You appealed against the decision: {grounds}", grounds=told.written(told.event.grounds)
    ),
    ServiceRequest.AppealWithdrawn.TOPIC: _with_reason(
        "You took the appeal back, so the decision stands: {reason}",
        "You took the appeal back, so the decision stands.",
    ),
    ServiceRequest.Reopened.TOPIC: lambda told: told.say(
        "The authority looks at the request again: {reason}", reason=told.written(told.event.reason)
    ),
}
