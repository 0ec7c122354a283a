"""What would be decided, in the words of who asks: what it follows from, where that came from, and what is missing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from panjareh_common.rules import told
from panjareh_common.rules.wording import titles_of, wording_of
from panjareh_common.texts import text
from panjareh_requests.application.deciding import RulesInUse
from panjareh_requests.application.previewing import Preview
from panjareh_requests.domain.preview import Result
from panjareh_requests.domain.values import Decision, ServiceTerms
from panjareh_requests.read_model.sentences.telling import PACKAGE, in_language

_NOTE = (
    "This is no decision and binds nobody; nothing of it was stored. When you ask for the service the authorities "
    "are asked anew, and what they answer then counts."
)
_IN_WORDS = {
    Result.GRANTED: "With what is known here the request would be granted.",
    Result.REFUSED: "With what is known here the request would be refused.",
    Result.DEPENDS: "It depends on what is not known yet: {names}",
    Result.OFFICERS: "An officer would decide. {why}",
}
_WHY = {
    "officers_decide": "Officers decide about every request for this service.",
    "no_rule_matched": "No rule decides about a case like this one.",
    "rules_disagree": "The rules do not agree about this case.",
    "values_not_known": "Something that the rules look at is not known.",
}
_RULES = RulesInUse()


def in_words(preview: Preview, language: str) -> dict[str, Any]:
    terms, foreseen = preview.terms, preview.foreseen
    decision = foreseen.decision
    decided = decision if isinstance(decision, Decision) else None
    certain = foreseen.result in (Result.GRANTED, Result.REFUSED)
    titles = _titles(terms)

    def title(name: str) -> str:
        return titles.get(name, {}).get(language, name)

    names = ("، " if language == "fa" else ", ").join(map(title, foreseen.depends_on))
    why = "" if isinstance(decision, Decision) else text(PACKAGE, _WHY[decision], language)
    rules = decided.rules if decided is not None and certain else None
    return {
        "service_code": terms.code,
        "service_version": terms.version,
        "binding": False,
        "result": str(foreseen.result),
        "text": text(PACKAGE, _IN_WORDS[foreseen.result], language, names=names, why=why),
        "note": text(PACKAGE, _NOTE, language),
        "reason": in_language(decided.reason, language) if decided and certain else None,
        "law": in_language(rules.get("law"), language) if rules else None,
        "row": rules["row"] if rules else None,
        "depends_on": [{"name": name, "title": title(name)} for name in foreseen.depends_on],
        "missing": [dict(point) for point in preview.missing],
        "inputs": _inputs(preview, titles, language),
        "rows": _rows(preview, titles, language),
        "assurance": {
            "required": int(terms.required_assurance),
            "held": preview.assurance_held,
        },
    }


def _titles(terms: ServiceTerms) -> Mapping[str, Mapping[str, str]]:
    return titles_of(terms.rules, terms.form, terms.evidence_titles) if terms.rules else {}


def _rows(
    preview: Preview, titles: Mapping[str, Mapping[str, str]], language: str
) -> list[dict[str, Any]]:
    terms = preview.terms
    if not terms.rules or preview.foreseen.decision == "officers_decide":
        return []
    trace = _RULES.of(terms).trace(preview.request.decision_inputs())
    return told(trace, titles, wording_of(terms.rules, terms.form, language), language)


def _inputs(
    preview: Preview, titles: Mapping[str, Mapping[str, str]], language: str
) -> list[dict[str, Any]]:
    """Each value that the rules look at and that is known, and where it came from."""
    if not preview.terms.rules:
        return []
    names = _RULES.of(preview.terms).names
    items = []
    for name, value in sorted(preview.request.decision_inputs().items()):
        if name not in names:
            continue
        held = preview.held.get(name.rpartition(".")[0])
        source = "platform"
        if name.startswith("form."):
            source = "form"
        elif name in preview.typed:
            source, held = "you", None
        elif held is not None:
            source = "earlier_request"
        items.append(
            {
                "name": name,
                "title": titles.get(name, {}).get(language, name),
                "value": value,
                "source": source,
                "reference": held.reference if held and source == "earlier_request" else None,
                "answered_at": held.answered_at if held and source == "earlier_request" else None,
            }
        )
    return items
