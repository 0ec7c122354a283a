"""Fills in the form of a public service, as somebody would who takes the first choice everywhere."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from jsonschema import Draft202012Validator

Form = Mapping[str, Any]


def filled(form: Form) -> dict[str, Any]:
    """Every field that the form asks for, also those that it asks for because of another answer.

    What a field takes is said by the form itself: its first `examples`, `const`, the first of `enum`, the `minimum`,
    and `false` for what may be ticked. A date is today's, because some must not be long ago.
    """
    fields = form["properties"]
    answers = {name: _answer(name, fields[name]) for name in form.get("required", [])}
    for part in form.get("allOf", []):
        holds = Draft202012Validator(part["if"]).is_valid(answers)
        for name in part.get("then" if holds else "else", {}).get("required", []):
            answers.setdefault(name, _answer(name, fields[name]))
    return answers


def _answer(name: str, field: Form) -> Any:
    if field.get("format") == "date":
        return datetime.now(UTC).date().isoformat()
    if field.get("examples"):
        return field["examples"][0]
    if "const" in field:
        return field["const"]
    if "enum" in field:
        return field["enum"][0]
    if field["type"] == "boolean":
        return False
    if "minimum" in field:
        return field["minimum"]
    raise AssertionError(f"the field {name} gives no example of what it takes")
