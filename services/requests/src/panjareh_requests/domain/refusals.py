"""Every way the domain of requests says no, by name."""

from __future__ import annotations

from panjareh_common.refusals import Kind, Refusal


class UnknownService(Refusal):
    code = "unknown_service"
    kind = Kind.NOT_FOUND
    message = "There is no public service with the code {service_code}. Look at /api/v1/services."


class ServiceSuspended(Refusal):
    code = "service_suspended"
    message = (
        "The service {service_code} takes no new requests at the moment. Its authority says: {reason} "
        "Its card at /api/v1/services/{service_code} says how it stands."
    )


class ServiceEnded(Refusal):
    code = "service_ended"
    message = (
        "The service {service_code} has ended. Its authority says: {reason} "
        "Look for another one at /api/v1/services."
    )


class ServiceReplaced(Refusal):
    code = "service_replaced"
    message = (
        "The service {service_code} has ended. Its authority says: {reason} "
        "Ask for {successor} instead."
    )


class NotUnderReview(Refusal):
    code = "not_under_review"
    message = "This request is not waiting for an officer: it is {status}."


class ReviewAlreadyStarted(Refusal):
    code = "review_already_started"
    message = "Another officer has started the review of this request."


class ReviewNotStarted(Refusal):
    code = "review_not_started"
    message = "Start the review of this request before you decide it."


class ReasonMissing(Refusal):
    code = "reason_missing"
    kind = Kind.INVALID
    message = "A refusal owes the applicant a reason. Write why the request is refused."


class AlreadyDecided(Refusal):
    code = "already_decided"
    message = "This request has been decided already."


class NotDecided(Refusal):
    code = "not_decided"
    message = "This request has not been decided yet. Its state stands at /api/v1/requests."


class EvidenceNotReady(Refusal):
    """An authority has not answered yet; the wait goes on."""

    code = "evidence_not_ready"
    kind = Kind.UNAVAILABLE
    message = "The authority that was asked has not answered yet."
