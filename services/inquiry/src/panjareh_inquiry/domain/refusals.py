"""Every way the exchange says no, by name."""

from __future__ import annotations

from panjareh_common.refusals import Kind, Refusal


class UnknownEvidence(Refusal):
    code = "unknown_evidence"
    kind = Kind.NOT_FOUND
    message = "No authority offers evidence of the type {evidence_type}."


class InquiryTaken(Refusal):
    """The id belongs to another question: nobody reaches an answer by guessing."""

    code = "inquiry_taken"
    message = "This inquiry id was used for another question."


class ProviderUnavailable(Refusal):
    """The authority does not answer, or answers with a fault; it is asked again later."""

    code = "provider_unavailable"
    kind = Kind.UNAVAILABLE
    message = "The authority {provider} does not answer at the moment. It is asked again by itself."


class AnswerUnfit(Refusal):
    """The authority's answer does not fit its own schema; nobody sees it, and it is asked again later."""

    code = "answer_unfit"
    kind = Kind.UNAVAILABLE
    message = (
        "The answer of the authority {provider} does not fit what it promised. It is asked again."
    )
