"""Coming in person: what happened, and whose turn it is then."""

from __future__ import annotations

from datetime import date

from panjareh_common.texts import day_in_words, moment_in_words
from panjareh_requests.domain.service_request import ServiceRequest
from panjareh_requests.read_model.sentences.telling import Sentence, Telling, in_language


def _offered(told: Telling) -> str:
    by = moment_in_words(told.event.book_by, told.language)
    note = told.event.note
    if note == "":
        return told.say(
            "You are asked to come in person. It is your turn: choose a place and a time by {by}.",
            by=by,
        )
    return told.say(
        "You are asked to come in person. It is your turn: choose a place and a time by {by}. {note}",
        by=by,
        note=told.written(note),
    )


def _at(message: str) -> Sentence:
    return lambda told: told.say(message, at=moment_in_words(told.event.starts_at, told.language))


def _moved(told: Telling) -> str:
    return told.say(
        "You moved the appointment of {before} to {at}.",
        before=moment_in_words(told.event.before, told.language),
        at=moment_in_words(told.event.starts_at, told.language),
    )


_CANCELLED = {
    "applicant": "You gave the appointment of {at} back. It is your turn: choose another time by {by}. {reason}",
    "officer": "The authority cannot keep the appointment of {at}. It is your turn: choose another time by {by}. {reason}",
    "place": "The place is closed at {at}, so your appointment cannot be kept. It is your turn: choose another time by {by}. {reason}",
}


def _cancelled(told: Telling) -> str:
    event = told.event
    reason = told.of(None) if event.reason is None else in_language(event.reason, told.language)
    return told.say(
        _CANCELLED[event.cancelled_by],
        at=moment_in_words(event.starts_at, told.language),
        by=moment_in_words(event.book_by, told.language),
        reason=reason or "",
    )


def _missed(told: Telling) -> str:
    at = moment_in_words(told.event.starts_at, told.language)
    if told.event.book_by is None:
        return told.say(
            "You did not come to the appointment of {at}. An officer goes on with the request; you need not do anything.",
            at=at,
        )
    return told.say(
        "You did not come to the appointment of {at}. It is your turn: choose another time by {by}.",
        at=at,
        by=moment_in_words(told.event.book_by, told.language),
    )


_LAPSED = {
    "not_booked": "No time was chosen for coming in person, so an officer goes on with the request.",
    "not_marked": "Nobody noted whether you came to the appointment, so an officer goes on with the request. You need not do anything.",
    "taken_back": "You need not come in person any more. An officer goes on with the request.",
}


def _joined(told: Telling) -> str:
    first, last = (
        day_in_words(date.fromisoformat(day), told.language)
        for day in (told.event.from_day, told.event.until_day)
    )
    return told.say(
        "You are on the waiting list for a time from {first} to {last}.", first=first, last=last
    )


_LEFT = {
    "applicant": "You left the waiting list.",
    "lapsed": "The time that was kept for you was not taken, so it went to the next on the waiting list.",
}

SENTENCES: dict[str, Sentence] = {
    ServiceRequest.AppointmentOffered.TOPIC: _offered,
    ServiceRequest.AppointmentBooked.TOPIC: _at("You chose an appointment at {at}."),
    ServiceRequest.AppointmentMoved.TOPIC: _moved,
    ServiceRequest.AppointmentCancelled.TOPIC: _cancelled,
    ServiceRequest.AppointmentKept.TOPIC: lambda told: told.say(
        "You came to the appointment. It is the authority's turn; you need not do anything."
    ),
    ServiceRequest.AppointmentMissed.TOPIC: _missed,
    ServiceRequest.AppointmentLapsed.TOPIC: lambda told: told.say(_LAPSED[told.event.because]),
    ServiceRequest.WaitlistJoined.TOPIC: _joined,
    ServiceRequest.WaitlistLeft.TOPIC: lambda told: told.say(_LEFT[told.event.because]),
    ServiceRequest.SlotHeld.TOPIC: lambda told: told.say(
        "A time became free: {at}. It is kept for you until {until}; take it if it suits you.",
        at=moment_in_words(told.event.starts_at, told.language),
        until=moment_in_words(told.event.held_until, told.language),
    ),
}
