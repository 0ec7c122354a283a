"""Cursors: opaque, complete, and anything that is not ours is told as a fault of the caller."""

import base64
import json
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from panjareh_common.clock import from_wire
from panjareh_common.paging import from_cursor, page, to_cursor, whole
from panjareh_common.refusals import InvalidInput


def encoded(value) -> str:
    text = value if isinstance(value, str) else json.dumps(value)
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def test_a_cursor_gives_back_the_key_it_was_made_of():
    key = ("2026-03-21T08:00:00.000000Z", str(uuid4()))

    assert from_cursor(to_cursor(*key), from_wire, UUID) == (from_wire(key[0]), UUID(key[1]))


def test_the_first_page_has_no_cursor():
    assert from_cursor(None, str) is None


@pytest.mark.parametrize(
    "cursor",
    [
        "",
        "!",
        "page-2",
        "۱۲۳",
        encoded("{"),
        encoded({"a": 1}),
        encoded("a"),
        encoded([]),
        encoded(["one"]),
        encoded(["2026-03-21T08:00:00Z", "x", "y"]),
        encoded(["2026-03-21T08:00:00", str(uuid4())]),
        encoded(["2026-03-21T08:00:00Z", "not an id"]),
        encoded([1, 2]),
        encoded([None, None]),
        encoded(["a\0b", "c"]),
        encoded(["a\ud800", "c"]),
        encoded(["0001-01-01T00:00:00+14:00", str(uuid4())]),
        encoded("[" * 5000),
        base64.urlsafe_b64encode(b"\xff\xfe").decode(),
    ],
)
def test_a_cursor_that_is_not_ours_is_a_fault_of_the_caller(cursor):
    with pytest.raises(InvalidInput) as refused:
        from_cursor(cursor, from_wire, UUID)

    assert [point["pointer"] for point in refused.value.errors] == ["/after"]


@given(st.text(max_size=60))
def test_no_text_gets_past_as_a_cursor_by_accident(text):
    with pytest.raises(InvalidInput):
        from_cursor(text, from_wire, UUID)


def test_a_page_tells_where_the_next_one_begins():
    rows = [{"id": str(number)} for number in range(3)]

    first = page(rows, 2, lambda row: (row["id"],))
    last = page(rows[2:], 2, lambda row: (row["id"],))

    assert first["items"] == rows[:2]
    assert from_cursor(first["next"], str) == ("1",)
    assert last == {"items": rows[2:], "next": None}


def test_half_a_surrogate_pair_is_no_text_of_ours():
    with pytest.raises(InvalidInput):
        from_cursor(encoded(["\ud800"]), str)


@pytest.mark.parametrize("number", [2**63, -(2**63) - 1, 10**30])
def test_a_number_that_no_column_holds_is_a_fault_of_the_caller(number):
    assert from_cursor(encoded([str(2**63 - 1)]), whole) == (2**63 - 1,)

    with pytest.raises(InvalidInput):
        from_cursor(encoded([str(number)]), whole)
