"""Opinions on a real database: who sees what of a request, looks on record, answers that come late or not at all."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from psycopg.types.json import Jsonb
from tests.integration.requests.drafting import requests_on
from tests.integration.requests.test_ends_of_requests import (
    CARD,
    DAY,
    Office,
    asking,
    officer,
    someone,
)

from panjareh_common.calendar import TEHRAN, day_in_tehran
from panjareh_common.database import Database
from panjareh_common.due import DueWorker
from panjareh_common.refusals import NotAllowed, NotFound, Refusal, RemoteRefusal
from panjareh_common.security import Caller
from panjareh_requests.application.handling import Handling
from panjareh_requests.application.opinions import (
    AskOpinion,
    GiveOpinion,
    Opinions,
    WithdrawOpinion,
)
from panjareh_requests.application.reviewing import Reviews
from panjareh_requests.domain.opinion import Recommendation
from panjareh_requests.domain.service_request import ServiceRequest
from panjareh_requests.domain.values import Outcome
from panjareh_requests.read_model.authorities import Authorities
from panjareh_requests.read_model.calendars import Calendars
from panjareh_requests.read_model.documents import PostgresDocuments
from panjareh_requests.read_model.files import PostgresFiles
from panjareh_requests.read_model.looks import PostgresLooks
from panjareh_requests.read_model.opinions import AskedOpinions, PostgresOpinions, ShownFiles
from panjareh_requests.read_model.requests_view import RequestsView
from panjareh_requests.read_model.terms import PublishedTerms
from panjareh_requests.schemas.opinions import (
    AskedOfUsPageSchema,
    AskedOpinionSchema,
    OpinionsOfRequestSchema,
)

_AUTHORITY = "INSERT INTO authority VALUES (%s, %s, %s, 1)"


class Asking(Office):
    """The police asks the heritage office, whose weekly rest is Thursday and Friday."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self.look_rows, terms = PostgresLooks(), PublishedTerms(self.log)
        view = RequestsView(database, also=[PostgresOpinions()])
        self.requests = requests_on(self.log, terms)
        self.requests._view = view
        handling, self.files = Handling(self.log, view), PostgresFiles(database, self.log.keyring)
        self.reviews = Reviews(handling, terms, PostgresDocuments(self.log, self.look_rows))
        self.opinions = Opinions(
            self.log,
            handling,
            rows=PostgresOpinions(),
            files=self.files,
            authorities=Authorities(self.log),
            days=Calendars(self.log),
        )
        self.asked_opinions = AskedOpinions(self.log, self.look_rows, terms, self.files.of_request)
        self.theirs = officer("heritage")
        with database.connection() as connection:
            for code, rest in (("police", ["friday"]), ("heritage", ["thursday", "friday"])):
                name = Jsonb({"fa": f"دستگاه {code}", "en": f"The {code}"})
                connection.execute(_AUTHORITY, (code, name, rest))

    def end_times(self, gone: timedelta) -> None:
        self.now += gone
        DueWorker(self.database, self.opinions.handlers(), lambda: self.now).run_due()

    def ask(self, request_id: UUID, by: Caller | None = None, **more: Any) -> UUID:
        asked = {"authority": "heritage", "question": "Is it listed?", "fields": ["n"], "files": []}
        command = AskOpinion(request_id, **(asked | {"days": 3} | more))
        return UUID(self.opinions.ask(command, asking(by or self.officer))["opinion_id"])

    def give(self, opinion_id: UUID, by: Caller | None = None) -> None:
        command = GiveOpinion(opinion_id, Recommendation.REFUSE, "It is listed.")
        self.opinions.give(command, asking(by or self.theirs))

    def get(self, opinion_id: UUID, by: Caller | None = None) -> dict[str, Any]:
        caller = by or self.theirs
        told: dict[str, Any] = AskedOpinionSchema().dump(
            self.asked_opinions.get(
                opinion_id, caller=caller, cause=caller.cause("web"), language="en"
            )
        )
        return told

    def asked_of(self, by: Caller, limit: int = 20, after: str | None = None) -> dict[str, Any]:
        page = self.asked_opinions.page(
            by, by.cause("web"), after=after, limit=limit, language="fa"
        )
        told: dict[str, Any] = AskedOfUsPageSchema().dump(page)
        return told

    def answers(self, request_id: UUID, by: Caller | None = None) -> list[dict[str, Any]]:
        caller = by or self.officer
        told = self.asked_opinions.of_request(
            request_id, caller=caller, cause=caller.cause("web"), language="en"
        )
        items: list[dict[str, Any]] = OpinionsOfRequestSchema().dump(told)["items"]
        return items

    def looks(self) -> list[tuple[UUID, str, str]]:
        return [
            (row[0], row[1], row[2])
            for row in self.database.fetch(
                "SELECT person_id, authority, purpose FROM person_data_read ORDER BY read_at"
            )
        ]


@pytest.fixture
def office(make_database_url: Callable[[str], str]) -> Iterator[Asking]:
    database = Database(make_database_url("requests"), size=16)
    database.open()
    yield Asking(database)
    database.close()


def refused(code: str, do: Callable[..., Any], *how: Any, **named: Any) -> None:
    with pytest.raises((RemoteRefusal, Refusal)) as said:
        do(*how, **named)
    assert said.value.code == code


def test_who_is_asked_sees_what_was_chosen_and_nothing_else(office: Asking) -> None:
    request_id = office.under_review()
    opinion_id = office.ask(request_id)

    [listed] = office.asked_of(office.theirs)["items"]
    assert listed["opinion_id"] == str(opinion_id)
    assert listed["asked_by_name"] == "دستگاه police"
    assert office.looks() == [], "nothing of a person is in the list"
    told = office.get(opinion_id)

    assert told["question"] == "Is it listed?"
    assert told["shown"] == [{"name": "n", "title": "Number", "value": 1}]
    assert told["files"] == []
    assert str(request_id) not in str(told)
    assert str(office.person.subject) not in str(told)
    assert office.looks() == [(office.person.subject, "heritage", "give_opinion")]


def test_nothing_is_shown_that_was_not_chosen(office: Asking) -> None:
    opinion_id = office.ask(office.under_review(), fields=[])

    assert office.get(opinion_id)["shown"] == []


def test_an_answer_comes_back_to_the_officer(office: Asking) -> None:
    request_id = office.under_review()
    opinion_id = office.ask(request_id)
    office.give(opinion_id)

    [answer] = office.answers(request_id)
    assert (answer["state"], answer["recommendation"]) == ("given", "refuse")
    assert answer["text"] == "It is listed."
    assert answer["authority_name"] == "The heritage"
    assert office.looks()[-1] == (office.person.subject, "police", "handle_request")
    after = office.get(opinion_id)
    assert (after["state"], after["text"], after["shown"]) == ("given", "It is listed.", [])
    assert office.database.fetch("SELECT 1 FROM due WHERE kind = 'end_opinion_time'") == []
    refused("opinion_not_awaited", office.give, opinion_id)


def test_nobody_else_sees_or_answers_it(office: Asking) -> None:
    request_id = office.under_review()
    opinion_id = office.ask(request_id)

    for stranger in (officer("welfare"), office.officer):
        with pytest.raises(NotFound):
            office.get(opinion_id, stranger)
        refused("not_found", office.give, opinion_id, stranger)
        assert office.asked_of(stranger)["items"] == []
    for stranger in (officer("welfare"), office.theirs):
        with pytest.raises(NotFound):
            office.answers(request_id, stranger)
        refused("not_found", office.ask, request_id, stranger)
        command = WithdrawOpinion(request_id, opinion_id)
        refused("not_found", office.opinions.withdraw, command, asking(stranger))
    with pytest.raises(NotAllowed):
        office.get(opinion_id, office.person)
    with pytest.raises(NotAllowed):
        office.asked_of(someone())
    with pytest.raises(NotFound):
        office.get(uuid4())
    assert office.looks() == []


def test_the_time_for_an_answer_is_counted_in_working_days_of_who_is_asked(office: Asking) -> None:
    """Three of them, from a Saturday on: Sunday to Tuesday; from a Tuesday on: Wednesday, Saturday, Sunday."""
    request_id = office.under_review()
    saturday = datetime(2026, 7, 11, 9, tzinfo=TEHRAN)
    ends = []
    for at in (saturday, saturday + 3 * DAY):
        office.now = at
        office.ask(request_id)
        ends.append(office.answers(request_id)[-1]["answer_by"])

    days = [day_in_tehran(datetime.fromisoformat(end) - timedelta(seconds=1)) for end in ends]
    assert days == [(saturday + 3 * DAY).date(), (saturday + 8 * DAY).date()]


def test_what_nobody_answers_comes_back_and_is_told(office: Asking) -> None:
    request_id = office.under_review()
    opinion_id = office.ask(request_id)

    office.end_times(DAY)
    assert office.get(opinion_id)["state"] == "open"
    office.end_times(30 * DAY)

    assert office.get(opinion_id)["state"] == "lapsed"
    assert office.get(opinion_id)["shown"] == []
    assert office.answers(request_id)[0]["state"] == "lapsed"
    assert office.status(request_id) == "under_review"
    told = office.story.timeline(
        request_id, caller=office.person, cause=office.person.cause("web"), language="en"
    )["items"]
    assert "The authority heritage gave no opinion in time." in told[-1]["text"]
    assert "asked the authority heritage for its opinion" in told[-2]["text"]


def test_a_decision_takes_away_what_was_shown(office: Asking) -> None:
    request_id = office.under_review()
    opinion_id = office.ask(request_id)
    office.decide(request_id, Outcome.REFUSED)

    assert office.get(opinion_id)["state"] == "over"
    assert office.get(opinion_id)["shown"] == []
    refused("opinion_not_awaited", office.give, opinion_id)
    office.end_times(30 * DAY)
    assert office.database.fetch("SELECT 1 FROM due WHERE kind = 'end_opinion_time'") == []


def test_only_the_named_files_are_shown_and_only_while_an_opinion_is_awaited(
    office: Asking,
) -> None:
    request_id = office.under_review()
    named, other = uuid4(), uuid4()
    office.files.ids_of_request = lambda unit, request_id: {named, other}  # type: ignore[method-assign]
    refused("not_in_request", office.ask, request_id, files=[uuid4()])
    opinion_id = office.ask(request_id, files=[named])
    shown = ShownFiles(office.look_rows)

    def may(file_id: UUID, by: Caller) -> bool:
        with office.log.unit_of_work(by.cause("web")) as unit:
            return shown(unit, by, unit.load(ServiceRequest, request_id), file_id)

    assert may(named, office.theirs)
    assert office.looks() == [(office.person.subject, "heritage", "give_opinion")]
    assert not may(other, office.theirs)
    assert not may(named, officer("welfare"))
    assert not may(named, someone())
    office.give(opinion_id)
    assert not may(named, office.theirs)


def test_of_two_answers_at_once_one_is_taken(office: Asking) -> None:
    opinion_id = office.ask(office.under_review())

    def answer(by: Caller) -> str:
        try:
            office.give(opinion_id, by)
        except (RemoteRefusal, Refusal) as refusal:
            return refusal.code
        return "given"

    with ThreadPoolExecutor(8) as pool:
        told = list(pool.map(answer, [officer("heritage") for _ in range(8)]))

    assert sorted(told) == ["given"] + ["opinion_not_awaited"] * 7


def test_the_list_is_paged_what_is_owed_next_first_and_what_is_over_last(office: Asking) -> None:
    ids = [office.ask(office.under_review(), days=days) for days in (5, 1, 9, 3, 7)]
    office.give(ids[1])
    seen: list[str] = []
    after = None
    while True:
        page = office.asked_of(office.theirs, limit=2, after=after)
        seen += [item["opinion_id"] for item in page["items"]]
        if (after := page["next"]) is None:
            break

    assert len(set(seen)) == 5
    assert seen[-1] == str(ids[1])
    dues = [office.get(UUID(each))["answer_by"] for each in seen[:4]]
    assert dues == sorted(dues)


def test_an_authority_that_is_not_there_is_not_asked(office: Asking) -> None:
    refused("unknown_receiver", office.ask, office.under_review(), authority="nobody")
    assert CARD["authority"] == "police"
    refused("opinion_of_oneself", office.ask, office.under_review(), authority="police")
