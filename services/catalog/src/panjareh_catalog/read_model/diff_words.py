"""The difference of two versions in words: by section, each point named, with what stood there and what stands there."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from panjareh_catalog.domain.card_formats import raised
from panjareh_catalog.domain.diff import Difference, differences
from panjareh_catalog.domain.values import Card
from panjareh_catalog.read_model.diff_vocabulary import NAMES, SECTION_OF, SECTIONS, VALUES

_PERSIAN_DIGITS = str.maketrans("0123456789,.", "۰۱۲۳۴۵۶۷۸۹٬٫")
_TIME = re.compile(r"\d\d:\d\d", re.ASCII)
_LANGUAGES = {"fa", "en"}


def diff_in_words(old: Card, new: Card, language: str) -> list[dict[str, Any]]:
    """`[{section, title, changes: [{pointer, change, what, before, after, old, new}]}]`, sections in a card's order.

    `what`, `before` and `after` are for people; `old` and `new` are the values themselves.
    """
    first, second = raised(old), raised(new)
    found: dict[str, list[dict[str, Any]]] = {section: [] for section in SECTIONS}
    for point in differences(first, second):
        section = SECTION_OF.get(point.path[0], "other")
        found[section].append(
            {
                "pointer": point.pointer,
                "change": str(point.change),
                "what": _what(point, first, second, language),
                "before": _said(point.old, language),
                "after": _said(point.new, language),
                "old": point.old,
                "new": point.new,
            }
        )
    return [
        {"section": section, "title": SECTIONS[section][language], "changes": changes}
        for section, changes in found.items()
        if changes
    ]


def _what(point: Difference, old: Card, new: Card, language: str) -> str:
    """The way to a point in words: "Form › Mobile number › highest length"."""
    words: list[str] = []
    here: Any = old if point.new is None else new
    values = _values_of_rules(here)
    for step in point.path:
        inner = _inside(here, step)
        # A condition is on a value that the rules have a title for.
        if word := _title_of(values.get(step), "title", language) or _name_of(
            step, inner, here, language
        ):
            words.append(word)
        here = inner
    return " › ".join(words)


def _values_of_rules(card: Card) -> Mapping[str, Any]:
    """The inputs and derived values of its rules by name; format 1 has them without titles."""
    rules = card.get("rules") or {}
    parts = [rules.get(part) for part in ("inputs", "derived")]
    return {
        name: value for part in parts if isinstance(part, Mapping) for name, value in part.items()
    }


def _title_of(value: Any, key: str, language: str) -> str | None:
    title = value.get(key) if isinstance(value, Mapping) else None
    return str(title[language]) if isinstance(title, Mapping) and language in title else None


def _inside(here: Any, step: str) -> Any:
    if isinstance(here, Mapping):
        return here.get(step)
    return here[int(step)] if isinstance(here, list) and int(step) < len(here) else None


def _name_of(step: str, inner: Any, above: Any, language: str) -> str:
    if isinstance(above, list):
        return _name_of_item(int(step), inner, language)
    known = NAMES.get(step)
    return _title_of(inner, "x-title", language) or (known[language] if known else step)


def _name_of_item(place: int, inner: Any, language: str) -> str:
    """An item by its title or its word; a step by its number."""
    if isinstance(inner, Mapping):
        for name in ("channel", "title", "type", "id"):
            value = inner.get(name)
            if isinstance(value, Mapping) and language in value:
                return str(value[language])
            if isinstance(value, str):
                return _word(value, language)
    return _digits(str(place + 1), language)


def _said(value: Any, language: str) -> str | None:
    """A value as a person says it; None where there is none."""
    if value is None:
        return None
    if isinstance(value, bool):
        return VALUES[str(value).lower()][language]
    if isinstance(value, int | float):
        return _digits(f"{value:,}", language)
    if isinstance(value, str):
        return _word(value, language)
    if isinstance(value, list):
        return ("، " if language == "fa" else ", ").join(
            _said(item, language) or "" for item in value
        )
    return _mapping_said(value, language)


def _mapping_said(value: Mapping[str, Any], language: str) -> str:
    text = str(value.get(language) or value.get("fa") or "") if _LANGUAGES & set(value) else ""
    rest = {name: inner for name, inner in value.items() if name not in _LANGUAGES}
    parts = [
        f"{_name_of(name, None, value, language)}: {_said(inner, language)}"
        for name, inner in rest.items()
        if inner not in (None, [], {})
    ]
    told = ("؛ " if language == "fa" else "; ").join(parts)
    return f"{text} ({told})" if text and told else text or told or json.dumps(value)


def _word(word: str, language: str) -> str:
    known = VALUES.get(word)
    if known:
        return known[language]
    return _digits(word, language) if _TIME.fullmatch(word) else word


def _digits(text: str, language: str) -> str:
    return text.translate(_PERSIAN_DIGITS) if language == "fa" else text
