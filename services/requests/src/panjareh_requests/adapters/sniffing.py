"""What a file is, told from its first bytes: what its name and its sender say proves nothing."""

from __future__ import annotations

from panjareh_requests.domain.file import TYPES


def sniff(head: bytes) -> str | None:
    """The media type that the first bytes tell; None for what tells none."""
    # Here, so that processes which look at no file do not load its tables.
    import puremagic  # noqa: PLC0415

    try:
        found = puremagic.magic_string(head)
    except (puremagic.PureError, ValueError):
        return None
    told = [match.mime_type for match in sorted(found, key=lambda m: -m.confidence)]
    # Several formats begin alike; one that forms may ask for is meant where it is among the likeliest.
    return next((each for each in told if each in TYPES), told[0] if told else None)
