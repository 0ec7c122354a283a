"""Proofing that a person asks for while signed in: their mobile, and the groups they belong to (I2, I5)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from uuid import UUID, uuid4

from panjareh_common.event_store import Cause, EventLog, UnitOfWork
from panjareh_common.refusals import Refusal
from panjareh_common.security import Caller
from panjareh_identity.application.lives.channels import mobile_owner
from panjareh_identity.application.lives.ports import Answer, Exchange
from panjareh_identity.application.lives.settling import settle
from panjareh_identity.application.ports import Officers, Sessions
from panjareh_identity.application.proofs import living
from panjareh_identity.application.tokens import Sign, make_token
from panjareh_identity.domain.assurance import Proofing
from panjareh_identity.domain.groups import Belonging, Group, of_age_group, of_low_income
from panjareh_identity.domain.person import Person
from panjareh_identity.domain.persons_refusals import (
    NotConfirmable,
    NotDeclared,
    ProofTooLow,
    RegistryDoesNotConfirm,
)
from panjareh_identity.domain.values import NoRecord

_BY_AGE = frozenset({Group.YOUNG, Group.OLD})
_PURPOSE = "access_needs"


class Proving:
    """One method a command of the person who is signed in."""

    def __init__(
        self,
        log: EventLog,
        *,
        sign: Sign,
        sessions: Sessions,
        officers: Officers,
        exchange: Exchange,
    ) -> None:
        self._log = log
        self._sign = sign
        self._sessions = sessions
        self._officers = officers
        self._exchange = exchange

    def match_mobile(self, *, caller: Caller, cause: Cause) -> Answer:
        """Has the mobile matched with the person's id, and gives a new token that says so.

        Raises NotSignedIn, MobileNotConfirmed, TooManyTries, MobileNotTheirs, MobileRegistrySilent, RegistryUnavailable.
        """
        with self._log.unit_of_work(cause) as unit:
            self._sessions.active(unit, caller.session, caller.person)
            person = living(unit, caller.person)
            person.may_match_mobile(unit.now)
        matched = person.proofing >= Proofing.MOBILE_MATCHED
        inquiry_id = person.mobile_inquiry_id
        # Outside any transaction: the registry may take seconds.
        found = None if matched else mobile_owner(self._exchange, person.id, inquiry_id)

        def work(unit: UnitOfWork) -> Answer | Refusal:
            session = self._sessions.active(unit, caller.session, caller.person)
            person = living(unit, caller.person)
            refusal = None if found is None else person.match_mobile(inquiry_id, found, unit.now)
            unit.save(person)
            office = self._officers.office_of(unit, person.id)
            return refusal or make_token(self._sign, session, person.proofing, office, unit.now)

        return settle(self._log, cause, work)

    def declare_groups(self, groups: Iterable[Group], *, caller: Caller, cause: Cause) -> Answer:
        """`{groups}`: what is named from now on, and by which registry it was confirmed."""

        def work(unit: UnitOfWork) -> Answer:
            self._sessions.active(unit, caller.session, caller.person)
            belonging = _belonging(unit, living(unit, caller.person))
            belonging.declare(set(groups), unit.now)
            unit.save(belonging)
            return groups_of(belonging)

        return self._log.run(cause, work)

    def confirm_group(self, group: Group, *, caller: Caller, cause: Cause) -> Answer:
        """Has a registry confirm what the person named.

        Raises NotDeclared, NotConfirmable, ProofTooLow, RegistryDoesNotConfirm, RegistryUnavailable.
        """
        with self._log.unit_of_work(cause) as unit:
            self._sessions.active(unit, caller.session, caller.person)
            person = living(unit, caller.person)
            if group not in _belonging(unit, person).declared:
                raise NotDeclared()
            if person.proofing < Proofing.CIVIL_REGISTRY:
                raise ProofTooLow()  # else anybody could learn a stranger's income
        if group in _BY_AGE:
            born = date.fromisoformat(str(person.birth_date))
            belongs, by = of_age_group(group, born, self._log.clock()), "civil_registry"
        elif group is Group.LOW_INCOME:
            belongs, by = self._low_income(person.id), "welfare"
        else:
            raise NotConfirmable()
        if not belongs:
            raise RegistryDoesNotConfirm()

        def work(unit: UnitOfWork) -> Answer:
            belonging = _belonging(unit, living(unit, person.id))
            belonging.confirm(group, by, unit.now)
            unit.save(belonging)
            return groups_of(belonging)

        return self._log.run(cause, work)

    def _low_income(self, person_id: UUID) -> bool:
        found = self._exchange.ask(
            person_id, uuid4(), evidence_type="income_decile", purpose=_PURPOSE
        )
        return not isinstance(found, NoRecord) and of_low_income(int(found["decile"]))


def groups_of(belonging: Belonging | None) -> Answer:
    named = belonging.declared if belonging else []
    confirmed = belonging.confirmed if belonging else {}
    return {"groups": [{"group": name, "confirmed_by": confirmed.get(name)} for name in named]}


def _belonging(unit: UnitOfWork, person: Person) -> Belonging:
    known = unit.find(Belonging, Belonging.id_of(person.id))
    return known or Belonging.begin(person.id, unit.now)
