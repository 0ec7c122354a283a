"""Every fault in the writing of a rule set of format 2, each with its place, before anything is evaluated."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from panjareh_common.rules.kinds import OPERATORS, Kind, NotKnown, ValueType, read_value, takes_list
from panjareh_common.rules.verdict import RuleFault

LARGEST = 256 * 1024  # characters of JSON
MOST_ROWS, MOST_NAMES, MOST_TESTS, MOST_CHOICES = 200, 60, 500, 500
OUTCOMES = ("granted", "refused")
OFFICERS = "officers"

_KEYS = {"format", "version", "law", "hit", "otherwise", "inputs", "derived", "rows", "tests"}
_OF_VALUE = {"type", "title", "enum", "enum_titles", "min", "max"}
# The third part is of another applicant: buyer.civil_identity.birth_date.
_INPUT = re.compile(r"[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)?")
_WORD = re.compile(r"[a-z][a-z0-9_]*")
_LIMITED = {ValueType.INTEGER, ValueType.NUMBER, ValueType.DATE}
_CHOSEN = {ValueType.INTEGER, ValueType.TEXT}
# Beyond it a decimal is written otherwise in JSON than in the database, and the hash would not be the same.
_LARGEST_DECIMAL = 1e15
_WANTED = {
    ValueType.INTEGER: "Here stands a whole number.",
    ValueType.NUMBER: "Here stands a number.",
    ValueType.TEXT: "Here stands a text of at most 1000 characters.",
    ValueType.BOOLEAN: "Here stands true or false.",
    ValueType.DATE: "Here stands a date from 1000 to 2999, in quotes, such as '2026-03-21'.",
}


def writing_faults(source: Mapping[str, Any]) -> Iterator[RuleFault]:
    """Shapes, names, types and cells. What formulas say is for formulas.py, what rows leave open for coverage.py."""
    if len(json.dumps(source, ensure_ascii=False)) > LARGEST:
        yield RuleFault("", "These rules are too large. Divide the service into parts.")
        return
    yield from _unknown_keys("", source, _KEYS)
    version = source.get("version")
    if not isinstance(version, int) or isinstance(version, bool) or version < 1:
        yield RuleFault("/version", "The version is a whole number from 1.")
    yield from _bilingual("/law", source.get("law"))
    if "otherwise" in source:
        yield from _bilingual("/otherwise", source["otherwise"])
    if source.get("hit", "any") not in ("any", "first"):
        yield RuleFault(
            "/hit", "Write `any` (rows that fit agree) or `first` (their order decides)."
        )
    kinds: dict[str, ValueType] = {}
    yield from _names(source, "inputs", _INPUT, kinds)
    yield from _names(source, "derived", _WORD, kinds)
    yield from _rows(source.get("rows"), kinds)
    yield from _tests(source, kinds)


def _names(
    source: Mapping[str, Any], part: str, form: re.Pattern[str], kinds: dict[str, ValueType]
) -> Iterator[RuleFault]:
    """Faults of `inputs` or `derived`; puts the type of each name whose type is right into `kinds`."""
    entries = source.get(part, {} if part == "derived" else None)
    if not isinstance(entries, Mapping) or len(entries) > MOST_NAMES:
        message = "Write at most {most} names, each with its type and title."
        yield RuleFault(f"/{part}", message, {"most": MOST_NAMES})
        return
    for name, entry in entries.items():
        pointer = f"/{part}/{_escaped(name)}"
        if not isinstance(name, str) or not form.fullmatch(name):
            message = (
                "An input is named source.fact, in small Latin letters, digits and underscores."
            )
            if part == "derived":
                message = (
                    "A derived value has a name of small Latin letters, digits and underscores."
                )
            yield RuleFault(pointer, message)
        if not isinstance(entry, Mapping):
            yield RuleFault(pointer, "Describe the value: its type and its title.")
            continue
        formula = {"cel"} if part == "derived" else set()
        yield from _unknown_keys(pointer, entry, _OF_VALUE | formula)
        yield from _bilingual(f"{pointer}/title", entry.get("title"))
        if formula and not (isinstance(entry.get("cel"), str) and entry["cel"].strip()):
            yield RuleFault(f"{pointer}/cel", "Write the formula.")
        if entry.get("type") not in list(ValueType):
            message = "The type is one of {types}."
            yield RuleFault(f"{pointer}/type", message, {"types": ", ".join(ValueType)})
            continue
        kinds[name] = ValueType(entry["type"])
        yield from _limits(pointer, entry, kinds[name])


def _limits(pointer: str, entry: Mapping[str, Any], kind: ValueType) -> Iterator[RuleFault]:
    known: dict[str, Any] = {}
    for key in ("min", "max"):
        if key in entry:
            if kind not in _LIMITED:
                yield RuleFault(f"{pointer}/{key}", "Only numbers and dates have limits.")
            elif fault := _value_fault(f"{pointer}/{key}", kind, entry[key]):
                yield fault
            else:
                known[key] = read_value(kind, entry[key])
    if len(known) == 2 and known["min"] > known["max"]:
        yield RuleFault(f"{pointer}/max", "The highest value is below the lowest one.")
    choices = entry.get("enum")
    if "enum_titles" in entry:
        yield from _choice_titles(f"{pointer}/enum_titles", entry["enum_titles"], choices)
    if "enum" not in entry:
        return
    if kind not in _CHOSEN or known:
        yield RuleFault(
            f"{pointer}/enum",
            "Only texts and whole numbers are chosen from a list, without limits.",
        )
    elif not isinstance(choices, list) or not 0 < len(choices) <= MOST_CHOICES:
        message = "Write the choices as a list of at most {most}."
        yield RuleFault(f"{pointer}/enum", message, {"most": MOST_CHOICES})
    else:
        yield from _values(f"{pointer}/enum", kind, choices)


def _choice_titles(pointer: str, titles: Any, choices: Any) -> Iterator[RuleFault]:
    wanted = {str(one) for one in choices} if isinstance(choices, list) else set()
    if not isinstance(titles, Mapping) or not wanted or set(titles) != wanted:
        yield RuleFault(pointer, "Give each choice its title, and nothing else.")
        return
    for name, title in titles.items():
        yield from _bilingual(f"{pointer}/{_escaped(name)}", title)


def _values(pointer: str, kind: ValueType, values: list[Any]) -> Iterator[RuleFault]:
    for place, value in enumerate(values):
        if fault := _value_fault(f"{pointer}/{place}", kind, value):
            yield fault
        elif value in values[:place]:
            yield RuleFault(f"{pointer}/{place}", "This stands in the list twice.")


def _value_fault(pointer: str, kind: ValueType, value: Any) -> RuleFault | None:
    try:
        read_value(kind, value)
    except NotKnown:
        return RuleFault(pointer, _WANTED[kind])
    if isinstance(value, float) and (abs(value) >= _LARGEST_DECIMAL or str(value) == "-0.0"):
        return RuleFault(pointer, "Here stands a number below 10^15.")
    return None


def _rows(rows: Any, kinds: Mapping[str, ValueType]) -> Iterator[RuleFault]:
    if not isinstance(rows, list) or not 0 < len(rows) <= MOST_ROWS:
        yield RuleFault("/rows", "Write a list of 1 to {most} rows.", {"most": MOST_ROWS})
        return
    seen: set[str] = set()
    for place, row in enumerate(rows):
        pointer = f"/rows/{place}"
        if not isinstance(row, Mapping):
            yield RuleFault(pointer, "A row has id, when, outcome and reason.")
            continue
        yield from _unknown_keys(pointer, row, {"id", "when", "outcome", "reason", "law"})
        name = row.get("id")
        if not isinstance(name, str) or not _WORD.fullmatch(name):
            message = "A row has an id of small Latin letters, digits and underscores."
            yield RuleFault(f"{pointer}/id", message)
        elif name in seen:
            yield RuleFault(f"{pointer}/id", "The row {row} is there twice.", {"row": name})
        else:
            seen.add(name)
        if row.get("outcome") not in OUTCOMES:
            yield RuleFault(f"{pointer}/outcome", "The outcome is granted or refused.")
        yield from _bilingual(f"{pointer}/reason", row.get("reason"))
        if "law" in row:
            yield from _bilingual(f"{pointer}/law", row["law"])
        yield from _conditions(f"{pointer}/when", row.get("when"), kinds)


def _conditions(pointer: str, when: Any, kinds: Mapping[str, ValueType]) -> Iterator[RuleFault]:
    if not isinstance(when, Mapping):
        yield RuleFault(pointer, "Write the conditions; where there are none, an empty mapping.")
        return
    for name, tests in when.items():
        here = f"{pointer}/{_escaped(name)}"
        if name not in kinds:
            message = "{name} is neither an input nor a derived value of these rules."
            yield RuleFault(here, message, {"name": name})
        elif not isinstance(tests, Mapping) or not tests:
            yield RuleFault(here, "Write what the value must be, for example ge: 18.")
        else:
            for word, wanted in tests.items():
                yield from _test(f"{here}/{_escaped(word)}", kinds[name], word, wanted)


def _test(pointer: str, kind: ValueType, word: Any, wanted: Any) -> Iterator[RuleFault]:
    if word not in OPERATORS[kind]:
        message = "For {kind} the words are {words}."
        values = {"kind": str(kind), "words": ", ".join(sorted(OPERATORS[kind]))}
        yield RuleFault(pointer, message, values)
    elif not takes_list(word):
        if fault := _value_fault(pointer, kind, wanted):
            yield fault
    elif not isinstance(wanted, list) or not 0 < len(wanted) <= MOST_CHOICES:
        message = "Write the values as a list of at most {most}."
        yield RuleFault(pointer, message, {"most": MOST_CHOICES})
    else:
        yield from _values(pointer, kind, wanted)


def _tests(source: Mapping[str, Any], kinds: Mapping[str, ValueType]) -> Iterator[RuleFault]:
    tests = source.get("tests")
    if not isinstance(tests, list) or not 0 < len(tests) <= MOST_TESTS:
        message = "Write a list of 1 to {most} tests: what must come out for which values."
        yield RuleFault("/tests", message, {"most": MOST_TESTS})
        return
    inputs, derived = source.get("inputs"), source.get("derived", {})
    for place, test in enumerate(tests):
        pointer = f"/tests/{place}"
        if not isinstance(test, Mapping):
            yield RuleFault(pointer, "A test has title, given and then.")
            continue
        yield from _unknown_keys(pointer, test, {"title", "given", "then"})
        yield from _bilingual(f"{pointer}/title", test.get("title"))
        yield from _named_values(f"{pointer}/given", test.get("given"), inputs, kinds)
        then = test.get("then")
        if not isinstance(then, Mapping):
            yield RuleFault(f"{pointer}/then", "Write what must come out: outcome and row.")
            continue
        yield from _unknown_keys(f"{pointer}/then", then, {"outcome", "row", "derived"})
        if then.get("outcome") not in (*OUTCOMES, OFFICERS):
            message = "The outcome of a test is granted, refused or officers."
            yield RuleFault(f"{pointer}/then/outcome", message)
        if not isinstance(then.get("row", ""), str | None):
            yield RuleFault(f"{pointer}/then/row", "Write the id of the row that decides.")
        yield from _named_values(f"{pointer}/then/derived", then.get("derived", {}), derived, kinds)


def _named_values(
    pointer: str, values: Any, known: Any, kinds: Mapping[str, ValueType]
) -> Iterator[RuleFault]:
    if not isinstance(values, Mapping) or not isinstance(known, Mapping):
        yield RuleFault(pointer, "Write values by their names.")
        return
    for name, value in values.items():
        here = f"{pointer}/{_escaped(name)}"
        if name not in known:
            yield RuleFault(here, "These rules have no value {name} here.", {"name": name})
        elif name in kinds and (fault := _value_fault(here, kinds[name], value)):
            yield fault


def _bilingual(pointer: str, value: Any) -> Iterator[RuleFault]:
    texts = value if isinstance(value, Mapping) else {}
    if set(texts) != {"fa", "en"} or not all(
        isinstance(text, str) and text.strip() and len(text) <= 4000 for text in texts.values()
    ):
        yield RuleFault(pointer, "Write this in fa and en.")


def _unknown_keys(pointer: str, entry: Mapping[str, Any], known: set[str]) -> Iterator[RuleFault]:
    for key in entry:
        if key not in known:
            message = "There is no key {key} here. Known are {known}."
            values = {"key": key, "known": ", ".join(sorted(known))}
            yield RuleFault(f"{pointer}/{_escaped(key)}", message, values)


def _escaped(name: object) -> str:
    """One step of a JSON Pointer, RFC 6901."""
    return str(name).replace("~", "~0").replace("/", "~1")


def kind_of(entry: Mapping[str, Any]) -> Kind:
    """From an entry of `inputs` or `derived` without fault."""
    kind = ValueType(entry["type"])
    limits = [read_value(kind, entry[key]) if key in entry else None for key in ("min", "max")]
    choices = tuple(read_value(kind, one) for one in entry["enum"]) if "enum" in entry else None
    return Kind(kind, entry["title"], choices, *limits)
