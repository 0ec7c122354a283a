"""What may be of use to a person now, and their choice about it; for nobody but themself."""

from __future__ import annotations

from typing import Any

from panjareh_catalog.application.hints import Hints, as_told
from panjareh_catalog.domain.hints import Choice
from panjareh_catalog.read_model.hints_told import told
from panjareh_catalog.read_model.services_view import ServicesView
from panjareh_catalog.schemas import hints as schemas
from panjareh_catalog.schemas.base import Strict
from panjareh_common.asking import Asking
from panjareh_common.rpc.server import Call, Provided, rpc
from panjareh_common.security import CallerKind

THEMSELF = {CallerKind.PERSON, CallerKind.OFFICER}  # an officer is a person, too


class HintsDoor:
    hints: Hints = Provided("hints")
    view: ServicesView = Provided("view")

    @rpc(Strict, gives=schemas.HintsSchema, callers=THEMSELF)
    def list_hints(self, nothing: dict[str, Any], call: Call) -> Any:
        hinted = self.hints.of(call.caller.person, call.cause(), call.language)
        return told(hinted, self.view, call.language)

    @rpc(Strict, gives=schemas.HintChoiceSchema, callers=THEMSELF)
    def get_hint_choice(self, nothing: dict[str, Any], call: Call) -> Any:
        choice = self.hints.choice_of(call.caller.person, call.cause())
        return {"choice": as_told(choice) if choice else None}

    @rpc(schemas.ChooseHintsSchema, gives=schemas.HintChoiceSchema, callers=THEMSELF)
    def choose_hints(self, choice: Choice, call: Call) -> Any:
        asking = Asking(call.caller, call.cause(), call.key, call.language)
        return {"choice": self.hints.choose(asking, choice)}
