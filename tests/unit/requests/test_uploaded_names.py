"""What a sender says of a file: its name is told without folders and without tricks, and nothing else is believed."""

import base64

import pytest

from panjareh_requests.http.refusals import Unreadable
from panjareh_requests.http.uploading import name_in


def said(name, key="filename"):
    return f"{key} {base64.b64encode(name.encode()).decode()}"


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("plan.pdf", "plan.pdf"),
        ("نقشهٔ خانه\u200cها.pdf", "نقشهٔ خانه\u200cها.pdf"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\me\\photo.png", "photo.png"),
        ("photo\u202egnp.exe", "photognp.exe"),
        ("a\r\nSet-Cookie: x", "aSet-Cookie: x"),
        ("zero\0.png", "zero.png"),
        ("  ", None),
        ("", None),
        ("/", None),
        ("x" * 500, "x" * 200),
    ],
)
def test_a_name_is_told_as_it_is_shown(name, told):
    assert name_in(said(name)) == told


def test_a_file_needs_no_name():
    assert name_in("") is None
    assert name_in("is_private") is None
    assert name_in(said("b.png", "name")) == "b.png"
    assert name_in(f"{said('b.png', 'name')},{said('a.png')}") == "a.png"


@pytest.mark.parametrize(
    "metadata",
    [
        "filename %%%",
        "filename /w==",  # no UTF-8
        f"{said('a')},{said('b')}",
        "فارسی YQ==",
        "x" * 4097,
    ],
)
def test_what_cannot_be_read_is_refused(metadata):
    with pytest.raises(Unreadable):
        name_in(metadata)
