"""How outages say no."""

from __future__ import annotations

from panjareh_common.refusals import Kind, Refusal


class OutageInPast(Refusal):
    code = "outage_in_past"
    kind = Kind.INVALID
    message = (
        "This outage would be over, or have begun, before it is announced. Announce one that is to come "
        "with a beginning in the future, and one that goes on as an incident that has not ended."
    )


class OutageEndUnfit(Refusal):
    code = "outage_end_unfit"
    kind = Kind.INVALID
    message = (
        "A planned outage needs an end, after its beginning and at most {days} days later, "
        "so that people know when to come again."
    )


class OutageTooFar(Refusal):
    code = "outage_too_far"
    kind = Kind.INVALID
    message = "This outage begins more than {days} days from now. Look whether its year is right."


class IncidentInFuture(Refusal):
    code = "incident_in_future"
    kind = Kind.INVALID
    message = (
        "An incident has begun when it is announced. Announce what is to come as a planned outage."
    )


class OutageBegun(Refusal):
    code = "outage_begun"
    message = "This outage has begun. Change when it is expected to end, or end it."


class OutageNotBegun(Refusal):
    code = "outage_not_begun"
    message = "This outage has not begun. Withdraw it if it does not happen."


class OutageOver(Refusal):
    code = "outage_over"
    message = "This outage is over or was withdrawn. Announce a new one if there is one."


class UnknownOutage(Refusal):
    code = "unknown_outage"
    kind = Kind.NOT_FOUND
    message = "There is no such outage. Look at /api/v1/outages."


class OutageOfOthers(Refusal):
    code = "outage_of_others"
    kind = Kind.FORBIDDEN
    message = (
        "An authority announces outages of its own services only; those of the whole platform "
        "are announced by its administrators."
    )
