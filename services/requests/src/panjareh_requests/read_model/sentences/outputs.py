"""What becomes of the documents that requests produce."""

from __future__ import annotations

from panjareh_common.reference import grouped
from panjareh_requests.domain.service_request import ServiceRequest
from panjareh_requests.read_model.sentences.grounds import ground_in_words
from panjareh_requests.read_model.sentences.telling import Sentence

SENTENCES: dict[str, Sentence] = {
    ServiceRequest.OutputIssued.TOPIC: lambda told: told.say(
        "The document {number} was issued.", number=told.event.document_number
    ),
    ServiceRequest.OutputRevoked.TOPIC: lambda told: told.say(
        "The document {number} was revoked. {because} {reason}",
        number=grouped(told.event.document_number),
        because=ground_in_words(told.event.because, told.language),
        reason=told.of(told.event.reason),
    ),
    ServiceRequest.OutputSent.TOPIC: lambda told: told.say(
        "The document {number} was sent to the authority {receiver}.",
        number=grouped(told.event.document_number),
        receiver=told.event.receiver,
    ),
}
