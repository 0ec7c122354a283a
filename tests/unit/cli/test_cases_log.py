"""The reader takes over every good row and says precisely what is wrong with the others."""

import csv
import gzip
import io
import os
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from panjareh_cli.cases import log as logs
from panjareh_cli.cases import mapping as mappings
from panjareh_cli.cases.sample import make_sample

MAPPING = mappings.find("permits-sample")
COLUMNS = list(make_sample.COLUMNS)
SAMPLE = Path(make_sample.__file__).parent


def a_row(**changes: str) -> list[str]:
    row = {
        "case:channel": "Internet",
        "case:concept:name": "plan-1",
        "case:startdate": "2024-05-01 09:00:00+03:30",
        "concept:instance": "act-1",
        "concept:name": "Register plan",
        "org:group": "Front office",
        "org:resource": "Officer-A",
        "time:timestamp": "2024-05-02 09:00:00+03:30",
    }
    names = {
        "channel": "case:channel",
        "case": "case:concept:name",
        "start": "case:startdate",
        "end": "case:enddate",
        "planned": "case:enddate_planned",
        "instance": "concept:instance",
        "activity": "concept:name",
        "unit": "org:group",
        "officer": "org:resource",
        "time": "time:timestamp",
        "note": "case:group",
    }
    row |= {names[key]: value for key, value in changes.items()}
    return [row.get(column, "") for column in COLUMNS]


def as_csv(*rows: list[str], delimiter: str = ",", ending: str = "\n") -> bytes:
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter, lineterminator=ending).writerows([COLUMNS, *rows])
    return text.getvalue().encode()


def read(content: bytes, folder: Path, mapping=MAPPING) -> logs.Log:
    path = folder / "some.csv"
    path.write_bytes(content)
    return logs.read(path, mapping)


def told(log: logs.Log) -> list[tuple[int, str | None, str]]:
    return [(problem.line, problem.column, problem.text) for problem in log.problems]


# What a good log gives


def test_a_case_is_given_in_the_words_of_the_platform(tmp_path):
    row = a_row(planned="2024-06-01T00:00:00Z", unit="EMPTY", end="2024-05-03 00:00+00:00")

    log = read(as_csv(row), tmp_path)

    assert log.problems == ()
    assert log.cases == (
        {
            "case": "plan-1",
            "channel": "web",
            "department": None,
            "responsible": None,
            "started_at": "2024-05-01T05:30:00Z",
            "planned_end_at": "2024-06-01T00:00:00Z",
            "ended_at": "2024-05-03T00:00:00Z",
            "steps": [
                {
                    "step": "Register plan",
                    "officer": "Officer-A",
                    "unit": None,
                    "completed_at": "2024-05-02T05:30:00Z",
                    "instance": "act-1",
                }
            ],
        },
    )


def test_steps_stand_by_their_time_and_equal_times_as_in_the_file(tmp_path):
    late = a_row(instance="c", time="2024-05-09 09:00:00+03:30")
    same_moment = a_row(instance="b", time="2024-05-02 05:30:00+00:00")

    log = read(as_csv(late, a_row(instance="a"), same_moment), tmp_path)

    assert [step["instance"] for step in log.cases[0]["steps"]] == ["a", "b", "c"]


def test_an_end_that_only_a_later_row_knows_closes_the_case(tmp_path):
    rows = a_row(), a_row(instance="act-2", end="2024-05-03 00:00+00:00")

    assert read(as_csv(*rows), tmp_path).cases[0]["ended_at"] == "2024-05-03T00:00:00Z"


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("ending", ["\n", "\r\n"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_delimiter_line_ending_byte_order_mark_and_packing_do_not_matter(
    tmp_path, delimiter, ending, mark, pack
):
    rows = a_row(activity='Ask, or "beg";\nthen wait'), a_row(instance="act-2")

    log = read(pack(mark + as_csv(*rows, delimiter=delimiter, ending=ending)), tmp_path)

    assert log.problems == ()
    assert log.events == 2


def test_a_log_without_start_channel_or_numbers_of_steps_can_be_read(tmp_path):
    content = (
        b"case:concept:name,concept:name,org:resource,time:timestamp\n"
        b"F1,Pay,,2024-05-03 00:00:00+00:00\n"
        b"F1,Create,7,2024-05-01 00:00:00+00:00\n"
        b"F1,Pay,,2024-05-03 00:00:00+00:00\n"
    )

    (case,) = read(content, tmp_path, mappings.find("traffic-fines")).cases

    assert (case["channel"], case["started_at"]) == ("internal", "2024-05-01T00:00:00Z")
    assert [step["instance"] for step in case["steps"]] == [
        "Create 2024-05-01T00:00:00Z 7",
        "Pay 2024-05-03T00:00:00Z",
        "Pay 2024-05-03T00:00:00Z #2",
    ]


@given(data=st.data())
def test_rows_of_different_cases_may_be_mixed_in_any_way(tmp_path_factory, data):
    by_case: dict[str, list[list[str]]] = {}
    place = COLUMNS.index("case:concept:name")
    for row in make_sample.rows()[:40]:
        cells = [row[column] for column in COLUMNS]
        by_case.setdefault(cells[place], []).append(cells)
    turns = [name for name, rows in by_case.items() for _ in rows]
    folder = tmp_path_factory.mktemp("mixed", numbered=True)
    straight = read(as_csv(*(row for rows in by_case.values() for row in rows)), folder)

    left = {name: list(rows) for name, rows in by_case.items()}
    mixed = [left[name].pop(0) for name in data.draw(st.permutations(turns))]
    log = read(as_csv(*mixed), folder)

    assert log.problems == ()
    assert {case["case"]: case for case in log.cases} == {
        case["case"]: case for case in straight.cases
    }


@given(
    name=st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=30).filter(
        lambda text: text.strip() not in {"", "EMPTY"}
    )
)
def test_any_text_may_name_a_case(tmp_path_factory, name):
    log = read(as_csv(a_row(case=name)), tmp_path_factory.mktemp("named", numbered=True))

    assert [case["case"] for case in log.cases] == [name.strip()]


# What a bad row costs: itself, and nothing else


@pytest.mark.parametrize(
    ("changes", "column", "text"),
    [
        ({"case": ""}, "case:concept:name", "names no case"),
        ({"activity": " "}, "concept:name", "names no activity"),
        ({"time": ""}, "time:timestamp", "lacks this time"),
        ({"time": "yesterday"}, "time:timestamp", "cannot be read as ISO 8601"),
        ({"time": "2024-13-01T00:00:00Z"}, "time:timestamp", "cannot be read as ISO 8601"),
        ({"time": "2024-05-02 09:00:00"}, "time:timestamp", "lacks its zone"),
        ({"time": "2024-05-02"}, "time:timestamp", "lacks its zone"),
        ({"time": "0001-01-01T00:00:00+05:00"}, "time:timestamp", "cannot be read"),
        ({"start": "never"}, "case:startdate", "cannot be read"),
        ({"end": "2024-05-02 09:00:00"}, "case:enddate", "lacks its zone"),
        ({"planned": "soon"}, "case:enddate_planned", "cannot be read"),
        ({"channel": "Pigeon"}, "case:channel", "'Pigeon' is not in the mapping"),
        ({"channel": ""}, "case:channel", "names no channel"),
        ({"channel": "Desk"}, "case:channel", "where line 2 says web"),
        ({"instance": "act-1"}, "concept:instance", "stands already in line 2"),
        ({"officer": "a\x00b"}, "org:resource", "NUL"),
    ],
)
def test_a_bad_row_is_told_with_its_place_and_the_rest_goes_in(tmp_path, changes, column, text):
    bad = a_row(**{"instance": "act-2"} | changes)

    log = read(as_csv(a_row(), bad, a_row(instance="act-3")), tmp_path)

    assert [(line, where) for line, where, _ in told(log)] == [(3, column)]
    assert text in log.problems[0].text
    assert log.rows == 3
    assert [step["instance"] for step in log.cases[0]["steps"]] == ["act-1", "act-3"]


def test_a_row_that_is_not_utf8_is_told_and_its_neighbours_go_in(tmp_path):
    good = as_csv(a_row(), a_row(instance="act-2", officer="Zoe"), a_row(instance="act-3"))

    log = read(good.replace(b"Zoe", b"Zo\xeb"), tmp_path)

    assert [(line, "not UTF-8" in text) for line, _, text in told(log)] == [(3, True)]
    assert log.events == 2


@pytest.mark.parametrize("cut", [slice(0, -1), slice(0, 3)])
def test_a_row_with_too_few_columns_is_told(tmp_path, cut):
    log = read(as_csv(a_row(), a_row(instance="act-2")[cut], a_row(instance="act-3")), tmp_path)

    assert told(log) == [
        (3, None, f"the row has {len(COLUMNS[cut])} columns where the heading has {len(COLUMNS)}")
    ]
    assert log.events == 2


def test_lines_are_counted_as_an_editor_counts_them(tmp_path):
    long = a_row(activity="three\nlines\nlong")
    bad = a_row(instance="act-2", time="never")

    log = read(as_csv(long, bad), tmp_path)

    assert [line for line, _, _ in told(log)] == [5]


def test_empty_lines_say_nothing_and_still_count(tmp_path):
    content = as_csv(a_row(), a_row(instance="act-2", time="never"))

    log = read(content.replace(b"\nInternet", b"\n\n\nInternet"), tmp_path)

    assert log.rows == 2
    assert [line for line, _, _ in told(log)] == [7]


def test_a_quote_never_closed_costs_its_row_alone(tmp_path):
    rows = [a_row(instance=f"act-{number}") for number in range(1, 6)]
    content = as_csv(*rows).replace(b",act-2,", b',"act-2,')

    log = read(content, tmp_path)

    assert [(line, text) for line, _, text in told(log)] == [
        (3, "a quote is opened and not closed before the file ends")
    ]
    assert [step["instance"] for step in log.cases[0]["steps"]] == [
        "act-1",
        "act-3",
        "act-4",
        "act-5",
    ]


def test_a_quote_never_closed_in_a_long_file_costs_its_row_alone(tmp_path):
    rows = [a_row(instance=f"act-{number}") for number in range(1, 400)]
    content = as_csv(*rows).replace(b",act-2,", b',"act-2,')

    log = read(content, tmp_path)

    assert [line for line, _, _ in told(log)] == [3]
    assert log.events == 398


def test_a_stray_quote_closed_by_a_later_one_swallows_no_good_row(tmp_path):
    rows = [a_row(instance=f"act-{number}") for number in range(1, 5)]
    rows[3] = a_row(instance="act-4", note="a, b")
    content = as_csv(*rows).replace(b",act-2,", b',"act-2,')

    log = read(content, tmp_path)

    assert [line for line, _, _ in told(log)] == [3]
    assert [step["instance"] for step in log.cases[0]["steps"]] == ["act-1", "act-3", "act-4"]


def test_a_line_without_end_is_told_and_does_not_fill_the_memory(tmp_path):
    content = as_csv(
        a_row(), a_row(instance="act-2", note="x" * (3 << 20)), a_row(instance="act-3")
    )

    log = read(content, tmp_path)

    assert [(line, "1 MiB" in text) for line, _, text in told(log)] == [(3, True)]
    assert log.events == 2


def test_a_case_of_which_no_row_can_be_read_is_told_as_a_case(tmp_path):
    lost = [a_row(case="plan-2", instance=f"x{n}", start="never") for n in range(2)]

    log = read(as_csv(a_row(), *lost), tmp_path)

    assert [case["case"] for case in log.cases] == ["plan-1"]
    assert [line for line, _, _ in told(log)] == [3, 3, 4]
    assert any("the case plan-2 is left out" in text for _, _, text in told(log))


def test_a_case_that_is_readable_in_one_row_is_not_lost(tmp_path):
    rows = a_row(start="never"), a_row(instance="act-2")

    log = read(as_csv(*rows), tmp_path)

    assert [line for line, _, _ in told(log)] == [2]
    assert log.events == 1


def test_a_packed_log_that_breaks_off_gives_what_was_read_and_says_so(tmp_path):
    rows = [a_row(instance=f"{os.urandom(8).hex()}") for _ in range(2000)]

    log = read(gzip.compress(as_csv(*rows))[:-4000], tmp_path)

    assert 0 < log.events < 2000
    assert any("damaged after this line" in text for _, _, text in told(log))


# What is no log at all


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (b"", "is empty"),
        (b"a,b\n1,2\n", "lacks the columns case:concept:name"),
        (as_csv().decode().encode("utf-16"), "is UTF-16"),
        (as_csv().replace(b"case:deadline", b"case:channel"), "twice"),
        (b'"case\n', "heading of some.csv cannot be read"),
        (gzip.compress(as_csv())[:8], "is empty"),
    ],
)
def test_a_file_that_is_no_log_is_refused_as_a_whole(tmp_path, content, text):
    with pytest.raises(logs.LogUnreadable, match=text):
        read(content, tmp_path)


# The logs that are there: the sample always, real ones where they lie


def real_logs() -> list[Path]:
    root = Path(__file__).resolve().parents[3]
    folder = Path(os.environ.get("PANJAREH_CASES_DIR") or root.parent / "shared" / "data")
    names = ("permit-receipts.csv", "traffic-fines.csv")
    return [folder / name for name in names if (folder / name).is_file()]


EXPECTED = {
    "permits-sample.csv": (40, 234),
    "permit-receipts.csv": (726, 4424),
    "traffic-fines.csv": (100, 390),
}
LOGS = [SAMPLE / "permits-sample.csv", *real_logs()]


@pytest.mark.parametrize("path", LOGS, ids=lambda path: path.name)
def test_a_whole_log_goes_in_without_a_problem(path):
    mapping = mappings.for_log(path)
    log = logs.read(path, mapping)

    assert log.problems == ()
    assert (len(log.cases), log.events) == EXPECTED[path.name]
    assert log.rows == log.events


@pytest.mark.parametrize("path", LOGS, ids=lambda path: path.name)
def test_cases_channels_and_ends_agree_with_a_plain_count_of_the_file(path):
    mapping = mappings.for_log(path)
    channel, end = mapping.columns.channel, mapping.columns.end
    with path.open(encoding="utf-8", newline="") as file:
        rows = {row["case:concept:name"]: row for row in csv.DictReader(file)}

    log = logs.read(path, mapping)

    assert Counter(case["channel"] for case in log.cases) == Counter(
        mapping.channels[row[channel]] if channel else mapping.channel_otherwise
        for row in rows.values()
    )
    assert sum(case["ended_at"] is not None for case in log.cases) == sum(
        bool(end and row[end]) for row in rows.values()
    )


@pytest.mark.parametrize("path", LOGS, ids=lambda path: path.name)
def test_no_step_of_a_case_bears_the_number_of_another(path):
    for case in logs.read(path, mappings.for_log(path)).cases:
        instances = [step["instance"] for step in case["steps"]]
        assert len(set(instances)) == len(instances)


def test_the_sample_is_what_its_script_makes():
    made = make_sample.files()

    assert {name: (SAMPLE / name).read_bytes() for name in made} == made


def test_the_sample_shows_every_channel_and_cases_of_both_states():
    cases = logs.read(SAMPLE / "permits-sample.csv", MAPPING).cases

    assert {case["channel"] for case in cases} == set(MAPPING.channels.values())
    assert {case["ended_at"] is None for case in cases} == {True, False}


def test_the_faulty_sample_has_five_bad_rows_and_loses_nothing_else():
    log = logs.read(SAMPLE / "permits-sample-with-faults.csv", MAPPING)

    assert [(problem.line, problem.column) for problem in log.problems] == [
        (5, "case:concept:name"),
        (10, "time:timestamp"),
        (15, "time:timestamp"),
        (20, "case:channel"),
        (25, None),
    ]
    assert log.events == 24
