"""Characters that make a text read otherwise than it is written are refused, wherever they stand.

With bidirectional controls (Unicode property Bidi_Control, UAX #9) a sum or a name is shown in another order than it is
stored ("Trojan Source", CVE-2021-42574); control characters and invisible tags hide what is there. The half-space
(U+200C) and the joiner (U+200D) belong to Persian and stay.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from panjareh_catalog.domain.values import Fault

_BIDI = "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
_CONTROL = "\x00-\x08\x0b-\x1f\x7f-\x9f"
_DECEIVING = re.compile(
    f"[{_BIDI}{_CONTROL}\u2028\u2029\ufeff\ufff9-\uffff\ud800-\udfff\U000e0000-\U000e007f]"
)


def text_faults(content: Any) -> Iterator[Fault]:
    """One fault a text, at its place; names of fields are texts too."""
    waiting: list[tuple[str, Any]] = [("", content)]
    while waiting:
        pointer, value = waiting.pop()
        if isinstance(value, str):
            if found := _DECEIVING.search(value):
                yield Fault(
                    pointer,
                    "The character U+{code} at place {place} is invisible and changes how the text reads. "
                    "Leave it out.",
                    {"code": f"{ord(found[0]):04X}", "place": found.start() + 1},
                )
        elif isinstance(value, Mapping):
            for name, inner in value.items():
                here = f"{pointer}/{escaped(name)}"
                # A pointer through such a name would itself deceive whoever reads it.
                waiting.append(
                    (here, inner) if not _DECEIVING.search(str(name)) else (pointer, str(name))
                )
        elif isinstance(value, list | tuple):
            waiting += [(f"{pointer}/{place}", inner) for place, inner in enumerate(value)]


def escaped(name: object) -> str:
    """One step of a JSON Pointer, RFC 6901."""
    return str(name).replace("~", "~0").replace("/", "~1")
