"""What differs between two versions of a card, point by point (C5: what became of people's opinions is shown there).

A point is the smallest thing that a person would name: a text in its languages, a number, a step, a field's
highest length. Things with a name of their own (evidence, channels, rows of rules, fields) are compared by it
wherever they stand; steps and the like by their content, in order.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum
from typing import Any

from panjareh_catalog.domain.card_formats import raised
from panjareh_catalog.domain.checks.texts import escaped
from panjareh_catalog.domain.values import Card

_LANGUAGES = {"fa", "en"}
# By what the items of a list are known, where they have a name of their own.
_NAMES = {"evidence": "type", "channels": "channel", "rows": "id", "media": "id"}
_NOT_SAID = {"format"}
_ORDERED_ROWS = "rows"


class Change(StrEnum):
    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"


@dataclass(frozen=True)
class Difference:
    """One point. `pointer` (RFC 6901) leads into the newer card, of what was removed into the older one.

    `path` are the pointer's steps unescaped. `old` and `new` are as they stand in the cards, None where there
    is none.
    """

    path: tuple[str, ...]
    change: Change
    old: Any
    new: Any

    @property
    def pointer(self) -> str:
        return "".join(f"/{escaped(step)}" for step in self.path)


@dataclass(frozen=True)
class _At:
    """The same thing's place in both cards: whoever has a name may stand in another place of a list."""

    older: tuple[str, ...] = ()
    newer: tuple[str, ...] = ()

    def under(self, name: str) -> _At:
        return self.among(name, name)

    def among(self, older: object, newer: object) -> _At:
        return _At((*self.older, str(older)), (*self.newer, str(newer)))


def differences(old: Card, new: Card) -> list[Difference]:
    """Every point in which two cards, of whatever format, say something else; in the order of the newer card."""
    first, second = raised(old), raised(new)
    return [point for point in _of_mappings(first, second, _At()) if point.path[0] not in _NOT_SAID]


def _of(old: Any, new: Any, at: _At) -> Iterator[Difference]:
    if _canonical(old) == _canonical(new):
        return
    if isinstance(old, Mapping) and isinstance(new, Mapping) and not _is_text(old, new):
        yield from _of_mappings(old, new, at)
    elif _are_lists_of_things(old, new):
        name = _NAMES.get(at.newer[-1])
        if name and _all_named(old, name) and _all_named(new, name):
            yield from _of_named(old, new, name, at)
        else:
            yield from _of_rows(old, new, at)
    else:
        yield _point(old, new, at)


def _of_mappings(old: Mapping[str, Any], new: Mapping[str, Any], at: _At) -> Iterator[Difference]:
    for name in [*new, *(name for name in old if name not in new)]:
        yield from _of(old.get(name), new.get(name), at.under(name))


def _of_named(old: Sequence[Any], new: Sequence[Any], name: str, at: _At) -> Iterator[Difference]:
    before = {item[name]: (place, item) for place, item in enumerate(old)}
    after = {item[name]: (place, item) for place, item in enumerate(new)}
    for known, (place, item) in after.items():
        stood, was = before.get(known, (place, None))
        yield from _of(was, item, at.among(stood, place))
    for known, (place, item) in before.items():
        if known not in after:
            yield _point(item, None, at.among(place, place))
    kept = [known for known in before if known in after]
    # The first row that fits decides, so their order is part of what they say.
    if at.newer[-1] == _ORDERED_ROWS and kept != [known for known in after if known in before]:
        yield Difference(at.newer, Change.CHANGED, list(before), list(after))


def _of_rows(old: Sequence[Any], new: Sequence[Any], at: _At) -> Iterator[Difference]:
    """Items without a name: found again by their content, and else compared with what stands in their place."""
    matcher = SequenceMatcher(
        None, [*map(_canonical, old)], [*map(_canonical, new)], autojunk=False
    )
    for tag, i1, i2, j1, j2 in matcher.get_opcodes():
        if tag == "equal":
            continue
        both = min(i2 - i1, j2 - j1)
        for step in range(both):
            yield from _of(old[i1 + step], new[j1 + step], at.among(i1 + step, j1 + step))
        for place in range(i1 + both, i2):
            yield _point(old[place], None, at.among(place, place))
        for place in range(j1 + both, j2):
            yield _point(None, new[place], at.among(place, place))


def _point(old: Any, new: Any, at: _At) -> Difference:
    if _is_nothing(old):
        return Difference(at.newer, Change.ADDED, None, new)
    if _is_nothing(new):
        return Difference(at.older, Change.REMOVED, old, None)
    return Difference(at.newer, Change.CHANGED, old, new)


def _is_nothing(value: Any) -> bool:
    return value is None or (isinstance(value, dict | list) and not value)


def _is_text(*values: Mapping[str, Any]) -> bool:
    """A text in its languages is one thing to a person."""
    return all(
        value and set(value) <= _LANGUAGES and all(isinstance(text, str) for text in value.values())
        for value in values
    )


def _are_lists_of_things(old: Any, new: Any) -> bool:
    return all(isinstance(v, list) for v in (old, new)) and any(
        isinstance(item, Mapping) for item in [*old, *new]
    )


def _all_named(items: Sequence[Any], name: str) -> bool:
    return all(isinstance(item, Mapping) and name in item for item in items)


def _canonical(value: Any) -> str:
    # As JSON: in Python 1 equals True, in a form it does not.
    return json.dumps(value, sort_keys=True, ensure_ascii=False)
