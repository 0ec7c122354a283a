"""Messages about somebody's requests: which are sent, where to, what they say, and that none comes twice."""

from __future__ import annotations

import re
from datetime import timedelta
from uuid import uuid4

import pytest

from panjareh_common.assurance import AssuranceLevel
from panjareh_common.reference import plain
from panjareh_common.refusals import NotFound, NotSignedIn
from panjareh_common.security import Caller, CallerKind
from panjareh_common.testing.aggregates import AT
from panjareh_identity.application.lives.telling import (
    NoticeChoices,
    TellingPersons,
    TellPerson,
)
from panjareh_identity.application.notice_words import said
from panjareh_identity.domain.authenticator_refusals import ChannelNotConfirmed
from panjareh_identity.domain.contacts import Channel
from panjareh_identity.domain.notices import GROUP_OF, OPTIONAL, NoticeGroup
from panjareh_identity.domain.person import Person
from panjareh_identity.domain.refusals import MessageNotSent

REFERENCE = "123456789010"
SMS = Channel.SMS


class FakeSent:
    def __init__(self):
        self.rows = set()

    def claim(self, unit, notice_id, person_id, kind):
        new = (notice_id, person_id) not in self.rows
        self.rows.add((notice_id, person_id))
        return new

    def give_back(self, unit, notice_id, person_id):
        self.rows.discard((notice_id, person_id))


class Nobody:
    def of(self, unit, represented, service_code):
        return []


class Telling:
    def __init__(self, identity):
        self.identity, self.messages, self.sent = identity, identity.messages, FakeSent()
        self.leila = identity.signed_in()
        self.change(lambda person: person.confirm_mobile(AT))
        self.messages.sent.clear()
        self.use = TellingPersons(
            identity.log, sent=self.sent, representatives=Nobody(), messages=self.messages
        )
        self.choices = NoticeChoices(identity.log, identity.sessions)

    def change(self, what):
        with self.identity.log.unit_of_work(self.leila.cause("web")) as unit:
            person = unit.load(Person, self.leila.person)
            what(person)
            unit.save(person)

    def tell(self, kind="decided", notice_id=None, by=None, person_id=None):
        service = Caller(
            CallerKind.SERVICE,
            person_id or self.leila.person,
            AssuranceLevel.SELF_ASSERTED,
            service="requests",
        )
        command = TellPerson(notice_id or uuid4(), kind, REFERENCE, "LIF-001", by)
        return self.use.tell(command, caller=service, cause=service.cause("platform"))["told"]

    def choose(self, off, channel=SMS, caller=None):
        caller = caller or self.leila
        return self.choices.choose(
            off, channel, caller=caller, cause=caller.cause("web"), language="en"
        )


@pytest.fixture
def telling(identity):
    return Telling(identity)


@pytest.mark.parametrize("kind", sorted(GROUP_OF))
@pytest.mark.parametrize("language", ["fa", "en"])
@pytest.mark.parametrize("by", [None, AT], ids=["", "by"])
def test_every_kind_says_the_reference_and_nothing_of_what_it_is_about(kind, language, by):
    words = said(kind, REFERENCE, by, language)

    assert REFERENCE in plain(words)
    assert "LIF-001" not in words
    assert not re.search("[{}]", words)
    assert bool(re.search("[\u0600-\u06ff]", words)) is (language == "fa")
    assert not re.search(r"\d{6}", words), "it is never taken for a code"


def test_a_persian_message_has_the_solar_date_in_persian_digits():
    words = said("correction_asked", REFERENCE, AT, "fa")

    assert "۱ فروردین ۱۴۰۵" in words


def test_the_phone_is_told_once_however_often_it_is_asked(telling):
    notice_id = uuid4()

    assert [telling.tell(notice_id=notice_id) for _ in range(3)] == ["sent", "before", "before"]

    [(to, words)] = telling.messages.sent
    assert to == "09000000001"
    assert REFERENCE in plain(words)


def test_what_surely_was_not_sent_may_be_tried_again(telling):
    notice_id = uuid4()
    telling.messages.away = True
    with pytest.raises(MessageNotSent):
        telling.tell(notice_id=notice_id)
    telling.messages.away = False

    assert telling.tell(notice_id=notice_id) == "sent"


def test_what_perhaps_was_sent_is_not_sent_again(telling, monkeypatch):
    notice_id, refusal = uuid4(), MessageNotSent()
    refusal.perhaps_sent = True

    def send(*_):
        raise refusal

    with monkeypatch.context() as patched:
        patched.setattr(telling.messages, "send", send)
        assert telling.tell(notice_id=notice_id) == "sent"

    assert telling.tell(notice_id=notice_id) == "before"


def test_a_number_that_nobody_has_confirmed_is_told_nothing(identity):
    leila = identity.signed_in()
    telling = Telling.__new__(Telling)
    telling.identity, telling.messages, telling.leila = identity, identity.messages, leila
    telling.use = TellingPersons(
        identity.log, sent=FakeSent(), representatives=Nobody(), messages=identity.messages
    )
    identity.messages.sent.clear()

    assert telling.tell() == "unreachable"
    assert identity.messages.sent == []


@pytest.mark.parametrize("kind", sorted(GROUP_OF))
def test_only_what_may_be_turned_off_is_turned_off(telling, kind):
    telling.choose(list(OPTIONAL))

    told = telling.tell(kind, by=AT)

    assert told == ("sent" if GROUP_OF[kind] is NoticeGroup.DUTIES else "unwanted")
    assert len(telling.messages.sent) == (told == "sent")


def test_a_person_who_chose_mail_is_told_by_mail(telling):
    with pytest.raises(ChannelNotConfirmed):
        telling.choose([], Channel.EMAIL)
    telling.change(lambda person: person.confirm_email("leila@example.org", AT))

    shown = telling.choose([], Channel.EMAIL)

    assert (shown["channel"], telling.tell()) == ("email", "sent")
    assert [to for to, _ in telling.messages.mailed] == ["leila@example.org"]
    assert telling.messages.sent == []


def test_a_choice_is_one_event_and_shown_with_what_is_sent_always(telling):
    before = len(telling.identity.log.events)
    for _ in range(2):
        shown = telling.choose([NoticeGroup.MESSAGES])

    assert len(telling.identity.log.events) == before + 1
    assert {each["group"]: (each["on"], each["optional"]) for each in shown["groups"]} == {
        "duties": (True, False),
        "messages": (False, True),
        "reminders": (True, True),
        "appointments": (True, True),
    }


def test_nobody_chooses_for_another(telling):
    stranger = telling.identity.caller()

    with pytest.raises(NotSignedIn):
        telling.choose([NoticeGroup.MESSAGES], caller=stranger)


@pytest.mark.parametrize("gone", ["died", "erased", "never there"])
def test_who_is_not_there_any_more_is_not_told(telling, gone):
    if gone == "died":
        telling.change(lambda person: person.die((AT - timedelta(days=1)).date(), "registry", AT))
    if gone == "erased":
        telling.change(lambda person: person.erase(AT))

    with pytest.raises(NotFound):
        telling.tell(person_id=uuid4() if gone == "never there" else None)

    assert telling.messages.sent == []
