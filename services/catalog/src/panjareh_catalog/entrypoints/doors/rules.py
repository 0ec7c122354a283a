"""Rules: checked by publishers before they decide about anybody, and tried by everybody."""

from __future__ import annotations

from typing import Any

from panjareh_catalog.application import ruling
from panjareh_catalog.application.publishing import office_of
from panjareh_catalog.entrypoints.doors.finding import ANYONE
from panjareh_catalog.entrypoints.doors.publishing import PUBLISHERS
from panjareh_catalog.read_model.cards import PublishedCards
from panjareh_catalog.schemas import rules as schemas
from panjareh_common.rpc.server import Call, Provided, rpc


class RulesDoor:
    published_cards: PublishedCards = Provided("published_cards")

    @rpc(schemas.CheckRulesSchema, gives=schemas.CheckedRulesSchema, callers=PUBLISHERS)
    def check_rules(self, command: dict[str, Any], call: Call) -> Any:
        office_of(call.caller)
        return ruling.checked(command["rules"], call.language)

    @rpc(schemas.TryRulesSchema, gives=schemas.TriedRulesSchema, callers=ANYONE)
    def try_rules(self, query: dict[str, Any], call: Call) -> Any:
        card, version = self.published_cards.newest(query["code"])
        return ruling.tried(card, version, query["values"], call.language)
