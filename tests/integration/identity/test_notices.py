"""Notices on a real database: a child's go to whoever acts for it, each goes once, and nothing of them stays."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any
from uuid import UUID, uuid4

import pytest

from panjareh_common.assurance import AssuranceLevel
from panjareh_common.security import Caller, CallerKind
from panjareh_identity.adapters.notices import PostgresNotices, PostgresRepresentatives
from panjareh_identity.application.lives.telling import TellingPersons, TellPerson
from panjareh_identity.domain.contacts import Channel
from panjareh_identity.domain.person import Person
from tests.integration.identity.representing import OPERATOR, House, Human


class Phones:
    def __init__(self) -> None:
        self.sent: list[tuple[str, str]] = []

    def send(self, channel: Channel, to: str, text: str, language: str) -> None:
        self.sent.append((to, text))


class Telling:
    def __init__(self, scene: House) -> None:
        self.scene, self.phones = scene, Phones()
        self.notices = PostgresNotices(scene.database)
        self._use = TellingPersons(
            scene.log,
            sent=self.notices,
            representatives=PostgresRepresentatives(),
            messages=self.phones,
        )

    def tell(self, person_id: UUID, notice_id: UUID | None = None, service: str = "LIF-001") -> str:
        caller = Caller(
            CallerKind.SERVICE, person_id, AssuranceLevel.SELF_ASSERTED, service="requests"
        )
        command = TellPerson(notice_id or uuid4(), "decided", "123456789010", service)
        told = self._use.tell(command, caller=caller, cause=caller.cause("platform"))
        return str(told["told"])

    def with_phone(self, human: Human, mobile: str) -> Human:
        def work(unit: Any) -> None:
            person = unit.load(Person, human.id)
            person.change_mobile(mobile, "old_number", matched=False, at=unit.now)
            unit.save(person)

        self.scene.log.run(OPERATOR, work)
        return human

    @property
    def numbers(self) -> list[str]:
        return sorted(to for to, _ in self.phones.sent)


@pytest.fixture
def telling(scene: House) -> Telling:
    return Telling(scene)


def test_of_a_childs_request_everybody_is_told_who_acts_for_it_in_that_service(
    telling: Telling,
) -> None:
    scene = telling.scene
    mother = telling.with_phone(scene.human("مادر"), "09120000001")
    father = telling.with_phone(scene.human("پدر"), "09120000002")
    child = scene.ward()
    scene.registries.wards = [child]
    scene.ask(mother, "child", child.national_id)
    scene.ask(father, "child", child.national_id, scope=["CARD-001"])
    scene.pass_time(0)
    known = scene.credentials.find(child.national_id)
    assert known is not None

    notice_id = uuid4()
    assert telling.tell(known.person_id, notice_id) == "sent"
    assert telling.numbers == ["09120000001"]
    assert telling.tell(known.person_id, notice_id) == "before"
    telling.tell(known.person_id, service="CARD-001")

    assert telling.numbers == ["09120000001", "09120000001", "09120000002"]


def test_who_acts_for_a_grown_up_is_not_told_of_their_requests(telling: Telling) -> None:
    scene = telling.scene
    daughter = telling.with_phone(scene.human("لیلا"), "09120000001")
    father = telling.with_phone(scene.human("پدر"), "09120000002")
    scene.given(daughter, father)

    telling.tell(father.id)

    assert telling.numbers == ["09120000002"]


def test_of_many_tries_at_once_one_sends(telling: Telling) -> None:
    leila = telling.with_phone(telling.scene.human(), "09120000001")
    notice_id, start = uuid4(), Barrier(6)

    def tell() -> str:
        start.wait()
        return telling.tell(leila.id, notice_id)

    with ThreadPoolExecutor(6) as pool:
        tries = [pool.submit(tell) for _ in range(6)]
        told = sorted(each.result() for each in tries)

    assert told == ["before"] * 5 + ["sent"]
    assert telling.numbers == ["09120000001"]


def test_what_was_sent_is_held_without_a_word_and_swept_and_goes_with_the_person(
    telling: Telling,
) -> None:
    scene = telling.scene
    leila = telling.with_phone(scene.human(), "09120000001")
    telling.tell(leila.id)

    def held(unit: Any) -> Any:
        return telling.notices.held_about(unit, leila.id)

    [row] = scene.log.run(OPERATOR, held)
    assert set(row) == {"kind", "sent_at"}
    assert telling.notices.sweep(scene.now + timedelta(days=99)) == 0
    scene.log.run(OPERATOR, lambda unit: telling.notices.leave(unit, leila.id))
    assert scene.log.run(OPERATOR, held) == []
    telling.tell(leila.id)
    assert telling.notices.sweep(scene.now + timedelta(days=101)) == 1
