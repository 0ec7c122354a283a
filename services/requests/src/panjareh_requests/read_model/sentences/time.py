"""What is said when a time limit has passed."""

from __future__ import annotations

from panjareh_requests.domain.escalation import Duty
from panjareh_requests.domain.service_request import ServiceRequest
from panjareh_requests.read_model.sentences.telling import Sentence

DUTIES = {
    Duty.DUTY_OFFICER: "the officers on duty",
    Duty.SUPERVISOR: "the supervisors of the authority",
    Duty.AUTHORITY_HEAD: "the head of the authority",
    Duty.OMBUDSMAN: "the ombudsman",
}

SENTENCES: dict[str, Sentence] = {
    ServiceRequest.Escalated.TOPIC: lambda told: told.say(
        "The time limit passed without a decision. The request now lies before {duty}. You need not do anything.",
        duty=told.say(DUTIES[Duty(told.event.duty)]),
    ),
}
