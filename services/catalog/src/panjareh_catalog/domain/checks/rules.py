"""The rules of a card can be evaluated, leave nothing open, and look only at what the service knows (requirement R5)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from panjareh_catalog.domain.known import Known
from panjareh_catalog.domain.values import Card, DecisionMode, Fault
from panjareh_common.forms import fields_of
from panjareh_common.rules import NEWEST, faults_of_table

_ALWAYS_KNOWN = {
    "applicant.loa": "integer",
    "applicant.kind": "text",
    "request.submitted_on": "date",
}
_OF_A_PARTY = {"loa": "integer", "kind": "text"}


def faults(card: Card, known: Known) -> Iterator[Fault]:
    rules, by_rules = card.get("rules"), card["decision_mode"] == DecisionMode.RULES
    if rules is None:
        if by_rules:
            yield Fault("/rules", "Where rules decide, the rules are part of the card.")
    elif not by_rules:
        yield Fault("/rules", "Where officers decide there are no rules. Leave them out.")
    elif rules.get("format") != NEWEST:
        # Older ones go on deciding where they were published; no checks and no tests come with them.
        yield Fault("/rules/format", "Write the rules in format 2: see docs/reference/rules.md.")
    else:
        yield from _rules_faults(card, rules, known)


def _rules_faults(card: Card, rules: Mapping[str, Any], known: Known) -> Iterator[Fault]:
    found = [
        Fault(f"/rules{fault.pointer}", fault.message, fault.values)
        for fault in faults_of_table(rules)
    ]
    yield from found
    if any(fault.pointer.startswith("/rules/inputs") for fault in found):
        return
    for name, entry in (rules.get("inputs") or {}).items():
        pointer = f"/rules/inputs/{name}"
        if not is_known(name, card, known):
            yield Fault(
                pointer,
                "Rules look at {name}, which is neither a fact of evidence that this service asks for, "
                "nor a field of its form (form.…), nor applicant.loa or request.submitted_on.",
                {"name": name},
            )
        elif name in _ALWAYS_KNOWN and entry["type"] != _ALWAYS_KNOWN[name]:
            yield Fault(
                f"{pointer}/type",
                "{name} is of the type {type}.",
                {"name": name, "type": _ALWAYS_KNOWN[name]},
            )
        elif name.startswith("form."):
            yield from _field_faults(pointer, entry, card["form"], name.removeprefix("form."))


def is_known(name: str, card: Card, known: Known) -> bool:
    source, _, fact = name.partition(".")
    if (party := _party(card, source)) is not None:
        # As of the first applicant: buyer.form.colour, buyer.civil_identity.birth_date.
        alone = {**card, "form": party.get("form") or {}, "evidence": party.get("evidence") or []}
        of_others = fact in _ALWAYS_KNOWN or "." not in fact
        return fact in _OF_A_PARTY or (not of_others and is_known(fact, alone | _ALONE, known))
    if source == "form":
        return fact in {field.path for field in fields_of(card["form"])}
    offered = known.evidence.get(source)
    declared = source in {wanted["type"] for wanted in card["evidence"]}
    return name in _ALWAYS_KNOWN or (
        declared and (offered is None or not offered.facts or fact in offered.facts)
    )


_ALONE: dict[str, Any] = {"applicants": None}


def _party(card: Card, key: str) -> Mapping[str, Any] | None:
    parties = (card.get("applicants") or {}).get("parties") or []
    return next((party for party in parties if party["key"] == key), None)


def _field_faults(
    pointer: str, entry: Mapping[str, Any], form: Mapping[str, Any], name: str
) -> Iterator[Fault]:
    """What people may write in a field must be what the rules look at, or nobody would decide about it."""
    schemas = [field.schema for field in fields_of(form) if field.path == name]
    schema = next((one for one in schemas if isinstance(one, Mapping) and "type" in one), None)
    if schema is None:
        return
    kinds = {
        "integer": {"integer", "number"},
        "number": {"number"},
        "boolean": {"boolean"},
        "string": {"date"} if schema.get("format") == "date" else {"text"},
    }.get(str(schema["type"]), set())
    if entry["type"] not in kinds:
        message = "The field {field} holds {type}, and the rules take it for {wanted}."
        values = {"field": name, "type": str(schema["type"]), "wanted": entry["type"]}
        yield Fault(f"{pointer}/type", message, values)
        return
    if "enum" in entry:
        choices = schema.get("enum", ())
        if not isinstance(choices, list | tuple):
            return  # checks/forms.py says what is wrong with it
        missing = [one for one in choices if one not in entry["enum"]]
        if missing or ("enum" not in schema and "const" not in schema):
            message = "The field {field} may hold values that are not listed here: {values}."
            listed = ", ".join(map(str, missing)) or "…"
            yield Fault(f"{pointer}/enum", message, {"field": name, "values": listed})
    for key, keyword, step in (("min", "minimum", 1), ("max", "maximum", -1)):
        end, wider = entry.get(key), _end(schema, keyword, step)
        if not isinstance(end, int | float) or "enum" in schema:
            continue
        if wider is None or (wider < end if key == "min" else wider > end):
            message = (
                "The field {field} may hold values beyond {end}. Give it a {keyword}, or none here."
            )
            yield Fault(
                f"{pointer}/{key}", message, {"field": name, "end": end, "keyword": keyword}
            )


def _end(schema: Mapping[str, Any], keyword: str, step: int) -> float | None:
    """The lowest or highest value that a field may hold."""
    exclusive = schema.get(f"exclusive{keyword.capitalize()}")
    if not isinstance(exclusive, int | float):
        exclusive = None
    beside = (
        exclusive + step if schema["type"] == "integer" and exclusive is not None else exclusive
    )
    ends = [end for end in (schema.get(keyword), beside) if isinstance(end, int | float)]
    return max(ends, key=lambda end: end * step, default=None)
