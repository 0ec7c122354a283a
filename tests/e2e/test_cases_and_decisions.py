"""Operators and authorities look back: decisions are decided again, and cases go out as they came in."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from collections import Counter
from datetime import datetime
from pathlib import Path

import pytest

from panjareh_cli.cases import log as logs
from panjareh_cli.cases import mapping as mappings
from panjareh_cli.cases.sample import make_sample
from panjareh_cli.local.platform import Platform
from tests.e2e.test_command_line import REAL, answer, panjareh
from tests.mined_by_pm4py import PYTHON, read_xes
from tests.people import Person, internet_form, somebody

SAMPLE = Path(make_sample.__file__).parent / "permits-sample.csv"
NS = "{http://www.xes-standard.org/}"


def decided(platform: Platform, decile: int) -> Person:
    person = Person(platform, somebody(decile=decile)).arrive()
    request_id = person.submit("INET-001", internet_form(person.about))["request_id"]
    person.wait_for(request_id, "decided")
    return person


def test_everything_that_rules_decided_comes_out_again(platform: Platform) -> None:
    decided(platform, 1)
    decided(platform, 9)

    told = answer(panjareh(platform, "verify", "decisions", "--json"))

    assert (told["fits"], told["findings"]) == (True, [])
    assert told["replayed"] >= 2
    assert "بایت به بایت" in panjareh(platform, "--lang", "fa", "verify", "decisions").stdout


@pytest.mark.parametrize(
    "log", [SAMPLE, *([REAL] if REAL.is_file() else [])], ids=lambda log: log.stem
)
def test_cases_go_out_as_they_came_in(platform: Platform, log: Path, tmp_path: Path) -> None:
    mapping = mappings.for_log(log)
    answer(panjareh(platform, "import-cases", str(log.resolve()), "--json"))
    read = logs.read(log, mapping)
    came_in = Counter(
        (case["case"], step["step"], datetime.fromisoformat(step["completed_at"]))
        for case in read.cases
        for step in case["steps"]
    )
    xes, ocel = tmp_path / "log.xes", tmp_path / "log.json"
    asked = ["export-cases", "--service", mapping.service_code, "--origin", "imported", "--json"]

    told = answer(panjareh(platform, *asked, "--output", str(xes)))
    answer(panjareh(platform, *asked, "--format", "ocel", "--output", str(ocel)))

    assert came_in == _told_of(xes, mapping.source)
    events = json.loads(ocel.read_text("utf-8"))["events"]
    assert len(events) == told["events"]
    if PYTHON:
        mined = Counter(
            (case, step, datetime.fromisoformat(at)) for case, step, at in read_xes(xes)
        )
        assert came_in <= mined
        assert mined.total() == told["events"]


def _told_of(xes: Path, source: str) -> Counter[tuple[str, str, datetime]]:
    """Case, activity and time of every event that came from one log."""

    def value(of: ET.Element, key: str) -> str:
        return next(str(one.get("value")) for one in of if one.get("key") == key)

    return Counter(
        (
            value(trace, "concept:name"),
            value(event, "concept:name"),
            datetime.fromisoformat(value(event, "time:timestamp")),
        )
        for trace in ET.parse(xes).iter(f"{NS}trace")
        if value(trace, "source") == source
        for event in trace.iter(f"{NS}event")
    )
