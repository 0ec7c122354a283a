"""How requests say no about withdrawal, correction, messages, appeal and reopening."""

from __future__ import annotations

from panjareh_common.refusals import Kind, Refusal


class AlreadyOver(Refusal):
    code = "already_over"
    message = (
        "This request has ended already, so there is nothing to withdraw. "
        "If it was refused and you do not agree, see whether an appeal is still possible."
    )


class NothingToCorrect(Refusal):
    code = "nothing_to_correct"
    message = "Nobody asks you to correct anything in this request. You need not do anything."


class CorrectionTooLate(Refusal):
    code = "correction_too_late"
    message = (
        "The time for this correction has passed, and the officer goes on with what there is. "
        "Write a message to the officer if something important is missing."
    )


class NobodyToAsk(Refusal):
    code = "nobody_to_ask"
    message = (
        "This case was brought in from your authority's own log, and nobody reads it here as its applicant. "
        "Reach the person on the way that your authority uses."
    )


class AnswerAwaited(Refusal):
    code = "answer_awaited"
    message = (
        "You have written {most} messages in a row. Wait for an answer before you write the next one; "
        "what you wrote is kept and will be read."
    )


class ConversationOver(Refusal):
    code = "conversation_over"
    message = "This request has ended, so no more messages can be written in it. Those written can be read as before."


class NotDecidedYet(Refusal):
    code = "not_decided_yet"
    message = "There is no decision yet that you could appeal against. You need not do anything."


class NothingToAppeal(Refusal):
    code = "nothing_to_appeal"
    message = "This request was granted, so there is nothing to appeal against."


class AppealUsed(Refusal):
    code = "appeal_used"
    message = (
        "The appeal in this request has been made already. Its decision is the last one here; "
        "the service's card says who else may be asked."
    )


class AppealTooLate(Refusal):
    code = "appeal_too_late"
    message = (
        "The time for an appeal is over. The service's card says who else may be asked; "
        "the authority can also look at the request again by itself."
    )


class DecidedItBefore(Refusal):
    code = "decided_it_before"
    message = "You made the decision that this appeal is about. Another officer has to decide now."


class OwnRequest(Refusal):
    code = "own_request"
    message = "This is your own request. Another officer has to handle it."


class NothingToReopen(Refusal):
    code = "nothing_to_reopen"
    message = (
        "Only a request that was refused can be reopened. "
        "What was granted stands; a document that should not be valid is revoked."
    )


class GroundsMissing(Refusal):
    code = "grounds_missing"
    kind = Kind.INVALID
    message = "Say in your own words why you do not agree with the decision. A sentence is enough."
