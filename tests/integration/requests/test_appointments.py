"""Appointments on a real database: seats that are never given twice, the line for them, and the ends of every wait."""

from __future__ import annotations

import contextlib
import random
import secrets
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from icalendar import Calendar
from psycopg.types.json import Jsonb
from tests.integration.requests.drafting import drafts_on, filling_in_on

from panjareh_common.assurance import AssuranceLevel
from panjareh_common.database import Database
from panjareh_common.due import DueWorker
from panjareh_common.event_store import EventLog, Keyring
from panjareh_common.messaging import Message
from panjareh_common.refusals import InvalidInput, NotFound, Refusal
from panjareh_common.security import Caller, CallerKind
from panjareh_requests.application.commands import StartReview, SubmitRequest, WithdrawRequest
from panjareh_requests.application.commands_appointments import (
    BookAppointment,
    CallOffAppointment,
    ChangePlace,
    ClosePlace,
    GiveBackAppointment,
    JoinLine,
    LeaveLine,
    MarkAppointment,
    OfferAppointment,
    OpenPlace,
)
from panjareh_requests.application.ending import Endings
from panjareh_requests.application.evidence import EvidenceGathering
from panjareh_requests.application.handling import Asked, Handling
from panjareh_requests.application.requests import Requests
from panjareh_requests.application.reviewing import Reviews
from panjareh_requests.domain.appointments import Slot
from panjareh_requests.domain.service_request import ServiceRequest
from panjareh_requests.read_model.appointment_seats import PostgresSeats
from panjareh_requests.read_model.calendars import Calendars
from panjareh_requests.read_model.clocks import Clocks
from panjareh_requests.read_model.documents import PostgresDocuments
from panjareh_requests.read_model.looks import PostgresLooks
from panjareh_requests.read_model.requests_view import RequestsView
from panjareh_requests.read_model.story import RequestStory
from panjareh_requests.read_model.terms import PublishedTerms
from panjareh_requests.wiring_appointments import wire_appointments

START = datetime(2026, 6, 6, 6, 30, tzinfo=UTC)  # a Saturday
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
MONDAY = datetime(2026, 6, 8, 4, 30, tzinfo=UTC)  # 08:00 in Tehran
HALF = timedelta(minutes=30)
CARD: dict[str, Any] = {
    "code": "APP-001",
    "authority": "police",
    "name": {"fa": "کارت", "en": "card"},
    "required_loa": 2,
    "decision_mode": "rules",
    "time_limit_days": 30,
    "form": {"type": "object"},
    "evidence": [],
    "appointment": {
        "when": "after_submission",
        "minutes": 20,
        "no_show": {"times": 2},
        "move_until_hours": 24,
        "within_days": 10,
        "fa": "برای عکس بیایید.",
        "en": "Come for the photograph.",
    },
    "rules": {
        "version": 1,
        "rows": [
            {
                "id": "all",
                "when": {"applicant.loa": {"ge": 1}},
                "outcome": "granted",
                "reason": {"fa": "شد", "en": "Done"},
                "law": {"fa": "ق", "en": "Act"},
            }
        ],
    },
}
BY_OFFICERS = CARD | {
    "code": "APP-002",
    "decision_mode": "officers",
    "rules": None,
    "appointment": CARD["appointment"] | {"when": "officer_offers"},
}
PLAN: dict[str, Any] = {
    "name": {"fa": "دفتر ونک", "en": "Vanak office"},
    "address": {"fa": "میدان ونک", "en": "Vanak Square"},
    "city": {"fa": "تهران", "en": "Tehran"},
    "hours": [{"days": ["monday", "tuesday"], "from": "08:00", "to": "10:00"}],
    "slot_minutes": 30,
    "capacity": 1,
    "from_day": "2026-06-01",
    "until_day": None,
    "services": ["APP-001", "APP-002"],
}


class Nobody:
    """An exchange that is never asked: the services need no evidence."""

    def ask(self, inquiry_id: UUID, evidence_type: str, request: ServiceRequest) -> None:
        raise AssertionError("nobody is asked")

    def get_evidence(self, inquiry_id: UUID, request: ServiceRequest) -> dict[str, Any]:
        raise AssertionError("nobody answers")


class Office:
    """Requests with appointments, at a time that goes on when it is told to."""

    def __init__(self, database: Database) -> None:
        self.database, self.now = database, START
        log = self.log = EventLog(
            database, Keyring(secrets.token_bytes(32), database), lambda: self.now
        )
        terms, looks, seats = PublishedTerms(log), PostgresLooks(), PostgresSeats()
        self.calendars = Calendars(log, monotonic=self._next)
        view = RequestsView(database, Clocks(terms, self.calendars), also=(seats,))
        self.requests = Requests(
            log,
            terms,
            view,
            receipt=lambda *_: "receipt",
            drafts=drafts_on(log, terms),
            filling_in=filling_in_on(log),
            days=self.calendars,
        )
        handling, documents = Handling(log, view), PostgresDocuments(log, looks)
        self.parts = wire_appointments(
            log, handling, seats, terms=terms, calendars=self.calendars, looks=looks
        )
        self.endings = Endings(log, handling, terms)
        self.reviews = Reviews(handling, terms, documents)
        self.evidence = EvidenceGathering(log, Nobody(), terms, view, documents)
        self.story = RequestStory(log, looks, terms, lambda content: "signed")
        with database.connection() as connection:
            for card in (CARD, BY_OFFICERS):
                connection.execute(
                    "INSERT INTO public_service VALUES (%s, 1, %s, now())",
                    (card["code"], Jsonb(card)),
                )
        self.keeper, self.clerk = officer("supervisor"), officer("officer")
        self.place = self.open()
        self._told = 0.0

    def _next(self) -> float:
        """Nothing that was read of the calendar is fresh any more: a test does not wait for that."""
        self._told = getattr(self, "_told", 0.0) + 10
        return self._told

    def open(self, **changes: Any) -> UUID:
        answer = self.parts.places.open(OpenPlace(PLAN | changes), asking(self.keeper))
        return UUID(answer["place_id"])

    def pass_time(self, gone: timedelta = timedelta(0)) -> None:
        self.now += gone
        handlers = self.evidence.handlers() | self.parts.waits.handlers() | self.endings.handlers()
        DueWorker(self.database, handlers, lambda: self.now).run_due()

    def asked_to_come(self, person: Caller) -> UUID:
        answer = self.requests.submit(SubmitRequest("APP-001", {}), **vars(asking(person)))
        self.pass_time()
        return UUID(answer["request_id"])

    def expected(self, person: Caller, at: datetime = MONDAY) -> UUID:
        request_id = self.asked_to_come(person)
        self.book(person, request_id, at)
        return request_id

    def book(
        self, person: Caller, request_id: UUID, at: datetime, place: UUID | None = None
    ) -> None:
        command = BookAppointment(request_id, place or self.place, at)
        self.parts.appointments.book(command, asking(person))

    def move(self, person: Caller, request_id: UUID, at: datetime) -> None:
        command = BookAppointment(request_id, self.place, at)
        self.parts.appointments.move(command, asking(person))

    def give_back(self, person: Caller, request_id: UUID) -> None:
        self.parts.appointments.give_back(GiveBackAppointment(request_id, ""), asking(person))

    def wait(self, person: Caller, request_id: UUID, day: date | None = None) -> None:
        day = day or MONDAY.date()
        command = JoinLine(request_id, self.place, day, day)
        self.parts.appointments.join_line(command, asking(person))

    def mark(self, request_id: UUID, came: bool) -> None:
        self.parts.appointments.mark(MarkAppointment(request_id, came), asking(self.clerk))

    def look(self, person: Caller, request_id: UUID) -> dict[str, Any]:
        return self.parts.story.get(
            request_id, caller=person, cause=person.cause("web"), language="en"
        )

    def slots(self, person: Caller, request_id: UUID, **wanted: Any) -> dict[str, Any]:
        wanted = {"place": self.place, "from_day": None, "after": None, "limit": 20} | wanted
        return self.parts.story.slots(
            request_id, caller=person, cause=person.cause("web"), **wanted
        )

    def status(self, person: Caller, request_id: UUID) -> str:
        cause = person.cause("web")
        told = self.story.get(request_id, caller=person, cause=cause, language="en", at=None)
        return str(told["status"])

    def events(self, request_id: UUID) -> list[str]:
        return [each.topic.rpartition(".")[2] for each in self.log.history(request_id)]

    def seats(self) -> list[tuple[Any, ...]]:
        return self.database.fetch(
            "SELECT starts_at, state, request_id FROM appointment_seat ORDER BY starts_at, seat"
        )

    def close_day(self, day: date) -> None:
        command = ClosePlace(self.place, {"fa": "تعمیر", "en": "Repairs"}, None, day)
        self.parts.places.close(command, asking(self.keeper))


def someone() -> Caller:
    return Caller(CallerKind.PERSON, uuid4(), AssuranceLevel(2))


def officer(*roles: str, authority: str = "police") -> Caller:
    return Caller(CallerKind.OFFICER, uuid4(), AssuranceLevel(2), authority=authority, roles=roles)


def asking(caller: Caller) -> Asked:
    return Asked(caller, caller.cause("web"), str(uuid4()), "en")


def refusal(what: Callable[..., Any], *args: Any) -> str:
    with pytest.raises(Refusal) as said:
        what(*args)
    return said.value.code


@pytest.fixture
def office(make_database_url: Callable[[str], str]) -> Iterator[Office]:
    database = Database(make_database_url("requests"), size=16)
    database.open()
    yield Office(database)
    database.close()


def test_the_whole_way_from_being_asked_to_the_decision_by_rules(office: Office) -> None:
    person = someone()
    request_id = office.asked_to_come(person)
    told = office.look(person, request_id)
    assert (told["status"], told["text"], told["may"]) == (
        "awaiting_appointment",
        "Come for the photograph.",
        ["book", "wait"],
    )
    assert [place["name"] for place in told["places"]] == ["Vanak office"]
    assert told["book_by"] == START + 10 * DAY
    page = office.slots(person, request_id, limit=3)
    assert [(row["starts_at"], row["free"]) for row in page["items"]] == [
        (MONDAY + number * HALF, 1) for number in range(3)
    ]
    following = office.slots(person, request_id, limit=3, after=page["next"])
    assert following["items"][0]["starts_at"] == MONDAY + 3 * HALF

    office.book(person, request_id, MONDAY)

    told = office.look(person, request_id)
    assert told["booked"]["starts_at"] == MONDAY
    assert told["booked"]["text"] == "8 June 2026, 08:00"
    assert told["may"] == ["move", "give_back", "wait"]
    assert office.slots(person, request_id)["items"][0]["free"] == 0
    office.now = MONDAY + HALF
    office.mark(request_id, came=True)
    office.pass_time()
    assert office.status(person, request_id) == "decided"
    assert office.events(request_id) == [
        "Submitted",
        "AppointmentOffered",
        "AppointmentBooked",
        "AppointmentKept",
        "Decided",
    ]
    assert [state for _, state, _ in office.seats()] == ["kept"]


@pytest.mark.parametrize("seats", [1, 7])
def test_two_hundred_at_once_reach_for_the_last_places_and_each_is_given_once(
    office: Office, seats: int
) -> None:
    place = office.open(capacity=seats)
    people = [someone() for _ in range(200)]
    requests = [office.asked_to_come(person) for person in people]
    at_once = threading.Barrier(200, timeout=60)

    def reach(person: Caller, request_id: UUID) -> str:
        at_once.wait()
        try:
            office.book(person, request_id, MONDAY, place)
        except Refusal as said:
            return said.code
        return "booked"

    with ThreadPoolExecutor(200) as pool:
        got = Counter(pool.map(reach, people, requests))

    assert got == {"booked": seats, "slot_taken": 200 - seats}
    taken = [request for _, _, request in office.seats()]
    assert len(taken) == len(set(taken)) == seats
    booked = {request for request in requests if "AppointmentBooked" in office.events(request)}
    assert booked == set(taken)


def test_moving_frees_the_old_time_and_only_where_there_is_a_new_one(office: Office) -> None:
    person, other = someone(), someone()
    mine, theirs = office.expected(person), office.expected(other, MONDAY + HALF)

    assert refusal(office.move, person, mine, MONDAY + HALF) == "slot_taken"
    assert (MONDAY, "booked", mine) in office.seats()
    office.move(person, mine, MONDAY + 2 * HALF)

    assert office.seats() == [
        (MONDAY + HALF, "booked", theirs),
        (MONDAY + 2 * HALF, "booked", mine),
    ]


def test_two_who_swap_at_once_both_keep_an_appointment(office: Office) -> None:
    one, two = someone(), someone()
    first, second = office.expected(one), office.expected(two, MONDAY + HALF)

    def swap(person: Caller, request_id: UUID, at: datetime) -> str:
        try:
            office.move(person, request_id, at)
        except Refusal as said:
            return said.code
        return "moved"

    with ThreadPoolExecutor(2) as pool:
        said = list(pool.map(swap, (one, two), (first, second), (MONDAY + HALF, MONDAY)))

    assert set(said) <= {"moved", "slot_taken"}
    assert {request for _, _, request in office.seats()} == {first, second}


def test_a_time_that_is_given_back_goes_down_the_line_and_to_nobody_else(office: Office) -> None:
    has, first, second, quick = someone(), someone(), someone(), someone()
    taken = office.expected(has)
    waiting = [office.asked_to_come(each) for each in (first, second)]
    hasty = office.asked_to_come(quick)
    for person, request_id in zip((first, second), waiting, strict=True):
        office.wait(person, request_id)
        office.now += timedelta(seconds=1)
    assert [
        office.look(p, r)["line"]["ahead"] for p, r in zip((first, second), waiting, strict=True)
    ] == [0, 1]

    office.give_back(has, taken)

    assert refusal(office.book, quick, hasty, MONDAY) == "slot_taken"
    office.pass_time()
    assert refusal(office.book, quick, hasty, MONDAY) == "slot_taken"
    kept = office.look(first, waiting[0])["kept_for_you"]
    assert (kept["starts_at"], kept["until"]) == (MONDAY, office.now + 12 * HOUR)
    office.pass_time(12 * HOUR)
    assert office.look(first, waiting[0])["line"] is None
    office.pass_time()
    assert office.look(second, waiting[1])["kept_for_you"]["starts_at"] == MONDAY
    office.book(second, waiting[1], MONDAY)
    assert office.seats() == [(MONDAY, "booked", waiting[1])]
    assert office.look(second, waiting[1])["line"] is None


def test_what_nobody_in_line_wants_is_for_everybody_again(office: Office) -> None:
    has, waits, quick = someone(), someone(), someone()
    taken, waiting = office.expected(has), office.asked_to_come(waits)
    hasty = office.asked_to_come(quick)
    office.wait(waits, waiting)
    office.give_back(has, taken)
    office.pass_time()

    office.parts.appointments.leave_line(LeaveLine(waiting), asking(waits))
    office.pass_time()

    office.book(quick, hasty, MONDAY)
    assert office.seats() == [(MONDAY, "booked", hasty)]


def test_several_seats_that_are_given_back_at_once_go_to_as_many_in_line(office: Office) -> None:
    office.place = office.open(capacity=5)
    people, line = [someone() for _ in range(5)], [someone() for _ in range(5)]
    booked = [office.expected(person) for person in people]
    waiting = [office.asked_to_come(person) for person in line]
    for person, request_id in zip(line, waiting, strict=True):
        office.wait(person, request_id)
    with ThreadPoolExecutor(5) as pool:
        list(pool.map(office.give_back, people, booked))

    handlers = office.parts.waits.handlers()
    with ThreadPoolExecutor(4) as pool:
        workers = [DueWorker(office.database, handlers, lambda: office.now) for _ in range(4)]
        list(pool.map(DueWorker.run_due, workers))
    office.pass_time(timedelta(minutes=5))

    assert sorted(r for _, state, r in office.seats() if state == "held") == sorted(waiting)


def test_whoever_withdraws_makes_room(office: Office) -> None:
    person, other = someone(), someone()
    request_id, later = office.expected(person), office.asked_to_come(other)

    office.endings.withdraw(WithdrawRequest(request_id, ""), asking(person))

    office.book(other, later, MONDAY)
    assert office.seats() == [(MONDAY, "booked", later)]


def test_a_closed_day_frees_who_was_expected_and_none_is_lost(office: Office) -> None:
    person, other = someone(), someone()
    request_id, stays = office.expected(person), office.expected(other, MONDAY + DAY)
    office.now += DAY

    office.close_day(MONDAY.date())
    office.pass_time()

    assert office.seats() == [(MONDAY + DAY, "booked", stays)]
    told = office.look(person, request_id)
    assert (told["status"], told["booked"]) == ("awaiting_appointment", None)
    assert told["book_by"] == office.now + 10 * DAY
    assert told["may"] == ["book", "wait"]
    assert refusal(office.book, person, request_id, MONDAY) == "slot_not_offered"
    assert all(
        row["starts_at"] >= MONDAY + DAY for row in office.slots(person, request_id)["items"]
    )
    step = office.story.timeline(
        request_id, caller=person, cause=person.cause("web"), language="en"
    )["items"][-1]
    assert "The place is closed" in step["text"]
    assert "Repairs" in step["text"]
    assert step["actor_role"] == "service"


def test_an_announced_holiday_frees_too_and_so_does_a_place_that_changes_its_hours(
    office: Office,
) -> None:
    person, other = someone(), someone()
    request_id, later = office.expected(person), office.expected(other, MONDAY + DAY)
    message = Message(
        id=str(uuid4()),
        source="catalog",
        type="day_announced.v1",
        subject=str(uuid4()),
        time=office.now,
        data={
            "scope": "",
            "day": MONDAY.date().isoformat(),
            "closed": True,
            "name": {"fa": "آلودگی", "en": "Air"},
        },
        sequence=1,
    )

    office.calendars.keep_day(message, "days")
    office.pass_time()

    assert office.seats() == [(MONDAY + DAY, "booked", later)]
    assert office.events(request_id)[-1] == "AppointmentCancelled"
    hours = [{"days": ["monday"], "from": "08:00", "to": "10:00"}]
    change = ChangePlace(office.place, PLAN | {"hours": hours}, 1)
    office.parts.places.change(change, asking(office.keeper))
    office.pass_time()
    assert office.seats() == []
    assert office.events(later)[-1] == "AppointmentCancelled"


def test_who_booked_while_the_place_was_being_closed_is_found_once_more(office: Office) -> None:
    person = someone()
    request_id = office.asked_to_come(person)
    office.close_day(MONDAY.date())
    office.pass_time()
    with office.database.connection() as connection:  # as whoever had read the place just before
        connection.execute(
            "INSERT INTO appointment_seat VALUES (%s, %s, 1, %s, 'booked', %s)",
            (office.place, MONDAY, MONDAY + HALF, request_id),
        )

    def late(unit: Any) -> None:
        request = unit.load(ServiceRequest, request_id)
        request.book(office.place, Slot(MONDAY, MONDAY + HALF), unit.now)
        unit.save(request)

    office.log.run(person.cause("web"), late)

    office.pass_time(timedelta(seconds=61))

    assert office.events(request_id)[-1] == "AppointmentCancelled"
    assert office.seats() == []


def test_a_place_closes_for_good_with_many_expected(office: Office) -> None:
    office.place = office.open(capacity=30)
    people = [someone() for _ in range(30)]
    requests = [office.expected(person) for person in people]

    office.parts.places.close(
        ClosePlace(office.place, {"fa": "رفت", "en": "Moved"}, None), asking(office.keeper)
    )
    office.pass_time()

    assert office.seats() == []
    assert {office.events(each)[-1] for each in requests} == {"AppointmentCancelled"}
    names = [each["name"] for each in office.look(people[0], requests[0])["places"]]
    assert names == ["Vanak office"]  # the other one


def test_who_does_not_come_chooses_again_and_then_goes_to_officers(office: Office) -> None:
    person = someone()
    request_id = office.expected(person)
    assert refusal(office.mark, request_id, False) == "too_early_to_mark"
    office.now = MONDAY + HALF
    office.mark(request_id, came=False)
    assert office.look(person, request_id)["missed"] == 1
    office.book(person, request_id, MONDAY + DAY)
    office.pass_time(DAY)

    office.mark(request_id, came=False)

    assert office.status(person, request_id) == "under_review"
    assert [state for _, state, _ in office.seats()] == ["missed", "missed"]


def test_who_chooses_no_time_goes_to_officers_and_is_not_refused(office: Office) -> None:
    person = someone()
    request_id = office.asked_to_come(person)

    office.pass_time(10 * DAY - timedelta(seconds=1))
    assert office.status(person, request_id) == "awaiting_appointment"
    office.pass_time(timedelta(seconds=1))

    assert office.status(person, request_id) == "under_review"
    assert office.events(request_id)[-1] == "AppointmentLapsed"


def test_what_nobody_marks_goes_on_a_day_later(office: Office) -> None:
    person = someone()
    request_id = office.expected(person)

    office.now = MONDAY
    office.pass_time(HALF + DAY)

    assert office.status(person, request_id) == "under_review"
    assert [state for _, state, _ in office.seats()] == ["unmarked"]


def test_an_officer_asks_somebody_to_come_calls_it_off_and_does_without(office: Office) -> None:
    person = someone()
    answer = office.requests.submit(SubmitRequest("APP-002", {}), **vars(asking(person)))
    request_id = UUID(answer["request_id"])
    office.pass_time()
    office.reviews.start(StartReview(request_id), asking(office.clerk))
    offer = OfferAppointment(request_id, "Bring the old card.")
    stranger = officer("officer", authority="welfare")
    assert refusal(office.parts.appointments.offer, offer, asking(stranger)) == "not_found"
    office.parts.appointments.offer(offer, asking(office.clerk))
    assert office.look(person, request_id)["note"] == "Bring the old card."
    office.book(person, request_id, MONDAY)

    ill = CallOffAppointment(request_id, "We are ill.", for_good=False)
    office.parts.appointments.call_off(ill, asking(office.clerk))
    assert (office.seats(), office.status(person, request_id)) == ([], "awaiting_appointment")
    done = CallOffAppointment(request_id, "The papers are enough.", for_good=True)
    office.parts.appointments.call_off(done, asking(office.clerk))

    assert office.status(person, request_id) == "under_review"


def test_only_supervisors_keep_places_and_only_for_services_that_one_comes_for(
    office: Office,
) -> None:
    places = office.parts.places

    assert refusal(places.open, OpenPlace(PLAN), asking(office.clerk)) == "not_allowed"
    stranger = officer("supervisor", authority="welfare")
    change = ChangePlace(office.place, PLAN, None)
    assert refusal(places.change, change, asking(stranger)) == "not_found"
    assert refusal(places.change, ChangePlace(office.place, PLAN, 7), asking(office.keeper)) == (
        "place_changed"
    )
    with pytest.raises(InvalidInput) as unfit:
        plan = PLAN | {
            "slot_minutes": 10,
            "services": ["APP-001", "XXX-001"],
            "until_day": "2026-01-01",
            "hours": [*PLAN["hours"], {"days": ["monday"], "from": "09:00", "to": "11:00"}],
        }
        places.open(OpenPlace(plan), asking(office.keeper))
    assert [error["pointer"] for error in unfit.value.errors] == [
        "/hours",
        "/until_day",
        "/services/0",
        "/services/1",
    ]


def test_nobody_else_sees_or_touches_it_and_the_day_of_a_place_is_on_record(
    office: Office,
) -> None:
    person, stranger = someone(), someone()
    request_id = office.expected(person)

    for what in (office.look, office.slots, office.give_back):
        with pytest.raises(NotFound):
            what(stranger, request_id)
    day = office.parts.days.expected
    with pytest.raises(NotFound):
        other = officer("officer", authority="welfare")
        day(office.place, MONDAY.date(), other, other.cause("web"))
    items = day(office.place, MONDAY.date(), office.clerk, office.clerk.cause("web"))["items"]

    assert [(row["request_id"], row["state"]) for row in items] == [(request_id, "booked")]
    looked = office.database.fetch("SELECT person_id, reader FROM person_data_read")
    assert (person.subject, str(office.clerk.subject)) in [(who, reader) for who, reader in looked]


def test_a_calendar_takes_the_appointment_in(office: Office) -> None:
    person = someone()
    request_id = office.expected(person)

    told = office.parts.story.calendar_file(
        request_id, caller=person, cause=person.cause("web"), language="fa"
    )

    (event,) = Calendar.from_ical(told["text"]).walk("VEVENT")
    assert (event.decoded("dtstart"), event.decoded("dtend")) == (MONDAY, MONDAY + HALF)
    assert str(event["location"]) == "دفتر ونک، میدان ونک، تهران"
    assert len(event.walk("VALARM")) == 1
    office.give_back(person, request_id)
    with pytest.raises(Refusal):
        office.parts.story.calendar_file(
            request_id, caller=person, cause=person.cause("web"), language="fa"
        )


def test_whatever_many_do_at_once_seats_are_where_the_events_say(office: Office) -> None:
    """Twelve people move, give back, wait and book at random while two clock processes hand freed seats on."""
    people = [someone() for _ in range(12)]
    requests = [office.asked_to_come(person) for person in people]
    stop = threading.Event()
    handlers = office.parts.waits.handlers()

    def hand_on() -> None:
        worker = DueWorker(office.database, handlers, lambda: office.now)
        while not stop.is_set():
            worker.run_due()

    def live(number: int) -> None:
        dice = random.Random(number)
        person, request_id = people[number], requests[number]
        for _ in range(12):
            at = MONDAY + dice.randrange(4) * HALF
            deed = dice.choice(
                [
                    lambda at=at: office.book(person, request_id, at),
                    lambda at=at: office.move(person, request_id, at),
                    lambda: office.give_back(person, request_id),
                    lambda: office.wait(person, request_id),
                ]
            )
            with contextlib.suppress(Refusal):
                deed()

    with ThreadPoolExecutor(14) as pool:
        clocks = [pool.submit(hand_on) for _ in range(2)]
        lives = [pool.submit(live, number) for number in range(12)]
        for each in lives:
            each.result(timeout=120)
        stop.set()
        for each in clocks:
            each.result(timeout=60)
    office.pass_time(timedelta(minutes=10))

    told = set()
    for request_id in requests:
        request: Any = None
        for recorded in office.log.history(request_id):
            request = recorded.event.mutate(request)
        if request.appointment_at:
            told.add((request.appointment_at, "booked", request_id))
        if request.kept_at:
            told.add((request.kept_at, "held", request_id))
    assert set(office.seats()) == told
