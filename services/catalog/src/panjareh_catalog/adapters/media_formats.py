"""Pictures, sounds and films as they come: told apart by their bytes, and freed of all that says where and by whom.

Each format is taken apart by its own structure, and only what shows the picture or plays the sound is put
together again. Names, places, times, cameras, previews and whatever hangs behind the end stay out. Nothing
is decoded, so nothing is lost in quality, and no decoder meets a stranger's bytes. SVG is no picture here:
it is a program.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass

MOST_PIXELS = 25_000_000
_BROKEN = "This file is broken, or is not what it says that it is."
_PNG = b"\x89PNG\r\n\x1a\n"


class UnfitMedium(Exception):
    """`message` is an English sentence for whoever uploads it."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


@dataclass(frozen=True)
class CleanMedium:
    """`kind` is image, audio or video; `type` its media type."""

    kind: str
    type: str
    content: bytes


def cleaned(content: bytes) -> CleanMedium:
    """Raises UnfitMedium. What was cleaned before comes out as it is."""
    for fits, clean in _FORMATS:
        if fits(content):
            try:
                return clean(content)
            except (IndexError, struct.error, zlib.error) as cause:
                raise UnfitMedium(_BROKEN) from cause
    raise UnfitMedium("Send a picture (JPEG, PNG or WebP), a sound (MP3 or M4A) or a film (MP4).")


def clean(content: bytes) -> CleanMedium | str:
    """The port of application/media.py: what is wrong is a sentence, not an exception."""
    try:
        return cleaned(content)
    except UnfitMedium as unfit:
        return unfit.message


def _picture(kind: str, size: tuple[int, int] | None, content: bytes) -> CleanMedium:
    if size is None or 0 in size:
        raise UnfitMedium(_BROKEN)
    if size[0] * size[1] > MOST_PIXELS:
        raise UnfitMedium("This picture has too many pixels. Make it smaller.")
    return CleanMedium("image", kind, content)


# JPEG: ITU-T T.81, annex B; Exif 2.3

_KEPT_SEGMENTS = {0xE0: b"JFIF\0", 0xE2: b"ICC_PROFILE\0", 0xEE: b"Adobe"}
_NO_FRAMES = {0xC4, 0xC8, 0xCC}


def _jpeg(data: bytes) -> CleanMedium:
    out, size, at = bytearray(data[:2]), None, 2
    while data[at + 1] != 0xD9:
        marker, (length,) = data[at + 1], struct.unpack_from(">H", data, at + 2)
        body = data[at + 4 : at + 2 + length]
        if data[at] != 0xFF or length < 2 or len(body) != length - 2:
            raise UnfitMedium(_BROKEN)
        if 0xC0 <= marker <= 0xCF and marker not in _NO_FRAMES:
            height, width = struct.unpack_from(">HH", body, 1)
            size = (width, height)
        out += _kept_segment(marker, body, data[at : at + 2 + length])
        at += 2 + length
        if marker == 0xDA:
            end = _end_of_scan(data, at)
            out += data[at:end]
            at = end
        while data[at] == 0xFF and data[at + 1] == 0xFF:  # fill bytes
            at += 1
    if data[at] != 0xFF:
        raise UnfitMedium(_BROKEN)
    return _picture("image/jpeg", size, bytes(out + b"\xff\xd9"))


def _kept_segment(marker: int, body: bytes, whole: bytes) -> bytes:
    if marker == 0xE1 and body.startswith(b"Exif\0\0"):
        return _only_orientation(body[6:])
    if 0xE0 <= marker <= 0xEF:
        known = _KEPT_SEGMENTS.get(marker)
        return whole if known and body.startswith(known) else b""
    return b"" if marker == 0xFE else whole


def _end_of_scan(data: bytes, at: int) -> int:
    """Where the next marker stands: not a stuffed zero and not a restart."""
    while True:
        at = data.find(b"\xff", at)
        if at < 0:
            raise UnfitMedium(_BROKEN)
        if data[at + 1] not in (0x00, 0xFF) and not 0xD0 <= data[at + 1] <= 0xD7:
            return at
        at += 1


def _only_orientation(tiff: bytes) -> bytes:
    """An Exif segment that says which way is up, or none: without it a phone's pictures lie on their side."""
    order = {b"II": "<", b"MM": ">"}.get(tiff[:2])
    if order is None:
        return b""
    try:
        (start,) = struct.unpack_from(f"{order}L", tiff, 4)
        (count,) = struct.unpack_from(f"{order}H", tiff, start)
        entries = [
            struct.unpack_from(f"{order}HHLH", tiff, start + 2 + 12 * n) for n in range(count)
        ]
    except struct.error:
        return b""
    way = next((value for tag, _, __, value in entries if tag == 0x0112), 1)
    if not 2 <= way <= 8:
        return b""
    only = struct.pack(">2sHLHHHLHHL", b"MM", 42, 8, 1, 0x0112, 3, 1, way, 0, 0)
    body = b"Exif\0\0" + only
    return struct.pack(">BBH", 0xFF, 0xE1, len(body) + 2) + body


# PNG: W3C PNG, third edition

_KEPT_CHUNKS = frozenset(
    (
        b"IHDR",
        b"PLTE",
        b"IDAT",
        b"IEND",
        b"tRNS",
        b"gAMA",
        b"cHRM",
        b"sRGB",
        b"sBIT",
        b"bKGD",
        b"pHYs",
    )
)


def _png(data: bytes) -> CleanMedium:
    out, at, name = bytearray(_PNG), len(_PNG), b""
    size = struct.unpack_from(">LL", data, 16) if data[12:16] == b"IHDR" else None
    while name != b"IEND":
        length, name = struct.unpack_from(">L4s", data, at)
        chunk = data[at : at + 12 + length]
        (check,) = struct.unpack_from(">L", chunk, 8 + length)
        if zlib.crc32(chunk[4 : 8 + length]) != check:
            raise UnfitMedium(_BROKEN)
        if name in _KEPT_CHUNKS:
            out += chunk
        at += 12 + length
    return _picture("image/png", size, bytes(out))


# WebP: RFC 9649

_KEPT_PARTS = frozenset((b"VP8 ", b"VP8L", b"ALPH", b"VP8X"))


def _webp(data: bytes) -> CleanMedium:
    out = bytearray()
    size: tuple[int, int] | None = None
    for name, found in _riff(data):
        body = found
        if name in (b"ANIM", b"ANMF"):
            raise UnfitMedium("This picture moves. Send a film (MP4), which people can stop.")
        if name not in _KEPT_PARTS:
            continue
        if name == b"VP8X":
            width, height = (1 + int.from_bytes(found[n : n + 3], "little") for n in (4, 7))
            size = (width, height)
            # Of its flags only "has transparency" stays true.
            body = bytes([found[0] & 0x10]) + found[1:10]
        elif size is None and name != b"ALPH":
            size = _size_of_frame(name, found)
        out += name + struct.pack("<L", len(body)) + body + b"\0" * (len(body) % 2)
    return _picture("image/webp", size, b"RIFF" + struct.pack("<L", len(out) + 4) + b"WEBP" + out)


def _riff(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    (length,) = struct.unpack_from("<L", data, 4)
    at, end = 12, 8 + length
    if end > len(data):
        raise UnfitMedium(_BROKEN)
    while at < end:
        name, size = struct.unpack_from("<4sL", data, at)
        if at + 8 + size > end:
            raise UnfitMedium(_BROKEN)
        yield name, data[at + 8 : at + 8 + size]
        at += 8 + size + size % 2


def _size_of_frame(name: bytes, body: bytes) -> tuple[int, int]:
    if name == b"VP8 ":
        width, height = struct.unpack_from("<HH", body, 6)
        return width & 0x3FFF, height & 0x3FFF
    (bits,) = struct.unpack_from("<L", body, 1)
    return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)


# MP3: ISO/IEC 11172-3 and 13818-3, layer III

_KBITS = {
    True: (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    False: (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
}
_HERTZ = {3: (44100, 48000, 32000), 2: (22050, 24000, 16000), 0: (11025, 12000, 8000)}
_FEWEST_FRAMES = 3  # so that a few bytes by chance are no sound


def _mp3(data: bytes) -> CleanMedium:
    at = 0
    while data[at : at + 3] == b"ID3":
        size = sum((data[at + 6 + n] & 0x7F) << 7 * (3 - n) for n in range(4))
        at += 10 + size + (10 if data[at + 5] & 0x10 else 0)
    begun, frames = at, 0
    while length := _frame_length(data, at):
        at, frames = at + length, frames + 1
    if frames < _FEWEST_FRAMES:
        raise UnfitMedium(_BROKEN)
    return CleanMedium("audio", "audio/mpeg", data[begun:at])


def _frame_length(data: bytes, at: int) -> int:
    """Of the whole frame that begins here; 0 where none does."""
    if at + 4 > len(data):
        return 0
    (head,) = struct.unpack_from(">L", data, at)
    version, layer, bits, rate = head >> 19 & 3, head >> 17 & 3, head >> 12 & 15, head >> 10 & 3
    if head >> 21 != 0x7FF or layer != 1 or version == 1 or rate == 3 or bits in (0, 15):
        return 0
    first = version == 3
    samples = 144 if first else 72
    length = samples * _KBITS[first][bits] * 1000 // _HERTZ[version][rate] + (head >> 9 & 1)
    return length if at + length <= len(data) else 0


# MP4: ISO/IEC 14496-12. Boxes name places in the file, so what goes is blanked and keeps its room.

_HOLDING = frozenset((b"moov", b"trak", b"mdia", b"minf", b"moof", b"traf", b"mvex", b"edts"))
_BLANKED = frozenset((b"udta", b"meta", b"uuid", b"free", b"skip"))
_SHOWN = {b"vide": "video", b"soun": "audio"}


def _mp4(data: bytes) -> CleanMedium:
    out, handlers = bytearray(data), []
    waiting = [(0, len(data))]
    while waiting:
        start, end = waiting.pop()
        for name, at, body, after in _boxes(data, start, end):
            if name in _HOLDING:
                waiting.append((body, after))
            elif name in _BLANKED:
                out[at + 4 : at + 8] = b"free"
                _blank(out, body, after, after)
            elif name == b"hdlr":
                handlers.append(data[body + 8 : body + 12])
                _blank(out, body + 24, after, after)  # a name in words
            elif name in (b"mvhd", b"tkhd", b"mdhd"):
                wide = 8 if data[body] == 1 else 4
                _blank(out, body + 4, body + 4 + 2 * wide, after)  # when it was made
    if not handlers:
        raise UnfitMedium(_BROKEN)
    if not set(handlers) <= _SHOWN.keys():
        raise UnfitMedium(
            "This film holds more than pictures and sound: perhaps where it was taken. Save it anew without that."
        )
    kind = "video" if b"vide" in handlers else "audio"
    return CleanMedium(kind, f"{kind}/mp4", bytes(out))


def _blank(out: bytearray, start: int, end: int, limit: int) -> None:
    if not start <= end <= limit:
        raise UnfitMedium(_BROKEN)
    out[start:end] = bytes(end - start)


def _boxes(data: bytes, start: int, end: int) -> Iterator[tuple[bytes, int, int, int]]:
    """Name, where it begins, where its content begins, where it ends."""
    at = start
    while at < end:
        size, name = struct.unpack_from(">L4s", data, at)
        body = at + 8
        if size == 1:
            (size,) = struct.unpack_from(">Q", data, body)
            body += 8
        after = end if size == 0 else at + size
        if after > end or after < body:
            raise UnfitMedium(_BROKEN)
        yield name, at, body, after
        at = after


_FORMATS: tuple[tuple[Callable[[bytes], bool], Callable[[bytes], CleanMedium]], ...] = (
    (lambda data: data[:3] == b"\xff\xd8\xff", _jpeg),
    (lambda data: data[:8] == _PNG, _png),
    (lambda data: data[:4] == b"RIFF" and data[8:12] == b"WEBP", _webp),
    (lambda data: data[4:8] == b"ftyp", _mp4),
    (
        lambda data: data[:3] == b"ID3" or (len(data) > 1 and data[0] == 0xFF and data[1] >= 0xE0),
        _mp3,
    ),
)
