"""Identity forgets a person by an operator's command, and again after its database was restored from before."""

from __future__ import annotations

import json
import secrets
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from joserfc import jwk
from psycopg import sql

from panjareh_cli.local.servers import LocalServers
from panjareh_common.assurance import AssuranceLevel
from panjareh_common.erasure import LedgerFile
from panjareh_common.event_store import Cause
from panjareh_common.following import catch_up
from panjareh_common.messaging import Message
from panjareh_common.messaging.relay import Relay
from panjareh_common.refusals import NotFound
from panjareh_common.security import Caller, CallerKind
from panjareh_common.transparency import door
from panjareh_common.transparency.tree import tree_follower
from panjareh_identity.application.commands import AppointOfficer, SignIn, SignUp
from panjareh_identity.domain.refusals import WrongCredentials
from panjareh_identity.entrypoints import erase, migrate
from panjareh_identity.messaging.translation import PUBLISHED
from panjareh_identity.wiring import Wiring, wire
from tests.integration.common.hearing import base64url
from tests.people import until

GATEWAY = Cause(actor="gateway", role="service", channel="web")
LEILA = SignUp(
    national_id="9900000013",
    mobile="09000000001",
    given_name="لیلا",
    family_name="کریمی",
    birth_date="1985-03-21",
    password="correct horse battery",
    language="fa",
)
# Every table by which somebody is found or let in, with a row about them; `%(p)s` is the person.
ROWS = {
    "credential": "",
    "session": "",
    "officer": "",
    "pending_code": "(%(p)s, 'sign_in', '', 'sms', now() + interval '3 min', 5)",
    "one_time_code": "(%(p)s, '', 'sign_in', now() + interval '3 min', 5)",
    "contact_change": "(%(p)s, 'sms', '', 'old_number', %(p)s, now() + interval '15 min')",
    "recovery": "(%(p)s, %(p)s, '', 'sms', 0, now() + interval '1 hour')",
    "recovery_code": "('a hash', %(p)s, 'sms', now() + interval '1 hour')",
}


class Identity:
    """Identity in this process, over a database that can be copied and put back."""

    def __init__(self, servers: LocalServers, folder: Path) -> None:
        self.name = f"test_identity_{secrets.token_hex(4)}"
        self._server = servers.database_url
        self.url = f"{self._server.rpartition('/')[0]}/{self.name}"
        self.ledger = LedgerFile(folder / "erasures", "identity")
        key = jwk.OKPKey.generate_key("Ed25519")
        named = {"kid": "identity-1"}
        self.environment = {
            "PANJAREH_IDENTITY_DATABASE_URL": self.url,
            "PANJAREH_AMQP_URL": servers.amqp_url,
            "PANJAREH_SERVICE_JWKS": json.dumps({"keys": [key.as_dict(private=False) | named]}),
            "PANJAREH_IDENTITY_SIGNING_KEY": json.dumps(key.as_dict(private=True) | named),
            "PANJAREH_IDENTITY_SEALING_KEY": base64url(secrets.token_bytes(32)),
            "PANJAREH_IDENTITY_TRANSPORT_KEY": base64url(secrets.token_bytes(32)),
            "PANJAREH_INQUIRY_TRANSPORT_KEY": base64url(secrets.token_bytes(32)),
            "PANJAREH_REQUESTS_TRANSPORT_KEY": base64url(secrets.token_bytes(32)),
            "PANJAREH_SMS_URL": "http://127.0.0.1:9/sms",
            "PANJAREH_ISSUER_URL": "https://window.test/id",
            "PANJAREH_ERASURES_DIR": str(folder / "erasures"),
            "PANJAREH_TREE_HEADS_DIR": str(folder / "heads"),
        }
        self._opened: Wiring | None = None

    def administer(self, statement: str, *names: str) -> None:
        with psycopg.connect(self._server, autocommit=True) as connection:
            connection.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))

    @property
    def wiring(self) -> Wiring:
        """As after a start of the process."""
        if self._opened is None:
            self._opened = wire()
            self._opened.foundation.open_databases()
        return self._opened

    def close(self) -> None:
        if self._opened is not None:
            self._opened.foundation.close_databases()
            self._opened = None

    def sign_in(self) -> Any:
        command = SignIn(LEILA.national_id, LEILA.password)
        return self.wiring.signing_in.sign_in(command, cause=GATEWAY, language="fa")

    def national_id_of(self, person_id: UUID) -> str:
        caller = Caller(
            CallerKind.SERVICE,
            None,
            AssuranceLevel.SELF_ASSERTED,
            service="inquiry",
            purpose="test",
        )
        return self.wiring.people.national_id_of(
            person_id, caller=caller, cause=caller.cause("platform")
        )

    def count(self, person_id: UUID) -> dict[str, int]:
        """How many rows name the person, by table."""
        with psycopg.connect(self.url) as connection:
            return {
                table: connection.execute(
                    f"SELECT 1 FROM {table} WHERE person_id = %s".encode(), (person_id,)
                ).rowcount
                for table in ROWS
            }

    def key(self, person_id: UUID) -> bytes | None:
        with psycopg.connect(self.url) as connection:
            row = connection.execute(
                "SELECT wrapped FROM person_key WHERE person_id = %s", (person_id,)
            ).fetchone()
        assert row is not None
        return row[0]  # type: ignore[no-any-return]

    def topics(self, person_id: UUID) -> list[str]:
        return [event.topic for event in self.wiring.foundation.log.history(person_id)]


@pytest.fixture
def identity(
    servers: LocalServers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Identity]:
    identity = Identity(servers, tmp_path)
    monkeypatch.delenv("PANJAREH_DATABASE_URL", raising=False)
    for name, value in identity.environment.items():
        monkeypatch.setenv(name, value)
    identity.administer("CREATE DATABASE {}", identity.name)
    migrate.main([])
    yield identity
    identity.close()
    identity.administer("DROP DATABASE {} WITH (FORCE)", identity.name)


@pytest.fixture
def leila(identity: Identity) -> UUID:
    """Registered, an officer, and signed in with a code on its way: every table names her."""
    people = identity.wiring.people
    officer = AppointOfficer(LEILA, "welfare", ["officer"])
    person_id = people.appoint(officer, cause=GATEWAY).person_id
    identity.sign_in()
    with psycopg.connect(identity.url) as connection:
        for table, row in ROWS.items():
            if row:
                connection.execute(f"INSERT INTO {table} VALUES {row}".encode(), {"p": person_id})
    assert identity.count(person_id) == dict.fromkeys(ROWS, 1)
    return person_id


def is_forgotten(identity: Identity, person_id: UUID) -> None:
    identity.close()  # what one process has in memory is its own matter
    assert identity.count(person_id) == dict.fromkeys(ROWS, 0)
    assert identity.key(person_id) is None
    with pytest.raises(WrongCredentials):
        identity.sign_in()
    with pytest.raises(NotFound):
        identity.national_id_of(person_id)
    assert identity.topics(person_id).count("Person.Erased") == 1


def test_an_operator_has_a_person_forgotten(
    identity: Identity, leila: UUID, capsys: pytest.CaptureFixture[str]
) -> None:
    assert identity.national_id_of(leila) == LEILA.national_id
    capsys.readouterr()

    erase.main([str(leila)])
    erase.main([str(leila)])

    assert capsys.readouterr().out == f"{leila} erased\n{leila} was erased before\n"
    is_forgotten(identity, leila)
    assert identity.ledger.ids() == [leila]


@pytest.mark.parametrize("arguments", [[], ["somebody"], ["one", "two"]])
def test_the_command_says_how_it_is_used(arguments: list[str]) -> None:
    with pytest.raises(SystemExit, match="usage"):
        erase.main(arguments)


def test_somebody_who_is_not_known_is_not_erased(identity: Identity) -> None:
    with pytest.raises(SystemExit, match="there is no person"):
        erase.main([str(uuid4())])

    assert identity.ledger.ids() == []


class Listening:
    def __init__(self) -> None:
        self.published: list[Message] = []

    def publish(self, messages: Any) -> None:
        self.published += messages


def test_others_are_told_who_and_nothing_more(identity: Identity, leila: UUID) -> None:
    erase.main([str(leila)])
    broker = Listening()

    # The relay opens events of a person whose key is gone.
    catch_up(identity.wiring.foundation.log, Relay("identity", PUBLISHED, broker))

    told = [(m.type, m.subject) for m in broker.published]
    assert told[0] == ("person_registered.v1", str(leila))
    assert ("person_erased.v1", str(leila)) in told
    assert told[-1][0] == "session_ended.v1"
    (message,) = (m for m in broker.published if m.type == "person_erased.v1")
    assert message.data == {}


def test_the_log_says_what_it_said(
    identity: Identity, leila: UUID, capsys: pytest.CaptureFixture[str]
) -> None:
    foundation = identity.wiring.foundation
    tree = tree_follower(foundation)
    catch_up(foundation.log, tree)
    tree.sign_head()
    before = [event.hash for event in foundation.log.history(leila)]

    erase.main([str(leila)])
    catch_up(foundation.log, tree)
    tree.sign_head()

    capsys.readouterr()
    with pytest.raises(SystemExit) as checked:
        door.main("identity", [])
    assert checked.value.code == 0, capsys.readouterr().out
    assert [event.hash for event in foundation.log.history(leila)][: len(before)] == before


def test_whom_a_restored_copy_brings_back_is_forgotten_again(
    identity: Identity, leila: UUID
) -> None:
    copy = f"{identity.name}_copy"
    identity.close()
    identity.administer("CREATE DATABASE {} TEMPLATE {}", copy, identity.name)
    erase.main([str(leila)])
    identity.close()

    identity.administer("DROP DATABASE {} WITH (FORCE)", identity.name)
    identity.administer("ALTER DATABASE {} RENAME TO {}", copy, identity.name)
    assert identity.national_id_of(leila) == LEILA.national_id
    assert identity.sign_in()["access_token"]
    identity.close()

    migrate.main([])
    is_forgotten(identity, leila)
    migrate.main([])
    is_forgotten(identity, leila)


def test_a_copy_from_before_the_person_came_never_knows_them(
    identity: Identity, leila: UUID
) -> None:
    stranger = uuid4()
    identity.ledger.add(stranger)

    migrate.main([])

    assert identity.key(stranger) is None
    assert identity.topics(stranger) == []
    assert identity.national_id_of(leila) == LEILA.national_id


def test_who_signs_in_while_they_are_erased_has_no_session_left(
    identity: Identity, leila: UUID
) -> None:
    """The one that comes second waits for the first."""
    people, signing_in = identity.wiring.people, identity.wiring.signing_in
    erasing = threading.Thread(target=people.erase, args=(leila,), kwargs={"cause": GATEWAY})
    waiting = (
        "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = %s"
    )

    def started(unit: Any, session: Any) -> None:
        erasing.start()
        with psycopg.connect(identity.url, autocommit=True) as look:
            until(
                lambda: look.execute(waiting, (identity.name,)).fetchone(),
                lambda row: row == (1,),
            )
        start(unit, session)

    start = signing_in._sessions.start
    signing_in._sessions.start = started  # type: ignore[method-assign]

    assert identity.sign_in()["access_token"]

    erasing.join()
    assert identity.count(leila) == dict.fromkeys(ROWS, 0)
    assert identity.topics(leila)[-1] == "Person.Erased"
