"""Signing up on a real database with the real hashing: one price for everybody, and phones that nobody can flood."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from argon2 import PasswordHasher

from panjareh_common.due import Due
from panjareh_identity.adapters.throttle import PostgresThrottle
from panjareh_identity.application.commands import SignIn, SignUp
from panjareh_identity.application.ports import Limit
from panjareh_identity.application.signing_up import TELL_OF_SIGN_UP
from panjareh_identity.domain.refusals import TooManyTries
from tests.integration.identity.providing import OPERATOR, PASSWORD, Ground


def sign_up(ground: Ground, national_id: str, password: str = PASSWORD) -> dict[str, Any]:
    command = SignUp(
        national_id=national_id,
        mobile="09120000002",
        given_name="لیلا",
        family_name="کریمی",
        birth_date="1985-03-21",
        password=password,
    )
    return ground.wiring.signing_up.sign_up(command, cause=OPERATOR, language="fa")


def waits(ground: Ground) -> list[tuple[UUID, str]]:
    """What the clock process has been left to tell, and leaves it no more."""
    with psycopg.connect(ground.wiring.foundation.database_url) as connection:
        return connection.execute(
            "DELETE FROM due WHERE kind = %s RETURNING subject, detail", (TELL_OF_SIGN_UP,)
        ).fetchall()


def tell(ground: Ground, told: list[tuple[UUID, str]]) -> list[dict[str, str]]:
    """As the clock process does it; the messages that went."""
    before, now = len(ground.phone.messages), ground.wiring.foundation.log.clock()
    for subject, detail in told:
        due = Due(TELL_OF_SIGN_UP, subject, detail, 1, OPERATOR, now)
        ground.wiring.due_handlers[TELL_OF_SIGN_UP](due)
    return ground.phone.messages[before:]


@pytest.fixture
def hashed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every slow hash that is made."""
    made: list[str] = []
    for name in ("hash", "verify"):
        real = getattr(PasswordHasher, name)

        def counted(self: PasswordHasher, *of: Any, _real: Any = real, _name: str = name) -> Any:
            made.append(_name)
            return _real(self, *of)

        monkeypatch.setattr(PasswordHasher, name, counted)
    return made


def test_known_and_unknown_ids_get_one_answer_for_one_hash_and_one_wait(
    ground: Ground, hashed: list[str]
) -> None:
    known, unknown = ground.human().national_id, ground.new_national_id()
    seen = []
    for national_id, password in (
        (known, "a stranger's long password"),
        (known, PASSWORD),
        (unknown, "a stranger's long password"),
    ):
        hashed.clear()
        answer = sign_up(ground, national_id, password)
        seen.append((answer, len(hashed), len(waits(ground))))

    assert seen == [(seen[0][0], 1, 1)] * 3


def test_the_owners_phone_is_told_and_the_account_is_as_it_was(ground: Ground) -> None:
    human = ground.human()
    sign_up(ground, human.national_id, "a stranger's long password")
    sign_up(ground, human.national_id, "another stranger's password")

    told = tell(ground, waits(ground))
    again = tell(ground, [(human.id, "tried")])

    assert [message["to"] for message in told] == ["09120000001"]
    assert "https://window.test/id/recovery " in told[0]["text"]
    assert again == [], "once a day"
    signing_in = ground.wiring.signing_in
    command = SignIn(human.national_id, PASSWORD)
    assert signing_in.sign_in(command, cause=OPERATOR, language="fa")["loa"] == 1


def test_of_many_who_sign_up_at_once_one_is_registered(ground: Ground) -> None:
    national_id = ground.new_national_id()

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: sign_up(ground, national_id), range(8)))

    assert answers == [answers[0]] * 8
    told = waits(ground)
    assert sorted(detail for _, detail in told) == ["again", "opened"]
    assert len({subject for subject, _ in told}) == 1


def test_a_limit_of_one_is_one_and_then_a_wait(ground: Ground) -> None:
    foundation = ground.wiring.foundation
    throttle = PostgresThrottle(foundation.database, foundation.keyring)
    once, subject, now = (
        Limit("test", most=1, wait=timedelta(days=1)),
        str(uuid4()),
        foundation.log.clock(),
    )

    for day in range(3):
        throttle.take(once, subject, now + timedelta(days=day))
        with pytest.raises(TooManyTries):
            throttle.take(once, subject, now + timedelta(days=day, hours=23))
    throttle.give_back(once, subject)
    throttle.take(once, subject, now + timedelta(days=2, hours=23))
