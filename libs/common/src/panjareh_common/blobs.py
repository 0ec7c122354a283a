"""Blobs: bytes of people, in sealed chunks of 256 KiB, that come in pieces and go out as a stream.

Each chunk is sealed under the owner's key and tied to its blob and place, so that none can be read, changed or
moved. Whoever keeps a blob keeps its length in a row of their own, and changes it in the same commit as the
chunks: what a crash leaves behind is a whole number of bytes, and an upload goes on from there.

The table is the owning service's:

    CREATE TABLE blob_chunk (
        blob uuid, number integer, content bytea, PRIMARY KEY (blob, number));
    ALTER TABLE blob_chunk ALTER COLUMN content SET STORAGE EXTERNAL;
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol
from uuid import UUID

from panjareh_common.database import Database
from panjareh_common.event_store.sealing import BoxBroken, Keyring
from panjareh_common.event_store.unit import UnitOfWork

CHUNK = 256 * 1024
MOST_BYTES = 10 * 1024 * 1024
"""Of one blob. What is larger does not belong into a database."""

_CHUNK = "SELECT content FROM blob_chunk WHERE blob = %s AND number = %s"
_KEEP = """
INSERT INTO blob_chunk (blob, number, content) VALUES (%s, %s, %s)
ON CONFLICT (blob, number) DO UPDATE SET content = excluded.content
"""
_REMOVE = "DELETE FROM blob_chunk WHERE blob = ANY(%s)"


class BlobStore(Protocol):
    """Where blobs are kept. `owner` is the person whose they are: with their key the bytes go."""

    def append(self, unit: UnitOfWork, blob: UUID, owner: UUID, length: int, data: bytes) -> int:
        """Adds bytes behind the first `length`, in the unit's commit; the new length.

        The caller holds the blob's row, so that nobody else adds meanwhile. Raises ValueError for more than
        MOST_BYTES, PersonErased, BoxBroken.
        """
        ...

    def read(self, blob: UUID, owner: UUID, length: int) -> Iterator[bytes]:
        """The bytes, chunk by chunk. Raises BoxBroken for one that is missing, changed or moved, and KeyError
        when the owner was erased.
        """
        ...

    def remove(self, unit: UnitOfWork, *blobs: UUID) -> None:
        """In the unit's commit. Removing twice is removing once."""
        ...


class PostgresBlobs:
    """The BlobStore in a service's own database."""

    def __init__(self, database: Database, keyring: Keyring) -> None:
        self._database = database
        self._keyring = keyring

    def append(self, unit: UnitOfWork, blob: UUID, owner: UUID, length: int, data: bytes) -> int:
        if length + len(data) > MOST_BYTES:
            raise ValueError("a blob that is too large")
        number, kept = divmod(length, CHUNK)
        if kept and data:
            # The last chunk is not full: it is sealed again, with what is added.
            found = unit.execute(_CHUNK, (blob, number)).fetchone()
            box = found["content"] if found else None
            data = self._opened(box, blob, number, owner, kept) + data
        for first in range(0, len(data), CHUNK):
            content = data[first : first + CHUNK]
            box = self._keyring.seal_bytes(owner, content, _context(blob, number))
            unit.execute(_KEEP, (blob, number, box))
            number, length = number + 1, number * CHUNK + len(content)
        return length

    def read(self, blob: UUID, owner: UUID, length: int) -> Iterator[bytes]:
        for number, first in enumerate(range(0, length, CHUNK)):
            rows = self._database.fetch(_CHUNK, (blob, number))
            box = rows[0][0] if rows else None
            yield self._opened(box, blob, number, owner, min(CHUNK, length - first))

    def remove(self, unit: UnitOfWork, *blobs: UUID) -> None:
        unit.execute(_REMOVE, (list(blobs),))

    def _opened(
        self, box: bytes | None, blob: UUID, number: int, owner: UUID, length: int
    ) -> bytes:
        if box is None:
            raise BoxBroken("a chunk is missing")
        content = self._keyring.open_bytes(owner, bytes(box), _context(blob, number))
        if content is None:
            raise KeyError(str(owner))
        if len(content) != length:
            raise BoxBroken("a chunk is too short or too long")
        return content


def _context(blob: UUID, number: int) -> str:
    return f"blob/{blob}/{number}"
