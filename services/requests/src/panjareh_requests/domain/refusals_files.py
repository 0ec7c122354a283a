"""Every way files say no, by name."""

from __future__ import annotations

from panjareh_common.refusals import Kind, Refusal


class FilesNotTaken(Refusal):
    code = "files_not_taken"
    kind = Kind.UNAVAILABLE
    message = (
        "No files can be taken at the moment, because nothing here looks through them for harm. "
        "Try again later; what you sent before is kept."
    )


class FileTooLarge(Refusal):
    code = "file_too_large"
    kind = Kind.TOO_LARGE
    message = "A file has between 1 and {most} bytes here. Make this one smaller and send it again."


class WrongOffset(Refusal):
    """Two send pieces of one file, or one does not know how far it came."""

    code = "wrong_offset"
    message = "This upload stands at byte {offset}. Go on from there."


class UploadOver(Refusal):
    code = "upload_over"
    message = "This file is complete, so nothing can be added to it. Send another file anew."


class TooManyFiles(Refusal):
    code = "too_many_files"
    message = (
        "You keep {limit} files that belong to no request, which is the most that is kept. "
        "Delete what you do not need; they are listed at /api/v1/files."
    )


class FileOfRequest(Refusal):
    code = "file_of_request"
    message = "This file is part of a request, so it stays as long as the request does."


class FileNotShown(Refusal):
    code = "file_not_shown"
    message = "Only a file that was looked through and is clean is given out. This one is {state}."


class FileBeingChecked(Refusal):
    """Not kept under an Idempotency-Key: the same order succeeds a moment later."""

    code = "file_being_checked"
    kind = Kind.UNAVAILABLE
    message = (
        "A file of this form is still being looked through. Try again in a few seconds; "
        "nothing was lost."
    )


class FileBroken(Refusal):
    code = "file_broken"
    kind = Kind.UNAVAILABLE
    message = (
        "This file cannot be given out as it was sent. This has been recorded and is looked into."
    )
