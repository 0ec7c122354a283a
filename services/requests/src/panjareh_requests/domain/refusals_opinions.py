"""How requests say no about opinions of other authorities."""

from __future__ import annotations

from panjareh_common.refusals import Kind, Refusal


class OpinionOfOneself(Refusal):
    code = "opinion_of_oneself"
    kind = Kind.INVALID
    message = (
        "An opinion is asked of another authority; of your own you know it. Name another authority."
    )


class TooManyOpinions(Refusal):
    code = "enough_opinions_asked"
    message = (
        "At most {open} opinions can be awaited at a time, and {most} asked for one request. "
        "Wait for an answer, or take a question back."
    )


class NotInRequest(Refusal):
    code = "not_in_request"
    kind = Kind.INVALID
    message = "The request has no field or file {name}, so it cannot be shown. Look at the request, and name others."


class OpinionNotAwaited(Refusal):
    code = "opinion_not_awaited"
    message = (
        "This opinion is not awaited any more: it is {state}. You need not do anything about it."
    )
