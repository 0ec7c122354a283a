"""Cases as an event log in XES (IEEE 1849-2016, second revision 2.0), written as they come.

An imported case keeps its own name and its authority's words; one that was asked for here is called by its
reference, and its activities by the kinds of its events.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, BinaryIO
from xml.sax.saxutils import quoteattr

HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<log xes.version="2.0" xes.features="" xmlns="http://www.xes-standard.org/">
  <extension name="Concept" prefix="concept" uri="http://www.xes-standard.org/concept.xesext"/>
  <extension name="Time" prefix="time" uri="http://www.xes-standard.org/time.xesext"/>
  <extension name="Lifecycle" prefix="lifecycle" uri="http://www.xes-standard.org/lifecycle.xesext"/>
  <extension name="Organizational" prefix="org" uri="http://www.xes-standard.org/org.xesext"/>
  <extension name="Identity" prefix="identity" uri="http://www.xes-standard.org/identity.xesext"/>
  <global scope="trace">
    <string key="concept:name" value=""/>
  </global>
  <global scope="event">
    <string key="concept:name" value=""/>
    <date key="time:timestamp" value="1970-01-01T00:00:00Z"/>
    <string key="lifecycle:transition" value="complete"/>
  </global>
  <classifier name="Activity" keys="concept:name"/>
  <string key="lifecycle:model" value="standard"/>
"""
TAIL = "</log>\n"

# What XML 1.0 cannot hold, in any form of writing (section 2.2).
_NO_XML = re.compile(r"[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\U00010000-\U0010FFFF]")
# Of a case: the attribute, its type, and what it is called in the log. Named as the logs that come in name them.
_OF_CASE = (
    ("request_id", "id", "identity:id"),
    ("reference", "string", "reference"),
    ("service_code", "string", "service_code"),
    ("service_version", "int", "service_version"),
    ("source", "string", "source"),
    ("channel", "string", "channel"),
    ("department", "string", "department"),
    ("responsible", "string", "responsible"),
    ("status", "string", "status"),
    ("outcome", "string", "outcome"),
    ("started_at", "date", "startdate"),
    ("planned_end_at", "date", "enddate_planned"),
    ("ended_at", "date", "enddate"),
)
_OF_EVENT = (
    ("activity", "string", "concept:name"),
    ("instance", "string", "concept:instance"),
    ("at", "date", "time:timestamp"),
    ("officer", "string", "org:resource"),
    ("unit", "string", "org:group"),
    ("role", "string", "org:role"),
    ("channel", "string", "channel"),
)


def name_of(case: Mapping[str, Any]) -> str:
    """What a case is called in a log: as in the log it came from, or by its reference."""
    return str(case["case"] or case["reference"])


class XesWriter:
    """Writes traces into an open file. Nothing of them is kept."""

    def __init__(self, memory: Mapping[str, Any] | None = None) -> None:
        self.open_trace = bool(memory and memory["open_trace"])

    def memory(self) -> dict[str, Any]:
        """What another writer needs to go on in the same file."""
        return {"open_trace": self.open_trace}

    def begin(self, file: BinaryIO) -> None:
        file.write(HEAD.encode())

    def take(self, file: BinaryIO, case: Mapping[str, Any]) -> None:
        """A case, or the next part of the one that goes on."""
        lines: list[str] = []
        if not self.open_trace:
            lines.append("  <trace>")
            lines.append(_attribute("    ", "string", "concept:name", name_of(case)))
            lines += _attributes("    ", case, _OF_CASE)
        for event in case["events"]:
            lines.append("    <event>")
            lines += _attributes("      ", event, _OF_EVENT)
            lines.append(_attribute("      ", "string", "lifecycle:transition", "complete"))
            lines += [
                _attribute("      ", "string", name, value)
                for name, value in sorted(event["attributes"].items())
            ]
            lines.append("    </event>")
        self.open_trace = bool(case["goes_on"])
        if not self.open_trace:
            lines.append("  </trace>")
        file.write(("\n".join(lines) + "\n").encode() if lines else b"")

    def end(self, file: BinaryIO) -> None:
        file.write(TAIL.encode())


def _attributes(
    indent: str, source: Mapping[str, Any], known: tuple[tuple[str, str, str], ...]
) -> Iterator[str]:
    for name, kind, key in known:
        if source.get(name) is not None:
            yield _attribute(indent, kind, key, str(source[name]))


def _attribute(indent: str, kind: str, key: str, value: str) -> str:
    return (
        f"{indent}<{kind} key={quoteattr(key)} value={quoteattr(_NO_XML.sub(chr(0xFFFD), value))}/>"
    )
