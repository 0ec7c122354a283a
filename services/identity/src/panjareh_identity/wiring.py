"""Puts identity together: the only file that names concrete classes."""

from __future__ import annotations

from dataclasses import dataclass

from panjareh_common.foundation import Foundation, lay
from panjareh_common.settings import SMS_URL
from panjareh_identity.adapters.civil_registry import InquiryCivilRegistry
from panjareh_identity.adapters.credentials import PostgresCredentials
from panjareh_identity.adapters.one_time_codes import PostgresOneTimeCodes
from panjareh_identity.adapters.passwords import Argon2Passwords, Aside, at_once
from panjareh_identity.adapters.sessions import PostgresSessions
from panjareh_identity.adapters.sms import SmsGateway
from panjareh_identity.adapters.throttle import PostgresThrottle
from panjareh_identity.application.people import People
from panjareh_identity.application.signing_in import SigningIn
from panjareh_identity.read_model.looks import PostgresLooks
from panjareh_identity.read_model.officers import PostgresOfficers


@dataclass(frozen=True)
class Wiring:
    """The parts of identity, made but not opened."""

    foundation: Foundation
    people: People
    signing_in: SigningIn


def wire(aside: Aside[object] = at_once) -> Wiring:
    """`aside` runs what takes long and would block a process of green threads."""
    foundation = lay("identity", calls=("inquiry",), also=(SMS_URL,))
    log, database, keyring = foundation.log, foundation.database, foundation.keyring
    identity = foundation.identity
    credentials = PostgresCredentials(database, keyring)
    passwords = Argon2Passwords(aside)
    throttle = PostgresThrottle(database, keyring)
    officers = PostgresOfficers()
    sessions, codes = PostgresSessions(), PostgresOneTimeCodes(keyring)
    return Wiring(
        foundation=foundation,
        people=People(
            log,
            credentials=credentials,
            passwords=passwords,
            throttle=throttle,
            officers=officers,
            looks=PostgresLooks(),
            sessions=sessions,
            codes=codes,
            erasures=foundation.erasures,
        ),
        signing_in=SigningIn(
            log,
            sign=lambda claims: identity.sign(claims, "JWT"),
            credentials=credentials,
            passwords=passwords,
            throttle=throttle,
            sessions=sessions,
            codes=codes,
            officers=officers,
            registry=InquiryCivilRegistry(foundation.calls, identity),
            messages=SmsGateway(foundation.settings[SMS_URL]),
        ),
    )
