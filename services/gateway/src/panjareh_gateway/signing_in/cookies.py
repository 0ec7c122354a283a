"""What the window keeps of a signed-in person: sealed, in the browser, in no table of ours."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

from joserfc import jwe
from joserfc.errors import JoseError
from joserfc.jwk import OctKey
from starlette.requests import Request as HttpRequest
from starlette.responses import Response

_ALGORITHMS = ["dir", "A256GCM"]
_MOST = 3800  # bytes; browsers keep 4096 with name and attributes


class CookieTooLarge(Exception):
    """More than a browser would keep."""


class SealedCookies:
    """Cookies as JWE (RFC 7516): nobody reads or makes one, and one kind is not taken for another.

    `key`: 32 bytes. `secure`: whether the window has TLS; then no other host can set them (`__Host-`).
    """

    def __init__(self, key: bytes, *, secure: bool, clock: Callable[[], float] = time.time) -> None:
        self._key = OctKey.import_key(key)
        self._secure = secure
        self._clock = clock

    def put(self, response: Response, name: str, content: dict[str, Any], seconds: int) -> None:
        """Raises CookieTooLarge."""
        told = {"name": name, "until": int(self._clock()) + seconds, "content": content}
        text = json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode()
        sealed = jwe.encrypt_compact(
            {"alg": "dir", "enc": "A256GCM"}, text, self._key, algorithms=_ALGORITHMS
        )
        if len(sealed) > _MOST:
            raise CookieTooLarge(f"{name} would have {len(sealed)} bytes")
        response.set_cookie(
            self._whole(name),
            sealed,
            max_age=seconds,
            secure=self._secure,
            httponly=True,
            samesite="lax",
            path="/",
        )

    def get(self, http: HttpRequest, name: str) -> dict[str, Any] | None:
        """What was put under that name; None where there is nothing, or nothing of ours, or it is too old."""
        sealed = http.cookies.get(self._whole(name))
        if not sealed:
            return None
        try:
            opened = jwe.decrypt_compact(sealed, self._key, algorithms=_ALGORITHMS)
            told = json.loads(opened.plaintext or b"")
        except (JoseError, ValueError):
            return None
        if told.get("name") != name or told["until"] <= self._clock():
            return None
        content: dict[str, Any] = told["content"]
        return content

    def drop(self, response: Response, name: str) -> None:
        response.delete_cookie(
            self._whole(name), secure=self._secure, httponly=True, samesite="lax", path="/"
        )

    def _whole(self, name: str) -> str:
        return f"{'__Host-' if self._secure else ''}panjareh-window-{name}"
