"""The CommonPasswords port: a file of short hashes, made by scripts/compile_common_passwords.py."""

from __future__ import annotations

import hashlib
from bisect import bisect_left
from collections.abc import Sequence
from functools import cached_property
from importlib.resources import files

WIDTH = 5
"""Bytes of each SHA-1 that are kept. One password in 20 million is taken for a common one by chance."""


def short_hash(spelling: str) -> bytes:
    return hashlib.sha1(spelling.encode(), usedforsecurity=False).digest()[:WIDTH]


class CommonPasswordFile(Sequence[bytes]):
    """The hashes in order, searched where they lie: 300 KB, read when first asked."""

    def __len__(self) -> int:
        return len(self._hashes) // WIDTH

    def __getitem__(self, at: int) -> bytes:  # type: ignore[override]
        return self._hashes[at * WIDTH : (at + 1) * WIDTH]

    def __contains__(self, spelling: object) -> bool:
        wanted = short_hash(str(spelling))
        at = bisect_left(self, wanted)
        return at < len(self) and self[at] == wanted

    @cached_property
    def _hashes(self) -> bytes:
        return files(__package__).joinpath("common_passwords.bin").read_bytes()
