"""The one form validator: JSON Schema 2020-12, every fault named, in the reader's language (requirement C1)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker
from jsonschema.exceptions import SchemaError, ValidationError

from panjareh_common.refusals import InvalidInput
from panjareh_common.texts import text

# English text by schema keyword; Persian stands in locale/fa.po.
_SENTENCES = {
    "required": "This is missing.",
    "type": "This is of the wrong kind.",
    "pattern": "This does not have the right form.",
    "format": "This does not have the right form.",
    "enum": "Choose one of the values that the form offers.",
    "const": "This must be confirmed.",
    "minLength": "This is too short.",
    "maxLength": "This is too long.",
    "minimum": "This number is too small.",
    "maximum": "This number is too large.",
    "additionalProperties": "The form does not ask for this.",
    "unevaluatedProperties": "The form does not ask for this.",
}
_OTHER = "This does not fit the form."


class FormInvalid(Exception):
    """A form that is no valid JSON Schema; found when a service is published, never when it is used."""


class FormValidator:
    """Checks what people fill in against one form."""

    def __init__(self, schema: dict[str, Any]) -> None:
        """Raises FormInvalid."""
        try:
            Draft202012Validator.check_schema(schema)
        except SchemaError as cause:
            raise FormInvalid(cause.message) from cause
        self._validator = Draft202012Validator(schema, format_checker=FormatChecker())

    def check(self, form: Any, language: str) -> None:
        """Raises InvalidInput naming every field that does not fit, as `{pointer, detail}` under /form."""
        errors = [point for fault in self._faults(form) for point in _points(fault, language)]
        if errors:
            raise InvalidInput(sorted(errors, key=lambda point: point["pointer"]))

    def _faults(self, form: Any) -> Iterator[ValidationError]:
        return iter(self._validator.iter_errors(form))


def _points(fault: ValidationError, language: str) -> Iterator[dict[str, str]]:
    keyword = str(fault.validator)
    instance: Any = fault.instance
    wanted: Any = fault.validator_value
    detail = text(__package__, _SENTENCES.get(keyword, _OTHER), language)
    base = "/form" + "".join(f"/{_escape(part)}" for part in fault.absolute_path)
    if keyword == "required":
        missing = [name for name in wanted if name not in instance]
        # jsonschema reports each missing name by itself; its message begins with the name.
        name = next((name for name in missing if fault.message.startswith(repr(name))), missing[0])
        yield {"pointer": f"{base}/{_escape(name)}", "detail": detail}
    elif keyword == "additionalProperties":
        schema: Any = fault.schema
        patterns = schema.get("patternProperties", {})
        unknown = set(instance) - set(schema.get("properties", {}))
        for name in sorted(n for n in unknown if not any(re.search(p, n) for p in patterns)):
            yield {"pointer": f"{base}/{_escape(name)}", "detail": detail}
    else:
        yield {"pointer": base, "detail": detail}


def _escape(part: object) -> str:
    """One step of a JSON Pointer, RFC 6901."""
    return str(part).replace("~", "~0").replace("/", "~1")
