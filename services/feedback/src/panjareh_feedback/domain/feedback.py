"""Feedback: what an applicant says about a finished request (requirement F1).

Public methods decide, and may refuse. Underscored methods remember, and may not: they run again on
every replay, and history cannot be refused. Event topics are the storage format.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from eventsourcing.domain import Aggregate, event

from panjareh_common.event_store import PersonalAggregate, Sealed
from panjareh_common.refusals import NotFound
from panjareh_feedback.domain.refusals import RatingOutOfRange, TextTooLong
from panjareh_feedback.domain.values import LEAST, LONGEST_TEXT, MOST, KnownRequest, stream_of


class Feedback(PersonalAggregate):
    """One rating and one text about one request; its giver may change both."""

    TOPIC = "Feedback"  # stored for ever, so never derived from where the class lives

    class Event(Aggregate.Event):
        pass

    class Given(Event, Aggregate.Created):
        TOPIC = "Feedback.Given"
        request_id: UUID
        service_code: str
        giver_id: UUID
        rating: int
        text: Sealed[str]

    Created = Given

    class Changed(Event):
        TOPIC = "Feedback.Changed"
        service_code: str
        rating: int
        text: Sealed[str]

    # Decisions

    @classmethod
    def give(
        cls,
        request: KnownRequest | None,
        *,
        person_id: UUID,
        service_code: str,
        rating: int,
        text: str,
        at: datetime,
    ) -> Feedback:
        """Raises NotFound for what is not the person's own decided request of that service,
        RatingOutOfRange, TextTooLong.
        """
        if request is None or not request.may_be_rated(person_id, service_code):
            raise NotFound()
        _check(rating, text)
        return cls._create(
            cls.Given,
            id=stream_of(request.request_id),
            timestamp=at,
            request_id=request.request_id,
            service_code=service_code,
            giver_id=person_id,
            rating=rating,
            text=text,
        )

    def change(
        self, *, person_id: UUID, service_code: str, rating: int, text: str, at: datetime
    ) -> None:
        """The same again changes nothing. Raises NotFound, RatingOutOfRange, TextTooLong."""
        if person_id != self.giver_id or service_code != self.service_code:
            raise NotFound()
        _check(rating, text)
        if (rating, text) != (self.rating, self.text):
            self.trigger_event(
                self.Changed, timestamp=at, service_code=service_code, rating=rating, text=text
            )

    # Memory

    def __init__(
        self, *, request_id: UUID, service_code: str, giver_id: UUID, rating: int, text: str | None
    ) -> None:
        self.request_id = request_id
        self.service_code = service_code
        self.giver_id = giver_id
        self.rating = rating
        self.text = text

    @property
    def person_id(self) -> UUID:
        return self.giver_id

    @event(Changed)
    def _changed(self, rating: int, text: str | None) -> None:
        self.rating = rating
        self.text = text


def _check(rating: int, text: str) -> None:
    if not LEAST <= rating <= MOST:
        raise RatingOutOfRange(least=LEAST, most=MOST)
    if len(text) > LONGEST_TEXT:
        raise TextTooLong(most=LONGEST_TEXT)
