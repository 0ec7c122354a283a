"""The form of a card: a JSON Schema 2020-12 that stands by itself, that ends, and that people can read (C4).

What keeps a schema from being used at all is found by `panjareh_common.forms`; here is what people and officers may
expect beside it: titles, closed objects, formats that are checked, files with limits, conditions that can come true.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from panjareh_catalog.domain.known import Known
from panjareh_catalog.domain.values import Card, Fault
from panjareh_common.forms import (
    FILE,
    FORMATS,
    Field,
    FormInvalid,
    FormValidator,
    escape,
    fields_of,
    objects_of,
    subschemas,
)

LONGEST_TITLE = 500  # characters
MOST_FILE_BYTES = 10 * 1024 * 1024
FILE_TYPES = ("image/jpeg", "image/png", "application/pdf")

_LANGUAGES = {"fa", "en"}
_FIELD = re.compile(r"[a-z][a-z0-9_]*\Z")
_CONDITIONS = ("if", "not")
_TRIED = re.compile(r"/(anyOf|oneOf|not|if|contains|propertyNames)(/|\Z)")
_KNOWN = """
$schema $comment title description default examples deprecated readOnly writeOnly type enum const format
multipleOf maximum exclusiveMaximum minimum exclusiveMinimum maxLength minLength pattern
items prefixItems contains maxItems minItems uniqueItems maxContains minContains unevaluatedItems
properties patternProperties additionalProperties unevaluatedProperties propertyNames required maxProperties
minProperties dependentRequired dependentSchemas allOf anyOf oneOf not if then else
x-title x-help x-purpose x-enum-titles x-file x-asks x-evidence x-once-only-override
"""
_KEYWORDS = frozenset(_KNOWN.split())


def faults(card: Card, known: Known) -> Iterator[Fault]:
    form = card["form"]
    try:
        FormValidator(form)
    except FormInvalid as invalid:
        yield from (
            Fault(f"/form{fault.pointer}", fault.message, fault.values) for fault in invalid.faults
        )
        return
    if form.get("type") != "object":
        yield Fault("/form/type", "A form is a group of fields: write `type: object`.")
    yield from _keyword_faults(form)
    yield from _name_faults(form)
    yield from _title_faults(form)
    for field in fields_of(form, "/form"):
        yield from _text_faults(field)
        yield from _choice_faults(field)
    yield from _file_faults(form)


def is_bilingual(value: Any) -> bool:
    """A text in fa and in en, and neither is empty."""
    return (
        isinstance(value, Mapping)
        and set(value) == _LANGUAGES
        and all(isinstance(text, str) and text.strip() for text in value.values())
    )


def _keyword_faults(form: Mapping[str, Any]) -> Iterator[Fault]:
    """JSON Schema passes over what it does not know: a misspelt keyword would check nothing."""
    for pointer, schema in subschemas(form, "/form"):
        if not isinstance(schema, Mapping):
            continue
        for keyword in schema:
            if keyword not in _KEYWORDS:
                yield Fault(
                    f"{pointer}/{escape(keyword)}",
                    "A form has no keyword {keyword}. Look for a typing error.",
                    {"keyword": keyword},
                )
        if schema.get("format", "date") not in FORMATS:
            yield Fault(
                f"{pointer}/format",
                "Nobody checks the format {format}. There are: {formats}.",
                {"format": schema["format"], "formats": ", ".join(sorted(FORMATS))},
            )


def _name_faults(form: Mapping[str, Any]) -> Iterator[Fault]:
    """Every name that some part of the form speaks of is a field of that object, and can be filled in."""
    named: dict[str, set[str]] = {}
    for path, _, schema in objects_of(form):
        named.setdefault(path, set()).update(_names(schema))
    for path, pointer, schema in objects_of(form, "/form"):
        for name in _names(schema):
            if not _FIELD.match(name):
                yield Fault(
                    f"{pointer}/properties/{escape(name)}",
                    "A field's name has small Latin letters, digits and underscores.",
                )
        yield from _unknown_name_faults(pointer, schema, named[path])
        yield from _closing_faults(path, pointer, schema, named[path])


def _unknown_name_faults(
    pointer: str, schema: Mapping[str, Any], fields: set[str]
) -> Iterator[Fault]:
    """Also in conditions: one that looks at a name that nobody fills in never comes true."""
    for at, part in [(pointer, schema), *_conditions(pointer, schema)]:
        wanted = [
            (f"/required/{place}", name) for place, name in enumerate(part.get("required", ()))
        ]
        for name, others in part.get("dependentRequired", {}).items():
            step = f"/dependentRequired/{escape(name)}"
            wanted += [(step, name)] + [(f"{step}/{n}", other) for n, other in enumerate(others)]
        wanted += [
            (f"/dependentSchemas/{escape(name)}", name) for name in part.get("dependentSchemas", ())
        ]
        if part is not schema:
            wanted += [(f"/properties/{escape(name)}", name) for name in _names(part)]
        for step, name in wanted:
            if name not in fields:
                yield Fault(
                    f"{at}{step}",
                    "The field {name} is required but is not among the properties."
                    if step.startswith("/required")
                    else "The field {name} is not among the properties.",
                    {"name": name},
                )


def _conditions(pointer: str, schema: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for keyword in _CONDITIONS:
        for path, at, part in objects_of(schema.get(keyword), f"{pointer}/{keyword}"):
            if not path:  # of this same object
                yield at, part


def _closing_faults(
    path: str, pointer: str, schema: Mapping[str, Any], fields: set[str]
) -> Iterator[Fault]:
    """An open object takes whatever is sent, and keeps it of people."""
    closed = schema.get("additionalProperties") is False
    is_open = not closed and schema.get("unevaluatedProperties") is not False
    if is_open and schema.get("type") == "object" and (not path or fields):
        yield Fault(
            pointer,
            "A form has `type: object` and `additionalProperties: false` "
            "(or `unevaluatedProperties: false`), and so has every object in it.",
        )
    if closed:
        for name in sorted(fields - set(_names(schema))):
            yield Fault(
                f"{pointer}/additionalProperties",
                "The field {name} is asked for in a condition, and `additionalProperties: false` lets nobody "
                "fill it in. Name it in `properties` here, or write `unevaluatedProperties: false`.",
                {"name": name},
            )


def _names(schema: Mapping[str, Any]) -> list[str]:
    named = schema.get("properties")
    return list(named) if isinstance(named, Mapping) else []


def _title_faults(form: Mapping[str, Any]) -> Iterator[Fault]:
    """A field is titled once; where a condition only narrows it, it need not be again."""
    first: dict[str, Field] = {}
    titled: set[str] = set()
    for field in fields_of(form, "/form"):
        first.setdefault(field.path, field)
        if isinstance(field.schema, Mapping) and "x-title" in field.schema:
            titled.add(field.path)
            title = field.schema["x-title"]
            if not is_bilingual(title):
                yield Fault(f"{field.pointer}/x-title", "A field needs a title in fa and en.")
            elif max(map(len, title.values())) > LONGEST_TITLE:
                yield Fault(
                    f"{field.pointer}/x-title",
                    "A title has at most {most} characters. What else there is to say stands in `x-help`.",
                    {"most": LONGEST_TITLE},
                )
    for path, field in first.items():
        if path in titled:
            continue
        if isinstance(field.schema, Mapping):
            yield Fault(f"{field.pointer}/x-title", "A field needs a title in fa and en.")
        else:
            yield Fault(field.pointer, "Describe the field: its type and its x-title.")


def _text_faults(field: Field) -> Iterator[Fault]:
    hints = field.schema if isinstance(field.schema, Mapping) else {}
    for hint in ("x-help", "x-purpose"):
        if hint in hints and not is_bilingual(hints[hint]):
            yield Fault(f"{field.pointer}/{hint}", "Write this text in fa and en.")


def _choice_faults(field: Field) -> Iterator[Fault]:
    schema = field.schema if isinstance(field.schema, Mapping) else {}
    if "x-enum-titles" not in schema:
        return
    titles, pointer = schema["x-enum-titles"], f"{field.pointer}/x-enum-titles"
    if not isinstance(titles, Mapping) or not isinstance(schema.get("enum"), list | tuple):
        yield Fault(pointer, "These are titles by value, beside an `enum`.")
        return
    choices = dict.fromkeys(str(choice) for choice in schema["enum"])
    for choice in choices:
        if not is_bilingual(titles.get(choice)):
            yield Fault(
                f"{pointer}/{escape(choice)}",
                "The choice {choice} needs a title in fa and en.",
                {"choice": choice},
            )
    for name in titles:
        if name not in choices:
            yield Fault(
                f"{pointer}/{escape(name)}", "There is no choice {choice}.", {"choice": name}
            )


def _file_faults(form: Mapping[str, Any]) -> Iterator[Fault]:
    """A file is a field, or an entry of a list, by itself; it says which files it takes."""
    speaking = {pointer for _, pointer, _ in objects_of(form, "/form")}
    for pointer, schema in subschemas(form, "/form"):
        if not isinstance(schema, Mapping):
            continue
        is_file = schema.get("format") == FILE
        if not is_file and "x-file" not in schema:
            continue
        if pointer not in speaking or _TRIED.search(pointer):
            # Where several schemas are tried on one value, nobody could say which file is meant.
            yield Fault(pointer, "A file is a field by itself, not one of several possibilities.")
        elif is_file:
            yield from _limit_faults(pointer, schema)
        else:
            yield Fault(
                f"{pointer}/x-file", "Limits of a file stand beside `format: panjareh-file`."
            )


def _limit_faults(pointer: str, schema: Mapping[str, Any]) -> Iterator[Fault]:
    wanted = schema.get("x-file")
    if schema.get("type") != "string":
        yield Fault(f"{pointer}/type", "The value of a file field is an id: `type: string`.")
    if not isinstance(wanted, Mapping) or set(wanted) != {"types", "max_bytes"}:
        yield Fault(
            f"{pointer}/x-file",
            "A file field says what it takes: `x-file` with `types` and `max_bytes`.",
        )
        return
    types, most = wanted["types"], wanted["max_bytes"]
    if not isinstance(types, list) or not types or not set(map(str, types)) <= set(FILE_TYPES):
        yield Fault(
            f"{pointer}/x-file/types",
            "Files are of one or more of these types: {types}.",
            {"types": ", ".join(FILE_TYPES)},
        )
    if isinstance(most, bool) or not isinstance(most, int) or not 0 < most <= MOST_FILE_BYTES:
        yield Fault(
            f"{pointer}/x-file/max_bytes",
            "The largest file has between 1 and {most} bytes.",
            {"most": MOST_FILE_BYTES},
        )
