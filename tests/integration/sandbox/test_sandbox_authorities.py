import json
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from uuid import uuid4

import httpx
import pytest

from panjareh_sandbox.demo import personas
from panjareh_sandbox.demo.people import company_id, person_with, ward_id
from panjareh_sandbox.national_id import make_national_id
from panjareh_sandbox.register import AUTHORITIES

PERSONAS = {persona.key: persona for persona in personas()}
LEILA = PERSONAS["granted"].national_id


@pytest.mark.parametrize(
    ("authority", "evidence_type", "facts"),
    [
        (
            "civil_registry",
            "civil_identity",
            {
                "given_name": "لیلا",
                "family_name": "کریمی",
                "birth_date": "1985-03-21",
                "alive": True,
            },
        ),
        ("welfare", "income_decile", {"decile": 2, "household_size": 4}),
        ("mobile_registry", "mobile_line", {"active_lines": 1, "data_plan": "none"}),
        (
            "civil_registry",
            "guardianship",
            {
                "wards": [
                    {
                        "national_id": ward_id(LEILA),
                        "given_name": "آزمون",
                        "family_name": "نمونه",
                        "birth_date": "2016-06-15",
                        "alive": True,
                    }
                ]
            },
        ),
        (
            "companies_registry",
            "represented_companies",
            {"companies": [{"company_id": company_id(LEILA), "name": "شرکت آزمون نمونه"}]},
        ),
    ],
)
def test_each_authority_answers_with_what_it_holds(sandbox, authority, evidence_type, facts):
    answer = sandbox.ask(authority, evidence_type, LEILA)

    assert answer.status_code == 200
    assert answer.json()["facts"] == facts
    assert datetime.fromisoformat(answer.json()["as_of"]).tzinfo is not None


@pytest.mark.parametrize(("key", "status"), [("no_welfare_record", 404), ("welfare_refuses", 403)])
def test_an_authority_that_does_not_answer_with_facts_says_why_in_both_languages(
    sandbox, key, status
):
    answer = sandbox.ask("welfare", "income_decile", PERSONAS[key].national_id)

    assert answer.status_code == status
    assert set(answer.json()) == {"reason"}
    assert all(answer.json()["reason"][language] for language in ("fa", "en"))


def test_any_valid_national_id_gets_made_up_facts(sandbox):
    national_id = make_national_id(42)

    answer = sandbox.ask("welfare", "income_decile", national_id)

    assert answer.json()["facts"]["decile"] == person_with(national_id).decile


def test_a_repeated_question_gets_the_identical_answer(sandbox):
    inquiry_id = str(uuid4())

    first = sandbox.ask("welfare", "income_decile", LEILA, inquiry_id)
    second = sandbox.ask("welfare", "income_decile", LEILA, inquiry_id)

    assert second.content == first.content
    assert [entry["repeated"] for entry in sandbox.ledger("welfare")] == [False, True]


def test_a_key_cannot_be_used_for_another_question(sandbox):
    inquiry_id = str(uuid4())
    sandbox.ask("welfare", "income_decile", LEILA, inquiry_id)

    answer = sandbox.ask("welfare", "income_decile", make_national_id(1), inquiry_id)

    assert answer.status_code == 400


@pytest.mark.parametrize(
    "changes",
    [
        {"subject": {"national_id": "9900000014"}},
        {"subject": "9900000013"},
        {"key": "another"},
        {"inquiry_id": "9900000013"},
        {"purpose": ""},
        {"service_code": 7},
    ],
    ids=["check digit", "no subject", "key differs", "not a uuid", "no purpose", "odd service"],
)
def test_a_malformed_question_is_told_what_is_wrong(sandbox, changes):
    answer = sandbox.ask("welfare", "income_decile", LEILA, **changes)

    assert answer.status_code == 400
    assert set(answer.json()["reason"]) == {"fa", "en"}
    assert [entry["outcome"] for entry in sandbox.ledger("welfare")] == ["malformed"]


def test_a_question_may_be_asked_for_no_service(sandbox):
    answer = sandbox.ask("civil_registry", "civil_identity", LEILA, service_code=None)

    assert answer.status_code == 200


def test_evidence_of_another_authority_is_malformed_and_not_an_empty_record(sandbox):
    answer = sandbox.ask("welfare", "civil_identity", LEILA)

    assert answer.status_code == 400


def test_an_authority_that_is_down_refuses_connections_until_it_is_up(sandbox):
    inquiry_id = str(uuid4())
    before = sandbox.ask("welfare", "income_decile", LEILA, inquiry_id)

    state = sandbox.behave("welfare", "down").json()
    with pytest.raises(httpx.ConnectError):
        sandbox.ask("welfare", "income_decile", LEILA)
    elsewhere = sandbox.ask("civil_registry", "civil_identity", LEILA)
    sandbox.behave("welfare", "up")
    after = sandbox.ask("welfare", "income_decile", LEILA, inquiry_id)

    assert (state["mode"], state["listening"]) == ("down", False)
    assert elsewhere.status_code == 200
    assert after.content == before.content


def test_down_and_up_may_be_said_twice(sandbox):
    for mode in ("down", "down", "up", "up"):
        assert sandbox.behave("welfare", mode).status_code == 200

    assert sandbox.ask("welfare", "income_decile", LEILA).status_code == 200


def test_a_slow_authority_answers_after_the_delay(sandbox):
    sandbox.behave("welfare", "slow", delay_seconds=0.7)

    asked_at = time.monotonic()
    answer = sandbox.ask("welfare", "income_decile", LEILA)
    waited = time.monotonic() - asked_at

    assert answer.status_code == 200
    assert waited >= 0.7


def test_whoever_waits_for_a_slow_authority_is_answered_when_it_recovers(sandbox):
    sandbox.behave("welfare", "slow", delay_seconds=300)

    with ThreadPoolExecutor() as pool:
        waiting = pool.submit(sandbox.ask, "welfare", "income_decile", LEILA)
        with pytest.raises(TimeoutError):
            waiting.result(0.5)
        sandbox.behave("welfare", "up")
        answer = waiting.result(5)

    assert answer.status_code == 200


def test_a_fault_is_not_remembered_as_the_answer(sandbox):
    inquiry_id = str(uuid4())
    sandbox.behave("welfare", "failing")

    fault = sandbox.ask("welfare", "income_decile", LEILA, inquiry_id)
    sandbox.behave("welfare", "up")
    answer = sandbox.ask("welfare", "income_decile", LEILA, inquiry_id)

    assert fault.status_code == 503
    assert answer.status_code == 200
    assert [entry["outcome"] for entry in sandbox.ledger("welfare")] == ["failed", "answered"]


def test_a_wrong_authority_answers_in_a_shape_nobody_agreed_on(sandbox):
    sandbox.behave("welfare", "wrong")

    answer = sandbox.ask("welfare", "income_decile", LEILA)

    assert answer.status_code == 200
    assert "decile" not in answer.json()["facts"]


def test_the_ledger_knows_the_inquiry_and_never_the_person(sandbox):
    inquiry_id = str(uuid4())

    sandbox.ask("mobile_registry", "mobile_line", LEILA, inquiry_id)
    sandbox.ask("mobile_registry", "mobile_line", LEILA, inquiry_id="not-a-uuid-" + LEILA)

    entries = sandbox.ledger("mobile_registry")
    assert set(entries[0]) == {"inquiry_id", "evidence_type", "at", "outcome", "repeated"}
    assert [entry["inquiry_id"] for entry in entries] == [inquiry_id, None]
    lines = (sandbox.ledger_dir / "mobile_registry.jsonl").read_text().splitlines()
    assert [json.loads(line) for line in lines][-2:] == entries
    for written in [*sandbox.ledger_dir.iterdir(), sandbox.log_file]:
        assert LEILA not in written.read_text()


def test_the_control_server_counts_what_each_authority_was_asked(sandbox):
    sandbox.ask("welfare", "income_decile", LEILA)
    sandbox.ask("welfare", "income_decile", PERSONAS["no_welfare_record"].national_id)

    states = sandbox.http.get(f"{sandbox.control}/authorities").json()["items"]

    assert [state["name"] for state in states] == list(AUTHORITIES)
    assert {state["name"]: state["asked"] for state in states if state["asked"]} == {"welfare": 2}
    assert states[1]["outcomes"] == {"answered": 1, "nothing_held": 1}


def test_a_reset_brings_everybody_up_and_forgets(sandbox):
    sandbox.ask("welfare", "income_decile", LEILA)
    sandbox.behave("welfare", "down")

    sandbox.reset()

    assert sandbox.ledger("welfare") == []
    assert sandbox.http.get(f"{sandbox.providers['welfare']}/healthz").status_code == 200


@pytest.mark.parametrize(
    ("name", "body", "status"),
    [
        ("welfare", {"mode": "sleepy"}, 400),
        ("welfare", {"mode": ["up"]}, 400),
        ("welfare", {"mode": "slow", "delay_seconds": -1}, 400),
        ("welfare", {"mode": "slow", "delay_seconds": "2"}, 400),
        ("tax_office", {"mode": "up"}, 404),
    ],
)
def test_an_impossible_order_is_refused_as_a_problem(sandbox, name, body, status):
    answer = sandbox.http.put(f"{sandbox.control}/authorities/{name}", json=body)

    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["detail"]


@pytest.mark.parametrize(
    ("subject", "own"),
    [
        ({"national_id": LEILA}, PERSONAS["granted"].mobile),
        ({"national_id": make_national_id(42)}, person_with(make_national_id(42)).mobile),
        ({"foreigner_id": "123456789012"}, "09366789012"),
        ({"passport": {"number": "A12345678", "country": "IR"}}, "09362345678"),
    ],
)
def test_the_registry_of_mobiles_says_whose_a_number_is_and_nothing_else(sandbox, subject, own):
    for mobile, owner in ((own, True), ("09121234567", False)):
        answer = sandbox.ask(
            "mobile_registry", "mobile_owner", LEILA, subject=subject | {"mobile": mobile}
        )

        assert answer.json()["facts"] == {"owner": owner}


def test_without_a_number_there_is_nothing_to_match(sandbox):
    assert sandbox.ask("mobile_registry", "mobile_owner", LEILA).status_code == 400


@pytest.mark.parametrize(
    "subject",
    [{"foreigner_id": "123456789012"}, {"passport": {"number": "A12345678", "country": "IR"}}],
)
def test_the_civil_registry_holds_nothing_of_who_has_no_national_id(sandbox, subject):
    answer = sandbox.ask("civil_registry", "civil_identity", LEILA, subject=subject)

    assert answer.status_code == 404
    assert set(answer.json()["reason"]) == {"fa", "en"}
