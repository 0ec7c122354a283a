"""What a person is told by a short message while they are not looking: of what, when, and until when it is worth it.

`OWED` says it by the event that is its cause, `STILL` is asked again when the time has come. A notice names no
service and no reason: those are read after signing in.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from panjareh_requests.domain.service_request import ServiceRequest
from panjareh_requests.domain.values import RequestStatus, Writer


class NoticeKind(StrEnum):
    """Identity has the words of each, and which of them a person may turn off."""

    DECIDED = "decided"
    REOPENED = "reopened"
    CORRECTION_ASKED = "correction_asked"
    CORRECTION_ENDS = "correction_ends"
    MESSAGE = "message"
    APPEAL_ENDS = "appeal_ends"
    DOCUMENT_REVOKED = "document_revoked"
    APPOINTMENT_OFFERED = "appointment_offered"
    APPOINTMENT_CHANGED = "appointment_changed"
    APPOINTMENT_SOON = "appointment_soon"
    APPOINTMENT_FREED = "appointment_freed"
    PAYMENT_ASKED = "payment_asked"
    PAYMENT_ENDS = "payment_ends"
    PAYMENT_REFUNDED = "payment_refunded"
    JOINING_ANSWERED = "joining_answered"
    JOINING_LAPSED = "joining_lapsed"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True)
class Notice:
    """One thing to tell one person of a request, at most once for a `kind` and `cause`.

    `at`: when (None: at once). `until`: later than that nobody is told. `by`: the moment that its words name.
    `person_id`: None for the applicant.
    """

    kind: NoticeKind
    cause: str
    at: datetime | None = None
    until: datetime | None = None
    by: datetime | None = None
    person_id: UUID | None = None


_WORTH_TELLING = timedelta(days=3)
"""What has happened is told so long, where messages could not be sent before."""
_BEFORE_AN_END = timedelta(days=3)
"""A reminder comes so long before a time ends; for a time that is shorter, when half of it is over."""


def remind(begins: datetime, ends: datetime) -> datetime:
    """When to remind of the end of a time."""
    return max(ends - _BEFORE_AN_END, begins + (ends - begins) / 2)


def happened(kind: NoticeKind, event: Any, by: datetime | None = None) -> Notice:
    """To be told at once; `by` is named in it, and nobody is told later than that."""
    until = by or event.timestamp + _WORTH_TELLING
    return Notice(kind, cause=_of(event), until=until, by=by)


def ends(kind: NoticeKind, event: Any, at: datetime) -> Notice:
    """The reminder of a time that the event began, and that ends then."""
    return Notice(kind, cause=_of(event), at=remind(event.timestamp, at), until=at, by=at)


def _of(event: Any) -> str:
    return str(event.originator_version)


def _decided(request: ServiceRequest, event: Any) -> Sequence[Notice]:
    told = happened(NoticeKind.DECIDED, event)
    # Against what was granted nobody is reminded to appeal.
    if event.final_at is None or event.outcome != "refused":
        return (told,)
    appeal = ends(NoticeKind.APPEAL_ENDS, event, event.final_at)
    return told, replace(appeal, cause=str(event.instance))


def _sent_back(request: ServiceRequest, event: Any) -> Sequence[Notice]:
    who = request.joined.get(event.party) if event.party else None
    asked = happened(NoticeKind.CORRECTION_ASKED, event, by=event.answer_by)
    reminder = ends(NoticeKind.CORRECTION_ENDS, event, event.answer_by)
    return replace(asked, person_id=who), replace(reminder, person_id=who)


def _written(request: ServiceRequest, event: Any) -> Sequence[Notice]:
    return (happened(NoticeKind.MESSAGE, event),) if event.writer == Writer.OFFICER else ()


def _revoked(request: ServiceRequest, event: Any) -> Sequence[Notice]:
    # One that a new decision revokes is told with that decision.
    return (happened(NoticeKind.DOCUMENT_REVOKED, event),) if event.officer_id else ()


def _withdrawn(request: ServiceRequest, event: Any) -> Sequence[Notice]:
    """Those hear of it who did not do it."""
    others = [(key, person) for key, person in request.persons.items() if key != event.party]
    told = happened(NoticeKind.WITHDRAWN, event)
    return [replace(told, person_id=person if key else None) for key, person in others]


def _answered(request: ServiceRequest, event: Any) -> Sequence[Notice]:
    """The first applicant, who waits for the others."""
    return (happened(NoticeKind.JOINING_ANSWERED, event),)


def _booked(request: ServiceRequest, event: Any) -> Sequence[Notice]:
    """The day before; of one that is booked later than that nobody needs to be reminded."""
    day_before = event.starts_at - timedelta(days=1)
    if day_before <= event.timestamp:
        return ()
    soon = NoticeKind.APPOINTMENT_SOON
    return (Notice(soon, _of(event), at=day_before, until=event.starts_at, by=event.starts_at),)


def _called_off(request: ServiceRequest, event: Any) -> Sequence[Notice]:
    if event.cancelled_by == "applicant":
        return ()
    return (happened(NoticeKind.APPOINTMENT_CHANGED, event, by=event.book_by),)


def _fee_asked(request: ServiceRequest, event: Any) -> Sequence[Notice]:
    asked = happened(NoticeKind.PAYMENT_ASKED, event, by=event.pay_by)
    return asked, ends(NoticeKind.PAYMENT_ENDS, event, event.pay_by)


FOR_EVERYBODY = frozenset(
    {
        NoticeKind.DECIDED,
        NoticeKind.REOPENED,
        NoticeKind.APPEAL_ENDS,
        NoticeKind.JOINING_LAPSED,
        NoticeKind.DOCUMENT_REVOKED,
    }
)
"""Of several applicants each is told of these; of the others whoever they name."""

OWED: dict[str, Callable[[ServiceRequest, Any], Sequence[Notice]]] = {
    ServiceRequest.Decided.TOPIC: _decided,
    ServiceRequest.Reopened.TOPIC: lambda request, event: (happened(NoticeKind.REOPENED, event),),
    ServiceRequest.SentBack.TOPIC: _sent_back,
    ServiceRequest.MessageWritten.TOPIC: _written,
    ServiceRequest.OutputRevoked.TOPIC: _revoked,
    ServiceRequest.Withdrawn.TOPIC: _withdrawn,
    ServiceRequest.PartyJoined.TOPIC: _answered,
    ServiceRequest.PartyDeclined.TOPIC: _answered,
    ServiceRequest.PartyLeft.TOPIC: _answered,
    ServiceRequest.JoiningLapsed.TOPIC: lambda request, event: (
        happened(NoticeKind.JOINING_LAPSED, event),
    ),
    ServiceRequest.PaymentAsked.TOPIC: _fee_asked,
    ServiceRequest.PaymentRefunded.TOPIC: lambda request, event: (
        happened(NoticeKind.PAYMENT_REFUNDED, event),
    ),
    ServiceRequest.AppointmentOffered.TOPIC: lambda request, event: (
        happened(NoticeKind.APPOINTMENT_OFFERED, event, by=event.book_by),
    ),
    ServiceRequest.AppointmentBooked.TOPIC: _booked,
    ServiceRequest.AppointmentMoved.TOPIC: _booked,
    ServiceRequest.AppointmentCancelled.TOPIC: _called_off,
    ServiceRequest.SlotHeld.TOPIC: lambda request, event: (
        happened(NoticeKind.APPOINTMENT_FREED, event, by=event.held_until),
    ),
}
"""By the topic of an event; asked in its commit, with the request as it stands at the end of that."""


def _decision_stands(request: ServiceRequest, cause: str) -> bool:
    return request.status is RequestStatus.DECIDED and request.instance == int(cause)


def _correction_awaited(request: ServiceRequest, cause: str) -> bool:
    return request.asked_version == int(cause)


def _is_to_choose(request: ServiceRequest, cause: str) -> bool:
    return request.offer_version == int(cause) and request.book_by is not None


def _is_expected(request: ServiceRequest, cause: str) -> bool:
    return request.booking_version == int(cause) and request.appointment_at is not None


def _is_kept_for(request: ServiceRequest, cause: str) -> bool:
    return request.hold_version == int(cause) and request.kept_at is not None


def _fee_awaited(request: ServiceRequest, cause: str) -> bool:
    return request.status is RequestStatus.AWAITING_PAYMENT


STILL: Mapping[NoticeKind, Callable[[ServiceRequest, str], bool]] = {
    NoticeKind.APPEAL_ENDS: _decision_stands,
    NoticeKind.CORRECTION_ASKED: _correction_awaited,
    NoticeKind.PAYMENT_ASKED: _fee_awaited,
    NoticeKind.PAYMENT_ENDS: _fee_awaited,
    NoticeKind.CORRECTION_ENDS: _correction_awaited,
    NoticeKind.APPOINTMENT_OFFERED: _is_to_choose,
    NoticeKind.APPOINTMENT_CHANGED: _is_to_choose,
    NoticeKind.APPOINTMENT_SOON: _is_expected,
    NoticeKind.APPOINTMENT_FREED: _is_kept_for,
}
"""Whether the request still stands so that it is worth telling; of the other kinds always."""


def owed(request: ServiceRequest, events: Sequence[Any]) -> list[Notice]:
    """What to tell because of events that were just stored; nobody of a case that names no applicant."""
    if request.applicant_id is None:
        return []
    return [
        told
        for event in events
        if event.TOPIC in OWED
        for notice in OWED[event.TOPIC](request, event)
        for told in _to_whom(request, notice)
    ]


def _to_whom(request: ServiceRequest, notice: Notice) -> list[Notice]:
    if notice.kind not in FOR_EVERYBODY:
        return [notice]
    return [notice, *(replace(notice, person_id=each) for each in request.joined.values())]


def still(request: ServiceRequest, notice: Notice, now: datetime) -> bool:
    """Whether a notice whose time has come is to be sent."""
    if notice.until is not None and now >= notice.until:
        return False
    asks = STILL.get(notice.kind)
    return asks is None or asks(request, notice.cause)
