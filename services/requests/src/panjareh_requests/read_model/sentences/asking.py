"""How a request begins and ends; steps that an authority's own log names."""

from __future__ import annotations

from panjareh_requests.domain.service_request import ServiceRequest
from panjareh_requests.read_model.sentences.telling import Sentence, plain

SENTENCES: dict[str, Sentence] = {
    ServiceRequest.Submitted.TOPIC: plain("You submitted the request."),
    ServiceRequest.Imported.TOPIC: plain("The request was received."),
    ServiceRequest.StepCompleted.TOPIC: lambda told: str(told.event.step),
    ServiceRequest.Closed.TOPIC: plain("The case was closed."),
}
