"""Mandates: asked for, answered, limited, withdrawn, and ended with a life or an account."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from panjareh_common.asking import Asking
from panjareh_common.assurance import AssuranceLevel
from panjareh_common.event_store import EventLog, UnitOfWork
from panjareh_common.refusals import NotFound
from panjareh_identity.application.mandate_commands import (
    AnswerMandate,
    AskMandate,
    LimitMandate,
    Order,
    WithdrawMandate,
)
from panjareh_identity.application.mandate_numbers import (
    READERS,
    check_of_age,
    number_of,
    proved_number_of,
)
from panjareh_identity.application.mandate_ports import ActingSessions, MandateRows, Page
from panjareh_identity.application.mandate_showing import MandateShowing
from panjareh_identity.application.typed import read_typed
from panjareh_identity.domain.mandate import Mandate
from panjareh_identity.domain.mandate_refusals import (
    NoMandateNeeded,
    TooManyMandates,
)
from panjareh_identity.domain.mandate_values import (
    EVERY_SERVICE,
    UNANSWERED,
    USUAL,
    MandateEnd,
    MandateKind,
    read_scope,
)
from panjareh_identity.domain.organisation import Organisation
from panjareh_identity.domain.person import Person

Answer = dict[str, Any]

# Who lets another act, and who acts, is known with two factors and by more than their own word.
NEEDED = AssuranceLevel.LOW
MOST_WAITING = 10

KIND_PROVE, KIND_END = "prove_mandate", "end_mandate"
TIME, AGE, SILENCE = "time", "of_age", "unanswered"


class Mandates:
    """One method a command or a question."""

    def __init__(
        self, log: EventLog, *, rows: MandateRows, acting: ActingSessions, showing: MandateShowing
    ) -> None:
        self._log = log
        self._rows = rows
        self._acting = acting
        self._showing = showing

    # Commands

    def ask(self, command: AskMandate, asked: Asking) -> Answer:
        """Asks somebody, or has a registry asked. Nobody learns here whether the number is known.

        Raises InvalidInput, AssuranceTooLow, NoMandateNeeded, TooManyMandates, MandateTooLong,
        ChosenByOfficers, UnderAge, KeyReused.
        """
        asked.caller.need(NEEDED)
        number = read_typed("number", READERS[command.kind], command.number, asked.language)
        scope = read_typed("scope", read_scope, command.scope, asked.language)

        def work(unit: UnitOfWork) -> Answer:
            if self._rows.unanswered(unit, asked.caller.person) >= MOST_WAITING:
                raise TooManyMandates(most=MOST_WAITING)
            if number_of(unit.load(Person, asked.caller.person)) == number:
                raise NoMandateNeeded()
            mandate = Mandate.ask(
                mandate_id=uuid4(),
                kind=command.kind,
                asker_id=asked.caller.person,
                side=command.side,
                scope=scope,
                until=command.until or unit.now + USUAL,
                at=unit.now,
            )
            if command.kind is MandateKind.ADULT:
                check_of_age(unit, mandate.represented_id)
            self._rows.address(unit, mandate, number)
            unit.wait_until(unit.now + UNANSWERED, KIND_END, mandate.id, SILENCE)
            if command.kind.authority is not None:
                unit.wait_until(unit.now, KIND_PROVE, mandate.id)
            self.store(unit, mandate)
            return self._showing.one(unit, mandate, asked.caller, asked.language, number)

        return self._once("ask_mandate", command, asked, work)

    def answer(self, command: AnswerMandate, asked: Asking) -> Answer:
        """Whoever was asked agrees or not. Raises NotFound for anybody else, UnderAge, and what Mandate.accept refuses."""
        asked.caller.need(NEEDED)
        scope = _scope(command.scope, asked.language)

        def work(unit: UnitOfWork) -> Answer:
            mandate = self._asked_of(unit, command.mandate_id, asked.caller.person)
            if command.accept:
                mandate.accept(asked.caller.person, unit.now, scope=scope, until=command.until)
                check_of_age(unit, mandate.represented_id)
            else:
                mandate.decline(asked.caller.person, unit.now, command.reason)
            self.store(unit, mandate)
            return self._showing.one(unit, mandate, asked.caller, asked.language)

        return self._once("answer_mandate", command, asked, work)

    def limit(self, command: LimitMandate, asked: Asking) -> Answer:
        """Narrows a mandate; tokens of the wider one end everywhere. Raises what Mandate.limit refuses."""
        asked.caller.need(NEEDED)
        scope = _scope(command.scope, asked.language)

        def work(unit: UnitOfWork) -> Answer:
            self._rows.hold(unit, command.mandate_id)
            mandate = unit.load(Mandate, command.mandate_id)
            wanted = mandate.scope if scope is None else scope
            until = mandate.until if command.until is None else command.until
            if mandate.limit(asked.caller.person, wanted, until, unit.now):
                self._acting.end_of_mandate(unit, mandate.id)
                self.store(unit, mandate)
            return self._showing.one(unit, mandate, asked.caller, asked.language)

        return self._once("limit_mandate", command, asked, work)

    def withdraw(self, command: WithdrawMandate, asked: Asking) -> Answer:
        """Either side ends it, at any level of assurance: getting out must never be harder than getting in.

        Raises NotFound.
        """

        def work(unit: UnitOfWork) -> Answer:
            self._rows.hold(unit, command.mandate_id)
            mandate = unit.load(Mandate, command.mandate_id)
            if mandate.withdraw(asked.caller.person, unit.now, command.reason):
                self.over(unit, mandate)
            return self._showing.one(unit, mandate, asked.caller, asked.language)

        return self._once("withdraw_mandate", command, asked, work)

    # Questions

    def list_of(self, page: Page, asked: Asking) -> Answer:
        """`{items, next}`: mandates of the caller on either side, and those that they are asked for."""

        def work(unit: UnitOfWork) -> Answer:
            person_id = asked.caller.person
            number = proved_number_of(unit, person_id)
            found = self._rows.of_person(unit, person_id, number, page)
            shown = [
                self._showing.row(unit, row, asked.caller, asked.language) for row in found["items"]
            ]
            return found | {"items": shown}

        return self._log.run(asked.cause, work)

    def representatives(self, page: Page, asked: Asking) -> Answer:
        """Who acts for the organisation that the caller acts for now, on record as every look at people is.

        `{company_id, name, items, next}`. Raises NotFound where that is no organisation, MandateTooNarrow
        for who may act for some services only.
        """
        asked.caller.may_act_for(EVERY_SERVICE)

        def work(unit: UnitOfWork) -> Answer:
            organisation = unit.load(Organisation, asked.caller.person)
            found = self._rows.of_person(unit, organisation.id, None, page)
            shown = [
                self._showing.row(unit, row, asked.caller, asked.language) for row in found["items"]
            ]
            told = {"company_id": organisation.company_id, "name": organisation.name}
            return told | found | {"items": shown}

        return self._log.run(asked.cause, work)

    def get(self, mandate_id: UUID, asked: Asking) -> Answer:
        """One mandate, with what was written about its end. Raises NotFound for what is not the caller's."""

        def work(unit: UnitOfWork) -> Answer:
            mandate = self._asked_of(unit, mandate_id, asked.caller.person)
            number = self._rows.number(unit, mandate)
            return self._showing.one(unit, mandate, asked.caller, asked.language, number)

        return self._log.run(asked.cause, work)

    def held_about(self, unit: UnitOfWork, person_id: UUID) -> list[Answer]:
        """Everything that is held of a person's mandates, for their own download."""
        found: list[Answer] = []
        page: Page | None = Page(limit=100)
        while page is not None:
            number = proved_number_of(unit, person_id)
            rows = self._rows.of_person(unit, person_id, number, page)
            found += [self._showing.plain(row) for row in rows["items"]]
            page = Page(limit=100, after=rows["next"]) if rows["next"] else None
        return found

    # In the units of other parts

    def end_all_of(self, unit: UnitOfWork, person_id: UUID, because: str) -> int:
        """Ends every mandate of somebody, on either side, with its tokens; how many.

        `because` is a MandateEnd; OF_AGE ends only those of the person's guardians.
        """
        ended = 0
        for mandate_id in self._rows.open_of(unit, person_id):
            self._rows.hold(unit, mandate_id)
            mandate = unit.load(Mandate, mandate_id)
            guarded = mandate.kind is MandateKind.CHILD and mandate.represented_id == person_id
            if because == MandateEnd.OF_AGE and not guarded:
                continue
            if mandate.end(MandateEnd(because), unit.now):
                self.over(unit, mandate)
                ended += 1
        return ended

    def leave(self, unit: UnitOfWork, person_id: UUID) -> None:
        """What goes when a person is erased: their mandates, and that they were asked for one."""
        self.end_all_of(unit, person_id, MandateEnd.ERASED)
        number = number_of(unit.load(Person, person_id))
        if number is not None:
            self._rows.forget_number(unit, number)

    def over(self, unit: UnitOfWork, mandate: Mandate) -> None:
        """Stores a mandate that has ended, and ends what hangs on it."""
        self._acting.end_of_mandate(unit, mandate.id)
        self.store(unit, mandate)

    def store(
        self, unit: UnitOfWork, mandate: Mandate, grown_up_at: datetime | None = None
    ) -> None:
        """Stores what was decided, with the row and the waits that go with it."""
        unit.save(mandate)
        self._rows.write(unit, mandate)
        if mandate.waits:
            return
        unit.done(KIND_PROVE, mandate.id)
        unit.done(KIND_END, mandate.id, SILENCE)
        if mandate.over:
            unit.done(KIND_END, mandate.id, TIME)
            unit.done(KIND_END, mandate.id, AGE)
            return
        unit.wait_until(mandate.until, KIND_END, mandate.id, TIME)
        if grown_up_at is not None:
            unit.wait_until(grown_up_at, KIND_END, mandate.id, AGE)

    def _asked_of(self, unit: UnitOfWork, mandate_id: UUID, person_id: UUID) -> Mandate:
        """A mandate that the person was asked for, or has a part in. Raises NotFound."""
        self._rows.hold(unit, mandate_id)
        mandate = unit.load(Mandate, mandate_id)
        if person_id in (mandate.representative_id, mandate.represented_id):
            return mandate  # who has answered already is told so by the mandate
        number = None
        if mandate.kind is MandateKind.ADULT:
            number = proved_number_of(unit, person_id)
        if number is None or not self._rows.is_addressed(unit, mandate_id, number):
            raise NotFound()
        return mandate

    def _once(
        self, method: str, command: Order, asked: Asking, work: Callable[[UnitOfWork], Answer]
    ) -> Answer:
        return asked.once(self._log, method, command.fingerprint(), work)


def _scope(wanted: Any, language: str) -> tuple[str, ...] | None:
    return None if wanted is None else read_typed("scope", read_scope, wanted, language)
