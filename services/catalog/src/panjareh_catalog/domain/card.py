"""What must hold inside an identity card, beyond the shape of its fields: form, rules and evidence fit together."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from panjareh_catalog.domain.values import Card, DecisionMode, Fault
from panjareh_common.forms import FormInvalid, FormValidator
from panjareh_common.rules import RuleSet, RulesInvalid

_LANGUAGES = {"fa", "en"}
_FIELD = re.compile(r"[a-z][a-z0-9_]*\Z")
_REFERENCES = {"$ref", "$dynamicRef"}
_OF_APPLICANT = {"applicant.loa"}
_OF_LISTS = {"in", "not_in"}


def faults_of(card: Card) -> list[Fault]:
    """Every fault of a card whose fields have the right shape; empty when it may be published."""
    evidence = [wanted["type"] for wanted in card["evidence"]]
    faults = list(_form_faults(card["form"], set(evidence)))
    for place, name in enumerate(evidence):
        if name in evidence[:place]:
            detail = f"The evidence {name} is listed twice. List it once."
            faults.append(Fault(f"/evidence/{place}/type", detail))
    return faults + list(_rules_faults(card, set(evidence)))


def _form_faults(form: Mapping[str, Any], evidence: set[str]) -> Iterator[Fault]:
    try:
        FormValidator(dict(form))
    except FormInvalid as invalid:
        yield Fault("/form", f"This is no valid JSON Schema 2020-12: {invalid}")
        return
    for pointer in _references(form, "/form"):
        # It would be fetched, or missed, while a person waits for an answer.
        yield Fault(pointer, "A form stands by itself. Write here what the reference points to.")
    if form.get("type") != "object" or form.get("additionalProperties") is not False:
        detail = "A form has `type: object` and `additionalProperties: false`."
        yield Fault("/form", detail)
    fields = form.get("properties", {})
    for name, field in fields.items():
        yield from _field_faults(name, field, evidence)
    for place, name in enumerate(form.get("required", [])):
        if name not in fields:
            detail = f"The field {name} is required but is not among the properties."
            yield Fault(f"/form/required/{place}", detail)


def _field_faults(name: str, field: Any, evidence: set[str]) -> Iterator[Fault]:
    pointer = f"/form/properties/{name}"
    if not _FIELD.match(name):
        yield Fault(pointer, "A field's name has small Latin letters, digits and underscores.")
    if not isinstance(field, Mapping):
        yield Fault(pointer, "Describe the field: its type and its x-title.")
        return
    title = field.get("x-title")
    if not isinstance(title, Mapping) or set(title) != _LANGUAGES or not all(title.values()):
        yield Fault(f"{pointer}/x-title", "A field needs a title in fa and en.")
    if field.get("x-evidence") in evidence:
        detail = (
            f"The evidence {field['x-evidence']} is asked of its authority. "
            "Do not ask the applicant for what an authority already says."
        )
        yield Fault(f"{pointer}/x-evidence", detail)


def _references(node: Any, pointer: str) -> Iterator[str]:
    if isinstance(node, Mapping):
        for name, inner in node.items():
            if name in _REFERENCES:
                yield f"{pointer}/{name}"
            yield from _references(inner, f"{pointer}/{name}")
    elif isinstance(node, list):
        for place, inner in enumerate(node):
            yield from _references(inner, f"{pointer}/{place}")


def _rules_faults(card: Card, evidence: set[str]) -> Iterator[Fault]:
    rules, by_rules = card.get("rules"), card["decision_mode"] == DecisionMode.RULES
    if rules is None:
        if by_rules:
            yield Fault("/rules", "Where rules decide, the rules are part of the card.")
        return
    if not by_rules:
        yield Fault("/rules", "Where officers decide there are no rules. Leave them out.")
        return
    try:
        names = RuleSet(rules).names
    except RulesInvalid as invalid:
        yield Fault("/rules/rows", f"These rules cannot be evaluated: {invalid}.")
        return
    fields = {f"form.{name}" for name in card["form"].get("properties", {})}
    for name in sorted(names - fields - _OF_APPLICANT):
        source, _, fact = name.partition(".")
        if source not in evidence or not fact:
            detail = (
                f"A rule looks at {name}, which is neither a declared evidence, "
                "a field of the form (form.…), nor applicant.loa."
            )
            yield Fault("/rules/rows", detail)
    for place, row in enumerate(rules["rows"]):
        if row["id"] in [earlier["id"] for earlier in rules["rows"][:place]]:
            yield Fault(f"/rules/rows/{place}/id", f"The row {row['id']} is there twice.")
        for name, tests in row["when"].items():
            for word in sorted(_OF_LISTS & set(tests)):
                if not isinstance(tests[word], list):
                    pointer = f"/rules/rows/{place}/when/{name}/{word}"
                    yield Fault(pointer, "Write the values as a list.")
