"""The keywords of the validator: those of the `jsonschema` library, counted, and ours where the library's could take
for ever, miscount decimals, or not say which field is meant.

Every error of ours carries the whole way to the field it is about, also to one that is missing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextvars import ContextVar
from fractions import Fraction
from typing import Any

from jsonschema import Draft202012Validator, validators

# Private to the library, and pinned by our lock: what the keywords beside them say of a value is no public question.
from jsonschema._utils import (
    find_evaluated_item_indexes_by_schema,
    find_evaluated_property_keys_by_schema,
)
from jsonschema.exceptions import ValidationError

from panjareh_common.forms.formats import FORMATS
from panjareh_common.forms.patterns import compiled

STEPS = 100_000
"""Of one check. A step takes a few microseconds; the largest form of a person takes a few thousand."""
_CHARACTERS = 64  # of a text, or items of a list, that are looked at in one step
_ERROR = 10  # steps of telling one error, on each level: it is larger than what it is about
_DESCENT = 4  # steps of looking at one part by one schema, even if that says nothing
_PATTERN = 500  # parts of a pattern times characters of a text in one step


class TooLong(Exception):
    """A check took all its steps."""


class Steps:
    """How many steps of one check are left."""

    def __init__(self, most: int = STEPS) -> None:
        self.left = most

    def take(self, count: int) -> None:
        """Raises TooLong."""
        self.left -= count
        if self.left < 0:
            raise TooLong()


TAKEN: ContextVar[Steps] = ContextVar("steps of the check at hand")

_FOR_EACH_PART = {
    "items",
    "prefixItems",
    "contains",
    "unevaluatedItems",
    "properties",
    "patternProperties",
    "additionalProperties",
    "unevaluatedProperties",
    "propertyNames",
}
_FOR_EACH_SCHEMA = {"allOf", "anyOf", "oneOf", "dependentSchemas"}

Errors = Iterator[ValidationError]
Keyword = Callable[[Any, Any, Any, Any], Any]


def _counted(name: str, keyword: Keyword) -> Keyword:
    """A keyword whose work is counted by the size of what it compares, and by how often it looks further down."""
    for_each, of_wanted = name in _FOR_EACH_PART, name in _FOR_EACH_SCHEMA

    def count(validator: Any, wanted: Any, instance: Any, schema: Any) -> Errors:
        steps = 1 + (_size(wanted) + _size(instance)) // _CHARACTERS
        if for_each and isinstance(instance, list | dict):
            steps += _DESCENT * len(instance)
        elif of_wanted:
            steps += _DESCENT * _size(wanted)
        TAKEN.get().take(steps)
        for error in keyword(validator, wanted, instance, schema) or ():
            TAKEN.get().take(_ERROR)
            yield error

    return count


def _size(value: Any) -> int:
    return len(value) if isinstance(value, str | list | dict) else 0


def _pattern(validator: Any, wanted: str, instance: Any, schema: Any) -> Errors:
    if isinstance(instance, str) and not _matches(wanted, instance):
        yield ValidationError("does not match the pattern")


def _matches(source: str, text: str) -> bool:
    pattern = compiled(source)
    TAKEN.get().take(1 + pattern.size * len(text) // _PATTERN)
    return pattern.found_in(text)


def _pattern_properties(validator: Any, wanted: Any, instance: Any, schema: Any) -> Errors:
    if isinstance(instance, Mapping):
        for source, inner in wanted.items():
            for name, value in instance.items():
                if _matches(source, name):
                    yield from validator.descend(value, inner, path=name, schema_path=source)


def _additional_properties(validator: Any, wanted: Any, instance: Any, schema: Any) -> Errors:
    if not isinstance(instance, Mapping):
        return
    named, patterns = schema.get("properties", {}), schema.get("patternProperties", ())
    for name, value in instance.items():
        if name not in named and not any(_matches(source, name) for source in patterns):
            if wanted is False:
                yield ValidationError("is not asked for", path=[name])
            else:
                yield from validator.descend(value, wanted, path=name)


def _properties(validator: Any, wanted: Any, instance: Any, schema: Any) -> Errors:
    if isinstance(instance, Mapping):
        for name, inner in wanted.items():
            if name not in instance:
                continue
            if inner is False:  # of which the library would not say where it stands
                yield ValidationError("is not asked for", path=[name])
            else:
                yield from validator.descend(instance[name], inner, path=name, schema_path=name)


def _unevaluated_properties(validator: Any, wanted: Any, instance: Any, schema: Any) -> Errors:
    if isinstance(instance, Mapping):
        evaluated = set(find_evaluated_property_keys_by_schema(validator, instance, schema))
        for name in [name for name in instance if name not in evaluated]:
            if wanted is False:
                yield ValidationError("is not asked for", path=[name])
            else:
                yield from validator.descend(instance[name], wanted, path=name)


def _unevaluated_items(validator: Any, wanted: Any, instance: Any, schema: Any) -> Errors:
    if isinstance(instance, list):
        evaluated = set(find_evaluated_item_indexes_by_schema(validator, instance, schema))
        for place in [place for place in range(len(instance)) if place not in evaluated]:
            if wanted is False:
                yield ValidationError("is not asked for", path=[place])
            else:
                yield from validator.descend(instance[place], wanted, path=place)


def _required(validator: Any, wanted: Any, instance: Any, schema: Any) -> Errors:
    if isinstance(instance, Mapping):
        missing = (name for name in wanted if name not in instance)
        yield from (ValidationError("is missing", path=[name]) for name in missing)


def _dependent_required(validator: Any, wanted: Any, instance: Any, schema: Any) -> Errors:
    if isinstance(instance, Mapping):
        for because, names in wanted.items():
            if because in instance:
                missing = (name for name in names if name not in instance)
                yield from (ValidationError("is missing", path=[name]) for name in missing)


def _property_names(validator: Any, wanted: Any, instance: Any, schema: Any) -> Errors:
    if isinstance(instance, Mapping):
        for name in instance:
            if not validator.evolve(schema=wanted).is_valid(name):
                yield ValidationError("has another name than the form allows", path=[name])


def _unique_items(validator: Any, wanted: Any, instance: Any, schema: Any) -> Errors:
    """By comparing keys, so that the time grows with the list and not with its square."""
    if not wanted or not isinstance(instance, list):
        return
    seen = set()
    for place, item in enumerate(instance):
        key = _key(item)
        if key in seen:
            yield ValidationError("is there twice", path=[place])
        seen.add(key)


def _key(value: Any) -> Any:
    """Equal for what JSON Schema calls equal: 1 and 1.0 are, 1 and true are not."""
    TAKEN.get().take(1)
    if isinstance(value, Mapping):
        return ("object", frozenset((name, _key(inner)) for name, inner in value.items()))
    if isinstance(value, list):
        return ("array", tuple(_key(inner) for inner in value))
    return (isinstance(value, bool), value)


def _enum(validator: Any, wanted: Any, instance: Any, schema: Any) -> Errors:
    key = _key(instance)
    if not any(key == _key(choice) for choice in wanted):
        yield ValidationError("is none of the choices")


def _multiple_of(validator: Any, wanted: Any, instance: Any, schema: Any) -> Errors:
    """In decimals, as it is written: 0.07 is a multiple of 0.01."""
    is_number = isinstance(instance, int | float) and not isinstance(instance, bool)
    if is_number and Fraction(repr(instance)) % Fraction(repr(wanted)):
        yield ValidationError("is not a multiple")


def _format(validator: Any, wanted: str, instance: Any, schema: Any) -> Errors:
    known = FORMATS.get(wanted)
    if isinstance(instance, str) and known and not known.fits(instance):
        yield ValidationError("does not have the format")


def _file(validator: Any, wanted: Any, instance: Any, schema: Any) -> Errors:
    """Finds a file by naming it an error."""
    if isinstance(instance, str):
        yield ValidationError("is a file")


_OURS: dict[str, Keyword] = {
    "pattern": _pattern,
    "properties": _properties,
    "patternProperties": _pattern_properties,
    "additionalProperties": _additional_properties,
    "required": _required,
    "dependentRequired": _dependent_required,
    "unevaluatedProperties": _unevaluated_properties,
    "unevaluatedItems": _unevaluated_items,
    "propertyNames": _property_names,
    "uniqueItems": _unique_items,
    "enum": _enum,
    "multipleOf": _multiple_of,
    "format": _format,
}
_ALL = {
    name: _counted(name, keyword)
    for name, keyword in {**Draft202012Validator.VALIDATORS, **_OURS}.items()
    if name not in ("$ref", "$dynamicRef")
}
_extended: Callable[..., Any] = validators.extend
Checker = _extended(Draft202012Validator, _ALL)
"""Checks what is filled in, where TAKEN holds the steps that it may take."""

FileFinder = _extended(Checker, {"x-file": _counted("x-file", _file)})
"""The same, and every file in it is told as an error of the keyword `x-file`."""
