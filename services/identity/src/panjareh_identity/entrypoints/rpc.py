"""The RPC door of identity. It translates and delegates; it decides nothing."""

from __future__ import annotations

from eventlet import tpool

from panjareh_common.rpc.runner import EveryService, serve
from panjareh_identity.domain.client import ACCOUNT
from panjareh_identity.entrypoints.doors.authenticators import AuthenticatorsDoor
from panjareh_identity.entrypoints.doors.lives import AccountDoor, RecoveryDoor
from panjareh_identity.entrypoints.doors.mandates import MandatesDoor
from panjareh_identity.entrypoints.doors.notices import NoticesDoor
from panjareh_identity.entrypoints.doors.people import PeopleDoor
from panjareh_identity.entrypoints.doors.privacy import PrivacyDoor
from panjareh_identity.entrypoints.doors.sessions import SessionsDoor
from panjareh_identity.entrypoints.doors.signing_in import SigningInDoor
from panjareh_identity.entrypoints.doors.staff import StaffDoor
from panjareh_identity.entrypoints.doors.visits import CounterDoor, DeathsDoor, VisitsDoor
from panjareh_identity.messaging.translation import PUBLISHED
from panjareh_identity.wiring import wire


class IdentityService(
    PeopleDoor,
    AccountDoor,
    NoticesDoor,
    RecoveryDoor,
    VisitsDoor,
    CounterDoor,
    DeathsDoor,
    SigningInDoor,
    AuthenticatorsDoor,
    SessionsDoor,
    StaffDoor,
    MandatesDoor,
    PrivacyDoor,
    EveryService,
):
    """Each door in `entrypoints/doors/` brings its own methods, and the objects it takes."""

    name = "identity"
    client_scope = ACCOUNT  # a third party's client does nothing about the account itself


# What is done aside hashes passwords: more at once than a pod has cores ends no sooner, and takes 19 MiB each.
_ASIDE = 4


def main(arguments: list[str]) -> None:
    tpool.set_num_threads(_ASIDE)
    wiring = wire(aside=tpool.execute)
    serve(IdentityService, wiring.foundation, vars(wiring), PUBLISHED)
