"""Telling a person of their requests: where they are reached, what they do not want to hear, at most once."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol
from uuid import UUID

from panjareh_common.event_store import Cause, EventLog, UnitOfWork
from panjareh_common.refusals import NotFound
from panjareh_common.security import Caller
from panjareh_identity.application.messages import Messages, address_of
from panjareh_identity.application.notice_words import said, title
from panjareh_identity.application.ports import Sessions
from panjareh_identity.application.proofs import living
from panjareh_identity.domain.contacts import Channel
from panjareh_identity.domain.notices import GROUP_OF, OPTIONAL, NoticeGroup
from panjareh_identity.domain.organisation import Organisation
from panjareh_identity.domain.person import Person
from panjareh_identity.domain.refusals import MessageNotSent


@dataclass(frozen=True)
class TellPerson:
    """`notice_id` is the same for every try; `service_code` says which representatives may know of it."""

    notice_id: UUID
    kind: str
    reference: str
    service_code: str
    by: datetime | None = None


class Told(StrEnum):
    """What became of a notice."""

    SENT = "sent"
    BEFORE = "before"
    UNWANTED = "unwanted"
    UNREACHABLE = "unreachable"


class SentNotices(Protocol):
    """Which notices went to whom: nobody is told the same twice."""

    def claim(self, unit: UnitOfWork, notice_id: UUID, person_id: UUID, kind: str) -> bool:
        """False where it was sent before, or is being sent by somebody else."""
        ...

    def give_back(self, unit: UnitOfWork, notice_id: UUID, person_id: UUID) -> None:
        """It surely did not arrive, so it may be tried again."""
        ...


class Representatives(Protocol):
    def of(self, unit: UnitOfWork, represented: UUID, service_code: str) -> Sequence[UUID]:
        """Who may act now for a child or an organisation in matters of that service."""
        ...


class TellingPersons:
    def __init__(
        self,
        log: EventLog,
        *,
        sent: SentNotices,
        representatives: Representatives,
        messages: Messages,
    ) -> None:
        self._log = log
        self._sent = sent
        self._representatives = representatives
        self._messages = messages

    def tell(self, command: TellPerson, *, caller: Caller, cause: Cause) -> dict[str, Any]:
        """`{told}`. Raises NotFound for who is erased or dead, and MessageNotSent when it may be tried again."""
        with self._log.unit_of_work(cause) as unit:
            people = self._receivers(unit, caller.person, command.service_code)
        told = Told.UNREACHABLE
        for person in people:
            told = self._tell(command, person, cause)
        return {"told": str(told)}

    def _receivers(self, unit: UnitOfWork, person_id: UUID, service_code: str) -> list[Person]:
        """The person; for a child or an organisation without a phone of its own, who represents it."""
        person = unit.find(Person, person_id)
        if person is None:
            if unit.find(Organisation, person_id) is None:
                raise NotFound()
        elif not person.known or person.died:
            raise NotFound()
        elif person.mobile:
            return [person]
        found = [
            unit.load(Person, representative)
            for representative in self._representatives.of(unit, person_id, service_code)
        ]
        return [each for each in found if each.known and not each.died]

    def _tell(self, command: TellPerson, person: Person, cause: Cause) -> Told:
        if GROUP_OF[command.kind] in person.notices_off:
            return Told.UNWANTED
        channel = person.notice_channel
        if channel is None:
            return Told.UNREACHABLE

        def claim(unit: UnitOfWork) -> bool:
            return self._sent.claim(unit, command.notice_id, person.id, command.kind)

        if not self._log.run(cause, claim):
            return Told.BEFORE
        # After the commit: who dies here has told nobody, and nobody is told twice.
        language = person.language or "fa"
        words = said(command.kind, command.reference, command.by, language)
        try:
            self._messages.send(channel, address_of(person, channel), words, language)
        except MessageNotSent as refusal:
            if refusal.perhaps_sent:
                return Told.SENT
            self._log.run(
                cause, lambda unit: self._sent.give_back(unit, command.notice_id, person.id)
            )
            raise
        return Told.SENT


class NoticeChoices:
    """What a person wants to hear of, and by which way."""

    def __init__(self, log: EventLog, sessions: Sessions) -> None:
        self._log = log
        self._sessions = sessions

    def look(self, *, caller: Caller, cause: Cause, language: str) -> dict[str, Any]:
        """`{channel, groups}`. Raises NotSignedIn."""
        with self._log.unit_of_work(cause) as unit:
            self._sessions.active(unit, caller.session, caller.person)
            return _shown(living(unit, caller.person), language)

    def choose(
        self,
        off: Collection[NoticeGroup],
        channel: Channel,
        *,
        caller: Caller,
        cause: Cause,
        language: str,
    ) -> dict[str, Any]:
        """Raises NotSignedIn, ChannelNotConfirmed."""

        def work(unit: UnitOfWork) -> dict[str, Any]:
            self._sessions.active(unit, caller.session, caller.person)
            person = living(unit, caller.person)
            address_of(person, channel)
            person.choose_notices(off, channel, unit.now)
            unit.save(person)
            return _shown(person, language)

        return self._log.run(cause, work)


def _shown(person: Person, language: str) -> dict[str, Any]:
    return {
        "channel": person.notice_channel and str(person.notice_channel),
        "groups": [
            {
                "group": str(group),
                "title": title(group, language),
                "on": group not in person.notices_off,
                "optional": group in OPTIONAL,
            }
            for group in NoticeGroup
        ],
    }
