"""Drafts: kept sealed, resumed elsewhere, never overwritten unseen, submitted once, and gone when their time is over."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from psycopg.types.json import Jsonb
from tests.integration.requests.drafting import KEPT_FOR, drafts_on, requests_on

from panjareh_common.asking import Asking
from panjareh_common.assurance import AssuranceLevel
from panjareh_common.database import Database
from panjareh_common.erasure import Erasures, LedgerLog
from panjareh_common.event_store import EventLog, Keyring
from panjareh_common.refusals import InvalidInput, KeyReused, NotFound, Refusal, RemoteRefusal
from panjareh_common.security import Caller, CallerKind
from panjareh_requests.application.commands import SubmitRequest
from panjareh_requests.application.drafts import CreateDraft, DeleteDraft, Drafts, SaveDraft
from panjareh_requests.domain.draft import MOST_DRAFTS
from panjareh_requests.domain.refusals_drafts import DraftOutdated
from panjareh_requests.read_model.drafts import OwnDrafts, PostgresDrafts
from panjareh_requests.read_model.looks import PostgresLooks
from panjareh_requests.read_model.terms import PublishedTerms

CODE, OTHER = "INET-001", "DRV-002"
PLACE = "یک نشانی که هیچ‌کس نباید ببیند"
FORM = {
    "type": "object",
    "additionalProperties": False,
    "required": ["place", "rooms"],
    "properties": {
        "place": {"type": "string", "minLength": 3},
        "rooms": {"type": "integer", "minimum": 1},
    },
}
CARD: dict[str, Any] = {
    "authority": "welfare",
    "name": {"fa": "نام", "en": "name"},
    "required_loa": 2,
    "decision_mode": "officers",
    "time_limit_days": 5,
    "channels": ["web"],
    "evidence": [],
}


@dataclass
class Window:
    """Requests on a database, at a time that goes on when it is told to."""

    database: Database
    now: datetime = datetime(2026, 3, 1, 8, tzinfo=UTC)
    log: EventLog = field(init=False)

    def __post_init__(self) -> None:
        keyring = Keyring(secrets.token_bytes(32), self.database)
        self.log = EventLog(self.database, keyring, lambda: self.now)
        self.terms = PublishedTerms(self.log)
        self.drafts: Drafts = drafts_on(self.log, self.terms)
        self.rows = PostgresDrafts(self.database, keyring)
        self.own = OwnDrafts(self.log, self.rows, PostgresLooks())
        self.requests = requests_on(self.log, self.terms)
        for code in (CODE, OTHER):
            self.publish(code, 1, FORM)

    def publish(self, code: str, version: int, form: dict[str, Any]) -> None:
        self.change(
            "INSERT INTO public_service VALUES (%s, %s, %s, now())",
            (code, version, Jsonb(CARD | {"code": code, "form": form})),
        )
        self.terms._newest.clear()

    def change(self, sql: str, parameters: Any = ()) -> None:
        with self.database.connection() as connection:
            connection.execute(sql, parameters)

    def rows_of(self, table: str) -> list[dict[str, Any]]:
        with self.database.connection() as connection:
            return connection.execute(f"SELECT * FROM {table}").fetchall()


@dataclass
class Person:
    window: Window
    caller: Caller

    def asking(self, key: str | None = None, channel: str = "web") -> Asking:
        return Asking(self.caller, self.caller.cause(channel), key or str(uuid4()), "en")

    def begin(self, form: dict[str, Any], code: str = CODE, key: str | None = None) -> Any:
        return self.window.drafts.create(self.asking(key), CreateDraft(code, form))

    def save(
        self,
        draft: Any,
        form: dict[str, Any],
        version: int | None,
        key: str | None = None,
        channel: str = "web",
    ) -> Any:
        command = SaveDraft(UUID(draft["draft_id"]), form, version)
        return self.window.drafts.save(self.asking(key, channel), command)

    def delete(self, draft: Any, version: int | None = None, key: str | None = None) -> Any:
        command = DeleteDraft(UUID(draft["draft_id"]), version)
        return self.window.drafts.delete(self.asking(key), command)

    def get(self, draft: Any, language: str = "en") -> Any:
        cause = self.caller.cause("web")
        return self.window.drafts.get(self.caller, cause, UUID(draft["draft_id"]), language)

    def listed(self, limit: int = 20, after: str | None = None) -> Any:
        cause = self.caller.cause("web")
        return self.window.own.page(self.caller, cause, after=after, limit=limit)

    def submit(
        self,
        draft: Any,
        form: dict[str, Any] | None = None,
        version: int | None = None,
        key: str | None = None,
        code: str = CODE,
    ) -> Any:
        return self.window.requests.submit(
            SubmitRequest(code, form, UUID(draft["draft_id"]), version),
            caller=self.caller,
            cause=self.caller.cause("web"),
            key=key or str(uuid4()),
            language="en",
        )


@pytest.fixture
def window(make_database_url: Callable[[str], str]) -> Iterator[Window]:
    database = Database(make_database_url("requests"))
    database.open()
    yield Window(database)
    database.close()


@pytest.fixture
def person(window: Window) -> Person:
    return a_person(window)


def a_person(window: Window, loa: int = 2) -> Person:
    return Person(window, Caller(CallerKind.PERSON, uuid4(), AssuranceLevel(loa)))


def acting_for(person: Person, *services: str) -> Person:
    caller = Caller(
        CallerKind.REPRESENTATIVE,
        person.caller.subject,
        AssuranceLevel(2),
        actor=uuid4(),
        mandate=uuid4(),
        mandate_scope=services,
    )
    return Person(person.window, caller)


def at_the_counter_with(person: Person) -> Person:
    caller = Caller(
        CallerKind.OFFICER,
        uuid4(),
        AssuranceLevel(3),
        authority="welfare",
        roles=("officer",),
        assisting=person.caller.subject,
    )
    return Person(person.window, caller)


def code_of(refused: pytest.ExceptionInfo[Refusal]) -> str:
    return refused.value.code


# Saved as it is


def test_what_is_half_filled_in_is_kept_and_told_what_is_still_to_be_done(person: Person) -> None:
    draft = person.begin({"place": "ab"})

    assert not draft["complete"]
    assert [point["pointer"] for point in draft["faults"]] == ["/form/place"]
    assert [point["pointer"] for point in draft["missing"]] == ["/form/rooms"]
    assert person.get(draft)["form"] == {"place": "ab"}


def test_what_no_form_can_hold_is_refused_and_not_kept(person: Person) -> None:
    with pytest.raises(InvalidInput):
        person.begin({"place": "zero\0"})

    assert person.window.rows_of("draft") == []


def test_points_are_told_in_the_readers_language(person: Person) -> None:
    draft = person.begin({})

    details = [point["detail"] for point in person.get(draft, "fa")["missing"]]
    assert len(details) == 2
    assert all(re.search("[\u0600-\u06ff]", detail) for detail in details)


def test_a_draft_is_resumed_on_another_channel(person: Person) -> None:
    draft = person.begin({"place": PLACE})

    saved = person.save(draft, {"place": PLACE, "rooms": 2}, version=1, channel="counter")

    assert (saved["version"], saved["complete"]) == (2, True)
    found = person.get(draft)
    assert (found["channel"], found["form"]) == ("counter", {"place": PLACE, "rooms": 2})


def test_what_is_kept_can_be_read_by_nobody_who_reads_the_rows(person: Person) -> None:
    draft = person.begin({"place": PLACE})
    person.save(draft, {"place": PLACE, "rooms": 7}, version=1)

    for table in ("draft", "idempotency", "event", "person_data_read", "due"):
        for row in person.window.rows_of(table):
            assert PLACE not in str(row), table
            assert PLACE.encode() not in b"".join(v for v in row.values() if isinstance(v, bytes))


def test_a_box_that_was_moved_to_another_draft_does_not_open(person: Person) -> None:
    first, second = person.begin({"place": PLACE}), person.begin({"rooms": 1})
    person.window.change(
        "UPDATE draft SET form = (SELECT form FROM draft WHERE draft_id = %s) WHERE draft_id = %s",
        (first["draft_id"], second["draft_id"]),
    )

    with pytest.raises(Exception, match="does not open"):
        person.get(second)


def test_another_form_of_the_service_is_said(person: Person) -> None:
    draft = person.begin({"place": PLACE, "rooms": 1})
    longer = FORM | {"required": ["place", "rooms", "floor"]}
    longer |= {"properties": {**FORM["properties"], "floor": {"type": "integer"}}}  # type: ignore[dict-item]
    person.window.publish(CODE, 2, longer)

    found = person.get(draft)

    assert found["form_changed"]
    assert not found["complete"]
    assert [point["pointer"] for point in found["missing"]] == ["/form/floor"]
    person.save(draft, {"place": PLACE, "rooms": 1, "floor": 1}, version=1)
    assert not person.get(draft)["form_changed"]


# Two devices


def test_two_devices_do_not_overwrite_each_other(person: Person) -> None:
    draft = person.begin({})
    person.save(draft, {"place": "from the phone"}, version=1)

    with pytest.raises(DraftOutdated):
        person.save(draft, {"place": "from the desk"}, version=1)

    assert person.get(draft)["form"] == {"place": "from the phone"}


def test_of_many_who_save_at_once_one_succeeds_for_each_version(person: Person) -> None:
    draft = person.begin({})

    def save(number: int) -> bool:
        try:
            person.save(draft, {"rooms": number}, version=1)
        except DraftOutdated:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        saved = list(pool.map(save, range(1, 17)))

    assert saved.count(True) == 1
    found = person.get(draft)
    assert (found["version"], found["form"]["rooms"]) == (2, saved.index(True) + 1)


def test_a_repeat_of_a_save_gets_the_same_answer_and_changes_nothing(person: Person) -> None:
    draft = person.begin({})
    first = person.save(draft, {"rooms": 1}, version=1, key="once")

    again = person.save(draft, {"rooms": 1}, version=1, key="once")

    assert again == first
    assert person.get(draft)["version"] == 2
    with pytest.raises(KeyReused):
        person.save(draft, {"rooms": 2}, version=1, key="once")


def test_beginning_twice_with_one_key_makes_one_draft(person: Person) -> None:
    first = person.begin({"rooms": 1}, key="once")

    assert person.begin({"rooms": 1}, key="once") == first
    assert len(person.listed()["items"]) == 1


# Whose it is


def test_nobody_else_reaches_a_draft(person: Person) -> None:
    draft, stranger = person.begin({"place": PLACE}), a_person(person.window, 4)

    with pytest.raises(NotFound):
        stranger.get(draft)
    with pytest.raises(NotFound):
        stranger.save(draft, {}, version=None)
    with pytest.raises(NotFound):
        stranger.delete(draft)
    with pytest.raises(Refusal) as refused:
        stranger.submit(draft)
    assert code_of(refused) == "draft_gone"
    assert stranger.listed()["items"] == []
    assert person.get(draft)["version"] == 1


def test_a_representative_sees_what_the_mandate_covers_and_is_on_record(person: Person) -> None:
    covered, other = person.begin({"place": PLACE}), person.begin({}, code=OTHER)
    acting = acting_for(person, CODE)

    assert [row["draft_id"] for row in acting.listed()["items"]] == [UUID(covered["draft_id"])]
    assert acting.get(covered)["form"] == {"place": PLACE}
    with pytest.raises(NotFound):
        acting.get(other)

    looks = person.window.rows_of("person_data_read")
    assert {(row["person_id"], str(row["about"]), row["reader"]) for row in looks} == {
        (person.caller.subject, covered["draft_id"], str(acting.caller.actor))
    }
    assert len(looks) == 2


def test_what_was_begun_at_a_counter_is_the_persons_and_the_clerk_is_on_record(
    person: Person,
) -> None:
    clerk = at_the_counter_with(person)
    draft = clerk.begin({"place": PLACE})
    clerk.get(draft)

    assert person.get(draft)["form"] == {"place": PLACE}
    looks = person.window.rows_of("person_data_read")
    assert [(row["reader"], row["purpose"]) for row in looks] == [
        (str(clerk.caller.subject), "help_at_counter")
    ]
    with pytest.raises(NotFound):
        Person(
            person.window,
            Caller(
                CallerKind.OFFICER,
                clerk.caller.subject,
                AssuranceLevel(3),
                authority="welfare",
                roles=("officer",),
            ),
        ).get(draft)


def test_ones_own_look_is_none(person: Person) -> None:
    draft = person.begin({})
    person.get(draft)
    person.listed()

    assert person.window.rows_of("person_data_read") == []


# The list


def test_the_list_goes_on_where_the_page_before_ended(person: Person) -> None:
    for number in range(5):
        person.window.now += timedelta(minutes=1)
        person.begin({"rooms": number + 1})

    first = person.listed(limit=2)
    second = person.listed(limit=2, after=first["next"])
    third = person.listed(limit=2, after=second["next"])

    ids = [row["draft_id"] for part in (first, second, third) for row in part["items"]]
    assert len(set(ids)) == 5
    assert third["next"] is None
    saved = [row["saved_at"] for part in (first, second, third) for row in part["items"]]
    assert saved == sorted(saved, reverse=True)


def test_no_more_than_so_many_are_kept(person: Person) -> None:
    for _ in range(MOST_DRAFTS):
        person.begin({})

    with pytest.raises(RemoteRefusal) as refused:
        person.begin({})

    assert code_of(refused) == "too_many_drafts"
    assert len(person.window.rows_of("draft")) == MOST_DRAFTS


# Submitting


def test_submitting_a_draft_takes_what_stands_in_it_and_removes_it(person: Person) -> None:
    draft = person.begin({"place": PLACE, "rooms": 3})

    answer = person.submit(draft, version=1)

    assert answer["status"] == "submitted"
    assert person.window.rows_of("draft") == []
    assert len(person.window.rows_of("request")) == 1


def test_a_draft_that_is_not_finished_stays_when_it_is_submitted(person: Person) -> None:
    draft = person.begin({"place": PLACE})

    with pytest.raises(InvalidInput):
        person.submit(draft)

    assert person.get(draft)["form"] == {"place": PLACE}
    assert person.window.rows_of("request") == []


def test_what_was_saved_meanwhile_is_not_submitted_unseen(person: Person) -> None:
    draft = person.begin({"place": PLACE, "rooms": 3})
    person.save(draft, {"place": PLACE, "rooms": 4}, version=1)

    with pytest.raises(DraftOutdated):
        person.submit(draft, version=1)

    assert person.window.rows_of("request") == []


def test_a_draft_is_submitted_once_however_many_try(person: Person) -> None:
    draft = person.begin({"place": PLACE, "rooms": 3})

    def submit(_: int) -> str:
        try:
            return str(person.submit(draft)["status"])
        except Refusal as refusal:
            return refusal.code

    with ThreadPoolExecutor(8) as pool:
        said = list(pool.map(submit, range(12)))

    assert sorted(said) == ["draft_gone"] * 11 + ["submitted"]
    assert len(person.window.rows_of("request")) == 1


def test_a_repeat_of_a_submission_gets_its_receipt_though_the_draft_is_gone(person: Person) -> None:
    draft = person.begin({"place": PLACE, "rooms": 3})
    first = person.submit(draft, key="once")

    assert person.submit(draft, key="once") == first


def test_a_draft_of_another_service_is_not_submitted(person: Person) -> None:
    draft = person.begin({"place": PLACE, "rooms": 3}, code=OTHER)

    with pytest.raises(RemoteRefusal) as refused:
        person.submit(draft)

    assert code_of(refused) == "draft_gone"
    assert person.get(draft)["version"] == 1


# The end


def test_what_has_expired_is_gone_before_it_is_swept(person: Person) -> None:
    draft = person.begin({"place": PLACE})
    person.window.now += KEPT_FOR

    with pytest.raises(NotFound):
        person.get(draft)
    assert person.listed()["items"] == []
    assert person.window.drafts.sweep(person.window.now) == 1
    assert person.window.rows_of("draft") == []


def test_saving_puts_the_end_off(person: Person) -> None:
    draft = person.begin({})
    person.window.now += KEPT_FOR - timedelta(days=1)
    person.save(draft, {"rooms": 1}, version=1)
    person.window.now += timedelta(days=2)

    assert person.window.drafts.sweep(person.window.now) == 0
    assert person.get(draft)["form"] == {"rooms": 1}


def test_many_that_have_expired_are_all_swept(person: Person) -> None:
    person.begin({})
    person.window.change(
        "INSERT INTO draft SELECT gen_random_uuid(), owner_id, service_code, 1, channel, 1, created_at,"
        " saved_at, expires_at, form FROM draft, generate_series(1, 1200)"
    )
    person.window.now += KEPT_FOR

    assert person.window.drafts.sweep(person.window.now) == 1201


def test_a_deleted_draft_is_gone_and_deleting_it_again_says_the_same(person: Person) -> None:
    draft = person.begin({})

    person.delete(draft, version=1, key="once")

    person.delete(draft, version=1, key="once")
    assert person.window.rows_of("draft") == []
    with pytest.raises(NotFound):
        person.get(draft)


def test_of_a_person_who_was_erased_no_draft_is_left(person: Person) -> None:
    draft = person.begin({"place": PLACE})
    other = a_person(person.window)
    others = other.begin({"rooms": 1})
    erasures = Erasures(person.window.log, LedgerLog())
    erasures.and_remove(person.window.rows.remove_of)

    erasures.erase(person.caller.person)

    with pytest.raises(NotFound):
        person.get(draft)
    assert [row["owner_id"] for row in person.window.rows_of("draft")] == [other.caller.subject]
    assert other.get(others)["form"] == {"rooms": 1}


def test_without_its_key_a_row_that_was_left_is_not_there(person: Person) -> None:
    draft = person.begin({"place": PLACE})

    person.window.log.keyring.erase(person.caller.person)

    with pytest.raises(NotFound):
        person.get(draft)
