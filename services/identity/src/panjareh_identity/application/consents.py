"""Consents: given, withdrawn, listed, and asked after by whoever needs one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID, uuid4

from panjareh_common.asking import Asking
from panjareh_common.clock import to_wire
from panjareh_common.event_store import EventLog, UnitOfWork
from panjareh_identity.application.mandate_ports import Page
from panjareh_identity.domain.consent import Consent

Answer = dict[str, Any]


Withdrawn = Callable[[UnitOfWork, UUID, str], None]
"""Ends what a person let a receiver do, in the commit in which they withdraw a consent to it."""


@dataclass(frozen=True)
class GiveConsent:
    """`purpose` and each of `data` are codes of the receiver's; `receiver` is an authority or a client."""

    purpose: str
    data: Sequence[str]
    receiver: str
    until: datetime

    def fingerprint(self) -> dict[str, Any]:
        return asdict(self) | {"data": sorted(set(self.data)), "until": to_wire(self.until)}


class ConsentRows(Protocol):
    def write(self, unit: UnitOfWork, consent: Consent) -> None: ...

    def of_giver(self, unit: UnitOfWork, giver_id: UUID, page: Page) -> dict[str, Any]:
        """`{items, next}`, newest first."""
        ...

    def held(self, unit: UnitOfWork, giver_id: UUID, receiver: str) -> frozenset[str]:
        """What a receiver may know by consents that are in force now."""
        ...

    def remove(self, unit: UnitOfWork, giver_id: UUID) -> None: ...


class Consents:
    """One method a command or a question of the person whose data it is."""

    def __init__(
        self, log: EventLog, rows: ConsentRows, *, withdrawn: Sequence[Withdrawn] = ()
    ) -> None:
        self._log = log
        self._rows = rows
        self._withdrawn = tuple(withdrawn)

    def give(self, command: GiveConsent, asked: Asking) -> Answer:
        """Raises ConsentTooLong, KeyReused."""

        def work(unit: UnitOfWork) -> Answer:
            return self.give_in(unit, command, asked.caller.person, int(asked.caller.assurance))

        return asked.once(self._log, "give_consent", command.fingerprint(), work)

    def give_in(
        self, unit: UnitOfWork, command: GiveConsent, giver_id: UUID, assurance: int
    ) -> Answer:
        """For a page on which somebody agrees as part of something else. Raises ConsentTooLong."""
        consent = Consent.give(
            consent_id=uuid4(),
            giver_id=giver_id,
            purpose=command.purpose,
            data=command.data,
            receiver=command.receiver,
            until=command.until,
            assurance=assurance,
            at=unit.now,
        )
        unit.save(consent)
        self._rows.write(unit, consent)
        return _shown(vars(consent) | _times(consent), unit.now)

    def withdraw(self, consent_id: UUID, asked: Asking) -> Answer:
        """From now on; twice is once. Raises NotFound."""

        def work(unit: UnitOfWork) -> Answer:
            consent = unit.load(Consent, consent_id)
            if consent.withdraw(asked.caller.person, unit.now):
                unit.save(consent)
                self._rows.write(unit, consent)
                for end in self._withdrawn:
                    end(unit, consent.giver_id, consent.receiver)
            return _shown(vars(consent) | _times(consent), unit.now)

        request = {"consent_id": str(consent_id)}
        return asked.once(self._log, "withdraw_consent", request, work)

    def list_of(self, page: Page, asked: Asking) -> Answer:
        """`{items, next}`: the caller's own, in force or not, newest first."""
        with self._log.unit_of_work(asked.cause) as unit:
            found = self._rows.of_giver(unit, asked.caller.person, page)
            return found | {"items": [_shown(row, unit.now) for row in found["items"]]}

    def held(self, unit: UnitOfWork, giver_id: UUID, receiver: str) -> frozenset[str]:
        """The data that a receiver may have by what the person has consented to until now."""
        return self._rows.held(unit, giver_id, receiver)

    def held_about(self, unit: UnitOfWork, person_id: UUID) -> list[Answer]:
        """Everything that is held of a person's consents, for their own download."""
        found: list[Answer] = []
        page: Page | None = Page(limit=100)
        while page is not None:
            rows = self._rows.of_giver(unit, person_id, page)
            found += [_shown(row, unit.now) for row in rows["items"]]
            page = Page(limit=100, after=rows["next"]) if rows["next"] else None
        return found

    def leave(self, unit: UnitOfWork, person_id: UUID) -> None:
        """What goes when a person is erased; that there were consents stays in the history."""
        self._rows.remove(unit, person_id)


def _times(consent: Consent) -> dict[str, Any]:
    return {
        "consent_id": consent.id,
        "given_at": consent.created_on,
        "withdrawn_at": consent.modified_on if consent.withdrawn else None,
    }


def _shown(told: Any, now: datetime) -> Answer:
    over = "withdrawn" if told["withdrawn_at"] else "over" if told["until"] <= now else "given"
    return {
        "consent_id": str(told["consent_id"]),
        "purpose": told["purpose"],
        "data": list(told["data"]),
        "receiver": told["receiver"],
        "status": over,
        "given_at": to_wire(told["given_at"]),
        "until": to_wire(told["until"]),
        "withdrawn_at": to_wire(told["withdrawn_at"]) if told["withdrawn_at"] else None,
    }
