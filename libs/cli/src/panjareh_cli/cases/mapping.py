"""Which column of an authority's log says what: read from YAML and checked whole on loading."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, fields
from importlib import resources
from pathlib import Path
from typing import Any

import yaml

CHANNELS = frozenset({"web", "mobile", "counter", "post", "email", "phone", "internal"})
TIME_FORMATS = frozenset({"iso8601-with-zone"})
DELIMITERS: Mapping[str, str | None] = {
    "auto": None,
    "comma": ",",
    "semicolon": ";",
    "tab": "\t",
}
#: The word of ``channels`` that stands for a row, or a log, that names no channel.
OTHERWISE = "otherwise"

_REQUIRED_COLUMNS = ("case", "activity", "time")
_KEYS = {
    "source",
    "service_code",
    "files",
    "delimiter",
    "time_format",
    "columns",
    "channels",
    "meaningless",
}


class MappingUnusable(Exception):
    """The mapping cannot be used; every fault found is told at once."""

    def __init__(self, name: str, faults: list[str]) -> None:
        self.name = name
        self.faults = tuple(faults)
        super().__init__(f"The mapping {name} cannot be used: " + "; ".join(faults) + ".")


class MappingUnknown(Exception):
    """No mapping is shipped under this name, and no file lies there."""


@dataclass(frozen=True)
class Columns:
    """The names of the columns in the file; None where the log does not say."""

    case: str
    activity: str
    time: str
    officer: str | None
    unit: str | None
    channel: str | None
    department: str | None
    responsible: str | None
    start: str | None
    planned_end: str | None
    end: str | None
    instance: str | None

    def named(self) -> tuple[str, ...]:
        every = (getattr(self, field.name) for field in fields(self))
        return tuple(name for name in every if name is not None)


@dataclass(frozen=True)
class LogMapping:
    name: str
    source: str
    service_code: str
    files: tuple[str, ...]
    delimiter: str | None
    columns: Columns
    channels: Mapping[str, str]
    channel_otherwise: str | None
    meaningless: frozenset[str]


class _StrictLoader(yaml.SafeLoader):
    """YAML keeps the last of two equal keys without a word; here the second is an error."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        seen: set[object] = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)
            if not isinstance(key, Hashable):
                continue  # refused by the call below, with its place in the file
            if key in seen:
                raise yaml.constructor.ConstructorError(
                    None, None, f"the key {key!r} stands twice", key_node.start_mark
                )
            seen.add(key)
        return super().construct_mapping(node, deep)


def load(text: str, name: str) -> LogMapping:
    """The mapping in this YAML text, or MappingUnusable with everything that is wrong in it."""
    try:
        body = yaml.load(text, Loader=_StrictLoader)  # noqa: S506 - a SafeLoader, only stricter
    except yaml.YAMLError as error:
        raise MappingUnusable(name, [f"it is not readable YAML ({_on_one_line(error)})"]) from error
    if not isinstance(body, dict):
        raise MappingUnusable(name, ["it is not a table of keys and values"])
    return _Check(name, body).mapping()


def shipped() -> tuple[LogMapping, ...]:
    """Every mapping that comes with the command."""
    folder = resources.files(__package__).joinpath("mappings")
    found = [
        load(entry.read_text(encoding="utf-8"), entry.name.removesuffix(".yaml"))
        for entry in folder.iterdir()
        if entry.name.endswith(".yaml")
    ]
    return tuple(sorted(found, key=lambda mapping: mapping.name))


def find(name_or_file: str) -> LogMapping:
    """A shipped mapping by its name, otherwise the mapping in that file."""
    for mapping in shipped():
        if mapping.name == name_or_file:
            return mapping
    path = Path(name_or_file)
    if not path.is_file():
        raise MappingUnknown(
            f"There is no mapping {name_or_file}: neither a file nor one of those that come "
            f"with the command ({_names(shipped())})."
        )
    try:
        return load(path.read_text(encoding="utf-8-sig"), path.name)
    except UnicodeDecodeError as error:
        raise MappingUnusable(path.name, ["it is not UTF-8"]) from error


def for_log(path: Path) -> LogMapping:
    """The shipped mapping whose ``files`` name this log."""
    stem = path.name
    for ending in (".gz", ".csv", ".xes"):
        stem = stem.removesuffix(ending)
    for mapping in shipped():
        if stem in mapping.files:
            return mapping
    raise MappingUnknown(
        f"No mapping is known for {path.name}. Say which one reads it with --mapping: one of "
        f"those that come with the command ({_names(shipped())}) or a file of your own."
    )


def _names(mappings: tuple[LogMapping, ...]) -> str:
    return ", ".join(mapping.name for mapping in mappings)


def _on_one_line(error: Exception) -> str:
    return " ".join(str(error).split())


class _Check:
    """Reads one mapping and gathers all its faults, so that one edit can mend them all."""

    def __init__(self, name: str, body: dict[Any, Any]) -> None:
        self._name = name
        self._body = body
        self._faults: list[str] = []

    def mapping(self) -> LogMapping:
        self._keys(self._body, _KEYS, "")
        columns = self._columns()
        channels = self._channels()
        otherwise = channels.pop(OTHERWISE, None)
        if columns and columns.channel is None and otherwise is None:
            self._faults.append(
                "columns.channel is null, so channels.otherwise must say the channel of every case"
            )
        if columns and columns.channel is not None and not channels:
            self._faults.append("channels names no word of the channel column")
        source = self._text("source")
        service_code = self._text("service_code")
        files = self._texts("files")
        meaningless = self._texts("meaningless")
        delimiter = self._one_of("delimiter", DELIMITERS)
        self._one_of("time_format", TIME_FORMATS)
        if self._faults or columns is None:
            raise MappingUnusable(self._name, self._faults)
        return LogMapping(
            name=self._name,
            source=source,
            service_code=service_code,
            files=files,
            delimiter=DELIMITERS[delimiter],
            columns=columns,
            channels=channels,
            channel_otherwise=otherwise,
            meaningless=frozenset(meaningless),
        )

    def _keys(self, table: dict[Any, Any], known: set[str], prefix: str) -> None:
        given = set(table)
        self._faults += [f"{prefix}{key} is missing" for key in sorted(known - given)]
        self._faults += [f"{prefix}{key} is not known" for key in sorted(map(str, given - known))]

    def _columns(self) -> Columns | None:
        table = self._table("columns")
        if table is None:
            return None
        known = {field.name for field in fields(Columns)}
        before = len(self._faults)
        self._keys(table, known, "columns.")
        for key in sorted(known & set(table)):
            value = table[key]
            if value is None and key in _REQUIRED_COLUMNS:
                self._faults.append(f"columns.{key} must name a column")
            elif value is not None and not _is_text(value):
                self._faults.append(f"columns.{key} must be the name of a column or null")
        if len(self._faults) > before:
            return None
        columns = Columns(**table)
        named = columns.named()
        for name in sorted({name for name in named if named.count(name) > 1}):
            self._faults.append(f"the column {name} is named for two things")
        return columns

    def _channels(self) -> dict[str, str]:
        table = self._table("channels")
        channels: dict[str, str] = {}
        for word, channel in (table or {}).items():
            if not _is_text(word):
                self._faults.append(f"channels.{word} must be a text; put the word in quotes")
            elif not isinstance(channel, str) or channel not in CHANNELS:
                self._faults.append(
                    f"channels.{word} must be one of {', '.join(sorted(CHANNELS))}, not {channel}"
                )
            else:
                channels[word] = channel
        return channels

    def _table(self, key: str) -> dict[Any, Any] | None:
        value = self._body.get(key)
        if isinstance(value, dict):
            return value
        if key in self._body:
            self._faults.append(f"{key} must be a table of keys and values")
        return None

    def _text(self, key: str) -> str:
        value = self._body.get(key)
        if _is_text(value):
            return str(value)
        if key in self._body:
            self._faults.append(f"{key} must be a text")
        return ""

    def _texts(self, key: str) -> tuple[str, ...]:
        value = self._body.get(key)
        if isinstance(value, list) and all(_is_text(item) for item in value):
            return tuple(value)
        if key in self._body:
            self._faults.append(f"{key} must be a list of texts")
        return ()

    def _one_of(self, key: str, known: Mapping[str, str | None] | frozenset[str]) -> str:
        value = self._body.get(key)
        if isinstance(value, str) and value in known:
            return value
        if key in self._body:
            self._faults.append(f"{key} must be one of {', '.join(sorted(known))}, not {value}")
        return ""


def _is_text(value: object) -> bool:
    return isinstance(value, str) and value.strip() != ""
