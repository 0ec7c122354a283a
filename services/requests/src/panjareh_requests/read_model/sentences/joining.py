"""Several applicants: how they come together, and what each reads of what concerns another of them."""

from __future__ import annotations

from typing import Any

from panjareh_requests.domain.joining import party_of_evidence
from panjareh_requests.domain.service_request import ServiceRequest
from panjareh_requests.read_model.sentences.telling import Sentence, Telling, plain


def _about_own(message: str, own: str) -> Sentence:
    """In the second person to the party whom it is about."""

    def said(told: Telling) -> str:
        mine = not told.reader.office and told.reader.party == told.event.party
        return told.say(own if mine else message, who=told.party(told.event.party))

    return said


def _declined(told: Telling) -> str:
    who, reason = told.party(told.event.party), told.event.reason
    if reason == "" or told.reader.party is not None:
        return told.say("{who} declined the invitation.", who=who)
    return told.say("{who} declined the invitation: {reason}", who=who, reason=told.written(reason))


SENTENCES: dict[str, Sentence] = {
    ServiceRequest.PartiesAwaited.TOPIC: lambda told: told.say(
        "The request waits for others to join: {who}. It is the applicant's turn to invite them.",
        who=" · ".join(told.party(key) for key in told.event.parties),
    ),
    ServiceRequest.PartyInvited.TOPIC: lambda told: told.say(
        "There is a code with which to join, for: {who}. It is their turn.",
        who=told.party(told.event.party),
    ),
    ServiceRequest.InvitationRenewed.TOPIC: lambda told: told.say(
        "There is a new code, in place of the earlier one, for: {who}. It is their turn.",
        who=told.party(told.event.party),
    ),
    ServiceRequest.PartyJoined.TOPIC: _about_own(
        "{who} joined the request.", "You joined the request."
    ),
    ServiceRequest.PartyDeclined.TOPIC: _declined,
    ServiceRequest.PartyLeft.TOPIC: _about_own(
        "{who} left the request, so the place is open again. It is the applicant's turn.",
        "You left the request.",
    ),
    ServiceRequest.JoiningLapsed.TOPIC: plain(
        "Not everybody joined in time, so the request has ended. It can be asked for anew."
    ),
}

# To whom it is not about: nothing of what was said, written or answered.
_OF_ANOTHER: dict[str, str] = {
    ServiceRequest.Submitted.TOPIC: "{who} submitted the request.",
    ServiceRequest.EvidenceAsked.TOPIC: "An authority was asked online about: {who}.",
    ServiceRequest.EvidenceDelayed.TOPIC: "An authority that was asked about {who} does not answer at the moment. It is asked again by itself; you need not do anything.",
    ServiceRequest.EvidenceReceived.TOPIC: "An authority answered about: {who}.",
    ServiceRequest.EvidenceMissing.TOPIC: "An authority gave no answer about: {who}.",
    ServiceRequest.SentBack.TOPIC: "The officer asks {who} to correct something. It is their turn.",
    ServiceRequest.Corrected.TOPIC: "{who} corrected something.",
    ServiceRequest.MessageWritten.TOPIC: "{who} and the authority wrote to each other.",
    ServiceRequest.Withdrawn.TOPIC: "{who} withdrew the request.",
    ServiceRequest.Appealed.TOPIC: "{who} appealed against the decision.",
    ServiceRequest.AppealWithdrawn.TOPIC: "{who} took the appeal back, so the decision stands.",
    ServiceRequest.OutputIssued.TOPIC: "The document was issued to: {who}.",
}
_SOMETHING = "Something was done that concerns: {who}."

# Of nobody in particular: everybody reads the same.
_OF_ALL = frozenset(SENTENCES) | {
    ServiceRequest.SentToOfficers.TOPIC,
    ServiceRequest.ReviewStarted.TOPIC,
    ServiceRequest.CorrectionLapsed.TOPIC,
    ServiceRequest.OpinionAsked.TOPIC,
    ServiceRequest.OpinionGiven.TOPIC,
    ServiceRequest.OpinionLapsed.TOPIC,
    ServiceRequest.OpinionWithdrawn.TOPIC,
    ServiceRequest.StepCompleted.TOPIC,
    ServiceRequest.Decided.TOPIC,
    ServiceRequest.Reopened.TOPIC,
    ServiceRequest.Escalated.TOPIC,
    ServiceRequest.Closed.TOPIC,
    ServiceRequest.PaymentLapsed.TOPIC,
}


def party_concerned(event: Any, request: ServiceRequest) -> str | None:
    """The party whom an event is about; None: the first applicant."""
    if isinstance(event, ServiceRequest.AppealWithdrawn):
        return request.appellant
    if evidence_type := getattr(event, "evidence_type", None):
        return party_of_evidence(evidence_type)[0]
    party: str | None = getattr(event, "party", None)
    return party


def of_another(told: Telling, topic: str) -> str | None:
    """What is told to who is not concerned themself; None where the usual sentence is for them, too."""
    if told.reader.office or topic in _OF_ALL:
        return None
    party = party_concerned(told.event, told.request)
    if party == told.reader.party:
        return None
    return told.say(_OF_ANOTHER.get(topic, _SOMETHING), who=told.party(party))
