"""Issued documents on a real database: held, checked, revoked, sent; receipts and their proofs."""

from __future__ import annotations

import base64
import secrets
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from cryptography import x509
from joserfc import jwk
from psycopg.types.json import Jsonb

from panjareh_common.assurance import AssuranceLevel
from panjareh_common.clock import to_wire, utc_now
from panjareh_common.database import Database
from panjareh_common.event_store import EventLog, Keyring
from panjareh_common.event_store.log import Cause
from panjareh_common.reference import new_reference
from panjareh_common.refusals import AssuranceTooLow, NotAllowed, NotFound, Refusal, ScopeMissing
from panjareh_common.security import Caller, CallerKind, ServiceIdentity
from panjareh_common.transparency import store, time_stamps
from panjareh_common.transparency.heads import HEAD_TYP, TreeHead, decoded
from panjareh_common.transparency.merkle import verify_inclusion
from panjareh_requests.adapters.credentials import Credentials
from panjareh_requests.adapters.printing import Printer
from panjareh_requests.application.handling import Asked, Handling
from panjareh_requests.application.outputs import Outputs, RevokeOutput, SendOutput
from panjareh_requests.application.requests import issue
from panjareh_requests.domain.issued_document import RevocationGround, ShownTerms
from panjareh_requests.domain.refusals_outputs import (
    DocumentRevoked,
    ProofNotReady,
    UnknownReceiver,
)
from panjareh_requests.domain.service_request import ServiceRequest
from panjareh_requests.domain.values import (
    Decision,
    DecisionMode,
    Outcome,
    OutputTerms,
    ServiceTerms,
)
from panjareh_requests.read_model.authorities import Authorities
from panjareh_requests.read_model.documents import PostgresDocuments
from panjareh_requests.read_model.held_documents import HeldDocuments
from panjareh_requests.read_model.issued_documents import DocumentInbox, IssuedDocuments
from panjareh_requests.read_model.looks import PostgresLooks
from panjareh_requests.read_model.receipts import Receipts
from panjareh_requests.read_model.requests_view import RequestsView
from panjareh_requests.read_model.sentences.grounds import ground_in_words
from panjareh_requests.read_model.story import RequestStory
from panjareh_sandbox.time_stamps import TimeStamps

TITLE = {"fa": "گواهی تحصیلی", "en": "School certificate"}
TERMS = ServiceTerms(
    code="EDU-001",
    version=1,
    authority="education",
    name=TITLE,
    required_assurance=AssuranceLevel(2),
    decision_mode=DecisionMode.RULES,
    evidence=(),
    form={},
    time_limit_days=5,
    output=OutputTerms(
        "school_certificate",
        TITLE,
        365,
        (ShownTerms("form.family_name", {"fa": "نام خانوادگی", "en": "Family name"}, {}),),
    ),
)
CAUSE = Cause("test", "service", "platform")


class OneService:
    """The Terms port with one service in it."""

    def current(self, unit: Any, service_code: str) -> ServiceTerms:
        return TERMS

    def of(self, unit: Any, service_code: str, version: int) -> ServiceTerms:
        return TERMS

    def standing(self, unit: Any, service_code: str) -> Any:
        raise AssertionError


class Office:
    """The requests service on a database, as far as documents go."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.keyring = Keyring(secrets.token_bytes(32), database)
        self.log = EventLog(database, self.keyring)
        self.looks = PostgresLooks()
        self.view = RequestsView(database)
        self.documents = PostgresDocuments(self.log, self.looks)
        handling = Handling(self.log, self.view)
        self.outputs = Outputs(handling, self.documents, OneService(), Authorities(self.log))
        key = dict(jwk.OKPKey.generate_key("Ed25519").as_dict(private=True))
        identity = ServiceIdentity("requests", key | {"kid": "requests-1"})
        self.credentials = Credentials("https://window.example.ir", identity, [identity.public_key])
        printer = Printer(self.credentials.address_of, self.credentials.credential, ground_in_words)
        shown = (self.log, self.documents, self.looks, self.credentials.credential, printer.pdf)
        self.issued = IssuedDocuments(*shown, check_at=self.credentials.address_of)
        self.inbox = DocumentInbox(*shown)
        self.identity = identity
        self.receipts = Receipts(
            self.log,
            self.looks,
            lambda content: identity.sign(content, "panjareh-receipt+jws"),
            lambda head: identity.sign(head.to_claims(), HEAD_TYP),
        )
        self.story = RequestStory(
            self.log, self.looks, OneService(), lambda content: identity.sign(content, "x")
        )
        with database.connection() as connection:
            for code, name in (("education", "آموزش و پرورش"), ("science", "علوم")):
                connection.execute(
                    "INSERT INTO authority (code, name, rest_days, sequence) VALUES (%s, %s, '{}', 1)",
                    (code, Jsonb({"fa": name, "en": code})),
                )

    def grant(self, person: UUID, family_name: str = "رضایی") -> tuple[UUID, str]:
        """A request of a person's that was granted just now, and the number of its document."""
        with self.log.unit_of_work(CAUSE) as unit:
            request = ServiceRequest.submit(
                request_id=uuid4(),
                applicant_id=person,
                assurance=AssuranceLevel(3),
                terms=TERMS,
                form={"family_name": family_name},
                channel="web",
                reference=new_reference(),
                at=unit.now,
            )
            request.decide_by_rules(Decision(Outcome.GRANTED, {"fa": "بله", "en": "yes"}), unit.now)
            issue(unit, request, OneService(), self.documents)
            unit.save(request)
            self.view.write(unit, request)
            assert request.document_number is not None
            return request.id, request.document_number

    def revoke(
        self, number: str, by: Caller, because: RevocationGround = RevocationGround.REPLACED
    ) -> Any:
        return self.outputs.revoke(RevokeOutput(number, because, "نسخهٔ تازه داده شد"), asked(by))

    def send(self, number: str, by: Caller, receiver: str = "science") -> UUID:
        return UUID(self.outputs.send(SendOutput(number, receiver), asked(by))["delivery_id"])

    def verify(self, number: str, code: str | None = None) -> dict[str, Any]:
        return self.documents.verify(number, code, CAUSE, "en")

    def code_of(self, number: str) -> str:
        with self.log.unit_of_work(CAUSE) as unit:
            found = self.documents.find(unit, number)
        assert found is not None
        assert found[0].code is not None
        return found[0].code

    def grow_tree(self) -> None:
        with self.database.transaction() as connection:
            rows = connection.execute(
                "SELECT stream, version, position, hash FROM event WHERE position >"
                " COALESCE((SELECT max(position) FROM tree_leaf), 0) ORDER BY position"
            ).fetchall()
            leaves = [
                store.Leaf(r["stream"], r["version"], r["position"], bytes(r["hash"])) for r in rows
            ]
            store.append(connection, leaves)

    def stamp_tree(self, stamps: TimeStamps) -> store.Stamp:
        """What the follower does: signs the head, and has it stamped."""
        with self.database.transaction() as connection:
            size, position = store.measure(connection)
            root = store.growing(connection, size).root()
            head = TreeHead("requests", size, root, position, to_wire(utc_now()))
            signed = self.identity.sign(head.to_claims(), HEAD_TYP)
            query = time_stamps.query(signed)
            response = stamps.reply(query.body)
            roots = x509.load_pem_x509_certificates(stamps.roots.encode())
            at = time_stamps.stamped_at(response, signed, roots, nonce=query.nonce, now=utc_now())
            stamp = store.Stamp(size, signed, response, at)
            store.keep_stamp(connection, stamp)
        return stamp

    def looked(self) -> list[tuple[Any, ...]]:
        with self.database.connection() as connection:
            rows = connection.execute("SELECT * FROM person_data_read ORDER BY read_at").fetchall()
        return [(r["person_id"], r["role"], r["authority"], r["purpose"]) for r in rows]


def person(person_id: UUID, level: int = 2) -> Caller:
    return Caller(CallerKind.PERSON, person_id, AssuranceLevel(level))


def officer(authority: str) -> Caller:
    return Caller(
        CallerKind.OFFICER,
        uuid4(),
        AssuranceLevel(3),
        authority=authority,
        roles=("officer",),
    )


def asked(by: Caller) -> Asked:
    return Asked(by, by.cause("web"), str(uuid4()), "en")


def looking(by: Caller) -> dict[str, Any]:
    return {"caller": by, "cause": by.cause("web")}


@pytest.fixture
def office(make_database_url: Callable[[str], str]) -> Iterator[Office]:
    database = Database(make_database_url("requests"))
    database.open()
    yield Office(database)
    database.close()


def test_a_holder_sees_their_documents_and_nobody_elses(office: Office) -> None:
    leila, omid = uuid4(), uuid4()
    numbers = [office.grant(leila)[1] for _ in range(3)]
    _, others = office.grant(omid)
    mine = person(leila)

    first = office.issued.page(mine, mine.cause("web"), after=None, limit=2, language="fa")
    second = office.issued.page(
        mine, mine.cause("web"), after=first["next"], limit=2, language="fa"
    )

    rows = first["items"] + second["items"]
    assert [row["number"] for row in rows] == numbers[::-1]
    assert {row["authority_name"] for row in rows} == {"آموزش و پرورش"}
    assert second["next"] is None
    for ask in (office.issued.get, office.issued.pdf):
        with pytest.raises(NotFound):
            ask(others, **looking(mine), language="en")
    with pytest.raises(NotFound):
        office.issued.credential(others, **looking(mine))
    assert office.looked() == []


def test_a_document_says_what_it_shows_to_its_holder(office: Office) -> None:
    leila = uuid4()
    _, number = office.grant(leila)

    told = office.issued.get(number, **looking(person(leila)), language="en")
    printed = office.issued.pdf(number, **looking(person(leila)), language="fa")

    assert told["shows"] == [{"name": "Family name", "value": "رضایی"}]
    assert (told["state"], told["sent"]) == ("valid", [])
    assert told["check_at"].endswith(f"/verify/{number}?code={office.code_of(number)}")
    assert base64.b64decode(printed["base64"]).startswith(b"%PDF-1.7")


def test_who_has_only_the_number_learns_nothing_of_the_holder(office: Office) -> None:
    leila = uuid4()
    _, number = office.grant(leila)

    told = office.verify(f"{number[:4]} {number[4:8]}-{number[8:]}")

    assert (told["genuine"], told["valid"], told["state"]) == (True, True, "valid")
    assert told["shows"] is None
    assert str(leila) not in str(told)
    assert office.looked() == []
    assert office.verify(new_reference())["state"] == "unknown"
    assert office.verify("x" * 12)["genuine"] is False


def test_who_has_the_code_is_told_what_has_to_stand_there_and_that_is_on_record(
    office: Office,
) -> None:
    leila = uuid4()
    _, number = office.grant(leila)

    told = office.verify(number, office.code_of(number))
    guessed = office.verify(number, "0" * 20)

    assert told["code_fits"] is True
    assert told["shows"] == [{"name": "Family name", "value": "رضایی"}]
    assert (guessed["code_fits"], guessed["shows"]) == (False, None)
    assert office.looked() == [(leila, "public", None, "verify_document")]


def test_a_revoked_document_is_told_as_revoked_everywhere(office: Office) -> None:
    leila = uuid4()
    request_id, number = office.grant(leila)
    kept = [office.grant(uuid4())[1] for _ in range(2)]
    delivery = office.send(number, person(leila))
    university = officer("science")
    lists: list[list[int]] = []

    def listed(list_: int, bits: Any, now: Any) -> str:
        lists.append(list(bits))
        return ""

    office.documents.status_list(0, listed)

    office.revoke(number, officer("education"))

    told = office.verify(number)
    assert (told["genuine"], told["valid"], told["state"]) == (True, False, "revoked")
    assert (told["because"], told["because_text"]) == (
        "replaced",
        "It was replaced by another document.",
    )
    held = person(leila)
    page = office.issued.page(held, held.cause("web"), after=None, limit=9, language="fa")
    assert page["items"][0]["state"] == "revoked"
    assert page["items"][0]["because_text"] == "سند دیگری جای آن را گرفته است."
    assert office.issued.get(number, **looking(held), language="en")["state"] == "revoked"
    assert office.inbox.get(delivery, **looking(university), language="en")["state"] == "revoked"
    story = {"caller": held, "cause": held.cause("web"), "language": "en"}
    output = office.story.get(request_id, **story, at=None)["output"]
    assert (output["state"], output["because"], output["signed"]) == ("revoked", "replaced", None)
    steps = office.story.timeline(request_id, **story)["items"]
    assert "نسخهٔ تازه داده شد" in steps[-1]["text"]
    service = Caller(CallerKind.SERVICE, leila, AssuranceLevel(1), service="catalog", purpose="x")
    hinted = HeldDocuments(office.log, office.looks).of(service, service.cause("x"), "en")
    assert hinted["items"] == []
    office.documents.status_list(0, listed)
    assert lists[0] == []
    assert len(lists[1]) == 1
    assert [office.verify(other)["state"] for other in kept] == ["valid", "valid"]


def test_the_state_as_of_a_moment_before_knows_nothing_of_it(office: Office) -> None:
    leila = uuid4()
    request_id, number = office.grant(leila)
    before = office.log.clock()
    office.revoke(number, officer("education"))

    then = office.story.get(request_id, **looking(person(leila)), language="en", at=before)

    assert then["output"]["revoked_at"] is None


def test_only_the_authority_that_issued_it_revokes(office: Office) -> None:
    leila = uuid4()
    _, number = office.grant(leila)

    with pytest.raises(NotFound):
        office.revoke(number, officer("science"))
    with pytest.raises(NotAllowed):
        office.revoke(number, person(leila))
    with pytest.raises(NotFound):
        office.revoke(new_reference(), officer("education"))

    assert office.verify(number)["state"] == "valid"


def test_revoking_twice_is_said_and_changes_nothing(office: Office) -> None:
    _, number = office.grant(uuid4())
    clerk = officer("education")
    office.revoke(number, clerk)

    with pytest.raises(Refusal) as said:
        office.revoke(number, clerk, RevocationGround.COURT_ORDER)

    assert said.value.code == DocumentRevoked.code

    assert office.verify(number)["because"] == "replaced"


def test_a_refusal_of_what_was_granted_revokes_the_document(office: Office) -> None:
    leila = uuid4()
    request_id, number = office.grant(leila)
    with office.log.unit_of_work(CAUSE) as unit:
        request = unit.load(ServiceRequest, request_id)
        request._decide(
            Decision(Outcome.REFUSED, {"fa": "نه", "en": "no"}),
            None,
            unit.now,
            by="officer",
            appeal_days=20,
        )
        issue(unit, request, OneService(), office.documents)
        unit.save(request)
        office.view.write(unit, request)

    assert office.verify(number)["because"] == "decided_anew"


def test_a_document_that_was_sent_lies_in_the_receivers_inbox_alone(office: Office) -> None:
    leila = uuid4()
    _, number = office.grant(leila)
    clerk, other = officer("science"), officer("health")

    delivery = office.send(number, person(leila))
    again = office.send(number, person(leila))

    listed = office.inbox.page(clerk, clerk.cause("web"), after=None, limit=9, language="en")
    read = office.inbox.get(delivery, **looking(clerk), language="en")
    assert delivery == again
    assert [row["delivery_id"] for row in listed["items"]] == [delivery]
    assert listed["items"][0]["opened_at"] is None
    assert read["shows"] == [{"name": "Family name", "value": "رضایی"}]
    looks = office.looked()
    assert looks == [(leila, "officer", "science", "read_sent_document")] * 2
    elsewhere = office.inbox.page(other, other.cause("web"), after=None, limit=9, language="en")
    assert elsewhere["items"] == []
    with pytest.raises(NotFound):
        office.inbox.get(delivery, **looking(other), language="en")
    [sent] = office.issued.get(number, **looking(person(leila)), language="en")["sent"]
    assert (sent["receiver"], sent["receiver_name"]) == ("science", "science")
    assert sent["opened_at"] is not None


def test_what_cannot_be_sent(office: Office) -> None:
    leila = uuid4()
    _, number = office.grant(leila)

    with pytest.raises(Refusal) as said:
        office.send(number, person(leila), "nobody")
    assert said.value.code == UnknownReceiver.code
    with pytest.raises(AssuranceTooLow):
        office.send(number, person(leila, level=1))
    with pytest.raises(NotFound):
        office.send(number, person(uuid4()))
    with pytest.raises(NotFound):
        office.send(number, officer("education"))


def test_an_erased_holder_takes_what_the_document_shows_with_them(office: Office) -> None:
    leila = uuid4()
    _, number = office.grant(leila)
    code = office.code_of(number)
    delivery = office.send(number, person(leila))

    office.keyring.erase(leila)

    told = office.verify(number, code)
    assert (told["genuine"], told["state"], told["shows"]) == (True, "valid", None)
    clerk = officer("science")
    assert office.inbox.get(delivery, **looking(clerk), language="en")["shows"] is None
    with pytest.raises(NotFound):
        office.inbox.pdf(delivery, **looking(clerk), language="en")


def test_a_document_of_an_erased_holder_is_revoked_still(office: Office) -> None:
    leila = uuid4()
    request_id, number = office.grant(leila)
    office.keyring.erase(leila)

    office.revoke(number, officer("education"))

    assert office.verify(number)["state"] == "revoked"
    with office.log.unit_of_work(CAUSE) as unit:
        assert unit.load(ServiceRequest, request_id).revoked_because == "replaced"


def test_every_receipt_is_proven_in_the_tree_and_only_to_who_may_look(office: Office) -> None:
    leila = uuid4()
    request_id, _ = office.grant(leila)
    for _ in range(5):
        office.grant(uuid4())
    office.grow_tree()
    mine = looking(person(leila))

    receipts = office.receipts.of(request_id, **mine)["items"]

    assert [each["of"] for each in receipts] == ["submission", "decision", "document"]
    for each in receipts:
        assert each["proven"]
        proof = office.receipts.proof(each["id"], **mine)
        assert proof["receipt"] == each["receipt"]
        leaf = store.Leaf(
            UUID(proof["leaf"]["stream"]),
            proof["leaf"]["version"],
            int(proof["leaf"]["position"]),
            bytes.fromhex(proof["leaf"]["hash"]),
        )
        path = [bytes.fromhex(step) for step in proof["path"]]
        root = bytes.fromhex(proof["root"])
        assert verify_inclusion(leaf.hashed(), proof["index"], proof["size"], path, root)
        changed = replace(leaf, hash=b"\0" * 32)
        assert not verify_inclusion(changed.hashed(), proof["index"], proof["size"], path, root)
        with pytest.raises(NotFound):
            office.receipts.proof(each["id"], **looking(person(uuid4())))
    with pytest.raises(NotFound):
        office.receipts.of(request_id, **looking(person(uuid4())))


def test_a_proof_comes_with_the_earliest_time_stamp_over_it_which_openssl_believes(
    office: Office, tmp_path: Path
) -> None:
    stamps = TimeStamps(tmp_path)
    leila, omid = uuid4(), uuid4()
    [hers, *_] = office.receipts.of(office.grant(leila)[0], **looking(person(leila)))["items"]
    office.grow_tree()
    assert office.receipts.proof(hers["id"], **looking(person(leila)))["time_stamp"] is None
    first = office.stamp_tree(stamps)
    [his, *_] = office.receipts.of(office.grant(omid)[0], **looking(person(omid)))["items"]
    office.grow_tree()

    without = office.receipts.proof(his["id"], **looking(person(omid)))
    assert (without["time_stamp"], without["size"] > first.size) == (None, True)
    office.stamp_tree(stamps)
    proof = office.receipts.proof(hers["id"], **looking(person(leila)))

    # From the receipt to the authority's word, as a court goes.
    assert (proof["head"], proof["size"]) == (first.head, first.size)
    leaf, root, path = proof["leaf"]["leaf_hash"], proof["root"], proof["path"]
    steps = [bytes.fromhex(step) for step in path]
    assert verify_inclusion(
        bytes.fromhex(leaf), proof["index"], proof["size"], steps, bytes.fromhex(root)
    )
    assert decoded(proof["head"].encode()).root.hex() == root
    assert proof["time_stamp"]["stamped_at"] == first.stamped_at
    (tmp_path / "head").write_text(proof["head"])
    (tmp_path / "stamp").write_bytes(base64.b64decode(proof["time_stamp"]["response"]))
    command = ["openssl", "ts", "-verify", "-data", "head", "-in", "stamp", "-CAfile", "root.pem"]
    believed = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert "Verification: OK" in believed.stdout + believed.stderr


def test_a_proof_that_is_not_made_yet_is_said_to_come(office: Office) -> None:
    leila = uuid4()
    request_id, _ = office.grant(leila)
    mine = looking(person(leila))

    [first, *_] = office.receipts.of(request_id, **mine)["items"]

    assert first["proven"] is False
    with pytest.raises(ProofNotReady):
        office.receipts.proof(first["id"], **mine)


@pytest.mark.parametrize(
    "id", ["", "1", "x.1", f"{uuid4()}.0", f"{uuid4()}.1", f"{uuid4()}.99999999999"]
)
def test_no_receipt_has_such_an_id(office: Office, id: str) -> None:
    with pytest.raises(NotFound):
        office.receipts.proof(id, **looking(person(uuid4())))


def test_a_status_list_that_is_none_yet_is_not_there(office: Office) -> None:
    office.grant(uuid4())

    with pytest.raises(NotFound):
        office.documents.status_list(1, office.credentials.status_list)


def test_an_authoritys_own_system_reads_its_inbox_with_the_scope_for_it(office: Office) -> None:
    leila = uuid4()
    _, number = office.grant(leila)
    delivery = office.send(number, person(leila))

    def system(*scopes: str) -> dict[str, Any]:
        return looking(
            Caller(
                CallerKind.AGENCY,
                None,
                AssuranceLevel(1),
                authority="science",
                client="science-system",
                scopes=scopes,
            )
        )

    read = office.inbox.get(delivery, **system("read_documents"), language="en")

    assert read["number"] == number
    assert office.looked() == [(leila, "agency", "science", "read_sent_document")]
    with pytest.raises(ScopeMissing):
        office.inbox.get(delivery, **system("import_cases"), language="en")


def test_who_acts_for_a_holder_sees_what_the_mandate_covers_on_record(office: Office) -> None:
    leila = uuid4()
    _, number = office.grant(leila)

    def acting(*services: str) -> Caller:
        return Caller(
            CallerKind.REPRESENTATIVE,
            leila,
            AssuranceLevel(2),
            actor=uuid4(),
            mandate=uuid4(),
            mandate_scope=services,
        )

    covered, other = acting("EDU-001"), acting("TAX-001")
    asked_for = {"after": None, "limit": 9, "language": "en"}

    listed = office.issued.page(covered, covered.cause("web"), **asked_for)
    nothing = office.issued.page(other, other.cause("web"), **asked_for)

    assert [row["number"] for row in listed["items"]] == [number]
    assert nothing["items"] == []
    assert office.looked() == [(leila, "representative", None, "act_under_mandate")]
    with pytest.raises(NotFound):
        office.issued.pdf(number, **looking(other), language="en")
