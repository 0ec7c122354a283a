"""A text as it is compared: one form for what people write in several.

The same as `fa_norm` in the database (migration 0001), character for character; a test holds the two together.
"""

from __future__ import annotations

import re
import unicodedata
from string import ascii_lowercase, ascii_uppercase

_MARKS = re.compile("[\u064b-\u065f\u0670\u0640]")
_LETTERS = str.maketrans(
    "يىكةۀأإآٱؤئ۰۱۲۳۴۵۶۷۸۹٠١٢٣٤٥٦٧٨٩" + ascii_uppercase,
    "ییکههااااوی01234567890123456789" + ascii_lowercase,
)
_BETWEEN = re.compile(
    "[\\t-\\r \u0021-\u002f\u003a-\u0040\u005b-\u0060\u007b-\u00bf"
    "\u060c\u061b\u061f\u066a-\u066d\u06d4\u2000-\u206f\ufeff]+"
)


def fa_norm(text: str) -> str:
    """Letters and digits of one kind, no marks, small Latin letters, and one space between words."""
    plain = _MARKS.sub("", unicodedata.normalize("NFKC", text)).translate(_LETTERS)
    return _BETWEEN.sub(" ", plain).strip(" ")
