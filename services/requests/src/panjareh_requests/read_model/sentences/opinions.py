"""What is said of opinions that other authorities are asked for; not what they say: that is in the decision's reason."""

from __future__ import annotations

from datetime import timedelta

from panjareh_common.calendar import day_in_tehran
from panjareh_common.texts import day_in_words
from panjareh_requests.domain.service_request import ServiceRequest
from panjareh_requests.read_model.sentences.telling import Sentence, Telling, plain

_A_MOMENT = timedelta(seconds=1)


def _asked(told: Telling) -> str:
    last = day_in_tehran(told.event.answer_by - _A_MOMENT)  # it ends with that day
    return told.say(
        "The officer asked the authority {authority} for its opinion, which is owed by the end of {day}. "
        "You need not do anything; the authority's time goes on.",
        authority=told.event.authority,
        day=day_in_words(last, told.language),
    )


SENTENCES: dict[str, Sentence] = {
    ServiceRequest.OpinionAsked.TOPIC: _asked,
    ServiceRequest.OpinionGiven.TOPIC: lambda told: told.say(
        "The authority {authority} gave its opinion. The officer goes on; you need not do anything.",
        authority=told.event.authority,
    ),
    ServiceRequest.OpinionLapsed.TOPIC: lambda told: told.say(
        "The authority {authority} gave no opinion in time. The officer goes on; you need not do anything.",
        authority=told.event.authority,
    ),
    ServiceRequest.OpinionWithdrawn.TOPIC: plain(
        "The officer no longer asks for the other authority's opinion. You need not do anything."
    ),
}
