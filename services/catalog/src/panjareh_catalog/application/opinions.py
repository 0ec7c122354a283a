"""Opinions as people give them (C5): in their own name to nobody but themselves.

In each consultation a person has another name: a keyed hash of both, which nobody makes without the service's own
key, and from which nobody comes back to the person. Everything about an opinion stands under that name: its
stream, the key that seals it, the answer kept for its Idempotency-Key. What a person's id would say elsewhere
(who caused an event, in which trace) is left out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol
from uuid import UUID

from panjareh_catalog.application.consultations import ConsultationRows
from panjareh_catalog.domain.consultation import Consultation
from panjareh_catalog.domain.consultation_refusals import UnknownConsultation
from panjareh_catalog.domain.opinion import Opinion, Said, stream_of
from panjareh_common.assurance import AssuranceLevel
from panjareh_common.event_store import Cause, EventLog, Keyring, UnitOfWork
from panjareh_common.event_store.sealing import PersonErased
from panjareh_common.idempotency import Answer, answer_once
from panjareh_common.refusals import InvalidInput, NotFound
from panjareh_common.security import Caller

MOST_WRITES, WINDOW = 30, timedelta(minutes=10)


class Names:
    """Under which name a person gives an opinion."""

    def __init__(self, keyring: Keyring) -> None:
        self._keyring = keyring

    def giver(self, consultation_id: UUID, person_id: UUID) -> UUID:
        digest = self._keyring.lookup("opinion_giver", f"{consultation_id}/{person_id}")
        return UUID(bytes=digest[:16], version=4)

    def writer(self, person_id: UUID) -> bytes:
        """For counting how often somebody writes, whatever about."""
        return self._keyring.lookup("opinion_writer", str(person_id))


class ConsultationIds(Protocol):
    def ids(self) -> Iterable[tuple[UUID, bool]]:
        """Of every consultation: its id, and whether it is closed."""
        ...

    def with_key(self, names: Iterable[UUID]) -> Iterable[UUID]:
        """Those of the names under which anything was ever sealed."""
        ...


class OtherNames:
    """Under which names a person may have given opinions: for themselves, and for Erasures."""

    def __init__(self, names: Names, consultations: ConsultationIds) -> None:
        self._names = names
        self._consultations = consultations

    def used(self, person_id: UUID) -> list[UUID]:
        return list(self._consultations.with_key(name for name, _ in self._all(person_id)))

    def to_erase(self, person_id: UUID) -> list[UUID]:
        """Those that were used; and of consultations that are not closed all, so that none comes to be used
        by a command that is on its way now.
        """
        found = self._all(person_id)
        used = set(self._consultations.with_key(name for name, closed in found if closed))
        return [name for name, closed in found if not closed or name in used]

    def _all(self, person_id: UUID) -> list[tuple[UUID, bool]]:
        """One for each consultation that there ever was, and whether that is closed."""
        ids = self._consultations.ids()
        return [(self._names.giver(each, person_id), closed) for each, closed in ids]


class OwnRows(Protocol):
    """An opinion's row, written in the commit of its events."""

    def write(self, unit: UnitOfWork, opinion: Opinion) -> None: ...

    def outcome(self, unit: UnitOfWork, opinion_id: UUID) -> dict[str, Any]:
        """`{outcome, reason, pointers, number}`, all None or empty while nothing is decided."""
        ...

    def of_givers(
        self, givers: Sequence[UUID], *, after: str | None, limit: int
    ) -> dict[str, Any]: ...


class Throttle(Protocol):
    def take(self, writer: bytes, now: datetime, *, most: int, window: timedelta) -> None:
        """Raises TooManyOpinions."""
        ...


@dataclass(frozen=True)
class Giving:
    """A person with one command about their own opinion. `key` is the Idempotency-Key."""

    caller: Caller
    channel: str
    key: str | None
    language: str


class Opinions:
    """One method a command, and the question of what one has said oneself."""

    def __init__(
        self,
        log: EventLog,
        *,
        names: Names,
        others: OtherNames,
        consultations: ConsultationRows,
        rows: OwnRows,
        throttle: Throttle,
    ) -> None:
        self._log = log
        self._names = names
        self._others = others
        self._consultations = consultations
        self._rows = rows
        self._throttle = throttle

    def give(self, consultation_id: UUID, said: Said, giving: Giving) -> Answer:
        """Gives an opinion, or changes the one that was given.

        Raises UnknownConsultation, AssuranceTooLow, TooManyOpinions, KeyReused, and as Opinion.give does.
        """

        def work(unit: UnitOfWork, consultation: Consultation, giver: UUID) -> Opinion:
            giving.caller.need(AssuranceLevel(consultation.required_loa))
            opinion = unit.find(Opinion, stream_of(giver))
            if opinion is None:
                return Opinion.give(consultation, giver, said, unit.now)
            opinion.change(consultation, said, unit.now)
            return opinion

        request = {"consultation_id": str(consultation_id), **said.to_json()}
        return self._once("give_opinion", consultation_id, request, giving, work)

    def withdraw(self, consultation_id: UUID, giving: Giving) -> Answer:
        """Takes one's opinion back; its words are shown to nobody any more.

        Raises UnknownConsultation, NotFound, TooManyOpinions, ConsultationClosed, ConsultationOver.
        """

        def work(unit: UnitOfWork, consultation: Consultation, giver: UUID) -> Opinion:
            opinion = unit.load(Opinion, stream_of(giver))
            opinion.withdraw(consultation, unit.now)
            return opinion

        request = {"consultation_id": str(consultation_id)}
        return self._once("withdraw_opinion", consultation_id, request, giving, work)

    def own(self, consultation_id: UUID, caller: Caller) -> Answer:
        """What one has said oneself, and what became of it. Raises NotFound."""
        giver = self._names.giver(consultation_id, caller.person)
        with self._log.unit_of_work(_UNNAMED) as unit:
            opinion = unit.load(Opinion, stream_of(giver))
            if opinion.withdrawn:
                raise NotFound()
            outcome = self._rows.outcome(unit, opinion.id)
            return _told(opinion) | outcome | {"consultation_id": consultation_id}

    def all_own(self, caller: Caller, *, after: str | None, limit: int) -> Answer:
        """`{items, next}`: what one has said oneself in any consultation, by consultation."""
        names = self._others.used(caller.person)
        return self._rows.of_givers(names, after=after, limit=limit)

    def _once(
        self,
        method: str,
        consultation_id: UUID,
        request: dict[str, Any],
        giving: Giving,
        decide: Callable[[UnitOfWork, Consultation, UUID], Opinion],
    ) -> Answer:
        if not giving.key:
            detail = "Send an Idempotency-Key header, so that a repeat is not done twice."
            raise InvalidInput([{"pointer": "", "detail": detail}])
        person_id = giving.caller.person
        writer = self._names.writer(person_id)
        self._throttle.take(writer, self._log.clock(), most=MOST_WRITES, window=WINDOW)
        giver = self._names.giver(consultation_id, person_id)

        def work(unit: UnitOfWork) -> Answer:
            self._consultations.hold(unit, consultation_id, alone=False)
            consultation = unit.find(Consultation, consultation_id)
            if consultation is None:
                raise UnknownConsultation()
            opinion = decide(unit, consultation, giver)
            if unit.save(opinion):
                self._rows.write(unit, opinion)
            return _told(opinion)

        try:
            return answer_once(
                self._log,
                Cause(_UNNAMED.actor, _UNNAMED.role, giving.channel),
                caller=giver,
                method=method,
                key=giving.key,
                request=request,
                language=giving.language,
                work=work,
            )
        except PersonErased as cause:
            raise NotFound() from cause


_UNNAMED = Cause(actor="unnamed", role="person", channel="platform")


def _told(opinion: Opinion) -> Answer:
    said = opinion.said or {"answers": {}, "remark": ""}
    return {"opinion_id": str(opinion.id), **said}
