"""Cases go into a file page by page; what stops the export takes nothing from it, and it goes on to the same file."""

from __future__ import annotations

import itertools
import json
import tracemalloc
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import pytest
from tests.unit.cli.platform_of_pages import AWAY, FORBIDDEN, Pages, asked_here, brought_in

from panjareh_cli.cases import exporter as module
from panjareh_cli.cases import log as logs
from panjareh_cli.cases import mapping as mappings
from panjareh_cli.cases.exporter import CannotExport, Exporter, Interrupted
from panjareh_cli.cases.sample import make_sample

SAMPLE = Path(make_sample.__file__).parent / "permits-sample.csv"
NS = "{http://www.xes-standard.org/}"


def in_parts(case: dict[str, Any], *sizes: int) -> list[dict[str, Any]]:
    """One case as several pages tell it."""
    bounds = [0, *itertools.accumulate(sizes), len(case["events"])]
    return [
        case | {"events": case["events"][a:b], "goes_on": b < len(case["events"])}
        for a, b in itertools.pairwise(bounds)
    ]


def cases() -> list[dict[str, Any]]:
    odd = asked_here(2)
    odd["events"][0]["attributes"] = {"because": 'a "quote" & <sign>\x0b\ud800 و فارسی'}
    return [asked_here(1), odd, *in_parts(asked_here(3), 2, 1), asked_here(4)]


def export(
    path: Path, pages: Pages, kind: str, wanted: dict[str, str] | None = None
) -> module.Counts:
    return Exporter(pages, wanted or {}, path, kind, pause=lambda _: False).run()  # type: ignore[arg-type]


def traces(path: Path) -> dict[str, list[str]]:
    """Activities by case, as an XML reader that knows nothing of us finds them."""
    root = ET.parse(path).getroot()
    assert root.tag == f"{NS}log"

    def value(of: ET.Element, key: str) -> str:
        found = [one.get("value") for one in of if one.get("key") == key]
        assert len(found) == 1
        return str(found[0])

    return {
        value(trace, "concept:name"): [
            value(event, "concept:name") for event in trace.iter(f"{NS}event")
        ]
        for trace in root.iter(f"{NS}trace")
    }


@pytest.mark.parametrize("size", [1, 2, 50])
def test_xes_holds_every_case_once_and_whole(tmp_path: Path, size: int) -> None:
    counts = export(tmp_path / "log.xes", Pages(cases(), size), "xes")

    found = traces(tmp_path / "log.xes")
    assert sorted(found) == [f"{number:012d}" for number in (1, 2, 3, 4)]
    assert found["000000000003"] == [e["activity"] for e in asked_here(3)["events"]]
    assert (counts.cases, counts.events) == (4, 20)
    assert [left.name for left in tmp_path.iterdir()] == ["log.xes"]


def test_what_xml_cannot_hold_is_marked_and_the_rest_kept(tmp_path: Path) -> None:
    export(tmp_path / "log.xes", Pages(cases()), "xes")

    text = {
        e.get("value") for e in ET.parse(tmp_path / "log.xes").iter() if e.get("key") == "because"
    }
    assert text == {'a "quote" & <sign>\ufffd\ufffd و فارسی'}


@pytest.mark.parametrize("size", [1, 2, 50])
def test_ocel_holds_every_object_and_event_once(tmp_path: Path, size: int) -> None:
    export(tmp_path / "log.json", Pages(cases(), size), "ocel")

    log = json.loads((tmp_path / "log.json").read_text("utf-8"))
    objects, events = log["objects"], log["events"]
    assert len({one["id"] for one in objects}) == len(objects)
    assert len({one["id"] for one in events}) == len(events) == 20
    kinds = [one["type"] for one in objects]
    assert [kinds.count(k) for k in ("request", "document", "inquiry", "service")] == [4, 4, 4, 1]
    known = {one["id"] for one in objects}
    assert {r["objectId"] for one in events for r in one["relationships"]} <= known
    assert {one["type"] for one in events} == {one["name"] for one in log["eventTypes"]}
    declared = {one["name"]: {a["name"] for a in one["attributes"]} for one in log["eventTypes"]}
    assert all({a["name"] for a in one["attributes"]} <= declared[one["type"]] for one in events)
    assert set(kinds) <= {one["name"] for one in log["objectTypes"]}
    assert [left.name for left in tmp_path.iterdir()] == ["log.json"]


@pytest.mark.parametrize("kind", ["xes", "ocel"])
def test_nothing_to_export_is_an_empty_log(tmp_path: Path, kind: str) -> None:
    assert export(tmp_path / "log", Pages([]), kind).cases == 0

    if kind == "xes":
        assert traces(tmp_path / "log") == {}
    else:
        assert json.loads((tmp_path / "log").read_text())["events"] == []


@pytest.mark.parametrize("kind", ["xes", "ocel"])
@pytest.mark.parametrize("after", range(4))
def test_an_export_that_was_stopped_goes_on_to_the_same_file(
    tmp_path: Path, kind: str, after: int
) -> None:
    export(tmp_path / "whole", Pages(cases()), kind)
    pages = Pages(cases())
    pages.faults = [*[None] * after, FORBIDDEN]
    path = tmp_path / "stopped"

    if after < 3:
        with pytest.raises(Interrupted, match="not yours"):
            export(path, pages, kind)
        assert not path.exists()
        for torn in (".part", ".part.objects"):  # what a killed run had begun to write
            if (rest := path.with_name(path.name + torn)).exists():
                rest.write_bytes(rest.read_bytes() + b"<torn")
    export(path, pages, kind)

    assert path.read_bytes() == (tmp_path / "whole").read_bytes()
    assert [query.get("after") for query in pages.asked].count("4") == (2 if after == 2 else 1)


def test_the_end_of_the_slice_stays_where_it_was_when_the_export_goes_on(tmp_path: Path) -> None:
    pages = Pages(cases())
    pages.faults = [None, FORBIDDEN]
    with pytest.raises(Interrupted):
        export(tmp_path / "log", pages, "xes")

    export(tmp_path / "log", pages, "xes")

    assert len({query["submitted_until"] for query in pages.asked}) == 1


def test_a_fault_that_passes_is_not_told(tmp_path: Path) -> None:
    pages = Pages(cases())
    pages.faults = [AWAY, None, AWAY, AWAY]

    assert export(tmp_path / "log", pages, "xes").cases == 4


def test_a_platform_that_stays_away_stops_the_export(tmp_path: Path) -> None:
    pages = Pages(cases())
    pages.faults = [AWAY] * 8

    with pytest.raises(Interrupted, match="Nothing answers"):
        export(tmp_path / "log", pages, "xes")


def test_a_file_that_is_there_is_not_written_over(tmp_path: Path) -> None:
    (tmp_path / "log").write_text("ours")

    with pytest.raises(CannotExport, match="exists"):
        export(tmp_path / "log", Pages(cases()), "xes")

    assert (tmp_path / "log").read_text() == "ours"


@pytest.mark.parametrize("spoil", ["other slice", "note", "short", "spool"])
def test_a_part_that_does_not_belong_here_is_refused(tmp_path: Path, spoil: str) -> None:
    pages = Pages(cases())
    pages.faults = [None, FORBIDDEN]
    path, wanted = tmp_path / "log", {"service_code": "DRV-002"}
    with pytest.raises(Interrupted):
        export(path, pages, "ocel", wanted)
    if spoil == "other slice":
        wanted = {"service_code": "MUN-010"}
    elif spoil == "note":
        (tmp_path / "log.part.json").write_text("{")
    else:
        (tmp_path / ("log.part" if spoil == "short" else "log.part.objects")).write_text("")

    with pytest.raises(CannotExport, match="foreign"):
        export(path, pages, "ocel", wanted)


def test_what_came_in_goes_out_with_its_names_and_times(tmp_path: Path) -> None:
    log = logs.read(SAMPLE, mappings.for_log(SAMPLE))

    counts = export(tmp_path / "log.xes", Pages([brought_in(c) for c in log.cases], 50), "xes")

    assert (counts.cases, counts.events, counts.sources) == (
        len(log.cases),
        log.events,
        ("permits",),
    )
    assert traces(tmp_path / "log.xes") == {
        case["case"]: [step["step"] for step in case["steps"]] for case in log.cases
    }


@pytest.mark.parametrize("kind", ["xes", "ocel"])
def test_memory_stays_flat(tmp_path: Path, kind: str) -> None:
    class Endless(Pages):
        def get(self, path: str, **query: str) -> dict[str, Any]:
            begin = int(query.get("after", "0"))
            items = [asked_here(begin + n) for n in range(50)]
            return {"items": items, "next": str(begin + 50) if begin < self.size else None}

    def peak(cases_in_all: int) -> int:
        tracemalloc.start()
        export(tmp_path / f"{kind}{cases_in_all}", Endless([], cases_in_all), kind)
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return most

    peak(100)  # whatever is made once
    assert peak(4_000) < peak(400) * 1.5
