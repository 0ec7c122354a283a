"""Files: they come in pieces, are looked through by the clock, and are shown to those who may see them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, Protocol
from uuid import UUID, uuid4

import structlog

from panjareh_common.blobs import BlobStore
from panjareh_common.clock import to_wire
from panjareh_common.due import Due
from panjareh_common.event_store import Cause, EventLog, UnitOfWork
from panjareh_common.refusals import NotFound
from panjareh_common.security import Caller
from panjareh_requests.application.ports import Looks
from panjareh_requests.domain.file import TYPES, FileState, StoredFile, must_have_room
from panjareh_requests.domain.refusals_files import FilesNotTaken

log = structlog.get_logger(__name__)

KIND_CHECK = "check_file"
_SELF = Cause(actor="requests", role="service", channel="platform", cause=KIND_CHECK)


class FileRows(Protocol):
    """What is known of files; what their senders say of them is sealed."""

    def add(self, unit: UnitOfWork, file: StoredFile) -> None: ...

    def find(self, unit: UnitOfWork, file_id: UUID) -> StoredFile | None:
        """None also for one that has expired, or whose owner was erased."""
        ...

    def hold(self, unit: UnitOfWork, file_ids: Sequence[UUID]) -> list[StoredFile]:
        """As `find`; nobody else changes them until the unit ends."""
        ...

    def save(self, unit: UnitOfWork, file: StoredFile) -> None: ...

    def attach(self, unit: UnitOfWork, request_id: UUID, file_ids: Sequence[UUID]) -> None: ...

    def keep_until(
        self, unit: UnitOfWork, owner_id: UUID, file_ids: Sequence[UUID], until: datetime
    ) -> None:
        """Puts off the end of clean files that are part of no request."""
        ...

    def remove(self, unit: UnitOfWork, file_id: UUID) -> None: ...

    def count(self, unit: UnitOfWork, owner_id: UUID) -> int:
        """Those that are part of no request."""
        ...

    def sweep(self, now: datetime) -> int:
        """Removes what has expired, with its bytes; how many files that were."""
        ...


class Scanner(Protocol):
    """What looks through files for harm."""

    def scan(self, content: Iterator[bytes]) -> str | None:
        """The name of what was found; None: nothing. Raises Unavailable."""
        ...


class Requested(Protocol):
    """Lets those who may look at a request, or at that file of it, pass; on record where it is not their own."""

    def __call__(
        self, unit: UnitOfWork, caller: Caller, request_id: UUID, file_id: UUID | None = None
    ) -> UUID | None:
        """The person whose files of it they may see, None where all. Raises NotFound."""
        ...


@dataclass(frozen=True)
class Shown:
    """A file that is given out, and its bytes, chunk by chunk."""

    file: StoredFile
    content: Iterator[bytes]


class Files:
    """`sniff` gives the type that the first bytes and the name of a file tell; None where they tell none."""

    def __init__(
        self,
        log: EventLog,
        *,
        rows: FileRows,
        blobs: BlobStore,
        scanner: Scanner | None,
        sniff: Callable[[bytes], str | None],
        permit: Requested,
        looks: Looks,
        kept_for: timedelta,
    ) -> None:
        self._log = log
        self._rows = rows
        self._blobs = blobs
        self._scanner = scanner
        self._sniff = sniff
        self._permit = permit
        self._looks = looks
        self._kept_for = kept_for

    def handlers(self) -> dict[str, Callable[[Due], None]]:
        return {KIND_CHECK: self.check}

    # Coming in

    def begin(
        self, caller: Caller, cause: Cause, *, length: int, about: dict[str, Any]
    ) -> StoredFile:
        """Raises FilesNotTaken, FileTooLarge, TooManyFiles."""
        if self._scanner is None:
            raise FilesNotTaken()
        owner_id = caller.beneficiary

        def work(unit: UnitOfWork) -> StoredFile:
            # Counted, and not locked: two at once may make one more, which harms nobody.
            must_have_room(self._rows.count(unit, owner_id))
            file = StoredFile.begun(
                uuid4(),
                owner_id=owner_id,
                uploader_id=caller.doer,
                length=length,
                about=about,
                at=unit.now,
            )
            self._rows.add(unit, file)
            return file

        return self._log.run(cause, work)

    def append(
        self, caller: Caller, cause: Cause, file_id: UUID, offset: int, data: bytes
    ) -> StoredFile:
        """Stores one piece, whole or not at all; what is whole is looked through by the clock.

        Raises NotFound, WrongOffset, UploadOver, FileTooLarge.
        """

        def work(unit: UnitOfWork) -> StoredFile:
            file = self._held(unit, caller, file_id)
            file.must_take(offset, len(data))
            if not data:
                return file
            received = self._blobs.append(unit, file.id, file.owner_id, file.received, data)
            file = file.with_piece(received, at=unit.now, kept_for=self._kept_for)
            self._rows.save(unit, file)
            if file.state is FileState.CHECKING:
                unit.wait_until(unit.now, KIND_CHECK, file.id)
            return file

        return self._log.run(cause, work)

    def delete(self, caller: Caller, cause: Cause, file_id: UUID) -> None:
        """Raises NotFound, FileOfRequest."""

        def work(unit: UnitOfWork) -> None:
            file = self._held(unit, caller, file_id)
            file.must_be_free()
            self._blobs.remove(unit, file.id)
            self._rows.remove(unit, file.id)
            unit.done(KIND_CHECK, file.id)

        self._log.run(cause, work)

    def check(self, due: Due) -> None:
        """Looks through a whole file. Raises Unavailable while the scanner is away: then it is done again."""
        file = self._log.run(_SELF, lambda unit: self._rows.find(unit, due.subject))
        if file is None or file.state is not FileState.CHECKING:
            self._log.run(_SELF, lambda unit: unit.done(KIND_CHECK, due.subject))
            return
        type_, digest, because = self._looked_through(file)

        def work(unit: UnitOfWork) -> None:
            unit.done(KIND_CHECK, due.subject)
            held = self._rows.hold(unit, [file.id])
            if not held or held[0].state is not FileState.CHECKING:
                return
            until = unit.now + self._kept_for
            if because is None and type_ is not None:
                self._rows.save(unit, held[0].found_clean(type_, digest, until))
            else:
                # Why stays to be read; the bytes do not stay.
                self._blobs.remove(unit, file.id)
                self._rows.save(unit, held[0].found_unfit(because or "", type_, until))

        self._log.run(_SELF, work)
        if because:
            log.warning("file_refused", because=because)

    def _looked_through(self, file: StoredFile) -> tuple[str | None, str, str | None]:
        """The type, the digest, and why the file is refused; None when it is not. Raises Unavailable."""
        if self._scanner is None:
            raise FilesNotTaken()
        try:
            first = next(self._blobs.read(file.id, file.owner_id, file.length), b"")
            type_ = self._sniff(first)
            if type_ not in TYPES:
                return type_, "", "unknown_type"
            digest = sha256()
            found = self._scanner.scan(_digested(self._content(file), digest.update))
        except KeyError as erased:
            raise NotFound() from erased
        return type_, digest.hexdigest(), "harmful" if found else None

    # Going out

    def get(self, caller: Caller, cause: Cause, file_id: UUID) -> StoredFile:
        """What is known of a file. Raises NotFound."""
        with self._log.unit_of_work(cause) as unit:
            return self._seen(unit, caller, file_id)

    def show(self, caller: Caller, cause: Cause, file_id: UUID) -> Shown:
        """A clean file, the look on record where it is not one's own. Raises NotFound, FileNotShown."""
        with self._log.unit_of_work(cause) as unit:
            file = self._seen(unit, caller, file_id)
            file.must_be_clean()
        return Shown(file, self._content(file))

    def _content(self, file: StoredFile) -> Iterator[bytes]:
        return self._blobs.read(file.id, file.owner_id, file.length)

    def sweep(self, now: datetime) -> int:
        return self._rows.sweep(now)

    def _held(self, unit: UnitOfWork, caller: Caller, file_id: UUID) -> StoredFile:
        held = self._rows.hold(unit, [file_id])
        if not held or not _of(caller, held[0]):
            raise NotFound()
        return held[0]

    def _seen(self, unit: UnitOfWork, caller: Caller, file_id: UUID) -> StoredFile:
        file = self._rows.find(unit, file_id)
        if file is None:
            raise NotFound()
        if file.request_id is not None:
            whose = self._permit(unit, caller, file.request_id, file.id)
            if whose is not None and file.owner_id != whose:
                raise NotFound()
        elif not _of(caller, file):
            raise NotFound()
        elif caller.represented is not None:
            self._looks.record(
                unit,
                [(file.owner_id, file.id)],
                reader=str(caller.doer),
                role=str(caller.kind),
                authority=caller.authority,
                purpose="act_under_mandate" if caller.actor else "help_at_counter",
            )
        return file


def as_told(file: StoredFile) -> dict[str, Any]:
    """A file as it is told of."""
    return {
        "file_id": str(file.id),
        "name": file.about.get("name"),
        "state": str(file.state),
        "type": file.type,
        "because": file.because,
        "bytes": file.length,
        "received": file.received,
        "request_id": str(file.request_id) if file.request_id else None,
        "created_at": to_wire(file.created_at),
        "expires_at": to_wire(file.expires_at) if file.expires_at else None,
    }


def _of(caller: Caller, file: StoredFile) -> bool:
    """One's own; whoever acts for another reaches of theirs what they sent themself."""
    if caller.subject is None or file.owner_id != caller.beneficiary:
        return False
    return caller.represented is None or file.uploader_id == caller.doer


def _digested(content: Iterator[bytes], update: Callable[[bytes], None]) -> Iterator[bytes]:
    for chunk in content:
        update(chunk)
        yield chunk
