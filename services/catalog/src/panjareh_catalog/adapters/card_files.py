"""The files that authorities publish from: what each brings, with the line of every place in it, and what is wrong.

YAML holds one card, or `authorities`, or `life_events`; JSON the same; a table (CSV) holds a card a row. The
pictures, sounds and films that cards name lie in `media/`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from panjareh_catalog.adapters.card_csv import read_table
from panjareh_catalog.adapters.card_schema import (
    AuthoritiesSchema,
    LifeEventsSchema,
    shape_faults,
)
from panjareh_catalog.adapters.media_formats import clean
from panjareh_catalog.adapters.strict_json import read_json
from panjareh_catalog.adapters.yaml_files import Read, read_yaml
from panjareh_catalog.application.bulk import Incoming, Source
from panjareh_catalog.application.media import TOO_LARGE
from panjareh_catalog.domain.authority import AuthorityEntry
from panjareh_catalog.domain.checks.texts import text_faults
from panjareh_catalog.domain.life_event import LifeEvent
from panjareh_catalog.domain.values import Fault

LARGEST = 1024 * 1024  # bytes of one file; the largest card that we ship has a hundredth of it
_BESIDE = ("life_events.yaml", "authorities.yaml")
_ENDINGS = {".yaml", ".yml", ".csv"}
_MEDIA_ENDINGS = {".png", ".jpg", ".jpeg", ".webp", ".mp3", ".m4a", ".mp4"}


def gather(paths: Iterable[Path]) -> list[Path]:
    """The files to read, each once: a folder stands for its YAML files and tables, and the files of its `media/`.

    `life_events.yaml` and `authorities.yaml` beside a folder of services are taken with it, because what
    services name must be known.
    """
    found: dict[Path, None] = {}
    for path in paths:
        if not path.is_dir():
            found[path] = None
            continue
        beside = (path.resolve().parent / name for name in _BESIDE)
        found |= dict.fromkeys(file for file in beside if file.is_file())
        inside = (file for file in path.iterdir() if file.suffix.lower() in _ENDINGS)
        found |= dict.fromkeys(sorted(inside))
        media = (path / "media").glob("*")
        found |= dict.fromkeys(sorted(file for file in media if _is_medium(file)))
    return list(found)


def read_files(files: Iterable[Path]) -> list[Incoming]:
    return [part for file in files for part in read_file(file)]


def read_file(file: Path) -> list[Incoming]:
    """What one file brings; nothing but a fault where it cannot be read."""
    try:
        with file.open("rb") as opened:
            body = opened.read(LARGEST + 1)
    except OSError as cause:
        said = cause.strerror or str(cause)
        return [_nothing(str(file), Fault("", "This file cannot be read: {said}.", {"said": said}))]
    if _is_medium(file):
        return [_medium(str(file), body)]
    return read_body(str(file), body)


def _is_medium(file: Path) -> bool:
    return file.suffix.lower() in _MEDIA_ENDINGS


def _medium(name: str, body: bytes) -> Incoming:
    medium = clean(body) if len(body) <= LARGEST else TOO_LARGE
    if isinstance(medium, str):
        return _nothing(name, Fault("", medium))
    return Incoming(Source(name), medium=medium)


def read_body(name: str, body: bytes) -> list[Incoming]:
    """As `read_file`, of content that came with a name."""
    if len(body) > LARGEST:
        message = "This is larger than {most} bytes. Divide it into several files."
        return [_nothing(name, Fault("", message, {"most": LARGEST}))]
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as cause:
        line = body[: cause.start].count(b"\n") + 1
        return [_nothing(name, Fault("", "This is not UTF-8. Save the file as UTF-8."), line)]
    if name.lower().endswith(".csv"):
        return [_row(name, row.line, row.card, row.faults) for row in read_table(text)]
    if name.lower().endswith(".json"):
        return [_part(name, _read_json(text))]
    return [_part(name, read_yaml(text))]


def _read_json(text: str) -> Read:
    try:
        return Read(read_json(text), {})
    except (ValueError, RecursionError) as cause:
        line = getattr(cause, "lineno", 1)
        return Read(
            None, {"": line}, (Fault("", "This is no JSON: {said}.", {"said": str(cause)}),)
        )


def _nothing(name: str, fault: Fault, line: int | None = None) -> Incoming:
    return Incoming(Source(name, line), faults=(fault,))


def _row(name: str, line: int, card: Mapping[str, Any] | None, faults: list[Fault]) -> Incoming:
    return Incoming(Source(name, line), card=card, faults=tuple(faults))


def _part(name: str, read: Read) -> Incoming:
    source = Source(name, read.lines.get("", 1), read.lines)
    content = read.content
    if read.faults:
        return Incoming(source, faults=read.faults)
    if not isinstance(content, dict):
        message = (
            "Write a mapping: an identity card, or a list under `authorities` or `life_events`."
        )
        return Incoming(source, faults=(Fault("", message),))
    if "authorities" in content:
        return _authorities(source, content)
    if "life_events" in content and "code" not in content:
        return _life_events(source, content)
    return Incoming(source, card=content)


def _authorities(source: Source, content: Mapping[str, Any]) -> Incoming:
    if faults := _list_faults(AuthoritiesSchema(), content, "authorities"):
        return Incoming(source, faults=tuple(faults))
    return Incoming(source, authorities=tuple(map(_entry, content["authorities"])))


def _life_events(source: Source, content: Mapping[str, Any]) -> Incoming:
    if faults := _list_faults(LifeEventsSchema(), content, "life_events"):
        return Incoming(source, faults=tuple(faults))
    return Incoming(source, life_events=tuple(LifeEvent(**row) for row in content["life_events"]))


def _list_faults(schema: Any, content: Mapping[str, Any], name: str) -> list[Fault]:
    faults = [*shape_faults(schema, content), *text_faults(content)]
    return faults or list(_twice([row["code"] for row in content[name]], name))


def _twice(codes: list[str], name: str) -> Iterator[Fault]:
    for place, code in enumerate(codes):
        if code in codes[:place]:
            yield Fault(f"/{name}/{place}/code", "The code {code} is listed twice.", {"code": code})


def _entry(row: Mapping[str, Any]) -> AuthorityEntry:
    lists = {name: tuple(row[name]) for name in ("hosts", "rest_days") if name in row}
    return AuthorityEntry(**{**row, **lists})
