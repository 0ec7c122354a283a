"""Signing in, and raising assurance."""

from __future__ import annotations

from typing import Any

from panjareh_common.rpc.server import Call, Provided, rpc
from panjareh_common.security import CallerKind
from panjareh_identity.application.authenticator_ports import SmartCardProof
from panjareh_identity.application.commands import FinishSignIn, SignIn, StepUp
from panjareh_identity.application.origin import Origin
from panjareh_identity.application.signing_in import SigningIn
from panjareh_identity.application.unlocking import Unlocking
from panjareh_identity.schemas import signing_in as schemas
from panjareh_identity.schemas.base import NothingSchema

PERSON, OFFICER = CallerKind.PERSON, CallerKind.OFFICER


def _origin(call: Call, known_device: str | None) -> Origin:
    return Origin(call.address, call.agent, known_device)


class SigningInDoor:
    signing_in: SigningIn = Provided("signing_in")
    unlocking: Unlocking = Provided("unlocking")

    @rpc(schemas.SignInSchema, gives=schemas.SignedInSchema, callers={"gateway"})
    def sign_in(self, asked: tuple[SignIn, str | None], call: Call) -> Any:
        command, known_device = asked
        origin = _origin(call, known_device)
        return self.signing_in.sign_in(
            command, cause=call.cause(), language=call.language, origin=origin
        )

    @rpc(schemas.FinishSignInSchema, gives=schemas.SignedInSchema, callers={"gateway"})
    def finish_sign_in(self, asked: tuple[FinishSignIn, str | None], call: Call) -> Any:
        command, known_device = asked
        origin = _origin(call, known_device)
        return self.signing_in.finish_sign_in(command, cause=call.cause(), origin=origin)

    @rpc(NothingSchema, gives=schemas.PasskeyOptionsSchema, callers={"gateway"})
    def passkey_challenge(self, nothing: dict[str, Any], call: Call) -> Any:
        return self.signing_in.passkey_challenge()

    @rpc(schemas.PasskeySignInSchema, gives=schemas.TokenSchema, callers={"gateway"})
    def sign_in_with_passkey(self, asked: dict[str, Any], call: Call) -> Any:
        origin = _origin(call, asked["known_device"])
        return self.signing_in.sign_in_with_passkey(
            asked["passkey"], cause=call.cause(), origin=origin
        )

    @rpc(NothingSchema, gives=schemas.SmartCardChallengeSchema, callers={"gateway"})
    def smart_card_challenge(self, nothing: dict[str, Any], call: Call) -> Any:
        return self.signing_in.smart_card_challenge()

    @rpc(schemas.SmartCardSignInSchema, gives=schemas.TokenSchema, callers={"gateway"})
    def sign_in_with_smart_card(self, asked: dict[str, Any], call: Call) -> Any:
        proof: SmartCardProof = asked["smart_card"]
        origin = _origin(call, asked["known_device"])
        return self.signing_in.sign_in_with_smart_card(proof, cause=call.cause(), origin=origin)

    @rpc(schemas.AskUnlockCodeSchema, gives=NothingSchema, callers={"gateway"})
    def send_unlock_code(self, asked: dict[str, str], call: Call) -> Any:
        self.unlocking.ask(**asked, cause=call.cause(), language=call.language)
        return {}

    @rpc(schemas.UseUnlockCodeSchema, gives=schemas.KnownDeviceSchema, callers={"gateway"})
    def use_unlock_code(self, asked: dict[str, str], call: Call) -> Any:
        return self.unlocking.use(
            asked["national_id"], asked["unlock_code"], cause=call.cause(), language=call.language
        )

    @rpc(schemas.StepUpSchema, gives=schemas.SteppedUpSchema, callers={PERSON, OFFICER})
    def step_up(self, command: StepUp, call: Call) -> Any:
        return self.signing_in.step_up(command, caller=call.caller, cause=call.cause())
