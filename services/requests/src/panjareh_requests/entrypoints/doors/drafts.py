"""Saving what is filled in, and finding it again on another channel or device."""

from __future__ import annotations

from typing import Any

from panjareh_common.asking import Asking
from panjareh_common.rpc.server import Call, Provided, rpc
from panjareh_requests.application.drafts import CreateDraft, DeleteDraft, Drafts, SaveDraft
from panjareh_requests.entrypoints.doors.asking import ANYONE
from panjareh_requests.read_model.drafts import OwnDrafts
from panjareh_requests.schemas import drafts as schemas
from panjareh_requests.schemas.requests import PageSchema


class DraftsDoor:
    drafts: Drafts = Provided("drafts")
    own_drafts: OwnDrafts = Provided("own_drafts")

    @rpc(schemas.CreateDraftSchema, gives=schemas.SavedDraftSchema, callers=ANYONE)
    def create_draft(self, command: CreateDraft, call: Call) -> Any:
        return self.drafts.create(_asking(call), command)

    @rpc(schemas.SaveDraftSchema, gives=schemas.SavedDraftSchema, callers=ANYONE)
    def save_draft(self, command: SaveDraft, call: Call) -> Any:
        return self.drafts.save(_asking(call), command)

    @rpc(schemas.DeleteDraftSchema, gives=schemas.DeletedDraftSchema, callers=ANYONE)
    def delete_draft(self, command: DeleteDraft, call: Call) -> Any:
        return self.drafts.delete(_asking(call), command)

    @rpc(schemas.WhichDraftSchema, gives=schemas.DraftSchema, callers=ANYONE)
    def get_draft(self, query: dict[str, Any], call: Call) -> Any:
        return self.drafts.get(call.caller, call.cause(), query["draft_id"], call.language)

    @rpc(PageSchema, gives=schemas.DraftPageSchema, callers=ANYONE)
    def list_drafts(self, query: dict[str, Any], call: Call) -> Any:
        return self.own_drafts.page(call.caller, call.cause(), **query)


def _asking(call: Call) -> Asking:
    return Asking(call.caller, call.cause(), call.key, call.language)
