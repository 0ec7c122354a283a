"""Whether a schema can be worked with: bounded, by itself, and with patterns that RE2 takes.

It is found when a form is published, and again before one is used. What more people may expect of a form
(titles, closed objects, known formats) is the publisher's to check.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from jsonschema import Draft202012Validator

from panjareh_common.forms.parts import escape, subschemas, walk
from panjareh_common.forms.patterns import PatternUnfit, compiled

DEEPEST = 32  # levels of nesting, of a schema and of what is filled in
MOST_PARTS = 50_000  # values in a schema, hints and lists of choices included
MOST_SCHEMAS = 2_000
GREATEST = 2**53 - 1  # beyond it a number is not the same in every language (RFC 8259, section 6)
_DIALECT = "https://json-schema.org/draft/2020-12/schema"
# They lead elsewhere, or have others lead here; a form says everything where it is needed.
_REFERENCES = (
    "$ref",
    "$dynamicRef",
    "$recursiveRef",
    "$id",
    "$anchor",
    "$dynamicAnchor",
    "$recursiveAnchor",
    "$vocabulary",
)
_SAID = 200  # characters of what the library says
_MOST_FAULTS = 50


@dataclass(frozen=True)
class SchemaFault:
    """What is wrong where. `message` is English with named places, which `values` fill."""

    pointer: str
    message: str
    values: Mapping[str, object] = field(default_factory=dict)

    def __str__(self) -> str:
        said = self.message.format(**self.values) if self.values else self.message
        return f"{self.pointer}: {said}" if self.pointer else said


class FormInvalid(Exception):
    """A form that cannot be worked with. `faults` names every place, or the first where there are too many."""

    def __init__(self, faults: list[SchemaFault]) -> None:
        super().__init__("; ".join(str(fault) for fault in faults))
        self.faults = faults


def check(schema: Any) -> None:
    """Raises FormInvalid."""
    # In this order: each part may rely on what the one before it has found to be so.
    for part in (_bound_faults, _standing_faults, _meaning_faults):
        faults = []
        for fault in part(schema):
            faults.append(fault)
            if len(faults) == _MOST_FAULTS:
                break
        if faults:
            raise FormInvalid(faults)


def _bound_faults(schema: Any) -> Iterator[SchemaFault]:
    if not isinstance(schema, Mapping):
        yield SchemaFault("", "A form is a JSON Schema: a mapping.")
        return
    for number, (pointer, part, depth) in enumerate(walk(schema), 1):
        if number > MOST_PARTS:
            yield SchemaFault("", "This form holds more than {most} values.", {"most": MOST_PARTS})
            return
        if depth > DEEPEST:
            yield SchemaFault(
                pointer, "This lies deeper than {levels} levels.", {"levels": DEEPEST}
            )
            return
        if isinstance(part, Mapping) and not all(isinstance(name, str) for name in part):
            yield SchemaFault(pointer, "Names in a form are texts: write them in quotes.")
            return
        if not is_plain(part):
            yield SchemaFault(pointer, "JSON has no such value, or the number is too large.")
            return
    for number, _ in enumerate(subschemas(schema), 1):
        if number > MOST_SCHEMAS:
            yield SchemaFault(
                "", "This form describes more than {most} parts.", {"most": MOST_SCHEMAS}
            )
            return


def is_plain(value: Any) -> bool:
    """Whether JSON has such a value, and it is the same number in every language."""
    if isinstance(value, bool) or value is None:
        return True
    if isinstance(value, int | float):
        return -GREATEST <= value <= GREATEST  # not so for NaN
    return isinstance(value, str | Mapping | list | tuple)


def _standing_faults(schema: Mapping[str, Any]) -> Iterator[SchemaFault]:
    if schema.get("$schema", _DIALECT) != _DIALECT:
        yield SchemaFault(
            "/$schema", "Write a form in JSON Schema 2020-12: {dialect}", {"dialect": _DIALECT}
        )
    for pointer, one in subschemas(schema):
        if not isinstance(one, Mapping):
            continue
        for keyword in _REFERENCES:
            if keyword in one:
                # It would be fetched, or missed, while a person waits for an answer.
                yield SchemaFault(
                    f"{pointer}/{keyword}",
                    "A form stands by itself. Write here what the reference points to.",
                )
        if pointer and "$schema" in one:
            yield SchemaFault(f"{pointer}/$schema", "Only the form as a whole names its `$schema`.")
        if "patternProperties" in one and "unevaluatedProperties" in one:
            yield SchemaFault(
                f"{pointer}/patternProperties",
                "Fields by pattern do not go together with `unevaluatedProperties`. Name the fields.",
            )
        yield from _list_faults(pointer, one)
        yield from _pattern_faults(pointer, one)


def _list_faults(pointer: str, schema: Mapping[str, Any]) -> Iterator[SchemaFault]:
    """Lists of which the meta-schema wants each entry once, which the library finds out at once for texts only."""
    dependent = schema.get("dependentRequired")
    lists = [(keyword, schema.get(keyword)) for keyword in ("required", "type")]
    if isinstance(dependent, Mapping):
        lists += [(f"dependentRequired/{escape(name)}", names) for name, names in dependent.items()]
    for step, names in lists:
        if isinstance(names, list | tuple) and not all(isinstance(name, str) for name in names):
            yield SchemaFault(f"{pointer}/{step}", "This is a list of names. Write each as a text.")


def _pattern_faults(pointer: str, schema: Mapping[str, Any]) -> Iterator[SchemaFault]:
    named = schema.get("patternProperties")
    places = [("pattern", schema["pattern"])] if "pattern" in schema else []
    if isinstance(named, Mapping):
        places += [("patternProperties", source) for source in named]
    for keyword, source in places:
        try:
            if isinstance(source, str):
                compiled(source)
        except PatternUnfit as unfit:
            yield SchemaFault(
                f"{pointer}/{keyword}",
                "This pattern cannot be used ({because}). Patterns are those of RE2: without look-ahead, "
                "look-behind and references back, and not too large.",
                {"because": str(unfit)},
            )


def _meaning_faults(schema: Mapping[str, Any]) -> Iterator[SchemaFault]:
    """What the meta-schema says. Its own patterns are harmless, and a form's were looked at before."""
    checker = Draft202012Validator(Draft202012Validator.META_SCHEMA)
    for fault in checker.iter_errors(schema):
        pointer = "".join(f"/{escape(part)}" for part in fault.absolute_path)
        said = " ".join(fault.message.split())
        said = said if len(said) <= _SAID else f"{said[:_SAID]}…"
        yield SchemaFault(pointer, "This is no valid JSON Schema 2020-12: {cause}", {"cause": said})
