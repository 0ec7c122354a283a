"""Why a version or a service cannot go the way that was asked for."""

from __future__ import annotations

from panjareh_common.refusals import Kind, Refusal


class ServiceRetired(Refusal):
    code = "service_retired"
    message = (
        "The service {service_code} has been retired and nothing of it changes any more. "
        "Offer what takes its place under a code of its own."
    )


class NotPublished(Refusal):
    code = "service_not_published"
    message = "The service {service_code} has not been published yet. Publish its draft first, or discard it."


class SuspendedAlready(Refusal):
    code = "service_suspended_already"
    message = "The service {service_code} is suspended already. Resume it, or wait for its end."


class NotSuspended(Refusal):
    code = "service_not_suspended"
    message = "The service {service_code} is not suspended, so there is nothing to resume."


class EndNotAhead(Refusal):
    code = "end_not_ahead"
    kind = Kind.INVALID
    message = "The end of the suspension has passed already. Name a moment that is still to come, or none."


class SuccessorIsItself(Refusal):
    code = "successor_is_itself"
    kind = Kind.INVALID
    message = "The service {service_code} cannot take its own place. Name another service, or none."


class UnknownSuccessor(Refusal):
    code = "unknown_successor"
    kind = Kind.INVALID
    message = "There is no service {service_code} that people can ask for. Publish it first, or name another successor."


class UnknownDraft(Refusal):
    code = "unknown_draft"
    kind = Kind.NOT_FOUND
    message = "The service {service_code} has no draft of that number. Look at its versions."


class DraftChanged(Refusal):
    code = "draft_changed"
    message = (
        "The draft of {service_code} is not at the revision that you changed. "
        "Read it again and repeat your change on it."
    )


class DraftChangesNothing(Refusal):
    code = "draft_changes_nothing"
    message = "The draft of {service_code} says what version {number} says already. Change it, or discard it."


class DraftWaits(Refusal):
    code = "draft_waits"
    message = "The service {service_code} has another draft, number {number}. Publish or discard that one first."


class ConsultationRunning(Refusal):
    code = "consultation_running"
    message = (
        "Version {number} of {service_code} is before the people in consultation {consultation}. "
        "Close the consultation first."
    )


class CodeTaken(Refusal):
    code = "service_code_taken"
    message = (
        "The code {service_code} belongs to a service of another authority. Choose another code."
    )


class UnknownVersion(Refusal):
    code = "unknown_version"
    kind = Kind.NOT_FOUND
    message = "The service {service_code} has no version {number}. Look at its versions."
