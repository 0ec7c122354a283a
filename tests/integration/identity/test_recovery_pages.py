"""The pages on which a lost account is got back, by a browser without scripts."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest

from panjareh_common.asking import Asking
from panjareh_common.assurance import AssuranceLevel
from panjareh_common.clock import utc_now
from panjareh_common.due import DueWorker
from panjareh_common.security import Caller, CallerKind
from panjareh_identity.application.lives.appointments import KeepAppointment
from panjareh_identity.application.lives.places import OfferTimes, OpenPlace
from panjareh_identity.application.lives.recovering import BeginRecovery, CompleteRecovery
from panjareh_identity.domain.person import Person
from panjareh_identity.domain.persons_refusals import RecoveryCodeWrong, RecoveryOver
from tests.integration.identity.providing import (
    ISSUER,
    OPERATOR,
    Browser,
    Ground,
    Human,
    signed_in_browser,
)

NEW_PASSWORD = "three crows on a white wall"
RECOVERY = f"{ISSUER}/recovery"


def with_phone(ground: Ground) -> Human:
    """Somebody whose mobile is confirmed."""
    human = ground.human()

    def work(unit):  # type: ignore[no-untyped-def]
        person = unit.load(Person, human.id)
        person.confirm_mobile(unit.now)
        unit.save(person)

    ground.wiring.foundation.log.run(OPERATOR, work)
    return human


def send_what_is_due(ground: Ground) -> None:
    """What the clock process does."""
    handlers = ground.wiring.lives.handlers()
    DueWorker(ground.wiring.foundation.database, handlers, utc_now).run_due()


def begin(ground: Ground, browser: Browser, national_id: str) -> str:
    """The page on which the code is entered."""
    browser.open(RECOVERY)
    page = browser.submit("/recovery", identifier=national_id, channel="sms")
    send_what_is_due(ground)
    return page.text


def code(ground: Ground) -> str:
    found = re.search(r"\w{4}(-\w{4}){3}", ground.phone.messages[-1]["text"])
    assert found
    return found.group()


def proofing(ground: Ground, human: Human) -> int:
    with ground.wiring.foundation.log.unit_of_work(OPERATOR) as unit:
        return int(unit.load(Person, human.id).proofing)


def test_a_code_and_a_new_password_bring_the_account_back(ground: Ground) -> None:
    human, browser = with_phone(ground), ground.browser()
    signed_in = signed_in_browser(ground, human)
    begin(ground, browser, human.national_id)

    page = browser.submit("/recovery/code", code=code(ground))
    assert "Choose a new password" in page.text
    page = browser.submit("/recovery/password", password=NEW_PASSWORD)

    assert "known at level 1" in page.text
    assert proofing(ground, human) == 1
    assert signed_in.open(f"{ISSUER}/devices").url.path == "/id/sign-in"
    browser.open(f"{ISSUER}/sign-in")
    assert browser.sign_in(human).status_code == 401
    assert browser.sign_in(human, NEW_PASSWORD).status_code == 200


def test_of_two_who_complete_one_recovery_at_once_one_does(ground: Ground) -> None:
    human, recovering = with_phone(ground), ground.wiring.lives.recovering
    begun = recovering.begin(BeginRecovery(human.national_id), cause=OPERATOR, language="en")
    which = begun["recovery_id"], begun["secret"]
    send_what_is_due(ground)
    recovering.type_code(*which, code(ground), cause=OPERATOR)

    def complete(password: str) -> str:
        try:
            command = CompleteRecovery(*which, password)
            recovering.complete(command, cause=OPERATOR, language="en")
        except RecoveryOver as refusal:
            return refusal.code
        return "done"

    with ThreadPoolExecutor(4) as pool:
        made = list(pool.map(complete, [f"{NEW_PASSWORD} number {n}" for n in range(4)]))

    assert sorted(made) == ["done", *["recovery_over"] * 3]
    history = ground.wiring.foundation.log.history(human.id)
    assert [event.topic for event in history].count("Person.Recovered") == 1


def test_one_code_is_used_once_by_however_many_at_once(ground: Ground) -> None:
    human, recovering = with_phone(ground), ground.wiring.lives.recovering
    command = BeginRecovery(human.national_id)
    begun = [recovering.begin(command, cause=OPERATOR, language="en") for _ in range(4)]
    send_what_is_due(ground)
    typed = code(ground)

    def use(each: dict[str, Any]) -> bool:
        try:
            recovering.type_code(each["recovery_id"], each["secret"], typed, cause=OPERATOR)
        except RecoveryCodeWrong:
            return False
        return True

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(use, begun)) == 1


def test_a_wrong_code_is_told_at_its_field_and_may_be_typed_again(ground: Ground) -> None:
    human, browser = with_phone(ground), ground.browser()
    begin(ground, browser, human.national_id)

    wrong = browser.submit("/recovery/code", code="0000-0000-0000-0000")

    assert wrong.status_code == 422
    assert "not right, or not valid any more" in wrong.text
    assert 'aria-invalid="true"' in wrong.text
    assert "Choose a new password" in browser.submit("/recovery/code", code=code(ground)).text


def test_a_password_that_guessers_try_is_refused_and_another_may_be_chosen(ground: Ground) -> None:
    human, browser = with_phone(ground), ground.browser()
    begin(ground, browser, human.national_id)
    browser.submit("/recovery/code", code=code(ground))

    refused = browser.submit("/recovery/password", password="password")

    assert refused.status_code == 422
    assert "level 1" in browser.submit("/recovery/password", password=NEW_PASSWORD).text


def test_the_page_says_the_same_where_nobody_is(ground: Ground) -> None:
    known, nobody = with_phone(ground), "9900000048"
    sent = len(ground.phone.messages)

    pages = [begin(ground, ground.browser(), who) for who in (known.national_id, nobody)]

    same = [re.sub(r'value="[^"]*"', "", page) for page in pages]
    assert same[0] == same[1]
    assert len(ground.phone.messages) == sent + 1


def test_beginning_asks_the_database_the_same_whether_somebody_is_there_or_not(
    ground: Ground, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What takes the same steps takes the same time; the message is sent by another process."""
    asked: list[str] = []
    execute = psycopg.Cursor.execute

    def counted(cursor: Any, query: Any, *arguments: Any, **options: Any) -> Any:
        asked.append(str(query))
        return execute(cursor, query, *arguments, **options)

    monkeypatch.setattr(psycopg.Cursor, "execute", counted)
    steps = []
    for national_id in (with_phone(ground).national_id, "9900000048"):
        asked.clear()
        command = BeginRecovery(national_id)
        ground.wiring.lives.recovering.begin(command, cause=OPERATOR, language="en")
        steps.append(list(asked))

    assert steps[0] == steps[1] != []


def test_what_can_be_nobodys_is_told_in_the_language_of_the_reader(ground: Ground) -> None:
    browser = ground.browser("fa")
    browser.open(RECOVERY)

    page = browser.submit("/recovery", identifier="12", channel="sms")

    assert page.status_code == 422
    assert 'dir="rtl"' in page.text
    assert "این شمارهٔ ملی نیست" in page.text


def test_without_a_proof_no_password_is_taken(ground: Ground) -> None:
    human, browser = with_phone(ground), ground.browser()
    begin(ground, browser, human.national_id)
    browser.open(f"{RECOVERY}/go-on")

    refused = browser.submit("/recovery/go-on", recovery=str(uuid4()), secret="guessed")
    refused = browser.submit("/recovery/password", password=NEW_PASSWORD)

    assert refused.status_code == 409
    assert "not open any more" in refused.text


def test_who_lost_the_phone_comes_in_person_and_goes_on_afterwards(ground: Ground) -> None:
    human, browser = ground.human(), ground.browser()
    officer = Caller(
        kind=CallerKind.OFFICER,
        subject=uuid4(),
        assurance=AssuranceLevel.LOW,
        authority="civil_registry",
        roles=("officer",),
    )
    names = {"fa": "شیراز", "en": "Shiraz"}
    soon = utc_now() + timedelta(minutes=10)
    lives = ground.wiring.lives
    lives.places.open(OpenPlace("shiraz", names, names), Asking(officer, OPERATOR, "open", "en"))
    lives.places.offer(
        OfferTimes("shiraz", soon, 15, 2, 1), Asking(officer, OPERATOR, "offer", "en")
    )
    page = begin(ground, browser, human.national_id)
    visit = re.search(r'<option value="(shiraz[^"]+)"', page)
    assert visit

    booked = browser.submit("/recovery/appointment", visit=visit[1]).text

    assert "Shiraz" in booked
    number, secret = re.findall(r"<code>([^<]+)</code>", booked)
    with ground.wiring.foundation.log.unit_of_work(OPERATOR) as unit:
        [appointment] = lives.visits.held_about(unit, human.id)
    kept = KeepAppointment(UUID(appointment["appointment_id"]), "identity card 123")
    lives.visits.keep(kept, Asking(officer, OPERATOR, "keep", "en"))
    another = ground.browser()
    another.open(f"{RECOVERY}/go-on")
    another.submit("/recovery/go-on", recovery=number, secret=secret)
    done = another.submit("/recovery/password", password=NEW_PASSWORD)
    assert "known at level 4" in done.text
    assert proofing(ground, human) == 4


@pytest.mark.parametrize("path", ["code", "match", "password", "appointment", "go-on"])
def test_what_no_form_of_ours_sends_is_no_error_of_ours(ground: Ground, path: str) -> None:
    browser = ground.browser()
    browser.open(RECOVERY)
    page = browser.page
    assert page is not None
    csrf = re.search(r'name="csrf" value="([^"]+)"', page.text)
    assert csrf

    answer = browser.post(f"{RECOVERY}/{path}", {"csrf": csrf[1], "recovery": "x"})

    assert answer.status_code == 400
