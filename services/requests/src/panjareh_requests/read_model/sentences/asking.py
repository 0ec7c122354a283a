"""How a request begins and ends; steps that an authority's own log names."""

from __future__ import annotations

from panjareh_requests.domain.service_request import ServiceRequest
from panjareh_requests.read_model.sentences.telling import Sentence, in_language, plain

SENTENCES: dict[str, Sentence] = {
    ServiceRequest.Submitted.TOPIC: plain("You submitted the request."),
    ServiceRequest.Imported.TOPIC: plain("The request was received."),
    # In the words of the card; a step that an authority's own log names has only its name.
    ServiceRequest.StepCompleted.TOPIC: lambda told: (
        in_language(told.terms.milestones.get(told.event.step), told.language)
        or str(told.event.step)
    ),
    ServiceRequest.Closed.TOPIC: plain("The case was closed."),
}
