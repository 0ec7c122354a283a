"""Cases as an object-centric event log in OCEL 2.0 (JSON), written as they come.

Objects are requests, their documents and inquiries, and services, officers and units. Events are written at
once, and the objects of a case beside them; of the others, which are few beside cases, each is kept until the end.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, BinaryIO

from panjareh_cli.cases.xes import name_of

_HEAD = b'{"events": [\n'
_NEVER = "1970-01-01T00:00:00Z"  # when an attribute that does not change began to be so
_REQUEST = {
    "name": "string",
    "reference": "string",
    "source": "string",
    "channel": "string",
    "department": "string",
    "responsible": "string",
    "status": "string",
    "outcome": "string",
    "started_at": "time",
    "planned_end_at": "time",
    "ended_at": "time",
}
_OTHERS = ("service", "officer", "unit", "document", "inquiry")
_KIND = "{kind}:{name}"  # a unit may be called as an officer is
_OF_EVENT = ("role", "channel", "instance")
# An attribute of an event that names an object: its type, and in which part it takes.
_OBJECTS = {"document_number": ("document", "issued"), "inquiry_id": ("inquiry", "asked")}


class SpoolDamaged(Exception):
    """The file of objects is shorter than it was."""


class OcelWriter:
    """Writes events into an open file, and objects of cases into a second one that is joined to it at the end."""

    def __init__(self, spool: Path, memory: Mapping[str, Any] | None = None) -> None:
        """Raises SpoolDamaged."""
        known = memory or {}
        self._spool = spool
        self._spooled: int = known.get("spooled", 0)
        self._events: bool = known.get("events", False)
        self._going_on: bool = known.get("going_on", False)
        self._of_case: list[str] = list(known.get("of_case", []))
        self._others: dict[str, str] = dict(known.get("others", {}))
        self._types: dict[str, list[str]] = {k: list(v) for k, v in known.get("types", {}).items()}
        self._beside = spool.open("ab")
        if self._beside.tell() < self._spooled:
            raise SpoolDamaged(str(spool))
        self._beside.truncate(self._spooled)

    def memory(self) -> dict[str, Any]:
        """What another writer needs to go on in the same files; what is beside is on the disk then."""
        self._beside.flush()
        os.fsync(self._beside.fileno())
        return {
            "spooled": self._spooled,
            "events": self._events,
            "going_on": self._going_on,
            "of_case": self._of_case,
            "others": self._others,
            "types": self._types,
        }

    def begin(self, file: BinaryIO) -> None:
        file.write(_HEAD)

    def take(self, file: BinaryIO, case: Mapping[str, Any]) -> None:
        """A case, or the next part of the one that goes on."""
        if not self._going_on:
            self._add_request(case)
        self._going_on = bool(case["goes_on"])
        for event in case["events"]:
            file.write((b",\n" if self._events else b"") + _json(self._event(case, event)))
            self._events = True

    def end(self, file: BinaryIO) -> None:
        self._beside.close()
        file.write(b'\n],\n"objects": [\n')
        with self._spool.open("rb") as spooled:
            shutil.copyfileobj(spooled, file)
        others = [_object(name, kind) for name, kind in self._others.items()]
        between = b",\n" if self._spooled and others else b""
        file.write(between + b",\n".join(_json(one) for one in others))
        kinds = [{"name": "request", "attributes": _declared(_REQUEST)}]
        kinds += [{"name": kind, "attributes": []} for kind in _OTHERS]
        types = [
            {"name": name, "attributes": _declared(dict.fromkeys(attributes, "string"))}
            for name, attributes in sorted(self._types.items())
        ]
        file.write(b'\n],\n"objectTypes": ' + _json(kinds))
        file.write(b',\n"eventTypes": ' + _json(types) + b"}\n")

    def _add_request(self, case: Mapping[str, Any]) -> None:
        told = dict(case) | {"name": name_of(case)}
        request = _object(str(case["request_id"]), "request")
        request["attributes"] = [
            {"name": name, "time": _NEVER, "value": told[name]}
            for name in _REQUEST
            if told.get(name) is not None
        ]
        service = self._other("service", str(case["service_code"]))
        request["relationships"] = [{"objectId": service, "qualifier": "asks for"}]
        self._of_case = []
        self._write_beside(request)

    def _write_beside(self, one: Mapping[str, Any]) -> None:
        text = (b",\n" if self._spooled else b"") + _json(one)
        self._beside.write(text)
        self._spooled += len(text)

    def _event(self, case: Mapping[str, Any], event: Mapping[str, Any]) -> dict[str, Any]:
        values = {name: event[name] for name in _OF_EVENT if event.get(name) is not None}
        values |= event["attributes"]
        known = self._types.setdefault(event["activity"], [])
        known += [name for name in values if name not in known]
        return {
            "id": f"{case['request_id']}/{event['version']}",
            "type": event["activity"],
            "time": event["at"],
            "attributes": [{"name": name, "value": value} for name, value in values.items()],
            "relationships": [
                {"objectId": str(case["request_id"]), "qualifier": "case"},
                *self._related(event),
            ],
        }

    def _related(self, event: Mapping[str, Any]) -> Iterator[dict[str, str]]:
        for name, qualifier in (("officer", "done by"), ("unit", "done in")):
            if event.get(name) is not None:
                yield {"objectId": self._other(name, event[name]), "qualifier": qualifier}
        for name, (kind, qualifier) in _OBJECTS.items():
            if name in event["attributes"]:
                found = self._part_of_case(kind, event["attributes"][name])
                yield {"objectId": found, "qualifier": qualifier}

    def _other(self, kind: str, name: str) -> str:
        object_id = _KIND.format(kind=kind, name=name)
        self._others.setdefault(object_id, kind)
        return object_id

    def _part_of_case(self, kind: str, name: str) -> str:
        object_id = _KIND.format(kind=kind, name=name)
        if object_id not in self._of_case:
            self._of_case.append(object_id)
            self._write_beside(_object(object_id, kind))
        return object_id


def _object(name: str, kind: str) -> dict[str, Any]:
    return {"id": name, "type": kind, "attributes": [], "relationships": []}


def _declared(attributes: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"name": name, "type": kind} for name, kind in attributes.items()]


def _json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode("utf-8", "replace")
