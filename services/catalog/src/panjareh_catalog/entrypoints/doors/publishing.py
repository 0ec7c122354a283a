"""Publishers at work: drafts, cards, bulk imports, and services taken out of use."""

from __future__ import annotations

from typing import Any

from panjareh_catalog.application.bulk import BulkImport
from panjareh_catalog.application.drafts import Drafts, SaveDraft
from panjareh_catalog.application.publishing import Publishing, Retire, Suspend
from panjareh_catalog.schemas import publishing as schemas
from panjareh_common.asking import Asking
from panjareh_common.rpc.server import Call, Provided, rpc
from panjareh_common.security import CallerKind

PUBLISHERS = {CallerKind.OFFICER, CallerKind.AGENCY}


def _asked(call: Call) -> Asking:
    return Asking(call.caller, call.cause(), call.key, call.language)


class PublishingDoor:
    publishing: Publishing = Provided("publishing")
    drafts: Drafts = Provided("drafts")
    bulk: BulkImport = Provided("bulk")

    @rpc(schemas.PublishServiceSchema, gives=schemas.CheckedSchema, callers=PUBLISHERS)
    def check_service(self, command: dict[str, Any], call: Call) -> Any:
        return self.publishing.check(command["card"], _asked(call))

    @rpc(schemas.PublishServiceSchema, gives=schemas.PublishedSchema, callers=PUBLISHERS)
    def publish_service(self, command: dict[str, Any], call: Call) -> Any:
        return self.publishing.publish(command["card"], _asked(call))

    @rpc(schemas.ImportServicesSchema, gives=schemas.ImportedServicesSchema, callers=PUBLISHERS)
    def import_services(self, command: dict[str, Any], call: Call) -> Any:
        return self.bulk.import_files(**command, asking=_asked(call))

    @rpc(schemas.SaveDraftSchema, gives=schemas.DraftSavedSchema, callers=PUBLISHERS)
    def save_draft(self, command: SaveDraft, call: Call) -> Any:
        return self.drafts.save(command, _asked(call))

    @rpc(schemas.WhichVersionSchema, gives=schemas.ServiceStandingSchema, callers=PUBLISHERS)
    def discard_draft(self, command: dict[str, Any], call: Call) -> Any:
        return self.drafts.discard(**command, asking=_asked(call))

    @rpc(schemas.WhichVersionSchema, gives=schemas.PublishedSchema, callers=PUBLISHERS)
    def publish_draft(self, command: dict[str, Any], call: Call) -> Any:
        return self.publishing.publish_draft(**command, asking=_asked(call))

    @rpc(schemas.SuspendServiceSchema, gives=schemas.ServiceStandingSchema, callers=PUBLISHERS)
    def suspend_service(self, command: Suspend, call: Call) -> Any:
        return self.publishing.suspend(command, _asked(call))

    @rpc(schemas.WhichServiceSchema, gives=schemas.ServiceStandingSchema, callers=PUBLISHERS)
    def resume_service(self, command: dict[str, str], call: Call) -> Any:
        return self.publishing.resume(command["code"], _asked(call))

    @rpc(schemas.RetireServiceSchema, gives=schemas.ServiceStandingSchema, callers=PUBLISHERS)
    def retire_service(self, command: Retire, call: Call) -> Any:
        return self.publishing.retire(command, _asked(call))
