"""Personal data at rest: a key per person in each service, wrapped by the service's key (design rule 8).

Forgetting a person is destroying one key: events, views and drafts keep their rows, their order
and their hashes, and nobody can read the sealed fields again.
"""

from __future__ import annotations

import base64
import hmac
import json
import os
import threading
import time
from collections import OrderedDict
from dataclasses import dataclass
from functools import lru_cache
from typing import Annotated, Any, TypeVar, get_type_hints
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from panjareh_common.database import Database

T = TypeVar("T")
_SEALED = object()
Sealed = Annotated[T, _SEALED]
"""Marks a field of an event as personal: `form: Sealed[dict[str, Any]]`. It reads None after erasure."""

_NONCE = 12
_KEY = "SELECT wrapped FROM person_key WHERE person_id = %s"
_MAKE_KEY = """
INSERT INTO person_key (person_id, wrapped) VALUES (%s, %s) ON CONFLICT DO NOTHING RETURNING wrapped
"""


@dataclass(frozen=True)
class Owners:
    """Whose a sealed field is.

    Of several it is either everybody's (`each`): any of them can be forgotten, and it stays readable for the
    others. Or it says something of all of them together: then nobody reads it once one was forgotten.
    """

    persons: tuple[UUID, ...]
    each: bool = False

    @classmethod
    def one(cls, person_id: UUID) -> Owners:
        return cls((person_id,))


class PersonErased(Exception):
    """New data about a person whose key was destroyed. An erased id never gets a new key."""


class BoxBroken(Exception):
    """A sealed value does not open under its key: changed, or moved from another row."""


@lru_cache(maxsize=512)
def sealed_fields(event_class: type) -> frozenset[str]:
    """The names of the fields that an event class declares as Sealed."""
    hints = get_type_hints(event_class, include_extras=True)
    return frozenset(
        name for name, hint in hints.items() if _SEALED in getattr(hint, "__metadata__", ())
    )


def _seal(key: bytes, data: bytes, context: bytes) -> bytes:
    nonce = os.urandom(_NONCE)
    return nonce + AESGCM(key).encrypt(nonce, data, context)


def _open(key: bytes, box: bytes, context: bytes) -> bytes:
    try:
        return AESGCM(key).decrypt(box[:_NONCE], box[_NONCE:], context)
    except InvalidTag as cause:
        raise BoxBroken("a sealed value does not open") from cause


class Keyring:
    """The keys of one service: persons' data keys, the service's own, and look-up hashes.

    `sealing_key` is the key-encryption key (32 bytes). Keys are kept in memory for at most
    `keep_seconds`, so that an erasure is effective soon even where its event is late.
    """

    def __init__(
        self,
        sealing_key: bytes,
        database: Database,
        *,
        keep_seconds: float = 300,
        keep: int = 50_000,
    ) -> None:
        def derive(purpose: bytes) -> bytes:
            return HKDF(hashes.SHA256(), 32, salt=None, info=b"panjareh:" + purpose).derive(
                sealing_key
            )

        self._wrapping = derive(b"wrap")
        self._own = derive(b"own")
        self._lookup = derive(b"lookup")
        self._database = database
        self._keep_seconds = keep_seconds
        self._keep = keep
        self._cache: OrderedDict[UUID, tuple[float, bytes]] = OrderedDict()
        self._forgotten = 0  # how often: a key read before an erasure must not be kept after it
        self._lock = threading.Lock()

    def lookup(self, kind: str, value: str) -> bytes:
        """Keyed hash of an identifier, for finding a person without storing what they are found by."""
        return hmac.digest(self._lookup, f"{kind}\0{value}".encode(), "sha256")

    def seal(self, person_id: UUID | None, data: Any, context: str) -> bytes:
        """Seals JSON data under a person's key, or under the service's own for None.

        `context` names the row it belongs to; a box moved elsewhere does not open.
        Raises PersonErased for a person whose key was destroyed.
        """
        text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
        return self.seal_bytes(person_id, text.encode(), context)

    def seal_bytes(self, person_id: UUID | None, data: bytes, context: str) -> bytes:
        """As `seal`, for what is no JSON."""
        key = self._own if person_id is None else self._key(person_id, make=True)
        if key is None:
            raise PersonErased(str(person_id))
        return _seal(key, data, context.encode())

    def open(self, person_id: UUID | None, box: bytes, context: str) -> Any:
        """What was sealed, or None when the person was erased. Raises BoxBroken for a changed box."""
        data = self.open_bytes(person_id, box, context)
        return None if data is None else json.loads(data)

    def open_bytes(self, person_id: UUID | None, box: bytes, context: str) -> bytes | None:
        """As `open`, for what is no JSON."""
        key = self._own if person_id is None else self._key(person_id, make=False)
        return None if key is None else _open(key, box, context.encode())

    def seal_for(self, owners: Owners, data: Any, context: str) -> list[bytes]:
        """One box for each who can open it alone, or one that takes all their keys.

        Who was forgotten gets no box where the others get theirs; and of what is about all of them together
        nothing is kept any more. Raises PersonErased where nobody is left.
        """
        text = json.dumps(data, ensure_ascii=False, separators=(",", ":")).encode()
        boxes, gone = [], 0
        for person_id in owners.persons:
            try:
                box = self.seal_bytes(person_id, text, context)
            except PersonErased:
                box, gone = b"", gone + 1
            boxes.append(box)
            text = text if owners.each else box
        if gone == len(owners.persons):
            raise PersonErased(", ".join(map(str, owners.persons)))
        return boxes if owners.each else [b""] if gone else boxes[-1:]

    def open_for(self, owners: Owners, boxes: list[bytes], context: str) -> Any:
        """What `seal_for` sealed, or None. Raises BoxBroken."""
        if owners.each:
            for person_id, box in zip(owners.persons, boxes, strict=True):
                text = self.open_bytes(person_id, box, context) if box else None
                if text is not None:
                    return json.loads(text)
            return None
        [box] = boxes
        for person_id in reversed(owners.persons):
            opened = self.open_bytes(person_id, box, context) if box else None
            if opened is None:
                return None
            box = opened
        return json.loads(box)

    def erase(self, person_id: UUID) -> None:
        """Destroys a person's key, for ever: the row stays so that the id gets no new one."""
        with self._database.connection() as connection:
            connection.execute(
                "INSERT INTO person_key (person_id, wrapped, erased_at) VALUES (%s, NULL, now())"
                " ON CONFLICT (person_id) DO UPDATE SET wrapped = NULL, erased_at = now()"
                " WHERE person_key.erased_at IS NULL",
                (person_id,),
            )
        self.forget(person_id)

    def forget(self, person_id: UUID) -> None:
        """Drops a key from this process's memory; the next use looks whether it still exists."""
        with self._lock:
            self._forgotten += 1
            self._cache.pop(person_id, None)

    def _key(self, person_id: UUID, *, make: bool) -> bytes | None:
        now = time.monotonic()
        with self._lock:
            kept = self._cache.get(person_id)
            if kept and kept[0] > now:
                return kept[1]
            forgotten = self._forgotten
        # Its own short transaction, apart from the unit of work: a key without data is harmless,
        # a key remembered from a rolled-back transaction would not be.
        rows = self._database.fetch(_KEY, (person_id,))
        if not rows and make:
            wrapped = _seal(self._wrapping, os.urandom(32), person_id.bytes)
            made = self._database.fetch(_MAKE_KEY, (person_id, wrapped))
            rows = made or self._database.fetch(_KEY, (person_id,))  # somebody else was first
        if not rows or rows[0][0] is None:
            return None
        key = _open(self._wrapping, rows[0][0], person_id.bytes)
        with self._lock:
            if forgotten == self._forgotten:
                self._cache[person_id] = (now + self._keep_seconds, key)
                self._cache.move_to_end(person_id)
            # The first ends first: what has ended goes, so that memory follows the rate and not the number of people.
            while self._cache:
                ends, _ = next(iter(self._cache.values()))
                if ends > now and len(self._cache) <= self._keep:
                    break
                self._cache.popitem(last=False)
        return key


def box_to_text(box: bytes) -> str:
    return base64.b64encode(box).decode()


def text_to_box(text: str) -> bytes:
    return base64.b64decode(text)
