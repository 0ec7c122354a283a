"""Patterns of forms under RE2, whose time grows with the length of the text and never explodes.

ECMA-262, which JSON Schema names, and RE2 write the same thing alike but for `\\uXXXX`. RE2 has neither
look-around nor references back: a form with one of them is refused when it is published.
"""

from __future__ import annotations

import re
from functools import lru_cache

import re2

LONGEST = 1000  # characters of a pattern
_MEMORY = (
    1 << 20
)  # bytes of a compiled pattern; one of this size needs a second for 64 KB of text, at worst
_UNICODE = re.compile(r"(?<!\\)((?:\\\\)*)\\u(?:([0-9A-Fa-f]{4})|\{([0-9A-Fa-f]{1,6})\})")


class PatternUnfit(Exception):
    """A pattern that RE2 does not take; the text says why."""


class Pattern:
    """One compiled pattern. `size` is the length of its program: a search costs at most that times the text."""

    def __init__(self, source: str) -> None:
        """Raises PatternUnfit."""
        if len(source) > LONGEST:
            raise PatternUnfit(f"longer than {LONGEST} characters")
        options = re2.Options()
        options.max_mem = _MEMORY
        options.log_errors = False
        options.never_capture = True
        written = _UNICODE.sub(lambda m: f"{m[1]}\\x{{{m[2] or m[3]}}}", source)
        try:
            self._compiled = re2.compile(written, options)
        except (re2.error, UnicodeEncodeError) as cause:
            raise PatternUnfit(_reason(cause)) from cause
        self.size: int = self._compiled.programsize

    def found_in(self, text: str) -> bool:
        """Whether it matches anywhere: a pattern is anchored only where it says so."""
        return self._compiled.search(text) is not None


def _reason(cause: Exception) -> str:
    told = cause.args[0] if isinstance(cause, re2.error) and cause.args else "not a text"
    return told.decode(errors="replace") if isinstance(told, bytes) else str(told)


@lru_cache(maxsize=2048)
def compiled(source: str) -> Pattern:
    """Raises PatternUnfit."""
    return Pattern(source)
