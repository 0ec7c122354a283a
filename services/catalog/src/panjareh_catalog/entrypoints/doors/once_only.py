"""The once-only rule: what the exchange offers is heard of here; overrides are open to all, conflicts to who must act."""

from __future__ import annotations

from typing import Any

from panjareh_catalog.application.evidence_types import EvidenceTypes, answerable
from panjareh_catalog.entrypoints.doors.finding import ANYONE
from panjareh_catalog.messaging.subscriptions import EVIDENCE_TYPES
from panjareh_catalog.read_model.forms import FormsView
from panjareh_catalog.read_model.once_only import OnceOnly
from panjareh_catalog.schemas import once_only as schemas
from panjareh_common.messaging import Message
from panjareh_common.messaging.listening import listen
from panjareh_common.rpc.server import Call, Provided, rpc
from panjareh_common.security import CallerKind


class OnceOnlyDoor:
    evidence_types: EvidenceTypes = Provided("evidence_types")
    once_only: OnceOnly = Provided("once_only")
    forms: FormsView = Provided("forms")

    @rpc(schemas.ListOverridesSchema, gives=schemas.OverridesSchema, callers=ANYONE)
    def list_overrides(self, query: dict[str, Any], call: Call) -> Any:
        return self.once_only.overrides(**query, language=call.language)

    @rpc(
        schemas.ListConflictsSchema,
        gives=schemas.ConflictsSchema,
        callers={CallerKind.OFFICER, CallerKind.AGENCY},
    )
    def list_conflicts(self, query: dict[str, Any], call: Call) -> Any:
        return self.once_only.conflicts(
            **query, authority=answerable(call.caller), language=call.language
        )

    @rpc(schemas.GetFormSchema, gives=schemas.FormSchema, callers={"gateway"})
    def get_form(self, query: dict[str, Any], call: Call) -> Any:
        return self.forms.get(query["code"])

    @listen(EVIDENCE_TYPES)
    def on_evidence_type_told(self, message: Message) -> None:
        self.evidence_types.keep(message, EVIDENCE_TYPES.name)
