"""Puts together how people sign in: passwords, codes, apps, passkeys, cards, and what guards them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from panjareh_common import settings as names
from panjareh_common.due import Handler
from panjareh_common.foundation import Foundation
from panjareh_common.settings import Setting
from panjareh_identity.adapters.authenticator_sweep import AuthenticatorSweep
from panjareh_identity.adapters.challenges import PostgresChallenges
from panjareh_identity.adapters.common_passwords import CommonPasswordFile
from panjareh_identity.adapters.guesses import PostgresGuesses
from panjareh_identity.adapters.known_devices import PostgresKnownDevices
from panjareh_identity.adapters.messages import Carrier, Postman, mail_carrier
from panjareh_identity.adapters.one_time_codes import PostgresOneTimeCodes
from panjareh_identity.adapters.passkeys import PostgresPasskeys
from panjareh_identity.adapters.smart_cards import CardAuthority, PostgresSmartCards
from panjareh_identity.adapters.sms import SmsGateway
from panjareh_identity.adapters.throttle import PostgresThrottle
from panjareh_identity.adapters.totp import PostgresTotp
from panjareh_identity.adapters.unlock_codes import PostgresUnlockCodes
from panjareh_identity.application.authenticating import Authenticating
from panjareh_identity.application.codes import Codes
from panjareh_identity.application.guarding import Guard
from panjareh_identity.application.keys import Keys
from panjareh_identity.application.messages import Messages
from panjareh_identity.application.ports import (
    CivilRegistry,
    Credentials,
    Officers,
    OneTimeCodes,
    Passwords,
    Sessions,
)
from panjareh_identity.application.proofs import Proofs
from panjareh_identity.application.sessions import SessionEnds
from panjareh_identity.application.setting_passwords import SettingPasswords
from panjareh_identity.application.signing_in import SigningIn
from panjareh_identity.application.tickets import Tickets
from panjareh_identity.application.tokens import Sign
from panjareh_identity.application.unlocking import SEND_UNLOCK_CODE, Unlocking
from panjareh_identity.domain.contacts import Channel

SETTINGS: tuple[Setting, ...] = (
    names.SMS_URL,
    names.EMAIL_URL,
    names.EMAIL_SENDER,
    names.ISSUER_URL,
    names.SMART_CARD_AUTHORITY_FILE,
    names.SMART_CARD_REVOKED_URL,
)


@dataclass(frozen=True)
class WhatIsThere:
    """What other parts have made, and signing in needs."""

    sign: Sign
    credentials: Credentials
    passwords: Passwords
    sessions: Sessions
    ends: SessionEnds
    officers: Officers
    registry: CivilRegistry


@dataclass(frozen=True)
class Authentication:
    """The parts of this file that others use."""

    signing_in: SigningIn
    authenticating: Authenticating
    unlocking: Unlocking
    setting_passwords: SettingPasswords
    guard: Guard
    codes: OneTimeCodes
    messages: Messages
    sweep: AuthenticatorSweep

    @property
    def due_handlers(self) -> Mapping[str, Handler]:
        return {SEND_UNLOCK_CODE: lambda due: self.unlocking.send(due.subject, due.cause)}


def wire_authentication(foundation: Foundation, there: WhatIsThere) -> Authentication:
    log, database, keyring = foundation.log, foundation.database, foundation.keyring
    throttle = PostgresThrottle(database, keyring)
    guesses = PostgresGuesses(database, keyring)
    devices = PostgresKnownDevices(database, keyring)
    guard = Guard(throttle, guesses, devices)
    codes, totp = PostgresOneTimeCodes(keyring), PostgresTotp(keyring)
    challenges = PostgresChallenges(database, keyring)
    passkeys = PostgresPasskeys(keyring, foundation.settings[names.ISSUER_URL])
    smart_cards = PostgresSmartCards(
        CardAuthority(
            foundation.settings[names.SMART_CARD_AUTHORITY_FILE],
            foundation.settings[names.SMART_CARD_REVOKED_URL],
        )
    )
    unlock_codes = PostgresUnlockCodes(keyring)
    messages = _messages(foundation)
    keys = Keys(challenges=challenges, passkeys=passkeys, smart_cards=smart_cards)
    setting = SettingPasswords(
        credentials=there.credentials,
        passwords=there.passwords,
        common=CommonPasswordFile(),
        guesses=guesses,
        devices=devices,
    )
    return Authentication(
        signing_in=SigningIn(
            log,
            proofs=Proofs(
                sign=there.sign,
                credentials=there.credentials,
                sessions=there.sessions,
                officers=there.officers,
                devices=devices,
                guesses=guesses,
            ),
            codes=Codes(
                log, codes=codes, totp=totp, guard=guard, throttle=throttle, messages=messages
            ),
            keys=keys,
            guard=guard,
            credentials=there.credentials,
            passwords=there.passwords,
            sessions=there.sessions,
            devices=devices,
            totp=totp,
            passkeys=passkeys,
            challenges=challenges,
            tickets=Tickets(keyring),
            registry=there.registry,
        ),
        authenticating=Authenticating(
            log,
            keys=keys,
            guard=guard,
            sessions=there.sessions,
            ends=there.ends,
            credentials=there.credentials,
            passwords=there.passwords,
            setting=setting,
            devices=devices,
            guesses=guesses,
            codes=codes,
            totp=totp,
            passkeys=passkeys,
            smart_cards=smart_cards,
            challenges=challenges,
            unlock_codes=unlock_codes,
        ),
        unlocking=Unlocking(
            log,
            credentials=there.credentials,
            unlock_codes=unlock_codes,
            devices=devices,
            messages=messages,
        ),
        setting_passwords=setting,
        guard=guard,
        codes=codes,
        messages=messages,
        sweep=AuthenticatorSweep(database),
    )


def _messages(foundation: Foundation) -> Messages:
    settings = foundation.settings
    carriers: dict[Channel, Carrier] = {Channel.SMS: SmsGateway(settings[names.SMS_URL])}
    mail = mail_carrier(settings[names.EMAIL_URL], settings[names.EMAIL_SENDER])
    if mail is not None:
        carriers[Channel.EMAIL] = mail
    return Postman(carriers)
