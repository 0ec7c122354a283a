"""Pictures, sounds and films come out with what they show and play, and without where, when and by whom (C2)."""

import struct
import zlib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from panjareh_catalog.adapters.media_formats import UnfitMedium, clean, cleaned
from panjareh_common.texts import catalogue

SAMPLES = {
    file.name: file.read_bytes() for file in (Path(__file__).parent / "media_samples").iterdir()
}
TYPES = {
    "photo.jpg": ("image", "image/jpeg"),
    "drawing.png": ("image", "image/png"),
    "photo.webp": ("image", "image/webp"),
    "voice.mp3": ("audio", "audio/mpeg"),
    "voice.m4a": ("audio", "audio/mp4"),
    "film.mp4": ("video", "video/mp4"),
}


@pytest.mark.parametrize("name", TYPES)
def test_a_file_is_told_by_its_bytes_and_freed_of_secrets(name):
    content = SAMPLES[name]
    assert b"SECRET" in content or b"35" in content

    found = cleaned(content)

    assert (found.kind, found.type) == TYPES[name]
    assert b"SECRET" not in found.content
    assert cleaned(found.content).content == found.content, "and stays as it is from then on"


def test_a_photo_still_knows_which_way_is_up_and_nothing_else():
    found = cleaned(SAMPLES["photo.jpg"]).content

    [exif] = [segment for marker, segment in segments(found) if marker == 0xE1]
    assert exif.startswith(b"Exif\0\0MM")
    assert struct.unpack_from(">HHHLH", exif, 14) == (1, 0x0112, 3, 1, 6)
    assert b"GPS" not in exif
    assert len(exif) == 6 + 26


def segments(jpeg):
    at = 2
    while jpeg[at + 1] != 0xDA:
        (length,) = struct.unpack_from(">H", jpeg, at + 2)
        yield jpeg[at + 1], jpeg[at + 4 : at + 2 + length]
        at += 2 + length


@pytest.mark.parametrize("name", ["photo.jpg", "drawing.png", "photo.webp", "voice.mp3"])
def test_what_hangs_behind_the_end_is_left_out(name):
    bare = cleaned(SAMPLES[name]).content

    assert cleaned(SAMPLES[name] + b"<script>SECRET</script>").content == bare


def test_the_times_and_places_of_a_film_are_blank():
    found = cleaned(SAMPLES["film.mp4"]).content

    assert len(found) == len(SAMPLES["film.mp4"]), "places in the file stay true"
    at = found.index(b"mvhd") + 4
    assert found[at + 4 : at + 12] == bytes(8)
    assert b"\xa9xyz" not in found


def box(name, *content):
    body = b"".join(content)
    return struct.pack(">L4s", 8 + len(body), name) + body


def film(handler):
    hdlr = box(b"hdlr", bytes(8), handler, bytes(12), b"name\0")
    return box(b"ftyp", b"isom") + box(b"moov", box(b"trak", box(b"mdia", hdlr)))


def test_a_film_with_a_track_of_places_is_refused():
    with pytest.raises(UnfitMedium, match="where it was taken"):
        cleaned(film(b"vide") + film(b"meta")[12:])


def png(width, height):
    head = struct.pack(">LLBBBBB", width, height, 8, 2, 0, 0, 0)

    def chunk(name, body):
        return (
            struct.pack(">L", len(body)) + name + body + struct.pack(">L", zlib.crc32(name + body))
        )

    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", b"") + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"", "Send a picture"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "Send a picture"),
        (b"GIF89a" + bytes(20), "Send a picture"),
        (b"%PDF-1.7", "Send a picture"),
        (b"<html>", "Send a picture"),
        (b"\xff\xfbnot a sound at all", "broken"),
        (b"\xff\xd8\xff", "broken"),
        (b"\xff\xd8\xff\xe0\x00\x01", "broken"),
        (SAMPLES["photo.jpg"][:-2], "broken"),
        (SAMPLES["drawing.png"][:-9], "broken"),
        (SAMPLES["drawing.png"].replace(b"IDAT", b"IDAX"), "broken"),
        (SAMPLES["photo.webp"][:-20], "broken"),
        (SAMPLES["film.mp4"][:200], "broken"),
        (box(b"ftyp", b"heic") + box(b"mdat"), "broken"),
        (png(0, 5), "broken"),
        (png(100_000, 100_000), "too many pixels"),
        (SAMPLES["moving.webp"], "moves"),
    ],
)
def test_what_is_no_medium_is_refused_in_both_languages(content, what):
    with pytest.raises(UnfitMedium, match=what) as refused:
        cleaned(content)

    assert clean(content) == refused.value.message
    assert refused.value.message in catalogue("panjareh_catalog", "fa")


@settings(max_examples=600, deadline=None)
@given(
    st.sampled_from(sorted(SAMPLES)),
    st.lists(st.tuples(st.floats(0, 0.999), st.binary(max_size=6), st.integers(0, 6)), max_size=4),
)
def test_no_bytes_make_it_fall_over(name, changes):
    content = SAMPLES[name]
    for where, put, dropped in changes:
        at = int(where * len(content))
        content = content[:at] + put + content[at + dropped :]

    found = clean(content)

    if not isinstance(found, str):
        assert found.kind in ("image", "audio", "video")
        assert clean(found.content) == found


@settings(max_examples=300, deadline=None)
@given(
    st.sampled_from(
        [b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"RIFF    WEBP", b"    ftyp", b"ID3", b"\xff\xfb"]
    ),
    st.binary(max_size=200),
)
def test_no_beginning_makes_it_fall_over(beginning, rest):
    clean(beginning + rest)
