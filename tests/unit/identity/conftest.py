"""Identity with everything outside it replaced by small fakes: the use cases run as they are."""

import itertools
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID, uuid4

import pytest
from tests.unit.identity.authenticator_fakes import (
    FakeChallenges,
    FakeCodes,
    FakeGuesses,
    FakeKnownDevices,
    FakeMessages,
    FakePasskeys,
    FakeSeals,
    FakeSmartCards,
    FakeThrottle,
    FakeTotp,
    FakeUnlockCodes,
)

from panjareh_common.assurance import AssuranceLevel
from panjareh_common.due import Due
from panjareh_common.event_store import Cause
from panjareh_common.refusals import NotFound, NotSignedIn
from panjareh_common.security import Caller, CallerKind
from panjareh_common.testing.aggregates import AT
from panjareh_identity.application.authenticating import Authenticating
from panjareh_identity.application.checks import check_sign_up
from panjareh_identity.application.codes import Codes
from panjareh_identity.application.commands import SignIn, SignUp
from panjareh_identity.application.guarding import Guard
from panjareh_identity.application.keys import Keys
from panjareh_identity.application.origin import NOWHERE
from panjareh_identity.application.people import People
from panjareh_identity.application.ports import Credential, Office
from panjareh_identity.application.proofs import Proofs
from panjareh_identity.application.registering import Registering
from panjareh_identity.application.sessions import Devices, SessionEnds
from panjareh_identity.application.setting_passwords import SettingPasswords
from panjareh_identity.application.signing_in import SigningIn
from panjareh_identity.application.signing_up import TELL_OF_SIGN_UP, SigningUp
from panjareh_identity.application.tickets import Tickets
from panjareh_identity.application.unlocking import Unlocking
from panjareh_identity.domain.privacy_statement import StatementNotCurrent

GATEWAY = Cause(actor="gateway", role="service", channel="web")


@dataclass
class FakeUnit:
    """One unit of work over a list of events; what is not committed is not kept."""

    log: "FakeLog"
    cause: Cause
    now: datetime
    saved: list = field(default_factory=list)

    def find(self, kind, stream):
        aggregate = None
        for event in self.log.events:
            if event.originator_id == stream:
                aggregate = event.mutate(aggregate)
        return aggregate if isinstance(aggregate, kind) else None

    def load(self, kind, stream):
        aggregate = self.find(kind, stream)
        if aggregate is None:
            raise NotFound()
        return aggregate

    def wait_until(self, due_at, kind, subject, detail="", *, cause=None):
        self.log.waits[kind, subject, detail] = due_at

    def done(self, kind, subject, detail=""):
        self.log.waits.pop((kind, subject, detail), None)

    def save(self, *aggregates):
        self.saved += [event for aggregate in aggregates for event in aggregate.collect_events()]


class FakeLog:
    def __init__(self) -> None:
        self.events, self.causes, self.now = [], [], AT
        self.waits = {}

    def clock(self) -> datetime:
        return self.now

    @contextmanager
    def unit_of_work(self, cause):
        unit = FakeUnit(self, cause, self.now)
        yield unit
        self.events += unit.saved
        self.causes += [cause] * len(unit.saved)

    def run(self, cause, work):
        with self.unit_of_work(cause) as unit:
            return work(unit)

    def kinds(self) -> list[str]:
        return [event.TOPIC for event in self.events]


class FakeCredentials:
    def __init__(self) -> None:
        self.rows, self.taken_meanwhile = {}, None

    def find(self, national_id):
        return self.rows.get(national_id)

    def add(self, unit, national_id, credential):
        if self.taken_meanwhile:
            self.rows[national_id] = self.taken_meanwhile
        return self.rows.setdefault(national_id, credential) is credential

    def identifier_of(self, person_id):
        return next((key for key, row in self.rows.items() if row.person_id == person_id), None)

    def password_hash_of(self, unit, person_id):
        row = self.rows.get(self.identifier_of(person_id))
        return row and row.password_hash

    def set_password(self, unit, person_id, password_hash):
        if self.identifier_of(person_id) is None:
            raise NotFound()
        self.rows[self.identifier_of(person_id)] = Credential(person_id, password_hash)

    def hold(self, unit, person_id):
        return any(row.person_id == person_id for row in self.rows.values())

    def remove(self, unit, person_id):
        self.rows = {key: row for key, row in self.rows.items() if row.person_id != person_id}


class FakePasswords:
    """Fast, and counts: every attempt must cost the same. A comparison makes one hash, too."""

    def __init__(self) -> None:
        self.compared = self.made = 0

    @property
    def slow(self) -> int:
        return self.compared + self.made

    def hash(self, password):
        self.made += 1
        return f"hash of {password}"

    def fits(self, password, password_hash):
        self.compared += 1
        return password_hash == f"hash of {password}"


class FakeSessions:
    def __init__(self) -> None:
        self.rows = {}

    def start(self, unit, session):
        self.rows[session.sid] = session

    def active(self, unit, sid, person_id):
        session = next((s for s in self.of_person(unit, person_id) if s.sid == sid), None)
        if session is None:
            raise NotSignedIn()
        self.rows[sid] = session.seen(unit.now)
        return self.rows[sid]

    def change(self, unit, session):
        self.rows[session.sid] = session

    def of_person(self, unit, person_id):
        found = [
            session
            for session in self.rows.values()
            if session.person_id == person_id
            and min(session.expires_at, session.unused_until) > unit.now
        ]
        return sorted(found, key=lambda session: session.last_seen, reverse=True)

    def end(self, unit, sid, person_id):
        mine = sid in self.rows and self.rows[sid].person_id == person_id
        return self.rows.pop(sid) if mine else None

    def end_all(self, unit, person_id, *, keep=None):
        sids = [s.sid for s in self.rows.values() if s.person_id == person_id and s.sid != keep]
        return [self.rows.pop(sid) for sid in sids]

    def remove(self, unit, person_id):
        self.end_all(unit, person_id)


class FakeOfficers:
    def __init__(self) -> None:
        self.rows = {}

    def write(self, unit, person):
        if person.authority is None:
            self.remove(unit, person.id)
        else:
            self.rows[person.id] = Office(person.authority, person.roles)

    def office_of(self, unit, person_id):
        return self.rows.get(person_id)

    def remove(self, unit, person_id):
        self.rows.pop(person_id, None)


class FakeErasures:
    def __init__(self) -> None:
        self.erased = []

    def erase(self, person_id):
        self.erased.append(person_id)


class FakeRegistry:
    def __init__(self) -> None:
        self.answer, self.asked = None, []

    def ask(self, person_id, inquiry_id):
        self.asked.append(inquiry_id)
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


class FakeWaiting:
    """Nobody has a new number that waits to be matched."""

    def mobile_of(self, unit, person_id, inquiry_id):
        return None


class FakeLooks:
    def __init__(self) -> None:
        self.recorded = []

    def record(self, unit, person_id, **look):
        self.recorded.append((person_id, look))


class Identity:
    """The use cases, and what stands around them."""

    def __init__(self) -> None:
        self.log, self.credentials, self.passwords = FakeLog(), FakeCredentials(), FakePasswords()
        self.throttle, self.sessions, self.codes = FakeThrottle(), FakeSessions(), FakeCodes()
        self.ends = SessionEnds(self.sessions)
        self.devices = Devices(self.log, self.sessions, self.ends, lambda unit, sid: False)
        self.officers, self.registry = FakeOfficers(), FakeRegistry()
        self.messages, self.looks = FakeMessages(), FakeLooks()
        self.erasures, self.claims = FakeErasures(), []
        self._wire_authentication()
        self.noted: list[tuple[UUID, int]] = []
        self.statement = 3
        registering = Registering(self.log, self.credentials, self.passwords)
        self.signing_up = SigningUp(
            self.log,
            registering=registering,
            credentials=self.credentials,
            passwords=self.passwords,
            read_password=self.setting.read,
            throttle=self.throttle,
            messages=self.messages,
            check_statement=self._check_statement,
            take_note=lambda unit, person_id, version: self.noted.append((person_id, version)),
            recovery_url="https://window.test/id/recovery",
        )
        self.people = People(
            self.log,
            credentials=self.credentials,
            passwords=self.passwords,
            setting=self.setting,
            guard=self.guard,
            officers=self.officers,
            looks=self.looks,
            ends=self.ends,
            codes=self.codes,
            erasures=self.erasures,
            waiting=FakeWaiting(),
            registering=registering,
        )
        self.unlocking = Unlocking(
            self.log,
            credentials=self.credentials,
            unlock_codes=self.unlock_codes,
            devices=self.known_devices,
            messages=self.messages,
        )

    def _wire_authentication(self) -> None:
        """As `wiring_authenticators.py` does it."""
        numbers = itertools.count(111111)
        self.common = {"password123"}
        self.guesses = FakeGuesses(self.credentials)
        self.known_devices = FakeKnownDevices(self.credentials)
        self.unlock_codes = FakeUnlockCodes(self.credentials)
        self.totp, self.challenges = FakeTotp(), FakeChallenges()
        self.passkeys, self.smart_cards = FakePasskeys(), FakeSmartCards()
        self.guard = Guard(self.throttle, self.guesses, self.known_devices)
        keys = Keys(
            challenges=self.challenges, passkeys=self.passkeys, smart_cards=self.smart_cards
        )
        self.setting = SettingPasswords(
            credentials=self.credentials,
            passwords=self.passwords,
            common=self.common,
            guesses=self.guesses,
            devices=self.known_devices,
        )
        self.signing_in = SigningIn(
            self.log,
            proofs=Proofs(
                sign=lambda claims: self.claims.append(claims) or "a-token",
                credentials=self.credentials,
                sessions=self.sessions,
                officers=self.officers,
                devices=self.known_devices,
                guesses=self.guesses,
            ),
            codes=Codes(
                self.log,
                codes=self.codes,
                totp=self.totp,
                guard=self.guard,
                throttle=self.throttle,
                messages=self.messages,
                code=lambda: f"{next(numbers):06d}",
            ),
            keys=keys,
            guard=self.guard,
            credentials=self.credentials,
            passwords=self.passwords,
            sessions=self.sessions,
            devices=self.known_devices,
            totp=self.totp,
            passkeys=self.passkeys,
            challenges=self.challenges,
            tickets=Tickets(FakeSeals()),
            registry=self.registry,
        )
        self.authenticating = Authenticating(
            self.log,
            keys=keys,
            guard=self.guard,
            sessions=self.sessions,
            ends=self.ends,
            credentials=self.credentials,
            passwords=self.passwords,
            setting=self.setting,
            devices=self.known_devices,
            guesses=self.guesses,
            codes=self.codes,
            totp=self.totp,
            passkeys=self.passkeys,
            smart_cards=self.smart_cards,
            challenges=self.challenges,
            unlock_codes=self.unlock_codes,
        )

    @staticmethod
    def leila(**changes) -> SignUp:
        known = {
            "national_id": "9900000013",
            "mobile": "09000000001",
            "given_name": "لیلا",
            "family_name": "کریمی",
            "birth_date": "1985-03-21",
            "password": "correct horse battery",
            "language": "fa",
        }
        return SignUp(**known | changes)

    def sign_up(self, *, origin=NOWHERE, **changes) -> UUID:
        """Whose the id is afterwards, which no answer tells."""
        command = self.leila(**changes)
        self.answered = self.signing_up.sign_up(
            command, cause=GATEWAY, language="fa", origin=origin
        )
        # Nobody waits for the clock here, where they do not mean to.
        self.told = {
            key: self.log.waits.pop(key)
            for key in list(self.log.waits)
            if key[0] == TELL_OF_SIGN_UP
        }
        details, _ = check_sign_up(command, self.log.now, "fa", lambda typed, known: typed)
        return self.credentials.find(details.identifier.text).person_id

    def tell_of_sign_up(self) -> None:
        """What the clock process does with what the last sign-up left it."""
        for kind, subject, detail in self.told:
            self.signing_up.tell(Due(kind, subject, detail, 1, GATEWAY, self.log.now))

    def _check_statement(self, unit, version) -> None:
        if version != self.statement:
            raise StatementNotCurrent(current=self.statement)

    def sign_in(self, password="correct horse battery", national_id="9900000013", origin=NOWHERE):
        command = SignIn(national_id, password)
        return self.signing_in.sign_in(command, cause=GATEWAY, language="fa", origin=origin)

    def signed_in(self) -> Caller:
        """Leila, registered and signed in with her password."""
        person_id = self.sign_up()
        self.sign_in()
        return self.caller(person_id, self.claims[-1]["sid"])

    @staticmethod
    def caller(person_id=None, sid="no-session") -> Caller:
        return Caller(
            kind=CallerKind.PERSON,
            subject=person_id or uuid4(),
            assurance=AssuranceLevel.SELF_ASSERTED,
            session=sid,
        )

    @staticmethod
    def cause(caller: Caller) -> Cause:
        return caller.cause("web")


@pytest.fixture
def identity() -> Identity:
    return Identity()
