"""The parts of a form: its subschemas, and the fields that it asks for, also those that are asked for on a condition."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

FILE = "panjareh-file"
"""The format of a field whose value is the id of a file that was uploaded before."""

# Where subschemas stand (JSON Schema 2020-12, core, section 10).
_ONE = (
    "additionalProperties",
    "contains",
    "contentSchema",
    "else",
    "if",
    "items",
    "not",
    "propertyNames",
    "then",
    "unevaluatedItems",
    "unevaluatedProperties",
)
_LISTED = ("allOf", "anyOf", "oneOf", "prefixItems")
_NAMED = ("$defs", "definitions", "dependentSchemas", "patternProperties", "properties")
# Of those, the ones that say something of the same object: fields below them are fields of the form.
_SAME_ONE, _SAME_LISTED, _SAME_NAMED = (
    {"then", "else"},
    {"allOf", "anyOf", "oneOf"},
    {"dependentSchemas"},
)


@dataclass(frozen=True)
class Field:
    """One place where a form speaks of a field.

    `name` is its key; `path` says where it stands in what is filled in, `[]` for the items of a list:
    `children/[]/birth_date`. `pointer` leads to its schema. A field that only a condition asks for is
    spoken of in `then` or `else`, and one whose values a condition narrows in more than one place.
    """

    name: str
    path: str
    pointer: str
    schema: Any

    @property
    def is_file(self) -> bool:
        return isinstance(self.schema, Mapping) and self.schema.get("format") == FILE

    @property
    def title(self) -> Mapping[str, Any]:
        """Its x-title; empty where it has none of the right kind."""
        title = self.schema.get("x-title") if isinstance(self.schema, Mapping) else None
        return title if isinstance(title, Mapping) else {}


def escape(part: object) -> str:
    """One step of a JSON Pointer, RFC 6901."""
    return str(part).replace("~", "~0").replace("/", "~1")


def walk(value: Any, pointer: str = "") -> Iterator[tuple[str, Any, int]]:
    """Every part of a JSON value with its place and depth, from 1. Without recursion, however deep it is."""
    waiting = [(pointer, value, 1)]
    while waiting:
        here, part, depth = waiting.pop()
        yield here, part, depth
        inner: Any = ()
        if isinstance(part, Mapping):
            inner = part.items()
        elif isinstance(part, list | tuple):
            inner = enumerate(part)
        waiting += [(f"{here}/{escape(name)}", one, depth + 1) for name, one in inner]


def subschemas(schema: Any, pointer: str = "") -> Iterator[tuple[str, Any]]:
    """A schema and every schema in it, with its place; what is only data (`const`, `x-…`) is left out."""
    waiting = [(pointer, schema)]
    while waiting:
        here, one = waiting.pop()
        yield here, one
        if isinstance(one, Mapping):
            waiting += [(here + step, inner) for step, inner in _below(one, _ONE, _LISTED, _NAMED)]


def objects_of(form: Any, pointer: str = "") -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    """Every schema that speaks of what is filled in, with the path of what it speaks of and its own place.

    Of one object there are several where parts depend on a condition. What only looks (`if`, `not`) is left out.
    """
    waiting: list[tuple[str, str, Any]] = [("", pointer, form)]
    while waiting:
        path, here, schema = waiting.pop(0)
        if not isinstance(schema, Mapping):
            continue
        yield path, here, schema
        inside = [
            (f"{path}{step.removeprefix('/properties/')}/", here + step, field)
            for step, field in _below(schema, (), (), ("properties",))
        ]
        inside += [
            (f"{path}[]/", here + step, item)
            for step, item in _below(schema, ("items", "contains"), ("prefixItems",), ())
        ]
        inside += [
            (path, here + step, same)
            for step, same in _below(schema, _SAME_ONE, _SAME_LISTED, _SAME_NAMED)
        ]
        waiting = inside + waiting


def fields_of(form: Any, pointer: str = "") -> Iterator[Field]:
    """Every place in a form that speaks of a field, in the order in which a person is asked."""
    for path, here, schema in objects_of(form, pointer):
        named = schema.get("properties")
        for name, field in named.items() if isinstance(named, Mapping) else ():
            step = escape(name)
            yield Field(str(name), f"{path}{step}", f"{here}/properties/{step}", field)


def _below(
    schema: Mapping[str, Any], one: Any, listed: Any, named: Any
) -> Iterator[tuple[str, Any]]:
    """The schemas under some keywords of a schema, each with the steps to it, in the order of writing."""
    for keyword, value in schema.items():
        if keyword in one:
            yield f"/{keyword}", value
        elif keyword in listed and isinstance(value, list | tuple):
            yield from ((f"/{keyword}/{place}", inner) for place, inner in enumerate(value))
        elif keyword in named and isinstance(value, Mapping):
            yield from ((f"/{keyword}/{escape(name)}", inner) for name, inner in value.items())
