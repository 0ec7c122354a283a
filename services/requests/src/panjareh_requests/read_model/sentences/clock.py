"""The statutory clock in words: why a day counts or does not, and what the clock says as a whole."""

from __future__ import annotations

from panjareh_common.texts import text
from panjareh_requests.domain.clock import ClockState, Day, Reckoning, Why
from panjareh_requests.read_model.sentences.telling import PACKAGE, in_language

_WHY = {
    Why.COUNTED: "Working day {number} of {limit}.",
    Why.BEGINNING: "The day on which the time began is not counted.",
    Why.WEEKLY_REST: "A weekly day of rest of the authority.",
    Why.HOLIDAY: "A holiday: {name}.",
    Why.PAUSED: "Not counted: when the day ended, your answer was awaited.",
    Why.OUTAGE: "Not counted: an outage took at least half of the office hours.",
}
_MAY_MOVE = "A holiday: {name}. It follows the moon and may turn out a day earlier or later."
_RUNNING = "Working days left to the authority: {left}."
_PASSED = "The authority's time has passed. Those in charge of it have been told."
_PAUSED = (
    "The time stands still until you answer. Working days left to the authority after that: {left}."
)
_OVER = "Nothing is owed any more. Working days used: {counted} of {limit}."


def day_in_words(day: Day, limit: int, language: str) -> str:
    message = _MAY_MOVE if day.estimated else _WHY[day.why]
    name = in_language(day.name, language) or ""
    return text(PACKAGE, message, language, number=day.number, limit=limit, name=name)


def clock_in_words(told: Reckoning, *, passed: bool, left: int, language: str) -> str:
    """`left`: working days that are still to come, today's among them."""
    if told.state is ClockState.OVER:
        message = _OVER
    elif passed:
        message = _PASSED
    elif told.state is ClockState.PAUSED:
        message = _PAUSED
    else:
        message = _RUNNING
    return text(PACKAGE, message, language, left=left, counted=told.counted, limit=told.limit)
