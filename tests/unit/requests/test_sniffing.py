"""The type of a file is what its bytes say."""

import pytest

from panjareh_requests.adapters.sniffing import sniff
from panjareh_requests.domain.file import TYPES

JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00" + bytes(100)
EXIF = b"\xff\xd8\xff\xe1\x00\x18Exif\x00\x00MM\x00*" + bytes(100)
PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + bytes(100)
PDF = b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n1 0 obj\n"


@pytest.mark.parametrize(
    ("head", "type_"),
    [
        (JPEG, "image/jpeg"),
        (EXIF, "image/jpeg"),
        (PNG, "image/png"),
        (PDF, "application/pdf"),
        (b"%PDF-2.0\n" + bytes(300_000), "application/pdf"),
    ],
)
def test_what_forms_take_is_known(head, type_):
    assert sniff(head) == type_


@pytest.mark.parametrize(
    "head",
    [
        b"",
        b"x",
        b"MZ" + bytes(200),
        b"\x7fELF\x02\x01\x01" + bytes(200),
        b"PK\x03\x04" + bytes(200),
        b"GIF89a" + bytes(20),
        b"<svg xmlns='http://www.w3.org/2000/svg'><script>1</script></svg>",
        b"<!DOCTYPE html><html></html>",
        b"#!/bin/sh\nrm -rf /\n",
        b"hello %PDF-1.4",
        bytes(100),
        b"RIFF\x00\x00\x00\x00WEBPVP8 " + bytes(20),
    ],
)
def test_nothing_else_is_taken_for_it(head):
    assert sniff(head) not in TYPES
