"""The Passwords port with Argon2id, as slow as OWASP asks for."""

from __future__ import annotations

import secrets
import unicodedata
from collections.abc import Callable
from typing import TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

T = TypeVar("T")
Aside = Callable[..., T]
"""Runs a function with its arguments where it does not hold up the others; waits for its result."""

_MEMORY_KIB, _PASSES, _LANES = 19 * 1024, 2, 1  # OWASP Password Storage Cheat Sheet


def at_once(function: Callable[..., T], *arguments: object) -> T:
    """For processes that may block: runs it here."""
    return function(*arguments)


class Argon2Passwords:
    """A hash takes tens of milliseconds and 19 MiB, so the rpc process passes a pool of threads as `aside`."""

    def __init__(self, aside: Aside[object] = at_once) -> None:
        self._hasher = PasswordHasher(
            time_cost=_PASSES, memory_cost=_MEMORY_KIB, parallelism=_LANES
        )
        self._aside = aside
        # Compared with where nobody has that national id, so that both take equally long.
        self._nobody = self._hasher.hash(secrets.token_urlsafe(16))

    def hash(self, password: str) -> str:
        return str(self._aside(self._hasher.hash, _one_form(password)))

    def fits(self, password: str, password_hash: str | None) -> bool:
        fits = bool(self._aside(self._verify, password_hash or self._nobody, _one_form(password)))
        return fits and password_hash is not None

    def _verify(self, password_hash: str, password: str) -> bool:
        try:
            return self._hasher.verify(password_hash, password)
        except VerificationError:
            return False
        except InvalidHashError as cause:
            raise ValueError("a stored password hash cannot be read") from cause


def _one_form(password: str) -> str:
    """The same characters have the same hash on every keyboard and system."""
    return unicodedata.normalize("NFKC", password)
