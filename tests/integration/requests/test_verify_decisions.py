"""`verify-decisions` in a fresh process: everything that rules decided comes out again, or is named."""

from __future__ import annotations

import base64
import json
import os
import secrets
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from psycopg.types.json import Jsonb
from tests.unit.requests.test_deciding import FORMAT_2 as RULES
from tests.unit.requests.test_deciding import TEXT
from tests.unit.requests.test_replaying import TERMS

from panjareh_common.database import Database
from panjareh_common.event_store import EventLog, Keyring
from panjareh_common.event_store.log import Cause
from panjareh_requests.application.deciding import RulesInUse
from panjareh_requests.domain.service_request import ServiceRequest
from panjareh_requests.domain.values import Outcome, Step
from panjareh_requests.read_model import decided_streams

AT = datetime(2026, 3, 21, 8, 30, tzinfo=UTC)
BECAUSE = Cause(actor="requests", role="service", channel="platform")
SECRET = "a street that nobody else may know"
CARD: dict[str, Any] = {
    "code": TERMS.code,
    "authority": TERMS.authority,
    "name": TEXT,
    "required_loa": 1,
    "decision_mode": "rules",
    "form": {},
    "time_limit_days": 10,
    "evidence": [{"type": "civil", "title": TEXT, "purpose": TEXT}],
    "rules": RULES,
}


@dataclass
class Store:
    """The database of requests, and the door over it."""

    url: str
    key: bytes
    database: Database
    log: EventLog

    def decided(self, birth_date: str | None, judge: Any = None) -> ServiceRequest:
        """A request that the rules, or `judge` in their place, decided as the service does it."""
        request = ServiceRequest.submit(
            request_id=uuid4(),
            applicant_id=uuid4(),
            assurance=TERMS.required_assurance,
            terms=TERMS,
            form={"place": SECRET},
            channel="web",
            reference=str(secrets.randbelow(10**12)),
            at=AT,
        )
        facts = {} if birth_date is None else {"birth_date": birth_date}
        request.receive_evidence("civil", facts, AT + timedelta(minutes=1))
        decision = RulesInUse().judge(TERMS, request)
        decision = judge(decision) if judge else decision
        if isinstance(decision, str):
            request.send_to_officers(decision, AT + timedelta(minutes=2))
        else:
            request.decide_by_rules(decision, AT + timedelta(minutes=2))
        self.save(request)
        return request

    def save(self, request: ServiceRequest) -> None:
        with self.log.unit_of_work(BECAUSE) as unit:
            unit.save(request)

    def publish(self, rules: dict[str, Any]) -> None:
        self.change(
            "INSERT INTO public_service VALUES (%s, 2, %s, now())"
            " ON CONFLICT (code, version) DO UPDATE SET card = excluded.card",
            (TERMS.code, Jsonb(CARD | {"rules": rules})),
        )

    def change(self, statement: str, parameters: Any = ()) -> None:
        """As somebody may who has the database: nothing stops them from changing what is append-only."""
        with psycopg.connect(self.url) as connection:
            connection.execute("SET session_replication_role = replica")
            connection.execute(statement.encode(), parameters)

    def door(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "panjareh_requests", "verify-decisions", *arguments],
            env=os.environ
            | {
                "PANJAREH_REQUESTS_DATABASE_URL": self.url,
                "PANJAREH_REQUESTS_SEALING_KEY": base64.urlsafe_b64encode(self.key).decode(),
            },
            text=True,
            capture_output=True,
            check=False,
            timeout=60,
        )

    def told(self, *arguments: str) -> dict[str, Any]:
        done = self.door("--json", *arguments)
        assert done.stdout, done.stderr
        told: dict[str, Any] = json.loads(done.stdout)
        assert done.returncode == (0 if told["fits"] else 1)
        assert SECRET not in done.stdout + done.stderr
        return told


@pytest.fixture
def store(make_database_url: Callable[[str], str]) -> Iterator[Store]:
    url, key = make_database_url("requests"), secrets.token_bytes(32)
    database = Database(url)
    database.open()
    store = Store(url, key, database, EventLog(database, Keyring(key, database)))
    store.publish(RULES)
    yield store
    database.close()


def test_everything_comes_out_again_and_the_erased_are_counted_apart(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.decided("2008-03-20")
    store.decided("2015-01-01")
    store.decided(None)
    gone = store.decided("1990-06-06")
    assert gone.applicant_id is not None
    store.log.keyring.erase(gone.applicant_id)
    case = ServiceRequest.import_case(
        request_id=uuid4(),
        service_code="MUN-010",
        authority="municipality",
        source="log",
        case="1",
        channel="web",
        department=None,
        responsible=None,
        reference="999999999999",
        started_at=AT,
        promised_by=None,
    )
    case.complete_step(Step("seen", None, None, "1"), AT)
    store.save(case)

    told = store.told()

    counts = {name: told[name] for name in ("fits", "replayed", "erased_by_hash", "found")}
    assert counts == {"fits": True, "replayed": 3, "erased_by_hash": 1, "found": 0}
    said = store.door("--lang", "fa").stdout
    assert "بایت به بایت" in said
    assert "۳ مورد" in said


def test_the_one_that_differs_is_named(store: Store) -> None:
    store.decided("2008-03-20")
    wrong = store.decided("2015-01-01", lambda d: replace(d, outcome=Outcome.GRANTED))

    told = store.told()
    done = store.door()

    assert told["findings"] == [
        {
            "request_id": str(wrong.id),
            "version": 3,
            "fault": "decided otherwise",
            "parts": ["outcome"],
            "erased": False,
        }
    ]
    assert (told["replayed"], done.returncode) == (1, 1)
    assert f"Request {wrong.id}, event 3" in done.stdout
    assert "outcome" in done.stdout


def test_a_decision_of_an_erased_person_that_their_rules_do_not_have_is_named(store: Store) -> None:
    wrong = store.decided("2015-01-01", lambda d: replace(d, outcome=Outcome.GRANTED))
    assert wrong.applicant_id is not None
    store.log.keyring.erase(wrong.applicant_id)

    told = store.told()

    assert [(one["parts"], one["erased"]) for one in told["findings"]] == [(["outcome"], True)]
    assert told["erased_by_hash"] == 0


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE event SET state = convert_to(replace(convert_from(state, 'UTF8'), 'granted', 'refused'), 'UTF8')",
        "UPDATE event SET hash = sha256(hash) WHERE version = 1",
        "UPDATE event SET recorded_at = recorded_at + interval '1 day' WHERE version = 2",
        "DELETE FROM event WHERE version = 2",
    ],
)
def test_a_history_that_was_changed_is_named(store: Store, statement: str) -> None:
    request = store.decided("2008-03-20")
    store.change(statement)

    (finding,) = store.told()["findings"]

    assert (finding["request_id"], finding["fault"]) == (str(request.id), "history broken")


def test_rules_that_were_changed_in_our_copy_are_named(store: Store) -> None:
    store.decided("2008-03-20")
    store.publish(RULES | {"law": TEXT | {"en": "another law"}})

    assert [one["fault"] for one in store.told()["findings"]] == ["rules changed"]


def test_a_version_that_is_not_here_is_no_success(store: Store) -> None:
    store.decided("2008-03-20")
    store.change("DELETE FROM public_service")

    assert [one["fault"] for one in store.told()["findings"]] == ["version of the service missing"]
    assert "catch-up" in store.door().stdout


def test_another_sealing_key_opens_nothing_and_is_no_success(store: Store) -> None:
    store.decided("2008-03-20")
    store.key = secrets.token_bytes(32)

    assert store.told()["fits"] is False


def test_it_goes_on_after_a_request(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    ids = sorted(store.decided("2008-03-20").id for _ in range(5))

    assert store.told("--after", str(ids[1]))["replayed"] == 3
    assert store.told("--after", str(ids[4]))["replayed"] == 0


def test_a_database_that_is_away_is_told_kindly(store: Store) -> None:
    store.url = "postgresql://nobody@127.0.0.1:1/nothing"

    done = store.door("--lang", "fa")

    assert (done.returncode, done.stdout) == (2, "")
    assert "--after" in done.stderr
    assert "Traceback" not in done.stderr


def test_steps_are_small_whatever_their_number(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = {store.decided("2008-03-20").id for _ in range(7)}
    monkeypatch.setattr(decided_streams, "_STREAMS_A_STEP", 3)

    with psycopg.connect(
        store.url,
        autocommit=True,
        row_factory=psycopg.rows.dict_row,
        options=decided_streams.OPTIONS,
    ) as connection:
        streams = decided_streams.DecidedStreams(connection, store.log.keyring)
        store.decided("2008-03-20")  # after the beginning: another run's affair
        found = [history.stream for history in streams.after()]
        plan = connection.execute(
            "EXPLAIN (COSTS OFF) " + decided_streams._STREAMS,  # type: ignore[arg-type]
            (UUID(int=0), decided_streams._TOPICS, 1 << 62, 500),
        ).fetchall()

    assert found == sorted(ids)
    steps = "\n".join(row["QUERY PLAN"] for row in plan)
    assert "Merge Append" in steps
    assert "->  Sort" not in steps
    assert "Seq Scan" not in steps
    assert "HashAggregate" not in steps
