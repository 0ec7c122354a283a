"""Times on the wire: UTC, RFC 3339, and never without a zone."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from marshmallow import Schema, ValidationError

from panjareh_common.clock import from_wire, to_wire, utc_now
from panjareh_common.refusals import InvalidInput
from panjareh_common.schemas import Timestamp, load

TEHRAN = timezone(timedelta(hours=3, minutes=30))
ZONES = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))


class At(Schema):
    at = Timestamp(required=True)


def test_the_same_moment_is_always_the_same_text():
    here = datetime(2026, 3, 21, 11, 30, tzinfo=TEHRAN)

    assert to_wire(here) == to_wire(here.astimezone(UTC)) == "2026-03-21T08:00:00.000000Z"


@given(st.datetimes(datetime(1000, 1, 1), datetime(9000, 1, 1), timezones=ZONES))
def test_a_moment_comes_back_as_it_went(at):
    assert from_wire(to_wire(at)) == at
    assert from_wire(to_wire(at)).tzinfo is UTC
    assert At().load({"at": At().dump({"at": at})["at"]}) == {"at": at}


@pytest.mark.parametrize("text", ["2026-03-21T08:00:00", "2026-03-21", "soon", ""])
def test_a_time_without_its_zone_is_none(text):
    with pytest.raises(ValueError):
        from_wire(text)


@pytest.mark.parametrize(
    "value", ["2026-03-21T08:00:00", "soon", 5, None, [], "0001-01-01T00:00:00+14:00", "\0"]
)
def test_what_is_no_time_is_refused_at_the_door(value):
    with pytest.raises(ValidationError):
        At().load({"at": value})


def test_the_field_at_fault_is_pointed_at():
    with pytest.raises(InvalidInput) as refused:
        load(At(), {"at": "soon", "colour": 1})

    assert {point["pointer"] for point in refused.value.errors} == {"/at", "/colour"}


def test_an_empty_time_stays_empty():
    assert At().dump({"at": None}) == {"at": None}


def test_now_has_its_zone():
    assert utc_now().tzinfo is UTC
