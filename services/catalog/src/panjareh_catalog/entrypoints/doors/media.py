"""Pictures, sounds and films for the steps of services: uploaded by publishers, seen by everybody."""

from __future__ import annotations

from typing import Any

from panjareh_catalog.application.media import Media
from panjareh_catalog.application.publishing import office_of
from panjareh_catalog.entrypoints.doors.finding import ANYONE
from panjareh_catalog.entrypoints.doors.publishing import PUBLISHERS
from panjareh_catalog.read_model.media import PostgresMedia
from panjareh_catalog.schemas import media as schemas
from panjareh_catalog.schemas.base import PageSchema
from panjareh_common.asking import Asking
from panjareh_common.rpc.server import Call, Provided, rpc


class MediaDoor:
    media: Media = Provided("media")
    media_rows: PostgresMedia = Provided("media_rows")

    @rpc(schemas.UploadMediumSchema, gives=schemas.MediumSchema, callers=PUBLISHERS)
    def upload_medium(self, command: dict[str, str], call: Call) -> Any:
        asking = Asking(call.caller, call.cause(), call.key, call.language)
        return self.media.upload(command["content"], asking)

    @rpc(PageSchema, gives=schemas.MediaPageSchema, callers=PUBLISHERS)
    def list_media(self, query: dict[str, Any], call: Call) -> Any:
        return self.media_rows.of_authority(office_of(call.caller), **query)

    @rpc(schemas.GetMediumSchema, gives=schemas.MediumContentSchema, callers=ANYONE)
    def get_medium(self, query: dict[str, str], call: Call) -> Any:
        return self.media_rows.one(query["id"])
