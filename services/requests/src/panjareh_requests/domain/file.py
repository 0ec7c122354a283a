"""A file that a person sends: evidence that nobody else holds, a photo or a plan."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from panjareh_requests.domain.refusals_files import (
    FileBeingChecked,
    FileNotShown,
    FileOfRequest,
    FileTooLarge,
    TooManyFiles,
    UploadOver,
    WrongOffset,
)

TYPES = ("image/jpeg", "image/png", "application/pdf")
"""What forms may ask for (catalog, the check of forms)."""
MOST_BYTES = 10 * 1024 * 1024
MOST_FILES = 20
"""Of one person, that are part of no request."""
UPLOAD_LASTS = timedelta(hours=24)
"""From one piece to the next."""

NOT_YOURS = (
    "There is no file of yours with this id, or it has expired. Upload it, and send the new id."
)
NOT_COMPLETE = "This file has not arrived whole. Go on with its upload first."
REFUSED = "This file was refused when it was looked through. Send another one."
OF_ANOTHER = "This file is part of another request already. Upload it once more for this one."
WRONG_TYPE = "This file is of the type {type}. The form takes: {types}."
TOO_LARGE = "This file has {bytes} bytes. The form takes at most {most}."


class FileState(StrEnum):
    UPLOADING = "uploading"
    CHECKING = "checking"
    CLEAN = "clean"
    REFUSED = "refused"


@dataclass(frozen=True)
class StoredFile:
    """`received` of `length` bytes have come. `about` is what its sender says of it: `name`, and the metadata as
    it was sent. `because` says why it was refused: unknown_type or harmful.
    """

    id: UUID
    owner_id: UUID
    uploader_id: UUID
    state: FileState
    length: int
    received: int
    about: Mapping[str, Any]
    created_at: datetime
    expires_at: datetime | None
    type: str | None = None
    because: str | None = None
    digest: str | None = None
    request_id: UUID | None = None

    @classmethod
    def begun(
        cls,
        file_id: UUID,
        *,
        owner_id: UUID,
        uploader_id: UUID,
        length: int,
        about: Mapping[str, Any],
        at: datetime,
    ) -> StoredFile:
        """Raises FileTooLarge."""
        if not 0 < length <= MOST_BYTES:
            raise FileTooLarge(most=MOST_BYTES)
        return cls(
            id=file_id,
            owner_id=owner_id,
            uploader_id=uploader_id,
            state=FileState.UPLOADING,
            length=length,
            received=0,
            about=about,
            created_at=at,
            expires_at=at + UPLOAD_LASTS,
        )

    def must_take(self, offset: int, count: int) -> None:
        """Raises WrongOffset, UploadOver, FileTooLarge for more than was announced."""
        if offset != self.received:
            raise WrongOffset(offset=self.received)
        if self.state is not FileState.UPLOADING and count:
            raise UploadOver()
        if offset + count > self.length:
            raise FileTooLarge(most=self.length)

    def with_piece(self, received: int, *, at: datetime, kept_for: timedelta) -> StoredFile:
        """The file with more of it; when it is whole it is looked through, however long that is waited for."""
        whole = received == self.length
        state = FileState.CHECKING if whole else FileState.UPLOADING
        lasts = kept_for if whole else UPLOAD_LASTS
        return replace(self, received=received, state=state, expires_at=at + lasts)

    def found_clean(self, type_: str, digest: str, expires_at: datetime) -> StoredFile:
        return replace(
            self, state=FileState.CLEAN, type=type_, digest=digest, expires_at=expires_at
        )

    def found_unfit(self, because: str, type_: str | None, expires_at: datetime) -> StoredFile:
        return replace(
            self, state=FileState.REFUSED, because=because, type=type_, expires_at=expires_at
        )

    def must_be_free(self) -> None:
        """Raises FileOfRequest."""
        if self.request_id is not None:
            raise FileOfRequest()

    def must_be_clean(self) -> None:
        """Raises FileNotShown."""
        if self.state is not FileState.CLEAN:
            raise FileNotShown(state=str(self.state))


def must_have_room(files: int) -> None:
    """Raises TooManyFiles for an owner who has so many of them."""
    if files >= MOST_FILES:
        raise TooManyFiles(limit=MOST_FILES)


def faults_of(
    file: StoredFile | None, request_id: UUID, types: Sequence[str], most: int
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Why a file does not fit where a form names it, as a sentence and what fills it.

    Raises FileBeingChecked: that is nobody's fault, and over soon.
    """
    if file is None:
        yield NOT_YOURS, {}
    elif file.state is FileState.UPLOADING:
        yield NOT_COMPLETE, {}
    elif file.state is FileState.REFUSED:
        yield REFUSED, {}
    elif file.state is FileState.CHECKING:
        raise FileBeingChecked()
    elif file.request_id not in (None, request_id):
        yield OF_ANOTHER, {}
    else:
        if file.type not in types:
            yield WRONG_TYPE, {"type": file.type or "?", "types": ", ".join(types)}
        if file.length > most:
            yield TOO_LARGE, {"bytes": file.length, "most": most}
