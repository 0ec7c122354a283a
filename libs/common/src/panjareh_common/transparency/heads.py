"""Signed tree heads: what a service vouches its log was, kept where who edits the database cannot reach."""

from __future__ import annotations

import base64
import binascii
import fcntl
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import structlog

log = structlog.get_logger(__name__)

HEAD_TYP = "panjareh-tree-head+jws"
_LONGEST_LINE = 8192


class HeadUnreadable(Exception):
    """What stands where a head should is none."""


@dataclass(frozen=True)
class TreeHead:
    """The head of the tree over the first `size` events, the last of them at `position`."""

    service: str
    size: int
    root: bytes
    position: int
    at: str

    def to_claims(self) -> dict[str, Any]:
        return {
            "service": self.service,
            "size": self.size,
            "root": self.root.hex(),
            "position": self.position,
            "at": self.at,
        }

    @classmethod
    def from_claims(cls, claims: Mapping[str, Any]) -> TreeHead:
        """Raises HeadUnreadable."""
        try:
            root = bytes.fromhex(claims["root"])
            size, position, at = claims["size"], claims["position"], claims["at"]
        except (KeyError, ValueError, TypeError) as cause:
            raise HeadUnreadable("it lacks something that every head has") from cause
        whole = type(size) is int and type(position) is int and isinstance(at, str)
        if not whole or size < 1 or len(root) != 32:
            raise HeadUnreadable("it holds something that no head has")
        return cls(str(claims.get("service")), size, root, position, at)


class Turn(Protocol):
    """One look at what was kept last, and the right to keep the next."""

    @property
    def last(self) -> TreeHead | None: ...

    @property
    def last_signed(self) -> str | None:
        """That head as it was signed."""

    def keep(self, head: TreeHead, signed: str) -> None: ...


class HeadLog:
    """Gives heads to the log, for a place that ships logs away; knows the last of this process only."""

    def __init__(self) -> None:
        self.last: TreeHead | None = None
        self.last_signed: str | None = None

    def prepare(self) -> None:
        """Nothing has to be there."""

    @contextmanager
    def turn(self) -> Iterator[Turn]:
        yield self

    def keep(self, head: TreeHead, signed: str) -> None:
        log.info("tree_head", jws=signed, size=head.size, position=head.position)
        self.last, self.last_signed = head, signed


class HeadFile:
    """Adds heads to `<folder>/<service>.heads`, one compact JWS a line, on the disk before it goes on."""

    def __init__(self, folder: Path, service: str) -> None:
        self.path = folder / f"{service}.heads"

    def prepare(self) -> None:
        """Makes the file: there is one before there is a leaf, so a missing file is a removed one."""
        if self.path.exists():
            return
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.path.touch(mode=0o640)
        folder = os.open(self.path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    @contextmanager
    def turn(self) -> Iterator[Turn]:
        """One writer at a time, even when two processes believe they hold the lease."""
        self.prepare()
        opened = os.open(self.path, os.O_RDWR | os.O_APPEND)
        try:
            fcntl.flock(opened, fcntl.LOCK_EX)
            yield _FileTurn(opened)
        finally:
            os.close(opened)


class _FileTurn:
    def __init__(self, opened: int) -> None:
        self._opened = opened
        end = os.fstat(opened).st_size
        tail = os.pread(opened, _LONGEST_LINE, max(0, end - _LONGEST_LINE))
        whole, newline, torn = tail.rpartition(b"\n")
        if torn and (newline or end <= _LONGEST_LINE):
            # The process died while it wrote: that head was never kept.
            log.warning("torn_tree_head_dropped", bytes=len(torn))
            os.ftruncate(opened, end - len(torn))
        elif torn:
            raise HeadUnreadable("the last line of the file of heads is longer than a head can be")
        line = whole.rpartition(b"\n")[2]
        self.last = decoded(line) if line else None
        self.last_signed = line.decode("ascii", "replace") if line else None

    def keep(self, head: TreeHead, signed: str) -> None:
        line = signed.encode() + b"\n"
        if os.write(self._opened, line) != len(line):
            raise OSError("a tree head was written in part")
        os.fsync(self._opened)
        self.last, self.last_signed = head, signed


def decoded(signed: bytes) -> TreeHead:
    """A head of our own. Who signed it is for verify-log to check, which has everybody's keys. Raises HeadUnreadable."""
    try:
        payload = signed.split(b".")[1]
        claims = json.loads(base64.urlsafe_b64decode(payload + b"=" * (-len(payload) % 4)))
    except (IndexError, ValueError, binascii.Error) as cause:
        raise HeadUnreadable("what was kept as a signed head is none") from cause
    if not isinstance(claims, dict):
        raise HeadUnreadable("what was kept as a signed head is none")
    return TreeHead.from_claims(claims)
