"""How a request is decided."""

from __future__ import annotations

from panjareh_requests.domain.service_request import ServiceRequest
from panjareh_requests.read_model.sentences.telling import Sentence, Telling, plain

# Why rules did not decide; where officers always decide there is nothing to say.
_WHY_OFFICERS = {
    "evidence_missing": "An authority gave no answer that rules could decide by.",
    "no_rule_matched": "No rule decides about a case like this one.",
    "rules_disagree": "The rules do not agree about this case.",
    "values_not_known": "Something that the rules look at is not known.",
}
OUTCOMES = {"granted": "granted", "refused": "refused"}


def _why_officers(told: Telling) -> str:
    """In the authority's own words where its rules have some for what no row covers."""
    because = told.event.because
    otherwise = (told.terms.rules or {}).get("otherwise")
    if because == "no_rule_matched" and otherwise:
        return told.of(otherwise)
    return told.say(_WHY_OFFICERS.get(because, ""))


SENTENCES: dict[str, Sentence] = {
    ServiceRequest.SentToOfficers.TOPIC: lambda told: told.say(
        "The request went to the officers of the authority. {why}", why=_why_officers(told)
    ),
    ServiceRequest.ReviewStarted.TOPIC: plain("An officer started the review."),
    ServiceRequest.Decided.TOPIC: lambda told: told.say(
        "The request was decided: {outcome}. {reason}",
        outcome=told.say(OUTCOMES[told.event.outcome]),
        reason=told.of(told.event.reason),
    ),
}
