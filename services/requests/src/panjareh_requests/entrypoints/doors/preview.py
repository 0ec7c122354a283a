"""What would be decided about who asks."""

from __future__ import annotations

from typing import Any

from panjareh_common.rpc.server import Call, Provided, rpc
from panjareh_requests.application.previewing import PreviewDecision, Previews
from panjareh_requests.entrypoints.doors.asking import ANYONE
from panjareh_requests.read_model.preview import in_words
from panjareh_requests.schemas import preview as schemas


class PreviewDoor:
    previews: Previews = Provided("previews")

    @rpc(schemas.PreviewDecisionSchema, gives=schemas.DecisionPreviewSchema, callers=ANYONE)
    def preview_decision(self, command: PreviewDecision, call: Call) -> Any:
        foreseen = self.previews.preview(
            command, caller=call.caller, cause=call.cause(), language=call.language
        )
        return in_words(foreseen, call.language)
