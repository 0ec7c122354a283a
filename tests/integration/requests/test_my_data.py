"""Everything that is held about a person, on a real database: all of it, page by page, and theirs alone (I6)."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from joserfc import jws
from tests.integration.requests.test_outputs import CAUSE, Office, officer, person
from tests.unit.requests.test_whole_life import WholeLife

from panjareh_common.assurance import AssuranceLevel
from panjareh_common.database import Database
from panjareh_common.event_store import PersonalAggregate
from panjareh_common.event_store.sealing import Owners
from panjareh_common.refusals import InvalidInput
from panjareh_common.security import Caller
from panjareh_requests.domain.draft import Draft
from panjareh_requests.domain.joining import ApplicantKind
from panjareh_requests.domain.service_request import ServiceRequest
from panjareh_requests.domain.values import Writer
from panjareh_requests.read_model.drafts import PostgresDrafts
from panjareh_requests.read_model.files import OwnFiles, PostgresFiles
from panjareh_requests.read_model.my_data import MyData
from panjareh_requests.schemas.my_data import SECTIONS


class Held:
    """What is held about people, and the doors that it came in by."""

    def __init__(self, database: Database) -> None:
        self.office = office = Office(database)
        self.log = office.log
        self.drafts = PostgresDrafts(database, office.keyring)
        self.my_data = MyData(
            self.log,
            drafts=self.drafts,
            files=OwnFiles(self.log, PostgresFiles(database, office.keyring)),
            documents=office.issued,
            sign_receipt=office.receipts._sign_receipt,
        )

    def page(self, section: str, of: Caller, after: str | None = None, limit: int = 20) -> Any:
        return self.my_data.page(
            section, caller=of, cause=of.cause("web"), after=after, limit=limit, language="en"
        )

    def all(self, section: str, of: Caller, limit: int = 20) -> list[dict[str, Any]]:
        items, after = [], None
        while True:
            found = self.page(section, of, after, limit)
            items += found["items"]
            after = found["next"]
            if after is None:
                return items

    def write(self, request_id: UUID, text: str) -> None:
        def work(unit: Any) -> None:
            request = unit.load(ServiceRequest, request_id)
            request.write_message(uuid4(), Writer.OFFICER, text, unit.now)
            unit.save(request)
            self.office.view.write(unit, request)

        self.log.run(CAUSE, work)

    def draft(self, owner: UUID, form: dict[str, Any]) -> None:
        def work(unit: Any) -> None:
            draft = Draft(
                id=uuid4(),
                owner_id=owner,
                service_code="EDU-001",
                service_version=1,
                channel="web",
                version=1,
                created_at=unit.now,
                saved_at=unit.now,
                expires_at=unit.now + timedelta(days=30),
                form=form,
            )
            self.drafts.add(unit, draft)

        self.log.run(CAUSE, work)


@pytest.fixture
def held(make_database_url: Callable[[str], str]) -> Iterator[Held]:
    database = Database(make_database_url("requests"), size=8)
    database.open()
    yield Held(database)
    database.close()


def test_a_person_has_every_event_of_theirs_opened_with_its_receipts(held: Held) -> None:
    leila, omid = person(uuid4()), person(uuid4())
    request_id, _ = held.office.grant(leila.person, "کریمی")
    held.office.grant(omid.person, "رازداری")
    held.write(request_id, "Come on Monday.")

    items = held.all("history", leila)

    assert [each["what"] for each in items] == [
        "Submitted",
        "Decided",
        "OutputIssued",
        "MessageWritten",
    ]
    assert items[0]["data"]["form"] == {"family_name": "کریمی"}
    assert items[1]["data"]["reason"] == {"fa": "بله", "en": "yes"}
    assert items[3]["data"]["text"] == "Come on Monday."
    assert [each["receipt"] is not None for each in items] == [True, True, True, False]
    said = json.loads(jws.extract_compact(items[0]["receipt"].encode()).payload)
    assert said["id"] == f"{request_id}.1"
    assert "رازداری" not in json.dumps(items, ensure_ascii=False)


def test_nothing_is_lost_or_told_twice_between_pages(held: Held) -> None:
    leila = person(uuid4())
    requests = [held.office.grant(leila.person)[0] for _ in range(3)]
    for text in ("one", "two"):
        held.write(requests[0], text)

    whole = held.all("history", leila)

    assert len(whole) == 11
    for limit in (1, 2, 5):
        paged = held.all("history", leila, limit)
        assert [(e["request_id"], e["version"]) for e in paged] == [
            (e["request_id"], e["version"]) for e in whole
        ]


def test_drafts_and_documents_are_whole_and_looks_say_who_looked(held: Held) -> None:
    leila, stranger = person(uuid4()), person(uuid4())
    _, number = held.office.grant(leila.person, "کریمی")
    held.draft(leila.person, {"family_name": "نیمه‌کاره"})
    clerk = officer("education")
    held.office.issued.get(number, caller=clerk, cause=clerk.cause("web"), language="en")

    [draft], [document], [look] = (
        held.all(section, leila) for section in ("drafts", "documents", "looks")
    )

    assert draft["form"] == {"family_name": "نیمه‌کاره"}
    assert document["number"] == number
    assert document["shows"] == [{"name": "Family name", "value": "کریمی"}]
    assert (look["role"], look["authority"], look["purpose"]) == (
        "officer",
        "education",
        "handle_request",
    )
    assert held.all("files", leila) == []
    assert [held.all(section, stranger) for section in SECTIONS] == [[]] * len(SECTIONS)
    assert len(held.all("looks", leila)) == 1, "a person's own look is none"


def test_of_what_is_another_persons_in_the_same_request_nothing_is_opened(
    held: Held, monkeypatch: pytest.MonkeyPatch
) -> None:
    leila, buyer = person(uuid4()), uuid4()

    def owners_of(self: PersonalAggregate, event: Any) -> dict[str, Owners]:
        return {"text": Owners.one(buyer)}

    request_id, _ = held.office.grant(leila.person)
    with monkeypatch.context() as patched:
        patched.setattr(ServiceRequest, "owners_of", owners_of)
        held.write(request_id, "What the buyer alone may read.")

    message = held.all("history", leila)[-1]

    assert message["what"] == "MessageWritten"
    assert message["data"]["text"] is None


def test_who_joined_a_request_has_their_part_of_it_and_not_the_others(held: Held) -> None:
    leila, buyer = person(uuid4()), person(uuid4())
    life = WholeLife()
    life.begin("parties", "submitted")
    request_id = uuid4()

    def work(unit: Any) -> None:
        at = unit.now
        request = ServiceRequest.submit(
            request_id=request_id,
            applicant_id=leila.person,
            assurance=AssuranceLevel.HIGH,
            terms=life.terms,
            form={"street": "خانهٔ لیلا"},
            channel="web",
            reference="123456789010",
            at=at,
        )
        request.await_parties(life.terms, at)
        for key, who, street in (("buyer", buyer.person, "خانهٔ خریدار"), ("witness", uuid4(), "")):
            number = request.invite(key, "Leila", at)
            request.join(
                life.terms.party(key),
                number,
                person_id=who,
                kind=ApplicantKind.PERSON,
                assurance=AssuranceLevel.HIGH,
                required=AssuranceLevel.LOW,
                channel="web",
                form={"street": street},
                at=at,
            )
        unit.save(request)
        held.office.view.write(unit, request)

    held.log.run(CAUSE, work)

    hers, theirs = (
        json.dumps(held.all("history", each), ensure_ascii=False) for each in (leila, buyer)
    )

    assert "خانهٔ لیلا" in hers
    assert "خانهٔ خریدار" not in hers
    assert str(buyer.person) not in hers
    assert "خانهٔ خریدار" in theirs
    assert "خانهٔ لیلا" not in theirs
    assert str(leila.person) not in theirs


def test_what_officers_say_to_each_other_is_theirs_and_what_they_decide_is_told(
    held: Held,
) -> None:
    leila, ann, ben = person(uuid4()), uuid4(), uuid4()
    request_id, _ = held.office.grant(leila.person)

    def work(unit: Any) -> None:
        request = unit.load(ServiceRequest, request_id)
        request.trigger_event(
            ServiceRequest.DecisionProposed,
            timestamp=unit.now,
            officer_id=ann,
            outcome="refused",
            reason="a thought",
        )
        request.trigger_event(
            ServiceRequest.ConflictDeclared,
            timestamp=unit.now,
            officer_id=ben,
            reason="my cousin",
        )
        unit.save(request)

    held.log.run(CAUSE, work)

    told = held.all("history", leila)

    assert [each["what"] for each in told[-2:]] == ["DecisionProposed", "ConflictDeclared"]
    assert [each["data"] for each in told[-2:]] == [{}, {}]
    assert str(ann) not in json.dumps(told)


def test_an_erased_persons_pages_hold_nothing_that_can_be_read(held: Held) -> None:
    leila = person(uuid4())
    held.office.grant(leila.person, "کریمی")
    held.draft(leila.person, {"family_name": "کریمی"})
    held.office.keyring.erase(leila.person)

    told = json.dumps(
        [held.all(section, leila) for section in ("history", "drafts")], ensure_ascii=False
    )

    assert "کریمی" not in told


@pytest.mark.parametrize("section", SECTIONS)
def test_a_cursor_that_is_not_ours_is_refused(held: Held, section: str) -> None:
    with pytest.raises(InvalidInput):
        held.page(section, person(uuid4()), after="not one of ours")
