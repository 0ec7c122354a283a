"""The inquiry service as identity calls it; the far side is a small fake with a clock of its own."""

from uuid import uuid4

import pytest

from panjareh_common.refusals import Kind, RemoteRefusal, TooLate, Unavailable
from panjareh_common.rpc.wire import CallFailed
from panjareh_identity.adapters.civil_registry import InquiryCivilRegistry
from panjareh_identity.adapters.exchange import InquiryExchange
from panjareh_identity.domain.refusals import RegistryUnavailable
from panjareh_identity.domain.values import NoRecord, RegistryRecord

PERSON, INQUIRY = uuid4(), uuid4()
FACTS = {
    "given_name": "لیلا",
    "family_name": "کریمی",
    "birth_date": "1985-03-21",
    "alive": True,
}
OPEN = {"status": "open", "evidence_type": "civil_identity"}
ANSWERED = {"status": "answered", "evidence_type": "civil_identity", "facts": FACTS}


class FakeInquiry:
    """Answers `get_evidence` with one prepared answer after the other; the last one for ever."""

    def __init__(self, *answers) -> None:
        self.answers = list(answers)
        self.asked = []
        self.seconds = 0.0

    def call(self, service, method, request, *, timeout):
        assert service == "inquiry" and timeout > 0
        self.asked.append((method, request.payload, request.token))
        if method == "ask":
            return {}
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer

    def assertion(self, *, subject, purpose, request_id):
        return (subject, purpose, request_id)

    def registry(self) -> InquiryCivilRegistry:
        exchange = InquiryExchange(self, self, pause=self._pass, clock=lambda: self.seconds)
        return InquiryCivilRegistry(exchange)

    def _pass(self, seconds: float) -> None:
        self.seconds += seconds


def test_the_registry_is_asked_about_the_person_and_its_record_given():
    inquiry = FakeInquiry(OPEN, OPEN, ANSWERED)

    record = inquiry.registry().ask(PERSON, INQUIRY)

    assert record == RegistryRecord(**FACTS)
    assert inquiry.asked[0] == (
        "ask",
        {
            "inquiry_id": str(INQUIRY),
            "evidence_type": "civil_identity",
            "service_code": None,
            "authority": "identity",
        },
        (PERSON, "identity_proofing", None),
    )
    assert [method for method, _, __ in inquiry.asked[1:]] == ["get_evidence"] * 3


@pytest.mark.parametrize("status", ["nothing_held", "refused"])
def test_an_answer_without_facts_is_an_answer(status):
    inquiry = FakeInquiry({"status": status, "reason": {"fa": "…", "en": "…"}})

    assert inquiry.registry().ask(PERSON, INQUIRY) is NoRecord(status)


def test_after_four_seconds_the_person_is_told_to_try_again():
    inquiry = FakeInquiry(OPEN)

    with pytest.raises(RegistryUnavailable):
        inquiry.registry().ask(PERSON, INQUIRY)

    assert 3 < inquiry.seconds <= 4


def test_the_pauses_grow_so_that_a_slow_registry_is_not_hammered():
    inquiry = FakeInquiry(OPEN)

    with pytest.raises(RegistryUnavailable):
        inquiry.registry().ask(PERSON, INQUIRY)

    assert len(inquiry.asked) < 20


@pytest.mark.parametrize(
    "fault",
    [
        Unavailable(),
        TooLate(),
        CallFailed("inquiry.get_evidence"),
        RemoteRefusal("not_found", Kind.NOT_FOUND, "…", {}, []),
    ],
)
def test_whatever_fails_on_the_way_is_told_as_the_registry_being_away(fault):
    inquiry = FakeInquiry(fault)

    with pytest.raises(RegistryUnavailable):
        inquiry.registry().ask(PERSON, INQUIRY)
