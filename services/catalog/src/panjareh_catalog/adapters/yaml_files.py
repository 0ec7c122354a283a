"""YAML as authorities write it, read with care: what it holds, and the line of every place in it.

Refused with its line: an alias (a few of them can stand for gigabytes), nesting beyond what a card needs, a key
that is written twice (of which YAML would quietly keep the last) or is no text, and what JSON cannot carry.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import yaml

from panjareh_catalog.domain.checks.texts import escaped
from panjareh_catalog.domain.values import Fault

DEEPEST = 32  # levels; the gateway takes no more of a form either
_COLLECTIONS = {"tag:yaml.org,2002:map", "tag:yaml.org,2002:seq"}
_PLAIN = (str, int, float, bool, type(None))


@dataclass(frozen=True)
class Read:
    """What a text holds, and the line of each place by its JSON pointer. With faults there is no content."""

    content: Any
    lines: dict[str, int]
    faults: tuple[Fault, ...] = ()


class _Unfit(Exception):
    def __init__(self, line: int, message: str, **values: object) -> None:
        super().__init__(message)
        self.line = line
        self.fault = Fault("", message, values)


def read_yaml(text: str) -> Read:
    """The one document of a text."""
    try:
        _look_over(text)
        return _content_of(text)
    except _Unfit as unfit:
        return Read(None, {"": unfit.line}, (unfit.fault,))
    except yaml.MarkedYAMLError as cause:
        mark = cause.problem_mark or cause.context_mark
        said = " ".join(str(cause.problem or cause.context or cause).split())
        return _unreadable(said, mark.line + 1 if mark else 1)
    except (yaml.YAMLError, ValueError) as cause:
        return _unreadable(" ".join(str(cause).split()), 1)


def _unreadable(said: str, line: int) -> Read:
    return Read(None, {"": line}, (Fault("", "This is no YAML: {said}.", {"said": said}),))


def _look_over(text: str) -> None:
    """Before anything is built: depth and aliases, from the stream of events, which needs no recursion."""
    depth = 0
    for event in yaml.parse(text, Loader=yaml.CSafeLoader):
        line = _line(event)
        if isinstance(event, yaml.AliasEvent):
            raise _Unfit(
                line, "Aliases (*{anchor}) are not taken. Write it out.", anchor=event.anchor
            )
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > DEEPEST:
                raise _Unfit(line, "This is nested more than {levels} levels deep.", levels=DEEPEST)
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1


def _content_of(text: str) -> Read:
    loader = yaml.CSafeLoader(text)
    try:
        node = loader.get_single_node()
        if node is None:
            return Read(None, {"": 1})
        lines = dict(_lines(node, ""))
        return Read(_plain(loader, node), lines)
    finally:
        loader.dispose()


def _line(marked: yaml.Event | yaml.Node) -> int:
    return marked.start_mark.line + 1 if marked.start_mark else 1


def _lines(node: yaml.Node, pointer: str) -> Iterator[tuple[str, int]]:
    """Of a field the line of its name; of everything else where it begins."""
    yield pointer, _line(node)
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            here = f"{pointer}/{escaped(key.value)}"
            yield from _lines(value, here)
            yield here, _line(key)
    elif isinstance(node, yaml.SequenceNode):
        for place, value in enumerate(node.value):
            yield from _lines(value, f"{pointer}/{place}")


def _plain(loader: Any, node: yaml.Node) -> Any:
    """What a node stands for, in values that JSON has. Raises _Unfit."""
    line = _line(node)
    if isinstance(node, yaml.CollectionNode) and node.tag not in _COLLECTIONS:
        raise _Unfit(line, "Leave the tag {tag} out.", tag=node.tag)
    if isinstance(node, yaml.MappingNode):
        return _mapping(loader, node)
    if isinstance(node, yaml.SequenceNode):
        return [_plain(loader, item) for item in node.value]
    value = loader.construct_object(node)
    if not isinstance(value, _PLAIN) or (isinstance(value, float) and not math.isfinite(value)):
        raise _Unfit(line, "Write {value} in quotes: JSON has no such value.", value=node.value)
    return value


def _mapping(loader: Any, node: yaml.MappingNode) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for key_node, value_node in node.value:
        line = _line(key_node)
        key = _plain(loader, key_node)
        if not isinstance(key, str):
            raise _Unfit(line, "Write the key {key} in quotes.", key=repr(key))
        if key in made:
            raise _Unfit(line, "The key {key} is there twice.", key=key)
        made[key] = _plain(loader, value_node)
    return made
