"""Identity with everything outside it replaced by small fakes: the use cases run as they are."""

import itertools
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID, uuid4

import pytest

from panjareh_common.assurance import AssuranceLevel
from panjareh_common.event_store import Cause
from panjareh_common.refusals import NotFound, NotSignedIn
from panjareh_common.security import Caller, CallerKind
from panjareh_common.testing.aggregates import AT
from panjareh_identity.application.commands import SignIn, SignUp
from panjareh_identity.application.people import People
from panjareh_identity.application.ports import CodeVerdict, Office
from panjareh_identity.application.signing_in import SigningIn
from panjareh_identity.domain.refusals import MessageNotSent, TooManyTries

GATEWAY = Cause(actor="gateway", role="service", channel="web")


@dataclass
class FakeUnit:
    """One unit of work over a list of events; what is not committed is not kept."""

    log: "FakeLog"
    cause: Cause
    now: datetime
    saved: list = field(default_factory=list)

    def load(self, kind, stream):
        aggregate = None
        for event in self.log.events:
            if event.originator_id == stream:
                aggregate = event.mutate(aggregate)
        if not isinstance(aggregate, kind):
            raise NotFound()
        return aggregate

    def save(self, *aggregates):
        self.saved += [event for aggregate in aggregates for event in aggregate.collect_events()]


class FakeLog:
    def __init__(self) -> None:
        self.events, self.causes, self.now = [], [], AT

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

    def hold(self, unit, person_id):
        return any(row.person_id == person_id for row in self.rows.values())

    def remove(self, unit, person_id):
        self.rows = {key: row for key, row in self.rows.items() if row.person_id != person_id}


class FakePasswords:
    """Fast, and counts: every attempt must cost the same."""

    def __init__(self) -> None:
        self.compared = 0

    def hash(self, password):
        return f"hash of {password}"

    def fits(self, password, password_hash):
        self.compared += 1
        return password_hash == self.hash(password)


class FakeThrottle:
    def __init__(self) -> None:
        self.taken = {}

    def take(self, limit, subject, now):
        taken = self.taken.get((limit.name, subject), 0)
        if taken >= limit.most:
            raise TooManyTries(retry_after=int(limit.wait.total_seconds()))
        self.taken[limit.name, subject] = taken + 1

    def clear(self, limit, subject):
        self.taken.pop((limit.name, subject), None)


class FakeSessions:
    def __init__(self) -> None:
        self.rows = {}

    def start(self, unit, session, channel):
        self.rows[session.sid] = session

    def active(self, unit, sid, person_id):
        session = self.rows.get(sid)
        if session is None or session.person_id != person_id or session.expires_at <= unit.now:
            raise NotSignedIn()
        return session

    def change(self, unit, session):
        self.rows[session.sid] = session

    def end(self, unit, sid, person_id):
        return self.rows.pop(sid, None)

    def remove(self, unit, person_id):
        found = [session for session in self.rows.values() if session.person_id == person_id]
        return [self.rows.pop(session.sid) for session in found]


class FakeCodes:
    def __init__(self) -> None:
        self.rows = {}

    def keep(self, unit, session, code):
        self.rows[session.person_id] = [session.sid, code, unit.now + timedelta(minutes=3), 5]

    def use(self, unit, session, code):
        row = self.rows.get(session.person_id)
        if row is None or row[2] <= unit.now or row[3] == 0:
            return CodeVerdict.GONE, 0
        if row[:2] == [session.sid, code]:
            del self.rows[session.person_id]
            return CodeVerdict.RIGHT, 0
        row[3] -= 1
        return CodeVerdict.WRONG, row[3]

    def remove(self, unit, person_id):
        self.rows.pop(person_id, None)


class FakeOfficers:
    def __init__(self) -> None:
        self.rows = {}

    def write(self, unit, person):
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


class FakeMessages:
    def __init__(self) -> None:
        self.sent, self.away = [], False

    def send(self, mobile, text):
        if self.away:
            raise MessageNotSent()
        self.sent.append((mobile, text))


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
        self.officers, self.registry = FakeOfficers(), FakeRegistry()
        self.messages, self.looks = FakeMessages(), FakeLooks()
        self.erasures, self.claims = FakeErasures(), []
        codes = (f"{n:06d}" for n in itertools.count(111111))
        self.people = People(
            self.log,
            credentials=self.credentials,
            passwords=self.passwords,
            throttle=self.throttle,
            officers=self.officers,
            looks=self.looks,
            sessions=self.sessions,
            codes=self.codes,
            erasures=self.erasures,
        )
        self.signing_in = SigningIn(
            self.log,
            sign=lambda claims: self.claims.append(claims) or "a-token",
            credentials=self.credentials,
            passwords=self.passwords,
            throttle=self.throttle,
            sessions=self.sessions,
            codes=self.codes,
            officers=self.officers,
            registry=self.registry,
            messages=self.messages,
            code=lambda: next(codes),
        )

    @staticmethod
    def leila(**changes) -> SignUp:
        known = {
            "national_id": "9900000013",
            "mobile": "09000000001",
            "given_name": "لیلا",
            "family_name": "کریمی",
            "birth_date": "1985-03-21",
            "password": "correct horse",
            "language": "fa",
        }
        return SignUp(**known | changes)

    def sign_up(self, **changes) -> UUID:
        return self.people.sign_up(self.leila(**changes), cause=GATEWAY, language="fa")

    def sign_in(self, password="correct horse", national_id="9900000013"):
        command = SignIn(national_id, password)
        return self.signing_in.sign_in(command, cause=GATEWAY, language="fa")

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
