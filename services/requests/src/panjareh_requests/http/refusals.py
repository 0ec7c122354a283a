"""What the door for files itself refuses, before anybody is asked."""

from __future__ import annotations

from panjareh_common.refusals import Kind, Refusal


class Unreadable(Refusal):
    """What lacks something that every such call needs."""

    code = "upload_unreadable"
    kind = Kind.INVALID
    status = 400
    message = "Say in Upload-Length how many bytes the file has, and in Upload-Metadata what it is called."


class OffsetMissing(Unreadable):
    code = "upload_offset_missing"
    message = "Say in Upload-Offset where this piece begins."


class VersionOfTus(Unreadable):
    code = "tus_version_unknown"
    status = 412
    message = "This door speaks version {version} of tus. Send it as Tus-Resumable."


class NoPiece(Unreadable):
    code = "not_a_piece"
    status = 415
    message = "Send the bytes of a file as application/offset+octet-stream."


class WrongMethodForFiles(Unreadable):
    code = "wrong_method_for_files"
    status = 405
    message = "This address of a file does not take {method}."
