"""The command of applicants: load, tell, save. Nothing is decided here."""

from __future__ import annotations

from panjareh_common.event_store import Cause, EventLog, UnitOfWork
from panjareh_common.idempotency import Answer, answer_once
from panjareh_common.refusals import InvalidInput
from panjareh_common.security import Caller
from panjareh_feedback.application.commands import GiveFeedback
from panjareh_feedback.application.ports import KnownRequests, RatingView
from panjareh_feedback.domain.feedback import Feedback
from panjareh_feedback.domain.values import stream_of


class Giving:
    """Takes what applicants say about their finished requests."""

    def __init__(self, log: EventLog, requests: KnownRequests, view: RatingView) -> None:
        self._log = log
        self._requests = requests
        self._view = view

    def give(
        self, command: GiveFeedback, *, caller: Caller, cause: Cause, key: str | None, language: str
    ) -> Answer:
        """Gives feedback about a request, or changes what was given.

        Raises NotFound, MandateTooNarrow, KeyReused, InvalidInput without a key.
        """
        caller.may_act_for(command.service_code)
        if not key:
            detail = "Send an Idempotency-Key header, so that a repeat is not done twice."
            raise InvalidInput([{"pointer": "", "detail": detail}])
        person_id, text = caller.person, command.text.strip()

        def work(unit: UnitOfWork) -> Answer:
            feedback = unit.find(Feedback, stream_of(command.request_id))
            if feedback is None:
                feedback = Feedback.give(
                    self._requests.get(unit, command.request_id),
                    person_id=person_id,
                    service_code=command.service_code,
                    rating=command.rating,
                    text=text,
                    at=unit.now,
                )
            else:
                feedback.change(
                    person_id=person_id,
                    service_code=command.service_code,
                    rating=command.rating,
                    text=text,
                    at=unit.now,
                )
            if unit.save(feedback):
                self._view.write(unit, feedback)
            return {
                "service_code": feedback.service_code,
                "request_id": str(feedback.request_id),
                "rating": feedback.rating,
            }

        return answer_once(
            self._log,
            cause,
            caller=person_id,
            method="give_feedback",
            key=key,
            request=command.fingerprint(),
            language=language,
            work=work,
        )
