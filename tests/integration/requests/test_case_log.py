"""An authority's cases with their events: its own only, page by page, nothing lost, no person's data in them."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from panjareh_common.assurance import AssuranceLevel
from panjareh_common.database import Database
from panjareh_common.event_store import EventLog, Keyring
from panjareh_common.event_store.log import Cause
from panjareh_common.refusals import InvalidInput, NotAllowed, ScopeMissing
from panjareh_common.security import Caller, CallerKind
from panjareh_requests.application.case_slices import CaseSlice
from panjareh_requests.domain.service_request import ServiceRequest
from panjareh_requests.domain.values import DecisionMode, Outcome, ServiceTerms, Step
from panjareh_requests.read_model import case_log
from panjareh_requests.read_model.case_log import CaseLog
from panjareh_requests.read_model.looks import PostgresLooks
from panjareh_requests.read_model.requests_view import RequestsView
from panjareh_requests.schemas.cases import CasePageSchema

AT = datetime(2026, 3, 21, 8, 30, tzinfo=UTC)
OFFICER = uuid4()
PERSON = Cause(actor=str(uuid4()), role="person", channel="web")
BY_OFFICER = Cause(actor=str(OFFICER), role="officer", channel="counter")
EVERY = CaseSlice()
SECRET = "a street that nobody else may know"
TERMS = ServiceTerms(
    code="DRV-002",
    version=3,
    authority="police",
    name={"fa": "گواهینامه", "en": "Licence"},
    required_assurance=AssuranceLevel.LOW,
    decision_mode=DecisionMode.OFFICERS,
    evidence=(),
    form={"type": "object"},
    time_limit_days=15,
)


def officer(authority: str = "police", **more: Any) -> Caller:
    known = {
        "kind": CallerKind.OFFICER,
        "subject": OFFICER,
        "roles": ("officer",),
        "authority": authority,
        "assurance": AssuranceLevel.HIGH,
    }
    return Caller(**(known | more))


@dataclass
class Office:
    database: Database
    log: EventLog
    cases: CaseLog
    view: RequestsView

    def save(self, request: ServiceRequest, cause: Cause) -> None:
        with self.log.unit_of_work(cause) as unit:
            unit.save(request)
            self.view.write(unit, request)

    def request(self, at: datetime = AT) -> ServiceRequest:
        """Asked for here, and granted by an officer."""
        request = ServiceRequest.submit(
            request_id=uuid4(),
            applicant_id=uuid4(),
            assurance=AssuranceLevel.HIGH,
            terms=TERMS,
            form={"place": SECRET},
            channel="web",
            reference=str(secrets.randbelow(10**12)),
            at=at,
        )
        request.send_to_officers("officers_decide", at + timedelta(minutes=1))
        request.start_review(OFFICER, at + timedelta(hours=1))
        request.decide_by_officer(
            Outcome.GRANTED, officer_id=OFFICER, reason=SECRET, at=at + timedelta(hours=2)
        )
        self.save(request, BY_OFFICER)
        return request

    def past(self, name: str, steps: int, at: datetime = AT, authority: str = "police") -> Any:
        request = ServiceRequest.import_case(
            request_id=uuid4(),
            service_code="MUN-010",
            authority=authority,
            source="log",
            case=name,
            channel="counter",
            department="General",
            responsible="R01",
            reference=str(secrets.randbelow(10**12)),
            started_at=at,
            promised_by=at + timedelta(days=3),
        )
        for number in range(steps):
            step = Step(f"step {number}", "O1", "U1", str(number))
            request.complete_step(step, at + timedelta(minutes=number))
        request.close(at + timedelta(days=1))
        self.save(request, BY_OFFICER)
        return request

    def pages(self, wanted: CaseSlice = EVERY, limit: int = 50) -> list[list[dict[str, Any]]]:
        pages, after = [], None
        while True:
            answer = self.page(wanted, after=after, limit=limit)
            pages.append(answer["items"])
            after = answer["next"]
            if after is None:
                return pages

    def page(
        self, wanted: CaseSlice = EVERY, caller: Caller | None = None, **paging: Any
    ) -> dict[str, Any]:
        paging = {"after": None, "limit": 50} | paging
        caller = caller or officer()
        answer = self.cases.page(caller, caller.cause("api"), wanted, **paging)
        told: dict[str, Any] = CasePageSchema().dump(answer)
        assert SECRET not in str(told)
        return told


@pytest.fixture
def office(make_database_url: Callable[[str], str]) -> Iterator[Office]:
    database = Database(make_database_url("requests"))
    database.open()
    log = EventLog(database, Keyring(secrets.token_bytes(32), database))
    yield Office(database, log, CaseLog(log, PostgresLooks()), RequestsView(database))
    database.close()


def test_a_request_is_told_by_its_events_and_names_no_person(office: Office) -> None:
    request = office.request()

    ((case,),) = office.pages()

    assert case["request_id"] == str(request.id)
    assert (case["case"], case["source"], case["goes_on"]) == (None, None, False)
    assert [(e["activity"], e["at"], e["officer"]) for e in case["events"]] == [
        ("submitted", "2026-03-21T08:30:00.000000Z", str(OFFICER)),
        ("sent_to_officers", "2026-03-21T08:31:00.000000Z", str(OFFICER)),
        ("review_started", "2026-03-21T09:30:00.000000Z", str(OFFICER)),
        ("decided", "2026-03-21T10:30:00.000000Z", str(OFFICER)),
    ]
    assert case["events"][3]["attributes"] == {"outcome": "granted", "decided_by": "officer"}
    assert str(request.applicant_id) not in str(case)


def test_what_a_person_does_names_their_role_only(office: Office) -> None:
    request = ServiceRequest.submit(
        request_id=uuid4(),
        applicant_id=UUID(PERSON.actor),
        assurance=AssuranceLevel.HIGH,
        terms=TERMS,
        form={},
        channel="web",
        reference="1",
        at=AT,
    )
    office.save(request, PERSON)

    ((case,),) = office.pages()

    assert [(e["role"], e["officer"]) for e in case["events"]] == [("person", None)]
    assert PERSON.actor not in str(case)


def test_an_imported_case_is_told_as_it_came_in(office: Office) -> None:
    office.past("4711", 3)

    ((case,),) = office.pages()

    assert (case["case"], case["source"], case["channel"]) == ("4711", "log", "counter")
    assert (case["department"], case["responsible"]) == ("General", "R01")
    assert (case["started_at"], case["ended_at"]) == (
        "2026-03-21T08:30:00.000000Z",
        "2026-03-22T08:30:00.000000Z",
    )
    assert [(e["activity"], e["officer"], e["unit"], e["instance"]) for e in case["events"]] == [
        (f"step {number}", "O1", "U1", str(number)) for number in range(3)
    ]


def test_pages_lose_and_repeat_nothing_though_cases_begin_at_one_moment(office: Office) -> None:
    ids = {str(office.past(str(number), 1).id) for number in range(7)}

    pages = office.pages(limit=3)

    found = [case["request_id"] for page in pages for case in page]
    assert [len(page) for page in pages] == [3, 3, 1]
    assert len(found) == 7
    assert set(found) == ids


def test_a_case_that_is_too_long_for_a_page_goes_on_with_the_next(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(case_log, "MOST_EVENTS", 10)
    office.past("short", 2, AT - timedelta(hours=1))
    office.past("long", 23)
    office.past("after", 2, AT + timedelta(hours=1))

    parts = [case for page in office.pages() for case in page]

    assert [(part["case"], part["goes_on"]) for part in parts] == [
        ("short", False),
        ("long", True),
        ("long", True),
        ("long", False),
        ("after", False),
    ]
    steps = [e["activity"] for part in parts if part["case"] == "long" for e in part["events"]]
    assert steps == [f"step {number}" for number in range(23)]


@pytest.mark.parametrize(
    ("wanted", "names"),
    [
        (CaseSlice(service_code="DRV-002"), [None]),
        (CaseSlice(imported=True), ["old", "new"]),
        (CaseSlice(imported=False), [None]),
        (CaseSlice(status="closed"), ["old", "new"]),
        (CaseSlice(outcome="granted"), [None]),
        (CaseSlice(channel="counter", submitted_from=AT), ["new"]),
        (CaseSlice(submitted_until=AT), ["old"]),
        (CaseSlice(service_code="MUN-010", submitted_from=AT, submitted_until=AT), []),
    ],
)
def test_any_slice(office: Office, wanted: CaseSlice, names: list[str | None]) -> None:
    office.past("old", 1, AT - timedelta(days=400))
    office.request()
    office.past("new", 1, AT + timedelta(seconds=1))

    assert [case["case"] for page in office.pages(wanted) for case in page] == names


def test_another_authority_has_its_own_cases_only(office: Office) -> None:
    office.past("1", 1)
    office.past("2", 1, authority="municipality")

    assert [c["case"] for c in office.page(caller=officer("municipality"))["items"]] == ["2"]


def test_who_has_no_office_gets_nothing(office: Office) -> None:
    with pytest.raises(NotAllowed):
        office.page(caller=officer(roles=("publisher",)))


def test_a_system_needs_the_scope(office: Office) -> None:
    system = {"kind": CallerKind.AGENCY, "subject": None, "client": "office", "roles": ()}
    office.past("1", 1)

    with pytest.raises(ScopeMissing):
        office.page(caller=officer(**system, scopes=("import_cases",)))
    office.request()
    answer = office.page(caller=officer(**system, scopes=("export_cases",)))

    assert len(answer["items"]) == 2


def test_a_cursor_of_another_list_is_refused(office: Office) -> None:
    with pytest.raises(InvalidInput):
        office.page(after="bm90aGluZw")


def test_each_look_at_a_persons_case_is_on_record(office: Office) -> None:
    request = office.request()
    office.past("1", 1)

    office.pages()

    with office.database.connection() as connection:
        looks = connection.execute("SELECT * FROM person_data_read").fetchall()
    assert [(look["person_id"], look["about"], look["purpose"]) for look in looks] == [
        (request.applicant_id, request.id, "export_cases")
    ]


def test_the_next_page_is_found_by_the_index(office: Office) -> None:
    with office.database.connection() as connection, connection.transaction():
        connection.execute(
            "INSERT INTO request (request_id, reference, authority, service_code, service_version,"
            " channel, status, submitted_at, changed_at, version)"
            " SELECT gen_random_uuid(), n::text, 'police', 'MUN-010', 0, 'web', 'closed', now(), now(), 1"
            " FROM generate_series(1, 5000) n"
        )
        connection.execute("ANALYZE request")
        plan = connection.execute(
            "EXPLAIN (COSTS OFF) " + case_log._CASES,  # type: ignore[arg-type]
            vars(CaseSlice(service_code="MUN-010"))
            | {"authority": "police", "closed": "x", "first": case_log._FIRST}
            | {"at": AT, "id": uuid4(), "version": 0, "limit": 51},
        ).fetchall()
    steps = "\n".join(row["QUERY PLAN"] for row in plan)
    page = steps[steps.index("Limit") :]
    assert "Index Scan using request_of_authority" in page
    assert "Sort" not in page[: page.index("request_of_authority")]
