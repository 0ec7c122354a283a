"""A clerk at a counter helps a person, who confirms it by a code and keeps their account to themself (I5)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from panjareh_common.asking import Asking
from panjareh_common.due import Due, Handler
from panjareh_common.event_store import Cause, EventLog, UnitOfWork
from panjareh_common.refusals import NotFound, Refusal
from panjareh_common.security import Caller
from panjareh_identity.application.lives.ports import Answer, Helping, Helpings
from panjareh_identity.application.lives.settling import settle, spend
from panjareh_identity.application.messages import Messages, tell
from panjareh_identity.application.ports import (
    CodeFor,
    Credentials,
    Limit,
    Looks,
    Officers,
    OneTimeCodes,
    Sessions,
    Throttle,
)
from panjareh_identity.application.proofs import living
from panjareh_identity.application.tokens import Assisting as Whom
from panjareh_identity.application.tokens import Sign, make_token
from panjareh_identity.application.typed import read_typed
from panjareh_identity.domain.assistance import CODE_WAITS, Assistance
from panjareh_identity.domain.assurance import Authenticator
from panjareh_identity.domain.authority_onboarding import (
    AuthorityOnboarding,
    OnBoard,
    onboarding_id,
)
from panjareh_identity.domain.contacts import Channel
from panjareh_identity.domain.identifiers import read_identifier
from panjareh_identity.domain.person import Person
from panjareh_identity.domain.persons_refusals import AssistanceOver
from panjareh_identity.domain.refusals import CodeExpired
from panjareh_identity.domain.session import EndedSession, Ending, Session

KIND_SEND, PURPOSE = "send_assistance_code", "assistance"
ROLE = "officer"
# For one clerk and person: a clerk who guesses codes has twenty-five tries a day, and keeps nobody else out.
_BEGUN = Limit("assistance", most=5, wait=timedelta(hours=24))

ASSISTANCE_MESSAGE = (
    "Panjareh: a clerk of {authority} wants to help you with: {purpose}. If you stand at the counter "
    "and want that, say this code: {code}. It gives no access to your account."
)


@dataclass(frozen=True)
class BeginAssistance:
    """`identifier` as it was typed; `purpose` is what the person is told."""

    identifier: str = field(repr=False)
    purpose: str = field(repr=False)


class AssistanceEnds:
    """How an assistance ends: by the clerk or the person, with the clerk's session, with the person's account."""

    def __init__(self, log: EventLog, helpings: Helpings) -> None:
        self._log = log
        self._helpings = helpings

    def end(self, assistance_id: UUID, *, caller: Caller, cause: Cause) -> None:
        """By the clerk or by the person; its tokens are refused everywhere. Raises NotFound."""

        def work(unit: UnitOfWork) -> None:
            assistance = unit.load(Assistance, assistance_id)
            if caller.person not in (assistance.person, assistance.clerk):
                raise NotFound()
            self._end(unit, assistance, caller.person)

        self._log.run(cause, work)

    def end_under(self, unit: UnitOfWork, sids: Sequence[str]) -> None:
        """What hangs on sessions of clerks that end."""
        for helping in self._helpings.under(unit, sids):
            if helping.person_id is not None:
                assistance = unit.load(Assistance, helping.assistance_id)
                self._end(unit, assistance, helping.clerk_id)

    def leave(self, unit: UnitOfWork, person_id: UUID) -> None:
        for row in self._helpings.of_person(unit, person_id):
            assistance = unit.load(Assistance, UUID(row["assistance_id"]))
            self._end(unit, assistance, person_id)
        self._helpings.remove(unit, person_id)

    def held_about(self, unit: UnitOfWork, person_id: UUID) -> list[Answer]:
        rows = self._helpings.of_person(unit, person_id)
        for row in rows:
            row["purpose"] = unit.load(Assistance, UUID(row["assistance_id"])).purpose
        return rows

    def _end(self, unit: UnitOfWork, assistance: Assistance, by: UUID) -> None:
        if not assistance.end(by, unit.now):
            return
        ended = Ending(_sid(assistance.id), assistance.clerk)
        unit.save(assistance, EndedSession.end(ended, unit.now))
        self._helpings.end(unit, assistance.id)


class Assisting:
    """What the clerk does."""

    def __init__(
        self,
        log: EventLog,
        *,
        sign: Sign,
        helpings: Helpings,
        credentials: Credentials,
        sessions: Sessions,
        officers: Officers,
        codes: OneTimeCodes,
        throttle: Throttle,
        messages: Messages,
        looks: Looks,
        code: Callable[[], str],
    ) -> None:
        self._log = log
        self._sign = sign
        self._helpings = helpings
        self._credentials = credentials
        self._sessions = sessions
        self._officers = officers
        self._codes = codes
        self._throttle = throttle
        self._messages = messages
        self._looks = looks
        self._code = code

    def handlers(self) -> dict[str, Handler]:
        return {KIND_SEND: self.send}

    def begin(self, command: BeginAssistance, asked: Asking) -> Answer:
        """`{assistance_id}`, the same for ids of nobody. Raises NotAllowed, InvalidInput, TooManyTries, NotYourself."""
        caller, language = asked.caller, asked.language
        authority = caller.office(ROLE)
        identifier = read_typed("identifier", read_identifier, command.identifier, language).text
        self._throttle.take(_BEGUN, _pair(caller, identifier), self._log.clock())
        known = self._credentials.find(identifier)
        assistance_id = uuid4()

        def work(unit: UnitOfWork) -> Answer:
            session = self._sessions.active(unit, caller.session, caller.person)
            person_id = known.person_id if known else None
            helping = Helping(assistance_id, person_id, caller.person, session.sid, authority)
            self._helpings.add(unit, helping, unit.now + CODE_WAITS)
            if person_id is not None:
                self._look(unit, person_id, assistance_id, caller)
                unit.save(
                    Assistance.begin(
                        assistance_id=assistance_id,
                        person_id=person_id,
                        clerk=caller.person,
                        authority=authority,
                        purpose=command.purpose,
                        at=unit.now,
                    )
                )
            unit.wait_until(unit.now, KIND_SEND, assistance_id)
            return {"assistance_id": str(assistance_id)}

        request = {"identifier": identifier, "purpose": command.purpose}
        return asked.once(self._log, "begin_assistance", request, work)

    def send(self, due: Due) -> None:
        """The clock's part: the code goes to the person, never to the clerk."""
        code = self._code()

        def work(unit: UnitOfWork) -> tuple[Person, dict[str, str]] | None:
            helping = self._helpings.find(unit, due.subject)
            if helping is None or helping.person_id is None:
                unit.done(KIND_SEND, due.subject)
                return None
            person = living(unit, helping.person_id)
            if person.died:
                unit.done(KIND_SEND, due.subject)
                return None
            self._codes.keep(unit, CodeFor(person.id, PURPOSE, str(due.subject)), code)
            purpose = unit.load(Assistance, due.subject).purpose or ""
            authority = _name(unit, helping.authority, person.language or "fa")
            return person, {"authority": authority, "purpose": purpose}

        found = self._log.run(due.cause, work)
        if found is None:
            return
        person, said = found
        tell(self._messages, person, Channel.SMS, ASSISTANCE_MESSAGE, code=code, **said)
        self._log.run(due.cause, lambda unit: unit.done(KIND_SEND, due.subject))

    def confirm(self, assistance_id: UUID, code: str, *, caller: Caller, cause: Cause) -> Answer:
        """The clerk's own token, which says whom they assist, for as long as the visit lasts.

        Raises NotAllowed, AssistanceOver, CodeWrong, CodeExpired.
        """
        caller.office(ROLE)

        def work(unit: UnitOfWork) -> tuple[Answer, Person] | Refusal:
            session = self._sessions.active(unit, caller.session, caller.person)
            helping = self._of_clerk(unit, assistance_id, caller)
            if helping.person_id is None:
                return CodeExpired()
            wanted = CodeFor(helping.person_id, PURPOSE, str(assistance_id))
            if refusal := spend(self._codes, unit, wanted, code):
                return refusal
            assistance = unit.load(Assistance, assistance_id)
            until = assistance.confirm(unit.now)
            unit.save(assistance)
            self._helpings.confirm(unit, assistance_id, until)
            answer = self._token(unit, session, assistance, until)
            return answer, living(unit, assistance.person)

        answer, person = settle(self._log, cause, work)
        if person.identifier is not None:
            self._throttle.clear(_BEGUN, _pair(caller, person.identifier.text))
        return answer

    def renew(self, assistance_id: UUID, *, caller: Caller, cause: Cause) -> Answer:
        """Another such token while it lasts. Raises NotAllowed, AssistanceOver."""
        caller.office(ROLE)

        def work(unit: UnitOfWork) -> Answer:
            session = self._sessions.active(unit, caller.session, caller.person)
            self._of_clerk(unit, assistance_id, caller)
            assistance = unit.find(Assistance, assistance_id)
            if assistance is None or assistance.until is None:
                raise AssistanceOver()
            return self._token(unit, session, assistance, assistance.until)

        return self._log.run(cause, work)

    def _of_clerk(self, unit: UnitOfWork, assistance_id: UUID, caller: Caller) -> Helping:
        helping = self._helpings.find(unit, assistance_id)
        if helping is None or helping.clerk_id != caller.person:
            raise AssistanceOver()
        return helping

    def _token(
        self, unit: UnitOfWork, session: Session, assistance: Assistance, until: datetime
    ) -> Answer:
        clerk = unit.load(Person, session.person_id)
        office = self._officers.office_of(unit, clerk.id)
        # As sure as both are known, and no more: a clerk's own card must not raise the other's level.
        proofing = min(clerk.proofing, living(unit, assistance.person).proofing)
        # A sid of its own: it ends apart from the clerk's session, and with it.
        beside = replace(
            session,
            sid=_sid(assistance.id),
            authenticator=min(session.authenticator, Authenticator.PASSWORD_AND_CODE),
            expires_at=min(session.expires_at, until),
        )
        whom = Whom(assistance.person, assistance.id)
        return make_token(self._sign, beside, proofing, office, unit.now, assisting=whom)

    def _look(self, unit: UnitOfWork, person_id: UUID, about: UUID, caller: Caller) -> None:
        self._looks.record(
            unit,
            person_id,
            reader=str(caller.person),
            role=str(caller.kind),
            purpose=PURPOSE,
            about=about,
        )


def _name(unit: UnitOfWork, authority: str, language: str) -> str:
    """As it was brought on board; the code of one that an operator's list made known."""
    known = unit.find(AuthorityOnboarding, onboarding_id(authority))
    if known is None or known.status is not OnBoard.CONFIRMED:
        return authority
    return str(known.name.get(language, authority))


def _pair(caller: Caller, identifier: str) -> str:
    return f"{caller.person}\0{identifier}"


def _sid(assistance_id: UUID) -> str:
    return f"assistance-{assistance_id}"
