"""Several applicants on one request, on a real database: invited by a code, joined, each with their own key."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from tests.integration.requests.joining import (
    BUYERS,
    SELLERS,
    Transfers,
    company,
    officer,
    person,
)

from panjareh_common.database import Database
from panjareh_common.rebuild import rebuild
from panjareh_common.refusals import AssuranceTooLow, InvalidInput, NotFound, Refusal
from panjareh_requests.application.commands import (
    AppealRequest,
    CorrectRequest,
    DecideRequest,
    SendBack,
    StartReview,
    WithdrawRequest,
)
from panjareh_requests.domain.joining import TRIES
from panjareh_requests.domain.refusals_joining import TooManyCodes, UnknownCode
from panjareh_requests.domain.values import Ask, Outcome
from panjareh_requests.read_model.request_rows import RequestRows


@pytest.fixture
def transfers(make_database_url: Callable[[str], str]) -> Iterator[Transfers]:
    url = make_database_url("requests")
    database = Database(url, size=8)
    database.open()
    made = Transfers(database)
    made.url = url
    yield made
    database.close()


def refused(code: str, do: Callable[[], Any]) -> None:
    with pytest.raises(Refusal) as said:
        do()
    assert said.value.code == code


def test_nothing_is_asked_until_the_buyer_has_joined_and_then_about_each_their_own(
    transfers: Transfers,
) -> None:
    seller, buyer = person(), person()
    request_id = transfers.submit(seller)
    transfers.work()
    waiting = transfers.get(seller, request_id)

    assert waiting["status"] == "awaiting_applicant"
    assert waiting["next"].startswith("It is your turn: invite")
    assert waiting["may"] == ["withdraw", "write"]
    assert transfers.exchange.asked == []

    code = transfers.invite(seller, request_id)
    joined = transfers.join(buyer, code)
    transfers.work()

    assert joined["party"] == "buyer"
    assert joined["receipt"] == "receipt"
    assert set(transfers.exchange.asked) == {
        ("ownership", seller.person),
        ("licence", buyer.person),
    }
    assert transfers.get(buyer, request_id)["status"] == "under_review"
    request = transfers.load(request_id)
    inputs = request.decision_inputs()
    assert inputs["buyer.loa"] == 3
    assert inputs["buyer.kind"] == "person"
    assert inputs["buyer.form.colour"] == "red"
    assert inputs["buyer.licence.said_of"] == "licence"
    assert inputs["ownership.said_of"] == "ownership"


def test_the_clock_stands_still_while_the_others_are_awaited(transfers: Transfers) -> None:
    seller, buyer = person(), person()
    request_id = transfers.submit(seller)
    transfers.later(days=5)
    transfers.join(buyer, transfers.invite(seller, request_id))

    clock = transfers.load(request_id).clock(90)

    assert clock is not None
    [pause] = clock.pauses
    assert (pause.until or pause.since) - pause.since == timedelta(days=5)


def test_each_sees_of_the_other_what_the_card_shows(transfers: Transfers) -> None:
    seller, buyer = person(), person()
    request_id = transfers.joined(seller, buyer)

    of_seller, of_buyer = transfers.get(seller, request_id), transfers.get(buyer, request_id)
    of_office = transfers.get(officer(), request_id)

    assert of_seller["form"] == SELLERS
    assert of_seller["parties"][0]["form"] == {"colour": "red"}
    assert of_buyer["form"] == {"plate": SELLERS["plate"]}
    assert of_buyer["parties"][0]["form"] == BUYERS
    assert of_buyer["parties"][0]["you"] is True
    assert of_buyer["may"] == ["withdraw"]
    assert of_office["parties"][0]["state"] == "joined"
    assert transfers.get(buyer, request_id, at=transfers.now)["form"] == of_buyer["form"]


def test_each_reads_their_own_steps_and_of_the_others_that_they_happened(
    transfers: Transfers,
) -> None:
    seller, buyer = person(), person()
    request_id = transfers.joined(seller, buyer)

    told_seller = transfers.timeline(seller, request_id)
    told_buyer = transfers.timeline(buyer, request_id)

    assert "You submitted the request." in told_seller
    assert "the applicant submitted the request." in told_buyer
    assert "the buyer joined the request." in told_seller
    assert "You joined the request." in told_buyer
    assert "The authority that holds your licence was asked online." in told_buyer
    assert "An authority was asked online about: the buyer." in told_seller
    assert "An authority was asked online about: the applicant." in told_buyer


def test_who_knows_the_code_sees_what_they_would_join_and_no_more(transfers: Transfers) -> None:
    seller = person()
    code = transfers.invite(seller, transfers.submit(seller))

    told = transfers.look(person(), code)

    assert told["invited_by"] == "Ali"
    assert told["agrees_to"] == "I buy it."
    assert told["shows"] == [{"field": "plate", "title": "Plate", "value": SELLERS["plate"]}]
    assert told["asks_about_you"] == ["licence"]
    assert "secret" not in str(told)
    looks = transfers.database.fetch("SELECT purpose FROM person_data_read")
    assert ("join_request",) in looks


def test_a_code_is_used_once_replaced_by_a_newer_one_and_over_in_three_days(
    transfers: Transfers,
) -> None:
    seller = person()
    request_id = transfers.submit(seller)
    first = transfers.invite(seller, request_id)
    second = transfers.invite(seller, request_id)

    refused("unknown_joining_code", lambda: transfers.join(person(), first))
    transfers.later(days=3)
    refused("unknown_joining_code", lambda: transfers.join(person(), second))
    third = transfers.invite(seller, request_id)
    transfers.join(person(), third)
    refused("unknown_joining_code", lambda: transfers.join(person(), third))
    refused("nobody_awaited", lambda: transfers.invite(seller, request_id))


def test_a_code_stands_nowhere_in_the_database(transfers: Transfers) -> None:
    seller = person()
    code = transfers.invite(seller, transfers.submit(seller))

    for table in ("event", "joining_code", "idempotency", "request", "due"):
        rows = transfers.database.fetch(f"SELECT t::text FROM {table} AS t")
        assert code not in str(rows)
        assert code.encode().hex() not in str(rows)


def test_who_tries_codes_is_stopped_however_many_tries_are_made_at_once(
    transfers: Transfers,
) -> None:
    guesser = person()

    def guess(_: int) -> str:
        with pytest.raises(Refusal) as said:
            transfers.look(guesser, "000000000000")
        return said.value.code

    with ThreadPoolExecutor(6) as pool:
        told = list(pool.map(guess, range(TRIES + 10)))

    assert told.count(UnknownCode.code) == TRIES
    assert told.count(TooManyCodes.code) == 10
    seller = person()
    code = transfers.invite(seller, transfers.submit(seller))
    refused("too_many_codes", lambda: transfers.join(guesser, code))
    transfers.later(hours=1)
    transfers.join(guesser, transfers.invite(seller, transfers.submit(seller)))


def test_of_many_who_join_with_one_code_at_once_one_does(transfers: Transfers) -> None:
    seller = person()
    request_id = transfers.submit(seller)
    code = transfers.invite(seller, request_id)

    def try_to(_: int) -> bool:
        try:
            transfers.join(person(), code)
        except Refusal as refusal:
            assert refusal.code in {"unknown_joining_code", "nobody_awaited"}
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        joined = list(pool.map(try_to, range(16)))

    assert joined.count(True) == 1
    assert len(transfers.load(request_id).person_ids) == 2


def test_who_was_invited_may_decline_and_somebody_else_join(transfers: Transfers) -> None:
    seller = person()
    request_id = transfers.submit(seller)
    transfers.decline(person(), transfers.invite(seller, request_id))

    assert transfers.get(seller, request_id)["parties"][0]["state"] == "declined"
    assert "the buyer declined the invitation: too dear" in transfers.timeline(seller, request_id)
    transfers.join(person(), transfers.invite(seller, request_id))
    assert transfers.get(seller, request_id)["parties"][0]["state"] == "joined"


def test_what_nobody_joins_in_time_ends(transfers: Transfers) -> None:
    seller = person()
    request_id = transfers.submit(seller)
    transfers.later(days=29)
    transfers.work()
    code = transfers.invite(seller, request_id)
    assert transfers.get(seller, request_id)["status"] == "awaiting_applicant"

    transfers.later(days=1)
    refused("unknown_joining_code", lambda: transfers.join(person(), code))
    transfers.work()

    assert transfers.get(seller, request_id)["status"] == "withdrawn"
    assert transfers.timeline(seller, request_id)[-1].startswith("Not everybody joined in time")
    assert transfers.exchange.asked == []


def test_only_who_the_card_names_may_ask_or_join(transfers: Transfers) -> None:
    refused("for_persons", lambda: transfers.submit(company()))
    seller, firm = person(), company()
    request_id = transfers.submit(seller)
    code = transfers.invite(seller, request_id)

    refused("own_invitation", lambda: transfers.join(seller, code))
    with pytest.raises(AssuranceTooLow):
        transfers.join(person(loa=1), code)
    with pytest.raises(InvalidInput):
        transfers.join(person(), code, {"colour": "red"})
    transfers.join(firm, code)

    request = transfers.load(request_id)
    assert request.applicant_kind == "person"
    assert request.parties["buyer"]["kind"] == "organisation"
    assert transfers.get(firm, request_id)["parties"][0]["you"] is True


def test_third_persons_reach_nothing(transfers: Transfers) -> None:
    seller, buyer = person(), person()
    request_id = transfers.joined(seller, buyer)

    for stranger in (person(), company(), officer("welfare")):
        with pytest.raises(NotFound):
            transfers.get(stranger, request_id)
        with pytest.raises(NotFound):
            transfers.timeline(stranger, request_id)
        withdraw = WithdrawRequest(request_id, "")
        with pytest.raises(NotFound):
            transfers.endings.withdraw(withdraw, transfers.asked(stranger))
        with pytest.raises(NotFound):
            transfers.invite(stranger, request_id)
    with pytest.raises(NotFound):
        transfers.invite(buyer, request_id)


def test_any_of_them_may_withdraw_and_it_ends_for_all(transfers: Transfers) -> None:
    seller, buyer = person(), person()
    request_id = transfers.joined(seller, buyer)

    transfers.endings.withdraw(WithdrawRequest(request_id, "no money"), transfers.asked(buyer))

    assert transfers.get(seller, request_id)["status"] == "withdrawn"
    assert transfers.timeline(seller, request_id)[-1] == "the buyer withdrew the request."
    assert "no money" in transfers.timeline(buyer, request_id)[-1]


def test_a_correction_is_asked_of_one_of_them_and_made_by_that_one(transfers: Transfers) -> None:
    seller, buyer, clerk = person(), person(), officer()
    request_id = transfers.joined(seller, buyer)
    transfers.reviews.start(StartReview(request_id), transfers.asked(clerk))
    asks = SendBack(request_id, [Ask("address", "Which street?")], 7, "buyer")
    transfers.corrections.send_back(asks, transfers.asked(clerk))

    assert transfers.get(seller, request_id)["correction"] is None
    assert transfers.get(seller, request_id)["next"].startswith("It is another's turn")
    assert transfers.get(buyer, request_id)["correction"]["asks"][0]["text"] == "Which street?"
    assert "correct" in transfers.get(buyer, request_id)["may"]
    wrong = CorrectRequest(request_id, SELLERS)
    refused(
        "nothing_to_correct",
        lambda: transfers.corrections.correct(wrong, transfers.asked(seller)),
    )
    right = CorrectRequest(request_id, BUYERS | {"address": "another"})
    transfers.corrections.correct(right, transfers.asked(buyer))

    assert transfers.load(request_id).parties["buyer"]["form"]["address"] == "another"
    assert transfers.get(buyer, request_id)["parties"][0]["form"]["address"] == "another"
    assert transfers.get(seller, request_id)["form"] == SELLERS


def decided(transfers: Transfers, seller: Any, buyer: Any) -> Any:
    request_id, clerk = transfers.joined(seller, buyer), officer()
    transfers.reviews.start(StartReview(request_id), transfers.asked(clerk))
    command = DecideRequest(request_id, Outcome.REFUSED, "The vehicle is seized.")
    transfers.reviews.decide(command, transfers.asked(clerk))
    return request_id


def test_any_of_them_may_appeal_and_only_that_one_takes_it_back(transfers: Transfers) -> None:
    seller, buyer = person(), person()
    request_id = decided(transfers, seller, buyer)
    appeal = AppealRequest(request_id, "It is not.")

    transfers.appeals.appeal(appeal, transfers.asked(buyer))
    back = WithdrawRequest(request_id, "")

    assert transfers.get(seller, request_id)["appeal"] == {"grounds": None}
    refused("appeal_of_another", lambda: transfers.endings.withdraw(back, transfers.asked(seller)))
    transfers.endings.withdraw(back, transfers.asked(buyer))
    assert transfers.get(seller, request_id)["status"] == "closed"


@pytest.mark.parametrize("erased", ["seller", "buyer"])
def test_who_is_erased_takes_their_own_with_them_and_leaves_the_others(
    transfers: Transfers, erased: str
) -> None:
    callers = {"seller": person(), "buyer": person()}
    request_id = decided(transfers, **callers)
    state = str(transfers.database.fetch("SELECT convert_from(state, 'UTF8') FROM event"))
    assert "secret" not in state

    transfers.keyring.erase(callers[erased].person)
    transfers.log.forget(callers[erased].person)
    request = transfers.load(request_id)

    gone_seller = erased == "seller"
    assert request.form == (None if gone_seller else SELLERS)
    assert request.facts["ownership"] == (None if gone_seller else {"said_of": "ownership"})
    buyers = request.parties["buyer"]
    assert buyers["form"] == (BUYERS if gone_seller else None)
    assert request.facts["buyer.licence"] == ({"said_of": "licence"} if gone_seller else None)
    assert request.reason == dict.fromkeys(("fa", "en"), "The vehicle is seized.")
    left = callers["buyer" if gone_seller else "seller"]
    assert transfers.get(left, request_id)["reason"] == "The vehicle is seized."


def test_rows_are_made_again_from_the_events_as_they_were(
    transfers: Transfers,
) -> None:
    everything = "SELECT row_to_json(request)::jsonb FROM request ORDER BY request_id"
    decided(transfers, person(), person())
    seller = person()
    open_one = transfers.submit(seller)
    transfers.decline(person(), transfers.invite(seller, open_one))
    transfers.invite(seller, open_one)
    before = transfers.database.fetch(everything)

    rebuild(transfers.url, RequestRows())

    assert transfers.database.fetch(everything) == before


def test_a_persons_requests_are_those_they_asked_for_and_those_they_joined(
    transfers: Transfers,
) -> None:
    seller, buyer = person(), person()
    first = transfers.joined(seller, buyer)
    transfers.later(hours=1)
    own = transfers.submit(buyer)

    found = transfers.view.of_applicant(buyer.person, None, 10)["items"]

    assert [row["request_id"] for row in found] == [own, first]
    assert [
        r["request_id"] for r in transfers.view.of_applicant(buyer.person, None, 1)["items"]
    ] == [own]
    assert len(transfers.view.open_of(buyer.person)["items"]) == 2
    assert transfers.view.of_applicant(uuid4(), None, 10)["items"] == []


def test_what_is_over_is_swept_away(transfers: Transfers) -> None:
    seller = person()
    transfers.invite(seller, transfers.submit(seller))
    refused("unknown_joining_code", lambda: transfers.look(person(), "000000000000"))

    assert transfers.joinings.sweep(transfers.now) == 0
    transfers.later(days=4)
    assert transfers.joinings.sweep(transfers.now) == 2
