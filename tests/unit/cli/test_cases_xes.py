"""A log in XES is read as the same log in CSV is, by the same mapping; what is wrong in it is told with its line."""

from __future__ import annotations

import csv
import dataclasses
import gzip
from pathlib import Path
from xml.sax.saxutils import quoteattr

import pytest
from tests.unit.cli.platform_of_pages import Pages, brought_in

from panjareh_cli.cases import log as logs
from panjareh_cli.cases import mapping as mappings
from panjareh_cli.cases.exporter import Exporter
from panjareh_cli.cases.folder import cases_folder
from panjareh_cli.cases.sample import make_sample

MAPPING = mappings.find("permits-sample")
SAMPLE = Path(make_sample.__file__).parent / "permits-sample.csv"
LOGS = [
    SAMPLE,
    *(
        path
        for name in ("permit-receipts.csv", "traffic-fines.csv")
        if (path := cases_folder() / name).is_file()
    ),
]
TRACE = """<trace>
<string key="concept:name" value="plan-1"/>
<string key="channel" value="Internet"/>
<date key="startdate" value="2024-05-01T09:00:00.000+03:30"/>
"""


def event(name: str = "Register plan", number: int = 1, more: str = "") -> str:
    return f"""<event>
<string key="concept:name" value={quoteattr(name)}/>
<string key="concept:instance" value="act-{number}"/>
<string key="org:resource" value="Officer-A"/>
<date key="time:timestamp" value="2024-05-02T09:00:00.000+03:30"/>
{more}</event>
"""


def a_log(*traces: str, head: str = "") -> bytes:
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n{head}<log>\n{"".join(traces)}</log>\n'.encode()
    )


def read(content: bytes, folder: Path, mapping: mappings.LogMapping = MAPPING) -> logs.Log:
    path = folder / "some.xes"
    path.write_bytes(content)
    return logs.read(path, mapping)


def told(log: logs.Log) -> list[tuple[int, str | None, str]]:
    optional = "nothing in the log has it"
    return [(p.line, p.column, p.text) for p in log.problems if optional not in p.text]


def as_xes(path: Path, mapping: mappings.LogMapping) -> bytes:
    """A CSV log as XES: columns `case:…` become attributes of traces."""
    text = path.read_text("utf-8-sig")
    rows = list(csv.DictReader(text.splitlines(keepends=True), delimiter=mapping.delimiter or ","))
    traces: dict[str, list[dict[str, str]]] = {}
    for row in rows:
        traces.setdefault(row[mapping.columns.case], []).append(row)

    def attributes(row: dict[str, str], of_trace: bool) -> str:
        return "".join(
            f"<string key={quoteattr(key.removeprefix('case:'))} value={quoteattr(value)}/>\n"
            for key, value in row.items()
            if key.startswith("case:") == of_trace and value
        )

    return a_log(
        *(
            f"<trace>{attributes(of_case[0] | _last(of_case), True)}"
            + "".join(f"<event>{attributes(row, False)}</event>\n" for row in of_case)
            + "</trace>\n"
            for of_case in traces.values()
        )
    )


def _last(rows: list[dict[str, str]]) -> dict[str, str]:
    """What later rows know of their case, such as its end."""
    return {key: value for row in rows for key, value in row.items() if value}


@pytest.mark.parametrize("source", LOGS, ids=lambda path: path.stem)
@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_a_log_in_xes_is_the_log_in_csv(tmp_path: Path, source: Path, pack: type) -> None:
    mapping = mappings.for_log(source)
    in_csv = logs.read(source, mapping)

    in_xes = read(pack(as_xes(source, mapping)), tmp_path, mapping)

    assert told(in_xes) == []
    assert (in_xes.rows, in_xes.events) == (in_csv.rows, in_csv.events)
    by_case = {case["case"]: case for case in in_csv.cases}
    assert {case["case"]: case for case in in_xes.cases} == by_case


def test_what_we_export_can_be_brought_in_again(tmp_path: Path) -> None:
    log = logs.read(SAMPLE, MAPPING)
    path = tmp_path / "log.xes"
    Exporter(Pages([brought_in(c) for c in log.cases], 50), {}, path, "xes").run()  # type: ignore[arg-type]
    ours = dataclasses.replace(MAPPING, channels={c: c for c in mappings.CHANNELS})

    again = logs.read(path, ours)

    assert told(again) == []
    assert again.cases == log.cases


def test_attributes_of_attributes_lists_and_prefixes_do_not_disturb(tmp_path: Path) -> None:
    more = (
        '<list key="x"><string key="concept:name" value="inner"/></list>'
        '<string key="y" value="1"><string key="org:resource" value="inner"/></string>'
    )
    content = a_log(TRACE, event(more=more), "</trace>")

    log = read(content.replace(b"<log>", b'<log xmlns="http://www.xes-standard.org/">'), tmp_path)

    assert [(s["step"], s["officer"]) for s in log.cases[0]["steps"]] == [
        ("Register plan", "Officer-A")
    ]


def test_what_a_trace_says_after_its_events_counts(tmp_path: Path) -> None:
    end = '<date key="enddate" value="2024-05-03T00:00:00Z"/></trace>'

    assert read(a_log(TRACE, event(), end), tmp_path).cases[0]["ended_at"] == "2024-05-03T00:00:00Z"


def test_events_that_complete_nothing_are_left_out_and_counted(tmp_path: Path) -> None:
    start = event("Begin", 2, '<string key="lifecycle:transition" value="start"/>\n')
    done = event("Done", 3, '<string key="lifecycle:transition" value="COMPLETE"/>\n')

    log = read(a_log(TRACE, start, start, done, "</trace>"), tmp_path)

    assert [step["step"] for step in log.cases[0]["steps"]] == ["Done"]
    ((line, _, text),) = told(log)
    assert (line, text[:32]) == (7, "2 events are start and not compl")


def test_a_bad_event_is_told_with_its_line_and_the_others_go_in(tmp_path: Path) -> None:
    bad = event(number=2).replace("+03:30", "")

    log = read(a_log(TRACE, event(), bad, "</trace>"), tmp_path)

    assert len(log.cases[0]["steps"]) == 1
    ((line, column, text),) = told(log)
    assert (line, column) == (13, "time:timestamp")
    assert "lacks its zone" in text


def test_an_event_outside_of_every_trace_names_no_case(tmp_path: Path) -> None:
    assert [text for _, _, text in told(read(a_log(event()), tmp_path))] == [
        "the row names no case"
    ]


def test_a_log_that_breaks_off_gives_its_whole_traces(tmp_path: Path) -> None:
    second = TRACE.replace("plan-1", "plan-2") + event(number=2)
    content = a_log(TRACE, event(), "</trace>", second).replace(b"</log>\n", b"")

    log = read(content, tmp_path)
    packed = read(gzip.compress(content * 200, mtime=0)[:-30], tmp_path)

    assert [case["case"] for case in log.cases] == ["plan-1"]
    assert "read no further" in told(log)[0][2]
    assert "read no further" in told(packed)[0][2]


def test_a_name_that_nothing_bears_is_told(tmp_path: Path) -> None:
    columns = dataclasses.replace(MAPPING.columns, officer="org:resorce")

    log = read(
        a_log(TRACE, event(), "</trace>"), tmp_path, dataclasses.replace(MAPPING, columns=columns)
    )

    assert "org:resorce" in [problem.column for problem in log.problems]
    assert len(log.cases) == 1


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (
            b'<!DOCTYPE log [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;">]><log>&b;</log>',
            "declares a document type",
        ),
        (b'<!DOCTYPE log SYSTEM "file:///etc/passwd"><log/>', "declares a document type"),
        (b"<html><body/></html>", "its first element is html"),
        (b"<", "it is no XML"),
    ],
)
def test_what_is_no_log_is_refused_as_a_whole(tmp_path: Path, content: bytes, why: str) -> None:
    with pytest.raises(logs.LogUnreadable, match=why):
        read(content, tmp_path)


def test_a_mapping_is_found_by_the_name_of_an_xes_file() -> None:
    assert mappings.for_log(Path("permit-receipts.xes.gz")).name == "permit-receipts"
