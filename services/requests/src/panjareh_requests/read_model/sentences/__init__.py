"""What a person reads for each event: one table a part of a request's life, by the event's topic."""

from __future__ import annotations

from panjareh_requests.read_model.sentences import (
    appointments,
    asking,
    evidence,
    joining,
    life,
    opinions,
    outputs,
    payment,
    reviewing,
    time,
    work,
)
from panjareh_requests.read_model.sentences.telling import Sentence, Telling

SENTENCES: dict[str, Sentence] = {
    **asking.SENTENCES,
    **joining.SENTENCES,
    **evidence.SENTENCES,
    **reviewing.SENTENCES,
    **work.SENTENCES,
    **life.SENTENCES,
    **opinions.SENTENCES,
    **appointments.SENTENCES,
    **outputs.SENTENCES,
    **payment.SENTENCES,
    **time.SENTENCES,
}


def sentence_of(told: Telling, topic: str) -> str:
    """An event in a sentence, for its reader: what is about another party is told without what was said."""
    return (joining.of_another(told, topic) or SENTENCES[topic](told)).strip()
