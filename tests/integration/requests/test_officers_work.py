"""The work of officers on a real database: whose turn it is, who may take it, and who decides with whom."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from psycopg.types.json import Jsonb

from panjareh_common.assurance import AssuranceLevel
from panjareh_common.calendar import TEHRAN
from panjareh_common.clock import to_wire
from panjareh_common.database import Database
from panjareh_common.due import DueWorker
from panjareh_common.event_store import Cause, EventLog, Keyring
from panjareh_common.event_store.unit import UnitOfWork
from panjareh_common.messaging import Message
from panjareh_common.reference import new_reference
from panjareh_common.refusals import NotAllowed, NotFound, Refusal
from panjareh_common.security import Caller, CallerKind
from panjareh_requests.application.appealing import Appeals
from panjareh_requests.application.commands import (
    AppealRequest,
    DecideRequest,
    ReopenRequest,
    StartReview,
)
from panjareh_requests.application.commands_work import (
    ActOnMany,
    ConfirmDecision,
    DeclareConflict,
    GiveBack,
    ProposeDecision,
    Reassign,
    ReturnProposal,
    SetSkills,
    TakeNext,
)
from panjareh_requests.application.handling import Asked, Handling
from panjareh_requests.application.timekeeping import Timekeeping
from panjareh_requests.domain.service_request import ServiceRequest
from panjareh_requests.domain.values import Ask, Outcome
from panjareh_requests.read_model.calendars import Calendars
from panjareh_requests.read_model.clocks import Clocks
from panjareh_requests.read_model.documents import PostgresDocuments
from panjareh_requests.read_model.looks import PostgresLooks
from panjareh_requests.read_model.requests_view import RequestsView
from panjareh_requests.read_model.story import RequestStory
from panjareh_requests.read_model.terms import PublishedTerms
from panjareh_requests.read_model.work_rows import WorkRows
from panjareh_requests.wiring_work import wire_work

DAY = timedelta(days=1)
SATURDAY = date(2026, 6, 6)
BEGINNING = datetime.combine(SATURDAY, time(10), TEHRAN).astimezone(UTC)
CARD: dict[str, Any] = {
    "name": {"fa": "نام", "en": "name"},
    "authority": "police",
    "required_loa": 1,
    "decision_mode": "officers",
    "form": {"type": "object", "additionalProperties": False, "properties": {}},
    "evidence": [],
}
SELF = Cause("test", "service", "platform")
WHY = "The applicant is in hospital and travels tomorrow."


@dataclass
class Office:
    """Requests to the police, at a time that goes on when it is told to."""

    database: Database
    now: datetime = BEGINNING

    def __post_init__(self) -> None:
        keyring = Keyring(secrets.token_bytes(32), self.database)
        log = self.log = EventLog(self.database, keyring, lambda: self.now)
        self.terms, self.calendars, looks = PublishedTerms(log), Calendars(log), PostgresLooks()
        clocks, rows = Clocks(self.terms, self.calendars), WorkRows(self.terms)
        self.view = RequestsView(self.database, clocks, also=[rows])
        handling, documents = Handling(log, self.view), PostgresDocuments(log, looks)
        self.work = wire_work(
            log, handling, terms=self.terms, documents=documents, looks=looks, rows=rows
        )
        self.appeals = Appeals(handling, self.terms)
        self.timekeeping = Timekeeping(
            log,
            terms=self.terms,
            days=self.calendars,
            clocks=clocks,
            view=self.view,
            documents=documents,
        )
        self.story = RequestStory(log, looks, self.terms, lambda content: "signed")
        self.publish("SLO-001", 60)
        self.publish("FAS-001", 5)
        self.publish("SKL-001", 10, review={"skill": "firearms"})
        self.publish("TWO-001", 10, review={"four_eyes": True})
        self.officer, self.colleague = officer(), officer()
        self.supervisor = officer(roles=("supervisor",))
        for each in (self.officer, self.colleague):
            self.appoint(each.person)

    def publish(self, code: str, days: int, **more: Any) -> None:
        card = CARD | {"code": code, "time_limit_days": days} | more
        self.change("INSERT INTO public_service VALUES (%s, 1, %s, now())", code, Jsonb(card))

    def change(self, sql: str, *parameters: Any) -> None:
        with self.database.connection() as connection:
            connection.execute(sql, parameters)

    def rows(self, sql: str, *parameters: Any) -> list[dict[str, Any]]:
        with self.database.connection() as connection:
            return connection.execute(sql, parameters).fetchall()

    def appoint(
        self, person: UUID, authority: str = "police", roles: Any = ("officer",), sequence: int = 1
    ) -> None:
        data = {"authority": authority, "roles": list(roles)}
        message = told("officer_appointed.v1", person, data, sequence)
        self.work.staff.keep_officer(message, "requests.on_officer_appointed")

    def tie(self, representative: UUID, represented: UUID, until: timedelta = DAY) -> UUID:
        mandate = uuid4()
        data = {
            "representative": str(representative),
            "represented": str(represented),
            "scope": ["*"],
            "until": to_wire(self.now + until),
        }
        self.work.staff.keep_mandate(told("mandate_accepted.v1", mandate, data), "m")
        return mandate

    def pass_time(self, gone: timedelta = timedelta(0)) -> None:
        self.now += gone
        handlers = self.work.working.handlers() | self.timekeeping.handlers()
        DueWorker(self.database, handlers, lambda: self.now).run_due()

    def submit(self, code: str = "SLO-001", applicant: UUID | None = None) -> UUID:
        """A request that waits for an officer; each a second later than the one before."""
        request_id = uuid4()
        self.now += timedelta(seconds=1)

        def work(unit: UnitOfWork) -> None:
            terms = self.terms.current(unit, code)
            request = ServiceRequest.submit(
                request_id=request_id,
                applicant_id=applicant or uuid4(),
                assurance=AssuranceLevel(2),
                terms=terms,
                form={},
                channel="web",
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

    def load(self, request_id: UUID) -> ServiceRequest:
        with self.log.unit_of_work(SELF) as unit:
            return unit.load(ServiceRequest, request_id)

    def start(self, request_id: UUID, by: Caller | None = None, why: str = "") -> Any:
        return self.work.reviews.start(StartReview(request_id, why), asking(by or self.officer))

    def decide(
        self,
        request_id: UUID,
        by: Caller | None = None,
        why: str = "",
        outcome: Outcome = Outcome.GRANTED,
    ) -> Any:
        command = DecideRequest(request_id, outcome, "So.", why)
        return self.work.reviews.decide(command, asking(by or self.officer))

    def next(self, by: Caller | None = None, skill: str | None = None) -> UUID | None:
        taken = self.work.working.take_next(TakeNext(skill), asking(by or self.officer))["request"]
        return UUID(taken["request_id"]) if taken else None

    def listed(self, by: Caller | None = None, **wanted: Any) -> list[UUID]:
        caller = by or self.officer
        filters = dict.fromkeys(
            ("skill", "service", "overdue", "mine", "unassigned", "proposed"), None
        )
        found, after = [], None
        while True:
            page = self.work.work_list.page(
                caller, caller.cause("web"), after=after, limit=3, **filters | wanted
            )
            found += [row["request_id"] for row in page["items"]]
            after = page["next"]
            if after is None:
                return found

    def early(self) -> list[dict[str, Any]]:
        by = self.supervisor
        return list(
            self.work.work_list.out_of_order(
                by, by.cause("web"), officer_id=None, after=None, limit=50
            )["items"]
        )

    def timeline(self, request_id: UUID, language: str = "en") -> list[dict[str, Any]]:
        person = Caller(CallerKind.PERSON, self.load(request_id).applicant_id, AssuranceLevel(2))
        told_ = self.story.timeline(
            request_id, caller=person, cause=person.cause("web"), language=language
        )
        return list(told_["items"])

    def kinds(self, request_id: UUID) -> list[str]:
        return [each.topic.rpartition(".")[2] for each in self.log.history(request_id)]


def officer(authority: str = "police", roles: tuple[str, ...] = ("officer",)) -> Caller:
    return Caller(CallerKind.OFFICER, uuid4(), AssuranceLevel(2), authority=authority, roles=roles)


def asking(caller: Caller, key: str | None = None) -> Asked:
    return Asked(caller, caller.cause("web"), key or str(uuid4()), "en")


def told(type_: str, subject: UUID, data: dict[str, Any], sequence: int = 1) -> Message:
    return Message(
        id=str(uuid4()),
        type=type_,
        source="identity",
        subject=str(subject),
        sequence=sequence,
        time="2026-06-06T06:00:00Z",
        data=data,
        traceparent=None,
    )


def refused(doing: Callable[[], Any]) -> str:
    with pytest.raises(Refusal) as no:
        doing()
    return no.value.code


@pytest.fixture
def office(make_database_url: Callable[[str], str]) -> Iterator[Office]:
    database = Database(make_database_url("requests"), size=12)
    database.open()
    yield Office(database)
    database.close()


# The order


def test_what_ends_first_comes_first_and_then_what_came_first(office: Office) -> None:
    slow, later = office.submit("SLO-001"), office.submit("SLO-001")
    fast = office.submit("FAS-001")

    assert office.listed() == [fast, slow, later]
    assert [office.next(), office.next(), office.next(), office.next()] == [
        fast,
        slow,
        later,
        None,
    ]
    assert office.listed(mine=True) == [fast, slow, later]
    assert office.listed(unassigned=True) == []
    assert office.early() == []


def test_out_of_its_turn_nothing_is_taken_without_a_reason_that_all_can_read(
    office: Office,
) -> None:
    first, second, third = (office.submit() for _ in range(3))

    assert refused(lambda: office.start(third)) == "out_of_order"
    assert refused(lambda: office.start(third, why="  ")) == "out_of_order"
    assert office.kinds(third) == ["Submitted", "SentToOfficers"]
    office.start(third, why=WHY)

    assert office.kinds(third)[-2:] == ["TakenOutOfOrder", "ReviewStarted"]
    [step] = [step for step in office.timeline(third) if step["kind"] == "TakenOutOfOrder"]
    assert step["text"] == (
        f"An officer took this request before 2 others whose turn it was. The reason given: {WHY}"
    )
    [row] = office.early()
    assert (row["request_id"], row["officer_id"], row["ahead"]) == (third, office.officer.person, 2)
    assert (row["doing"], row["reason"]) == ("review", WHY)
    office.start(first, by=office.colleague)
    office.start(second, by=office.colleague)
    assert len(office.early()) == 1


def test_a_reason_where_none_is_owed_is_not_recorded(office: Office) -> None:
    only = office.submit()

    office.start(only, why=WHY)

    assert "TakenOutOfOrder" not in office.kinds(only)


def test_of_what_an_officer_has_the_first_is_decided_first_or_with_a_reason(
    office: Office,
) -> None:
    first, second = office.submit(), office.submit()
    office.start(first)
    office.start(second)

    assert refused(lambda: office.decide(second)) == "out_of_order"
    office.decide(second, why=WHY)
    office.decide(first)

    assert [row["doing"] for row in office.early()] == ["decision"]
    assert office.kinds(second)[-2:] == ["TakenOutOfOrder", "Decided"]


def test_the_reason_for_taking_it_early_covers_deciding_it(office: Office) -> None:
    first, second = office.submit(), office.submit()
    office.start(second, why=WHY)
    office.start(first)

    office.decide(second)

    assert len(office.early()) == 1


PATHS: dict[str, Callable[[Office, UUID, str], Any]] = {
    "review": lambda o, r, why: (o.start(r, why=why), o.decide(r)),
    "many": lambda o, r, why: _many(o, r, why),  # noqa: PLW0108  # it is defined below
    "reassignment": lambda o, r, why: (
        o.work.working.reassign(Reassign(r, o.officer.person, why), asking(o.supervisor)),
        o.decide(r),
    ),
    "proposal": lambda o, r, why: (
        o.start(r, why=why),
        o.work.proposals.propose(ProposeDecision(r, Outcome.GRANTED, "So."), asking(o.officer)),
        o.work.proposals.confirm(ConfirmDecision(r), asking(o.colleague)),
    ),
    "held": lambda o, r, why: (
        o.work.many_at_once.act(ActOnMany("review", o.listed()), asking(o.officer)),
        o.decide(r, why=why),
    ),
    "appeal": lambda o, r, why: (
        _appealed(o, r),
        o.start(r, o.colleague, why),
        o.decide(r, o.colleague),
    ),
    "reopening": lambda o, r, why: (
        _reopened(o, r),
        o.start(r, o.colleague, why),
        o.decide(r, o.colleague),
    ),
}


def _many(office: Office, request_id: UUID, why: str) -> None:
    by = asking(office.officer)
    command = ActOnMany("review", [request_id], out_of_order=why)
    [item] = office.work.many_at_once.act(command, by)["items"]
    if item["code"]:
        raise _Refused(item["code"])
    office.decide(request_id)


class _Refused(Refusal):
    message = ""

    def __init__(self, code: str) -> None:
        super().__init__()
        self.code = code  # type: ignore[misc]


def _refuse_it(office: Office, request_id: UUID) -> Caller:
    office.start(request_id, why=WHY)
    office.decide(request_id, outcome=Outcome.REFUSED)
    office.change("DELETE FROM out_of_order")
    applicant = office.load(request_id).applicant_id
    return Caller(CallerKind.PERSON, applicant, AssuranceLevel(2))


def _appealed(office: Office, request_id: UUID) -> None:
    if office.load(request_id).outcome is None:
        person = _refuse_it(office, request_id)
        office.appeals.appeal(AppealRequest(request_id, "No."), asking(person))


def _reopened(office: Office, request_id: UUID) -> None:
    if office.load(request_id).outcome is None:
        _refuse_it(office, request_id)
        office.appeals.reopen(ReopenRequest(request_id, "A court."), asking(office.officer))


@pytest.mark.parametrize("path", PATHS)
def test_nobody_decides_outside_the_order_without_a_recorded_and_visible_reason(
    office: Office, path: str
) -> None:
    """The golden signature, over every path on which an officer comes to a decision."""
    code = "TWO-001" if path == "proposal" else "FAS-001"
    office.submit(code)
    late = office.submit(code)

    silent = refused(lambda: PATHS[path](office, late, ""))
    assert silent in ("out_of_order", "reason_missing")
    assert office.load(late).outcome is None or office.load(late).status in (
        "under_review",
        "under_appeal",
    )
    PATHS[path](office, late, WHY)

    decided = office.load(late)
    assert decided.status in ("decided", "closed")
    assert decided.outcome is Outcome.GRANTED
    told_ = [step["text"] for step in office.timeline(late) if step["kind"] == "TakenOutOfOrder"]
    assert told_
    assert all(WHY in text for text in told_)
    assert [row["reason"] for row in office.early() if row["request_id"] == late] == [WHY]


def test_a_limit_that_moves_moves_the_place(office: Office) -> None:
    first, second = office.submit("FAS-001"), office.submit("FAS-001")
    assert office.listed() == [first, second]

    office.change(
        "UPDATE clock SET deadline_at = deadline_at + interval '9 days' WHERE request_id = %s",
        first,
    )

    assert office.listed() == [second, first]


def test_what_comes_back_from_the_applicant_stands_where_its_time_says(office: Office) -> None:
    first, second = office.submit("FAS-001"), office.submit("SLO-001")
    office.start(first)
    me = office.officer.person
    later = office.now + 7 * DAY
    office.tell(
        first,
        lambda r: r.send_back([Ask(None, "?")], officer_id=me, answer_by=later, at=office.now),
    )
    assert office.listed() == [second]

    office.tell(first, lambda r: r.correct({}, office.now))

    assert office.listed() == [first, second]
    assert office.listed(mine=True) == [first]


# Taking and giving back


def test_twenty_officers_who_press_next_at_once_get_twenty_different_requests(
    office: Office,
) -> None:
    waiting = [office.submit() for _ in range(20)]
    officers = [officer() for _ in range(20)]

    with ThreadPoolExecutor(10) as pool:
        taken = list(pool.map(office.next, officers))

    assert sorted(map(str, taken)) == sorted(map(str, waiting))
    assert office.next() is None
    assert office.early() == []


def test_of_a_claim_a_next_and_a_reassignment_at_once_one_officer_gets_it(office: Office) -> None:
    for _ in range(4):
        request_id = office.submit()
        third = officer()

        def try_it(doing: Callable[[], Any]) -> str | None:
            try:
                doing()
            except Refusal as no:
                return no.code
            return None

        doings = (
            lambda which=request_id: office.start(which),
            lambda who=third: office.next(who),
            lambda which=request_id: office.start(which, by=office.colleague),
        )
        with ThreadPoolExecutor(3) as pool:
            list(pool.map(try_it, doings))

        assert office.kinds(request_id).count("ReviewStarted") == 1
        holder = office.load(request_id).officer_id
        who = next(
            each for each in (office.officer, office.colleague, third) if each.person == holder
        )
        office.decide(request_id, by=who)


def test_of_a_release_and_a_decision_at_once_exactly_one_happens(office: Office) -> None:
    for _ in range(4):
        request_id = office.submit()
        office.start(request_id)
        give = GiveBack(request_id, "")

        def try_it(doing: Callable[[], Any]) -> str | None:
            try:
                doing()
            except Refusal as no:
                return no.code
            return None

        with ThreadPoolExecutor(2) as pool:
            codes = list(
                pool.map(
                    try_it,
                    (
                        lambda which=request_id: office.decide(which),
                        lambda order=give: office.work.working.give_back(
                            order, asking(office.officer)
                        ),
                    ),
                )
            )

        assert codes.count(None) == 1
        if codes[0]:
            office.start(request_id)
            office.decide(request_id)


def test_a_review_is_given_back_to_its_place(office: Office) -> None:
    first, second = office.submit(), office.submit()
    office.start(first)
    give = GiveBack(first, "I am ill.")

    by = asking(office.colleague)
    assert refused(lambda: office.work.working.give_back(give, by)) == "review_already_started"
    office.work.working.give_back(give, asking(office.officer))

    assert office.listed(unassigned=True) == [first, second]
    assert refused(lambda: office.decide(first)) == "review_not_started"
    assert office.timeline(first)[-1]["text"].startswith("The officer gave the review back.")
    assert office.next(office.colleague) == first


def test_a_review_in_which_nothing_happens_goes_back_by_itself(office: Office) -> None:
    request_id = office.submit()
    office.start(request_id)

    office.pass_time(13 * DAY)
    assert office.load(request_id).officer_id == office.officer.person
    office.pass_time(2 * DAY)

    assert office.load(request_id).officer_id is None
    assert office.kinds(request_id)[-1] == "ReviewReleased"
    assert office.rows("SELECT 1 FROM due WHERE kind = 'release_idle_review'") == []


def test_a_review_goes_on_while_something_happens_or_the_applicant_is_awaited(
    office: Office,
) -> None:
    request_id = office.submit()
    office.start(request_id)
    me = office.officer.person
    office.pass_time(10 * DAY)
    until = office.now + 60 * DAY
    office.tell(
        request_id,
        lambda r: r.send_back([Ask(None, "?")], officer_id=me, answer_by=until, at=office.now),
    )

    for _ in range(4):
        office.pass_time(13 * DAY)
    assert office.load(request_id).officer_id == me
    office.tell(request_id, lambda r: r.correct({}, office.now))
    office.pass_time(13 * DAY)
    assert office.load(request_id).officer_id == me
    office.pass_time(15 * DAY)

    assert office.load(request_id).officer_id is None


def test_who_leaves_the_office_gives_everything_back(office: Office) -> None:
    held = [office.submit() for _ in range(3)]
    for request_id in held:
        office.start(request_id)
    other = office.submit()
    office.start(other, by=office.colleague)

    office.appoint(office.officer.person, roles=(), sequence=2)
    office.appoint(office.officer.person, roles=("officer",), sequence=1)  # late, and old
    office.pass_time()

    assert office.listed(by=office.colleague, unassigned=True) == held
    assert office.load(other).officer_id == office.colleague.person
    assert "left the office" in office.timeline(held[0])[-1]["text"]


def test_a_supervisor_hands_over_with_a_reason_that_the_applicant_reads(office: Office) -> None:
    request_id = office.submit()
    office.start(request_id)
    order = Reassign(request_id, office.colleague.person, "My colleague knows the file.")

    assert refused(lambda: office.work.working.reassign(order, asking(office.officer))) == (
        "not_allowed"
    )
    elsewhere = officer("welfare", ("supervisor",))
    with pytest.raises(NotFound):
        office.work.working.reassign(order, asking(elsewhere))
    stranger = replace(order, officer_id=uuid4())
    by = asking(office.supervisor)
    assert refused(lambda: office.work.working.reassign(stranger, by)) == "not_your_officer"
    silent = replace(order, reason=" ")
    by = asking(office.supervisor)
    assert refused(lambda: office.work.working.reassign(silent, by)) == "reason_missing"
    office.work.working.reassign(order, asking(office.supervisor))

    assert refused(lambda: office.decide(request_id)) == "review_already_started"
    assert "My colleague knows the file." in office.timeline(request_id)[-1]["text"]
    office.decide(request_id, by=office.colleague)


# Skills, conflicts


def test_who_lacks_the_skill_neither_sees_nor_takes_it(office: Office) -> None:
    request_id = office.submit("SKL-001")
    assert office.listed() == []
    assert office.listed(by=office.supervisor) == [request_id]
    assert office.next() is None
    assert refused(lambda: office.start(request_id)) == "skill_missing"
    assert refused(lambda: office.next(skill="firearms")) == "skill_missing"

    by = asking(office.supervisor)
    office.work.working.set_skills(SetSkills(office.officer.person, ["firearms"]), by)

    assert office.listed(skill="firearms") == [request_id]
    assert office.next(skill="firearms") == request_id
    office.work.working.set_skills(SetSkills(office.officer.person, []), asking(office.supervisor))
    assert refused(lambda: office.decide(request_id)) == "skill_missing"
    kept = office.rows("SELECT taken_by, given_by FROM officer_skill")
    assert kept == [{"taken_by": office.supervisor.person, "given_by": office.supervisor.person}]


def test_only_supervisors_of_the_authority_give_skills_to_its_officers(office: Office) -> None:
    order = SetSkills(office.officer.person, ["firearms"])

    assert refused(lambda: office.work.working.set_skills(order, asking(office.officer))) == (
        "not_allowed"
    )
    elsewhere = officer("welfare", ("supervisor",))
    assert refused(lambda: office.work.working.set_skills(order, asking(elsewhere))) == (
        "not_your_officer"
    )


def test_nobody_decides_about_whom_they_act_for_or_who_acts_for_them(office: Office) -> None:
    leila, reza = uuid4(), uuid4()
    of_leila, of_reza = office.submit(applicant=leila), office.submit(applicant=reza)
    other = office.submit()
    mandate = office.tie(office.officer.person, leila)
    office.tie(reza, office.officer.person)

    assert refused(lambda: office.start(of_leila)) == "conflict_of_interest"
    assert refused(lambda: office.start(of_reza)) == "conflict_of_interest"
    assert office.listed() == [other]
    office.start(other)  # in its turn: what stands ahead is for others to take
    assert office.early() == []
    office.work.staff.keep_mandate(told("mandate_ended.v1", mandate, {"because": "x"}), "m")
    office.start(of_leila)
    office.now += 2 * DAY
    office.start(of_reza)


def test_a_mandate_that_comes_while_a_review_runs_stops_the_decision(office: Office) -> None:
    leila = uuid4()
    request_id = office.submit(applicant=leila)
    office.start(request_id)
    office.tie(office.officer.person, leila)

    assert refused(lambda: office.decide(request_id)) == "conflict_of_interest"


def test_an_officers_own_request_is_passed_over(office: Office) -> None:
    mine, other = office.submit(applicant=office.officer.person), office.submit()

    assert office.next() == other
    assert office.early() == []
    assert refused(lambda: office.start(mine)) == "own_request"


def test_who_declares_a_conflict_has_nothing_to_do_with_it_any_more(office: Office) -> None:
    request_id = office.submit()
    office.start(request_id)
    order = DeclareConflict(request_id, "The applicant is my cousin.")

    office.work.working.declare_conflict(order, asking(office.officer))

    assert office.load(request_id).officer_id is None
    assert refused(lambda: office.start(request_id)) == "conflict_of_interest"
    assert office.next() is None
    texts = " ".join(step["text"] for step in office.timeline(request_id))
    assert "stepped back" in texts
    assert "cousin" not in texts
    again = Reassign(request_id, office.officer.person, "Because.")
    by = asking(office.supervisor)
    assert refused(lambda: office.work.working.reassign(again, by)) == "conflict_of_interest"
    assert office.next(office.colleague) == request_id


# Two officers


def test_where_two_decide_one_alone_does_not(office: Office) -> None:
    request_id = office.submit("TWO-001")
    office.start(request_id)
    mine, others = asking(office.officer), asking(office.colleague)

    assert refused(lambda: office.decide(request_id)) == "second_officer_needed"
    propose = ProposeDecision(request_id, Outcome.REFUSED, "The licence is forged.")
    office.work.proposals.propose(propose, mine)
    confirm = ConfirmDecision(request_id)
    assert refused(lambda: office.work.proposals.confirm(confirm, asking(office.officer))) == (
        "own_proposal"
    )
    assert office.load(request_id).outcome is None
    told_ = office.timeline(request_id)[-1]["text"]
    assert "proposed a decision" in told_
    assert "forged" not in told_
    assert office.listed(by=office.colleague, proposed=True) == [request_id]
    assert office.listed(proposed=True) == []
    office.work.proposals.confirm(confirm, others)

    request = office.load(request_id)
    assert (request.outcome, request.reason) == (
        Outcome.REFUSED,
        {"fa": "The licence is forged.", "en": "The licence is forged."},
    )
    assert request.decided_by == {office.officer.person, office.colleague.person}
    assert office.kinds(request_id)[-2:] == ["DecisionConfirmed", "Decided"]


def test_a_proposal_that_is_returned_goes_back_to_who_made_it(office: Office) -> None:
    request_id = office.submit("TWO-001")
    office.start(request_id)
    propose = ProposeDecision(request_id, Outcome.GRANTED, "")
    office.work.proposals.propose(propose, asking(office.officer))
    assert refused(lambda: office.work.proposals.propose(propose, asking(office.officer))) == (
        "proposal_waits"
    )

    give = ReturnProposal(request_id, "The number is wrong.")
    office.work.proposals.send_back(give, asking(office.colleague))

    confirm = ConfirmDecision(request_id)
    assert refused(lambda: office.work.proposals.confirm(confirm, asking(office.colleague))) == (
        "nothing_proposed"
    )
    assert office.listed(mine=True) == [request_id]
    office.work.proposals.propose(propose, asking(office.officer))
    office.work.proposals.confirm(confirm, asking(office.colleague))
    assert office.load(request_id).outcome is Outcome.GRANTED


def test_neither_of_the_two_decides_upon_the_appeal_nor_confirms_it(office: Office) -> None:
    request_id = office.submit("TWO-001")
    office.start(request_id)
    propose = ProposeDecision(request_id, Outcome.REFUSED, "No.")
    office.work.proposals.propose(propose, asking(office.officer))
    office.work.proposals.confirm(ConfirmDecision(request_id), asking(office.colleague))
    person = Caller(CallerKind.PERSON, office.load(request_id).applicant_id, AssuranceLevel(2))
    office.appeals.appeal(AppealRequest(request_id, "Yes."), asking(person))
    third, fourth = officer(), officer()

    for each in (office.officer, office.colleague):
        assert refused(lambda who=each: office.start(request_id, by=who)) == "decided_it_before"
    office.start(request_id, by=third)
    office.work.proposals.propose(
        ProposeDecision(request_id, Outcome.GRANTED, "Yes."), asking(third)
    )
    confirm = ConfirmDecision(request_id)
    assert refused(lambda: office.work.proposals.confirm(confirm, asking(office.colleague))) == (
        "decided_it_before"
    )
    office.work.proposals.confirm(confirm, asking(fourth))
    assert office.load(request_id).outcome is Outcome.GRANTED


def test_of_two_who_confirm_at_once_exactly_one_does(office: Office) -> None:
    request_id = office.submit("TWO-001")
    office.start(request_id)
    propose = ProposeDecision(request_id, Outcome.GRANTED, "")
    office.work.proposals.propose(propose, asking(office.officer))

    def confirm(by: Caller) -> str | None:
        try:
            office.work.proposals.confirm(ConfirmDecision(request_id), asking(by))
        except Refusal as no:
            return no.code
        return None

    with ThreadPoolExecutor(2) as pool:
        codes = list(pool.map(confirm, (office.colleague, officer())))

    assert sorted(codes, key=str) == [None, "already_decided"]
    assert office.kinds(request_id).count("Decided") == 1


# Many at once


def test_many_are_taken_and_decided_in_one_call_each_with_its_answer(office: Office) -> None:
    several = [office.submit() for _ in range(5)]
    own = office.submit(applicant=office.officer.person)
    elsewhere = uuid4()

    taken = office.work.many_at_once.act(
        ActOnMany("review", [own, *reversed(several), elsewhere]), asking(office.officer)
    )

    assert (taken["done"], taken["refused"]) == (5, 2)
    codes = [item["code"] for item in taken["items"]]
    assert codes == ["own_request", *[None] * 5, "not_found"]
    assert office.early() == []
    key = str(uuid4())
    decide = ActOnMany("decision", several, Outcome.GRANTED, "The same for all.")
    first = office.work.many_at_once.act(decide, asking(office.officer, key))
    again = office.work.many_at_once.act(decide, asking(office.officer, key))
    assert first == again
    assert first["done"] == 5
    assert all(office.kinds(each).count("Decided") == 1 for each in several)


def test_what_fails_of_many_leaves_the_others_done_and_a_repeat_does_the_rest(
    office: Office,
) -> None:
    several = [office.submit() for _ in range(3)]
    office.start(several[1], by=office.colleague, why=WHY)
    key = str(uuid4())
    order = ActOnMany("reassignment", several, reason="Leave.", officer_id=office.officer.person)

    with pytest.raises(NotAllowed):
        office.work.many_at_once.act(order, asking(office.officer, key))
    done = office.work.many_at_once.act(order, asking(office.supervisor, key))

    assert done["done"] == 3
    assert {office.load(each).officer_id for each in several} == {office.officer.person}


# Looking


def test_each_look_at_the_queue_and_at_what_was_early_is_on_record(office: Office) -> None:
    leila = uuid4()
    office.submit()
    request_id = office.submit(applicant=leila)
    office.start(request_id, why=WHY)

    office.listed()
    office.early()
    by = office.officer
    office.work.work_list.one(request_id, caller=by, cause=by.cause("web"))

    looks = office.rows("SELECT reader FROM person_data_read WHERE person_id = %s", leila)
    assert [row["reader"] for row in looks] == [
        str(by.person),
        str(office.supervisor.person),
        str(by.person),
    ]


def test_officers_and_strangers_do_not_see_what_supervisors_see(office: Office) -> None:
    request_id = office.submit()
    elsewhere = officer("welfare", ("officer", "supervisor"))

    for by in (office.officer,):
        with pytest.raises(NotAllowed):
            office.work.work_list.out_of_order(
                by, by.cause("web"), officer_id=None, after=None, limit=5
            )
        with pytest.raises(NotAllowed):
            office.work.work_list.officers(by, by.cause("web"), after=None, limit=5)
    assert office.listed(by=elsewhere) == []
    with pytest.raises(NotFound):
        office.work.work_list.one(request_id, caller=elsewhere, cause=elsewhere.cause("web"))
    by = office.supervisor
    told_ = office.work.work_list.officers(by, by.cause("web"), after=None, limit=5)["items"]
    assert {row["officer_id"] for row in told_} == {
        office.officer.person,
        office.colleague.person,
    }


def test_what_an_older_release_left_is_found(office: Office) -> None:
    first, second = office.submit(), office.submit()
    office.start(first)
    office.change("DELETE FROM work WHERE request_id = %s", second)
    office.change("UPDATE work SET officer_id = NULL, version = 1")
    office.work.working.begin()

    office.pass_time()

    assert office.listed() == [first, second]
    assert office.listed(mine=True) == [first]
