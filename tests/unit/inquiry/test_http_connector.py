"""Questions over HTTP: whatever an authority's system answers, people see facts that fit, a reason, or patience."""

import json
from dataclasses import replace
from uuid import uuid4

import httpx
import pytest

from panjareh_common.testing.aggregates import given
from panjareh_inquiry.adapters.breaker import Breakers
from panjareh_inquiry.adapters.http_connector import HttpConnector
from panjareh_inquiry.domain.inquiry import Inquiry
from panjareh_inquiry.domain.refusals import AnswerUnfit, ProviderUnavailable
from panjareh_inquiry.domain.values import Answer, InquiryStatus, Offer, Subject

SCHEMA = {
    "type": "object",
    "properties": {"decile": {"type": "integer", "minimum": 1, "maximum": 10}},
    "required": ["decile"],
    "additionalProperties": False,
}
OFFER = Offer("income_decile", "welfare", "http://welfare.example/api", 1.5, SCHEMA)
REASON = {"fa": "چیزی نیست", "en": "nothing held"}
INQUIRY = given(
    Inquiry,
    (
        Inquiry.Asked,
        {
            "evidence_type": "income_decile",
            "provider": "welfare",
            "subject_id": uuid4(),
            "asked_by": "requests",
            "authority": "municipality",
            "purpose": "service_request",
            "service_code": "SUB-003",
            "request_id": uuid4(),
        },
    ),
)


class Authority:
    """An authority's system that answers as it is told, and remembers what it was asked."""

    def __init__(self, answer):
        self.answer, self.asked, self.breakers = answer, [], Breakers(lambda: 0.0)
        client = httpx.Client(transport=httpx.MockTransport(self._respond))
        self.connector = HttpConnector(client, self.breakers)

    def _respond(self, request):
        self.asked.append(request)
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer

    def put(self, subject: Subject | None = None) -> Answer:
        return self.connector.put(OFFER, INQUIRY, subject or {"national_id": "0499370899"})


def says(status, body=None, **kwargs):
    return httpx.Response(status, json=body, **kwargs)


def test_facts_that_fit_are_taken():
    authority = Authority(says(200, {"facts": {"decile": 2}}))

    assert authority.put() == Answer(InquiryStatus.ANSWERED, facts={"decile": 2})


def test_the_question_names_whom_it_is_about_and_why_and_can_be_repeated():
    authority = Authority(says(200, {"facts": {"decile": 2}}))

    authority.put()

    [request] = authority.asked
    assert request.method == "POST"
    assert str(request.url) == "http://welfare.example/api/evidence/income_decile"
    assert request.headers["idempotency-key"] == str(INQUIRY.id)
    assert request.extensions["timeout"]["read"] == 1.5
    assert json.loads(request.content) == {
        "inquiry_id": str(INQUIRY.id),
        "subject": {"national_id": "0499370899"},
        "purpose": "service_request",
        "service_code": "SUB-003",
    }


def test_an_authority_is_told_of_the_person_what_it_is_asked_with_and_no_more():
    authority = Authority(says(200, {"facts": {"decile": 2}}))
    subject = {"passport": {"number": "A12345678", "country": "IR"}, "mobile": "+4915112345678"}

    authority.put(subject)

    [request] = authority.asked
    assert json.loads(request.content)["subject"] == subject


@pytest.mark.parametrize(
    ("status", "expected"), [(404, InquiryStatus.NOTHING_HELD), (403, InquiryStatus.REFUSED)]
)
def test_a_reason_for_giving_nothing_is_taken(status, expected):
    authority = Authority(says(status, {"reason": REASON | {"de": "nichts"}}))

    assert authority.put() == Answer(expected, reason=REASON)


@pytest.mark.parametrize(
    "answer",
    [
        says(200, {"facts": {"decile": 11}}),
        says(200, {"facts": {"decile": "2"}}),
        says(200, {"facts": {"decile": 2, "name": "Leila"}}),
        says(200, {"facts": {}}),
        says(200, {"facts": None}),
        says(200, {"fact": {"decile": 2}}),
        says(200, [1]),
        says(200, "decile"),
        says(200, None),
        httpx.Response(200),
        says(404, {}),
        says(404, {"reason": "gone"}),
        says(404, {"reason": {"en": "gone"}}),
        says(403, []),
        httpx.Response(403),
        says(404, {"detail": "Not Found"}),
    ],
)
def test_an_answer_that_is_not_as_promised_is_seen_by_nobody(answer):
    with pytest.raises(AnswerUnfit):
        Authority(answer).put()


@pytest.mark.parametrize(
    "status", [201, 202, 204, 301, 302, 400, 401, 405, 409, 418, 422, 429, 500, 502, 503, 504]
)
def test_any_other_status_means_asking_again_later(status):
    with pytest.raises(ProviderUnavailable):
        Authority(says(status, {"facts": {"decile": 2}})).put()


@pytest.mark.parametrize("status", [299, 420, 599])
def test_a_status_that_nobody_has_a_name_for_means_asking_again_later(status):
    with pytest.raises(ProviderUnavailable):
        Authority(says(status, {})).put()


@pytest.mark.parametrize(
    "answer",
    [
        httpx.ConnectError("refused"),
        httpx.ConnectTimeout("late"),
        httpx.ReadTimeout("late"),
        httpx.PoolTimeout("late"),
        httpx.RemoteProtocolError("gibberish"),
        httpx.ReadError("broken off"),
        httpx.Response(200, content=b"<html>"),
        httpx.Response(200, content=b"\xff\xfe"),
        httpx.Response(500, content=b"<html>"),
        httpx.Response(200, content=b"[" * 5000),
    ],
)
def test_an_authority_that_does_not_speak_is_asked_again_later(answer):
    with pytest.raises(ProviderUnavailable):
        Authority(answer).put()


@pytest.mark.parametrize("status", [200, 404, 500])
def test_an_answer_without_end_is_not_read_to_its_end(status):
    read = []

    def endless():
        for _ in range(10_000):
            read.append(1)
            yield b" " * 1024

    with pytest.raises(AnswerUnfit):
        Authority(httpx.Response(status, content=endless())).put()

    assert len(read) < 300


def test_an_authority_that_keeps_failing_is_not_asked_any_more():
    authority = Authority(says(503))

    for _ in range(8):
        with pytest.raises(ProviderUnavailable):
            authority.put()

    assert len(authority.asked) == 5


def test_unfit_answers_count_as_failures_too():
    authority = Authority(says(200, {"facts": {}}))

    for _ in range(8):
        with pytest.raises((AnswerUnfit, ProviderUnavailable)):
            authority.put()

    assert len(authority.asked) == 5


def test_having_nothing_is_an_answer_and_no_failure():
    authority = Authority(says(404, {"reason": REASON}))

    for _ in range(8):
        authority.put()

    assert len(authority.asked) == 8


def test_what_is_said_to_people_names_the_authority_and_not_its_address():
    with pytest.raises(ProviderUnavailable) as refused:
        Authority(httpx.ConnectError("http://welfare.example refused 0499370899")).put()

    assert "welfare" in str(refused.value)
    assert "example" not in str(refused.value)
    assert "0499370899" not in str(refused.value)


def test_a_schema_that_was_connected_before_schemas_were_bounded_is_a_fault_of_its_authority():
    """The person sees that it is late; nobody sees an answer that was not checked."""
    authority = Authority(says(200, {"facts": {"decile": 2}}))
    offer = replace(OFFER, schema={"$ref": "#/$defs/facts"})

    with pytest.raises(AnswerUnfit):
        authority.connector.put(offer, INQUIRY, {"national_id": "0499370899"})
