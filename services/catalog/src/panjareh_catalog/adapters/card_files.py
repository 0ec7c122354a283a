"""Reads the YAML files that authorities publish from: every fault is named, and none stops the other files."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from panjareh_catalog.adapters.card_schema import AuthoritiesSchema, CardSchema, shape_faults
from panjareh_catalog.domain.authority import Authority
from panjareh_catalog.domain.card import faults_of
from panjareh_catalog.domain.values import Card, Fault

_AUTHORITIES_FILE = "authorities.yaml"
_ENDINGS = {".yaml", ".yml"}


@dataclass(frozen=True)
class Content:
    """What one file brings: authorities, or one identity card, or nothing but faults."""

    file: Path
    authorities: tuple[Authority, ...] = ()
    card: Card | None = None
    faults: tuple[Fault, ...] = ()


def gather(paths: Iterable[Path]) -> list[Path]:
    """The files to read, each once: a folder stands for its YAML files.

    An `authorities.yaml` beside a folder of services is taken with it, because the services'
    authorities must be known first.
    """
    found: dict[Path, None] = {}
    for path in paths:
        if not path.is_dir():
            found[path] = None
            continue
        beside = path.resolve().parent / _AUTHORITIES_FILE
        if beside.is_file():
            found[beside] = None
        inside = (file for file in path.iterdir() if file.suffix in _ENDINGS)
        found |= dict.fromkeys(sorted(inside))
    return list(found)


def read_all(files: Iterable[Path]) -> list[Content]:
    """Reads every file; a service that stands in two of them is a fault of the later one."""
    contents: list[Content] = []
    first: dict[str, Path] = {}
    for file in files:
        content = read(file)
        if content.card is not None:
            code = content.card["code"]
            if code in first:
                detail = f"The service {code} stands in {first[code].name} already."
                content = Content(file, faults=(Fault("/code", detail),))
            first.setdefault(code, file)
        contents.append(content)
    return contents


def read(file: Path) -> Content:
    """Reads and checks one file completely."""
    try:
        content = yaml.load(file.read_text(encoding="utf-8"), _Loader)  # noqa: S506  # a SafeLoader
        _check_plain(content)
    except (OSError, ValueError, TypeError, yaml.YAMLError) as cause:
        # The parser's message has several lines and ends with the place.
        detail = " ".join(str(cause).split())
        return Content(file, faults=(Fault("", f"This file cannot be read: {detail}"),))
    if not isinstance(content, dict):
        detail = "Write a mapping: an identity card, or a list under `authorities`."
        return Content(file, faults=(Fault("", detail),))
    if "authorities" in content:
        return _authorities(file, content)
    faults = shape_faults(CardSchema(), content) or faults_of(content)
    return Content(file, faults=tuple(faults)) if faults else Content(file, card=content)


def _authorities(file: Path, content: Mapping[str, Any]) -> Content:
    faults = shape_faults(AuthoritiesSchema(), content)
    if faults:
        return Content(file, faults=tuple(faults))
    rows = content["authorities"]
    codes = [row["code"] for row in rows]
    twice = [
        Fault(f"/authorities/{place}/code", f"The authority {code} is listed twice.")
        for place, code in enumerate(codes)
        if code in codes[:place]
    ]
    if twice:
        return Content(file, faults=tuple(twice))
    return Content(
        file,
        authorities=tuple(Authority(row["code"], row["name"], row.get("parent")) for row in rows),
    )


def _check_plain(content: Any) -> None:
    """What is published travels as JSON. Raises TypeError or ValueError, for a date or a NaN."""
    json.dumps(content, allow_nan=False)


class _Loader(yaml.SafeLoader):
    """Refuses a key that is written twice, of which YAML would quietly keep the last."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        keys: set[Any] = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)
            if not isinstance(key, str):
                raise yaml.constructor.ConstructorError(
                    None, None, f"write the key {key!r} in quotes", key_node.start_mark
                )
            if key in keys:
                raise yaml.constructor.ConstructorError(
                    None, None, f"the key {key} is there twice", key_node.start_mark
                )
            keys.add(key)
        return super().construct_mapping(node, deep)
