"""After a journey, the person stands nowhere in the clear: no log, no table, no queue, no broker file."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from kombu import Connection

from panjareh_cli.local.platform import Platform
from panjareh_common.settings import SERVICES
from tests.people import Person, officer, somebody, until
from tests.stored import database_url

GIVEN, FAMILY = "کاناری‌نام", "کاناری‌خاندان"
WORDS = "canary words that only I may read"
REASON = "canary reason of an officer"
FEEDBACK = "canary feedback"
LICENCE = "7316054829"
PASSWORD = "a canary of a password"


@pytest.fixture(scope="module")
def marked(platform: Platform) -> Person:
    """Somebody whose every word can be told from anybody else's, after every kind of journey."""
    about = replace(somebody(decile=2), given_name=GIVEN, family_name=FAMILY)
    person = Person(platform, _WithPassword(about), "fa")
    person.sign_up()
    person.sign_in()
    person.step_up_by_code()
    # The civil registry knows another name, so the match is refused; that too is remembered.
    refused = person.post("/api/v1/sessions/step-up", {"method": "civil_registry"})
    assert refused.json()["code"] == "registry_mismatch"
    permit = {
        "activity": "food",
        "workers": 3,
        "floor_area_m2": 30,
        "hygiene_training": True,
        "neighbours_undisturbed": True,
    }
    asked = person.submit("BIZ-005", permit)["request_id"]
    person.wait_for(asked, "decided")
    person.look(asked)
    person.timeline(asked)
    until(
        lambda: (
            person.post(
                "/api/v1/services/BIZ-005/feedback",
                {"request_id": asked, "rating": 4, "text": FEEDBACK},
                key=str(uuid4()),
            ).status_code
        ),
        lambda status: status == 201,
    )
    return person


@pytest.fixture(scope="module")
def decided(platform: Platform) -> Person:
    """Somebody who wrote to an officer, whose answer is theirs alone."""
    person = Person(platform, somebody(decile=2)).arrive()
    police, city = officer(platform, "police"), officer(platform, "municipality")
    for who, service, form in (
        (
            police,
            "DRV-002",
            {"old_licence_number": LICENCE, "licence_class": "class_1", "photo_colour": "colour"},
        ),
        (
            city,
            "MUN-010",
            {"plot_number": "1/2", "work": "extension", "floor_area_m2": 9, "description": WORDS},
        ),
    ):
        asked = person.submit(service, form)["request_id"]
        person.wait_for(asked, "under_review")
        path = f"/agency/v1/requests/{asked}"
        assert who.get(path).json()["form"] is None
        who.post(f"{path}/review", key=str(uuid4()))
        assert WORDS in who.get(path).text or LICENCE in who.get(path).text
        decision = {"outcome": "refused", "reason": REASON}
        assert who.post(f"{path}/decision", decision, key=str(uuid4())).status_code == 200
        assert person.look(asked)["reason"] == REASON
    # What went wrong is where logs talk most.
    person.post("/api/v1/services/DRV-002/requests", {"form": {"old": WORDS}}, key=str(uuid4()))
    person.post(f"/api/v1/services/{LICENCE}/requests", {"form": {}}, key=str(uuid4()))
    return person


class _WithPassword:
    def __init__(self, about: Any) -> None:
        self.__dict__.update({name: getattr(about, name) for name in about.__dataclass_fields__})
        self.password = PASSWORD


@pytest.fixture(scope="module")
def canaries(marked: Person, decided: Person) -> list[bytes]:
    private = [GIVEN, FAMILY, WORDS, REASON, FEEDBACK, LICENCE, PASSWORD]
    for person in (marked, decided):
        assert person.token is not None
        private += [person.about.national_id, person.about.mobile, person.token, person.last_code()]
    # A code of six digits may stand by chance in any number.
    return [text.encode() for text in private if len(text) > 6]


def whole_tables(url: str) -> Iterator[tuple[str, bytes]]:
    """Every table of a database, as text and with each byte string as the bytes it is."""
    with psycopg.connect(url) as connection:
        tables = connection.execute(
            "SELECT c.oid::regclass::text FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace"
            " WHERE relkind = 'r' AND nspname = 'public'"
        ).fetchall()
        assert tables
        for (table,) in tables:
            with connection.cursor(binary=True) as cursor:
                rows = cursor.execute(f"SELECT * FROM {table}".encode()).fetchall()
            parts = [part for row in rows for part in row]
            yield (
                table,
                b"\n".join(
                    part if isinstance(part, bytes) else str(part).encode() for part in parts
                ),
            )


@pytest.mark.parametrize("service", SERVICES)
def test_no_table_of_any_service_says_who_it_was(
    platform: Platform, canaries: list[bytes], service: str
) -> None:
    for table, content in whole_tables(database_url(platform, service)):
        found = [canary for canary in canaries if canary in content]
        assert found == [], (service, table)


def test_no_log_says_who_it_was(platform: Platform, canaries: list[bytes]) -> None:
    logs = [path for path in platform.home.rglob("*.log") if path.is_file()]
    assert len(logs) > 10
    for path in logs:
        content = path.read_bytes()
        found = [canary for canary in canaries if canary in content]
        escaped = [c for c in (GIVEN, FAMILY) if ascii(c)[1:-1].encode() in content]
        assert (found, escaped) == ([], []), path.name


def test_no_queue_holds_who_it_was(platform: Platform, canaries: list[bytes]) -> None:
    names = ["panjareh.unrouted", *(f"{service}.dead" for service in SERVICES)]
    seen = 0
    with Connection(platform.servers.amqp_url) as connection:
        channel = connection.channel()
        for name in names:
            while message := channel.basic_get(name):
                body = message.body if isinstance(message.body, bytes) else message.body.encode()
                content = body + str(message.properties).encode()
                assert [canary for canary in canaries if canary in content] == [], name
                seen += 1
        channel.close()  # nothing was acknowledged, so it all goes back
    assert seen


def test_the_brokers_files_do_not_hold_who_it_was(
    platform: Platform, canaries: list[bytes]
) -> None:
    """Quorum queues keep on disk, for a while, what has been handled too."""
    kept = 0
    for path in (platform.home / "rabbitmq").rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            kept += b"request_decided.v1" in content
            assert [canary for canary in canaries if canary in content] == [], path
    assert kept


def test_the_databases_own_files_do_not_hold_who_it_was(
    platform: Platform, canaries: list[bytes]
) -> None:
    """The write-ahead log keeps every statement's bytes; a backup of it is as good as a table."""
    for path in (platform.home / "postgres").rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            assert [canary for canary in canaries if canary in content] == [], path
