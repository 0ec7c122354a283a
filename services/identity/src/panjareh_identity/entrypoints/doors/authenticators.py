"""What a person signs in with: looked at and changed by themself."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from panjareh_common.rpc.server import Call, Provided, rpc
from panjareh_common.security import CallerKind
from panjareh_identity.application.authenticating import Authenticating, ChangePassword
from panjareh_identity.schemas import authenticators as schemas
from panjareh_identity.schemas.base import NothingSchema
from panjareh_identity.schemas.signing_in import PasskeyOptionsSchema

OWNER = {CallerKind.PERSON, CallerKind.OFFICER}


class AuthenticatorsDoor:
    authenticating: Authenticating = Provided("authenticating")

    @rpc(NothingSchema, gives=schemas.AuthenticatorsSchema, callers=OWNER)
    def list_authenticators(self, nothing: dict[str, Any], call: Call) -> Any:
        return self.authenticating.list(caller=call.caller, cause=call.cause())

    @rpc(NothingSchema, gives=schemas.TotpSeedSchema, callers=OWNER)
    def add_totp(self, nothing: dict[str, Any], call: Call) -> Any:
        return self.authenticating.add_totp(caller=call.caller, cause=call.cause())

    @rpc(schemas.ConfirmTotpSchema, gives=schemas.AddedSchema, callers=OWNER)
    def confirm_totp(self, asked: dict[str, str], call: Call) -> Any:
        return self.authenticating.confirm_totp(**asked, caller=call.caller, cause=call.cause())

    @rpc(NothingSchema, gives=PasskeyOptionsSchema, callers=OWNER)
    def begin_passkey(self, nothing: dict[str, Any], call: Call) -> Any:
        return self.authenticating.begin_passkey(caller=call.caller, cause=call.cause())

    @rpc(schemas.FinishPasskeySchema, gives=schemas.AddedSchema, callers=OWNER)
    def finish_passkey(self, asked: dict[str, Any], call: Call) -> Any:
        return self.authenticating.finish_passkey(
            asked["passkey"], asked["label"], caller=call.caller, cause=call.cause()
        )

    @rpc(schemas.BindSmartCardSchema, gives=schemas.AddedSchema, callers=OWNER)
    def bind_smart_card(self, asked: dict[str, Any], call: Call) -> Any:
        return self.authenticating.bind_smart_card(
            asked["smart_card"], caller=call.caller, cause=call.cause()
        )

    @rpc(schemas.WhichAuthenticatorSchema, gives=NothingSchema, callers=OWNER)
    def remove_authenticator(self, asked: dict[str, UUID], call: Call) -> Any:
        self.authenticating.remove(**asked, caller=call.caller, cause=call.cause())
        return {}

    @rpc(schemas.ChangePasswordSchema, gives=NothingSchema, callers=OWNER)
    def change_password(self, command: ChangePassword, call: Call) -> Any:
        self.authenticating.change_password(
            command, caller=call.caller, cause=call.cause(), language=call.language
        )
        return {}
