"""Lives of accounts with what is outside them replaced by small fakes; the use cases run as they are."""

import itertools
import json
import re
from dataclasses import replace
from datetime import timedelta

from panjareh_common.asking import Asking
from panjareh_common.assurance import AssuranceLevel
from panjareh_common.clock import to_wire
from panjareh_common.due import Due
from panjareh_common.event_store import Cause
from panjareh_common.security import Caller, CallerKind
from panjareh_identity.application.lives.appointments import Visits
from panjareh_identity.application.lives.assisting import AssistanceEnds, Assisting
from panjareh_identity.application.lives.channels import Channels
from panjareh_identity.application.lives.closing import Closing, MyData
from panjareh_identity.application.lives.deaths import Deaths
from panjareh_identity.application.lives.places import OfferedPlaces
from panjareh_identity.application.lives.ports import ChangeProof, OfferedTime
from panjareh_identity.application.lives.proving import Proving
from panjareh_identity.application.lives.recovering import Recovering
from panjareh_identity.application.ports import Office
from panjareh_identity.application.sessions import SessionEnds
from panjareh_identity.domain.appointment import AppointmentStatus
from panjareh_identity.domain.assurance import Authenticator
from panjareh_identity.domain.contacts import Channel
from panjareh_identity.domain.person import Person
from panjareh_identity.domain.persons_refusals import AppointmentOpen, RecoveryOver, TimeTaken
from panjareh_identity.domain.session import Session


class AtOnce(Asking):
    """A command with a key that nobody used before; what a repeat gets is shown on a real database."""

    def once(self, log, method, request, work):
        json.dumps(request)  # a repeat is known by it
        answer = log.run(self.cause, work)
        return json.loads(json.dumps(answer))


def keyed(caller, channel="web"):
    return AtOnce(caller, caller.cause(channel), "a-new-key", "fa")


class FakeExchange:
    """Answers by evidence type; `asked` says what was asked about whom."""

    def __init__(self) -> None:
        self.answers, self.asked = {}, []

    def ask(self, person_id, inquiry_id, *, evidence_type, purpose):
        self.asked.append((person_id, inquiry_id, evidence_type))
        answer = self.answers[evidence_type]
        if isinstance(answer, Exception):
            raise answer
        return answer


class FakeChanges:
    def __init__(self) -> None:
        self.rows = {}

    def keep(self, unit, change):
        self.rows[change.person_id, change.channel] = change

    def find(self, unit, person_id, channel):
        change = self.rows.get((person_id, channel))
        return change if change and change.expires_at > unit.now else None

    def mobile_of(self, unit, person_id, inquiry_id):
        change = self.find(unit, person_id, Channel.SMS)
        asked = change and change.inquiry_id == inquiry_id
        return change.to if asked and change.proof == ChangeProof.MOBILE_REGISTRY else None

    def remove(self, unit, person_id, channel):
        self.rows.pop((person_id, channel), None)

    def leave(self, unit, person_id):
        self.rows = {key: row for key, row in self.rows.items() if key[0] != person_id}


class FakePlaces:
    def __init__(self) -> None:
        self.places, self.times = {}, {}

    def add(self, unit, code, authority, name, address):
        self.places[code] = {"place": code, "authority": authority}

    def offer(self, unit, place, times, capacity):
        for starts_at, ends_at in times:
            self.times.setdefault((place, starts_at), [ends_at, capacity, 0])

    def take(self, unit, place, starts_at):
        row = self.times.get((place, starts_at))
        if row is None or starts_at <= unit.now or row[2] >= row[1]:
            raise TimeTaken()
        row[2] += 1
        return row[0]

    def give_back(self, unit, place, starts_at):
        self.times[place, starts_at][2] -= 1

    def all(self):
        return list(self.places.values())

    def free_times(self, place, after):
        return [
            OfferedTime(code, starts_at, row[0], row[1] - row[2])
            for (code, starts_at), row in self.times.items()
            if code == place and starts_at > after and row[2] < row[1]
        ]


class FakeAppointments:
    def __init__(self) -> None:
        self.rows = {}

    def write(self, unit, appointment):
        booked = [
            row
            for row in self.rows.values()
            if row["status"] == AppointmentStatus.BOOKED
            and (row["person_id"], row["purpose"])
            == (str(appointment.person), str(appointment.purpose))
            and row["appointment_id"] != str(appointment.id)
        ]
        if booked and appointment.status is AppointmentStatus.BOOKED:
            raise AppointmentOpen()
        self.rows[appointment.id] = {
            "appointment_id": str(appointment.id),
            "person_id": str(appointment.person),
            "purpose": str(appointment.purpose),
            "place": appointment.place,
            "starts_at": to_wire(appointment.starts_at),
            "ends_at": to_wire(appointment.ends_at),
            "status": str(appointment.status),
        }

    def of_person(self, unit, person_id):
        mine = [row for row in self.rows.values() if row["person_id"] == str(person_id)]
        return [{k: v for k, v in row.items() if k != "person_id"} for row in mine]

    def remove(self, unit, person_id):
        self.rows = {k: row for k, row in self.rows.items() if row["person_id"] != str(person_id)}

    def at_place(self, unit, place, day):
        return [dict(row) for row in self.rows.values() if row["place"] == place]


class FakeRecoveries:
    def __init__(self) -> None:
        self.rows, self.secrets, self.codes = {}, {}, []

    def add(self, unit, recovery, secret):
        self.rows[recovery.recovery_id], self.secrets[recovery.recovery_id] = recovery, secret

    def find(self, unit, recovery_id):
        row = self.rows.get(recovery_id)
        return row if row and row.expires_at > unit.now else None

    def open(self, unit, recovery_id, secret):
        row = self.find(unit, recovery_id)
        if row is None or self.secrets[recovery_id] != secret:
            raise RecoveryOver()
        return row

    def prove(self, unit, recovery_id, proved):
        self.rows[recovery_id] = replace(self.rows[recovery_id], proved=int(proved))

    def extend(self, unit, recovery_id, expires_at):
        row = self.rows[recovery_id]
        self.rows[recovery_id] = replace(row, expires_at=max(row.expires_at, expires_at))

    def complete(self, unit, recovery_id):
        del self.rows[recovery_id]

    def keep_code(self, unit, person_id, channel, code):
        self.codes = [row for row in self.codes if row[3] > unit.now]
        good = [row for row in self.codes if row[1:3] == (person_id, channel)]
        if len(good) >= 3:
            return False
        self.codes.append((code, person_id, channel, unit.now + timedelta(hours=1)))
        return True

    def use_code(self, unit, person_id, channel, code):
        wanted = (code, person_id, channel)
        found = [row for row in self.codes if row[:3] == wanted and row[3] > unit.now]
        self.codes = [row for row in self.codes if row not in found]
        return bool(found)

    def leave(self, unit, person_id):
        self.rows = {key: row for key, row in self.rows.items() if row.person_id != person_id}


class FakeHelpings:
    def __init__(self) -> None:
        self.rows, self.until = {}, {}

    def add(self, unit, helping, expires_at):
        self.rows[helping.assistance_id], self.until[helping.assistance_id] = helping, expires_at

    def find(self, unit, assistance_id):
        row = self.rows.get(assistance_id)
        return row if row and self.until[assistance_id] > unit.now else None

    def confirm(self, unit, assistance_id, until):
        self.until[assistance_id] = until

    def end(self, unit, assistance_id):
        self.until[assistance_id] = unit.now

    def remove(self, unit, person_id):
        self.rows = {key: row for key, row in self.rows.items() if row.person_id != person_id}

    def under(self, unit, sids):
        live = (row for key, row in self.rows.items() if self.until[key] > unit.now)
        return [row for row in live if row.parent_sid in sids]

    def of_person(self, unit, person_id):
        mine = (row for row in self.rows.values() if row.person_id == person_id)
        return [
            {"assistance_id": str(row.assistance_id), "authority": row.authority} for row in mine
        ]


class FakeRequests:
    def __init__(self) -> None:
        self.open = []

    def of(self, person_id):
        return list(self.open)


class LivesOf:
    """The lives of accounts, beside an `Identity` with its own fakes."""

    def __init__(self, identity) -> None:
        self.identity, self.log = identity, identity.log
        self.exchange, self.changes = FakeExchange(), FakeChanges()
        self.places, self.appointments = FakePlaces(), FakeAppointments()
        self.recoveries, self.helpings, self.requests = (
            FakeRecoveries(),
            FakeHelpings(),
            FakeRequests(),
        )
        self.ended = []
        numbers = itertools.count(222222)

        def code():
            return f"{next(numbers):06d}"

        def sign(claims):
            identity.claims.append(claims)
            return "a-token"

        shared = {"sessions": identity.sessions}
        told = {
            "codes": identity.codes,
            "throttle": identity.throttle,
            "messages": identity.messages,
            "code": code,
        }
        self.assistance_ends = AssistanceEnds(self.log, self.helpings)
        self.ends = SessionEnds(identity.sessions, hanging=(self.assistance_ends.end_under,))
        self.channels = Channels(
            self.log, changes=self.changes, exchange=self.exchange, **shared, **told
        )
        self.proving = Proving(
            self.log, sign=sign, officers=identity.officers, exchange=self.exchange, **shared
        )
        self.offered = OfferedPlaces(self.log, self.places)
        self.visits = Visits(
            self.log,
            places=self.places,
            appointments=self.appointments,
            recoveries=self.recoveries,
            looks=identity.looks,
        )
        self.recovering = Recovering(
            self.log,
            recoveries=self.recoveries,
            credentials=identity.credentials,
            exchange=self.exchange,
            passwords=identity.setting,
            ends=self.ends,
            renew=identity.authenticating.recover,
            throttle=identity.throttle,
            messages=identity.messages,
        )
        self.assisting = Assisting(
            self.log,
            sign=sign,
            helpings=self.helpings,
            credentials=identity.credentials,
            officers=identity.officers,
            looks=identity.looks,
            **shared,
            **told,
        )
        self.deaths = Deaths(
            self.log,
            credentials=identity.credentials,
            ends=self.ends,
            life_ends=(lambda unit, person, because: self.ended.append((person, because)),),
        )
        self.closing = Closing(
            self.log,
            people=identity.people,
            officers=identity.officers,
            requests=self.requests,
            **shared,
        )
        self.my_data = MyData(
            self.log,
            sections={"account": lambda unit, person: {"person_id": str(person)}},
            **shared,
        )

    def pass_time(self, **time) -> None:
        self.log.now += timedelta(**time)

    def person(self, person_id) -> Person:
        with self.log.unit_of_work(Cause("test", "service", "platform")) as unit:
            return unit.load(Person, person_id)

    def confirm_mobile(self, person_id) -> None:
        self.change(person_id, lambda person: person.confirm_mobile(self.log.now))

    def change(self, person_id, change) -> None:
        with self.log.unit_of_work(Cause("test", "service", "platform")) as unit:
            person = unit.load(Person, person_id)
            change(person)
            unit.save(person)

    def sent(self, to) -> list[str]:
        """The texts that went to a phone or an address, the last one last."""
        messages = self.identity.messages
        return [text for where, text in (*messages.sent, *messages.mailed) if where == to]

    def code_to(self, to) -> str:
        """The newest code that went there."""
        digits = [word.strip(".:،") for word in self.sent(to)[-1].split()]
        return next(word for word in digits if word.isdigit() and len(word) == 6)

    def recovery_code_to(self, to) -> str:
        """The newest code that went there, in its groups."""
        found = re.search(r"\w{4}(-\w{4}){3}", self.sent(to)[-1])
        assert found
        return found.group()

    def do_due(self) -> None:
        """What the clock process does now."""
        handlers = self.recovering.handlers() | self.assisting.handlers()
        for kind, subject, detail in list(self.log.waits):
            cause = Cause("identity", "service", "platform", cause=kind)
            handlers[kind](Due(kind, subject, detail, 1, cause, self.log.now))

    def officer(self, authority="civil_registry", national_id="9900000021") -> Caller:
        """An officer of an authority, signed in with two factors."""
        person_id = self.identity.sign_up(
            national_id=national_id, mobile="09000000002", given_name="رضا", family_name="احمدی"
        )
        self.change(person_id, lambda person: person.appoint(authority, ["officer"], self.log.now))
        self.identity.officers.rows[person_id] = Office(authority, ("officer",))
        return self.officer_again(
            Caller(
                kind=CallerKind.OFFICER,
                subject=person_id,
                assurance=AssuranceLevel.LOW,
                authority=authority,
                roles=("officer",),
            )
        )

    def officer_again(self, officer: Caller) -> Caller:
        """The same officer, signed in now."""
        session = Session.begin(
            officer.person,
            Authenticator.PASSWORD_AND_CODE,
            ("pwd", "otp"),
            now=self.log.now,
            channel="web",
            device=None,
        )
        self.identity.sessions.rows[session.sid] = session
        return replace(officer, session=session.sid, auth_time=self.log.now)
