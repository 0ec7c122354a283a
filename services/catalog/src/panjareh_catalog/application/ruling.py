"""Rules, looked at before they decide about anybody: checked by publishers, tried by everybody (R5). Nothing is stored."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from panjareh_catalog.application.telling import told as told_fault
from panjareh_catalog.domain.checks.texts import text_faults
from panjareh_catalog.domain.rules_refusals import OfficersDecide
from panjareh_catalog.domain.values import Card, Fault
from panjareh_common.refusals import InvalidInput
from panjareh_common.rules import NEWEST, Rules, Verdict, faults_of_table, read_rules, told
from panjareh_common.rules.wording import titles_of, wording_of
from panjareh_common.texts import text

_OFFICERS = {
    "no_rule_matched": "No rule decides about these values. An officer would.",
    "rules_disagree": "The rules disagree about these values. An officer would decide.",
    "values_not_known": "Rules look at more than these values. While something is missing, nothing is decided.",
}
_STRANGE = "The rules of this service do not look at {name}. They look at {known}."
_PACKAGE = "panjareh_catalog"


def checked(source: Mapping[str, Any], language: str) -> dict[str, Any]:
    """`{may_be_published, hash, faults}` of a rule set by itself; its card may say more (check_service)."""
    faults = _faults(source)
    return {
        "may_be_published": not faults,
        "hash": None if faults else read_rules(source).hash,
        "faults": [
            {"pointer": fault.pointer, "detail": told_fault(fault, language)} for fault in faults
        ],
    }


def _faults(source: Mapping[str, Any]) -> Sequence[Fault]:
    if source.get("format") != NEWEST:
        return [Fault("/format", "Write the rules in format 2: see docs/reference/rules.md.")]
    if deceiving := list(text_faults(source)):
        return deceiving
    return [Fault(one.pointer, one.message, one.values) for one in faults_of_table(source)]


def tried(card: Card, version: int, values: Mapping[str, Any], language: str) -> dict[str, Any]:
    """What would be decided under a card with these values, and why.

    Raises OfficersDecide; InvalidInput for a value that the rules do not look at.
    """
    source = card.get("rules")
    if source is None:
        raise OfficersDecide(service_code=card["code"])
    rules = read_rules(source)
    _must_be_looked_at(values, rules, language)
    evidence = {wanted["type"]: wanted["title"] for wanted in card["evidence"]}
    titles = titles_of(source, card["form"], evidence)
    wording = wording_of(source, card["form"], language)
    verdict = rules.decide(values)
    return {
        "service_code": card["code"],
        "version": version,
        "rules_version": rules.version,
        "rules_hash": rules.hash,
        "outcome": verdict.outcome or "officers",
        "row": verdict.row,
        "reason": _reason(verdict, language),
        "law": verdict.law.get(language, ""),
        "derived": [
            {"name": name, "title": titles[name][language], "value": value}
            for name, value in verdict.derived.items()
        ],
        "rows": told(rules.trace(values), titles, wording, language),
    }


def _must_be_looked_at(values: Mapping[str, Any], rules: Rules, language: str) -> None:
    known = ("، " if language == "fa" else ", ").join(sorted(rules.names))
    strange = [
        {
            "pointer": f"/values/{name}",
            "detail": text(_PACKAGE, _STRANGE, language, name=name, known=known),
        }
        for name in sorted(values.keys() - rules.names)
    ]
    if strange:
        raise InvalidInput(strange)


def _reason(verdict: Verdict, language: str) -> str:
    if verdict.reason:
        return verdict.reason[language]
    return text(_PACKAGE, _OFFICERS[verdict.because or "no_rule_matched"], language)
