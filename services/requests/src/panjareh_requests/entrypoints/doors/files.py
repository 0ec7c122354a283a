"""Which files belong to a request; the files themselves go through the http process."""

from __future__ import annotations

from typing import Any

from panjareh_common.rpc.server import Call, Provided, rpc
from panjareh_requests.entrypoints.doors.asking import ANYONE
from panjareh_requests.read_model.files import FilesOfRequests
from panjareh_requests.schemas.files import FilesSchema
from panjareh_requests.schemas.requests import WhichRequestSchema


class FilesDoor:
    files_of_requests: FilesOfRequests = Provided("files_of_requests")

    @rpc(WhichRequestSchema, gives=FilesSchema, callers=ANYONE)
    def list_request_files(self, query: dict[str, Any], call: Call) -> Any:
        return self.files_of_requests.of(call.caller, call.cause(), query["request_id"])
