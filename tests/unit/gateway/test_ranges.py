"""A part of a picture or sound, for those who ask for a part (RFC 9110, section 14)."""

import base64

import pytest

from panjareh_gateway import parts
from panjareh_gateway.api.catalog_media import MEDIA

CONTENT = bytes(range(100))
FIRST = {
    "base64": base64.b64encode(CONTENT).decode(),
    "media_type": "audio/mpeg",
    "etag": "abc",
    "cache": "immutable",
}


def answer(wanted):
    return parts.answer(MEDIA[0], FIRST, None, known="", language="fa", wanted=wanted)


@pytest.mark.parametrize(
    ("wanted", "expected", "said"),
    [
        ("bytes=0-1", CONTENT[:2], "bytes 0-1/100"),
        ("bytes=90-", CONTENT[90:], "bytes 90-99/100"),
        ("bytes=90-5000", CONTENT[90:], "bytes 90-99/100"),
        ("bytes=-10", CONTENT[90:], "bytes 90-99/100"),
        ("bytes=-500", CONTENT, "bytes 0-99/100"),
    ],
)
def test_a_range_is_answered_with_that_range(wanted, expected, said):
    found = answer(wanted)

    assert (found.status_code, found.body) == (206, expected)
    assert found.headers["content-range"] == said
    assert found.headers["content-type"] == "audio/mpeg"


@pytest.mark.parametrize("wanted", ["", "bytes=-", "bytes=0-1,5-6", "lines=1-2", "bytes=x-1"])
def test_what_is_no_single_range_is_answered_whole(wanted):
    found = answer(wanted)

    assert (found.status_code, found.body) == (200, CONTENT)
    assert found.headers["accept-ranges"] == "bytes"


@pytest.mark.parametrize("wanted", ["bytes=100-", "bytes=7-3", "bytes=-0"])
def test_a_range_outside_is_said_to_be_outside(wanted):
    found = answer(wanted)

    assert (found.status_code, found.body) == (416, b"")
    assert found.headers["content-range"] == "bytes */100"
