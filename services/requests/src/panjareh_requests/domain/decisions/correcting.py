"""A request goes back to its applicant, to correct something, and then on where it was."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from panjareh_requests.domain.refusals_joining import NoSuchParty
from panjareh_requests.domain.refusals_life import CorrectionTooLate, NobodyToAsk, NothingToCorrect
from panjareh_requests.domain.values import Ask, RequestStatus

if TYPE_CHECKING:
    from panjareh_requests.domain.service_request import ServiceRequest


class Correcting:
    """While it waits for the applicant nobody decides; that has an end, too."""

    def send_back(
        self: ServiceRequest,
        asks: Sequence[Ask],
        *,
        officer_id: UUID,
        answer_by: datetime,
        at: datetime,
        party: str | None = None,
    ) -> None:
        """Asks the first applicant, or a party. Raises NotUnderReview, ReviewNotStarted, ReviewAlreadyStarted,
        NobodyToAsk, NoSuchParty.
        """
        self.must_be_reviewed_by(officer_id)
        if self.applicant_id is None:
            raise NobodyToAsk()
        if party is not None and party not in self.joined:
            raise NoSuchParty()
        self.trigger_event(
            self.SentBack,
            timestamp=at,
            officer_id=officer_id,
            answer_by=answer_by,
            party=party,
            asks=[{"field": ask.field, "text": ask.text} for ask in asks],
        )

    def correct(
        self: ServiceRequest, form: Mapping[str, Any], at: datetime, *, party: str | None = None
    ) -> None:
        """The form was checked against the version that the request runs under before.

        Raises NothingToCorrect, CorrectionTooLate.
        """
        waits = self.status is RequestStatus.AWAITING_APPLICANT and self.answer_by is not None
        if not waits or party != self.asked_party:
            raise NothingToCorrect(status=str(self.status))
        if self.answer_by is not None and at > self.answer_by:
            raise CorrectionTooLate()
        before = (self.form if party is None else self.parties[party]["form"]) or {}
        names = {*before, *form}
        changed = sorted(name for name in names if before.get(name) != form.get(name))
        self.trigger_event(
            self.Corrected, timestamp=at, party=party, fields=changed, form=dict(form)
        )

    def lapse_correction(self: ServiceRequest, at: datetime) -> bool:
        """Goes back to the officer once the time is over; False where it is not yet.

        Nothing happens after a correction.
        """
        if self.answer_by is not None:
            if at < self.answer_by:
                return False
            self.trigger_event(self.CorrectionLapsed, timestamp=at)
        return True
