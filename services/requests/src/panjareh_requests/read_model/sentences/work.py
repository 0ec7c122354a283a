"""Who works on a request: what its applicant reads of it, and never why an officer stepped back."""

from __future__ import annotations

from panjareh_requests.domain.queue_order import Doing, Released
from panjareh_requests.domain.service_request import ServiceRequest
from panjareh_requests.read_model.sentences.telling import Sentence, Telling, plain

_DOING = {
    Doing.REVIEW: "An officer took this request before {ahead} others whose turn it was. The reason given: {reason}",
    Doing.REASSIGNMENT: "A supervisor had this request taken before {ahead} others whose turn it was. The reason given: {reason}",
    Doing.DECISION: "An officer decided about this request before {ahead} others whose turn it was. The reason given: {reason}",
    Doing.CONFIRMATION: "An officer confirmed the decision about this request before {ahead} others whose turn it was. The reason given: {reason}",
}
_RELEASED = {
    Released.OFFICER: "The officer gave the review back. The request stands in its place again, and another officer takes it.",
    Released.IDLE: "Nothing happened for some time, so the review was taken from its officer. The request stands in its place again.",
    Released.LEFT_OFFICE: "The officer left the office. The request stands in its place again, and another officer takes it.",
}


def _taken_early(told: Telling) -> str:
    event = told.event
    reason = told.written(event.reason)
    return told.say(_DOING[Doing(event.doing)], ahead=event.ahead, reason=reason)


SENTENCES: dict[str, Sentence] = {
    ServiceRequest.TakenOutOfOrder.TOPIC: _taken_early,
    ServiceRequest.ReviewReleased.TOPIC: lambda told: told.say(
        _RELEASED[Released(told.event.because)]
    ),
    ServiceRequest.ReviewReassigned.TOPIC: lambda told: told.say(
        "A supervisor handed the request to an officer. The reason given: {reason}",
        reason=told.written(told.event.reason),
    ),
    ServiceRequest.ConflictDeclared.TOPIC: plain(
        "An officer stepped back from this request, so that nobody decides who is too near to it."
    ),
    ServiceRequest.DecisionProposed.TOPIC: plain(
        "An officer proposed a decision. Another officer looks at it before it is made; you need not do anything."
    ),
    ServiceRequest.DecisionConfirmed.TOPIC: plain(
        "A second officer confirmed what the first had proposed."
    ),
    ServiceRequest.ProposalReturned.TOPIC: plain(
        "The proposed decision was not confirmed. The officer looks at the request again."
    ),
}
