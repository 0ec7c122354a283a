"""What authorities are asked, and what they answer."""

from __future__ import annotations

from panjareh_requests.domain.service_request import ServiceRequest
from panjareh_requests.read_model.sentences.telling import Sentence

SENTENCES: dict[str, Sentence] = {
    ServiceRequest.EvidenceAsked.TOPIC: lambda told: told.say(
        "The authority that holds your {evidence} was asked online.", evidence=told.evidence
    ),
    ServiceRequest.EvidenceDelayed.TOPIC: lambda told: told.say(
        "The authority that holds your {evidence} does not answer at the moment. It is asked again by itself; you need not do anything.",
        evidence=told.evidence,
    ),
    ServiceRequest.EvidenceReceived.TOPIC: lambda told: told.say(
        "The authority answered about your {evidence}.", evidence=told.evidence
    ),
    ServiceRequest.EvidenceMissing.TOPIC: lambda told: told.say(
        "The authority gave no {evidence}: {reason}",
        evidence=told.evidence,
        reason=told.of(told.event.reason),
    ),
}
