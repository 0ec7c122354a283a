"""Sending a request back to its applicant, and what they correct."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from panjareh_common.due import Due
from panjareh_common.event_store import EventLog, UnitOfWork
from panjareh_common.idempotency import Answer
from panjareh_requests.application.commands import CorrectRequest, SendBack
from panjareh_requests.application.filling_in import FillingIn
from panjareh_requests.application.handling import Asked, Handling, by_itself
from panjareh_requests.application.ports import Terms
from panjareh_requests.application.requests import terms_of
from panjareh_requests.domain.service_request import ServiceRequest

KIND_CORRECTION = "end_correction_time"


class Corrections:
    """One method a command, and one for the wait that ends when nothing was corrected."""

    def __init__(
        self, log: EventLog, handling: Handling, terms: Terms, filling_in: FillingIn
    ) -> None:
        self._log = log
        self._handling = handling
        self._terms = terms
        self._filling_in = filling_in

    def handlers(self) -> dict[str, Callable[[Due], None]]:
        return {KIND_CORRECTION: self.end_correction_time}

    def send_back(self, command: SendBack, asked: Asked) -> Answer:
        """Raises NotFound, NotUnderReview, ReviewNotStarted, ReviewAlreadyStarted, NobodyToAsk."""

        def work(unit: UnitOfWork) -> Answer:
            request = self._handling.of_office(unit, command.request_id, asked.caller)
            answer_by = unit.now + timedelta(days=command.days)
            request.send_back(
                command.asks,
                officer_id=asked.caller.person,
                answer_by=answer_by,
                at=unit.now,
                party=command.party,
            )
            answer = self._handling.changed(unit, request)
            unit.wait_until(answer_by, KIND_CORRECTION, request.id, str(request.asked_version))
            return answer

        return self._handling.once(asked, "send_back", command.fingerprint(), work)

    def correct(self, command: CorrectRequest, asked: Asked) -> Answer:
        """Takes the whole form as it should be. Raises NotFound, AssuranceTooLow, NothingToCorrect,
        CorrectionTooLate, and InvalidInput for a form that does not fit.
        """

        def work(unit: UnitOfWork) -> Answer:
            request, party = self._handling.of_party(unit, command.request_id, asked.caller)
            code, version = request.service_code, request.service_version
            terms = terms_of(unit, code, version, self._terms)
            asked.caller.need(terms.required_assurance)
            wait = str(request.asked_version)
            # First, so that who is not asked for anything hears that, and not what is wrong with a form.
            request.correct(command.form, unit.now, party=party)
            self._filling_in.take(
                unit,
                request_id=request.id,
                owner_id=asked.caller.beneficiary,
                terms=terms,
                form=command.form,
                language=asked.language,
                party=party,
            )
            unit.done(KIND_CORRECTION, request.id, wait)
            return self._handling.changed(unit, request)

        return self._handling.once(asked, "correct", command.fingerprint(), work)

    def end_correction_time(self, due: Due) -> None:
        """The officer goes on with what there is."""

        def work(unit: UnitOfWork) -> None:
            request = unit.load(ServiceRequest, due.subject)
            same = due.detail == str(request.asked_version)  # and nothing was asked anew since
            if same and not request.lapse_correction(unit.now):
                return  # this machine's clock went back: the wait comes due again when its hold ends
            self._handling.changed(unit, request)
            unit.done(KIND_CORRECTION, due.subject, due.detail)

        self._log.run(by_itself(due), work)
