"""Integration events travel as CloudEvents 1.0 and arrive as they left."""

import json
from datetime import UTC, datetime
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from panjareh_common.messaging import Message

AT = datetime(2026, 3, 21, 8, 0, tzinfo=UTC)


def a_message(**changes):
    stream = uuid4()
    known = {
        "id": f"{stream}:7",
        "source": "requests",
        "type": "request_decided.v1",
        "subject": str(stream),
        "time": AT,
        "sequence": 7,
        "data": {"outcome": "granted", "نام": "پنجره"},
    }
    return Message(**known | changes)


@pytest.mark.parametrize("traceparent", [None, f"00-{'a' * 32}-{'b' * 16}-01"])
def test_a_message_arrives_as_it_left(traceparent):
    message = a_message(traceparent=traceparent)

    assert Message.from_body(message.to_body()) == message


@given(
    st.dictionaries(st.text(), st.integers() | st.text() | st.none() | st.booleans()),
    st.integers(1, 2**31),
)
def test_any_plain_data_arrives_as_it_left(data, sequence):
    message = a_message(data=data, sequence=sequence)

    assert Message.from_body(message.to_body()) == message


def test_it_is_a_cloud_event():
    body = json.loads(a_message().to_body())

    assert body["specversion"] == "1.0"
    assert body["time"] == "2026-03-21T08:00:00.000000Z"
    assert body["datacontenttype"] == "application/json"
    assert body["dataschema"] == "urn:panjareh:event:request_decided.v1"
    assert body["sequence"] == "0000000007", "so that texts sort as the numbers do"
    assert {"id", "source", "type", "subject", "data"} <= set(body)
    assert "traceparent" not in body


def test_fields_that_we_do_not_know_are_let_be():
    body = json.loads(a_message().to_body()) | {"partitionkey": "9", "extra": {"a": 1}}

    assert Message.from_body(json.dumps(body).encode()).type == "request_decided.v1"


@pytest.mark.parametrize("data", [{"at": AT}, {"ids": {uuid4()}}, {"raw": b"bytes"}])
def test_data_that_is_not_plain_json_is_found_before_it_is_sent(data):
    with pytest.raises(TypeError):
        a_message(data=data).to_body()


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"\xff", b"{}", json.dumps({"id": "1"}).encode()],
)
def test_what_is_no_event_of_ours_is_told(body):
    with pytest.raises((ValueError, KeyError)):
        Message.from_body(body)
