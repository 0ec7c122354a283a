"""The person's own account: channels, groups, closing, everything held; and getting it back when it is lost."""

from __future__ import annotations

from typing import Any

from panjareh_common.rpc.server import Call, Provided, rpc
from panjareh_common.security import CallerKind
from panjareh_identity.application.lives.recovering import BeginRecovery, CompleteRecovery
from panjareh_identity.application.origin import Origin
from panjareh_identity.schemas import lives as schemas
from panjareh_identity.schemas import recovery
from panjareh_identity.schemas.base import NothingSchema
from panjareh_identity.schemas.signing_in import TokenSchema
from panjareh_identity.wiring_lives import Lives

THEMSELF = {CallerKind.PERSON, CallerKind.OFFICER}  # an officer is a person, too


def asked(call: Call) -> dict[str, Any]:
    return {"caller": call.caller, "cause": call.cause()}


class AccountDoor:
    lives: Lives = Provided("lives")

    @rpc(NothingSchema, gives=schemas.AccountSchema, callers=THEMSELF)
    def get_account(self, nothing: dict[str, Any], call: Call) -> Any:
        return self.lives.my_data.account(**asked(call))

    @rpc(NothingSchema, gives=schemas.AgeSchema, callers={"catalog"})
    def tell_age(self, nothing: dict[str, Any], call: Call) -> Any:
        return self.lives.ages.tell(**asked(call))

    @rpc(NothingSchema, gives=schemas.MyDataSchema, callers=THEMSELF)
    def get_my_data(self, nothing: dict[str, Any], call: Call) -> Any:
        return self.lives.my_data.download(**asked(call))

    @rpc(NothingSchema, gives=NothingSchema, callers=THEMSELF)
    def close_account(self, nothing: dict[str, Any], call: Call) -> Any:
        self.lives.closing.close(**asked(call))
        return {}

    @rpc(schemas.LanguageSchema, gives=NothingSchema, callers=THEMSELF)
    def choose_language(self, command: dict[str, Any], call: Call) -> Any:
        self.lives.channels.choose_language(**command, **asked(call))
        return {}

    @rpc(schemas.EmailSchema, gives=schemas.SentSchema, callers=THEMSELF)
    def begin_email(self, command: dict[str, Any], call: Call) -> Any:
        return self.lives.channels.begin_email(
            command["email"], **asked(call), language=call.language
        )

    @rpc(schemas.TypedCodeSchema, gives=NothingSchema, callers=THEMSELF)
    def confirm_email(self, command: dict[str, Any], call: Call) -> Any:
        self.lives.channels.confirm_email(**command, **asked(call))
        return {}

    @rpc(schemas.MobileSchema, gives=schemas.SentSchema, callers=THEMSELF)
    def begin_mobile(self, command: dict[str, Any], call: Call) -> Any:
        return self.lives.channels.begin_mobile(
            command["mobile"], command["proof"], **asked(call), language=call.language
        )

    @rpc(schemas.MobileCodesSchema, gives=NothingSchema, callers=THEMSELF)
    def confirm_mobile(self, command: dict[str, Any], call: Call) -> Any:
        self.lives.channels.confirm_mobile(**command, **asked(call))
        return {}

    @rpc(NothingSchema, gives=TokenSchema, callers=THEMSELF)
    def match_mobile(self, nothing: dict[str, Any], call: Call) -> Any:
        return self.lives.proving.match_mobile(**asked(call))

    @rpc(schemas.DeclareGroupsSchema, gives=schemas.GroupsSchema, callers=THEMSELF)
    def declare_groups(self, command: dict[str, Any], call: Call) -> Any:
        return self.lives.proving.declare_groups(**command, **asked(call))

    @rpc(schemas.ConfirmGroupSchema, gives=schemas.GroupsSchema, callers=THEMSELF)
    def confirm_group(self, command: dict[str, Any], call: Call) -> Any:
        return self.lives.proving.confirm_group(**command, **asked(call))


class RecoveryDoor:
    """Open to everybody: who asks is known by the secret that the recovery began with."""

    lives: Lives = Provided("lives")

    @rpc(recovery.BeginRecoverySchema, gives=recovery.BegunRecoverySchema, callers={"gateway"})
    def begin_recovery(self, command: BeginRecovery, call: Call) -> Any:
        return self.lives.recovering.begin(
            command,
            cause=call.cause(),
            language=call.language,
            origin=Origin(call.address, call.agent),
        )

    @rpc(recovery.RecoveryCodeSchema, gives=recovery.ProvedSchema, callers={"gateway"})
    def type_recovery_code(self, command: dict[str, Any], call: Call) -> Any:
        return self.lives.recovering.type_code(**command, cause=call.cause())

    @rpc(recovery.WhichRecoverySchema, gives=recovery.ProvedSchema, callers={"gateway"})
    def match_recovery_mobile(self, command: dict[str, Any], call: Call) -> Any:
        return self.lives.recovering.ask_mobile_registry(**command, cause=call.cause())

    @rpc(recovery.CompleteRecoverySchema, gives=recovery.RecoveredSchema, callers={"gateway"})
    def complete_recovery(self, command: CompleteRecovery, call: Call) -> Any:
        return self.lives.recovering.complete(command, cause=call.cause(), language=call.language)
