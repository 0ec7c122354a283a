"""Statutory clocks on a real database: their waits, what moves them, and before whom they bring what is late."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from eventsourcing.domain import Aggregate
from psycopg.types.json import Jsonb

from panjareh_catalog.domain.almanac import NATION, Almanac
from panjareh_catalog.domain.authority import Authority, AuthorityEntry
from panjareh_catalog.domain.outage import Affected, Outage, OutageKind, OutagePlan
from panjareh_catalog.messaging.translation import PUBLISHED
from panjareh_common.assurance import AssuranceLevel
from panjareh_common.calendar import TEHRAN
from panjareh_common.calendar.working_days import midnight
from panjareh_common.database import Database
from panjareh_common.due import _TAKE, DueWorker
from panjareh_common.event_store import Cause, EventLog, Keyring
from panjareh_common.event_store.unit import UnitOfWork
from panjareh_common.messaging import Message
from panjareh_common.reference import new_reference
from panjareh_common.refusals import NotAllowed, NotFound
from panjareh_common.security import Caller, CallerKind
from panjareh_requests.application.timekeeping import Timekeeping
from panjareh_requests.domain.refusals_time import NoClock
from panjareh_requests.domain.service_request import ServiceRequest
from panjareh_requests.domain.values import Ask, RequestStatus
from panjareh_requests.read_model.authorities import Authorities
from panjareh_requests.read_model.calendars import Calendars
from panjareh_requests.read_model.clock_story import ClockStory
from panjareh_requests.read_model.clocks import Clocks
from panjareh_requests.read_model.documents import PostgresDocuments
from panjareh_requests.read_model.looks import PostgresLooks
from panjareh_requests.read_model.requests_view import RequestsView
from panjareh_requests.read_model.terms import PublishedTerms

DAY = timedelta(days=1)
SATURDAY = date(2026, 6, 6)  # of a week without a holiday, and so are the next ones
NAME = {"fa": "آلودگی هوا", "en": "Polluted air"}
GRANTED = {"what": "granted", "fa": "صادر شده شمرده می‌شود", "en": "It counts as granted"}
LAW = {"fa": "قانون", "en": "The law"}
CARD: dict[str, Any] = {
    "name": {"fa": "نام", "en": "name"},
    "required_loa": 1,
    "decision_mode": "officers",
    "form": {"type": "object", "additionalProperties": False, "properties": {}},
    "evidence": [],
    "legal_basis": LAW,
}
SELF = Cause("test", "service", "platform")


def tehran(day: date, hour: int = 10) -> datetime:
    return datetime.combine(day, time(hour), TEHRAN).astimezone(UTC)


@dataclass
class Office:
    """Requests on a database, at a time that goes on when it is told to."""

    database: Database
    now: datetime = field(default_factory=lambda: tehran(SATURDAY))

    def __post_init__(self) -> None:
        keyring = Keyring(secrets.token_bytes(32), self.database)
        self.log = EventLog(self.database, keyring, lambda: self.now)
        self.terms = PublishedTerms(self.log)
        self.calendars = Calendars(self.log)
        self.authorities = Authorities(self.log)
        clocks = Clocks(self.terms, self.calendars)
        self.view = RequestsView(self.database, clocks)
        self.timekeeping = Timekeeping(
            self.log,
            terms=self.terms,
            days=self.calendars,
            clocks=clocks,
            view=self.view,
            documents=PostgresDocuments(self.log, PostgresLooks()),
        )
        self.worker = DueWorker(self.database, self.timekeeping.handlers(), lambda: self.now)
        self.story = ClockStory(self.log, self.terms, self.calendars, PostgresLooks())
        self.publish("SUB-001", "welfare", 3)
        self.publish("BIZ-001", "trade", 3, when_time_passes=GRANTED)

    def publish(self, code: str, authority: str, days: int, **more: Any) -> None:
        card = CARD | {"code": code, "authority": authority, "time_limit_days": days} | more
        self.change("INSERT INTO public_service VALUES (%s, 1, %s, now())", code, Jsonb(card))

    def change(self, sql: str, *parameters: Any) -> None:
        with self.database.connection() as connection:
            connection.execute(sql, parameters)

    def rows(self, sql: str, *parameters: Any) -> list[dict[str, Any]]:
        with self.database.connection() as connection:
            return connection.execute(sql, parameters).fetchall()

    def submit(self, code: str = "SUB-001", channel: str = "web") -> UUID:
        request_id = uuid4()

        def work(unit: UnitOfWork) -> None:
            terms = self.terms.current(unit, code)
            request = ServiceRequest.submit(
                request_id=request_id,
                applicant_id=uuid4(),
                assurance=AssuranceLevel(2),
                terms=terms,
                form={},
                channel=channel,
                reference=new_reference(),
                at=unit.now,
                days=self.calendars.of(unit, terms.authority, code),
            )
            request.send_to_officers("officers_decide", unit.now)
            unit.save(request)
            self.view.write(unit, request)

        self.log.run(SELF, work)
        return request_id

    def tell(self, request_id: UUID, what: Callable[[ServiceRequest], Any]) -> None:
        def work(unit: UnitOfWork) -> None:
            request = unit.load(ServiceRequest, request_id)
            what(request)
            unit.save(request)
            self.view.write(unit, request)

        self.log.run(SELF, work)

    def send_back(self, request_id: UUID) -> None:
        officer, ask = uuid4(), Ask("place", "Write the whole address, please.")

        def asked(request: ServiceRequest) -> None:
            request.start_review(officer, self.now)
            by = self.now + 60 * DAY
            request.send_back([ask], officer_id=officer, answer_by=by, at=self.now)

        self.tell(request_id, asked)

    def correct(self, request_id: UUID) -> None:
        self.tell(request_id, lambda request: request.correct({"place": "Tehran"}, self.now))

    def request(self, request_id: UUID) -> ServiceRequest:
        with self.log.unit_of_work(SELF) as unit:
            return unit.load(ServiceRequest, request_id)

    def clock(self, request_id: UUID) -> dict[str, Any]:
        [row] = self.rows("SELECT *, xmin::text FROM clock WHERE request_id = %s", request_id)
        return row

    def waits(self, request_id: UUID) -> list[datetime]:
        found = self.rows(
            "SELECT due_at FROM due WHERE kind = 'clock' AND subject = %s", request_id
        )
        return [row["due_at"] for row in found]

    def escalations(self, request_id: UUID) -> list[tuple[str, datetime]]:
        return [
            (recorded.event.duty, recorded.event.timestamp)
            for recorded in self.log.history(request_id)
            if recorded.topic == ServiceRequest.Escalated.TOPIC
        ]

    def at(self, moment: datetime) -> None:
        """Time goes on to a moment, and the clock process does what is due by then."""
        self.now = moment
        self.worker.run_due()

    def hear(self, *aggregates: Aggregate) -> None:
        """What the catalogue tells of what these decided; and the clock process does what follows."""
        for message in messages_of(*aggregates):
            self.take(message)
        self.settle()

    def take(self, message: Message) -> None:
        if message.type.startswith("day_"):
            self.calendars.keep_day(message, "days")
        elif message.type.startswith("outage_"):
            self.calendars.keep_outage(message, "outages")
        else:
            self.authorities.keep(message, "authorities")

    def settle(self) -> None:
        self.worker.run_due()

    def ask(self, request_id: UUID, caller: Caller | None = None, language: str = "en") -> Any:
        asking = caller or Caller(
            CallerKind.PERSON, self.request(request_id).applicant_id, AssuranceLevel(2)
        )
        return self.story.get(
            request_id, caller=asking, cause=asking.cause("web"), language=language
        )

    def passed(self, caller: Caller, limit: int = 20, after: str | None = None) -> Any:
        return self.story.passed(caller, caller.cause("web"), after=after, limit=limit)


def messages_of(*aggregates: Aggregate) -> list[Message]:
    told = []
    for aggregate in aggregates:
        for event in aggregate.collect_events():
            if type(event) in PUBLISHED:
                type_, data = PUBLISHED[type(event)]
                version = event.originator_version
                stream = str(aggregate.id)
                as_sent = json.loads(json.dumps(data(event)))
                at = event.timestamp
                told.append(
                    Message(f"{stream}:{version}", "catalog", type_, stream, at, version, as_sent)
                )
    return [message for message in told if message.type != "outage_started.v1"]


def staff(authority: str, *roles: str) -> Caller:
    return Caller(
        CallerKind.OFFICER, uuid4(), AssuranceLevel(3), authority=authority, roles=tuple(roles)
    )


@pytest.fixture
def office(make_database_url: Callable[[str], str]) -> Iterator[Office]:
    database = Database(make_database_url("requests"), size=8)
    database.open()
    yield Office(database)
    database.close()


def test_each_open_request_has_one_clock_and_one_wait_at_its_deadline(office: Office) -> None:
    request_id = office.submit()

    row = office.clock(request_id)

    assert row["deadline_at"] == midnight(SATURDAY + 4 * DAY)
    assert office.request(request_id).promised_by == row["deadline_at"]
    assert office.waits(request_id) == [row["deadline_at"]]


def test_a_pause_has_no_wait_and_what_follows_has_the_days_that_were_left(office: Office) -> None:
    request_id = office.submit()
    office.now = tehran(SATURDAY + 2 * DAY)

    office.send_back(request_id)
    paused = office.clock(request_id)

    assert (paused["state"], paused["deadline_at"]) == ("paused", None)
    assert office.waits(request_id) == []

    office.at(tehran(SATURDAY + 9 * DAY))
    assert office.escalations(request_id) == []
    office.correct(request_id)

    assert office.clock(request_id)["deadline_at"] == midnight(SATURDAY + 11 * DAY)
    assert office.waits(request_id) == [midnight(SATURDAY + 11 * DAY)]


def test_what_is_over_has_no_wait(office: Office) -> None:
    request_id = office.submit()

    office.tell(request_id, lambda request: request.withdraw("", office.now))
    office.at(tehran(SATURDAY + 30 * DAY))

    assert office.waits(request_id) == []
    assert office.escalations(request_id) == []
    assert office.clock(request_id)["state"] == "over"


def test_what_nobody_is_assigned_to_comes_before_every_duty_in_turn(office: Office) -> None:
    request_id = office.submit()
    deadline = midnight(SATURDAY + 4 * DAY)

    office.at(deadline - timedelta(seconds=1))
    assert office.escalations(request_id) == []
    moments = [deadline, midnight(SATURDAY + 5 * DAY), midnight(SATURDAY + 8 * DAY)]
    moments.append(midnight(SATURDAY + 10 * DAY))
    for moment in moments:
        office.at(moment)

    duties = ["duty_officer", "supervisor", "authority_head", "ombudsman"]
    assert office.escalations(request_id) == list(zip(duties, moments, strict=True))
    assert office.waits(request_id) == []
    assert office.request(request_id).officer_id is None


def test_stages_that_came_while_the_clock_process_was_away_are_all_done_once(
    office: Office,
) -> None:
    request_id = office.submit()

    office.at(tehran(SATURDAY + 40 * DAY))
    office.at(tehran(SATURDAY + 41 * DAY))

    assert len(office.escalations(request_id)) == 4


def test_what_is_late_stands_before_those_whose_duty_it_is_and_nobody_else(office: Office) -> None:
    late, other = office.submit(), office.submit()
    office.tell(other, lambda request: request.withdraw("", office.now))
    office.at(midnight(SATURDAY + 4 * DAY))

    for role in ("officer", "supervisor", "head"):
        [row] = office.passed(staff("welfare", role))["items"]
        assert (row["request_id"], row["duty"], row["officer_id"]) == (late, "duty_officer", None)
        assert office.passed(staff("trade", role))["items"] == []
    ombudsman = staff("panjareh", "ombudsman")
    assert office.passed(ombudsman)["items"] == []
    with pytest.raises(NotAllowed):
        office.passed(staff("welfare", "ombudsman"))
    with pytest.raises(NotAllowed):
        office.passed(staff("welfare", "publisher"))

    office.at(midnight(SATURDAY + 10 * DAY))

    [row] = office.passed(ombudsman)["items"]
    assert (row["request_id"], row["duty"]) == (late, "ombudsman")
    assert office.ask(late, ombudsman)["passed"]
    with pytest.raises(NotFound):
        office.ask(other, ombudsman)
    looks = office.rows("SELECT DISTINCT role FROM person_data_read WHERE about = %s", late)
    assert looks == [{"role": "officer"}]


def test_what_is_late_is_paged_the_longest_overdue_first(office: Office) -> None:
    first = [office.submit() for _ in range(3)]
    office.now += DAY
    second = office.submit()
    office.at(midnight(SATURDAY + 6 * DAY))
    officer = staff("welfare", "officer")

    page = office.passed(officer, limit=2)
    rest = office.passed(officer, limit=2, after=page["next"])

    seen = [row["request_id"] for row in page["items"] + rest["items"]]
    assert seen == [*sorted(first), second]
    assert rest["next"] is None


def test_where_the_law_grants_what_nobody_decided_it_is_granted(office: Office) -> None:
    request_id = office.submit("BIZ-001")

    office.at(midnight(SATURDAY + 4 * DAY))

    request = office.request(request_id)
    assert (request.status, request.outcome) == (RequestStatus.DECIDED, "granted")
    assert request.reason == {"fa": GRANTED["fa"], "en": GRANTED["en"]}
    decided = office.log.history(request_id)[-1].event
    assert (decided.by, decided.officer_id, decided.rules) == ("law", None, None)
    assert office.escalations(request_id) == []
    assert office.waits(request_id) == []


def test_what_waits_for_the_person_is_not_granted_by_time(office: Office) -> None:
    request_id = office.submit("BIZ-001")
    office.send_back(request_id)

    office.at(tehran(SATURDAY + 30 * DAY))

    assert office.request(request_id).outcome is None


def test_an_announced_day_moves_those_it_touches_and_no_other_row(office: Office) -> None:
    touched, ended, elsewhere = office.submit(), office.submit(), office.submit("BIZ-001")
    office.tell(ended, lambda request: request.withdraw("", office.now))
    office.publish("SUB-009", "welfare", 1)
    before_it = office.submit("SUB-009")
    others = {each: office.clock(each) for each in (ended, elsewhere, before_it)}
    almanac = Almanac.open("welfare", office.now)
    almanac.announce(SATURDAY + 2 * DAY, True, NAME, office.now)

    office.hear(almanac)

    assert office.clock(touched)["deadline_at"] == midnight(SATURDAY + 5 * DAY)
    assert office.waits(touched) == [midnight(SATURDAY + 5 * DAY)]
    assert {each: office.clock(each) for each in others} == others

    almanac.withdraw(SATURDAY + 2 * DAY, office.now)
    office.hear(almanac)

    assert office.clock(touched)["deadline_at"] == midnight(SATURDAY + 4 * DAY)
    assert office.waits(touched) == [midnight(SATURDAY + 4 * DAY)]


def test_a_day_of_the_country_moves_all_and_an_authority_that_works_stands_over_it(
    office: Office,
) -> None:
    welfare, trade = office.submit(), office.submit("BIZ-001")
    country, own = Almanac.open(NATION, office.now), Almanac.open("trade", office.now)
    country.announce(SATURDAY + DAY, True, NAME, office.now)
    own.announce(SATURDAY + DAY, False, NAME, office.now)

    office.hear(country, own)

    assert office.clock(welfare)["deadline_at"] == midnight(SATURDAY + 5 * DAY)
    assert office.clock(trade)["deadline_at"] == midnight(SATURDAY + 4 * DAY)


def test_days_that_come_out_of_order_end_as_the_later_word_says(office: Office) -> None:
    request_id = office.submit()
    almanac = Almanac.open("welfare", office.now)
    almanac.announce(SATURDAY + DAY, True, NAME, office.now)
    almanac.withdraw(SATURDAY + DAY, office.now)
    announced, withdrawn = messages_of(almanac)

    for message in (withdrawn, announced, withdrawn, announced):
        office.take(message)
    office.settle()

    assert office.clock(request_id)["deadline_at"] == midnight(SATURDAY + 4 * DAY)


def test_an_authoritys_own_days_of_rest_move_its_limits(office: Office) -> None:
    request_id = office.submit()
    entry = AuthorityEntry("welfare", NAME, rest_days=("monday", "friday"))

    office.hear(Authority.register(entry, office.now))

    assert office.clock(request_id)["deadline_at"] == midnight(SATURDAY + 5 * DAY)
    with office.log.unit_of_work(SELF) as unit:
        assert office.authorities.name_of(unit, "welfare") == NAME
        assert office.authorities.name_of(unit, "unheard") is None


def outage(
    kind: OutageKind, day: date, hours: tuple[int, int | None], affected: Affected, at: datetime
) -> Outage:
    starts, ends = hours
    ends_at = None if ends is None else tehran(day, ends)
    plan = OutagePlan(affected, tehran(day, starts), ends_at, False, NAME)
    return Outage.announce(kind, plan, said_by="welfare", outage_id=uuid4(), at=at)


def test_a_planned_outage_moves_the_services_it_names_on_the_channels_it_names(
    office: Office,
) -> None:
    office.publish("SUB-002", "welfare", 3)
    named, by_counter, another = (
        office.submit(),
        office.submit(channel="counter"),
        office.submit("SUB-002"),
    )
    affected = Affected(services=("SUB-001",), channels=("web",))
    planned = outage(OutageKind.PLANNED, SATURDAY + DAY, (8, 14), affected, office.now)

    office.hear(planned)

    assert office.clock(named)["deadline_at"] == midnight(SATURDAY + 5 * DAY)
    assert office.clock(by_counter)["deadline_at"] == midnight(SATURDAY + 4 * DAY)
    assert office.clock(another)["deadline_at"] == midnight(SATURDAY + 4 * DAY)

    planned.withdraw(NAME, office.now)
    office.hear(planned)

    assert office.clock(named)["deadline_at"] == midnight(SATURDAY + 4 * DAY)


def test_an_incident_that_goes_on_hurries_nobody_and_counts_once_it_has_ended(
    office: Office,
) -> None:
    request_id = office.submit("BIZ-001")
    office.now = tehran(SATURDAY + 3 * DAY, 8)
    incident = outage(
        OutageKind.INCIDENT,
        SATURDAY + 3 * DAY,
        (8, None),
        Affected(authorities=("trade",)),
        office.now,
    )
    office.hear(incident)

    # Nothing has come in since; it is the alarm that looks before it acts.
    office.at(midnight(SATURDAY + 4 * DAY))
    assert office.request(request_id).outcome is None
    incident.end(tehran(SATURDAY + 4 * DAY, 9))
    office.now = tehran(SATURDAY + 4 * DAY, 9)
    office.hear(incident)

    assert office.clock(request_id)["deadline_at"] == midnight(SATURDAY + 5 * DAY)
    office.at(midnight(SATURDAY + 5 * DAY))
    assert office.request(request_id).outcome == "granted"


def test_messages_of_an_outage_give_the_same_in_any_order(office: Office) -> None:
    request_id = office.submit()
    office.now = tehran(SATURDAY + DAY, 8)
    incident = outage(
        OutageKind.INCIDENT, SATURDAY + DAY, (8, None), Affected(("SUB-001",)), office.now
    )
    plan = OutagePlan(Affected(("SUB-001",)), tehran(SATURDAY + DAY, 8), None, False, NAME)
    incident.change(plan, tehran(SATURDAY + DAY, 9))
    incident.end(tehran(SATURDAY + DAY, 13))
    announced, changed, ended = messages_of(incident)
    office.now = tehran(SATURDAY + 2 * DAY)

    for message in (ended, changed, announced, ended):
        office.take(message)
    office.settle()

    assert office.clock(request_id)["deadline_at"] == midnight(SATURDAY + 5 * DAY)
    [row] = office.rows("SELECT kind, ended_at FROM outage")
    assert row == {"kind": "incident", "ended_at": tehran(SATURDAY + DAY, 13)}


def test_whoever_counted_an_older_state_of_the_request_changes_nothing(office: Office) -> None:
    request_id = office.submit()
    with office.log.unit_of_work(SELF) as late:
        before = late.load(ServiceRequest, request_id)
        office.now += 2 * DAY
        office.send_back(request_id)
        Clocks(office.terms, office.calendars).write(late, before)

    assert office.clock(request_id)["state"] == "paused"
    assert office.waits(request_id) == []


def test_recounting_goes_on_in_batches_from_where_it_was(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("panjareh_requests.application.timekeeping._BATCH", 3)
    requests = [office.submit() for _ in range(8)]
    almanac = Almanac.open("welfare", office.now)
    almanac.announce(SATURDAY + DAY, True, NAME, office.now)

    office.hear(almanac)

    moved = {office.clock(each)["deadline_at"] for each in requests}
    assert moved == {midnight(SATURDAY + 5 * DAY)}
    office.at(office.now + timedelta(minutes=2))
    assert office.rows("SELECT * FROM due WHERE kind = 'recount_clocks'") == []


def test_the_page_lists_each_day_counted_or_not_and_why_in_both_languages(office: Office) -> None:
    almanac = Almanac.open("welfare", office.now)
    almanac.announce(SATURDAY + 3 * DAY, True, NAME, office.now)
    office.hear(almanac)
    request_id = office.submit()
    office.now = tehran(SATURDAY + DAY)
    office.send_back(request_id)
    office.now = tehran(SATURDAY + 2 * DAY)
    office.correct(request_id)

    told, persian = office.ask(request_id), office.ask(request_id, language="fa")

    assert [(day["why"], day["number"]) for day in told["days"]] == [
        ("beginning", None),
        ("paused", None),
        ("counted", 1),
        ("holiday", None),
        ("counted", 2),
        ("counted", 3),
    ]
    assert told["days"][3]["text"] == "A holiday: Polluted air."
    assert told["deadline"] == midnight(SATURDAY + 6 * DAY)
    assert told["text"] == "Working days left to the authority: 3."
    assert persian["days"][3]["text"] == "تعطیل رسمی: آلودگی هوا."
    assert told["promised_by"] == midnight(SATURDAY + 5 * DAY)


def test_nobody_else_sees_the_clock_and_an_officers_look_is_on_record(office: Office) -> None:
    request_id = office.submit()

    office.ask(request_id, staff("welfare", "officer"))

    for stranger in (
        Caller(CallerKind.PERSON, uuid4(), AssuranceLevel(4)),
        staff("trade", "officer"),
    ):
        with pytest.raises(NotFound):
            office.ask(request_id, stranger)
    looks = office.rows("SELECT authority FROM person_data_read WHERE about = %s", request_id)
    assert looks == [{"authority": "welfare"}]


def test_an_imported_case_has_no_clock_of_ours(office: Office) -> None:
    request_id = uuid4()

    def work(unit: UnitOfWork) -> None:
        case = ServiceRequest.import_case(
            request_id=request_id,
            service_code="SUB-001",
            authority="welfare",
            source="log",
            case="1",
            channel="post",
            department=None,
            responsible=None,
            reference=new_reference(),
            started_at=office.now,
            promised_by=None,
        )
        unit.save(case)
        office.view.write(unit, case)

    office.log.run(SELF, work)

    with pytest.raises(NoClock):
        office.ask(request_id, staff("welfare", "officer"))
    assert office.waits(request_id) == []


def test_requests_that_a_release_without_clocks_has_stored_get_theirs(office: Office) -> None:
    open_ones, over = [office.submit() for _ in range(3)], office.submit()
    office.tell(over, lambda request: request.withdraw("", office.now))
    untouched = office.submit()
    office.change("DELETE FROM clock WHERE request_id <> %s", untouched)
    office.change("DELETE FROM due WHERE subject <> %s", untouched)

    office.timekeeping.begin()
    office.settle()
    office.at(office.now + timedelta(seconds=1))

    for request_id in (*open_ones, untouched):
        assert office.clock(request_id)["deadline_at"] == midnight(SATURDAY + 4 * DAY)
        assert office.waits(request_id) == [midnight(SATURDAY + 4 * DAY)]
    assert office.waits(over) == []
    # An old process may live a little longer.
    late = office.submit()
    office.change("DELETE FROM clock WHERE request_id = %s", late)
    office.change("DELETE FROM due WHERE subject = %s", late)
    office.at(office.now + timedelta(minutes=61))
    office.at(office.now + timedelta(seconds=1))
    assert office.waits(late) == [midnight(SATURDAY + 4 * DAY)]


def test_a_million_open_clocks_cost_a_look_of_a_few_pages(office: Office) -> None:
    office.change(
        "INSERT INTO due (kind, subject, due_at)"
        " SELECT 'clock', gen_random_uuid(), %s::timestamptz + n * interval '1 second'"
        " FROM generate_series(1, 1000000) AS n",
        office.now + DAY,
    )
    office.change("ANALYZE due")
    looked = {"now": office.now, "until": office.now, "kinds": ["clock"], "limit": 8}

    with office.database.connection() as connection:
        [row] = connection.execute(
            f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {_TAKE}", looked
        ).fetchall()

    [plan] = row["QUERY PLAN"]
    text = json.dumps(plan)
    assert '"Index Name": "due_at"' in text
    assert "Seq Scan" not in text
    assert plan["Plan"]["Shared Hit Blocks"] + plan["Plan"]["Shared Read Blocks"] < 20
