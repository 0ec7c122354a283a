"""What a person reads for each event: one table a part of a request's life, by the event's topic."""

from __future__ import annotations

from panjareh_requests.read_model.sentences import asking, evidence, life, outputs, reviewing, time
from panjareh_requests.read_model.sentences.telling import Sentence

SENTENCES: dict[str, Sentence] = {
    **asking.SENTENCES,
    **evidence.SENTENCES,
    **reviewing.SENTENCES,
    **life.SENTENCES,
    **outputs.SENTENCES,
    **time.SENTENCES,
}
