"""Campaigns on a real database: one number a person, no place twice, turns in order, and a door that keeps its rate."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from psycopg.types.json import Jsonb
from tests.integration.requests.drafting import drafts_on, filling_in_on

from panjareh_common.assurance import AssuranceLevel
from panjareh_common.database import Database
from panjareh_common.event_store import EventLog, Keyring
from panjareh_common.refusals import Refusal
from panjareh_common.security import Caller, CallerKind
from panjareh_requests.application.campaigns import Campaigns, Drawing
from panjareh_requests.application.commands import SubmitRequest, WithdrawRequest
from panjareh_requests.application.ending import Endings
from panjareh_requests.application.handling import Asked, Handling
from panjareh_requests.application.requests import Requests
from panjareh_requests.domain.refusals_campaigns import CampaignBusy
from panjareh_requests.read_model.calendars import Calendars
from panjareh_requests.read_model.campaign_door import CampaignDoor
from panjareh_requests.read_model.campaigns import PostgresCampaigns
from panjareh_requests.read_model.clocks import Clocks
from panjareh_requests.read_model.requests_view import RequestsView
from panjareh_requests.read_model.terms import PublishedTerms

CODE = "VAC-001"
OPENS = datetime(2026, 9, 1, 4, 30, tzinfo=UTC)
CARD: dict[str, Any] = {
    "code": CODE,
    "authority": "health",
    "name": {"fa": "نام", "en": "name"},
    "required_loa": 2,
    "decision_mode": "officers",
    "time_limit_days": 5,
    "channels": ["web"],
    "evidence": [],
    "form": {"type": "object", "properties": {}},
}


@dataclass
class Window:
    """Requests on a database, at a time that goes on when it is told to."""

    database: Database
    now: datetime = OPENS
    log: EventLog = field(init=False)
    version: int = 0

    def __post_init__(self) -> None:
        keyring = Keyring(secrets.token_bytes(32), self.database)
        self.log = EventLog(self.database, keyring, lambda: self.now)
        self.terms = PublishedTerms(self.log)
        self.rows = PostgresCampaigns(self.database)
        self.door = CampaignDoor(self.database, chance=lambda: 0.0)
        self.campaigns = Campaigns(
            self.log,
            terms=self.terms,
            cards=self.terms,
            rows=self.rows,
            door=self.door,
            sign=lambda claims: f"signed {claims['number']}",
        )
        calendars = Calendars(self.log)
        view = RequestsView(self.database, Clocks(self.terms, calendars), also=(self.campaigns,))
        self.requests = Requests(
            self.log,
            self.terms,
            view,
            receipt=lambda *_: "receipt",
            drafts=drafts_on(self.log, self.terms),
            filling_in=filling_in_on(self.log),
            days=calendars,
            campaigns=self.campaigns,
        )
        self.endings = Endings(self.log, Handling(self.log, view), self.terms)

    def publish(self, **campaign: Any) -> None:
        self.version += 1
        told = {"opens_at": OPENS.isoformat(), "rate": 1000}
        told["closes_at"] = (OPENS + timedelta(hours=6)).isoformat()
        card = CARD | {"campaign": told | campaign}
        with self.database.connection() as connection:
            connection.execute(
                "INSERT INTO public_service VALUES (%s, %s, %s, now())",
                (CODE, self.version, Jsonb(card)),
            )
        self.terms._newest.clear()

    def later(self, **by: float) -> None:
        self.now += timedelta(**by)

    def draw(self, *callers: Caller) -> list[Any]:
        return self.campaigns.draw([Drawing(CODE, caller, "en") for caller in callers])

    def submit(self, caller: Caller, key: str | None = None) -> Any:
        return self.requests.submit(
            SubmitRequest(CODE, {}),
            caller=caller,
            cause=caller.cause("web"),
            key=key or str(uuid4()),
            language="en",
        )

    def refused(self, caller: Caller, key: str | None = None) -> str:
        with pytest.raises(Refusal) as said:
            self.submit(caller, key)
        return said.value.code

    def withdraw(self, caller: Caller, request_id: str) -> None:
        asked = Asked(caller, caller.cause("web"), str(uuid4()), "en")
        self.endings.withdraw(WithdrawRequest(UUID(request_id), "—"), asked)

    def told(self) -> dict[str, Any]:
        (told,) = self.campaigns.told()["items"]
        return dict(told)

    def query(self, sql: str) -> list[dict[str, Any]]:
        with self.database.connection() as connection:
            return connection.execute(sql).fetchall()


def person(loa: int = 2) -> Caller:
    return Caller(CallerKind.PERSON, uuid4(), AssuranceLevel(loa))


@pytest.fixture
def window(make_database_url: Callable[[str], str]) -> Iterator[Window]:
    database = Database(make_database_url("requests"))
    database.open()
    yield Window(database)
    database.close()


def test_before_and_after_nobody_gets_a_number(window: Window) -> None:
    window.publish()
    early, late = person(), person()
    window.now = OPENS - timedelta(seconds=90)
    (said,) = window.draw(early)
    assert (said.code, said.details["retry_after"]) == ("campaign_not_open", 90)
    assert window.refused(early) == "campaign_not_open"

    window.now = OPENS + timedelta(hours=6)
    (said,) = window.draw(late)
    assert said.code == "campaign_closed"
    assert window.refused(late) == "campaign_closed"


def test_a_number_is_drawn_once_and_used_once(window: Window) -> None:
    window.publish()
    somebody, key = person(), str(uuid4())
    assert window.refused(somebody, key) == "campaign_ticket_needed"
    (first,), (again,) = window.draw(somebody), window.draw(somebody)
    assert first == again
    assert (first["number"], first["ticket"]) == (1, "signed 1")

    made = window.submit(somebody, key)
    assert window.submit(somebody, key) == made, "the same key gives the same answer"
    assert window.refused(somebody) == "campaign_already_signed_up"
    assert window.draw(somebody)[0]["used"]


def test_from_many_devices_at_once_a_person_has_one_number_and_one_request(window: Window) -> None:
    window.publish(capacity=50)
    crowd = [person() for _ in range(40)]
    with ThreadPoolExecutor(16) as pool:
        drawn = [
            answer["number"]
            for answers in pool.map(lambda _: window.draw(*crowd), range(12))
            for answer in answers
        ]
        assert sorted(set(drawn)) == list(range(1, 41))
        window.later(seconds=1)

        def try_it(caller: Caller) -> bool:
            try:
                window.submit(caller)
            except Refusal as refusal:
                assert refusal.code in ("campaign_already_signed_up", "changed_meanwhile")
                return False
            return True

        won = list(pool.map(try_it, crowd * 3))
    assert sum(won) == 40
    assert window.query("SELECT count(*) FROM request") == [{"count": 40}]


def test_nobody_is_let_in_before_their_turn_nor_after_it(window: Window) -> None:
    window.publish(rate=1)
    first, second = person(), person()
    window.draw(first, second)
    window.submit(first)
    assert window.refused(second) == "campaign_turn_not_come"
    window.later(minutes=16)
    assert window.refused(second) == "campaign_ticket_lapsed"
    (anew,) = window.draw(second)
    assert anew["number"] == 3, "to the end of the line"


def test_what_nobody_uses_goes_to_the_waiting_list_in_its_order(window: Window) -> None:
    window.publish(capacity=2)
    crowd = [person() for _ in range(4)]
    tickets = window.draw(*crowd)
    assert [ticket["turn_at"] is None for ticket in tickets] == [False, False, True, True]
    window.later(seconds=1)
    window.submit(crowd[0])
    assert window.refused(crowd[2]) == "campaign_turn_not_come"

    window.later(minutes=16)
    assert window.campaigns.move_up(window.now) == 1

    window.submit(crowd[2])
    assert window.refused(crowd[1]) == "campaign_ticket_needed"
    assert window.refused(crowd[3]) == "campaign_turn_not_come"
    assert window.told()["waiting"] == 1


def test_a_withdrawn_place_goes_to_the_next_and_whoever_withdrew_may_come_again(
    window: Window,
) -> None:
    window.publish(capacity=1)
    first, second = person(), person()
    window.draw(first, second)
    made = window.submit(first)
    window.withdraw(first, made["request_id"])
    window.later(seconds=1)
    window.campaigns.move_up(window.now)

    assert window.submit(second)["request_id"] != made["request_id"]
    assert window.draw(first)[0]["number"] == 3
    live = window.query("SELECT place FROM campaign_claim WHERE place IS NOT NULL")
    assert live == [{"place": 1}]


def test_the_database_itself_keeps_places_from_being_given_twice(window: Window) -> None:
    window.publish(capacity=1)
    window.draw(somebody := person())
    window.submit(somebody)
    again = (
        "INSERT INTO campaign_claim (campaign_id, number, request_id, place, places, claimed_at) "
        "SELECT campaign_id, 2, gen_random_uuid(), {place}, 1, now() FROM campaign_claim"
    )
    with pytest.raises(psycopg.errors.UniqueViolation), window.database.connection() as one:
        one.execute(again.format(place=1))
    with pytest.raises(psycopg.errors.CheckViolation), window.database.connection() as one:
        one.execute(again.format(place=2))


def test_turns_that_end_while_people_use_them_never_fill_more_places_than_there_are(
    window: Window,
) -> None:
    """At the moment when turns end, those who use them and those who move up come at once."""
    window.publish(capacity=20, rate=100_000)
    crowd = [person() for _ in range(60)]
    window.draw(*crowd)
    window.later(minutes=15, milliseconds=-1)

    def use(caller: Caller) -> None:
        try:
            window.submit(caller)
        except Refusal as refusal:
            assert refusal.code.startswith("campaign_") or refusal.code == "changed_meanwhile"

    with ThreadPoolExecutor(16) as pool:
        used = [pool.submit(use, caller) for caller in crowd]
        moved = [
            pool.submit(window.campaigns.move_up, window.now + timedelta(seconds=1))
            for _ in range(4)
        ]
        for each in (*used, *moved):
            each.result()
    window.later(seconds=2)
    for caller in crowd:
        use(caller)

    places = [
        row["place"]
        for row in window.query("SELECT place FROM campaign_claim WHERE request_id IS NOT NULL")
    ]
    assert sorted(places) == list(range(1, 21))
    assert window.query("SELECT count(*) FROM request") == [{"count": 20}]


def test_more_places_in_a_new_version_of_the_card_let_the_waiting_list_in(window: Window) -> None:
    window.publish(capacity=1)
    crowd = [person() for _ in range(3)]
    window.draw(*crowd)
    window.publish(capacity=3)
    window.draw(person())
    assert window.campaigns.move_up(window.now) == 2


def test_who_may_not_ask_draws_no_number_and_disturbs_nobody(window: Window) -> None:
    window.publish()
    low, high = window.draw(person(1), person(2))
    assert low.code == "assurance_too_low"
    assert high["number"] == 1


def test_an_erased_person_leaves_a_number_without_a_name(window: Window) -> None:
    window.publish()
    somebody = person()
    window.draw(somebody)
    assert somebody.subject is not None
    window.rows.remove_of(somebody.subject)

    assert window.query("SELECT number, person_id FROM campaign_ticket") == [
        {"number": 1, "person_id": None}
    ]


def test_processes_together_let_in_no_more_than_the_rate(window: Window) -> None:
    """Three doors of one campaign, everybody knocking all the time for five seconds."""
    campaign, now, let_in = uuid4(), OPENS, 0
    doors = [CampaignDoor(window.database) for _ in range(3)]
    moments: list[datetime] = []
    for _ in range(100):
        now += timedelta(milliseconds=50)
        for door in doors * 15:
            try:
                door.enter(campaign, 40, now)
            except CampaignBusy as busy:
                assert busy.details["retry_after"] >= 1
            else:
                let_in += 1
                moments.append(now)

    assert 40 * 5 * 0.8 <= let_in <= 40 * 5 + 10
    for start in moments:
        within = [m for m in moments if start <= m < start + timedelta(seconds=1)]
        assert len(within) <= 40 + 10


def test_the_crowd_at_the_door_costs_the_database_a_few_statements_a_second(
    window: Window, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []
    fetch = window.database.fetch
    monkeypatch.setattr(
        window.database, "fetch", lambda *a, **k: (asked.append(1), fetch(*a, **k))[1]
    )
    door, campaign, now = CampaignDoor(window.database), uuid4(), OPENS
    for step in range(5_000):
        try:
            door.enter(campaign, 100, now + timedelta(microseconds=200 * step))
        except CampaignBusy:
            continue

    assert len(asked) <= 12


def test_figures_say_how_the_line_stands(window: Window) -> None:
    window.publish(capacity=2, rate=1)
    crowd = [person() for _ in range(3)]
    window.draw(*crowd)
    window.submit(crowd[0])

    told = window.told()

    assert (told["drawn"], told["called"], told["served"]) == (3, 2, 1)
    assert (told["waiting"], told["placed"], told["entered_of_late"]) == (1, 2, 1)
    window.later(seconds=30)
    window.campaigns.move_up(window.now)
    assert window.told()["entered"] == 1


def test_a_campaign_that_is_over_is_left_alone(window: Window) -> None:
    window.publish()
    window.draw(person())
    window.now = OPENS + timedelta(hours=7)
    window.campaigns.move_up(window.now)
    window.campaigns.move_up(window.now)

    assert window.rows.running() == []
    assert window.campaigns.told()["items"] == []


def test_its_waits_are_on_a_lane_of_their_own(window: Window) -> None:
    window.publish()
    window.draw(somebody := person())
    window.submit(somebody)

    kinds = {row["kind"] for row in window.query("SELECT kind FROM due")}
    assert "decide_campaign" in kinds
    assert "decide" not in kinds
