"""Erasure: a person's key is destroyed in every service, for ever, and again after a restore (decision 0015)."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, Protocol
from uuid import UUID

import psycopg
import structlog

from panjareh_common.event_store.log import EventLog
from panjareh_common.messaging.message import Message

log = structlog.get_logger(__name__)

_BROUGHT_BACK = """
SELECT DISTINCT person_id FROM unnest(%s::uuid[]) AS erased (person_id)
WHERE NOT EXISTS (SELECT 1 FROM person_key
                  WHERE person_key.person_id = erased.person_id AND erased_at IS NOT NULL)
"""
# One that a backup brought back, and one that it never knew: neither is to have a key again.
_ERASE_AGAIN = """
INSERT INTO person_key (person_id, wrapped, erased_at)
SELECT person_id, NULL, now() FROM unnest(%s::uuid[]) AS person_id
ON CONFLICT (person_id) DO UPDATE SET wrapped = NULL, erased_at = now()
WHERE person_key.erased_at IS NULL
"""


class LedgerUnreadable(Exception):
    """The ledger of erasures holds something that is no person's id."""


class Ledger(Protocol):
    """Whom a service has erased. Kept outside the database, because a restore of that brings keys back."""

    def add(self, person_id: UUID) -> None:
        """Returns when it is safely kept. Raises OSError."""
        ...

    def ids(self) -> list[UUID]: ...


class LedgerLog:
    """Gives ids to the log, for a place that ships logs away; what went there is not read from here."""

    def add(self, person_id: UUID) -> None:
        log.info("person_erased", person_id=str(person_id))

    def ids(self) -> list[UUID]:
        return []


class LedgerFile:
    """Adds ids to `<folder>/<service>.erased`, one a line, each once, on the disk before it goes on."""

    def __init__(self, folder: Path, service: str) -> None:
        self.path = folder / f"{service}.erased"

    def add(self, person_id: UUID) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        opened = os.open(self.path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o640)
        try:
            fcntl.flock(opened, fcntl.LOCK_EX)  # every process of the service hears of an erasure
            text = os.pread(opened, os.fstat(opened).st_size, 0)
            whole, _, torn = text.rpartition(b"\n")
            if torn:
                # The process died while it wrote, so it had not destroyed that key.
                os.ftruncate(opened, len(text) - len(torn))
            line = str(person_id).encode()
            if line in whole.split(b"\n"):
                return
            if os.write(opened, line + b"\n") != len(line) + 1:
                raise OSError("an erasure was noted in part")
            os.fsync(opened)
            self._sync_folder()
        finally:
            os.close(opened)

    def ids(self) -> list[UUID]:
        """Raises LedgerUnreadable, and OSError: whoever cannot read it must not go on without."""
        try:
            text = self.path.read_text(encoding="ascii", errors="replace")
        except FileNotFoundError:
            return []
        try:
            return [UUID(line) for line in text[: text.rfind("\n") + 1].splitlines()]
        except ValueError as cause:
            raise LedgerUnreadable(str(self.path)) from cause

    def _sync_folder(self) -> None:
        folder = os.open(self.path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def ledger_of(service: str, folder: str) -> Ledger:
    """The ledger that PANJAREH_ERASURES_DIR names."""
    return LedgerFile(Path(folder), service) if folder else LedgerLog()


class Erasures:
    """Forgets persons in one service, in the database and in this process."""

    def __init__(self, event_log: EventLog, ledger: Ledger) -> None:
        self._log = event_log
        self._ledger = ledger
        self._other_names: Callable[[UUID], Iterable[UUID]] = lambda person_id: ()
        self._remove: list[Callable[[UUID], object]] = []

    def erase_also(self, other_names: Callable[[UUID], Iterable[UUID]]) -> None:
        """Where a service knows persons by other ids, too, so that nobody can tell whose data it is: which.

        They are erased with the person, and stand in the ledger as ids of their own.
        """
        self._other_names = other_names

    def and_remove(self, remove: Callable[[UUID], object]) -> None:
        """Has rows go that nobody can read any more, once the key is gone. Removing twice is removing once."""
        self._remove.append(remove)

    def erase(self, person_id: UUID) -> None:
        """Erasing twice is erasing once. Raises Unavailable, and OSError when it cannot be noted first."""
        self._erase(person_id)
        for name in self._other_names(person_id):
            self._erase(name)

    def _erase(self, person_id: UUID) -> None:
        self._ledger.add(person_id)
        try:
            self._log.keyring.erase(person_id)
        finally:
            # After the key is gone, so that nobody finds it once more.
            self._log.forget(person_id)
        for remove in self._remove:
            remove(person_id)

    def hear(self, message: Message) -> None:
        """Takes a `person_erased.v1`."""
        self.erase(UUID(message.subject))


def brought_back(
    connection: psycopg.Connection[tuple[Any, ...]], person_ids: Sequence[UUID]
) -> list[UUID]:
    """Which of the erased persons a database does not know as erased: it was restored from an older copy."""
    return [row[0] for row in connection.execute(_BROUGHT_BACK, (list(person_ids),))]


def erase_again(
    connection: psycopg.Connection[tuple[Any, ...]], person_ids: Sequence[UUID]
) -> None:
    connection.execute(_ERASE_AGAIN, (list(person_ids),))
