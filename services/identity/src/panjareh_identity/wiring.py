"""Puts identity together: the only file that names concrete classes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from panjareh_common import settings as names
from panjareh_common.due import Handler
from panjareh_common.foundation import Foundation, lay
from panjareh_common.rounds import Round
from panjareh_common.settings import Setting
from panjareh_identity.adapters.civil_registry import InquiryCivilRegistry
from panjareh_identity.adapters.credentials import PostgresCredentials
from panjareh_identity.adapters.exchange import InquiryExchange
from panjareh_identity.adapters.one_time_codes import PostgresOneTimeCodes
from panjareh_identity.adapters.passwords import Argon2Passwords, Aside, at_once
from panjareh_identity.adapters.registries import InquiryRegistries
from panjareh_identity.adapters.sessions import PostgresSessions
from panjareh_identity.adapters.signing_keys import PostgresSigningKeys
from panjareh_identity.adapters.throttle import PostgresThrottle
from panjareh_identity.application.acting import ActingFor
from panjareh_identity.application.authenticating import Authenticating
from panjareh_identity.application.consents import Consents
from panjareh_identity.application.mandate_officers import MandateOfficers
from panjareh_identity.application.mandates import Mandates
from panjareh_identity.application.people import People
from panjareh_identity.application.ports import Officers, Sessions
from panjareh_identity.application.privacy_statements import PrivacyStatements
from panjareh_identity.application.registering import Registering
from panjareh_identity.application.sessions import Devices, SessionEnds
from panjareh_identity.application.signing_in import SigningIn
from panjareh_identity.application.signing_keys import SigningKeys
from panjareh_identity.application.signing_up import SigningUp
from panjareh_identity.application.unlocking import Unlocking
from panjareh_identity.read_model.looks import PostgresLooks
from panjareh_identity.read_model.officers import PostgresOfficers
from panjareh_identity.wiring_authenticators import (
    SETTINGS,
    WhatIsThere,
    wire_authentication,
)
from panjareh_identity.wiring_clients import ClientParts, wire_clients
from panjareh_identity.wiring_lives import Lives, Shared, wire_lives, wire_lives_rows
from panjareh_identity.wiring_mandates import wire_mandates
from panjareh_identity.wiring_staff import Staff, wire_staff


@dataclass(frozen=True)
class Wiring:
    """The parts of identity, made but not opened."""

    foundation: Foundation
    people: People
    lives: Lives
    signing_up: SigningUp
    signing_in: SigningIn
    authenticating: Authenticating
    unlocking: Unlocking
    signing_keys: SigningKeys
    devices: Devices
    mandates: Mandates
    mandate_officers: MandateOfficers
    acting_for: ActingFor
    consents: Consents
    privacy_statements: PrivacyStatements
    staff: Staff
    clients: ClientParts
    sessions: Sessions
    ends: SessionEnds
    officers: Officers
    due_handlers: Mapping[str, Handler]
    """What the clock process does when its time has come, by the kind of wait."""
    rounds: tuple[Round, ...]
    """What the clock process does every so often."""


def wire(aside: Aside[object] = at_once, also: tuple[Setting, ...] = ()) -> Wiring:
    """`aside` runs what takes long and would block a process of green threads; `also`: settings to read."""
    foundation = lay("identity", calls=("inquiry", "requests"), also=(*SETTINGS, *also))
    log, database, keyring = foundation.log, foundation.database, foundation.keyring
    identity = foundation.identity
    exchange = InquiryExchange(foundation.calls, identity)
    credentials = PostgresCredentials(database, keyring)
    passwords = Argon2Passwords(aside)
    officers = PostgresOfficers()
    sessions, codes = PostgresSessions(database), PostgresOneTimeCodes(keyring)
    clients = wire_clients(log, database, keyring)
    signing_keys = SigningKeys(log, PostgresSigningKeys(foundation.keys, keyring), identity)
    acting = wire_mandates(
        log,
        database,
        keyring,
        registries=InquiryRegistries(exchange),
        credentials=credentials,
        sessions=sessions,
        looks=PostgresLooks(),
        sign=signing_keys.access_token,
        withdrawn=(clients.grant_ends.end_between,),
    )
    lives_rows = wire_lives_rows(foundation, PostgresLooks())
    ends = SessionEnds(
        sessions,
        hanging=(
            clients.grant_ends.end_under,
            acting.acting_sessions.end_under,
            lives_rows.assistance_ends.end_under,
        ),
    )
    authentication = wire_authentication(
        foundation,
        WhatIsThere(
            sign=signing_keys.access_token,
            credentials=credentials,
            passwords=passwords,
            sessions=sessions,
            ends=ends,
            officers=officers,
            registry=InquiryCivilRegistry(exchange),
        ),
    )
    shared = Shared(
        foundation=foundation,
        sign=signing_keys.access_token,
        credentials=credentials,
        sessions=sessions,
        codes=codes,
        throttle=PostgresThrottle(database, keyring),
        officers=officers,
        looks=PostgresLooks(),
        messages=authentication.messages,
        exchange=exchange,
    )
    staff = wire_staff(
        log,
        officers=officers,
        credentials=credentials,
        looks=PostgresLooks(),
        ends=ends,
        clients=clients.clients,
    )
    devices = Devices(log, sessions, ends, acting.acting_sessions.end)
    registering = Registering(log, credentials, passwords)
    signing_up = SigningUp(
        log,
        registering=registering,
        credentials=credentials,
        passwords=passwords,
        read_password=authentication.setting_passwords.read,
        throttle=shared.throttle,
        messages=authentication.messages,
        check_statement=acting.privacy_statements.check,
        take_note=acting.privacy_statements.accept_in,
        recovery_url=f"{foundation.settings[names.ISSUER_URL]}/recovery",
    )
    people = People(
        log,
        credentials=credentials,
        passwords=passwords,
        setting=authentication.setting_passwords,
        guard=authentication.guard,
        officers=officers,
        looks=PostgresLooks(),
        ends=ends,
        codes=codes,
        erasures=foundation.erasures,
        registering=registering,
        waiting=lives_rows.changes,
        leaving=(
            *acting.leaving,
            *lives_rows.leaving,
            authentication.authenticating.leave,
            staff.offices.leave,
        ),
    )
    lives = wire_lives(
        shared,
        lives_rows,
        people=people,
        passwords=authentication.setting_passwords,
        authenticating=authentication.authenticating,
        ends=ends,
        life_ends=(acting.mandates.end_all_of, staff.offices.end_all_of),
        sections={
            "authenticators": authentication.authenticating.held_about,
            "mandates": acting.mandates.held_about,
            "consents": acting.consents.held_about,
            "privacy_statement": acting.privacy_statements.held_about,
            "sessions": devices.held_about,
            "office": staff.offices.held_about,
        },
    )
    return Wiring(
        foundation=foundation,
        people=people,
        lives=lives,
        clients=clients,
        sessions=sessions,
        ends=ends,
        officers=officers,
        due_handlers={
            **acting.proving.handlers(),
            **authentication.due_handlers,
            **lives.handlers(),
            **signing_up.handlers(),
        },
        rounds=(
            Round("signing_keys", timedelta(hours=1), signing_keys.rotate),
            Round("clients", timedelta(minutes=5), clients.askings.sweep),
            Round("sessions", timedelta(minutes=5), sessions.sweep),
            Round("authenticators", timedelta(minutes=5), authentication.sweep.sweep),
            *lives_rows.rounds(),
            Round("acting_sessions", timedelta(minutes=5), acting.acting_sessions.sweep),
        ),
        signing_keys=signing_keys,
        signing_up=signing_up,
        signing_in=authentication.signing_in,
        authenticating=authentication.authenticating,
        unlocking=authentication.unlocking,
        devices=devices,
        mandates=acting.mandates,
        mandate_officers=acting.mandate_officers,
        acting_for=acting.acting_for,
        consents=acting.consents,
        privacy_statements=acting.privacy_statements,
        staff=staff,
    )
