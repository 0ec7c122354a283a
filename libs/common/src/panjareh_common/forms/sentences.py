"""What a fault of a filled-in form says to the person: a sentence for each keyword of JSON Schema, in English here and
in Persian in locale/fa.po."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from jsonschema.exceptions import ValidationError

from panjareh_common.forms.formats import FORMATS
from panjareh_common.forms.patterns import compiled
from panjareh_common.texts import text

Told = tuple[str, str, dict[str, Any]]
"""A pointer, a sentence with named places, and what fills them."""

TOO_MUCH = "This is too much for the form to be checked. Leave out what it does not ask for."
TOO_DEEP = "This lies deeper than {levels} levels. No form asks for that."
UNFIT_TEXT = "This holds a character that no text has. Delete it and write it again."
UNFIT_NUMBER = "This is no number that every computer can keep. Write it with fewer digits."
LATIN_DIGITS = (
    "The form takes the digits 0 to 9 here. Write the same number with an English keyboard."
)
CHOOSE = "Choose one of the values that the form offers."

SENTENCES = {
    "required": "This is missing.",
    "dependentRequired": "This is needed, because “{other}” is filled in.",
    "type": "This is of the wrong kind.",
    "pattern": "This does not have the right form.",
    "format": "This does not have the right form.",
    "enum": CHOOSE,
    "const": "This can only be “{wanted}”.",
    "minLength": "This is too short: write at least {limit} characters.",
    "maxLength": "This is too long: write at most {limit} characters.",
    "minimum": "This number is too small: {limit} is the smallest.",
    "maximum": "This number is too large: {limit} is the largest.",
    "exclusiveMinimum": "This number must be larger than {limit}.",
    "exclusiveMaximum": "This number must be smaller than {limit}.",
    "multipleOf": "This number must be a multiple of {limit}.",
    "minItems": "This list is too short: it needs at least {limit} entries.",
    "maxItems": "This list is too long: it takes at most {limit} entries.",
    "uniqueItems": "This stands in the list already. Write each entry once.",
    "contains": "None of the entries is what the form needs here.",
    "minContains": "At least {limit} of the entries must be what the form needs here.",
    "maxContains": "At most {limit} of the entries may be of this kind.",
    "items": "This list holds more entries than the form asks for.",
    "minProperties": "Fill in at least {limit} of the fields here.",
    "maxProperties": "Fill in at most {limit} of the fields here.",
    "propertyNames": "The form does not take this name.",
    "properties": "The form does not ask for this.",
    "additionalProperties": "The form does not ask for this.",
    "unevaluatedProperties": "The form does not ask for this.",
    "unevaluatedItems": "The form does not ask for this.",
    "anyOf": "This is none of what the form takes here.",
    "oneOf": "This must be exactly one of what the form takes here.",
    "not": "The form does not take this here.",
}
"""By keyword. `properties` speaks where one of them is `false`. `allOf`, `if` and the like say nothing: what is in them does."""

_NOT_ASKED = SENTENCES["additionalProperties"]
_CONFIRM = "This must be confirmed."
_OTHER = "This does not fit the form."
KINDS = {
    "string": "This must be a text.",
    "integer": "This must be a whole number.",
    "number": "This must be a number.",
    "boolean": "This must be yes or no (true or false).",
    "array": "This must be a list.",
    "object": "This must be a group of named fields.",
    "null": "This must be empty.",
}
_LIMITED = {keyword for keyword, sentence in SENTENCES.items() if "{limit}" in sentence}
_DIGITS = str.maketrans("۰۱۲۳۴۵۶۷۸۹٠١٢٣٤٥٦٧٨٩", "01234567890123456789")
_LONGEST = 100  # characters of a value that is said again

ALL = (
    *SENTENCES.values(),
    *KINDS.values(),
    *(known.sentence for known in FORMATS.values()),
    *(TOO_MUCH, TOO_DEEP, UNFIT_TEXT, UNFIT_NUMBER, LATIN_DIGITS, _CONFIRM, _OTHER),
)
"""Every sentence that a check may say."""


def of(fault: ValidationError) -> tuple[str, dict[str, Any]]:
    """The sentence for a fault, and what fills its places."""
    keyword, wanted = str(fault.validator), fault.validator_value
    sentence = SENTENCES.get(keyword, _OTHER)
    match keyword:
        case "None":  # the schema `false`
            sentence = _NOT_ASKED
        case "type" if isinstance(wanted, str):
            sentence = KINDS.get(wanted, sentence)
        case "format" | "pattern" if _only_digits_differ(keyword, str(wanted), fault.instance):
            sentence = LATIN_DIGITS
        case "format" if wanted in FORMATS:
            sentence = FORMATS[str(wanted)].sentence
        case "anyOf" | "oneOf" if _is_choice(wanted):
            sentence = CHOOSE
        case "const":
            return _const(wanted)
        case "dependentRequired":
            return sentence, {"other": _other(fault)}
    return sentence, {"limit": wanted} if keyword in _LIMITED else {}


def said(sentence: str, language: str, values: Mapping[str, Any]) -> str:
    """In the reader's language; a title in both of them is told in that one."""
    filled = {
        name: value.get(language) or value.get("fa") if isinstance(value, Mapping) else value
        for name, value in values.items()
    }
    return text("panjareh_common", sentence, language, **filled)


def _const(wanted: Any) -> tuple[str, dict[str, Any]]:
    """A tick that is owed, or the one value that there is."""
    if isinstance(wanted, str | int | float) and not isinstance(wanted, bool):
        return SENTENCES["const"], {"wanted": str(wanted)[:_LONGEST]}
    return (_CONFIRM if wanted is True else _OTHER), {}


def _only_digits_differ(keyword: str, wanted: str, value: Any) -> bool:
    """Whether a text fits once its Persian or Arabic digits are Latin ones."""
    latin = str(value).translate(_DIGITS)
    if latin == value:
        return False
    if keyword == "format":
        return wanted in FORMATS and FORMATS[wanted].fits(latin)
    return compiled(wanted).found_in(latin)


def _is_choice(branches: Any) -> bool:
    """Values with titles, as forms write them: `oneOf: [{const: …, x-title: …}, …]`."""
    return bool(branches) and all(
        isinstance(branch, Mapping) and ("const" in branch or "enum" in branch)
        for branch in branches
    )


def _other(fault: ValidationError) -> Any:
    """The field because of which another is needed: its title, or its name."""
    wanted: Any = fault.validator_value
    filled: Any = fault.instance
    schema, missing = fault.schema, fault.path[-1]
    name: str = next(each for each, names in wanted.items() if missing in names and each in filled)
    field = schema.get("properties", {}).get(name) if isinstance(schema, Mapping) else None
    title = field.get("x-title") if isinstance(field, Mapping) else None
    return title if isinstance(title, Mapping) and title.get("fa") else name[:_LONGEST]
